package catalog

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/llm"
)

func TestJSONIsReadable(t *testing.T) {
	doc := AppendJSON([]byte("before:"), sample())
	doc = doc[len("before:"):]
	var v struct {
		Providers []map[string]any
		Models    []map[string]any
		Routing   map[string]any
	}
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	if len(v.Providers) != 3 || v.Providers[0]["key"] != "env:OPENAI_API_KEY" || fmt.Sprint(v.Models[0]["quality"], v.Models[0]["elo"]) != "[800 800 800 800 800] [1336 0 1311]" {
		t.Errorf("got %s", doc)
	}
}

// Values that a reader would take for the default are kept apart from it.
func TestJSONKeepsWhatNothingMeans(t *testing.T) {
	cfg := sample()
	cfg.Models[0].Endpoints[0].Price = Price{Known: true} // free
	cfg.Models[0].Endpoints[1].Price = Price{}            // unknown
	cfg.Models[0].Endpoints[0].Parameters = []string{}    // none
	cfg.Models[0].Endpoints[1].Parameters = nil           // all
	got, err := ReadJSON(AppendJSON(nil, cfg))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, cfg) {
		t.Errorf("got\n%+v\nwant\n%+v", got, cfg)
	}
}

func TestRevIsThatOfTheContent(t *testing.T) {
	c := mustNew(t, sample())
	if again := mustNew(t, sample()); again.Rev() != c.Rev() {
		t.Error("the same content has two revisions")
	}
	if again := mustNew(t, *c.Config()); again.Rev() != c.Rev() {
		t.Error("writing the defaults out makes another revision")
	}
	for i, change := range []func(*Config){
		func(c *Config) { c.Providers[0].BaseURL += "x" },
		func(c *Config) { c.Providers[0].KeyRef = "env:OTHER" },
		func(c *Config) { c.Models[0].Endpoints[0].Price.Reasoning++ },
		func(c *Config) { c.Models[0].Endpoints[2].Price.Known = true },
		func(c *Config) { c.Models[0].Endpoints[0].Price.CacheWriteHour++ },
		func(c *Config) { c.Models[0].Endpoints[0].Price.Tiers = []Tier{{Above: 5}} },
		func(c *Config) { c.Models[0].Endpoints[0].Price.Tiers = []Tier{{Above: 6}} },
		func(c *Config) { c.Models[0].Endpoints[1].Timeouts.FirstToken = time.Second },
		func(c *Config) { c.Models[0], c.Models[1] = c.Models[1], c.Models[0] },
		func(c *Config) { c.Models[1].Endpoints[0].Parameters = nil },
		func(c *Config) { c.Routing.Circuit.Failures = 4 },
		func(c *Config) { c.Routing.FallbackOn.Classes = nil },
		func(c *Config) { c.Routing.Fallback = nil },
		func(c *Config) { c.Providers[0].Assemble = true },
		func(c *Config) { c.Routing.Hold = Hold{Whole: true} },
		func(c *Config) { c.Routing.Resume = ResumeOff },
		func(c *Config) { c.Routing.Retry.Max = Never },
		func(c *Config) { c.Routing.Retry.On = []int{500} },
		func(c *Config) { c.Routing.Retry.Backoff = time.Second },
		func(c *Config) { c.Routing.Retry.BackoffMax = time.Second },
		func(c *Config) { c.Routing.Retry.AfterMax = Never },
	} {
		cfg := sample()
		change(&cfg)
		if mustNew(t, cfg).Rev() == c.Rev() {
			t.Errorf("change %d makes no other revision", i)
		}
	}
}

