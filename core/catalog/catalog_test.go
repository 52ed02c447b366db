package catalog

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/llm"
)

// sample is a catalog in which nothing is wrong.
func sample() Config {
	return Config{
		Providers: []Provider{
			{Name: "openai", Schema: llm.SchemaOpenAI, BaseURL: "https://api.openai.com/v1/", KeyRef: "env:OPENAI_API_KEY"},
			{Name: "google/eu", Schema: llm.SchemaOpenAI, BaseURL: "https://eu.example.com", Headers: []Header{{"x-region", "env:REGION"}},
				Timeouts: Timeouts{Connect: time.Second, Idle: 5 * time.Second}},
			{Name: "off", Schema: llm.SchemaOpenAI, BaseURL: "http://[::1]:1", Disabled: true},
		},
		Models: []Model{
			{ID: "openai/gpt-4o", Ability: pool.Ability{Own: [5]int16{800, 800, 800, 800, 800}, Elo: [pool.AspectCount]int16{1336, 0, 1311}}, Endpoints: []Endpoint{
				{Provider: "openai", Price: Price{Known: true, Input: 2_500_000, Output: 10_000_000}, Context: 128_000, MaxOutput: 16_384},
				{Provider: "google/eu", Name: "gpt-4o@eu", Parameters: []string{"tools"}, Timeouts: Timeouts{Idle: 7 * time.Second}, Weight: 3},
				{Provider: "off"},
			}},
			{ID: "meta/llama:free", Endpoints: []Endpoint{{Provider: "openai", Name: "llama", Parameters: []string{}}}},
			{ID: "acme/llama:free", Endpoints: []Endpoint{{Provider: "openai", Name: "llama-acme"}}},
			{ID: "acme/a/b", Endpoints: []Endpoint{{Provider: "openai"}}},
		},
		Routing: Routing{Fallback: []string{"llama-9", "meta/llama:free"}[1:], FallbackOn: FallbackOn{Statuses: []int{401}, Classes: []string{ClassContextLength}}},
	}
}

