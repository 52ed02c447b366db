package policy

import (
	"hash/fnv"
	"slices"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// arms fills in the endpoints that the route's arms stand for in this request.
func (m *maker) arms() {
	r := m.route
	if len(r.Arms) == 0 {
		return
	}
	m.p.Arms = make([]catalog.Endpoint, 0, len(r.Arms))
	if m.p.Auto == nil {
		m.armsOf(m.model)
	} else {
		for _, id := range m.p.Auto.Pool {
			m.armsOf(m.cat.Model(id))
		}
	}
	m.p.Stick = m.stick()
}

// Armed is a policy with the endpoints that the arms of its route stand for in cat; without any
// if there is no such route, or it has no arms.
func Armed(cat *catalog.Catalog, p Policy) Policy {
	p.Arms = nil
	for i := range cat.Config().Routes {
		if r := &cat.Config().Routes[i]; r.Path == p.Route {
			m := maker{cat: cat, req: &llm.Request{}, route: r, p: p}
			if r.Open() {
				m.model = cat.Model(p.Model)
			}
			if a := p.Auto; a != nil { // of which a recorded one may name models that are no more
				m.p.Auto = &Auto{Pool: slices.DeleteFunc(slices.Clone(a.Pool), func(id string) bool { return cat.Model(id) == nil })}
			}
			if m.model != nil || !r.Open() || p.Auto != nil {
				m.arms()
			}
			p.Arms = m.p.Arms
		}
	}
	return p
}

// armsOf appends those that serve a model, one of the pool in auto mode. An arm that names
// its own model serves only that in auto mode, and else any.
func (m *maker) armsOf(model *catalog.Model) {
	r := m.route
	for i := range r.Arms {
		e, ok := r.Serving(i, model)
		switch {
		case m.p.Auto != nil:
			if !ok || e.Model != model.ID {
				continue
			}
		case !ok:
			m.p.warn("provider_skipped", "provider "+r.Arms[i].Provider+" of route "+r.Path+" does not serve "+m.p.Model)
			continue
		}
		m.p.Arms = append(m.p.Arms, e)
	}
}

// left is the error if nothing is left that could be tried: no candidate would say why.
func (m *maker) left() *llm.Error {
	r := m.route
	if len(r.Arms) == 0 || len(m.p.Arms) > 0 || len(m.p.Fallback) > 0 {
		return nil
	}
	names := make([]string, len(r.Arms))
	for i := range names {
		names[i] = r.Arms[i].Provider
	}
	return &llm.Error{Code: llm.CodeNoEndpoint, Param: "model",
		Message: "no provider of route " + r.Path + " serves " + m.asked() + "; they are " + strings.Join(names, ", ")}
}

// asked is the model asked for, for a sentence.
func (m *maker) asked() string {
	if m.p.Auto != nil {
		return "a model of the pool"
	}
	return m.p.Model
}

// stick is the same number for the same route and user, session or key, evenly spread; 0
// if there is nothing to stick to.
func (m *maker) stick() uint64 {
	var by string
	switch m.route.Sticky {
	case catalog.StickyUser:
		by = m.req.User
	case catalog.StickySession:
		by = m.req.Session
	case catalog.StickyKey:
		by = m.given.Key
	}
	if by == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(m.route.Path + "\x00" + by))
	n := h.Sum64()
	// FNV leaves the upper bits of alike texts alike; this is a round of MurmurHash3's finalizer.
	n = (n ^ n>>33) * 0xff51afd7ed558ccd
	return max(n^n>>33, 1)
}

// account fills in what is kept of answers, and what may be spent.
func (m *maker) account() {
	p := &m.p
	p.Cache, p.Key = m.cache(), m.given.Key
	p.Limits = ofAll(p.Limits, m.cat.Config())
	p.Limits = ofRoute(p.Limits, m.route)
	if k := m.cat.Key(p.Key); k != nil {
		p.Rate = k.Rate
		p.Limits = ofKey(p.Limits, k)
	}
}

// Limits are all limits on money of a configuration, each with its account.
func Limits(c *catalog.Config) []Limit {
	all := ofAll(nil, c)
	for i := range c.Routes {
		all = ofRoute(all, &c.Routes[i])
	}
	for i := range c.Keys {
		all = ofKey(all, &c.Keys[i])
	}
	return all
}

// Limited reports whether a configuration limits money, or how often requests come.
func Limited(c *catalog.Config) bool {
	rated := func(k catalog.Key) bool { return k.Rate != (catalog.Rate{}) }
	return len(Limits(c)) > 0 || slices.ContainsFunc(c.Keys, rated)
}

func ofAll(dst []Limit, c *catalog.Config) []Limit { return held(dst, AccountAll, "", c.CostLimits) }

func ofRoute(dst []Limit, r *catalog.Route) []Limit {
	return held(dst, AccountRoute, r.Path, r.CostLimits)
}

func ofKey(dst []Limit, k *catalog.Key) []Limit { return held(dst, AccountKey, k.Name, k.CostLimits) }

// held appends limits as those of an account of a kind.
func held(dst []Limit, kind, name string, limits []catalog.CostLimit) []Limit {
	for _, l := range limits {
		dst = append(dst, Limit{kind + name, l})
	}
	return dst
}

// cache is the rule that counts: the route's, else the primary model's unless that is still to
// be chosen, else the global one; off is the zero value.
func (m *maker) cache() Cache {
	rule := m.cat.Config().Cache
	if model := m.cat.Model(m.p.Model); m.p.Auto == nil && model != nil && model.Cache.Said() {
		rule = model.Cache
	}
	if m.route.Cache.Said() {
		rule = m.route.Cache
	}
	if rule.Off || rule.TTL <= 0 {
		return Cache{}
	}
	if rule.MaxBytes == 0 {
		rule.MaxBytes = catalog.MaxCached
	}
	c := Cache{Cache: rule}
	for directive := range strings.SplitSeq(m.given.CacheControl, ",") {
		c.control(directive)
	}
	return c
}

// control follows one directive of cache-control (RFC 9111, 5.2.1); others do not matter
// here. An answer of the age 0 is a new one, so that max-age=0 means no-cache.
func (c *Cache) control(directive string) {
	name, value, _ := strings.Cut(directive, "=")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "no-cache":
		c.NoRead = true
	case "no-store":
		c.NoWrite = true
	case "max-age":
		zero := strings.Trim(value, " \t\"")
		c.NoRead = c.NoRead || zero != "" && strings.Trim(zero, "0") == ""
	}
}
