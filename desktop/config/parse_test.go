package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
)

// TestAllAtOnce holds that problems of the file and of the catalog come together, and
// that what only follows from a problem is not reported beside it.
func TestAllAtOnce(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // the places
	}{
		{"providers: {p: {schema: nope}}", []string{"providers.p.base_url", "providers.p.schema"}},
		{"providers: 3\nmodels: {a/b: {endpoints: [{provider: p}]}}", []string{"providers"}},
		{"provider: {}\nmodels: {a/b: {endpoints: [{provider: p}]}}", []string{"provider"}},
		{"models: {a/b: {endpoints: [{provider: p}]}}\nlisten: 3", []string{"models.a/b.endpoints[0].provider", "listen"}},
		{"models: {a/b: {endpoint: [], quality: 2}}", []string{"models.a/b.endpoint", "models.a/b.quality"}},
		{"models: {a/b: {endpoints: 3}}", []string{"models.a/b.endpoints"}},
		{"models: {a/b: {endpoints: [3]}}", []string{"models.a/b.endpoints[0]"}},
		{"models: {a/b: {quality: 2}}", []string{"models.a/b", "models.a/b.quality"}},
		{"routing: {fallback: [x, 3, y]}", []string{"routing.fallback[0]", "routing.fallback[1]", "routing.fallback[2]"}},
		{"models: {a/b: }\nmodel: {}", []string{"models.a/b", "model"}},
	} {
		_, err := Parse("", []byte(c.text), nil)
		var got []string
		if ps, ok := err.(Problems); ok {
			for _, p := range ps {
				got = append(got, p.Place)
			}
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want places %v", c.text, err, c.want)
		}
	}
}

// TestSecretsNeverShown puts a secret into each place of a file where one may stand by
// design or mistake, with and without other problems, and reads every message.
func TestSecretsNeverShown(t *testing.T) {
	const secret = "hunter2hunter2"
	for _, value := range []string{secret, `"` + secret + `"`, "'" + secret + "'", "[" + secret + "]", "{" + secret + ": 1}", "{a: " + secret + "}", `"literal:` + secret + `"`, `"env:` + secret + `!"`, `"${` + secret + `"`, `"${` + secret + `!}"`, `"` + secret + ` ${X"`, "\"" + secret + `\n"`, "!x " + secret, "&a " + secret, "|\n      " + secret, "\"" + secret} {
		for _, key := range []string{"api_key", "headers", "headers: {authorization", "headers: {x-title", "base_url", "apikey"} {
			if key == "headers" && strings.HasPrefix(value, "{"+secret) {
				continue // there it is the name of a header
			}
			end := ""
			if strings.Contains(key, "{") {
				end = "}"
			}
			text := "providers:\n  p:\n    schema: openai\n    " + key + ": " + value + end + "\n    base_url: https://example.org\nmodels: {a: {}}\nadmin: {token: " + secret + "}\n"
			_, err := Parse("", []byte(text), nil)
			if err == nil {
				t.Fatal("accepted:", text)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s\nshows the secret: %v", text, err)
			}
			c, err := Parse("", []byte(strings.Replace(text, "models: {a: {}}\nadmin: {token: "+secret+"}\n", "", 1)), nil)
			if err != nil && strings.Contains(err.Error(), "hunter2") || c != nil && strings.Contains(Problems(c.Warnings).Error()+c.String(), "hunter2") {
				t.Errorf("%s\nshows the secret: %v %v", text, err, c)
			}
		}
	}
}

// TestSecretsOfCallers does the same with what callers have to give.
func TestSecretsOfCallers(t *testing.T) {
	const secret = "hunter2hunter2"
	for _, value := range []string{secret, "'" + secret + "'", "[" + secret + "]", "{" + secret + ": 1}", `"env:` + secret + `!"`, `"${` + secret + `"`, `"literal:` + secret + ` ${"`, "\"" + secret + `\n"`, "&a " + secret, "\"" + secret, "7777777777"} {
		for _, text := range []string{
			"admin: {token: " + value + "}", "admin: {tokn: " + value + "}", "admin: " + value,
			"edges: [{name: e, secret: " + value + "}]", "edges: [{name: e, secrt: " + value + "}]",
			"keys: [{name: a, sha256: " + value + "}]", "keys: [{name: a, key: " + value + "}]", "keys: [" + value + "]", "keys: " + value,
		} {
			if strings.HasSuffix(text, "admin: "+value) || strings.Contains(text, "keys: ["+value) {
				if strings.HasPrefix(value, "{") {
					continue // there it is the name of a key
				}
			}
			for _, more := range []string{"", "\nlisten: 0.0.0.0:1\nroutes: [{path: /r, retries: 3}]\n"} {
				c, err := Parse("", []byte(text+more), nil)
				shown := fmt.Sprint(err)
				if c != nil {
					c.Lint()
					shown += Problems(c.Warnings).Error() + fmt.Sprintf("%v %+v %#v %v", c, *c, c, c.Admin)
				}
				if strings.Contains(shown, "hunter2") || strings.Contains(shown, "7777777777") {
					t.Errorf("%s\nshows the secret: %s", text, shown)
				}
			}
		}
	}
}