func mustNew(t testing.TB, cfg Config) *Catalog {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewFillsIn(t *testing.T) {
	c := mustNew(t, sample())
	m := c.Model("openai/gpt-4o")
	first, second, third := &m.Endpoints[0], &m.Endpoints[1], &m.Endpoints[2]
	if first.ID != "openai/gpt-4o" || first.Name != "gpt-4o" || first.Model != "openai/gpt-4o" || first.Weight != 1 {
		t.Errorf("got %+v", first)
	}
	if first.BaseURL != "https://api.openai.com/v1" || first.KeyRef != "env:OPENAI_API_KEY" || first.Schema != llm.SchemaOpenAI {
		t.Errorf("not taken from the provider: %+v", first)
	}
	if want := (Timeouts{5 * time.Second, 0, 30 * time.Second, 10 * time.Minute}); first.Timeouts != want {
		t.Errorf("timeouts are %+v, want %+v", first.Timeouts, want)
	}
	if want := (Timeouts{time.Second, 0, 7 * time.Second, 10 * time.Minute}); second.Timeouts != want {
		t.Errorf("timeouts are %+v, want those of the endpoint, then the provider, then the default: %+v", second.Timeouts, want)
	}
	if second.ID != "google/eu/gpt-4o@eu" || second.Weight != 3 || len(second.Headers) != 1 || second.Disabled || !third.Disabled {
		t.Errorf("got %+v and %+v", second, third)
	}
	r := c.Routing()
	if r.Strategy != StrategyPriority || r.MaxAttempts != 6 || r.Deadline != 5*time.Minute ||
		r.Circuit != (Circuit{3, 8 * time.Second, 20 * time.Second}) {
		t.Errorf("got %+v", r)
	}
	if got := c.ProviderNames(); !slices.Equal(got, []string{"openai", "google/eu", "off"}) || cap(got) > len(got) { // others append to it
		t.Errorf("got %q", got)
	}
}

func TestCoolDownDefaultFitsBelowItsMaximum(t *testing.T) {
	cfg := sample()
	cfg.Routing.Circuit.CoolDownMax = 2 * time.Second
	if got := mustNew(t, cfg).Routing().Circuit.CoolDown; got != 2*time.Second {
		t.Errorf("got %s", got)
	}
}

// A catalog does not change with what it was made from.
func TestNewCopies(t *testing.T) {
	cfg := sample()
	cfg.Models[0].Endpoints[1].Price.Tiers = []Tier{{Above: 1}}
	c := mustNew(t, cfg)
	before := string(AppendJSON(nil, *c.Config()))
	cfg.Providers[1].Headers[0].Value = "x"
	cfg.Models[0].Endpoints[1].Parameters[0] = "x"
	cfg.Models[0].Endpoints[0].Provider = "x"
	cfg.Models[0].Endpoints[1].Price.Tiers[0].Input = 7
	cfg.Routing.Fallback[0] = "x"
	cfg.Routing.FallbackOn.Statuses[0] = 1
	cfg.Routing.FallbackOn.Classes[0] = "x"
	cfg.Providers[0].Name = "x"
	if after := string(AppendJSON(nil, *c.Config())); after != before {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
	if cfg := sample(); cfg.Models[0].Endpoints[0].ID != "" {
		t.Error("New changed what it was given")
	}
}

func TestNewProblems(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string // one line per problem
	}{
		{"no schema", func(c *Config) { c.Providers[0].Schema = 0 }, "providers.openai.schema: missing; it is one of openai, openai-responses, anthropic, gemini"},
		{"no base URL", func(c *Config) { c.Providers[0].BaseURL = "/" }, "providers.openai.base_url: missing"},
		{"two lines", func(c *Config) { c.Providers[0].BaseURL = "http://x\n" }, "providers.openai.base_url: must be one line of UTF-8"},
		{"not UTF-8", func(c *Config) { c.Providers[0].KeyRef = "env:\xff" }, "providers.openai.api_key: must be one line of UTF-8"},
		{"header", func(c *Config) { c.Providers[1].Headers[0].Value = "literal:a\r\nb: c" }, "providers.google/eu.headers.x-region: must be one line of UTF-8"},
		{"header name", func(c *Config) { c.Providers[1].Headers[0].Name = "a\n" }, "providers.google/eu.headers: must be one line of UTF-8"},
		{"provider name", func(c *Config) { c.Providers[2].Name = "o f" }, "providers.o f: a provider's name is letters, digits, \"-\", \"_\", \".\" and, between them, \"/\"\nmodels.openai/gpt-4o.endpoints.2.provider: unknown provider \"off\"; did you mean \"o f\"?"},
		{"slash at the end", func(c *Config) {
			c.Providers = append(c.Providers, Provider{Name: "x/", Schema: 1, BaseURL: "http://x"})
		}, `providers.x/: a provider's name is letters, digits, "-", "_", "." and, between them, "/"`},
		{"two slashes", func(c *Config) {
			c.Providers = append(c.Providers, Provider{Name: "x//y", Schema: 1, BaseURL: "http://x"})
		}, `providers.x//y: a provider's name is letters, digits, "-", "_", "." and, between them, "/"`},
		{"long name", func(c *Config) { c.Providers[2].Name = strings.Repeat("p", MaxName+1) }, "providers." + strings.Repeat("p", MaxName+1) + ": must have at most 128 bytes\nmodels.openai/gpt-4o.endpoints.2.provider: unknown provider \"off\""},
		{"provider twice", func(c *Config) { c.Providers = append(c.Providers, c.Providers[0]) }, "providers.openai: defined twice"},
		{"negative timeout", func(c *Config) { c.Providers[0].Timeouts.Idle = -1 }, "providers.openai.timeouts.idle: must not be negative"},
		{"timeout of nothing", func(c *Config) { c.Models[0].Endpoints[1].Timeouts.Total = 999 }, "models.openai/gpt-4o.endpoints.1.timeouts.total: must be at least a microsecond"},
		{"model id", func(c *Config) { c.Models[0].ID = "gpt-4o" }, "models.gpt-4o: a model's id is author/name"},
		{"model id without name", func(c *Config) { c.Models[0].ID = "gpt/" }, "models.gpt/: a model's id is author/name"},
		{"model twice", func(c *Config) { c.Models = append(c.Models, c.Models[1]) }, "models.meta/llama:free: defined twice"},
		{"quality", func(c *Config) { c.Models[0].Ability.Own[2] = 1001 }, "models.openai/gpt-4o.quality: must be from 0 to 1000"},
		{"rating", func(c *Config) { c.Models[0].Ability.Elo[11] = -1 }, "models.openai/gpt-4o.elo: must be from 0 to 4000"},
		{"source of ratings", func(c *Config) { c.Models[0].Ability.From = "a\nb" }, "models.openai/gpt-4o.ability_from: must be one line of UTF-8"},
		{"pool", func(c *Config) {
			c.Routing.Auto = Auto{Models: []string{"gpt-4o", "gpt-5", "openai/gpt-4o"}, Preference: 9}
		}, "routing.auto.preference: must be one of balanced, quality, speed, cost\n" +
			"routing.auto.models.1: unknown model \"gpt-5\"; did you mean \"openai/gpt-4o\"?\nrouting.auto.models.2: openai/gpt-4o stands here twice"},
		{"no endpoints", func(c *Config) { c.Models[3].Endpoints = nil }, "models.acme/a/b: has no endpoints: name at least one provider that serves it"},
		{"unknown provider", func(c *Config) { c.Models[0].Endpoints[0].Provider = "openia" }, `models.openai/gpt-4o.endpoints.0.provider: unknown provider "openia"; did you mean "openai"?`},
		{"endpoint twice", func(c *Config) { c.Models[0].Endpoints[1] = Endpoint{Provider: "openai", Name: "gpt-4o"} }, "models.openai/gpt-4o.endpoints.1.model: openai/gpt-4o stands here twice"},
		{"two endpoints of one id", func(c *Config) {
			c.Providers = append(c.Providers, Provider{Name: "openai/a", Schema: 1, BaseURL: "http://x"})
			c.Models[1].Endpoints[0] = Endpoint{Provider: "openai/a", Name: "b"}
		}, "models.acme/a/b.endpoints.0.model: openai/a/b is also what meta/llama:free is called at provider openai/a"},
		{"negative numbers", func(c *Config) {
			e := &c.Models[0].Endpoints[0]
			e.Context, e.MaxOutput, e.Weight, e.Price.CacheRead = -1, -1, -1, -1
		}, "models.openai/gpt-4o.endpoints.0.context: must not be negative\nmodels.openai/gpt-4o.endpoints.0.max_output: must not be negative\n" +
			"models.openai/gpt-4o.endpoints.0.weight: must not be negative\nmodels.openai/gpt-4o.endpoints.0.price.cache_read: must not be negative"},
		{"tiers", func(c *Config) {
			c.Models[0].Endpoints[0].Price.Tiers = []Tier{{Above: 9, Price: Price{Known: true, Image: -1}}, {Above: 9}, {Above: 0}, {Above: 10, Price: Price{Tiers: []Tier{{}}}}}
		}, "models.openai/gpt-4o.endpoints.0.price.tiers.0.image: must not be negative\n" +
			"models.openai/gpt-4o.endpoints.0.price.tiers.1.above: tiers must rise: the one before is above 9\n" +
			"models.openai/gpt-4o.endpoints.0.price.tiers.2.above: must be positive: below stands the price itself\n" +
			"models.openai/gpt-4o.endpoints.0.price.tiers.3.tiers: a tier has none itself"},
		{"too many tiers", func(c *Config) { c.Models[0].Endpoints[0].Price.Tiers = make([]Tier, 17) }, "models.openai/gpt-4o.endpoints.0.price.tiers: at most 16 are possible"},
		{"parameter", func(c *Config) { c.Models[0].Endpoints[1].Parameters[0] = "\x00" }, "models.openai/gpt-4o.endpoints.1.parameters.0: must be one line of UTF-8"},
		{"strategy", func(c *Config) { c.Routing.Strategy = 99 }, "routing.strategy: must be one of priority, cost, latency, throughput, balanced, value"},
		{"fallback", func(c *Config) { c.Routing.Fallback = []string{"gpt4o", "no/such"} }, `routing.fallback.0: unknown model "gpt4o"; did you mean "openai/gpt-4o"?` + "\n" + `routing.fallback.1: unknown model "no/such"`},
		{"ambiguous fallback", func(c *Config) { c.Routing.Fallback = []string{"llama:free"} }, `routing.fallback.0: unknown model "llama:free"; did you mean "acme/llama:free"?`},
		{"fallback_on", func(c *Config) { c.Routing.FallbackOn = FallbackOn{[]int{402, 500}, []string{"context_lenght", "x"}} },
			"routing.fallback_on.1: a status must be from 400 to 499; 5xx fall back anyway\n" + `routing.fallback_on.0: unknown class "context_lenght"; did you mean "context_length"?` + "\n" + `routing.fallback_on.1: unknown class "x"`},
		{"limits", func(c *Config) {
			c.Routing.MaxAttempts, c.Routing.Deadline, c.Routing.Circuit = -1, -1, Circuit{-1, -1, 0}
		},
			"routing.max_attempts: must not be negative\nrouting.deadline: must not be negative\nrouting.circuit.failures: must not be negative\nrouting.circuit.cool_down: must not be negative"},
		{"cool-down above the default maximum", func(c *Config) { c.Routing.Circuit.CoolDown = time.Minute }, "routing.circuit.cool_down: must be at most cool_down_max, which is 20s"},
		{"cool-down above its maximum", func(c *Config) { c.Routing.Circuit = Circuit{0, time.Minute, time.Second} }, "routing.circuit.cool_down_max: must be at least cool_down, which is 1m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := sample()
			c.change(&cfg)
			got, err := New(cfg)
			if got != nil || err == nil {
				t.Fatal("accepted")
			}
			if err.Error() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", err, c.want)
			}
		})
	}
}

