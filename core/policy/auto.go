package policy

import (
	"slices"
	"strconv"
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Primaries is how many groups of candidates stand for the model asked for: those of the pool,
// else one. Behind them come the groups of the fallback models.
func (p *Policy) Primaries() int {
	if p.Auto != nil {
		return len(p.Auto.Pool)
	}
	return 1
}

// auto reads the rules of auto mode, if name asks for it; ok: it does. A suffix is a
// preference, or what any model's suffix is: the strategy for the endpoints of each model.
func (m *maker) auto(name, param string) (ok bool, err *llm.Error) {
	config := m.req.Extensions.ModelConfig
	suffix, has, ok := catalog.CutAuto(name)
	if !ok {
		if len(config) > 0 {
			m.p.warn("model_routing_config_ignored", "model_routing_config is passed over: it is for the model auto")
		}
		return false, nil
	}
	if m.req.Operation == llm.OperationEmbeddings {
		return true, &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: "auto chooses among models that chat: name a model for embeddings"}
	}
	a := &Auto{}
	if err := m.readAuto(a, config); err != nil {
		return true, err
	}
	if has {
		wanted := pool.PreferenceNamed(suffix)
		_, _, strategy := catalog.CutSuffix(name)
		switch {
		case wanted != pool.PreferenceNone:
			a.prefer(wanted, FromSuffix)
		case strategy != catalog.StrategyNone:
			m.p.Strategy, m.p.StrategyFrom = strategy, FromSuffix
		default:
			return true, &llm.Error{Code: llm.CodeModelNotFound, Param: param, Message: quote(name) + ": " + quote(":"+suffix) + " is no suffix; those of auto are " +
				strings.Join(append(pool.PreferenceNames(), catalog.SuffixNames()...), ", ")}
		}
	}
	a.configured(m.cat, m.route)
	if len(a.Pool) == 0 {
		return true, &llm.Error{Code: llm.CodeModelNotFound, Param: param, Message: "no model that auto could choose is configured"}
	}
	m.p.Auto, m.p.Model = a, a.Pool[0]
	return true, nil
}

// prefer takes a preference unless there is one.
//
//go:noinline
func (a *Auto) prefer(p pool.Preference, from Source) {
	if a.Preference == pool.PreferenceNone && p != pool.PreferenceNone {
		a.Preference, a.PreferenceFrom = p, from
	}
}

// ConfiguredPool is what auto chooses from on a route, nil for none, where the request does not say.
func ConfiguredPool(cat *catalog.Catalog, route *catalog.Route) []string {
	var a Auto
	if route == nil {
		route = &noRoute
	}
	a.configured(cat, route)
	return a.Pool
}

// configured takes what the configuration says where nothing has been said yet: the route, then
// all of it, then what there is.
func (a *Auto) configured(cat *catalog.Catalog, route *catalog.Route) {
	a.take(cat, &route.Routing.Auto, FromRoute)
	a.take(cat, &cat.Routing().Auto, FromGlobal)
	a.prefer(pool.PreferenceBalanced, FromGlobal)
	if len(a.Pool) > 0 {
		return
	}
	a.PoolFrom = FromGlobal
	models := cat.Config().Models
	for i := range models {
		if models[i].Chats() {
			a.Pool = append(a.Pool, models[i].ID)
		}
	}
}

// take takes what one place of the configuration says. Its models exist: the catalog has been
// checked.
func (a *Auto) take(cat *catalog.Catalog, said *catalog.Auto, from Source) {
	a.prefer(said.Preference, from)
	if len(a.Pool) > 0 {
		return
	}
	for _, name := range said.Models {
		if model, _ := cat.Resolve(name); model != nil {
			a.Pool, a.PoolFrom = append(a.Pool, model.ID), from
		}
	}
}

// autoNames are the fields of model_routing_config.
var autoNames = [...]string{"models", "preference"}

// readAuto reads model_routing_config: {models, preference}. Unknown fields are passed over
// with a warning.
func (m *maker) readAuto(a *Auto, doc []byte) *llm.Error {
	if len(doc) == 0 {
		return nil
	}
	const field = "model_routing_config"
	r := fieldReader{doc: doc, warnings: m.p.Warnings}
	var names []string
	r.fields(field, scan.Value{Kind: scan.KindObject, End: len(doc)}, autoNames[:], "an object", func(i int, v scan.Value) {
		if i == 0 {
			names = r.names(field+".models", v)
		} else {
			a.prefer(pool.PreferenceNamed(r.choice(field+".preference", v, pool.PreferenceNames())), FromBody)
		}
	})
	m.p.Warnings = r.warnings
	if r.err != nil {
		return r.err
	}
	a.PoolFrom = FromBody
	for i, name := range names {
		model, bySuffix := m.cat.Resolve(name)
		if model == nil {
			return unknownModel(m.cat, field+".models["+strconv.Itoa(i)+"]", name)
		}
		m.noSuffix(bySuffix, name)
		if !slices.Contains(a.Pool, model.ID) {
			a.Pool = append(a.Pool, model.ID)
		}
	}
	return nil
}

// noSuffix warns of a suffix that cannot count.
func (m *maker) noSuffix(s catalog.Strategy, name string) {
	if s != catalog.StrategyNone {
		m.p.warn("suffix_ignored", "the suffix of "+quote(name)+" is passed over: one strategy holds for all models of a request")
	}
}