// Neither a literal nor what is no reference at all may leave with the catalog.
func TestJSONHoldsNoSecret(t *testing.T) {
	const secret = "sk-hunter2"
	for _, ref := range []string{"literal:" + secret, secret, "literal:Bearer ${X}" + secret, "Literal:" + secret, "vault:" + secret, " env:" + secret} {
		cfg := sample()
		cfg.Providers[0].KeyRef = ref
		cfg.Providers[1].Headers[0].Value = ref
		c := mustNew(t, cfg)
		for _, doc := range []string{string(AppendJSON(nil, cfg)), string(AppendJSON(nil, *c.Config()))} {
			if strings.Contains(doc, "hunter2") {
				t.Errorf("%q: the secret is in %s", ref, doc)
			}
			if !strings.Contains(doc, `"key":"literal:"`) {
				t.Errorf("%q: that there is a key is not in %s", ref, doc)
			}
		}
		if c.Config().Providers[0].KeyRef != ref {
			t.Error("the catalog itself lost its reference")
		}
	}
	if doc := string(AppendJSON(nil, Config{Providers: []Provider{{KeyRef: "keyring:a"}, {KeyRef: "file:/b"}}})); !strings.Contains(doc, `"keyring:a"`) || !strings.Contains(doc, `"file:/b"`) {
		t.Errorf("references are missing in %s", doc)
	}
}

func TestReadJSONErrors(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for doc, want := range map[string]string{
		`{"x":1}`:                                              `unknown key "x"`,
		`{"providers":{}}`:                                     "providers: expected an array",
		`{"providers":[1]}`:                                    "providers: expected an object",
		`{"providers":[{"name":1}]}`:                           "name: expected a string",
		`{"providers":[{"schema":"gopher"}]}`:                  `schema: unknown name "\"gopher\""`,
		`{"providers":[{"schema":"` + long + `"}]}`:            `schema: unknown name "\"` + long[:63] + `"…`,
		`{"models":[{"endpoints":[{"price":{"input":1.5}}]}]}`: "input: expected a whole number",
		`{"models":[{"endpoints":[{"prefill":1}]}]}`:           "prefill: expected true or false",
		`{"models":[{"id":"a","id":"b"}]}`:                     `invalid JSON at byte 21: duplicate key "id"`,
		`{"models":[{"endpoints":[{"timeouts_us":{"idle":99999999999999999999}}]}]}`: "timeouts_us: expected a whole number",
		`{"routing":{"deadline_us":9223372036854775807}}`:                            "deadline_us: too long a time",
		`{"routing":{"resume":"always"}}`:                                            `resume: unknown name "\"always\""`,
		`{"routing":{"hold":"whole"}}`:                                               "hold: expected an object",
		`{"routing":{"hold":{"whole":1}}}`:                                           "whole: expected true or false",
		`{"routing":{"hold":{"ms":1}}}`:                                              `hold: unknown key "ms"`,
		`{"routing":{"retry_on":[500,""]}}`:                                          "retry_on: expected a whole number",
		`{"providers":[{"assemble":"yes"}]}`:                                         "assemble: expected true or false",
		`{"routing":{"strategy":""}}`:                                                `strategy: unknown name "\"\""`,
		`{"routing":{"fallback":["a",1]}}`:                                           "fallback: expected a string",
		`{"routing":null}`:                                                           "routing: expected an object",
		`[]`:                                                                         "invalid JSON at byte 0: expected an object",
		`{"routing":{}`:                                                              "invalid JSON at byte 13: unexpected end",
	} {
		if _, err := ReadJSON([]byte(doc)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.100s: got %v, want %s", doc, err, want)
		}
	}
}