// All problems come at once, with their places, those behind an unknown provider too.
func TestNewTellsAllProblems(t *testing.T) {
	cfg := sample()
	cfg.Providers[0].BaseURL = ""
	cfg.Providers[1].Schema = 0
	cfg.Models[0].Endpoints[0].Provider, cfg.Models[0].Endpoints[0].Context = "none", -1
	cfg.Models[0].Endpoints[0].Timeouts.Idle = -1
	cfg.Models[2].Ability.Own[0] = -2
	cfg.Routing.MaxAttempts = -1
	_, err := New(cfg)
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatalf("not Problems: %v", err)
	}
	var places []string
	for _, p := range ps {
		places = append(places, strings.Join(p.Place, " "))
	}
	want := []string{"providers openai base_url", "providers google/eu schema", "models openai/gpt-4o endpoints 0 context",
		"models openai/gpt-4o endpoints 0 timeouts idle", "models openai/gpt-4o endpoints 0 provider", "models acme/llama:free quality", "routing max_attempts"}
	if !slices.Equal(places, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(places, "\n"), strings.Join(want, "\n"))
	}
}

func TestEmptyConfigIsValid(t *testing.T) {
	c := mustNew(t, Config{})
	if c.Find("x") != nil || c.NearestModel("x") != "" || c.HasProvider("") || len(c.IDs()) != 0 || len(c.Rev()) != 16 {
		t.Error("something is found in nothing")
	}
}

