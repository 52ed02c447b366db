package recall

import (
	"slices"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// asked is what the request is decided from under another catalog: what the caller said is as it
// was, what the configuration says is the new one's.
func (r *Record) asked(cat *catalog.Catalog) (plan.Input, *llm.Error) {
	in, old := r.in, &r.Policy
	req := r.request
	if req.Model == "" { // the first of models named it
		req.Model = old.Model
	}
	req.Extensions = llm.Extensions{Provider: fallbacks(cat, old), ModelConfig: choice(cat, old)}
	p, err := policy.Make(cat, &req, policy.Given{Route: routeOf(cat, old.Route), Key: old.Key})
	if err != nil {
		return in, err
	}
	p.Order, p.Only, p.Ignore, p.Mixed = old.Order, old.Only, old.Ignore, old.Mixed
	p.RequireParameters, p.MaxPrice, p.Demands, p.Preferred = old.RequireParameters, old.MaxPrice, old.Demands, old.Preferred
	if said(old.StrategyFrom) {
		p.Strategy, p.StrategyFrom = old.Strategy, old.StrategyFrom
	}
	if said(old.StrictFrom) {
		p.Strict, p.StrictFrom = old.Strict, old.StrictFrom
	}
	if said(old.AllowFallbacksFrom) {
		p.AllowFallbacksFrom = old.AllowFallbacksFrom
	}
	if said(old.FallbackFrom) {
		p.FallbackFrom = old.FallbackFrom
	}
	p.Cache.NoRead, p.Cache.NoWrite = old.Cache.NoRead, old.Cache.NoWrite
	in.Request, in.Catalog, in.Stats, in.Policy = &r.request, cat, r.readings, p
	in.Groups = plan.Endpoints(cat, &in.Policy)
	in.Lost = r.lost(in.Groups)
	in.Funds = r.left(&p)
	if in.Drawn = nil; old.Stick != 0 && r.sameArms(&p) {
		in.Policy.Stick, in.Drawn = old.Stick, r.in.Drawn
	}
	return in, nil
}

// fallbacks are what the caller said of fallbacks, as a provider object: on it depends what the
// configuration has to say of them. Models that are no more are left out.
func fallbacks(cat *catalog.Catalog, old *policy.Policy) []byte {
	var w jsonout.Writer
	w.Begin('{')
	if said(old.AllowFallbacksFrom) {
		w.Bool("allow_fallbacks", old.AllowFallbacks)
	}
	if said(old.FallbackFrom) {
		w.Strings("fallback", present(cat, old.Fallback))
	}
	w.End('}')
	return w.Buf
}

// said reports whether it was the caller who said something, in a body or a header; a suffix is
// part of the model's name.
func said(from policy.Source) bool { return from == policy.FromBody || from == policy.FromHeader }

func routeOf(cat *catalog.Catalog, path string) *catalog.Route {
	routes := cat.Config().Routes
	for i := range routes {
		if routes[i].Path == path {
			return &routes[i]
		}
	}
	return nil
}

// choice is what the caller said of auto mode, as model_routing_config; nil if the caller named
// the model. A preference in the model's name counts by itself.
func choice(cat *catalog.Catalog, old *policy.Policy) []byte {
	a := old.Auto
	if a == nil {
		return nil
	}
	var w jsonout.Writer
	w.Begin('{')
	if pool := present(cat, a.Pool); said(a.PoolFrom) && len(pool) > 0 {
		w.Strings("models", pool)
	}
	if said(a.PreferenceFrom) {
		w.String("preference", a.Preference.String())
	}
	w.End('}')
	return w.Buf
}

// present are those models that the catalog has.
func present(cat *catalog.Catalog, ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return cat.Model(id) == nil })
}

// left is what is left to spend if the limit that had least left is the new policy's too, of
// whatever amount; nil if it is not: what has been spent under others is not recorded.
func (r *Record) left(p *policy.Policy) *plan.Funds {
	if r.in.Funds == nil {
		return nil
	}
	of := &r.in.Funds.Limit
	for _, l := range p.Limits {
		if l.Account == of.Account && l.Per == of.Per {
			return &plan.Funds{Left: r.in.Funds.Left + l.Most - of.Most, Limit: l}
		}
	}
	return nil
}

// sameArms reports whether the arms of a policy and their weights are those that were recorded,
// so that the order in which they were drawn still holds.
func (r *Record) sameArms(p *policy.Policy) bool {
	if len(p.Arms) > len(r.candidates) {
		return false
	}
	for i := range p.Arms {
		c := &r.candidates[i]
		if c.id != p.Arms[i].ID || c.weighed && c.weight != int64(p.Arms[i].Weight) {
			return false
		}
	}
	return len(p.Arms) == len(r.candidates) || r.candidates[len(p.Arms)].group > 0
}
