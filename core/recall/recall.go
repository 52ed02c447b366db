// Package recall makes a recorded decision again, and again with something changed. What a
// decision's JSON (plan.Decision.AppendJSON) says suffices, with a catalog of the same revision,
// to make the same decision, to the byte; and with another catalog, policy or state of the
// endpoints to say what would have been decided then.
//
// It holds neither what the request said nor who asked: the request is its figures, and where a
// route's choice sticks, the order in which the caller's arms were drawn.
//
//	r, err := recall.Read(doc)                  // doc is not kept
//	plan, decision, err := r.Again(cat)         // the same bytes: decision.AppendJSON(nil)
//	plan, decision, err = r.Under(cat, change)  // what if
package recall

import (
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Record is a recorded decision, as far as it says what it was made from. It is immutable.
type Record struct {
	Rev    string // of the catalog that it was made with
	Policy policy.Policy
	// Plan are the ids of the endpoints in the order they were to be tried, as recorded.
	Plan []string
	// Lacks are the fields that a document of an older version does not have and that making this
	// decision again needs, such as policy.drawn; nil: it has all.
	Lacks []string

	in         plan.Input // without policy, catalog and what goes by endpoint
	readings   stats.Frozen
	candidates []candidate
	learned    pool.Learned
	request    llm.Request
	task       pool.Task
	last       pool.Turn
	funds      plan.Funds
}

// candidate is what a record says of an endpoint beside its reading.
type candidate struct {
	id, model string
	schema    llm.Schema // none: the request's
	group     int
	lost      plan.Lost
	code      string // of what excluded it
	weight    int64  // of an arm, if it was weighed
	weighed   bool
}

// Asked is the model that the request named, with its suffix.
func (r *Record) Asked() string { return r.request.Model }

// Error says why a record cannot be made again as it was.
type Error struct {
	Rev, Have string   // of the record and of the catalog, where they differ
	Lacks     []string // what the record lacks
}

// Error is a sentence.
func (e *Error) Error() string {
	if e.Have != "" {
		return "it was decided under the configuration " + e.Rev + ", and this one is " + e.Have
	}
	return "the record is of an older version, and lacks " + strings.Join(e.Lacks, ", ")
}

// Again makes the decision again, to the byte. The error is an *Error: the catalog is another
// one, or the record lacks something.
func (r *Record) Again(cat *catalog.Catalog) (plan.Plan, plan.Decision, error) {
	switch {
	case cat.Rev() != r.Rev:
		return plan.Plan{}, plan.Decision{}, &Error{Rev: r.Rev, Have: cat.Rev()}
	case len(r.Lacks) > 0:
		return plan.Plan{}, plan.Decision{}, &Error{Rev: r.Rev, Lacks: r.Lacks}
	}
	p, d := plan.Make(r.Input(cat))
	return p, d, nil
}

// Input is what the decision is made from with a catalog. With one of another revision it is the
// recorded policy, of which the endpoints alone are the catalog's; see Under.
func (r *Record) Input(cat *catalog.Catalog) plan.Input {
	in := r.in
	in.Request, in.Catalog, in.Stats = &r.request, cat, r.readings
	in.Policy = policy.Armed(cat, r.Policy)
	in.Groups = plan.Endpoints(cat, &in.Policy)
	in.Lost = r.lost(in.Groups)
	return in
}

// lost is what becomes of the request at each endpoint: of those in the record what it says, of
// others what it says of their schema, at any endpoint.
func (r *Record) lost(groups [][]catalog.Endpoint) []plan.Lost {
	n, anything := 0, false
	for _, g := range groups {
		n += len(g)
	}
	for i := range r.candidates {
		c := &r.candidates[i]
		anything = anything || len(c.lost.Told) > 0 || c.lost.Unserved || c.lost.Unreadable != nil || !c.lost.Impossible.Empty()
	}
	if !anything {
		return nil
	}
	lost, at := make([]plan.Lost, n), 0
	for _, g := range groups {
		for i := range g {
			if c := r.like(&g[i], at); c != nil {
				lost[at] = c.lost
			}
			at++
		}
	}
	return lost
}

// like is the recorded candidate that says what is lost at e, which stands at that place: the
// endpoint itself, else the first of its schema; nil if there is none.
func (r *Record) like(e *catalog.Endpoint, at int) *candidate {
	if at < len(r.candidates) && r.candidates[at].id == e.ID {
		return &r.candidates[at]
	}
	var of *candidate
	for i := range r.candidates {
		switch c := &r.candidates[i]; {
		case c.id == e.ID:
			return c
		case of == nil && c.schema == e.Schema:
			of = c
		}
	}
	return of
}