func TestFind(t *testing.T) {
	c := mustNew(t, sample())
	for name, want := range map[string]string{
		"openai/gpt-4o": "openai/gpt-4o", "gpt-4o": "openai/gpt-4o", "a/b": "acme/a/b",
		"meta/llama:free": "meta/llama:free", "acme/llama:free": "acme/llama:free",
		"llama:free": "", // ambiguous
		"b":          "", "openai": "", "": "", "gpt-4o ": "", "GPT-4o": "", "meta/llama": "",
	} {
		got := ""
		if m := c.Find(name); m != nil {
			got = m.ID
		}
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", name, got, want)
		}
	}
	if got := c.Named("llama:free"); !slices.Equal(got, []string{"acme/llama:free", "meta/llama:free"}) {
		t.Errorf("got %q", got)
	}
	for id, want := range map[string]string{"openai/gpt-4o": "openai/gpt-4o", "google/eu/gpt-4o@eu": "openai/gpt-4o", "openai/llama": "meta/llama:free"} {
		if e := c.Endpoint(id); e == nil || e.Model != want || e.ID != id {
			t.Errorf("Endpoint(%q) = %+v", id, e)
		}
	}
	if c.Endpoint("x") != nil {
		t.Error("found an endpoint that is none")
	}
}

// The same upstream model under two ids is one endpoint of each.
func TestModelsMayShareAnEndpoint(t *testing.T) {
	cfg := sample()
	cfg.Models[1].Endpoints[0].Name = "shared"
	cfg.Models[2].Endpoints[0].Name = "shared"
	if e := mustNew(t, cfg).Endpoint("openai/shared"); e.Model != "meta/llama:free" {
		t.Errorf("got the endpoint of %s", e.Model)
	}
}

func TestMatchProvider(t *testing.T) {
	for _, c := range []struct {
		name, provider string
		want           bool
	}{
		{"google", "google", true}, {"google", "google/eu", true}, {"google/eu", "google/eu", true}, {"google", "google/eu/west", true},
		{"google/eu", "google/eu/west", true}, {"google", "googleai", false}, {"google/eu", "google", false}, {"google/", "google/eu", false},
		{"goo", "google", false}, {"", "google", false}, {"", "/x", false}, {"", "", true}, {"eu", "google/eu", false}, {"Google", "google", true}, {"GOOGLE", "google/eu", true}, {"Goo", "google", false},
	} {
		if got := MatchProvider(c.name, c.provider); got != c.want {
			t.Errorf("MatchProvider(%q, %q) = %t", c.name, c.provider, got)
		}
	}
	c := mustNew(t, sample())
	for name, want := range map[string]bool{"google": true, "google/eu": true, "openai": true, "off": true, "goog": false, "eu": false, "": false} {
		if got := c.HasProvider(name); got != want {
			t.Errorf("HasProvider(%q) = %t", name, got)
		}
	}
}

func TestStrategyNames(t *testing.T) {
	for _, n := range StrategyNames() {
		if StrategyNamed(n) == StrategyNone || StrategyNamed(n).String() != n {
			t.Errorf("%q is not its own name", n)
		}
	}
	if StrategyNamed("") != StrategyNone || StrategyNamed("price") != StrategyNone || Strategy(99).String() != "" {
		t.Error("a name that is none has a value")
	}
}