// random is any catalog that New accepts, in any of its forms.
func random(rng *rand.Rand) Config {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	dur := func() time.Duration {
		return time.Duration(rng.IntN(2)) * (time.Microsecond + time.Duration(rng.Int64N(int64(time.Hour))))
	}
	timeouts := func() Timeouts { return Timeouts{dur(), dur(), dur(), dur()} }
	num := func() int64 { return int64(rng.IntN(3)) * (int64(rng.Uint64()>>1) >> (8 + rng.IntN(55))) }
	var cfg Config
	for i := range 1 + rng.IntN(4) {
		p := Provider{Name: pick("openai", "google/eu", "a.b", "A-_9") + string(rune('a'+i)), Schema: llm.SchemaOpenAI, BaseURL: pick("https://x", "http://y/v1//", "http://é/\"\\"),
			KeyRef: pick("", "env:X", "literal:${KEY}", "file:/a b", "keyring:\u2028\ufffd"), Timeouts: timeouts(), Assemble: rng.IntN(2) == 0, Disabled: rng.IntN(3) == 0}
		for range rng.IntN(3) {
			p.Headers = append(p.Headers, Header{pick("x-a", "x-b"), pick("env:Y", "literal:z", "")})
		}
		cfg.Providers = append(cfg.Providers, p)
	}
	for i := range rng.IntN(4) {
		m := Model{ID: pick("openai", "meta") + "/" + pick("gpt", "llama:free", "a/b@c+d") + string(rune('a'+i))}
		if rng.IntN(2) == 0 {
			m.Ability = pool.Ability{From: pick("", "é\"", "LMArena, 2025-12-17"), Like: rng.IntN(2) == 0}
			m.Ability.Own[rng.IntN(5)], m.Ability.Elo[rng.IntN(int(pool.AspectCount))] = int16(rng.IntN(1001)), int16(rng.IntN(1500))
		}
		for j := range 1 + rng.IntN(3) {
			e := Endpoint{Provider: cfg.Providers[rng.IntN(len(cfg.Providers))].Name, Context: num(), MaxOutput: num(), Prefill: rng.IntN(2) == 0,
				Disabled: rng.IntN(3) == 0, Weight: rng.IntN(5), Timeouts: timeouts(), Name: pick("x", "é\"", " ") + string(rune('a'+j))}
			if rng.IntN(3) > 0 {
				e.Price = Price{true, num(), num(), num(), num(), num(), num(), num(), num(), nil}
				for above := range int64(rng.IntN(4)) {
					e.Price.Tiers = append(e.Price.Tiers, Tier{1 + above*1000, Price{true, num(), num(), num(), num(), num(), num(), num(), num(), nil}})
				}
			}
			switch rng.IntN(3) {
			case 0:
				e.Parameters = []string{}
			case 1:
				e.Parameters = []string{"tools", pick("temperature", "é")}
			}
			m.Endpoints = append(m.Endpoints, e)
		}
		cfg.Models = append(cfg.Models, m)
		if rng.IntN(2) == 0 {
			cfg.Routing.Fallback = append(cfg.Routing.Fallback, m.ID)
			cfg.Routing.Auto.Models = append(cfg.Routing.Auto.Models, m.ID)
		}
	}
	cfg.Routing.Strategy = Strategy(rng.IntN(7))
	cfg.Routing.MaxAttempts, cfg.Routing.Deadline = rng.IntN(9), dur()
	cfg.Routing.Circuit = Circuit{rng.IntN(5), time.Duration(rng.IntN(2)) * time.Second, time.Duration(rng.IntN(2)) * time.Minute}
	if rng.IntN(2) == 0 {
		cfg.Routing.FallbackOn = FallbackOn{[]int{400 + rng.IntN(100)}, []string{pick(ClassContextLength, ClassContentFilter)}}
	}
	randomRecovery(rng, &cfg.Routing)
	cfg.Routing.Auto.Preference, cfg.Routing.Auto.Learn = pool.Preference(rng.IntN(5)), []*bool{nil, new(true), new(false)}[rng.IntN(3)]
	randomRoutes(rng, &cfg)
	return cfg
}

