package config

import (
	"strconv"

	"strowger/core/catalog"
)

// route looks at one route.
func (l *linter) route(i int, all []*catalog.Endpoint) {
	r := &l.Catalog.Routes[i]
	at := func(more ...string) []string { return append([]string{"routes", strconv.Itoa(i)}, more...) }
	if r.Sticky == catalog.StickyKey && len(l.Catalog.Keys) == 0 {
		l.say("no keys are configured, so that there is none to stick to", at("sticky")...)
	}
	deadline := l.cat.Routing().Deadline
	if r.Routing.Deadline > 0 {
		deadline = r.Routing.Deadline
	}
	l.clocks(r.Timeouts, deadline, at("timeouts")...)
	endpoints, plan := all, 0
	var models []*catalog.Model
	if len(r.Arms) > 0 {
		endpoints = nil
	}
	for j := range r.Arms {
		a := &r.Arms[j]
		arm := func(more ...string) []string { return append(at("providers", strconv.Itoa(j)), more...) }
		m, e := l.arm(a)
		if e != nil {
			endpoints = append(endpoints, e)
		}
		if models = append(models, m); models[0] != m {
			models[0] = nil // not one model alone
		}
		if reason := l.neverTried(r, j, e); reason != "" {
			l.say("never tried: "+reason, arm()...)
			continue
		}
		plan++
		if !r.LoadBalancing && l.said(arm("weight")...) {
			l.say("nothing is drawn without load_balancing: weight has no effect", arm("weight")...)
		}
		if r.Failover && a.Timeout >= deadline {
			l.say("not shorter than the deadline, which is "+deadline.String()+": nothing else is tried after it", arm("timeout")...)
		}
		if len(r.CostLimits) > 0 && e != nil && !e.Price.Known {
			l.say("no price, so that it is never used: the route's cost_limit needs to know what a request may cost; a free one has {input: 0, output: 0}", arm()...)
		}
	}
	l.limits(r.CostLimits, endpoints, at("cost_limit")...)
	l.routeFallback(r, models, plan, at)
}

// routeFallback looks at the fallback models of a route that tries plan of its providers.
func (l *linter) routeFallback(r *catalog.Route, models []*catalog.Model, plan int, at func(more ...string) []string) {
	names, most := r.Routing.Fallback, l.cat.Routing().MaxAttempts
	var primaries []*catalog.Model
	if len(models) > 0 && models[0] != nil {
		primaries = models[:1]
	}
	l.fallback(names, primaries, at("routing", "fallback")...)
	place := at("providers")
	if r.Routing.MaxAttempts > 0 {
		most, place = r.Routing.MaxAttempts, at("routing", "max_attempts")
	}
	if names == nil {
		names = l.Catalog.Routing.Fallback
	}
	if n := plan + l.endpoints(names, nil); r.Failover && n > most {
		l.say("the route and its fallbacks have "+strconv.Itoa(n)+" endpoints, of which at most "+strconv.Itoa(most)+" are tried (max_attempts)", place...)
	}
}

// neverTried says why an arm of a route is never tried, or nothing. e is its endpoint, if
// it is known.
func (l *linter) neverTried(r *catalog.Route, j int, e *catalog.Endpoint) string {
	a := &r.Arms[j]
	for _, p := range l.Catalog.Providers {
		if p.Name == a.Provider && p.Disabled {
			return "provider " + p.Name + " is switched off"
		}
	}
	switch {
	case e != nil && e.Disabled:
		return "endpoint " + e.ID + " is switched off"
	case len(r.Arms) == 1 || r.Failover:
		return ""
	case !r.LoadBalancing && j > 0:
		return "without failover and load_balancing only the first provider is"
	case r.LoadBalancing && a.Weight == 0:
		return "it is not drawn with weight 0, and without failover none follows"
	}
	return ""
}

// arm is the model and the endpoint that an arm of a route stands for; nil where only a
// request tells. What the catalog does not know has the arm's price only.
func (l *linter) arm(a *catalog.Arm) (*catalog.Model, *catalog.Endpoint) {
	if a.Model == "" {
		return nil, nil
	}
	e := catalog.Endpoint{ID: a.Provider + "/" + a.Model, Provider: a.Provider}
	if known := l.cat.Endpoint(e.ID); known != nil {
		e = *known
	}
	m := l.cat.Model(a.Model)
	if m == nil {
		m = l.cat.Model(e.Model)
	} else {
		for i := range m.Endpoints {
			if m.Endpoints[i].Provider == a.Provider {
				e = m.Endpoints[i]
			}
		}
	}
	if a.Price.Known {
		e.Price = a.Price
	}
	return m, &e
}
