// Package plan decides: from one request, its policy, the catalog and what is known
// now it makes a plan, the endpoints in the order they will be tried, and the decision
// that explains it. It is pure: the same Input gives the same bytes.
//
// The work has three steps. Every endpoint of the primary model and of each fallback
// model becomes a candidate; filters mark what cannot serve, with the reason, and
// remove nothing; the strategy ranks what is left, and resting endpoints go last.
// The rules in full: docs/reference/choosing.md.
//
//	p, d := plan.Make(plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: board, Now: now, Seed: seed})
package plan

import (
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Input is everything a decision depends on. Of Now, no more than whole microseconds
// count.
type Input struct {
	Request *llm.Request
	Policy  policy.Policy
	Catalog *catalog.Catalog
	Stats   stats.Snapshot
	Now     time.Time
	Seed    uint64
	// Lost is what becomes of the request at each endpoint, in the order of Endpoints; nil:
	// nothing is lost at any.
	Lost []Lost
	// Groups are the endpoints, as Endpoints gives them; nil: those of Catalog.
	Groups [][]catalog.Endpoint
	// Drawn is the order of the arms where the choice sticks, as in Decision; nil: it is made from
	// Policy.Stick.
	Drawn []int
	// Funds is what may still be spent; nil: as much as one likes.
	Funds *Funds
	// Of auto mode, with a policy that says so: what is asked of the model, the last turn of
	// the conversation and what the user's traffic has taught; nil: nothing is known.
	Task    *pool.Task
	Last    *pool.Turn
	Learned *pool.Learned
}

// Lost is what becomes of a request at an endpoint: of its own schema only whether the
// operation is served. Told says the same to people, for a request that can be translated.
type Lost struct {
	llm.Loss
	Told []policy.Warning
	// Why says of the first impossible field who takes what instead; empty if there is none.
	Why string
}

// nothingLost is what becomes of a request that is sent as it is.
var nothingLost Lost

// Endpoints are those that could serve a request, by group: those of the primary model, or of
// each model of the pool, or the arms in their stead, then those of each fallback model.
func Endpoints(cat *catalog.Catalog, p *policy.Policy) [][]catalog.Endpoint {
	return AppendEndpoints(make([][]catalog.Endpoint, 0, p.Primaries()+len(p.Fallback)), cat, p)
}

// AppendEndpoints appends what Endpoints gives.
func AppendEndpoints(groups [][]catalog.Endpoint, cat *catalog.Catalog, p *policy.Policy) [][]catalog.Endpoint {
	switch {
	case p.Auto != nil:
		arms := p.Arms
		for _, id := range p.Auto.Pool {
			if p.Arms == nil {
				groups = append(groups, endpointsOf(cat, id))
				continue
			}
			n := 0 // the arms stand in the order of the pool
			for n < len(arms) && arms[n].Model == id {
				n++
			}
			groups, arms = append(groups, arms[:n]), arms[n:]
		}
	case p.Arms != nil:
		groups = append(groups, p.Arms)
	default:
		groups = append(groups, endpointsOf(cat, p.Model))
	}
	for _, id := range p.Fallback {
		groups = append(groups, endpointsOf(cat, id))
	}
	return groups
}

// endpointsOf are those of a model; none if the catalog has no such model any more.
func endpointsOf(cat *catalog.Catalog, id string) []catalog.Endpoint {
	if m := cat.Model(id); m != nil {
		return m.Endpoints
	}
	return nil
}

// Funds is what is left in the account that has least left, of the limits that are about a
// day or a month.
type Funds struct {
	Left  catalog.MicroDollars
	Limit policy.Limit
}

// Plan are the candidates to try, in order; indexes into Decision.Candidates.
type Plan struct {
	Order []int
	// Pick is the endpoint whose turn is used up by this plan, with its new count;
	// empty unless the strategy is balanced.
	Pick  string
	Count int64
	// Reserve is the most that any endpoint of the plan can cost; 0 without Funds.
	Reserve catalog.MicroDollars
}

// Decision is why a plan is what it is. What stands in it suffices to make it again.
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
	// Drawn is the order in which the caller's arms were drawn, where a weighted choice sticks:
	// indexes into Policy.Arms, and into Candidates. It tells who gets which arm, not who asks.
	Drawn   []int
	Funds   *Funds
	Reserve catalog.MicroDollars // as in Plan.Reserve
	// Auto is how the model was chosen; nil if the caller named it. Policy.Model is then the
	// one that was chosen, and groups of candidates are counted from it.
	Auto *pool.Choice
}

// Summary is what of a request a decision depends on.
type Summary struct {
	Schema       llm.Schema
	Operation    llm.Operation
	Stream       bool
	InputTokens  int64
	InputBound   int64 // the most tokens that the input can be
	Images       int64
	MaxOutput    int64
	OutputTokens int64 // expected of each choice
	Choices      int64 // at least 1
	Features     llm.Feature
	Parameters   []string
}

// Candidate is an endpoint that could serve the request, with what came of it.
type Candidate struct {
	Endpoint *catalog.Endpoint
	Lost     *Lost
	// Group is 0 for the primary model or the arms, n for the n-th fallback model. In auto mode
	// it is the place of the model in the choice, from 0; the fallback models follow.
	Group    int
	Excluded Reason
	Resting  *Reason // why it goes last; nil for a healthy one
	Missed   *Reason // the preference it misses, so that it goes behind; nil if none
	Rank     int     // place in the plan from 1; 0 when excluded
	Score    Score
	Reading  stats.Reading
}

