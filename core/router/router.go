// Package router is what a host holds: one value made from a configuration, from which
// it opens an exchange for each request. It knows the data plane's paths and which
// codec speaks which schema, and nothing else.
//
//	x := r.Open(router.Call{ID: id, Seed: seed, Entry: t, Body: body})
//	for _, cmd := range x.Step(now, exchange.Started{Stats: board}) { … }
package router

import (
	"slices"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Router is immutable and safe for concurrent use.
type Router struct {
	cat    *catalog.Catalog
	tables [llm.SchemaCount]*codec.Table // what each schema can say
}

// New is a router for cat.
func New(cat *catalog.Catalog) *Router {
	r := &Router{cat: cat}
	for s := range r.tables {
		r.tables[s] = Table(llm.Schema(s))
	}
	return r
}

// Catalog is what the router was made from.
func (r *Router) Catalog() *catalog.Catalog { return r.cat }

// Rules are the limits of the circuits.
func (r *Router) Rules() stats.Rules {
	c := r.cat.Routing().Circuit
	return stats.Rules{Failures: c.Failures, CoolDown: c.CoolDown, CoolDownMax: c.CoolDownMax}
}

// Entry is what a path of the data plane means.
type Entry struct {
	Schema    llm.Schema
	Operation llm.Operation
	// Model and Stream, where the path names them, as Gemini's do.
	Model  string
	Stream bool
	Route  *catalog.Route // nil on the paths that are no route's
}

// asked is what of the entry concerns the codec.
func (e Entry) asked() codec.Asked {
	return codec.Asked{Operation: e.Operation, Model: e.Model, Stream: e.Stream}
}

// EntryOf is the entry of POST requests to path, query string not included.
func (r *Router) EntryOf(path string) (Entry, bool) {
	if rest, beta, ok := catalog.Versioned(path); ok {
		for s := llm.SchemaNone + 1; s < llm.SchemaCount; s++ {
			if a, ok := catalog.ActionOf(s, rest); ok && (!beta || s == llm.SchemaGemini) {
				return newEntry(s, a, nil), true
			}
		}
	}
	if route, a := r.cat.RouteOf(path); route != nil {
		return newEntry(route.Schema, a, route), true
	}
	return Entry{}, false
}

func newEntry(s llm.Schema, a catalog.Action, route *catalog.Route) Entry {
	return Entry{Schema: s, Operation: a.Operation, Model: a.Model, Stream: a.Stream, Route: route}
}

// Call is one client request.
type Call struct {
	ID    string // of the decision to come
	Seed  uint64
	Entry Entry
	// ProviderHeader is the value of x-strowger-provider.
	ProviderHeader []byte
	// CacheControl is the value of cache-control.
	CacheControl string
	// Key is the name of the client key that the request came with; empty for none.
	Key string
	// Header gives a header of the request by its lower-case name, of those that HeaderNames
	// lists; nil: there are none.
	Header func(name string) string
	Body   []byte // kept and not changed until the exchange has finished
	// Refused is a mistake that the host found before the body was read.
	Refused *llm.Error
}

// given is what of the call makes its policy, beside the body.
func (c *Call) given() policy.Given {
	return policy.Given{Header: c.ProviderHeader, CacheControl: c.CacheControl, Route: c.Entry.Route, Key: c.Key}
}

// Open makes the exchange of a call. A request that cannot be read or whose policy is
// wrong gives an exchange that answers so. All that takes long is done here, before anything
// of the state is needed.
func (r *Router) Open(c Call) *exchange.Exchange {
	x := exchange.New()
	r.config(x.Config(), &c)
	return x
}

// OpenIn is Open in the memory of an exchange that nobody uses any more, as in exchange.Reset.
func (r *Router) OpenIn(x *exchange.Exchange, c Call) {
	x.Reset()
	r.config(x.Config(), &c)
}

// config makes what the exchange of a call is made from; for the policy there is a place.
func (r *Router) config(cfg *exchange.Config, c *Call) {
	in := Ingress(c.Entry.Schema)
	*cfg = exchange.Config{ID: c.ID, Schema: c.Entry.Schema, Seed: c.Seed, Catalog: r.cat, Ingress: in, Egress: egress, Policy: cfg.Policy, Refused: c.Refused, Header: c.Header}
	if cfg.Refused == nil {
		cfg.Request, cfg.Refused = in.ReadRequest(c.Entry.asked(), c.Body)
	}
	if cfg.Refused == nil {
		c.session(cfg.Request)
		*cfg.Policy, cfg.Refused = policy.Make(r.cat, cfg.Request, c.given())
	}
	if cfg.Refused == nil {
		cfg.Translation = exchange.Translate(r.cat, cfg.Policy, cfg.Request, in, &r.tables)
		if cfg.Policy.Auto != nil {
			task := pool.Read(cfg.Request, cfg.Said, c.Key)
			cfg.Task = &task
		}
	}
}

// Decide is the decision on a call, without anything being sent.
func (r *Router) Decide(c Call, s *State, now time.Time) (plan.Decision, *llm.Error) {
	c.Refused = nil
	cfg := exchange.Config{Policy: &policy.Policy{}}
	r.config(&cfg, &c)
	return cfg.Decide(now, s.Started())
}

// sessionHeaders name the conversation where the body does not: OpenRouter's
// (openrouter.ai/docs/guides/features/broadcast), and what opencode sends.
var sessionHeaders = [...]string{"x-session-id", "x-session-affinity"}

// session reads the conversation's name from the headers, unless the body has it under
// session_id. It counts before what a body only hints at.
func (c *Call) session(r *llm.Request) {
	if c.Header == nil || !r.Marks[codec.MarkSession].Empty() {
		return
	}
	for _, name := range sessionHeaders {
		if id := c.Header(name); id != "" {
			r.Session = codec.Session(id)
			return
		}
	}
}

// HeaderNames are the headers of a request, in lower case, that Call.Header is asked for.
func HeaderNames() (names []string) {
	names = append(names, sessionHeaders[:]...)
	for s := range llm.SchemaCount {
		for _, name := range codec.Forwarded(s) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
