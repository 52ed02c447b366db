// Package plan decides: from one request, its policy, the catalog and what is known
// now it makes a plan, the endpoints in the order they will be tried, and the decision
// that explains it. It is pure: the same Input gives the same bytes.
//
// The work has three steps. Every endpoint of the primary model and of each fallback
// model becomes a candidate; filters mark what cannot serve, with the reason, and
// remove nothing; the strategy ranks what is left, and resting endpoints go last.
package plan

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Input is everything a decision depends on.
type Input struct {
	Request *llm.Request
	Policy  policy.Policy
	Catalog *catalog.Catalog
	Stats   stats.Snapshot
	Now     time.Time
	Seed    uint64
}

// Plan are the candidates to try, in order; indexes into Decision.Candidates.
type Plan struct {
	Order []int
	// Pick is the endpoint whose turn is used up by this plan, with its new count;
	// empty unless the strategy is balanced.
	Pick  string
	Count int64
}

// Decision is why a plan is what it is.
type Decision struct {
	At         time.Time
	Seed       uint64
	Rev        string // of the catalog
	Asked      string
	Policy     policy.Policy
	Request    Summary
	Candidates []Candidate
	Plan       []int // as in Plan.Order
	Explored   bool  // the first was put first to learn about it
}

// Summary is what of a request a decision depends on.
type Summary struct {
	Operation    llm.Operation
	Stream       bool
	InputTokens  int64
	MaxOutput    int64
	OutputTokens int64 // expected
	Features     llm.Feature
}

// Candidate is an endpoint that could serve the request, with what came of it.
type Candidate struct {
	Endpoint *catalog.Endpoint
	Group    int // 0: the primary model; n: the n-th fallback model
	Excluded Reason
	Resting  Reason // why it goes last; zero for a healthy one
	Rank     int    // place in the plan from 1; 0 when excluded
	Score    Score
	Reading  stats.Reading
}

// Score is what a strategy ranked a candidate by; lower goes first.
type Score struct {
	Known bool
	Value int64
	Unit  string // us, micro_usd, permille, picks, position, draw
	Terms [4]Term
}

// Term is one part of a score; a Term without a name is no term.
type Term struct {
	Name  string
	Value int64
	Unit  string
}

// ReasonCode says why a candidate was excluded or put last.
type ReasonCode uint8

// The reasons. The first group excludes, the second puts last.
const (
	ReasonNone ReasonCode = iota
	ExcludedDisabled
	ExcludedIgnore
	ExcludedOnly
	ExcludedOperation
	ExcludedContext
	ExcludedMaxOutput
	ExcludedParameter
	ExcludedNoFallback
	ExcludedAttempts
	RestingCircuit
	RestingProbe
	RestingLimited
)

var reasonNames = [...]string{
	"", "disabled", "ignored", "not_in_only", "operation", "context_window", "max_output",
	"parameter", "fallbacks_off", "max_attempts", "circuit_open", "circuit_probing", "retry_after",
}

// Reason is a code with the figures that make it a sentence.
type Reason struct {
	Code  ReasonCode
	Name  string // a parameter
	N, Of int64
	Until time.Time
}

// Make decides. It returns an empty plan when nothing is eligible; the decision then
// says of every candidate what excluded it.
func Make(in Input) (Plan, Decision) {
	d := Decision{
		At: in.Now, Seed: in.Seed, Rev: in.Catalog.Rev(), Asked: in.Request.Model,
		Policy: in.Policy, Request: summarize(in.Request),
	}
	m := maker{in: &in, d: &d, rng: newRandom(in.Seed)}
	m.collect()
	m.filter()
	m.rank()
	return m.finish(), d
}

func summarize(r *llm.Request) Summary {
	s := Summary{
		Operation: r.Operation, Stream: r.Stream, InputTokens: r.InputTokens,
		MaxOutput: r.MaxOutput, Features: r.Features, OutputTokens: expectedOutput,
	}
	if s.MaxOutput > 0 {
		s.OutputTokens = min(s.OutputTokens, s.MaxOutput)
	}
	return s
}

// expectedOutput is how many tokens an answer is expected to have when nothing limits it.
const expectedOutput = 400

// maker is one decision in the making.
type maker struct {
	in  *Input
	d   *Decision
	rng random
}

// collect lists every endpoint of the primary model and of the fallback models.
func (m *maker) collect() {
	n := len(m.in.Catalog.Model(m.in.Policy.Model).Endpoints)
	for _, id := range m.in.Policy.Fallback {
		n += len(m.in.Catalog.Model(id).Endpoints)
	}
	m.d.Candidates = make([]Candidate, 0, n)
	m.collectModel(m.in.Policy.Model, 0)
	for i, id := range m.in.Policy.Fallback {
		m.collectModel(id, i+1)
	}
}

func (m *maker) collectModel(id string, group int) {
	endpoints := m.in.Catalog.Model(id).Endpoints
	for i := range endpoints {
		e := &endpoints[i]
		m.d.Candidates = append(m.d.Candidates, Candidate{
			Endpoint: e, Group: group, Reading: m.in.Stats.Reading(e.ID, m.in.Now),
		})
	}
}

// finish cuts the plan to what may be attempted and numbers it.
func (m *maker) finish() Plan {
	p := Plan{Order: m.d.Plan}
	tried, primary := 0, 0
	for _, c := range p.Order {
		cand := &m.d.Candidates[c]
		if cand.Group == 0 {
			primary++
		}
		switch {
		case !m.in.Policy.AllowFallbacks && cand.Group == 0 && primary > 1:
			cand.Excluded = Reason{Code: ExcludedNoFallback}
		case tried == m.in.Policy.MaxAttempts:
			cand.Excluded = Reason{Code: ExcludedAttempts, N: int64(tried)}
		default:
			p.Order[tried] = c
			tried++
			cand.Rank = tried
		}
	}
	p.Order = p.Order[:tried]
	m.d.Plan = p.Order
	if m.in.Policy.Strategy == catalog.StrategyBalanced && tried > 0 {
		c := &m.d.Candidates[p.Order[0]]
		p.Pick, p.Count = c.Endpoint.ID, c.Score.Value+1
	}
	return p
}
