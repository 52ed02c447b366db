package exchange

import (
	"slices"
	"time"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/stats"
)

// How an exchange ended.
const (
	OutcomeOK          = "ok"
	OutcomeFailed      = "failed"       // every attempt failed, or the answer was cut
	OutcomeClientError = "client_error" // the provider refused the request as it is
	OutcomeRefused     = "refused"      // no attempt was made
	OutcomeLeft        = "left"         // the caller went away
	OutcomeCancelled   = "cancelled"    // by hand, where the host runs
)

// Report is one exchange as it went: the decision, the attempts and the end.
type Report struct {
	ID       string
	Started  time.Time
	Asked    string
	Route    string // the path of the route; empty for none
	Key      string // the name of the client key; empty for none
	Cache    string // how the cache answered for the caller's answer: hit, miss or off
	Schema   llm.Schema
	Stream   bool
	Decision *plan.Decision // nil when the request was refused before one was made
	Attempts []AttemptReport
	Served   int    // number of the attempt that the caller's answer came from, or its last part; 0 for none
	Resumed  string // how the answer was continued after it broke off: prefill or replay; empty if it was not
	Status   int    // of the caller's answer; 0 when none began
	Outcome  string
	Error    *llm.Error
	First    time.Duration // to the first content; 0 for none
	Total    time.Duration
	Cost     int64 // of the attempt that served, micro-dollars
	Priced   bool
	Saved    int64 // what that attempt would have cost more without any cache; below 0: less
	Wasted   int64 // cost of the other attempts, as far as it is known
	// WastedUnknown: one of them used something at an unknown price.
	WastedUnknown bool
}

// AttemptReport is one attempt of a Report.
type AttemptReport struct {
	N        int
	Endpoint string
	Provider string
	Model    string
	Start    time.Duration // from the exchange's beginning
	First    time.Duration // from the attempt's beginning to the first content; 0 for none
	Total    time.Duration
	Status   int
	Outcome  stats.Outcome
	Cached   bool // answered from the cache: nothing was sent
	// Estimated: a number of tokens by our own count: nothing was sent.
	Estimated bool
	Schema    llm.Schema // of the endpoint, if it is not the caller's; else none
	Retry     bool       // the endpoint had been tried before
	Resumes   string     // how it was to go on with an answer that another began: prefill or replay
	Limits    Clocks
	Message   string
	Dropped   int        // unreadable events
	Finish    llm.Finish // why the answer ended; none if it did not, or did not say. Not part of the JSON
	Usage     llm.Usage
	Cost      int64
	Priced    bool
}

// Clocks are how long an attempt was allowed to take.
type Clocks struct {
	Connect    time.Duration
	FirstToken time.Duration // 0: as long as Total
	Idle       time.Duration
	Total      time.Duration
}

// finish ends the exchange.
func (x *Exchange) finish(outcome string, e *llm.Error, cut bool) {
	r := &x.kept.report
	*r = Report{
		ID: x.cfg.ID, Started: x.started, Schema: x.cfg.Schema,
		Route: x.cfg.Policy.Route, Key: x.cfg.Policy.Key, Cache: x.cacheWord(),
		Outcome: outcome, Error: e, Total: x.now.Sub(x.started), Status: x.status(e),
	}
	r.Attempts = slices.Grow(x.kept.fewAttempts[:0:len(x.kept.fewAttempts)], len(x.attempts))[:len(x.attempts)]
	if x.cfg.Request != nil {
		r.Asked, r.Stream = x.cfg.Request.Model, x.cfg.Request.Stream
	}
	if len(x.decision.Candidates) > 0 {
		r.Decision = x.decision
	}
	n := len(x.attempts)
	if x.committed {
		r.Served, r.Resumed = x.serving, x.attempts[x.serving-1].resumes.String()
	} else if n > 0 && (outcome == OutcomeOK || outcome == OutcomeClientError) {
		r.Served = n
	}
	for i := range x.attempts {
		r.Attempts[i] = x.attemptReport(&x.attempts[i])
	}
	if r.Served > 0 {
		a := &x.attempts[r.Served-1]
		if r.Decision != nil {
			r.Decision.Policy.Warnings = x.warnings(a)
		}
		r.Cost, r.Priced, r.Saved = a.cost, a.priced, a.saved
		if !x.begun.IsZero() {
			r.First = x.begun.Sub(x.started)
		}
	}
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.N != r.Served {
			r.Wasted += a.Cost
			r.WastedUnknown = r.WastedUnknown || !a.Priced
		}
	}
	if e != nil { // the report outlives the exchange: bodies do not go along
		c := *e
		c.Raw, c.Detail = nil, nil
		r.Error = &c
	}
	x.finished = true
	x.converse(outcome == OutcomeOK)
	if x.admitted != nil {
		x.do(Settle{*x.admitted, x.spent()})
	}
	x.do(Finish{Report: r, Cut: cut})
}

func (x *Exchange) status(e *llm.Error) int {
	switch {
	case x.replied:
		return 200
	case e != nil:
		return e.HTTPStatus()
	}
	return 0
}

