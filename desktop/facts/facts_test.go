package facts

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// small is a catalog in which every field is used.
const small = `# A note.
provider acme openai url=https://api.acme.example/v1 keys=ACME_KEY,ACME_TOKEN also=acme_ai see=https://acme.example/docs
provider resale openai reseller url=https://resale.example/api,https://other.example keys=RESALE_KEY
provider zoo bedrock
endpoint acme/one acme one-1 in=1000000 out=2000000 read=0 write=1250000 reason=3000000 above=200 in=2000000 out=4000000 write=2600000 above=500 out=6000000 read=1 hour=2 context=1000 output=100 has=top_k lacks=audio,tools from=models.dev@2026-07-02
endpoint acme/one resale acme/one tiers=200000 context=2000 from=models.dev@2026-07-02
endpoint acme/two zoo two.2 in=0 out=0 from=litellm@2026-01-31
`

func mustParse(t testing.TB, text string) *Catalog {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	c := mustParse(t, small)
	if got := string(c.AppendText(nil)); got != small {
		t.Errorf("written again it is\n%s", got)
	}
	want := Provider{Name: "acme", Dialect: "openai", URLs: []string{"https://api.acme.example/v1"}, Keys: []string{"ACME_KEY", "ACME_TOKEN"}, Also: []string{"acme_ai"}, See: "https://acme.example/docs"}
	if got, ok := c.Provider("acme_ai"); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	one, ok := c.Lookup("acme", "one-1")
	if !ok || !one.Price.Equal(catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000, CacheWrite: 1_250_000, CacheWriteHour: 2_000_000, Reasoning: 3_000_000, Tiers: []catalog.Tier{
		{Above: 200, Price: catalog.Price{Known: true, Input: 2_000_000, Output: 4_000_000, CacheWrite: 2_600_000, CacheWriteHour: 4_000_000, Reasoning: 6_000_000}},
		{Above: 500, Price: catalog.Price{Known: true, Input: 2_000_000, Output: 6_000_000, CacheRead: 1, CacheWrite: 2_600_000, CacheWriteHour: 2, Reasoning: 9_000_000}},
	}}) ||
		one.Context != 1000 || one.MaxOutput != 100 || one.PriceFrom() != "models.dev 2026-07-02" {
		t.Errorf("got %+v", one)
	}
	if p := one.Parameters(); slices.Contains(p, "audio") || slices.Contains(p, "tools") || !slices.Contains(p, "images") || !slices.Contains(p, "top_k") || !slices.Contains(p, "max_tokens") {
		t.Errorf("parameters are %q", p)
	}
	tiered, _ := c.Lookup("resale", "acme/one")
	free, _ := c.Lookup("zoo", "two.2")
	if tiered.Price.Known || tiered.PriceFrom() != "" || tiered.Tiers != 200000 || !free.Price.Known || free.PriceFrom() == "" {
		t.Errorf("got %+v and %+v", tiered, free)
	}
	if _, ok := c.Lookup("acme", "none"); ok {
		t.Error("found what is not there")
	}
}

func tiers(n int) (s string) {
	for i := range n {
		s += fmt.Sprintf(" above=%d", i+1)
	}
	return s
}

