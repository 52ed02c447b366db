package catalog

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"strowger/core/llm"
)

const hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// full is sample with everything else that a configuration may hold.
func full() Config {
	cfg := sample()
	cfg.Providers[1].Declared = Declared{NoCollection: true, Quantization: "fp8"}
	cfg.Providers[1].Assemble = true
	cfg.Routing.Hold, cfg.Routing.Resume = Hold{For: 2 * time.Second}, ResumePrefill
	cfg.Routing.Retry = Retry{Max: 1, On: []int{500, 408}, Backoff: time.Millisecond, BackoffMax: time.Minute, AfterMax: time.Hour}
	cfg.Models[0].Endpoints[0].PriceFrom = "vendor, 2025-06-01"
	cfg.Models[0].Endpoints[1].Declared = Declared{ZDR: true, Quantization: "int4"}
	cfg.Models[0].Cache = Cache{Off: true}
	cfg.Aliases = []Alias{{"fast", "gpt-4o:latency"}, {"odd:name", "meta/llama:free"}, {"llama:free", "acme/llama:free:price"}, {"a/b", "meta/llama:free"}}
	cfg.Routes = []Route{
		{Path: "/support", Failover: true, LoadBalancing: true, Sticky: StickyUser, Cache: Cache{TTL: time.Hour, MaxBytes: 5, Coalesce: true},
			CostLimits: []CostLimit{{5_000_000, PerDay}, {1, PerRequest}}, Timeouts: Timeouts{Idle: time.Second, Total: 9 * time.Second},
			Routing: Routing{Fallback: []string{"fast"}, FallbackOn: FallbackOn{Statuses: []int{}}, MaxAttempts: 2, Deadline: time.Minute,
				Hold: Hold{Tokens: 40}, Resume: ResumeReplay, Retry: Retry{Max: Never, On: []int{}, Backoff: time.Second, AfterMax: Never}},
			Arms: []Arm{
				{Provider: "openai", Model: "gpt-4o", Weight: 90, Timeout: 2 * time.Second},
				{Provider: "google/eu", Model: "openai/gpt-4o", Weight: 10, Price: Price{Known: true, Input: 7}},
				{Provider: "openai", Model: "brand-new"},
				{Provider: "off", Model: "who/knows", Weight: 100},
				{Provider: "openai", Weight: 1},
			}},
		{Path: "/a/b_C-9", Routing: Routing{Strategy: StrategyValue, Fallback: []string{}}, Arms: []Arm{{Provider: "openai", Model: "brand-new"}}},
		{Path: "/none", Cache: Cache{Off: true}},
	}
	cfg.Keys = []Key{{"laptop", hash, []CostLimit{{1, PerMonth}}, Rate{60, time.Minute}}, {Name: "ci/bot", SHA256: strings.Repeat("a", 64)}}
	cfg.Cache = Cache{TTL: time.Minute}
	cfg.CostLimits = []CostLimit{{50_000_000, PerMonth}}
	cfg.Timezone = "Europe/Berlin"
	return cfg
}

func TestFullConfigComesBack(t *testing.T) {
	cfg := full()
	doc := AppendJSON(nil, cfg)
	read, err := ReadJSON(doc)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, cfg) {
		t.Errorf("got\n%+v\nwant\n%+v", read, cfg)
	}
	c := mustNew(t, cfg)
	again := mustNew(t, *c.Config())
	if again.Rev() != c.Rev() || !reflect.DeepEqual(again.Config(), c.Config()) {
		t.Errorf("made from what it holds, the catalog is another one:\n%+v\n%+v", again.Config(), c.Config())
	}
	if cfg.Routes[1].Arms[0].Weight != 0 || cfg.Routes[0].Endpoints != nil {
		t.Error("New changed what it was given")
	}
}