func (x *Exchange) attemptReport(a *attempt) AttemptReport {
	t := &a.endpoint.Timeouts
	r := AttemptReport{
		N: a.n, Endpoint: a.candidate.Endpoint.ID, Provider: a.candidate.Endpoint.Provider,
		Model: a.candidate.Endpoint.Model, Start: a.sent.Sub(x.started), Total: a.ended.Sub(a.sent),
		Status: a.status, Outcome: a.outcome, Cached: a.stage == stageCached, Estimated: a.stage == stageEstimated, Message: clip(a.message), Dropped: a.dropped, Finish: a.finish,
		Usage: a.usage, Cost: a.cost, Priced: a.priced, Retry: a.again, Resumes: a.resumes.String(),
		Limits: Clocks{Connect: t.Connect, FirstToken: x.firstToken(a), Idle: t.Idle, Total: t.Total},
	}
	if !a.first.IsZero() {
		r.First = a.first.Sub(a.sent)
	}
	if x.foreign(a) {
		r.Schema = a.endpoint.Schema
	}
	return r
}

// answer is what an event is completed with.
func (x *Exchange) answer(a *attempt) codec.Answer {
	answer := codec.Answer{ID: x.cfg.ID, Created: x.started.Unix(), Model: a.candidate.Endpoint.Model, Input: a.input(x.cfg.Request), Output: a.output()}
	switch price := &a.endpoint.Price; {
	case a.gratis(x.cfg.Request):
		answer.Priced = true
	case a.usage.Known && price.Known:
		answer.Priced, answer.Cost = true, price.Cost(a.usage)
	}
	return answer
}

// sent counts the attempts that were sent.
func (x *Exchange) sent() (n int) {
	for i := range x.attempts {
		if x.attempts[i].stage == stageSent {
			n++
		}
	}
	return n
}

// AppendJSON appends the report, complete with the decision. Equal reports are equal bytes.
func (r *Report) AppendJSON(dst []byte) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("id", r.ID)
	w.Time("at", r.Started)
	w.String("asked", r.Asked)
	w.String("route", r.Route)
	w.String("key", r.Key)
	w.String("cache", r.Cache)
	w.String("schema", r.Schema.String())
	w.Bool("stream", r.Stream)
	if r.Decision == nil {
		w.Null("decision")
	} else {
		w.BeginAt("decision", ' ')
		w.Buf = r.Decision.AppendJSON(w.Buf[:len(w.Buf)-1])
	}
	w.BeginAt("attempts", '[')
	for i := range r.Attempts {
		r.Attempts[i].write(&w)
	}
	w.End(']')
	if r.Served == 0 {
		w.Null("served")
	} else {
		a := &r.Attempts[r.Served-1]
		w.BeginAt("served", '{')
		w.String("endpoint", a.Endpoint)
		w.String("provider", a.Provider)
		w.String("model", a.Model)
		w.End('}')
	}
	w.Int("status", int64(r.Status))
	w.String("outcome", r.Outcome)
	if r.Error == nil {
		w.Null("error")
	} else {
		w.BeginAt("error", '{')
		w.String("code", string(r.Error.Code))
		w.String("message", r.Error.Error())
		w.End('}')
	}
	w.IntOrNull("first_us", r.First.Microseconds(), r.First > 0)
	w.Micros("total_us", r.Total)
	w.IntOrNull("cost_micro", r.Cost, r.Priced)
	w.IntOrNull("failed_cost_micro", r.Wasted, !r.WastedUnknown)
	w.OptString("resumed", r.Resumed)
	w.End('}')
	return w.Buf
}

func (a *AttemptReport) write(w *jsonout.Writer) {
	w.Begin('{')
	w.Int("n", int64(a.N))
	w.String("endpoint", a.Endpoint)
	w.String("provider", a.Provider)
	w.String("model", a.Model)
	w.Micros("start_us", a.Start)
	w.IntOrNull("first_us", a.First.Microseconds(), a.First > 0)
	w.Micros("total_us", a.Total)
	w.Int("status", int64(a.Status))
	w.String("outcome", a.Outcome.String())
	w.String("fault", a.Outcome.Fault().String())
	if a.Cached {
		w.Bool("cached", true)
	}
	w.String("error", a.Message)
	w.OptInt("dropped_events", int64(a.Dropped))
	writeUsage(w, a.Usage)
	w.IntOrNull("cost_micro", a.Cost, a.Priced)
	if a.Retry {
		w.Bool("retry", true)
	}
	w.OptString("resumes", a.Resumes)
	w.OptString("schema", a.Schema.String())
	if a.Estimated {
		w.Bool("estimated", true)
	}
	w.BeginAt("limits", '{')
	w.Micros("connect_us", a.Limits.Connect)
	w.IntOrNull("first_token_us", a.Limits.FirstToken.Microseconds(), a.Limits.FirstToken > 0)
	w.Micros("idle_us", a.Limits.Idle)
	w.Micros("total_us", a.Limits.Total)
	w.End('}')
	w.End('}')
}

func writeUsage(w *jsonout.Writer, u llm.Usage) {
	if !u.Known && !u.Estimated {
		w.Null("tokens")
		return
	}
	w.BeginAt("tokens", '{')
	w.Int("input", u.Input)
	w.Int("cache_read", u.CacheRead)
	w.Int("cache_write", u.CacheWrite)
	w.OptInt("cache_write_1h", u.CacheWriteHour)
	w.Int("output", u.Output)
	w.Int("reasoning", u.Reasoning)
	w.OptInt("images", u.Images)
	w.Bool("estimated", u.Estimated)
	w.End('}')
}
