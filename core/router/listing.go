package router

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Listing is what a GET path of the data plane asks for: all models, one of them, or the
// endpoints of one.
type Listing struct {
	Route     *catalog.Route // what can be called by it; nil: by no route
	Model     string         // empty: all
	Endpoints bool           // of Model
	// Schema is whose shape the answer has: Gemini's, or OpenAI's with what others add to it.
	Schema llm.Schema
}

// ListingOf is what GET requests to path ask for, query string not included: /v1/models,
// /v1/models/{author}/{name} and that with /endpoints, the same under /api, and under a
// route's path with or without /v1; under /v1beta, and by routes of Gemini's schema, in
// Gemini's shape.
func (r *Router) ListingOf(path string) (l Listing, ok bool) {
	rest, beta, versioned := catalog.Versioned(path)
	rest, ok = strings.CutPrefix(rest, "/models")
	if ok = ok && versioned && (rest == "" || rest[0] == '/'); !ok {
		if l.Route, rest = r.cat.ModelsOf(path); l.Route == nil {
			return Listing{}, false
		}
		beta = l.Route.Schema == llm.SchemaGemini
	}
	l.Schema = llm.SchemaOpenAI
	if beta {
		l.Schema = llm.SchemaGemini
	}
	if rest == "" {
		return l, true
	}
	l.Model = rest[1:]
	// An id may end in /endpoints itself; then it is not split.
	if id, ends := strings.CutSuffix(l.Model, "/endpoints"); ends && !beta && r.cat.Model(l.Model) == nil {
		l.Model, l.Endpoints = id, true
	}
	return l, l.Model != ""
}

// AppendListing appends the answer to l, which is JSON. What is known of endpoints at now
// is read from s, only if l asks for endpoints. The error says that there is no such model.
func (r *Router) AppendListing(dst []byte, l Listing, s stats.Snapshot, now time.Time) ([]byte, *llm.Error) {
	entries := r.entries(l.Route)
	w := jsonout.Writer{Buf: dst}
	if l.Schema == llm.SchemaGemini {
		return r.appendGemini(&w, l, entries)
	}
	if l.Model == "" {
		w.Begin('{')
		w.String("object", "list")
		w.BeginAt("data", '[')
		for i := range entries {
			w.Begin('{')
			entries[i].write(&w)
			w.End('}')
		}
		w.End(']')
		w.Int("total_count", int64(len(entries)))
		w.BeginAt("links", '{')
		w.Null("next") // all of them are on this page
		w.End('}')
		// What Anthropic's list has beside data (docs.anthropic.com/en/api/models-list).
		w.Bool("has_more", false)
		if n := len(entries); n > 0 {
			w.String("first_id", entries[0].id)
			w.String("last_id", entries[n-1].id)
		}
		w.End('}')
		return w.Buf, nil
	}
	e := r.find(entries, l.Model)
	if e == nil {
		return dst, r.unknown(l)
	}
	w.Begin('{')
	if l.Endpoints {
		w.BeginAt("data", '{')
		e.write(&w)
		e.writeEndpoints(&w, s, now)
		w.End('}')
	} else {
		e.write(&w)
	}
	w.End('}')
	return w.Buf, nil
}

func (r *Router) unknown(l Listing) *llm.Error {
	const most = 256
	name := strconv.Quote(strings.ToValidUTF8(l.Model[:min(len(l.Model), most)], ""))
	msg := "no model " + name + " is configured"
	if l.Route != nil {
		msg = "no model " + name + " can be called by route " + l.Route.Path
	} else if near := r.cat.NearestModel(l.Model); near != "" {
		msg += "; did you mean " + strconv.Quote(near) + "?"
	}
	return &llm.Error{Code: llm.CodeModelNotFound, Param: "model", Message: msg}
}

// entry is a name that can be asked for, with the endpoints that may serve it.
type entry struct {
	id        string
	aliasOf   string // what an alias means, suffix included; empty for a model
	endpoints []catalog.Endpoint
	// pool is what holds for the model auto, whose endpoints are those of its pool: the most that
	// any takes, and no price; nil for any other.
	pool *catalog.Endpoint
}

// entries lists what can be called by a route, or by none: models by id, then aliases in
// their order, then auto. Of a route whose arms name their models it is these.
func (r *Router) entries(route *catalog.Route) []entry {
	if route == nil {
		route = &catalog.Route{}
	}
	var list []entry
	for _, id := range r.cat.IDs() {
		list = append(list, entry{id: id, endpoints: endpointsOf(route, r.cat.Model(id))})
	}
	if route.Open() {
		for _, a := range r.cat.Config().Aliases {
			if m, _ := r.cat.Resolve(a.Name); m != nil {
				list = append(list, entry{id: a.Name, aliasOf: a.Means, endpoints: endpointsOf(route, m)})
			}
		}
		list = append(list, r.auto(route))
	}
	for i := range route.Arms {
		if e := route.Endpoints[i]; e.Name != "" && r.cat.Model(e.Model) == nil {
			list = addBare(list, e)
		}
	}
	return slices.DeleteFunc(list, func(e entry) bool { return len(e.endpoints) == 0 })
}

// auto is the model that is chosen by the request.
func (r *Router) auto(route *catalog.Route) entry {
	e := entry{id: catalog.AutoName, pool: &catalog.Endpoint{Model: catalog.AutoName}}
	for _, id := range policy.ConfiguredPool(r.cat, route) {
		for _, at := range endpointsOf(route, r.cat.Model(id)) {
			e.endpoints = append(e.endpoints, at)
			if !at.Disabled {
				e.pool.Context, e.pool.MaxOutput = max(e.pool.Context, at.Context), max(e.pool.MaxOutput, at.MaxOutput)
			}
		}
	}
	return e
}

// endpointsOf are the endpoints of a model that can be called by the route.
func endpointsOf(route *catalog.Route, m *catalog.Model) (list []catalog.Endpoint) {
	if len(route.Arms) == 0 {
		return m.Endpoints
	}
	for i := range route.Arms {
		if e, ok := route.Serving(i, m); ok && e.Model == m.ID {
			list = append(list, e)
		}
	}
	return list
}

// addBare adds an endpoint of a model that only a route names.
func addBare(list []entry, e catalog.Endpoint) []entry {
	for i := range list {
		if list[i].id == e.Model && list[i].aliasOf == "" {
			list[i].endpoints = append(list[i].endpoints, e)
			return list
		}
	}
	return append(list, entry{id: e.Model, endpoints: []catalog.Endpoint{e}})
}

// find is the entry that a name means; nil if there is none.
func (r *Router) find(entries []entry, name string) *entry {
	for i := range entries {
		if entries[i].id == name {
			return &entries[i]
		}
	}
	if m, _ := r.cat.Resolve(name); m != nil && m.ID != name {
		return r.find(entries, m.ID)
	}
	return nil
}
