// Package whatif answers from decisions that were recorded, or are made on the spot, and sends
// nothing: what would have been decided otherwise, what would have tipped it, and whether it
// comes out the same once more.
//
//	POST /_/api/whatif                 the decision on a request, or on a recorded one, with changes
//	GET /_/api/decisions/{id}/flips    what would have put another endpoint first
//	GET /_/api/decisions/{id}/replay   the decision made again, here and by the edge's module
//	GET /_/api/decisions/{id}/test     the decision as a test of a policy
//	GET /_/api/decisions/{id}/request  what was asked and answered, if that is kept
//	POST /_/api/impact                 starts a job: what a configuration would have changed
package whatif

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/recall"
	"strowger/core/router"
	"strowger/desktop/control/jobs"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// Decider decides on a request under what is known now, without sending it.
type Decider interface {
	// DecideAt is the decision, as JSON, on a call to path; c.Entry is not looked at.
	DecideAt(path string, c router.Call) ([]byte, *llm.Error)
}

// Catalogs are what decisions are made with.
type Catalogs interface {
	// InUse is the one in use.
	InUse() *catalog.Catalog
	// Of is the one of a revision, now or before; nil if it is not known any more.
	Of(ctx context.Context, rev string) *catalog.Catalog
	// Read is the one of a configuration's text. The error may be config.Problems.
	Read(text string) (*catalog.Catalog, error)
}

// Module makes recorded decisions again inside the edge's module. Its error says why it cannot,
// such as that it is not built in.
type Module interface {
	// Again is the decision as JSON, made from a record and a catalog in its canonical form.
	Again(ctx context.Context, catalog, record []byte) ([]byte, error)
}

// Options make a Part.
type Options struct {
	Find     func(ctx context.Context, id string) (doc []byte, seq int64, err error) // reports, as JSON
	Decider  Decider
	Catalogs Catalogs
	Module   Module
	Store    *store.Store // of which an impact is told; nil: nothing is recorded
	Jobs     *jobs.Registry
	Bodies   func() bool // whether what is asked and answered now is kept
}

// Part serves the paths of this package; it is a control.Part.
type Part struct{ o Options }

// New is a Part.
func New(o Options) *Part { return &Part{o} }

// Routes implements control.Part.
func (p *Part) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"POST /_/api/whatif":                p.whatIf,
		"POST /_/api/impact":                p.impact,
		"GET /_/api/decisions/{id}/flips":   p.flips,
		"GET /_/api/decisions/{id}/replay":  p.replay,
		"GET /_/api/decisions/{id}/test":    p.test,
		"GET /_/api/decisions/{id}/request": p.request,
	}
}

// maxBody is how long a question may be.
const maxBody = 32 << 20

// question is what is asked of whatIf.
type question struct {
	ID             string          `json:"id"`
	Request        json.RawMessage `json:"request"`
	Path           string          `json:"path"`
	ProviderHeader string          `json:"provider_header"`
	Config         *string         `json:"config"`
	Changes        changes         `json:"changes"`
}

// changes are what is supposed.
type changes struct {
	Strategy  string `json:"strategy"`
	Endpoints map[string]struct {
		Latency int64  `json:"latency_permille"`
		Success int64  `json:"success_permille"`
		Price   *int64 `json:"price_permille"`
		Circuit string `json:"circuit"`
	} `json:"endpoints"`
}

// most bounds how many times slower or dearer something is supposed to be, permille.
const most = 1_000_000

// of checks changes and puts them in the words of recall.
func (c *changes) of(cat *catalog.Catalog) (out recall.Change, err error) {
	if c.Strategy != "" {
		if out.Strategy = catalog.StrategyNamed(c.Strategy); out.Strategy == catalog.StrategyNone {
			return out, fmt.Errorf("changes.strategy: there is no strategy %q; they are %v", c.Strategy, catalog.StrategyNames())
		}
	}
	for id, e := range c.Endpoints {
		at := "changes.endpoints." + id
		o := recall.Override{Endpoint: id, Latency: e.Latency, Success: e.Success}
		switch {
		case cat.Endpoint(id) == nil:
			return out, fmt.Errorf("%s: there is no such endpoint", at)
		case e.Latency < 0 || e.Latency > most || e.Success < 0 || e.Success > 1000:
			return out, fmt.Errorf("%s: latency_permille is at most %d and success_permille at most 1000", at, most)
		case e.Price != nil && (*e.Price < 0 || *e.Price > most):
			return out, fmt.Errorf("%s.price_permille is at most %d", at, most)
		case e.Price != nil && *e.Price == 0:
			o.Price = 1 // as good as free: 0 says nothing
		case e.Price != nil:
			o.Price = *e.Price
		}
		switch e.Circuit {
		case "":
		case "open":
			o.Circuit = recall.CircuitOpen
		case "closed":
			o.Circuit = recall.CircuitClosed
		default:
			return out, fmt.Errorf("%s.circuit is open or closed", at)
		}
		out.Endpoints = append(out.Endpoints, o)
	}
	return out, nil
}