// randomRecovery adds what becomes of attempts that failed. Never comes in several forms.
func randomRecovery(rng *rand.Rand, r *Routing) {
	r.Hold = []Hold{{}, {First: true}, {Tokens: 1 + rng.Int64N(MostHoldTokens)}, {For: time.Microsecond + time.Duration(rng.Int64N(int64(MostHoldFor)-1000))}, {Whole: true}}[rng.IntN(5)]
	r.Resume = Resume(rng.IntN(5))
	r.Retry = Retry{Max: rng.IntN(4) - 2, On: [][]int{nil, {}, {500 + rng.IntN(100), 408}}[rng.IntN(3)], Backoff: time.Duration(rng.IntN(2)) * time.Millisecond,
		BackoffMax: time.Duration(rng.IntN(2)) * time.Second, AfterMax: []time.Duration{0, -1, -time.Hour, 1500, time.Minute}[rng.IntN(5)]}
}

// randomRoutes adds what a catalog may hold beside providers and models.
func randomRoutes(rng *rand.Rand, cfg *Config) {
	yes := func() bool { return rng.IntN(2) == 0 }
	cache := func() Cache {
		return []Cache{{}, {Off: true}, {TTL: time.Duration(1+rng.IntN(9)) * time.Second, MaxBytes: rng.Int64N(3), Coalesce: yes()}}[rng.IntN(3)]
	}
	limits := func() []CostLimit {
		return append([]CostLimit(nil), []CostLimit{{1 + rng.Int64N(1e9), PerDay}, {1, PerRequest}}[:rng.IntN(3)]...)
	}
	lists := func() FallbackOn {
		return []FallbackOn{{}, {Statuses: []int{}}, {Statuses: []int{401}, Classes: []string{}}}[rng.IntN(3)]
	}
	cfg.Cache, cfg.CostLimits, cfg.Timezone = cache(), limits(), []string{"", "UTC", "Europe/é"}[rng.IntN(3)]
	for i := range cfg.Models {
		cfg.Models[i].Cache = cache()
		cfg.Aliases = append(cfg.Aliases, Alias{"alias" + string(rune('a'+i)), cfg.Models[i].ID + []string{"", ":price"}[rng.IntN(2)]})
	}
	for i := range cfg.Providers {
		cfg.Providers[i].Declared = Declared{yes(), yes(), []string{"", "fp8"}[rng.IntN(2)]}
	}
	for i := range rng.IntN(3) {
		r := Route{Path: "/r/" + string(rune('a'+i)), Failover: yes(), LoadBalancing: yes(), Cache: cache(), CostLimits: limits(), Timeouts: Timeouts{Idle: time.Duration(rng.IntN(2)) * time.Second}}
		for j := range rng.IntN(4) {
			r.Arms = append(r.Arms, Arm{Provider: cfg.Providers[rng.IntN(len(cfg.Providers))].Name, Model: "up" + string(rune('a'+j)), Weight: 1 + rng.IntN(100),
				Timeout: time.Duration(rng.IntN(2)) * time.Minute, Price: Price{Known: yes()}})
		}
		if len(r.Arms) < 2 {
			r.Failover, r.LoadBalancing = false, false
		}
		if r.LoadBalancing {
			r.Sticky = Sticky(rng.IntN(4))
		} else {
			r.Routing.Strategy = Strategy(rng.IntN(7))
		}
		r.Routing.FallbackOn, r.Routing.MaxAttempts = lists(), rng.IntN(3)
		if yes() {
			r.Routing.Fallback = []string{}
		}
		randomRecovery(rng, &r.Routing)
		r.Routing.Auto.Preference = pool.Preference(rng.IntN(5))
		r.Routing.Strict = []*bool{nil, new(true), new(false)}[rng.IntN(3)]
		cfg.Routes = append(cfg.Routes, r)
	}
	for i := range rng.IntN(3) {
		cfg.Keys = append(cfg.Keys, Key{"k" + string(rune('a'+i)), strings.Repeat("ab"[i:i+1], 64), limits(), []Rate{{}, {3, time.Second}, {1, 24 * time.Hour}}[rng.IntN(3)]})
	}
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		cfg := random(rng)
		c := mustNew(t, cfg)
		for _, doc := range [][]byte{AppendJSON(nil, cfg), AppendJSON(nil, *c.Config())} {
			if !json.Valid(doc) {
				t.Fatalf("not JSON: %s", doc)
			}
			read, err := ReadJSON(doc)
			if err != nil {
				t.Fatalf("%v in %s", err, doc)
			}
			if again := string(AppendJSON(nil, read)); again != string(doc) {
				t.Fatalf("wrote\n%s\nand after reading\n%s", doc, again)
			}
			back := mustNew(t, read)
			if back.Rev() != c.Rev() {
				t.Fatalf("revision %s became %s: %s", c.Rev(), back.Rev(), doc)
			}
			hide(c.Config())
			if !reflect.DeepEqual(back.Config(), c.Config()) {
				t.Fatalf("got\n%+v\nwant\n%+v", back.Config(), c.Config())
			}
		}
	}
}

