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
		lines = append(lines, fmt.Sprintf("%s %s at %s: %d/%d to %d/%d, tiers %d, context %d", c.Kind, c.Model, c.Provider,
			c.Before.Price.Input, c.Before.Price.Output, c.After.Price.Input, c.After.Price.Output, c.After.Tiers, c.After.Context))
	}
	return lines, gone
}

func TestRefreshModelsDev(t *testing.T) {
	c, l := BuiltIn(), listing(t, "models-dev.json")
	if l.Source != "models.dev" || !l.Whole || l.Skipped != 2 || len(l.Endpoints) != 7 {
		t.Errorf("got %+v", l)
	}
	next, changes := c.Refresh(l, "2026-11-20")
	lines, gone := show(changes)
	want := strings.Join([]string{
		"down openai/gpt-4o at openai: 2500000/10000000 to 2000000/10000000, tiers 0, context 128000",
		"up openai/gpt-4o-mini at openai: 150000/600000 to 200000/600000, tiers 0, context 128000",
		"unpriced openai/gpt-5 at fastrouter: 1250000/10000000 to 0/0, tiers 200000, context 400000", // its vendor's is in tiers now
		"unpriced openai/gpt-5 at openai: 1250000/10000000 to 0/0, tiers 200000, context 400000",
		"unpriced openai/gpt-5 at openrouter: 1250000/10000000 to 0/0, tiers 200000, context 400000",
		"new openai/gpt-next at openai: 0/0 to 0/0, tiers 0, context 500000", // too small a price to be told from zero
		"limits openai/gpt-oss-20b at together: 50000/200000 to 50000/200000, tiers 0, context 131072",
		"new qwen/qwen9-demo at together: 0/0 to 0/0, tiers 128000, context 262144",
		"new together/someone/thing at together: 0/0 to 1000000/2000000, tiers 0, context 32000", // never that long
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
	if gone != before-4 || len(next.Endpoints()) != len(c.Endpoints())-gone+3 {
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
		"unpriced google/gemini-2.5-flash at fastrouter: 300000/2500000 to 0/0, tiers 200000, context 1048576",
		"unpriced google/gemini-2.5-flash at google: 300000/2500000 to 0/0, tiers 200000, context 1048576",
		"unpriced google/gemini-2.5-flash at openrouter: 300000/2500000 to 0/0, tiers 200000, context 1048576",
		"up openai/gpt-4o at openai: 2500000/10000000 to 2500000/12000000, tiers 0, context 128000",
		"new qwen/qwen9-demo at groq: 0/0 to 200000/600000, tiers 0, context 131072",
	}, "\n")
	if got := strings.Join(lines, "\n"); got != want || gone != 0 {
		t.Errorf("%d gone, got\n%s\nwant\n%s", gone, got, want)
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
		`{"openai":{"models":{"m":{"limit":{"context":"big"}}}}}`:  "openai.models.m.limit.context: expected a number, found string",
		model(`"cost":{"input":"free"}`):                           "openai.models.m.cost.input: expected a number, found string",
		model(`"cost":{"input":-1,"output":1}`):                    "openai.models.m.cost: the price of input is not a number of dollars",
		model(`"cost":{"input":1,"output":1e9}`):                   "openai.models.m.cost: the price of output is not",
		model(`"limit":{"context":-5}`):                            "openai.models.m.limit: a number of tokens is out of range",
		model(`"limit":{"context":9e99}`):                          "openai.models.m.limit.context: ",
		lite(`"input_cost_per_token":"x"`):                         "m.input_cost_per_token: expected a number, found string",
		lite(`"input_cost_per_token":2,"output_cost_per_token":0`): "m: the price of input is not a number of dollars",
		lite(`"max_input_tokens":1e300`):                           "m: a number of tokens is out of range",
		strings.Repeat(" ", maxListing+1):                          "larger than 32 MiB",
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