func (c *Candidate) excluded() bool { return c.Excluded.Code != ReasonNone }
func (c *Candidate) resting() bool  { return c.Resting != nil }
func (c *Candidate) missed() bool   { return c.Missed != nil }

// exclude notes why the candidate is excluded. It is true, for those who say whether it is.
func (c *Candidate) exclude(why Reason) bool {
	c.Excluded = why
	return true
}

// Make decides. It returns an empty plan when nothing is eligible; the decision then
// says of every candidate what excluded it.
func Make(in Input) (p Plan, d Decision) {
	p = MakeInto(&d, &in)
	return p, d
}

// MakeInto is Make for those who have a place for the decision, which is to be a zero value but
// that d.Plan may be empty with room for the plan. Of in no more than Now is changed.
func MakeInto(d *Decision, in *Input) Plan {
	in.Now = in.Now.UTC().Truncate(time.Microsecond)
	d.At, d.Seed, d.Rev, d.Asked = in.Now, in.Seed, in.Catalog.Rev(), in.Request.Model
	d.Policy, d.Request = in.Policy, summarize(in.Request)
	if in.Funds != nil {
		funds := *in.Funds
		d.Funds = &funds
	}
	m := maker{in: in, d: d, rng: newRandom(in.Seed)}
	d.Drawn = m.drawn()
	m.collect()
	m.filter()
	m.rank()
	return m.finish()
}

func summarize(r *llm.Request) Summary {
	s := Summary{
		Schema: r.Schema, Operation: r.Operation, Stream: r.Stream, InputTokens: r.InputTokens,
		InputBound: r.InputBound, Images: r.Images, MaxOutput: r.MaxOutput, Features: r.Features, Parameters: r.Parameters, OutputTokens: expectedOutput, Choices: max(r.Choices, 1),
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

	repeats bool          // an endpoint may be a candidate more than once: not as one of a model's own
	limited bool          // money limits the request
	lowest  *policy.Limit // of the limits on a request; nil: none
}

// collect makes a candidate of every endpoint, in place: they are large.
func (m *maker) collect() {
	var buf [8][]catalog.Endpoint
	groups, n := m.in.Groups, 0
	if groups == nil {
		groups = AppendEndpoints(buf[:0], m.in.Catalog, &m.in.Policy)
	}
	m.repeats = len(groups) > 1 || m.in.Policy.Arms != nil
	for _, endpoints := range groups {
		n += len(endpoints)
	}
	m.d.Candidates, n = make([]Candidate, n), 0
	for group, endpoints := range groups {
		for i := range endpoints {
			c := &m.d.Candidates[n]
			c.Endpoint, c.Group, c.Lost = &endpoints[i], group, &nothingLost
			if n < len(m.in.Lost) {
				c.Lost = &m.in.Lost[n]
			}
			m.in.Stats.Read(&c.Reading, c.Endpoint.ID, c.Endpoint.Provider, m.in.Now)
			n++
		}
	}
}

// finish cuts the plan to what may be attempted and numbers it. Without fallbacks that is
// one endpoint of the primary model; those of models that the request names itself follow.
func (m *maker) finish() Plan {
	p := Plan{Order: m.d.Plan}
	tried, primary := 0, m.onlyPrimary()
	for _, i := range p.Order {
		c := &m.d.Candidates[i]
		switch {
		case m.planned(p.Order[:tried], c):
			c.exclude(Reason{Code: ExcludedRepeated})
		case primary >= 0 && c.Group < m.in.Policy.Primaries() && i != primary:
			c.exclude(Reason{Code: ExcludedNoFallback})
		case tried == m.in.Policy.MaxAttempts:
			c.exclude(Reason{Code: ExcludedAttempts, N: int64(tried)})
		default:
			p.Order[tried] = i
			tried++
			c.Rank = tried
		}
	}
	p.Order = p.Order[:tried]
	m.d.Plan = p.Order
	if m.in.Funds != nil {
		for _, i := range p.Order {
			p.Reserve = max(p.Reserve, m.mostCost(&m.d.Candidates[i].Endpoint.Price))
		}
		m.d.Reserve = p.Reserve
	}
	if m.in.Policy.Strategy == catalog.StrategyBalanced && tried > 0 {
		c := &m.d.Candidates[p.Order[0]]
		p.Pick, p.Count = c.Endpoint.ID, c.Score.Value+1
	}
	return p
}

// planned reports whether the candidate's endpoint stands in the plan already, for another
// model or as another arm: what has failed in an exchange is not tried again in it.
func (m *maker) planned(order []int, c *Candidate) bool {
	if !m.repeats {
		return false
	}
	for _, i := range order {
		if m.d.Candidates[i].Endpoint.ID == c.Endpoint.ID {
			return true
		}
	}
	return false
}

// onlyPrimary is the one endpoint of the primary model that is tried when fallbacks are
// off: the first that the caller's order names, even if it rests, for the others would be
// its backups; else the first. It is -1 when fallbacks are on.
func (m *maker) onlyPrimary() int {
	if m.in.Policy.AllowFallbacks {
		return -1
	}
	order, first := m.in.Policy.Order, -1
	for _, i := range m.d.Plan {
		c := &m.d.Candidates[i]
		if c.Group != 0 {
			continue
		}
		if ordered(order, c.Endpoint.Provider) < len(order) {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}
