package impact

import (
	"encoding/json"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/recall"
	"strowger/desktop/store"
)

// read is the decision of a report; else why it cannot be made again.
func read(doc []byte) (_ *recall.Record, why string) {
	var report struct {
		Decision json.RawMessage `json:"decision"`
	}
	switch {
	case len(doc) == 0:
		return nil, "its document is not in the record: it was too large"
	case json.Unmarshal(doc, &report) != nil:
		return nil, "its record cannot be read"
	case len(report.Decision) == 0 || string(report.Decision) == "null":
		return nil, "it was refused before anything was decided"
	}
	r, err := recall.Read(report.Decision)
	if err != nil {
		return nil, "its record cannot be read"
	}
	return r, ""
}

// choice is which endpoint goes first.
type choice struct {
	first    string // id; empty: the request is refused
	decision *plan.Decision
	refused  *llm.Error
}

// recorded is the choice that was made.
func recorded(r *recall.Record) (c choice) {
	if len(r.Plan) > 0 {
		c.first = r.Plan[0]
	}
	return c
}

// choose is what is chosen under a catalog.
func choose(r *recall.Record, cat *catalog.Catalog) (c choice, why string) {
	if len(r.Lacks) > 0 {
		return c, (&recall.Error{Rev: r.Rev, Lacks: r.Lacks}).Error()
	}
	_, d, refused := r.Under(cat, recall.Change{})
	if refused != nil {
		return choice{refused: refused}, ""
	}
	c.decision = &d
	if len(d.Plan) > 0 {
		c.first = d.Candidates[d.Plan[0]].Endpoint.ID
	}
	return c, ""
}

// why is why the first is first, or there is none.
func (c *choice) why() string {
	switch {
	case c.refused != nil:
		return "it is refused: " + c.refused.Error()
	case c.decision == nil: // as recorded
		return ""
	}
	return c.decision.Why()
}

// candidate is the first, nil if there is none.
func (c *choice) candidate() *plan.Candidate {
	if c.decision == nil || len(c.decision.Plan) == 0 {
		return nil
	}
	return &c.decision.Candidates[c.decision.Plan[0]]
}

// served reports whether a request got an answer from a provider: others cost nothing, or what
// they cost has nothing to do with the choice.
func served(d *store.Decision) bool {
	return d.Outcome == exchange.OutcomeOK && d.Cache != "hit"
}

// amount is a cost or a time; false if it is not known.
type amount struct {
	n     int64
	known bool
}

// cost is what the answer costs in micro-dollars: as it was, if the same endpoint goes first, else
// the tokens of that answer at the other's price.
func (c *choice) cost(d *store.Decision, was string) amount {
	if c.first == was {
		return amount{d.Cost, d.Priced}
	}
	to := c.candidate()
	if to == nil || !to.Endpoint.Price.Known {
		return amount{}
	}
	u := llm.Usage{Known: true, Input: d.Tokens.Input, CacheRead: d.Tokens.CacheRead, CacheWrite: d.Tokens.CacheWrite,
		CacheWriteHour: d.Tokens.CacheWriteHour, Output: d.Tokens.Output, Reasoning: d.Tokens.Reasoning, Images: d.Tokens.Images}
	return amount{to.Endpoint.Price.At(u).Cost(u), true}
}

// measured reports whether the time of the first is known from what was measured there.
func (c *choice) measured(d *store.Decision) bool { return c.time(d, "").known }

// time is how long the answer takes in µs: as it was, if the same endpoint goes first, else what
// was measured at the other on average: for whole answers to their end, for streams to the first
// token, and for each of that answer's tokens.
func (c *choice) time(d *store.Decision, was string) amount {
	if was != "" && c.first == was {
		return amount{d.Total.Microseconds(), d.Total > 0}
	}
	to := c.candidate()
	if to == nil {
		return amount{}
	}
	if w := &to.Reading.Whole; !d.Stream {
		return amount{w.Mean, w.Samples > 0 && w.Mean > 0}
	}
	const kilosecond = int64(1000 * time.Second / time.Microsecond) // in which tokens are counted
	s := &to.Reading.Stream
	if s.Samples == 0 || s.Mean == 0 || s.Tokens == 0 {
		return amount{}
	}
	return amount{s.Mean + (d.Tokens.Output+d.Tokens.Reasoning)*kilosecond/s.Tokens, true}
}