// TestSecretElsewhere holds that a secret is not shown where else it stands by mistake.
func TestSecretElsewhere(t *testing.T) {
	for _, text := range []string{"keys: [{name: a, sha256: hunter2hunter2}]", "keys: [{name: a, sha256: hunter2hunter2}]\nroutes: [{path: /x, schema: hunter2hunter2}]", "admin: {token: hunter2hunter2}"} {
		_, err := Parse("", []byte(text+"\ntimezone: hunter2hunter2\n"), nil)
		if err == nil || !strings.Contains(err.Error(), "timezone: expected") || strings.Contains(err.Error(), "hunter2hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestDummyKey holds that a key which is no secret does not blank out names.
func TestDummyKey(t *testing.T) {
	_, err := Parse("", []byte(`providers: {lm-studio: {schema: openai, base_url: "http://127.0.0.1:1234/v1", api_key: lm-studio, x: 1}}`), nil)
	if err == nil || !strings.Contains(err.Error(), "providers.lm-studio.x: unknown key") {
		t.Error(err)
	}
}

// TestLimits holds that files made to take all time or memory are refused, quickly.
func TestLimits(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	for name, c := range map[string]struct{ text, want string }{
		"keys":      {many("a:\n", 110_000), "too large"},
		"some keys": {many("a:\n", 20_000), "keys in one mapping"},
		"braces":    {many("[", 20_000), "levels deep"},
		"hyphens":   {many("- ", 20_000), "levels deep"},
		"indents": {many("a:\n", 1) + func() (s string) {
			for i := range 100 {
				s += many(" ", i+1) + "a:\n"
			}
			return
		}(), "levels deep"},
		"tags":      {many("!a\n", 20_000), "tags"},
		"anchors":   {many("&a\n", 20_000), "anchors"},
		"colons":    {"[" + many("a: ", 20_000) + "]", "closing brace"},
		"flow list": {"[" + many("- ", 20_000), `"-" cannot begin`},
		"documents": {many("---\na\n", 20_000), "second document"},
		"ends":      {many("...\n", 20_000), "second document"},
		"key":       {many("k", 5_000) + ": 1", "longer than"},
		"merge": {"a: &a {" + func() (s string) {
			for i := range 2000 {
				s += "k" + index(i)[1:3] + many("x", i%50) + many("y", i/50) + ": 1, "
			}
			return
		}() + "}\nb: {<<: [" + many("*a, ", 2000) + "]}", "more than"},
	} {
		start := time.Now()
		_, err := Parse("", []byte(c.text), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.200v", name, err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// TestLarge holds that a configuration larger than anyone's reads in reasonable time.
func TestLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString("providers: {p: {schema: openai, base_url: \"https://example.org\"}}\nmodels:\n")
	for i := range 2000 {
		b.WriteString("  a/b" + index(i)[1:len(index(i))-1] + ":\n    endpoints:\n      - {provider: p, price: {input: 2.5, output: 10}, context: 128000}\n      - provider: p\n        model: other\n")
	}
	before := memory()
	c, err := Parse("", []byte(b.String()), nil)
	if err != nil || len(c.Catalog.Models) != 2000 {
		t.Fatal(err)
	}
	t.Logf("%d KiB of text, %d KiB allocated", b.Len()>>10, (memory()-before)>>10)
}

func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// FuzzParse holds that no text makes Parse panic, that problems point into the text, and
// that what is accepted is a valid catalog and accepted by the schema too.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	broken, _ := filepath.Glob("testdata/broken/*.[yj]*")
	for _, file := range append(files, broken...) {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	s := compiled(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := parse("x.yaml", src, nil, env)
		if err != nil {
			checkProblems(t, src, err)
			return
		}
		c.Lint()
		if _, err := catalog.New(c.Catalog); err != nil {
			t.Errorf("accepted, but the catalog is not: %v", err)
		}
		tree, _ := readTree(src)
		if tree == nil || tree.kind == null {
			return
		}
		if err := s.Validate(tree.value()); err != nil {
			t.Errorf("accepted, but not by the schema: %v", err)
		}
	})
}
