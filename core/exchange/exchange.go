// Package exchange is one client request with its attempts, as a state machine: the
// host tells it what happened, it says what to do. It does no I/O, reads no clock and
// keeps no lock; the host's side is one switch over the commands.
//
//	for _, cmd := range x.Step(now, ev) { do(cmd) } // valid until the next Step
//
// Nothing goes to the caller before the first event that carries content, or longer where
// the policy holds the answer back: until then a failure is answered by the next candidate
// of the plan, unseen. After it another endpoint can only go on where the answer broke off
// (resume.go); else a stream ends in an error event, never as if it were complete.
package exchange

import (
	"cmp"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// Config is what an exchange is made from.
type Config struct {
	ID      string     // the decision's id, a UUIDv7
	Schema  llm.Schema // of the caller
	Seed    uint64
	Catalog *catalog.Catalog
	Ingress codec.Ingress
	// Egress is the providers' side of a schema; nil when there is none.
	Egress func(llm.Schema) codec.Egress
	// Request and Policy, or the error that the caller's request earned.
	Request *llm.Request
	Policy  *policy.Policy
	Refused *llm.Error
	// Translation is the request for endpoints of other schemas.
	Translation
	// Task is what is asked of a model, if one is to be chosen; else nil.
	Task *pool.Task
	// Header gives a header of the caller's request by its lower-case name; nil: there are none.
	Header func(name string) string
}

// Exchange is one client request. It is used by one goroutine at a time.
type Exchange struct {
	cfg      Config
	now      time.Time
	cmds     []Command
	kept     *kept
	decision *plan.Decision // in kept
	turn     int64
	writer   codec.Writer
	attempts []attempt
	cur      *attempt // the attempt in flight; nil when there is none
	passed   *attempt // the attempt whose error is the caller's answer
	place    int      // of the next candidate in the plan

	admitted *limits.Admission // to be settled; nil when there is nothing to settle
	again    time.Time         // when a request that was refused may come again
	question []byte            // what the cache is asked, in canonical form; nil when it is not
	asked    bool              // the cache has been

	pause    pause      // until the endpoint is tried again; zero when an attempt is in flight
	resumes  bool       // an answer that breaks off may be continued
	waited   string     // the model that a pause has been made for
	said     said       // to the caller, or held for it
	breach   *llm.Error // why the answer broke off first; nil when it did not
	breachAt time.Time
	secrets  []string // that no error repeats

	started   time.Time
	armed     time.Time // the moment of the last Wake; zero when none is outstanding
	begun     time.Time // the first content of the attempt that the answer began with
	wrote     time.Time // when the caller was written to last
	replied   bool      // the answer has a status
	committed bool      // it has content
	serving   int       // number of the attempt that the caller was written from last
	finished  bool
	held      []byte       // what the caller gets once the answer is committed
	out       []byte       // what this step writes
	flushed   int          // how much of out has been handed over
	told      codec.Answer // what is added to the attempt's events
	telling   codec.Answer // and to the one at hand
	calm      bool         // nothing in this step can have set an earlier clock
	taker     func(*llm.Event)
	at        int64 // the moment of the last step, in microseconds since 1970
	flowed    bool  // that was Data which told of an event at once: the clocks are to catch up
	spoke     int64 // of such ones, when the caller was written to last; 0 if it was not

	// Where the first of them are, so that most exchanges need no other memory for them.
	fewAttempts [1]attempt
	fewCommands [4]Command
	fewHeaders  [8]Header
}

// Step takes one event and says what to do. The commands are valid until the next
// Step. Events of attempts that are over, and all events after Finish, do nothing.
func (x *Exchange) Step(now time.Time, ev Event) []Command {
	if !x.begins(now) {
		return nil
	}
	switch ev := ev.(type) {
	case Started:
		if x.started.IsZero() {
			x.start(ev)
		}
	case Cached:
		if x.cur != nil && x.cur.n == ev.Attempt && x.cur.stage == stageLooking {
			x.cached(ev)
		}
	case Headers:
		if x.is(ev.Attempt) {
			x.headers(ev)
		}
	case Data:
		if x.is(ev.Attempt) && x.data(ev.Bytes) {
			x.flush()
			return x.cmds
		}
	case Ended:
		if x.is(ev.Attempt) {
			x.ended()
		}
	case Failed:
		if x.is(ev.Attempt) {
			x.broke(ev)
		}
	case Blocked:
		if x.cur != nil && x.cur.stage == stageSent {
			x.cur.heard, x.cur.lively = x.cur.heard.Add(ev.For), x.cur.lively.Add(ev.For)
		}
	case Woke:
		x.armed = time.Time{}
		x.expire()
	case Left:
		x.leave()
	case Closing:
		x.close(ev)
	}
	return x.commands()
}

// begins begins a step. It reports false if there is nothing more to say.
func (x *Exchange) begins(now time.Time) bool {
	x.cmds, x.out, x.flushed = x.cmds[:0], x.out[:0], 0
	if x.flowed {
		x.catchUp()
	}
	x.calm = !x.armed.IsZero() && !now.Before(x.now)
	x.now, x.at = now, now.UnixMicro()
	return !x.finished
}

// commands ends a step.
func (x *Exchange) commands() []Command {
	x.flush()
	x.arm()
	return x.cmds
}

// is reports whether the attempt of that number has been sent and is in flight.
func (x *Exchange) is(attempt int) bool {
	return x.cur != nil && x.cur.n == attempt && x.cur.stage == stageSent
}

// do adds a command behind what has been written so far. Inlined it would be found in every
// second function of the package.
//
//go:noinline
func (x *Exchange) do(c Command) {
	x.flush()
	x.cmds = append(x.cmds, c)
}

// cancel ends the attempt in flight, once.
func (x *Exchange) cancel() {
	if a := x.cur; !a.cancelled {
		a.cancelled = true
		x.do(Cancel{a.n})
	}
}

// start plans and begins the first attempt.
func (x *Exchange) start(ev Started) {
	x.started = x.now
	if x.cfg.Refused != nil {
		x.refuse(x.cfg.Refused)
		return
	}
	pol := x.cfg.Policy
	if wait := ev.Ledger.Wait(x.now, pol.Key, pol.Rate); wait > 0 {
		x.again = x.now.Add(wait)
		x.refuse(tooOften(pol, wait))
		return
	}
	calls := x.cfg.restore(x.now, ev.Memory)
	var in plan.Input
	standing := x.cfg.input(&in, x.now, ev)
	p := plan.MakeInto(x.decision, &in)
	x.turn = p.Count
	x.judge(ev.Conversations)
	if len(p.Order) == 0 {
		x.refuse(x.nothing(ev.Ledger, standing))
		return
	}
	x.admit(x.reserve(p.Reserve, standing.Left))
	x.remember(calls)
	x.question = x.canonical()
	if x.resumes = x.resumable() && (len(x.decision.Plan) > 1 || prefills(x.decision)); x.resumes {
		x.said.text = make([]byte, 0, 512)
	}
	x.proceed()
}

// proceed begins the attempt at the next candidate of the plan that what is left of the
// money covers. It reports false if there is none.
func (x *Exchange) proceed() bool {
	for x.place < len(x.decision.Plan) {
		c := &x.decision.Candidates[x.decision.Plan[x.place]]
		x.place++
		if x.begin(c, resumeNone) {
			return true
		}
	}
	return false
}

// begin begins an attempt at c. It reports false if it cannot be paid for.
func (x *Exchange) begin(c *plan.Candidate, how resumption) bool {
	a := attempt{n: len(x.attempts) + 1, candidate: c, endpoint: x.endpoint(c), sent: x.now, resumes: how, again: x.tries(c) > 0}
	if how == resumePrefill {
		a.given = len(x.said.text)
	}
	if c.Lost.Unserved {
		x.estimate(a)
		return true
	}
	if why := x.unaffordable(c, a.given); why != "" {
		a.outcome, a.message, a.ended, a.priced = stats.OutcomeUnaffordable, why, x.now, true
		x.attempts = append(x.attempts, a)
		return false
	}
	a.egress = x.cfg.Egress(c.Endpoint.Schema)
	a.stream = x.cfg.Request.Stream || a.endpoint.Assemble && x.cfg.Request.Operation == llm.OperationChat
	a.reader = a.egress.NewReader(x.cfg.Request, a.stream)
	a.repeater, _ = a.reader.(codec.Repeater)
	if a.stream && !x.cfg.Request.Stream {
		a.assembler = a.egress.NewAssembler(x.cfg.Request)
	}
	a.last = how == resumeNone && (x.place == len(x.decision.Plan) || x.sent()+1 >= x.cfg.Policy.MaxAttempts)
	if how == resumeNone {
		x.held, x.said = x.held[:0], said{text: x.said.text[:0], thought: x.said.thought[:0]}
		x.writer = x.cfg.Ingress.NewWriter(x.cfg.Request)
	} else {
		a.goal = goal{text: len(x.said.text), thought: len(x.said.thought)}
	}
	x.attempts = append(x.attempts, a)
	x.cur = &x.attempts[len(x.attempts)-1]
	if how != resumeNone || !x.look() {
		x.send()
	}
	return true
}

// endpoint is the candidate's with the route's timeouts, unless they are in it already.
func (x *Exchange) endpoint(c *plan.Candidate) *catalog.Endpoint {
	over := &x.cfg.Policy.Timeouts
	if *over == (catalog.Timeouts{}) || x.cfg.Policy.Arms != nil && c.Group < x.cfg.Policy.Primaries() {
		return c.Endpoint
	}
	e := *c.Endpoint
	e.Timeouts = catalog.Timeouts{
		Connect: cmp.Or(over.Connect, e.Timeouts.Connect), FirstToken: cmp.Or(over.FirstToken, e.Timeouts.FirstToken),
		Idle: cmp.Or(over.Idle, e.Timeouts.Idle), Total: cmp.Or(over.Total, e.Timeouts.Total),
	}
	return &e
}

// send sends the attempt at hand.
func (x *Exchange) send() {
	a := x.cur
	a.stage, a.sent = stageSent, x.now
	form := x.formOf(a)
	s := Send{
		Attempt: a.n, Endpoint: a.endpoint, Path: a.egress.Path(x.cfg.Request, form), Stream: a.stream, Turn: x.turn,
		Header: x.requestHeader(a.endpoint), egress: a.egress, request: x.cfg.Request, form: form,
	}
	s.KeyName, s.KeyPrefix = codec.KeyHeader(a.endpoint.Schema, a.endpoint.BaseURL)
	x.do(s)
	x.turn = 0
}

// headers judges the status of the attempt's answer.
func (x *Exchange) headers(ev Headers) {
	a := x.cur
	a.status, a.heard, a.lively, a.judged, a.header = ev.Status, x.now, x.now, x.now, true
	if ev.Header == nil {
		return
	}
	if a.isError() {
		a.retryAt = retryAt(x.now, ev.Header)
		a.hopeless = ev.Header("x-should-retry") == "false"
	} else {
		a.retryAt = exhausted(x.now, ev.Header)
	}
}

// ended is the end of the attempt's answer as the transport tells it.
func (x *Exchange) ended() {
	a := x.cur
	if !a.header {
		a.died = true
		x.fail(stats.OutcomeUnreachable, &llm.Error{Code: llm.CodeUnreachable, Message: "the connection ended before an answer began"})
		return
	}
	if a.isError() {
		x.answeredError()
		return
	}
	err := a.reader.Close(x.taker)
	if x.afterRead(err) {
		return
	}
	switch {
	case a.complete(): // but for the end mark
		x.succeed()
	case a.content:
		x.fail(stats.OutcomeCut, &llm.Error{Code: llm.CodeStreamCut, Message: "the answer ended in the middle"})
	default:
		x.fail(stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is empty"})
	}
}

// broke is the end of the attempt's connection. What had been said until then counts:
// a status with or without its body, or an answer complete but for its end mark.
func (x *Exchange) broke(ev Failed) {
	switch a := x.cur; {
	case a.header && a.isError():
		x.answeredError()
	case a.complete():
		a.discard()
		x.succeed()
	default:
		a.died = ev.Died && !a.header
		x.fail(ev.Outcome, &llm.Error{Code: codeOf(ev.Outcome), Message: ev.Message})
	}
}

// afterRead acts on what reading has brought: a failure, or the end. It reports
// whether the attempt is over.
func (x *Exchange) afterRead(err error) bool {
	a := x.cur
	switch {
	case a.failure != nil:
		x.fail(a.failed, a.failure)
	case err != nil:
		x.fail(stats.OutcomeBadAnswer, asError(err))
	case a.done:
		x.succeed()
	default:
		return false
	}
	return true
}

// abandon ends the attempt in flight, if there is one. A look into the cache is none.
func (x *Exchange) abandon(o stats.Outcome, message string) {
	switch a := x.cur; {
	case a == nil:
	case a.stage == stageLooking:
		x.attempts, x.cur = x.attempts[:len(x.attempts)-1], nil
	default:
		x.cancel()
		x.record(o, message)
	}
}

// leave ends everything: the caller went away.
func (x *Exchange) leave() {
	x.abandon(stats.OutcomeLeft, "the caller went away")
	x.finish(OutcomeLeft, nil, false)
}

// close ends everything: the host is shutting down, or somebody there has cancelled it.
func (x *Exchange) close(ev Closing) {
	e, outcome := &llm.Error{Code: llm.CodeShuttingDown, Message: "strowger is shutting down"}, OutcomeFailed
	why := "shutting down"
	if ev.Cancelled {
		e, outcome = &llm.Error{Code: llm.CodeCancelled, Message: "the request was cancelled by hand"}, OutcomeCancelled
		why = "cancelled by hand"
	}
	x.abandon(stats.OutcomeAbandoned, why)
	x.giveUp(e, outcome)
}
