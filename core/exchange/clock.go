package exchange

import (
	"time"

	"strowger/core/llm"
	"strowger/core/stats"
)

// The bounds of an automatic first-token timeout: three times what an endpoint needs
// at its slowest, but never so little that a cold start or a thinking model is cut.
const (
	firstTokenFactor    = 3
	firstTokenLeast     = 13 * time.Second
	firstTokenReasoning = 120 * time.Second
)

// What is still waited for when the outcome is known already: the words of an error
// answer, and the usage and end mark of an answer that is complete.
const (
	errorBodyTime = 2 * time.Second
	endMarkTime   = 5 * time.Second
)

// livelyBytes is how much of an event that is not complete is a sign of life. Less may be a
// comment without an end.
const livelyBytes = 1 << 10

// limit is a moment at which something is to be done: most often the attempt in flight is
// over then, with an outcome, after the time it was allowed to take.
type limit struct {
	at      time.Time
	then    then
	outcome stats.Outcome
	after   time.Duration
	half    bool // of the time to the deadline: the rest is for others
}

// then is what is done at a limit.
type then uint8

const (
	thenFail    then = iota // the attempt has failed
	thenEnd                 // what matters of the attempt is known
	thenSend                // the cache has had its time
	thenAgain               // the pause is over
	thenRelease             // the answer was held back for long enough
	thenComfort             // the caller has not heard anything for long
)

// String says what the limit was, for people.
func (l limit) String() string {
	if l.half {
		return "no answer after " + l.after.String() + ", half of the time to the deadline"
	}
	switch l.outcome {
	case stats.OutcomeFirstTimeout:
		return "no first token after " + l.after.String()
	case stats.OutcomeIdleTimeout:
		return "silent for " + l.after.String()
	case stats.OutcomeAbandoned:
		return "the deadline of " + l.after.String() + " has passed"
	}
	return "not finished after " + l.after.String()
}

// limits are the clocks that run now; the zero time means that one does not.
func (x *Exchange) limits() (ls [5]limit) {
	if quiet := x.quiet(); !quiet.IsZero() {
		ls[0] = limit{at: quiet.Add(pauseAfter), then: thenComfort}
	}
	a := x.cur
	if a == nil {
		ls[1] = limit{at: x.pause.until, then: thenAgain}
		return ls
	}
	if a.stage == stageLooking {
		ls[1] = limit{at: x.deadline(), outcome: stats.OutcomeAbandoned, after: x.cfg.Policy.Deadline}
		// Somebody else's answer may be long in coming: half of the time is for the attempt.
		ls[2] = limit{at: a.sent.Add(x.deadline().Sub(a.sent) / 2), then: thenSend}
		return ls
	}
	t := &a.endpoint.Timeouts
	ls[1] = limit{at: a.sent.Add(t.Total), outcome: stats.OutcomeTotalTimeout, after: t.Total}
	if !x.committed || a.resumes == resumeReplay && !a.goal.reached() {
		ls[2] = limit{at: x.deadline(), outcome: x.lateness(a), after: x.cfg.Policy.Deadline}
	}
	if a.header && a.isError() || a.complete() { // what comes late does not matter any more
		ls[1].then, ls[2].then = thenEnd, thenEnd
	}
	ls[3] = x.silence(a)
	if half := x.half(a); half > 0 && a.sent.Add(half).Before(ls[1].at) {
		ls[1] = limit{at: a.sent.Add(half), outcome: stats.OutcomeTotalTimeout, after: half, half: true}
	}
	if h := x.cfg.Policy.Hold.For; h > 0 && a.content && !x.committed && x.cfg.Request.Stream {
		ls[4] = limit{at: a.first.Add(h), then: thenRelease}
	}
	return ls
}

// half is how long an attempt may be silent while others are left that could answer: half of
// the time to the deadline. Going on elsewhere is better than waiting until nobody can. It is
// 0 where that does not count.
func (x *Exchange) half(a *attempt) time.Duration {
	if a.last || x.committed || a.header && !a.stream || a.content {
		return 0
	}
	return x.deadline().Sub(a.sent) / 2
}

