package facts

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"strowger/core/catalog"
)

func listing(t *testing.T, file string) Listing {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := BuiltIn().ReadListing(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// refreshed is what a list changes, a line each, apart from what is gone: that is counted.
func show(changes []Change) (lines []string, gone int) {
	for _, c := range changes {
		if c.Kind == "gone" {
			gone++
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %s at %s: %s to %s, context %d", c.Kind, c.Model, c.Provider, shown(c.Before), shown(c.After), c.After.Context))
	}
	return lines, gone
}

// shown is a price, in and out, and what holds above so many tokens.
func shown(e Endpoint) string {
	s := fmt.Sprintf("%d/%d", e.Price.Input, e.Price.Output)
	for _, t := range e.Price.Tiers {
		s += fmt.Sprintf(" >%d %d/%d", t.Above, t.Input, t.Output)
	}
	if e.Tiers > 0 {
		s += fmt.Sprintf(" >%d ?", e.Tiers)
	}
	return s
}

func TestRefreshModelsDev(t *testing.T) {
	c, l := BuiltIn(), listing(t, "models-dev.json")
	if l.Source != "models.dev" || !l.Whole || l.Skipped != 2 || len(l.Endpoints) != 8 {
		t.Errorf("got %+v", l)
	}
	next, changes := c.Refresh(l, "2026-11-20")
	lines, gone := show(changes)
	want := strings.Join([]string{
		"down openai/gpt-4o at openai: 2500000/10000000 to 2000000/10000000, context 128000",
		"up openai/gpt-4o-mini at openai: 150000/600000 to 200000/600000, context 128000",
		"up openai/gpt-5 at fastrouter: 1250000/10000000 to 1250000/10000000 >200000 2500000/15000000, context 400000", // its vendor's tiers
		"up openai/gpt-5 at openai: 1250000/10000000 to 1250000/10000000 >200000 2500000/15000000, context 400000",
		"up openai/gpt-5 at openrouter: 1250000/10000000 to 1250000/10000000 >200000 2500000/15000000, context 400000",
		"new openai/gpt-next at openai: 0/0 to 0/0, context 500000", // too small a price to be told from zero
		"limits openai/gpt-oss-20b at together: 50000/200000 to 50000/200000, context 131072",
		"new qwen/qwen9-demo at together: 0/0 to 100000/300000 >128000 200000/600000 >256000 400000/600000, context 262144", // never above that
		"new together/someone/odd at together: 0/0 to 0/0 >1 ?, context 32000",                                              // not by length
		"new together/someone/thing at together: 0/0 to 1000000/2000000, context 32000",                                     // never that long
	}, "\n")
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	before := 0
	for _, e := range c.Endpoints() {
		if e.Provider == "openai" || e.Provider == "together" {
			before++
		}
	}
	if gone != before-4 || len(next.Endpoints()) != len(c.Endpoints())-gone+4 {
		t.Errorf("%d of %d are gone, %d are left", gone, before, len(next.Endpoints()))
	}
	e, _ := next.Lookup("openai", "gpt-4o")
	other, _ := next.Lookup("groq", "llama-3.3-70b-versatile")
	if e.PriceFrom() != "models.dev 2026-11-20" || other.PriceFrom() != "models.dev 2026-07-02" {
		t.Errorf("dates: %s, %s", e.PriceFrom(), other.PriceFrom())
	}
	text := next.AppendText(nil)
	again, err := Parse(text)
	if err != nil || !strings.HasPrefix(string(text), "# Refreshed from models.dev, as of 2026-11-20.\n") {
		t.Fatalf("%v\n%.200s", err, text)
	}
	if more, changes := again.Refresh(l, "2026-11-21"); len(changes) != 0 || strings.Count(string(more.AppendText(nil)), "# Refreshed") != 1 {
		t.Errorf("the same again changes %v", changes)
	}
}

func TestRefreshLiteLLM(t *testing.T) {
	c, l := BuiltIn(), listing(t, "litellm.json")
	if l.Source != "litellm" || l.Whole || l.Skipped != 1 || len(l.Endpoints) != 4 {
		t.Errorf("got %+v", l)
	}
	next, changes := c.Refresh(l, "2026-11-20")
	lines, gone := show(changes)
	want := strings.Join([]string{
		"up google/gemini-2.5-flash at fastrouter: 300000/2500000 to 300000/2500000 >200000 600000/5000000, context 1048576",
		"up google/gemini-2.5-flash at google: 300000/2500000 to 300000/2500000 >200000 600000/5000000, context 1048576",
		"up google/gemini-2.5-flash at openrouter: 300000/2500000 to 300000/2500000 >200000 600000/5000000, context 1048576",
		"up openai/gpt-4o at openai: 2500000/10000000 to 2500000/12000000, context 128000",
		"new qwen/qwen9-demo at groq: 0/0 to 200000/600000, context 131072",
	}, "\n")
	if got := strings.Join(lines, "\n"); got != want || gone != 0 {
		t.Errorf("%d gone, got\n%s\nwant\n%s", gone, got, want)
	}
	gemini, _ := next.Lookup("google", "gemini-2.5-flash")
	if p, above := gemini.Price, gemini.Price.Tiers[0]; p.CacheRead != 30_000 || p.CacheWriteHour != 1_000_000 || above.CacheRead != 90_000 || above.CacheWriteHour != 2_000_000 {
		t.Errorf("got %+v", p)
	}
	e, _ := next.Lookup("google-vertex-anthropic", "claude-haiku-4-5@20251001")
	if e.From != "litellm" || e.Model != "anthropic/claude-haiku-4.5" {
		t.Errorf("got %+v", e)
	}
}

// What a list leaves out stays as it was, with its own date.
func TestRefreshKeeps(t *testing.T) {
	c := mustParse(t, small)
	next, changes := c.Refresh(Listing{Source: "litellm", Endpoints: []Endpoint{{Provider: "acme", Name: "one-1", MaxOutput: 50}}}, "2026-11-20")
	e, _ := next.Lookup("acme", "one-1")
	if e.Context != 1000 || e.MaxOutput != 50 || e.PriceFrom() != "models.dev 2026-07-02" || e.Price.Input != 1_000_000 || len(e.Has) != 1 {
		t.Errorf("got %+v", e)
	}
	if len(changes) != 1 || changes[0].Kind != "limits" {
		t.Errorf("got %+v", changes)
	}
}

func TestReadListingErrors(t *testing.T) {
	model := func(fields string) string {
		return `{"openai":{"models":{"m":{"modalities":{"input":["text"],"output":["text"]},` + fields + `}}}}`
	}
	lite := func(fields string) string {
		return `{"m":{"litellm_provider":"openai","mode":"chat",` + fields + `}}`
	}
	for text, want := range map[string]string{
		"":                         "1:1: unexpected end of JSON input",
		"{\n \"a\": tru\n}":        "2:10: invalid character",
		"[1]":                      "1:1: expected an object of objects",
		`{"a":1}`:                  "neither models.dev's api.json",
		`{"openai":{"models":{}}}`: "it names no model of a provider in the catalog",
		`{"x":{"models":{"m":1}}}`: "it names no model of a provider in the catalog",
		`{"openai":{"models":[]}}`: "openai.models: expected an object, found array",
		`{"openai":{"models":{"m":{"limit":{"context":"big"}}}}}`:                        "openai.models.m.limit.context: expected a number, found string",
		model(`"cost":{"input":"free"}`):                                                 "openai.models.m.cost.input: expected a number, found string",
		model(`"cost":{"tiers":3}`):                                                      "openai.models.m.cost.tiers: expected a list, found number",
		model(`"cost":{"context_over_200k":[]}`):                                         "openai.models.m.cost.context_over_200k: expected an object, found array",
		model(`"cost":{"tiers":[{},{"input":"x"}]}`):                                     "openai.models.m.cost.tiers.1.input: expected a number, found string",
		model(`"cost":{"input":1,"output":1,"tiers":[{"output":-1,"tier":{"size":9}}]}`): "openai.models.m.cost, above 9 tokens: the price of output is not a number of dollars",
		lite(`"output_cost_per_token_above_200k_tokens":"x"`):                            "m.output_cost_per_token_above_200k_tokens: expected a number, found string",
		model(`"cost":{"input":-1,"output":1}`):                                          "openai.models.m.cost: the price of input is not a number of dollars",
		model(`"cost":{"input":1,"output":1e9}`):                                         "openai.models.m.cost: the price of output is not",
		model(`"limit":{"context":-5}`):                                                  "openai.models.m.limit: a number of tokens is out of range",
		model(`"limit":{"context":9e99}`):                                                "openai.models.m.limit.context: ",
		lite(`"input_cost_per_token":"x"`):                                               "m.input_cost_per_token: expected a number, found string",
		lite(`"input_cost_per_token":2,"output_cost_per_token":0`):                       "m: the price of input is not a number of dollars",
		lite(`"max_input_tokens":1e300`):                                                 "m: a number of tokens is out of range",
		strings.Repeat(" ", maxListing+1):                                                "larger than 32 MiB",
	} {
		if _, err := BuiltIn().ReadListing([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.90q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzReadListing(f *testing.F) {
	for _, file := range []string{"models-dev.json", "litellm.json"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	c := BuiltIn()
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := c.ReadListing(text)
		if err != nil {
			return
		}
		next, _ := c.Refresh(l, "2026-11-20")
		if _, err := Parse(next.AppendText(nil)); err != nil {
			t.Fatal(err)
		}
		cfg := catalog.Config{}
		for _, p := range next.Providers() {
			if len(p.URLs) > 0 {
				cfg.Providers = append(cfg.Providers, at(p.Name, p.URLs[0]))
			}
		}
		next.Fill(&cfg)
		if _, err := catalog.New(cfg); err != nil {
			t.Fatal(err)
		}
	})
}

// A reseller's flat price of what its vendor sells in tiers goes on as the vendor's if it
// begins as that; else nobody knows how it goes on.
func TestResellers(t *testing.T) {
	const text = `provider acme openai
provider resale openai reseller
endpoint acme/long acme long in=10 out=20 read=1 above=100 in=20 out=30 above=200 in=40 out=50 context=1000 from=x@2026-07-02
endpoint acme/long resale dearer in=11 out=20 context=1000 from=x@2026-07-02
endpoint acme/long resale flat in=10 out=20 context=1000 from=x@2026-07-02
endpoint acme/long resale short in=10 out=20 context=100 from=x@2026-07-02
endpoint acme/long resale shorter in=10 out=20 read=5 context=200 from=x@2026-07-02
endpoint acme/long resale tiers in=10 out=20 above=300 in=30 context=1000 from=x@2026-07-02
endpoint acme/odd acme odd tiers=100 context=1000 from=x@2026-07-02
endpoint acme/odd resale odd in=1 out=2 context=1000 from=x@2026-07-02
`
	next, changes := mustParse(t, text).Refresh(Listing{Source: "x"}, "2026-07-02")
	want := strings.NewReplacer(
		"dearer in=11 out=20", "dearer tiers=100",
		"flat in=10 out=20", "flat in=10 out=20 above=100 in=20 out=30 above=200 in=40 out=50",
		"shorter in=10 out=20 read=5", "shorter in=10 out=20 read=5 above=100 in=20 out=30",
		"odd in=1 out=2", "odd tiers=100").Replace(text)
	if got := string(next.AppendText(nil)); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(changes) != 4 {
		t.Errorf("%+v", changes)
	}
}