func TestParseErrors(t *testing.T) {
	provider, endpoint := "provider a openai\n", "endpoint a/b a b from=x@2026-01-01\n"
	rating := "rating a/b overall=1 from=x@2026-01-01\n"
	for text, want := range map[string]string{
		"":                             "1: no endpoints",
		provider:                       "1: no endpoints",
		"model x":                      `1: unknown record "model"`,
		"provider":                     "1: name: missing",
		"provider a":                   "1: dialect: missing",
		"provider a  b":                "1: dialect: missing or not a word",
		"provider a b=é":               "1: dialect: missing or not a word",
		"provider a b keys=":           "1: keys: missing",
		"provider a b keys=x,,y":       "1: keys: a name is missing",
		"provider a b keys=x url=y":    `1: unexpected "url=y": unknown, twice, or in the wrong order`,
		"provider a b x":               `1: unexpected "x"`,
		provider + provider + endpoint: "1: provider a: out of order or there twice",
		endpoint:                       "1: endpoint a/b: unknown provider a",
		provider + endpoint + endpoint: "1: endpoint a/b at a, b: out of order or there twice",
		provider + "\n# x\nendpoint b a b from=x@2026-01-01": `4: model: "b" is not author/name`,
		"endpoint a/b a b":                                                 "1: from: expected LIST@DATE",
		"endpoint a/b a b from=x@2026-02-30":                               "1: from: expected LIST@DATE",
		"endpoint a/b a b in=1 from=x@2026-01-01":                          "1: in and out: one without the other",
		"endpoint a/b a b in=1.5 out=1":                                    "1: in: expected a whole number",
		"endpoint a/b a b in=1 out=1 above=0 in=2":                         "1: above: 0 does not rise",
		"endpoint a/b a b in=1 out=1 above=2 above=2":                      "1: above: 2 does not rise",
		"endpoint a/b a b in=1 out=1 above=2 out=2 in=3 from=x@2026-01-01": `1: from: expected LIST@DATE`,
		"endpoint a/b a b above=2 in=1 out=2":                              `1: from: expected LIST@DATE`,
		"endpoint a/b a b in=1 out=1" + tiers(17):                          "1: above: 17 does not rise, or is one too many",
		"endpoint a/b a b in=-1 out=1":                                     "1: in: expected a whole number",
		"endpoint a/b a b in=01 out=1":                                     "1: in: expected a whole number",
		"endpoint a/b a b context=9999999999":                              "1: context: expected a whole number up to 1000000000",
		"endpoint a/b a b in=1 out=1 tiers=3 from=x@":                      "1: from: expected LIST@DATE",
		"rating a":                                      `1: model: "a" is not author/name`,
		"rating a/b from=x@2026-01-01":                  "1: overall: missing",
		"rating a/b overall=9999 from=x@2026-01-01":     "1: overall: expected a whole number up to 4000",
		"rating a/b math=1 overall=1 from=x@2026-01-01": `1: overall: missing`,
		"rating a/b overall=1":                          "1: from: expected LIST@DATE",
		rating + rating + provider + endpoint:           "1: rating a/b: out of order or there twice",
		"rating a/a like=a/c\n" + provider + endpoint:   "1: rating a/a: like a/c, which is not rated",
		"rating a/a like=a/a\n" + provider + endpoint:   "1: rating a/a: like a/a, which is not rated",
		"endpoint a/b a b lacks=b,a from=x@2026-01-01":  `1: lacks: "a" is out of order`,
		"endpoint a/b a b from=x@2026-01-01 context=1":  `1: unexpected "context=1"`,
		"provider a " + strings.Repeat("x", maxLine):    "1: a line has at most 4096 bytes",
		strings.Repeat("provider a b\n", maxRecords+1):  "50001: more than 50000 records",
		strings.Repeat("#", maxFile+1):                  "1: larger than 8 MiB",
		"provider a b\r\nendpoint a/b a b from=x@2026-": "1: dialect: missing or not a word",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.80q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add(builtIn[:4000])
	f.Add([]byte("provider a b\nendpoint a/b a c in=1 out=2 from=x@2026-01-01"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(c.AppendText(nil))
		if err != nil || !reflect.DeepEqual(again.endpoints, c.endpoints) || !reflect.DeepEqual(again.providers, c.providers) {
			t.Fatalf("%v after writing\n%s", err, c.AppendText(nil))
		}
	})
}

// The built-in catalog is small, in canonical form, and makes a catalog that is accepted.
func TestBuiltIn(t *testing.T) {
	c := BuiltIn()
	if got := c.AppendText(nil); !bytes.Equal(got, builtIn) {
		t.Error("builtin.txt is not as it would be written")
	}
	if len(builtIn) > 64<<10 {
		t.Errorf("builtin.txt has %d bytes", len(builtIn))
	}
	var cfg catalog.Config
	for _, p := range c.Providers() {
		if len(p.Keys) == 0 {
			t.Errorf("%s has no key", p.Name)
		}
		if len(p.URLs) > 0 {
			cfg.Providers = append(cfg.Providers, catalog.Provider{Name: p.Name, Schema: llm.SchemaOpenAI, BaseURL: p.URLs[0]})
		}
		for _, u := range p.URLs {
			if got, ok := c.ByURL(u); !ok || got.Name != p.Name || !strings.HasPrefix(u, "https://") || strings.HasSuffix(u, "/") {
				t.Errorf("%s: %s is that of %q", p.Name, u, got.Name)
			}
		}
	}
	c.Fill(&cfg)
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(cat.IDs()); n < 30 {
		t.Errorf("%d models", n)
	}
	priced := 0
	for _, m := range cfg.Models {
		for _, e := range m.Endpoints {
			if e.Context == 0 || e.MaxOutput == 0 || e.Price.Known != (e.PriceFrom != "") {
				t.Errorf("%s at %s: a fact is missing: %+v", m.ID, e.Provider, e)
			}
			if e.Price.Known {
				priced++
			}
		}
	}
	if priced < 80 {
		t.Errorf("only %d endpoints have a price", priced)
	}
}

// These prices can be read on the vendors' own pages.
func TestBuiltInPrices(t *testing.T) {
	c := BuiltIn()
	flat := func(in, read, write, hour, out int64) catalog.Price {
		return catalog.Price{Known: true, Input: in, CacheRead: read, CacheWrite: write, CacheWriteHour: hour, Output: out, Reasoning: out}
	}
	above := func(tokens int64, p, tier catalog.Price) catalog.Price {
		p.Tiers = []catalog.Tier{{Above: tokens, Price: tier}}
		return p
	}
	sonnet := above(200_000, flat(3_000_000, 300_000, 3_750_000, 6_000_000, 15_000_000), flat(6_000_000, 600_000, 7_500_000, 12_000_000, 22_500_000))
	gemini := above(200_000, flat(1_250_000, 125_000, 1_250_000, 1_250_000, 10_000_000), flat(2_500_000, 250_000, 2_500_000, 2_500_000, 15_000_000))
	gpt := above(272_000, flat(5_000_000, 500_000, 5_000_000, 5_000_000, 30_000_000), flat(10_000_000, 1_000_000, 10_000_000, 10_000_000, 45_000_000))
	resold := gemini // writing to a cache is cheap there, for they are paid for by the hour
	resold.CacheWrite, resold.CacheWriteHour = 375_000, 375_000
	resold.Tiers = []catalog.Tier{{Above: 200_000, Price: flat(2_500_000, 250_000, 750_000, 750_000, 15_000_000)}}
	for _, w := range []struct {
		provider, name string
		price          catalog.Price
	}{
		{"openai", "gpt-4o", flat(2_500_000, 1_250_000, 2_500_000, 2_500_000, 10_000_000)},
		{"groq", "llama-3.3-70b-versatile", flat(590_000, 590_000, 590_000, 590_000, 790_000)},
		{"anthropic", "claude-haiku-4-5", flat(1_000_000, 100_000, 1_250_000, 2_000_000, 5_000_000)},
		{"google-vertex-anthropic", "claude-sonnet-4-6@default", sonnet},
		{"google", "gemini-2.5-pro", gemini},
		{"openai", "gpt-5.5", gpt},
		{"openrouter", "openai/gpt-5.5", gpt}, // its vendor's tiers
		{"openrouter", "google/gemini-2.5-pro", resold},
	} {
		if e, ok := c.Lookup(w.provider, w.name); !ok || !e.Price.Equal(w.price) {
			t.Errorf("%s %s: %+v, want %+v", w.provider, w.name, e.Price, w.price)
		}
	}
}

func TestByURL(t *testing.T) {
	c := BuiltIn()
	for u, want := range map[string]string{
		"https://api.openai.com/v1": "openai", "https://API.OpenAI.com/v1/": "openai", "https://api.openai.com:443/v1": "openai",
		"https://api.deepseek.com": "deepseek", "https://api.deepseek.com/v1": "deepseek", "https://api.together.xyz/v1": "together",
		"https://generativelanguage.googleapis.com/v1beta/openai": "google",
		"https://api.z.ai/api/paas/v4":                            "zai",
		"https://api.z.ai/api/coding/paas/v4":                     "", // a subscription
		"https://eu.api.openai.com/v1":                            "", // has other prices
		"https://api.openai.com":                                  "",
		"https://api.openai.com/v11":                              "",
		"https://api.openai.com.example/v1":                       "",
		"http://127.0.0.1:1":                                      "", "": "", "://": "", "api.openai.com/v1": "",
	} {
		if p, ok := c.ByURL(u); p.Name != want || ok != (want != "") {
			t.Errorf("%s: %q", u, p.Name)
		}
	}
}

func TestCurrent(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, dir)
	}
	path, err := UserFile()
	if err != nil {
		t.Fatal(err)
	}
	if c, err := Current(); err != nil || len(c.Endpoints()) != len(BuiltIn().Endpoints()) {
		t.Error(err)
	}
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write(small)
	if c, err := Current(); err != nil || len(c.Endpoints()) != 3 {
		t.Error("the user's own is not read:", err)
	} else if c.Ability("openai/gpt-4o").From == "" {
		t.Error("a file without ratings hides those that are built in")
	}
	write(strings.Replace(small, "out=2000000", "out=cheap", 1))
	c, err := Current()
	if err == nil || !strings.HasPrefix(err.Error(), path+":5: out: expected a whole number") || c == nil || len(c.Endpoints()) < 100 {
		t.Error(err)
	}
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