// hide takes out what is not written: secrets, fractions of what numbers are written in,
// and the difference between nothing and an empty list.
func hide(cfg *Config) {
	for i := range cfg.Providers {
		p := &cfg.Providers[i]
		p.KeyRef = publicRef(p.KeyRef)
		for j := range p.Headers {
			p.Headers[j].Value = publicRef(p.Headers[j].Value)
		}
		trim(&p.Timeouts)
	}
	for i := range cfg.Models {
		m := &cfg.Models[i]
		for j := range m.Endpoints {
			e := &m.Endpoints[j]
			e.KeyRef = publicRef(e.KeyRef)
			trim(&e.Timeouts)
		}
	}
	for i := range cfg.Routes {
		for j := range cfg.Routes[i].Endpoints {
			e := &cfg.Routes[i].Endpoints[j]
			e.KeyRef = publicRef(e.KeyRef)
			trim(&e.Timeouts)
		}
	}
	cfg.Routing.Deadline = cfg.Routing.Deadline.Truncate(time.Microsecond)
	trimRecovery(&cfg.Routing)
	for i := range cfg.Routes {
		r := &cfg.Routes[i]
		trimRecovery(&r.Routing)
		r.Retry.AfterMax = trimmed(r.Retry.AfterMax)
	}
}

func trimRecovery(r *Routing) {
	r.Hold.For, r.Retry.AfterMax = trimmed(r.Hold.For), trimmed(r.Retry.AfterMax)
}

// trimmed is d in whole microseconds; never is left as it is.
func trimmed(d time.Duration) time.Duration {
	if d < 0 {
		return d
	}
	return d.Truncate(time.Microsecond)
}

func trim(t *Timeouts) {
	for _, f := range timeoutFields(t) {
		*f.at = f.at.Truncate(time.Microsecond)
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add(AppendJSON(nil, sample()))
	f.Add(AppendJSON(nil, full()))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"routing":{"strategy":"cost","fallback":[],"circuit_cool_down_us":1,"hold":{"for_us":1},"resume":"off","retry_max":-9,"retry_on":[],"retry_backoff_us":2,"retry_after_max_us":-3},"models":[{"id":"a/b","endpoints":[{"provider":"x"}]}]}`))
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(AppendJSON(nil, random(rng)))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		cfg, err := ReadJSON(doc)
		if err != nil {
			return
		}
		c, err := New(cfg)
		if err != nil {
			return
		}
		for _, doc := range [][]byte{AppendJSON(nil, cfg), AppendJSON(nil, *c.Config())} {
			read, err := ReadJSON(doc)
			if err != nil {
				t.Fatalf("%v in %s", err, doc)
			}
			back, err := New(read)
			if err != nil {
				t.Fatalf("%v in %s", err, doc)
			}
			if back.Rev() != c.Rev() {
				t.Fatalf("revision %s became %s: %s", c.Rev(), back.Rev(), doc)
			}
		}
	})
}