// answer is what whatIf answers.
type answer struct {
	Decision json.RawMessage   `json:"decision"`
	Flips    []json.RawMessage `json:"flips"`
	Same     bool              `json:"same"`
	Before   json.RawMessage   `json:"before"`
	Compute  int64             `json:"compute_us"`
	// Refused says why there is no decision: the request would be refused.
	Refused *refused `json:"refused"`
	// Rev is that of the configuration which Decision is made under.
	Rev string `json:"rev"`
}

type refused struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func refusedBy(err *llm.Error) *refused {
	return &refused{err.HTTPStatus(), string(err.Code), err.Error()}
}

// whatIf decides with changes.
func (p *Part) whatIf(w http.ResponseWriter, r *http.Request) {
	var q question
	if !reply.Read(w, r, maxBody, &q) {
		return
	}
	began := time.Now()
	before, ok := p.before(w, r, &q)
	if !ok {
		return
	}
	out := answer{Before: before, Flips: []json.RawMessage{}}
	record, err := recall.Read(before)
	if err != nil {
		reply.Fail(w, http.StatusConflict, "the decision cannot be read: "+err.Error())
		return
	}
	cat := p.o.Catalogs.Of(r.Context(), record.Rev)
	if q.Config != nil {
		cat, err = p.o.Catalogs.Read(*q.Config)
	} else if cat == nil {
		cat = p.o.Catalogs.InUse()
	}
	if err != nil {
		reply.Fail(w, http.StatusUnprocessableEntity, "config: "+err.Error())
		return
	}
	change, err := q.Changes.of(cat)
	if err != nil {
		reply.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	_, d, no := record.Under(cat, change)
	out.Rev = cat.Rev()
	if no != nil {
		out.Refused = refusedBy(no)
	} else {
		out.Decision = d.AppendJSON(nil)
		out.Flips = flipsOf(&d)
		out.Same = slices.Equal(orderOf(&d), record.Plan)
	}
	out.Compute = time.Since(began).Microseconds()
	reply.Value(w, http.StatusOK, out)
}

// before is the decision that is to be changed: one that was recorded, or the one that would
// be made now.
func (p *Part) before(w http.ResponseWriter, r *http.Request, q *question) (json.RawMessage, bool) {
	switch {
	case q.ID != "" && len(q.Request) > 0:
		reply.Fail(w, http.StatusBadRequest, "name either the id of a decision or a request")
	case q.ID != "":
		return p.find(w, r, q.ID)
	case len(q.Request) == 0:
		reply.Fail(w, http.StatusBadRequest, "a request is needed, or the id of a decision")
	default:
		body := []byte(q.Request)
		var text string
		if json.Unmarshal(body, &text) == nil {
			body = []byte(text)
		}
		doc, no := p.o.Decider.DecideAt(cmp.Or(q.Path, "/v1/chat/completions"), router.Call{Body: body, ProviderHeader: []byte(q.ProviderHeader)})
		if no == nil {
			return doc, true
		}
		reply.Value(w, http.StatusOK, answer{Flips: []json.RawMessage{}, Refused: refusedBy(no), Rev: p.o.Catalogs.InUse().Rev()})
	}
	return nil, false
}

// find is the decision of a report; if there is none, that is answered.
func (p *Part) find(w http.ResponseWriter, r *http.Request, id string) (json.RawMessage, bool) {
	doc, _, err := p.o.Find(r.Context(), id)
	var report struct {
		Decision json.RawMessage `json:"decision"`
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		reply.Fail(w, http.StatusNotFound, "no decision "+id+" is recorded")
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
	case len(doc) == 0:
		reply.Fail(w, http.StatusGone, "decision "+id+" was too large to be kept whole")
	case json.Unmarshal(doc, &report) != nil:
		reply.Fail(w, http.StatusInternalServerError, "the record of "+id+" cannot be read")
	case len(report.Decision) == 0 || string(report.Decision) == "null":
		reply.Fail(w, http.StatusConflict, "request "+id+" was refused before anything was decided")
	default:
		return report.Decision, true
	}
	return nil, false
}

// orderOf are the ids of the endpoints in the order they are tried.
func orderOf(d *plan.Decision) (ids []string) {
	for _, i := range d.Plan {
		ids = append(ids, d.Candidates[i].Endpoint.ID)
	}
	return ids
}

func flipsOf(d *plan.Decision) []json.RawMessage {
	out := []json.RawMessage{}
	for _, f := range d.Flips() {
		out = append(out, f.AppendJSON(nil, d))
	}
	return out
}
