package catalog

import (
	"slices"
	"strconv"
	"strings"

	"strowger/core/llm"
)

// checkRoutes checks the routes and makes the endpoints of their arms.
func (c *checker) checkRoutes() {
	paths := []answered{}
	for i := range c.config.Routes {
		r := &c.config.Routes[i]
		place := []string{"routes", strconv.Itoa(i)}
		setDefault(&r.Schema, llm.SchemaOpenAI)
		if r.Schema.String() == "" {
			c.report(place, "schema", "must be one of "+strings.Join(llm.SchemaNames(), ", "), "")
		}
		paths = append(paths, c.checkPath(place, r, paths))
		c.routes[r.Path] = i
		c.checkChoice(place, r)
		c.checkArms(place, r)
		c.checkCache(append(place, "cache"), r.Cache)
		c.checkCostLimits(append(place, "cost_limit"), r.CostLimits)
		c.checkTimeouts(append(place, "timeouts"), r.Timeouts)
		c.checkRouting(append(place, "routing"), &r.Routing)
		r.Retry = r.Routing.Retry.or(c.config.Routing.Retry)
	}
	c.nameEndpoints()
}

// checkPath refuses a path that is none, or that takes another's; it returns the paths
// that the route answers.
func (c *checker) checkPath(place []string, r *Route, others []answered) answered {
	if rest, ok := strings.CutPrefix(r.Path, "/"); !ok || !goodName(rest, "") {
		c.report(place, "path", `must be "/" and then words of letters, digits, "-" and "_" with single slashes between them, such as /support`, "")
		return answered{} // collides with nothing
	}
	if len(r.Path) > MaxName {
		c.report(place, "path", tooLong, "")
		return answered{}
	}
	if i, ok := c.routes[r.Path]; ok {
		c.report(place, "path", r.Path+" is the path of routes."+strconv.Itoa(i)+" too", "")
		return answered{}
	}
	own := pathsOf(r)
	if path := reserved.meets(own); path != "" {
		c.report(place, "path", "is not free: the route would answer "+path+", which strowger itself answers", "")
		return own
	}
	for i, other := range others {
		if path := other.meets(own); path != "" {
			c.report(place, "path", "is not free: the route would answer "+path+", which "+c.config.Routes[i].Path+" answers", "")
			break
		}
	}
	return own
}

// checkChoice checks how an arm is chosen and what follows it.
func (c *checker) checkChoice(place []string, r *Route) {
	const several = "needs two or more providers; with one there is nothing to choose"
	few := len(r.Arms) < 2
	if r.Failover && few {
		c.report(place, "failover", several, "")
	}
	if r.LoadBalancing && few {
		c.report(place, "load_balancing", several, "")
	}
	switch {
	case r.Sticky != StickyNone && r.Sticky.String() == "":
		c.report(place, "sticky", "must be one of "+strings.Join(StickyNames(), ", "), "")
	case r.Sticky != StickyNone && !r.LoadBalancing:
		c.report(place, "sticky", "needs load_balancing: without it the choice is always the same", "")
	}
	if r.LoadBalancing && r.Routing.Strategy != StrategyNone {
		c.report(place, "routing.strategy", "load_balancing chooses by weight already: give one of the two", "")
	}
	if len(r.Routing.Fallback) > 0 && !r.Failover && !few {
		c.report(place, "routing.fallback", "needs failover: true; without it only the chosen provider is tried", "")
	}
	if r.Routing.Circuit != (Circuit{}) {
		c.report(place, "routing.circuit", "is one for all routes: set it in the routing of the configuration", "")
	}
}

// checkArms checks the arms and makes an endpoint of each. One arm alone is always chosen.
func (c *checker) checkArms(place []string, r *Route) {
	total := 0
	r.Endpoints = make([]Endpoint, 0, len(r.Arms))
	for i := range r.Arms {
		a := &r.Arms[i]
		at := append(slices.Clone(place), "providers", strconv.Itoa(i))
		if a.Weight < 0 || a.Weight > 100 {
			c.report(at, "weight", "must be from 0 to 100", "")
		}
		if len(r.Arms) == 1 {
			a.Weight = 1
		}
		total += max(a.Weight, 0)
		c.checkDuration(at, "timeout", a.Timeout)
		c.checkPrice(append(at, "price"), &a.Price)
		c.checkText(at, "model", a.Model)
		p := c.provider(at, a.Provider)
		if p == nil {
			continue
		}
		e := c.endpointOf(r, a, p)
		for j := range r.Endpoints {
			if other := &r.Endpoints[j]; other.Provider == e.Provider && other.Name == e.Name {
				c.report(at, "", strings.TrimSuffix(e.Provider+"/"+e.Name, "/")+" stands here twice", "")
			}
		}
		r.Endpoints = append(r.Endpoints, e)
	}
	if r.LoadBalancing && total == 0 && len(r.Arms) > 1 {
		c.report(place, "providers", "one weight at least must be above 0; 0 drains a provider", "")
	}
}

// nameEndpoints makes the endpoints that only routes name known by their ids. It comes
// after all arms, so that none takes what another route says of it.
func (c *checker) nameEndpoints() {
	for i := range c.config.Routes {
		r := &c.config.Routes[i]
		for j := range r.Endpoints {
			if r.Endpoints[j].ID != "" {
				c.checkIdentity(&r.Endpoints[j], []string{"routes", strconv.Itoa(i), "providers", strconv.Itoa(j)})
			}
		}
	}
}

// endpointOf is the endpoint that an arm stands for: that of the catalog if its model's id
// or else its upstream name is known there, else a bare one, without price or limits.
func (c *checker) endpointOf(r *Route, a *Arm, p *Provider) Endpoint {
	if a.Model == "" {
		e := Endpoint{}
		e.of(p)
		return r.override(a, e)
	}
	if m := c.Model(a.Model); m != nil {
		for i := range m.Endpoints {
			if m.Endpoints[i].Provider == p.Name {
				return r.override(a, m.Endpoints[i])
			}
		}
	}
	if e := c.endpoints[p.Name+"/"+a.Model]; e != nil && e.Provider == p.Name {
		return r.override(a, *e)
	}
	e := Endpoint{Name: a.Model, Model: a.Model}
	if namePart(e.Model) == "" {
		e.Model = p.Name + "/" + a.Model
	}
	e.at(p)
	return r.override(a, e)
}

// override is e with what the arm and the route say instead.
func (r *Route) override(a *Arm, e Endpoint) Endpoint {
	e.Weight = a.Weight
	e.Timeouts = Timeouts{Total: a.Timeout}.or(r.Timeouts).or(e.Timeouts)
	if a.Price.Known {
		e.Price, e.PriceFrom = a.Price, "route "+r.Path
	}
	return e
}

// Serving is the endpoint of the i-th arm for a request that names m: the arm's own, or,
// if it names no model, that of m at its provider. It is false if there is none. m may be
// nil if the arm names a model.
func (r *Route) Serving(i int, m *Model) (Endpoint, bool) {
	if r.Arms[i].Model != "" {
		return r.Endpoints[i], true
	}
	for j := range m.Endpoints {
		if e := &m.Endpoints[j]; e.Provider == r.Arms[i].Provider {
			return r.override(&r.Arms[i], *e), true
		}
	}
	return Endpoint{}, false
}

// Open reports whether an arm leaves the model to the request, or there is no arm at all.
func (r *Route) Open() bool {
	return len(r.Arms) == 0 || slices.ContainsFunc(r.Arms, func(a Arm) bool { return a.Model == "" })
}