// Every field is part of the revision: what two catalogs differ in, a host notices.
func TestRevCoversRoutesKeysAndLimits(t *testing.T) {
	rev := mustNew(t, full()).Rev()
	for i, change := range []func(*Config){
		func(c *Config) { c.Providers[1].Declared.ZDR = true },
		func(c *Config) { c.Models[0].Endpoints[0].PriceFrom = "" },
		func(c *Config) { c.Models[0].Cache = Cache{} },
		func(c *Config) { c.Aliases[0].Means = "gpt-4o" },
		func(c *Config) { c.Routes[0].Sticky = StickyKey },
		func(c *Config) { c.Routes[0].Arms[0].Weight = 0 },
		func(c *Config) { c.Routes[0].Arms[0].Timeout++; c.Routes[0].Arms[0].Timeout += time.Second },
		func(c *Config) { c.Routes[0].Arms[1].Price.Input = 8 },
		func(c *Config) { c.Routes[0].Timeouts.Idle = 0 },
		func(c *Config) { c.Routes[0].Routing.FallbackOn.Statuses = nil },
		func(c *Config) { c.Routes[1].Routing.Fallback = nil },
		func(c *Config) { c.Routes[0].Routing.Hold = Hold{First: true} },
		func(c *Config) { c.Routes[0].Routing.Resume = ResumeNone },
		func(c *Config) { c.Routes[0].Routing.Retry.Max = 0 },
		func(c *Config) { c.Routes[0].Routing.Retry.On = nil },
		func(c *Config) { c.Routes[0].Routing.Retry.AfterMax = 0 },
		func(c *Config) { c.Routes[0].Cache.Coalesce = false },
		func(c *Config) { c.Routes[0].CostLimits[0].Per = PerMonth },
		func(c *Config) { c.Keys[0].Rate.Per = time.Hour },
		func(c *Config) { c.Keys[0].SHA256 = strings.Repeat("b", 64) },
		func(c *Config) { c.CostLimits = nil },
		func(c *Config) { c.Cache.TTL = time.Hour },
		func(c *Config) { c.Timezone = "" },
	} {
		cfg := full()
		change(&cfg)
		if mustNew(t, cfg).Rev() == rev {
			t.Errorf("change %d makes no other revision", i)
		}
	}
}

