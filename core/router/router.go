// Package router is what a host holds: one value made from a configuration, from which
// it opens an exchange for each request. It knows the data plane's paths and which
// codec speaks which schema, and nothing else.
//
//	x := r.Open(router.Call{ID: id, Seed: seed, Entry: t, Body: body})
//	for _, cmd := range x.Step(now, exchange.Started{Stats: board}) { … }
package router

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/codec/openai"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Router is immutable and safe for concurrent use.
type Router struct{ cat *catalog.Catalog }

// New is a router for cat.
func New(cat *catalog.Catalog) *Router { return &Router{cat} }

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
	Route     *catalog.Route // nil on the paths that are no route's
}

// EntryOf is the entry of POST requests to path, query string not included.
func (r *Router) EntryOf(path string) (Entry, bool) {
	switch path {
	case "/v1/chat/completions", "/api/v1/chat/completions":
		return Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, true
	}
	if route, op := r.cat.RouteOf(path); route != nil {
		return Entry{Schema: route.Schema, Operation: op, Route: route}, true
	}
	return Entry{}, false
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
	Key  string
	Body []byte // kept and not changed until the exchange has finished
	// Refused is a mistake that the host found before the body was read.
	Refused *llm.Error
}

// given is what of the call makes its policy, beside the body.
func (c *Call) given() policy.Given {
	return policy.Given{Header: c.ProviderHeader, CacheControl: c.CacheControl, Route: c.Entry.Route, Key: c.Key}
}

// Open makes the exchange of a call. A request that cannot be read or whose policy is
// wrong gives an exchange that answers so.
func (r *Router) Open(c Call) *exchange.Exchange {
	in := Ingress(c.Entry.Schema)
	cfg := exchange.Config{ID: c.ID, Seed: c.Seed, Catalog: r.cat, Ingress: in, Egress: egress, Refused: c.Refused}
	if cfg.Refused == nil {
		cfg.Request, cfg.Refused = in.ReadRequest(c.Entry.Operation, c.Body)
	}
	if cfg.Refused == nil {
		cfg.Policy, cfg.Refused = policy.Make(r.cat, cfg.Request, c.given())
	}
	return exchange.New(cfg)
}

// Decide is the decision on a call, without anything being sent.
func (r *Router) Decide(c Call, s *State, now time.Time) (plan.Decision, *llm.Error) {
	req, err := Ingress(c.Entry.Schema).ReadRequest(c.Entry.Operation, c.Body)
	if err != nil {
		return plan.Decision{}, err
	}
	pol, err := policy.Make(r.cat, req, c.given())
	if err != nil {
		return plan.Decision{}, err
	}
	in := plan.Input{Request: req, Policy: pol, Catalog: r.cat, Stats: &s.Board, Now: now, Seed: c.Seed}
	if least, limited := s.Ledger.Standing(now, pol.Limits); limited {
		in.Funds = &plan.Funds{Left: least.Left, Limit: least.Limit}
	}
	_, d := plan.Make(in)
	return d, nil
}

// Ingress is the callers' side of a schema; OpenAI's for those not served yet.
func Ingress(llm.Schema) codec.Ingress { return openai.Codec{} }

func egress(s llm.Schema) codec.Egress {
	if s == llm.SchemaOpenAI {
		return openai.Codec{}
	}
	return nil
}