// silence is the limit of how long nothing may come. In a stream comments are nothing:
// what sends them is alive, but need not have anything to say any more.
func (x *Exchange) silence(a *attempt) limit {
	t := &a.endpoint.Timeouts
	switch {
	case a.header && a.isError():
		return limit{at: a.judged.Add(errorBodyTime), then: thenEnd, after: errorBodyTime}
	case a.complete():
		return limit{at: a.lively.Add(min(t.Idle, endMarkTime)), then: thenEnd, after: endMarkTime}
	case a.stream && a.first.IsZero():
		if d := x.firstToken(a); d > 0 {
			return limit{at: a.sent.Add(d), outcome: stats.OutcomeFirstTimeout, after: d}
		}
	case a.header && a.stream:
		return limit{at: a.lively.Add(t.Idle), outcome: stats.OutcomeIdleTimeout, after: t.Idle}
	case a.header:
		return limit{at: a.heard.Add(t.Idle), outcome: stats.OutcomeIdleTimeout, after: t.Idle}
	}
	return limit{}
}

// lateness is whose fault it is when the deadline passes: the provider's, if it has had
// most of the time and never said a word; else nobody's.
func (x *Exchange) lateness(a *attempt) stats.Outcome {
	if !a.header && x.deadline().Sub(a.sent) > x.cfg.Policy.Deadline/2 {
		return stats.OutcomeTotalTimeout
	}
	return stats.OutcomeAbandoned
}

// firstToken is how long the first content of a stream is waited for; 0 for as long as the
// attempt may take, as nobody else is left.
func (x *Exchange) firstToken(a *attempt) time.Duration {
	if a.last || !a.stream {
		return 0
	}
	if d := a.endpoint.Timeouts.FirstToken; d > 0 {
		return d
	}
	d := firstTokenFactor * time.Duration(a.candidate.Reading.Stream.P99) * time.Microsecond
	if x.cfg.Request.Features.Has(llm.FeatureReasoning) || a.endpoint.Reasons() {
		return max(d, firstTokenReasoning)
	}
	return max(d, firstTokenLeast)
}

// expire does what is to be done at the first limit that has been reached.
func (x *Exchange) expire() {
	for _, l := range x.limits() {
		if l.at.IsZero() || x.now.Before(l.at) {
			continue
		}
		switch l.then {
		case thenComfort:
			x.comfort()
			continue // which does not stand in the way of another
		case thenAgain:
			if !x.repeat(x.pause.attempt) {
				x.giveUp(x.allFailed(), OutcomeFailed)
			}
		case thenSend:
			x.send()
		case thenRelease:
			x.release()
		case thenEnd:
			x.cancel()
			x.enough()
		case thenFail:
			x.late(l)
		}
		return
	}
}

// enough ends an attempt of which all that matters is known.
func (x *Exchange) enough() {
	if x.cur.isError() {
		x.answeredError()
		return
	}
	x.cur.discard()
	x.succeed()
}

// late ends an attempt that has taken too long.
func (x *Exchange) late(l limit) {
	if x.cur.stage == stageLooking {
		x.abandon(l.outcome, l.String())
		x.giveUp(x.tooLate(l), OutcomeFailed)
		return
	}
	x.fail(l.outcome, &llm.Error{Code: codeOf(l.outcome), Message: l.String()})
}

// arm asks to be woken at the next limit, unless an earlier wake is outstanding: a
// clock that moves on with each byte is looked at again when it would have run out.
func (x *Exchange) arm() {
	if x.finished {
		return
	}
	var next time.Time
	ls := x.limits()
	for i := range ls {
		if l := &ls[i]; !l.at.IsZero() && (next.IsZero() || l.at.Before(next)) {
			next = l.at
		}
	}
	if !next.IsZero() && (x.armed.IsZero() || next.Before(x.armed)) {
		x.armed = next
		x.do(Wake{next})
	}
}