func TestRoutesAreCopied(t *testing.T) {
	cfg := full()
	c := mustNew(t, cfg)
	before := string(AppendJSON(nil, *c.Config()))
	r := &cfg.Routes[0]
	r.Arms[0].Provider, r.CostLimits[0].Most, r.Routing.Fallback[0] = "x", 9, "x"
	cfg.Routing.Retry.On[0] = 599
	cfg.Aliases[0].Name, cfg.Keys[0].Name, cfg.Keys[0].CostLimits[0].Most, cfg.CostLimits[0].Most = "x", "x", 9, 9
	if after := string(AppendJSON(nil, *c.Config())); after != before {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
}

func TestDeclaredIsTakenFromTheProvider(t *testing.T) {
	m := mustNew(t, full()).Model("openai/gpt-4o")
	if got, want := m.Endpoints[1].Declared, (Declared{NoCollection: true, ZDR: true, Quantization: "int4"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if m.Endpoints[0].Declared != (Declared{}) {
		t.Errorf("got %+v", m.Endpoints[0].Declared)
	}
	cfg := full()
	cfg.Providers[0].Declared.ZDR = true
	c := mustNew(t, cfg)
	if r, _ := c.RouteOf("/support"); !c.Model("openai/gpt-4o").Endpoints[0].Declared.ZDR || !r.Endpoints[2].Declared.ZDR {
		t.Error("zero retention is not taken from the provider")
	}
}

func TestEndpointsOfArms(t *testing.T) {
	c := mustNew(t, full())
	r, _ := c.RouteOf("/support")
	e := r.Endpoints
	if len(e) != 5 {
		t.Fatalf("%d endpoints", len(e))
	}
	if e[0].ID != "openai/gpt-4o" || e[0].Model != "openai/gpt-4o" || e[0].Context != 128_000 || !e[0].Price.Known || e[0].Weight != 90 {
		t.Errorf("known by its upstream name: %+v", e[0])
	}
	if want := (Timeouts{5 * time.Second, 0, time.Second, 2 * time.Second}); e[0].Timeouts != want {
		t.Errorf("timeouts %+v, want the arm's, then the route's, then the rest: %+v", e[0].Timeouts, want)
	}
	if e[1].ID != "google/eu/gpt-4o@eu" || e[1].Price.Input != 7 || e[1].PriceFrom != "route /support" || e[1].Parameters[0] != "tools" || e[1].Timeouts.Total != 9*time.Second {
		t.Errorf("known by the model's id: %+v", e[1])
	}
	if e[2].ID != "openai/brand-new" || e[2].Model != "openai/brand-new" || e[2].Name != "brand-new" || e[2].Price.Known || e[2].KeyRef != "env:OPENAI_API_KEY" || e[2].Weight != 0 {
		t.Errorf("bare: %+v", e[2])
	}
	if e[3].ID != "off/who/knows" || e[3].Model != "who/knows" || !e[3].Disabled || e[3].Timeouts.Connect != DefaultConnect {
		t.Errorf("bare with an author: %+v", e[3])
	}
	if e[4].ID != "" || e[4].Name != "" || e[4].Provider != "openai" || e[4].Schema != llm.SchemaOpenAI || e[4].Timeouts != r.Timeouts {
		t.Errorf("without a model: %+v", e[4])
	}
	one, _ := c.RouteOf("/a/b_C-9")
	if e := one.Endpoints[0]; e.Weight != 1 || e.Timeouts.Total != DefaultTotal {
		t.Errorf("the endpoint of another route shows through: %+v", e)
	}
	for _, id := range []string{"openai/brand-new", "off/who/knows"} {
		if e := c.Endpoint(id); e == nil || e.ID != id {
			t.Errorf("Endpoint(%q) = %+v", id, e)
		}
	}
	if c.Endpoint("openai/gpt-4o").Weight != 1 {
		t.Error("an arm's weight shows in the model's endpoint")
	}
}

func TestServing(t *testing.T) {
	c := mustNew(t, full())
	r, _ := c.RouteOf("/support")
	if e, ok := r.Serving(2, nil); !ok || e.ID != "openai/brand-new" {
		t.Errorf("%t %+v", ok, e)
	}
	e, ok := r.Serving(4, c.Model("openai/gpt-4o"))
	if want := (Timeouts{5 * time.Second, 0, time.Second, 9 * time.Second}); !ok || e.ID != "openai/gpt-4o" || e.Weight != 1 || e.Timeouts != want {
		t.Errorf("%t %+v", ok, e)
	}
	cfg := full()
	cfg.Routes[0].Arms[4].Provider = "google/eu"
	c = mustNew(t, cfg)
	r, _ = c.RouteOf("/support")
	if _, ok := r.Serving(4, c.Model("acme/a/b")); ok {
		t.Error("served by a provider that does not have it")
	}
	if open, _ := c.RouteOf("/none"); !open.Open() || !r.Open() {
		t.Error("a route that leaves the model to the request is not open")
	}
	if one, _ := c.RouteOf("/a/b_C-9"); one.Open() {
		t.Error("a route with all its models is open")
	}
}

func TestRouteOf(t *testing.T) {
	c := mustNew(t, full())
	for path, want := range map[string]string{
		"/support": "/support", "/support/chat/completions": "/support", "/support/v1/chat/completions": "/support", "/a/b_C-9/v1/chat/completions": "/a/b_C-9",
		"/support/": "", "/support/v1": "", "/support/v1/v1/chat/completions": "", "/support/chat": "", "/supp": "", "/": "", "": "", "/a": "",
		"/support/models": "", "/support/chat/completions/x": "", "support": "",
	} {
		r, a := c.RouteOf(path)
		if got := pathOf(r); got != want || (r != nil) != (a == Action{Operation: llm.OperationChat}) {
			t.Errorf("RouteOf(%q) = %q, %v", path, got, a)
		}
	}
	for path, want := range map[string]string{
		"/support/models": "/support ", "/support/v1/models": "/support ", "/support/models/a/models": "/support /a/models", "/a/b_C-9/v1/models/x": "/a/b_C-9 /x",
		"/support": " ", "/support/modelsx": " ", "/models": " ", "/support/v2/models": " ", "/support/v1/v1/models": " ",
	} {
		r, rest := c.ModelsOf(path)
		if got := pathOf(r) + " " + rest; got != want {
			t.Errorf("ModelsOf(%q) = %q, want %q", path, got, want)
		}
	}
}

// A route answers what the SDKs of its schema add to a base URL, and no other's.
func TestRouteOfSchemas(t *testing.T) {
	c := mustNew(t, Config{Routes: []Route{
		{Path: "/o", Schema: llm.SchemaOpenAI}, {Path: "/r", Schema: llm.SchemaResponses},
		{Path: "/a", Schema: llm.SchemaAnthropic}, {Path: "/g", Schema: llm.SchemaGemini}, {Path: "/g/x", Schema: llm.SchemaGemini},
	}})
	chat, completion, embeddings, count := llm.OperationChat, llm.OperationCompletion, llm.OperationEmbeddings, llm.OperationCountTokens
	for path, want := range map[string]struct {
		route string
		Action
	}{
		"/o/chat/completions": {"/o", Action{Operation: chat}}, "/o/v1/completions": {"/o", Action{Operation: completion}},
		"/o/v1/embeddings": {"/o", Action{Operation: embeddings}}, "/o/responses": {}, "/o/v1/messages": {}, "/o/v1beta/models/m:generateContent": {},
		"/r/v1/responses": {"/r", Action{Operation: chat}}, "/r/chat/completions": {},
		"/a/v1/messages": {"/a", Action{Operation: chat}}, "/a/messages/count_tokens": {"/a", Action{Operation: count}}, "/a/v1beta/messages": {},
		"/g/v1beta/models/m:generateContent":           {"/g", Action{Operation: chat, Model: "m"}},
		"/g/v1/models/a/m:price:streamGenerateContent": {"/g", Action{Operation: chat, Model: "a/m:price", Stream: true}},
		"/g/models/m:countTokens":                      {"/g", Action{Operation: count, Model: "m"}},
		"/g/x/v1beta/models/m:embedContent":            {"/g/x", Action{Operation: embeddings, Model: "m"}},
		"/g/v1beta/models/m:batchEmbedContents":        {"/g", Action{Operation: embeddings, Model: "m"}},
		"/g/v1beta/models/m:predict":                   {},
		"/g/v1beta/models/:generateContent":            {},
		"/g/v1beta/models/generateContent":             {},
		"/g/v1beta/v1/models/m:generateContent":        {},
		"/g":                                           {"/g", Action{Operation: chat}},
	} {
		if r, a := c.RouteOf(path); pathOf(r) != want.route || a != want.Action {
			t.Errorf("RouteOf(%q) = %q, %v", path, pathOf(r), a)
		}
	}
	for path, want := range map[string]string{
		"/g/v1beta/models": "/g ", "/g/v1/models/x": "/g /x", "/a/v1/models": "/a ", "/a/v1beta/models": " ",
	} {
		if r, rest := c.ModelsOf(path); pathOf(r)+" "+rest != want {
			t.Errorf("ModelsOf(%q) = %q %q", path, pathOf(r), rest)
		}
	}
}

func pathOf(r *Route) string {
	if r == nil {
		return ""
	}
	return r.Path
}

func TestResolve(t *testing.T) {
	c := mustNew(t, full())
	for name, want := range map[string]string{
		"openai/gpt-4o": "openai/gpt-4o ", "gpt-4o:price": "openai/gpt-4o cost", "fast": "openai/gpt-4o latency", "fast:nitro": "openai/gpt-4o throughput",
		"odd:name": "meta/llama:free ", "odd:name:floor": "meta/llama:free cost", "llama:free": "acme/llama:free cost", "llama:free:latency": "acme/llama:free latency",
		"a/b": "meta/llama:free ", "meta/llama:free": "meta/llama:free ", "fast:x": " ", "odd": " ", "x:price": " cost", "fast:latency:price": " cost", "": " ",
	} {
		m, s := c.Resolve(name)
		got := " " + s.String()
		if m != nil {
			got = m.ID + got
		}
		if got != want {
			t.Errorf("Resolve(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"fst": "fast", "gpt-4": "openai/gpt-4o", "openai/gpt4o": "openai/gpt-4o", "zzzzzz": ""} {
		if got := c.NearestModel(name); got != want {
			t.Errorf("NearestModel(%q) = %q, want %q", name, got, want)
		}
	}
	if c.Alias("fast") == nil || c.Alias("gpt-4o") != nil || c.Key("laptop").SHA256 != hash || c.Key("x") != nil {
		t.Error("a lookup is wrong")
	}
}

func TestNewProblemsOfAll(t *testing.T) {
	two := []Arm{{Provider: "openai", Weight: 1}, {Provider: "google/eu", Weight: 1}}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"alias with a space", func(c *Config) { c.Aliases[0].Name = "a b" }, "aliases.a b: an alias is letters, digits, \"-\", \"_\", \".\", \":\", \"@\", \"+\" and, between them, \"/\"\nroutes.0.routing.fallback.0: unknown model \"fast\""},
		{"auto", func(c *Config) { c.Aliases[1].Name = "auto" }, "aliases.auto: auto is not free: it chooses a model by the request"},
		{"auto with a suffix", func(c *Config) { c.Aliases[1].Name = "auto:cheap" }, "aliases.auto:cheap: auto is not free: it chooses a model by the request"},
		{"alias of auto", func(c *Config) { c.Aliases[1].Means = "auto:cost" }, "aliases." + full().Aliases[1].Name + ": an alias cannot mean auto, which chooses a model by the request; callers can ask for \"auto:cost\" itself"},
		{"auto in a word", func(c *Config) { c.Aliases[1] = Alias{"automatic", "nothing"} }, `aliases.automatic: unknown model "nothing"`},
		{"alias of a model's id", func(c *Config) { c.Aliases[1].Name = "acme/a/b" }, "aliases.acme/a/b: is the id of a model; choose another name"},
		{"alias twice", func(c *Config) { c.Aliases[1].Name = "fast" }, "aliases.fast: defined twice"},
		{"alias of an alias", func(c *Config) { c.Aliases[1].Means = "fast:price" }, `aliases.odd:name: "fast" is an alias too; name the model itself`},
		{"alias of a misspelled model", func(c *Config) { c.Aliases[1].Means = "openai/gpt4o:price" }, `aliases.odd:name: unknown model "openai/gpt4o"; did you mean "openai/gpt-4o"?`},
		{"alias with an unknown suffix", func(c *Config) { c.Aliases[1].Means = "gpt-4o:fast" }, `aliases.odd:name: unknown model "gpt-4o:fast"; did you mean "openai/gpt-4o"?`},

		{"path", func(c *Config) { c.Routes[2].Path = "/a.b" }, `routes.2.path: must be "/" and then words of letters, digits, "-" and "_" with single slashes between them, such as /support`},
		{"long path", func(c *Config) { c.Routes[2].Path = "/" + strings.Repeat("r", MaxName) }, "routes.2.path: must have at most 128 bytes"},
		{"route twice", func(c *Config) { c.Routes[2].Path = "/support" }, "routes.2.path: /support is the path of routes.0 too"},
		{"path below another", func(c *Config) { c.Routes[2].Path = "/support/v1" }, "routes.2.path: is not free: the route would answer /support/v1/chat/completions, which /support answers"},
		{"path above another", func(c *Config) { c.Routes[0].Path, c.Routes[2].Path = "/x/models/y", "/x" }, "routes.2.path: is not free: the route would answer /x/models/y, which /x/models/y answers"},
		{"no schema at all", func(c *Config) { c.Routes[2].Schema = 99 }, "routes.2.schema: must be one of openai, openai-responses, anthropic, gemini"},
		{"one arm", func(c *Config) {
			c.Routes[1].Failover, c.Routes[1].LoadBalancing, c.Routes[1].Routing = true, true, Routing{}
		},
			"routes.1.failover: needs two or more providers; with one there is nothing to choose\nroutes.1.load_balancing: needs two or more providers; with one there is nothing to choose"},
		{"sticky to nothing", func(c *Config) { c.Routes[2].Sticky = 9 }, "routes.2.sticky: must be one of user, session, key"},
		{"sticky without a choice", func(c *Config) { c.Routes[2].Sticky = StickyKey }, "routes.2.sticky: needs load_balancing: without it the choice is always the same"},
		{"two ways to choose", func(c *Config) { c.Routes[0].Routing.Strategy = StrategyCost }, "routes.0.routing.strategy: load_balancing chooses by weight already: give one of the two"},
		{"fallback that never counts", func(c *Config) { c.Routes[2].Arms, c.Routes[2].Routing.Fallback = two, []string{"gpt-4o"} },
			"routes.2.routing.fallback: needs failover: true; without it only the chosen provider is tried"},
		{"fallback of one arm", func(c *Config) { c.Routes[1].Routing.Fallback = []string{"gpt-4p"} }, `routes.1.routing.fallback.0: unknown model "gpt-4p"; did you mean "openai/gpt-4o"?`},
		{"circuit", func(c *Config) { c.Routes[2].Routing.Circuit.Failures = 1 }, "routes.2.routing.circuit: is one for all routes: set it in the routing of the configuration"},
		{"routing", func(c *Config) {
			c.Routes[2].Routing = Routing{Strategy: StrategyWeighted, FallbackOn: FallbackOn{Statuses: []int{500}}, MaxAttempts: -1, Deadline: 1}
		},
			"routes.2.routing.strategy: must be one of priority, cost, latency, throughput, balanced, value\nroutes.2.routing.fallback_on.0: a status must be from 400 to 499; 5xx fall back anyway\n" +
				"routes.2.routing.max_attempts: must not be negative\nroutes.2.routing.deadline: must be at least a microsecond"},
		{"weighted for all", func(c *Config) { c.Routing.Strategy = StrategyWeighted }, "routing.strategy: must be one of priority, cost, latency, throughput, balanced, value"},
		{"weights", func(c *Config) {
			c.Routes[0].Arms[0].Weight, c.Routes[0].Arms[1].Weight, c.Routes[1].Arms[0].Weight = 101, -1, 101
		},
			"routes.0.providers.0.weight: must be from 0 to 100\nroutes.0.providers.1.weight: must be from 0 to 100\nroutes.1.providers.0.weight: must be from 0 to 100"},
		{"all drained", func(c *Config) {
			c.Routes[2] = Route{Path: "/x", LoadBalancing: true, Arms: []Arm{{Provider: "openai"}, {Provider: "off"}}}
		},
			"routes.2.providers: one weight at least must be above 0; 0 drains a provider"},
		{"provider of an arm", func(c *Config) { c.Routes[1].Arms[0].Provider = "opnai" }, `routes.1.providers.0.provider: unknown provider "opnai"; did you mean "openai"?`},
		{"arm twice", func(c *Config) { c.Routes[0].Arms[2].Model = "openai/gpt-4o" }, "routes.0.providers.2: openai/gpt-4o stands here twice"},
		{"arm without a model twice", func(c *Config) { c.Routes[0].Arms[2].Model = "" }, "routes.0.providers.4: openai stands here twice"},
		{"arm", func(c *Config) {
			c.Routes[1].Arms[0] = Arm{Provider: "openai", Model: "a\nb", Timeout: -1, Price: Price{Known: true, Image: -1}}
		},
			"routes.1.providers.0.timeout: must not be negative\nroutes.1.providers.0.price.image: must not be negative\nroutes.1.providers.0.model: must be one line of UTF-8"},
		{"two endpoints of one id", func(c *Config) {
			c.Providers = append(c.Providers, Provider{Name: "openai/x", Schema: 1, BaseURL: "http://x"})
			c.Routes[1].Arms[0] = Arm{Provider: "openai/x", Model: "y"}
			c.Routes[0].Arms[2].Model = "x/y"
		}, "routes.1.providers.0.model: openai/x/y is also what x/y is called at provider openai"},
		{"the id of another provider's endpoint", func(c *Config) {
			c.Providers = append(c.Providers, Provider{Name: "openai/x", Schema: 1, BaseURL: "http://x"})
			c.Models[1].Endpoints[0].Name = "x/y"
			c.Routes[1].Arms[0] = Arm{Provider: "openai/x", Model: "y"}
		}, "routes.1.providers.0.model: openai/x/y is also what meta/llama:free is called at provider openai"},
		{"timeouts of a route", func(c *Config) { c.Routes[2].Timeouts.Idle = -1 }, "routes.2.timeouts.idle: must not be negative"},

		{"cache", func(c *Config) {
			c.Routes[0].Cache, c.Cache, c.Models[0].Cache = Cache{TTL: 1}, Cache{MaxBytes: 1}, Cache{TTL: time.Hour, Off: true, MaxBytes: -1}
		},
			"models.openai/gpt-4o.cache.ttl: is given, but the cache is switched off: choose one\nmodels.openai/gpt-4o.cache.max_bytes: must not be negative\n" +
				"cache.ttl: missing: nothing is cached without it\nroutes.0.cache.ttl: must be at least 1s"},
		{"limits", func(c *Config) {
			c.CostLimits = []CostLimit{{0, PerDay}, {1, PerDay}, {1, PerNone}}
			c.Routes[0].CostLimits[0].Per, c.Keys[0].CostLimits[0].Most = 9, -1
		}, "cost_limit.0.usd: must be above 0\ncost_limit.1.per: there is a limit per day already\ncost_limit.2.per: must be one of request, day, month\n" +
			"routes.0.cost_limit.0.per: must be one of request, day, month\nkeys.0.cost_limit.0.usd: must be above 0"},
		{"time zone", func(c *Config) { c.Timezone = "a\n" }, "timezone: must be one line of UTF-8"},
		{"keys", func(c *Config) {
			c.Keys = []Key{{Name: "a b", SHA256: hash}, {Name: "k"}, {Name: "k", SHA256: hash}, {Name: "l", SHA256: strings.ToUpper(hash)}, {Name: "m", SHA256: hash[1:]}}
		}, "keys.0.name: a key's name is letters, digits, \"-\", \"_\", \".\", \"@\" and, between them, \"/\"\nkeys.1.sha256: missing: give the SHA-256 of the key\n" +
			"keys.2.name: \"k\" is defined twice\nkeys.2.sha256: is that of key \"a b\" too\nkeys.3.sha256: must be 64 lower-case hexadecimal digits: the SHA-256 of the key, not the key\n" +
			"keys.4.sha256: must be 64 lower-case hexadecimal digits: the SHA-256 of the key, not the key"},
		{"long names", func(c *Config) {
			c.Keys[0].Name, c.Keys[1].Name = strings.Repeat("k", MaxName), strings.Repeat("k", MaxName+1)
		},
			"keys.1.name: must have at most 128 bytes"},
		{"rates", func(c *Config) { c.Keys[0].Rate, c.Keys[1].Rate = Rate{0, time.Minute}, Rate{1, 2 * time.Minute} },
			"keys.0.rate_limit.requests: must be above 0\nkeys.1.rate_limit.per: must be one of second, minute, hour, day"},
		{"declared", func(c *Config) {
			c.Providers[0].Declared.Quantization, c.Models[0].Endpoints[0].Declared.Quantization, c.Models[0].Endpoints[0].PriceFrom = "\n", "\r", "\x00"
		},
			"providers.openai.quantization: must be one line of UTF-8\nmodels.openai/gpt-4o.endpoints.0.price_from: must be one line of UTF-8\nmodels.openai/gpt-4o.endpoints.0.quantization: must be one line of UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := full()
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
