package plantest

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
)

// parameters are those that requests use and endpoints list.
func parameters() []string {
	return []string{"tools", "images", "structured_outputs", "response_format", "temperature", "max_tokens", "tool_choice", "seed"}
}

func (g *generator) config() catalog.Config {
	var cfg catalog.Config
	for _, name := range []string{"openai", "azure", "google", "google/eu", "together", "deep.infra", "groq"} {
		if g.one(5) && len(cfg.Providers) > 0 {
			continue
		}
		p := catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: "https://" + name + ".example/v1", KeyRef: g.of("", "env:KEY", "literal:secret"),
			Timeouts: g.timeouts(), Declared: g.declared(8), Disabled: g.one(25)}
		if g.one(5) {
			p.Headers = []catalog.Header{{Name: "x-region", Value: "env:REGION"}}
		}
		if g.one(4) {
			p.Schema = llm.SchemaNamed(g.of(llm.SchemaNames()...))
		}
		cfg.Providers = append(cfg.Providers, p)
	}
	for _, id := range []string{"openai/gpt-4o", "openai/gpt-4o-mini", "meta/llama:free", "anthropic/claude-sonnet", "acme/gpt-4o", "google/gemini"} {
		if !g.one(3) || len(cfg.Models) == 0 {
			cfg.Models = append(cfg.Models, g.model(id, cfg.Providers))
		}
	}
	g.rules(&cfg)
	r := &cfg.Routing
	r.Strategy = catalog.Strategy(g.below(7))
	if g.one(3) {
		r.Fallback = g.some(ids(&cfg))
	}
	if g.one(4) {
		r.MaxAttempts = 1 + g.below(4)
	}
	if g.one(4) {
		r.Circuit = catalog.Circuit{Failures: 1 + g.below(4), CoolDown: time.Duration(1+g.below(20)) * time.Second}
	}
	if g.one(8) {
		r.FallbackOn = catalog.FallbackOn{Statuses: []int{401 + g.below(3)}, Classes: []string{catalog.ClassContextLength}}
	}
	return cfg
}

func (g *generator) timeouts() (t catalog.Timeouts) {
	if g.one(6) {
		t.Connect, t.Total = time.Duration(1+g.below(9))*time.Second, time.Duration(10+g.below(90))*time.Second
	}
	return t
}

func (g *generator) model(id string, providers []catalog.Provider) catalog.Model {
	m := catalog.Model{ID: id, Ability: g.ability()}
	for _, p := range g.some(names(providers)) {
		for n := range 1 + g.below(8)/7 { // one in eight providers has two
			m.Endpoints = append(m.Endpoints, g.endpoint(p, "m"+strconv.Itoa(len(id)+n)))
		}
	}
	if len(m.Endpoints) == 0 {
		m.Endpoints = []catalog.Endpoint{g.endpoint(providers[0].Name, "")}
	}
	return m
}

// ability is what is known of a model: ratings, what the configuration says, or nothing.
func (g *generator) ability() (a pool.Ability) {
	if !g.one(3) {
		a.Elo[pool.AspectOverall] = int16(1200 + g.below(300))
		for range g.below(4) {
			a.Elo[g.below(int(pool.AspectCount))] = int16(1200 + g.below(300))
		}
		a.Like = g.one(5)
	}
	if g.one(4) {
		a.Own[g.below(len(a.Own))] = int16(g.below(1001))
	}
	return a
}

func (g *generator) endpoint(provider, name string) catalog.Endpoint {
	e := catalog.Endpoint{Provider: provider, Name: name, Declared: g.declared(4), Disabled: g.one(20), Timeouts: g.timeouts()}
	if !g.one(5) {
		e.Price.Known = true
		if !g.one(8) {
			input := int64(1+g.below(200)) * 50_000
			e.Price = catalog.Price{Known: true, Input: input, CacheRead: input / 4, CacheWrite: input, Output: input * int64(1+g.below(6)), Reasoning: input * 4, CacheWriteHour: input}
			if input%100_000 == 0 {
				e.Price.Tiers = []catalog.Tier{
					{Above: 40, Price: catalog.Price{Known: true, Input: input * 3, CacheRead: input / 2, CacheWrite: input * 3, CacheWriteHour: input * 4, Output: e.Price.Output * 2, Reasoning: input}},
					{Above: 400, Price: catalog.Price{Known: true, Input: input, Output: e.Price.Output * 5}},
				}
			}
		}
		if g.one(6) {
			e.Price.Request = int64(g.below(5000))
		}
	}
	if g.one(3) {
		e.Context = []int64{2000, 8000, 128_000, 1_000_000}[g.below(4)]
	}
	if g.one(3) {
		e.MaxOutput = []int64{256, 4096, 16_384}[g.below(3)]
	}
	if g.one(3) {
		e.Parameters = g.some(parameters())
	}
	return e
}

func names(providers []catalog.Provider) []string {
	list := make([]string, len(providers))
	for i := range list {
		list[i] = providers[i].Name
	}
	return list
}

func ids(cfg *catalog.Config) []string {
	list := make([]string, len(cfg.Models))
	for i := range list {
		list[i] = cfg.Models[i].ID
	}
	return list
}

// samples are the past hour or so: of some endpoints none, of some a few, of some many,
// and of some nothing but failures.
func (g *generator) samples(cfg *catalog.Config, now time.Time) (list []stats.Sample) {
	var endpoints []string
	for _, m := range cfg.Models {
		for _, e := range m.Endpoints {
			if e.Name == "" {
				e.Name = namePart(m.ID)
			}
			endpoints = append(endpoints, e.Provider+"/"+e.Name)
		}
	}
	speed, bad := make([]int, len(endpoints)), make([]int, len(endpoints))
	storm := g.one(6) // a time when nearly everything fails
	for i := range endpoints {
		speed[i], bad[i] = 50+g.below(3000), []int{0, 0, 2, 20, 90}[g.below(5)]
		if storm {
			bad[i] = 95
		}
	}
	n, pause := g.below(10)*g.below(60), 1+g.below(20_000_000)
	if g.one(2) { // a busy time: much is known
		n, pause = 2*n, 1+g.below(1_000_000)
	}
	at := now.Add(-time.Duration(n*pause) * time.Microsecond / 2)
	for range n {
		i := g.below(len(endpoints))
		if at = at.Add(time.Duration(g.below(pause)) * time.Microsecond); at.After(now) {
			break
		}
		if i%3 != 2 || storm { // otherwise a third is never tried
			list = append(list, g.sample(endpoints[i], at, speed[i], bad[i]))
		}
	}
	return list
}

func (g *generator) sample(endpoint string, at time.Time, speed, bad int) stats.Sample {
	s := stats.Sample{Endpoint: endpoint, At: at, Outcome: stats.OutcomeOK, Stream: !g.one(3), Status: 200}
	s.FirstToken = time.Duration(speed/2+g.below(speed)) * time.Millisecond
	s.Total = s.FirstToken + time.Duration(g.below(20*speed))*time.Millisecond
	s.Usage = llm.Usage{Known: true, Input: int64(g.below(5000)), Output: int64(g.below(2000))}
	if g.below(100) >= bad {
		return s
	}
	s.Outcome = stats.Outcome(2 + g.below(int(stats.OutcomeAbandoned)-1))
	s.FirstToken, s.Usage = 0, llm.Usage{}
	if s.Outcome == stats.OutcomeRateLimited && !g.one(3) {
		s.RetryAt = at.Add(time.Duration(g.below(120_000)) * time.Millisecond)
	}
	return s
}

func namePart(id string) string { return id[strings.IndexByte(id, '/')+1:] }
