package policy

import (
	"slices"
	"strconv"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Given is what comes with a request beside its body. The zero value is nothing.
type Given struct {
	Header       []byte         // the value of x-strowger-provider
	CacheControl string         // the value of cache-control
	Route        *catalog.Route // the request came by
	Key          string         // name of the client key
}

// noRoute says nothing. It is never changed.
var noRoute catalog.Route

// Make is the policy of req under cat. The error is the caller's mistake, with Param
// naming the field.
func Make(cat *catalog.Catalog, req *llm.Request, given Given) (Policy, *llm.Error) {
	m := maker{cat: cat, req: req, given: given, route: given.Route}
	if m.route == nil {
		m.route = &noRoute
	}
	m.configured()
	if err := m.primary(); err != nil {
		return m.p, err
	}
	if err := m.read(); err != nil {
		return m.p, err
	}
	m.apply()
	if err := m.fallbacks(); err != nil {
		return m.p, err
	}
	m.arms()
	m.account()
	return m.p, m.left()
}

// maker is one policy in the making.
type maker struct {
	cat   *catalog.Catalog
	req   *llm.Request
	given Given
	route *catalog.Route // noRoute, if the request came by none
	model *catalog.Model // the primary one; nil if the route's arms name all models
	said  directives
	p     Policy
}

// configured fills in what the configuration says, the route before all else.
func (m *maker) configured() {
	global, route, p := m.cat.Routing(), &m.route.Routing, &m.p
	p.Route, p.Timeouts = m.route.Path, m.route.Timeouts
	p.AllowFallbacks, p.AllowFallbacksFrom = true, FromGlobal
	if len(m.route.Arms) >= 2 {
		p.AllowFallbacks, p.AllowFallbacksFrom = m.route.Failover, FromRoute
	}
	p.MaxAttempts, p.Deadline, p.FallbackOn = global.MaxAttempts, global.Deadline, global.FallbackOn
	if route.MaxAttempts > 0 {
		p.MaxAttempts = route.MaxAttempts
	}
	if route.Deadline > 0 {
		p.Deadline = route.Deadline
	}
	m.recovery()
	if route.FallbackOn.Statuses != nil || route.FallbackOn.Classes != nil {
		p.FallbackOn = route.FallbackOn
	}
	p.StrategyFrom = FromRoute
	switch {
	case m.route.LoadBalancing:
		p.Strategy = catalog.StrategyWeighted
	case route.Strategy != catalog.StrategyNone:
		p.Strategy = route.Strategy
	case len(m.route.Arms) > 0: // their order is what was configured
		p.Strategy = catalog.StrategyPriority
	default:
		p.Strategy, p.StrategyFrom = global.Strategy, FromGlobal
	}
}

// primary resolves the model that the request names. On a route whose arms all name theirs
// it may be missing or unknown; a suffix counts all the same.
func (m *maker) primary() *llm.Error {
	open := m.route.Open()
	name, param := m.named()
	if name == "" && open {
		return &llm.Error{Code: llm.CodeInvalidRequest, Param: "model", Message: `missing: name a model such as "` + example(m.cat) + `"`}
	}
	if open {
		if is, err := m.auto(name, param); is || err != nil {
			return err
		}
	}
	model, bySuffix := m.cat.Resolve(name)
	if bySuffix != catalog.StrategyNone {
		m.p.Strategy, m.p.StrategyFrom = bySuffix, FromSuffix
	}
	switch {
	case !open:
		m.p.Model = m.route.Endpoints[0].Model
		return nil
	case model == nil:
		return unknownModel(m.cat, param, name)
	}
	m.model, m.p.Model = model, model.ID
	return nil
}

// named is the model that the request asks for, and the field that says so: without one it
// is the first of models (openrouter.ai/docs/guides/routing/model-fallbacks).
func (m *maker) named() (name, param string) {
	if list := scan.Array(m.req.Extensions.Models); m.req.Model == "" && list.Next() {
		name, _ = scan.String(m.req.Extensions.Models, list.Value())
		return name, "models[0]"
	}
	return m.req.Model, "model"
}

// read reads what the caller said beside the model's name.
func (m *maker) read() *llm.Error {
	if len(m.given.Header) > 0 {
		if err := m.said.read(m.given.Header, "x-strowger-provider", FromHeader, &m.p); err != nil {
			return err
		}
	}
	if len(m.req.Extensions.Provider) > 0 {
		if err := m.said.read(m.req.Extensions.Provider, "provider", FromBody, &m.p); err != nil {
			return err
		}
	}
	return m.said.readModels(m.req.Extensions.Models, &m.p)
}

// apply merges what was said into the policy, but for the fallback models.
func (m *maker) apply() {
	p, said := &m.p, &m.said
	if said.strategy != catalog.StrategyNone {
		p.Strategy, p.StrategyFrom = said.strategy, said.strategyFrom
	}
	if p.Mixed = isTrue(said.mixed); p.Mixed && p.Auto != nil {
		p.Mixed = false
		p.warn("partition_ignored", "sort.partition is passed over: auto chooses the model before its endpoints are compared")
	}
	p.Order = p.known(m.cat, "order", said.order)
	p.Ignore = p.known(m.cat, "ignore", said.ignore)
	p.Only = p.known(m.cat, "only", said.only) // of unknown names alone nothing is left, which allows nothing
	if said.allowFallbacks != nil {
		p.AllowFallbacks, p.AllowFallbacksFrom = *said.allowFallbacks, said.allowFallbacksFrom
	}
	p.RequireParameters = isTrue(said.requireParameters)
	if said.strict != nil {
		p.Strict, p.StrictFrom = *said.strict, said.strictFrom
	}
	p.MaxPrice = said.maxPrice
	if said.hold.Said() {
		p.Hold = said.hold
	}
	if said.resume != catalog.ResumeNone {
		p.Resume = said.resume
	}
	p.Preferred = append(said.maxLatency, said.minThroughput...)
	p.Demands = Demands{NoCollection: isTrue(said.denyCollection), ZDR: isTrue(said.zdr), Quantizations: said.quantizations}
}

func isTrue(b *bool) bool { return b != nil && *b }

// fallbacks resolves the fallback models: those of the request, else the configured ones
// unless fallbacks are off.
func (m *maker) fallbacks() *llm.Error {
	p, names := &m.p, m.said.fallback
	p.FallbackFrom = m.said.fallbackFrom
	if names == nil {
		names, p.FallbackFrom = m.route.Routing.Fallback, FromRoute
		if names == nil {
			names, p.FallbackFrom = m.cat.Routing().Fallback, FromGlobal
		}
		if !p.AllowFallbacks {
			names = nil
		}
	}
	for i, name := range names {
		model, bySuffix := m.cat.Resolve(name)
		if i == 0 && m.first(name) {
			names = names[1:]
			continue
		}
		if model == nil {
			return unknownModel(m.cat, m.said.fallbackField+"["+strconv.Itoa(i)+"]", name)
		}
		if model.ID == p.Model || p.Auto != nil && slices.Contains(p.Auto.Pool, model.ID) {
			continue
		}
		if m.said.fallback != nil {
			m.noSuffix(bySuffix, name)
		}
		if !slices.Contains(p.Fallback, model.ID) {
			p.Fallback = append(p.Fallback, model.ID)
		}
	}
	if p.Auto != nil && m.said.fallback != nil && len(names) > 0 && len(p.Fallback) == 0 {
		p.warn("fallback_in_pool", m.said.fallbackField+" changes nothing: all of its models stand in the pool that auto chooses from, whose others follow the first by themselves")
	}
	return nil
}

// first reports whether the first name of a list is that of the model asked for, which is auto:
// models may begin with it.
func (m *maker) first(name string) bool {
	_, _, auto := catalog.CutAuto(name)
	return auto && m.p.Auto != nil && m.said.fallbackField == "models"
}
