// Package router is what a host holds: one value made from a configuration, from which
// it opens an exchange for each request. It knows the data plane's paths and which
// codec speaks which schema, and nothing else.
//
//	x := r.Open(router.Call{ID: id, Seed: seed, Target: t, Body: body})
//	for _, cmd := range x.Step(now, exchange.Started{Stats: board}) { … }
package router

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/codec/openai"
	"strowger/core/exchange"
	"strowger/core/jsonout"
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

// Target is what a path of the data plane means.
type Target struct {
	Schema    llm.Schema
	Operation llm.Operation
}

// TargetOf is the target of POST requests to path, query string not included.
func TargetOf(path string) (Target, bool) {
	switch path {
	case "/v1/chat/completions", "/api/v1/chat/completions":
		return Target{llm.SchemaOpenAI, llm.OperationChat}, true
	}
	return Target{}, false
}

// Call is one client request.
type Call struct {
	ID     string // of the decision to come
	Seed   uint64
	Target Target
	// ProviderHeader is the value of x-strowger-provider.
	ProviderHeader []byte
	Body           []byte // kept and not changed until the exchange has finished
	// Refused is a mistake that the host found before the body was read.
	Refused *llm.Error
}

// Open makes the exchange of a call. A request that cannot be read or whose policy is
// wrong gives an exchange that answers so.
func (r *Router) Open(c Call) *exchange.Exchange {
	in := Ingress(c.Target.Schema)
	cfg := exchange.Config{ID: c.ID, Seed: c.Seed, Catalog: r.cat, Ingress: in, Egress: egress, Refused: c.Refused}
	if cfg.Refused == nil {
		cfg.Request, cfg.Refused = in.ReadRequest(c.Target.Operation, c.Body)
	}
	if cfg.Refused == nil {
		cfg.Policy, cfg.Refused = policy.Make(r.cat, cfg.Request, c.ProviderHeader)
	}
	return exchange.New(cfg)
}

// Decide is the decision on a call, without anything being sent.
func (r *Router) Decide(c Call, s stats.Snapshot, now time.Time) (plan.Decision, *llm.Error) {
	req, err := Ingress(c.Target.Schema).ReadRequest(c.Target.Operation, c.Body)
	if err != nil {
		return plan.Decision{}, err
	}
	pol, err := policy.Make(r.cat, req, c.ProviderHeader)
	if err != nil {
		return plan.Decision{}, err
	}
	_, d := plan.Make(plan.Input{Request: req, Policy: pol, Catalog: r.cat, Stats: s, Now: now, Seed: c.Seed})
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

// Apply notes on the board what commands mean for it: what is in flight, whose turn it
// was, and what was measured. The host calls it with the commands of every step,
// guarding the board; for Started, Step and Apply are one critical section.
func Apply(b *stats.Board, cmds []exchange.Command) {
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case exchange.Send:
			b.Begin(cmd.Endpoint.ID)
			if cmd.Turn != 0 {
				b.Pick(cmd.Endpoint.ID, cmd.Turn)
			}
		case exchange.Record:
			b.Finish(cmd.Sample.Endpoint)
			b.Fold(cmd.Sample)
		}
	}
}

// AppendModels appends the answer to GET /v1/models: OpenAI's list with what
// OpenRouter's adds (name, context_length, pricing in dollars per token as text).
func (r *Router) AppendModels(dst []byte) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("object", "list")
	w.BeginAt("data", '[')
	for _, id := range r.cat.IDs() {
		r.writeModel(&w, r.cat.Model(id))
	}
	w.End(']')
	w.End('}')
	return w.Buf
}

// AppendModel appends the model with that id; false if there is none.
func (r *Router) AppendModel(dst []byte, id string) ([]byte, bool) {
	m := r.cat.Find(id)
	if m == nil {
		return dst, false
	}
	w := jsonout.Writer{Buf: dst}
	r.writeModel(&w, m)
	return w.Buf, true
}

func (r *Router) writeModel(w *jsonout.Writer, m *catalog.Model) {
	first := &m.Endpoints[0]
	w.Begin('{')
	w.String("id", m.ID)
	w.String("object", "model")
	w.Int("created", 0)
	w.String("owned_by", authorOf(m.ID))
	w.String("name", m.ID)
	w.IntOrNull("context_length", first.Context, first.Context > 0)
	if p := &first.Price; p.Known {
		w.BeginAt("pricing", '{')
		w.String("prompt", perToken(p.Input))
		w.String("completion", perToken(p.Output))
		w.End('}')
	} else {
		w.Null("pricing")
	}
	w.End('}')
}

func authorOf(id string) string {
	for i := range id {
		if id[i] == '/' {
			return id[:i]
		}
	}
	return id
}

// perToken writes micro-dollars per million tokens as dollars per token.
func perToken(perMillion int64) string {
	digits := []byte("000000000000")
	for i := len(digits) - 1; i >= 0 && perMillion > 0; i-- {
		digits[i] = byte('0' + perMillion%10)
		perMillion /= 10
	}
	return "0." + string(digits)
}
