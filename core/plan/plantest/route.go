package plantest

import (
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// rules are the routes, the keys and the limits on money.
func (g *generator) rules(cfg *catalog.Config) {
	for _, path := range []string{"/support", "/ab"} {
		if !g.one(3) {
			cfg.Routes = append(cfg.Routes, g.route(cfg, path))
		}
	}
	for n, name := range []string{"laptop", "team"} {
		if g.one(2) {
			cfg.Keys = append(cfg.Keys, catalog.Key{Name: name, SHA256: strings.Repeat([]string{"a", "b"}[n], 64), CostLimits: g.limits()})
		}
	}
	if g.one(3) {
		cfg.CostLimits = g.limits()
	}
}

func (g *generator) route(cfg *catalog.Config, path string) catalog.Route {
	r := catalog.Route{Path: path, Schema: llm.SchemaOpenAI, CostLimits: g.limits()}
	for _, provider := range g.some(names(cfg.Providers)) {
		r.Arms = append(r.Arms, g.arm(cfg, provider))
	}
	if len(r.Arms) > 1 {
		r.Failover, r.LoadBalancing = !g.one(3), g.one(2)
	}
	switch {
	case r.LoadBalancing:
		r.Arms[g.below(len(r.Arms))].Weight = 1 + g.below(100) // not all are drained
		r.Sticky = catalog.Sticky(g.below(4))
	case g.one(2):
		r.Routing.Strategy = catalog.Strategy(g.below(7))
	}
	if g.one(3) && (r.Failover || len(r.Arms) < 2) {
		r.Routing.Fallback = g.some(ids(cfg))
	}
	if g.one(3) {
		r.Cache = catalog.Cache{TTL: time.Duration(1+g.below(100)) * time.Minute}
	}
	return r
}

// arm is one of a model that the configuration knows, of one that it does not, or of
// whatever model the request names.
func (g *generator) arm(cfg *catalog.Config, provider string) catalog.Arm {
	a := catalog.Arm{Provider: provider, Weight: []int{0, 1, 2, 3, 10, 90, 100}[g.below(7)]}
	switch g.below(6) {
	case 0:
	case 1:
		a.Model = "other"
	default:
		a.Model = cfg.Models[g.below(len(cfg.Models))].ID
	}
	if g.one(3) {
		a.Price = catalog.Price{Known: true, Input: int64(g.below(100)) * 50_000, Output: int64(g.below(100)) * 100_000}
	}
	return a
}

func (g *generator) limits() (list []catalog.CostLimit) {
	for per := catalog.PerRequest; per <= catalog.PerMonth; per++ {
		if g.one(10) {
			list = append(list, catalog.CostLimit{Most: int64(1 + g.below(60_000)), Per: per})
		}
	}
	return list
}

// declared is something once in n times.
func (g *generator) declared(n int) catalog.Declared {
	d := catalog.Declared{NoCollection: g.one(n), ZDR: g.one(n)}
	if g.one(n) {
		d.Quantization = g.of("fp8", "int4", "bf16")
	}
	return d
}

// call is how the request comes: by a route, with a key, with so much left to spend.
func (g *generator) call(c *Case) {
	if n := len(c.Config.Routes); n > 0 && g.one(3) {
		c.Route = c.Config.Routes[g.below(n)].Path
	}
	if n := len(c.Config.Keys); n > 0 && g.one(2) {
		c.Key = c.Config.Keys[g.below(n)].Name
	}
	if g.one(6) {
		limit := catalog.CostLimit{Most: 1_000_000, Per: catalog.PerDay}
		c.Funds = &plan.Funds{Left: int64(g.below(400_000)) - 10_000, Limit: policy.Limit{Account: "all", CostLimit: limit}}
	}
}
