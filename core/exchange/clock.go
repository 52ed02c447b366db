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

// limit is a moment at which the attempt in flight is over, as what, and how long it
// was allowed to take.
type limit struct {
	at      time.Time
	outcome stats.Outcome
	after   time.Duration
}

// String says what the limit was, for people.
func (l limit) String() string {
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
func (x *Exchange) limits() [3]limit {
	var ls [3]limit
	a := x.cur
	t := &a.endpoint.Timeouts
	if a.stage == stageLooking {
		ls[0] = limit{x.deadline(), stats.OutcomeAbandoned, x.cfg.Policy.Deadline}
		// Somebody else's answer may be long in coming: half of the time is for the attempt.
		ls[1] = limit{at: a.sent.Add(x.deadline().Sub(a.sent) / 2)}
		return ls
	}
	ls[0] = limit{a.sent.Add(t.Total), stats.OutcomeTotalTimeout, t.Total}
	if !x.committed {
		ls[1] = limit{x.deadline(), x.lateness(a), x.cfg.Policy.Deadline}
	}
	switch {
	case a.header && a.isError():
		ls[2] = limit{a.judged.Add(errorBodyTime), stats.OutcomeNone, errorBodyTime}
	case x.committed && a.complete():
		ls[2] = limit{a.heard.Add(min(t.Idle, endMarkTime)), stats.OutcomeNone, endMarkTime}
	case x.cfg.Request.Stream && a.first.IsZero():
		if !a.last {
			d := x.firstToken(a)
			ls[2] = limit{a.sent.Add(d), stats.OutcomeFirstTimeout, d}
		}
	case a.header:
		ls[2] = limit{a.heard.Add(t.Idle), stats.OutcomeIdleTimeout, t.Idle}
	}
	return ls
}

// lateness is whose fault it is when the deadline passes: the provider's, if it has had
// most of the time and never said a word; else nobody's.
func (x *Exchange) lateness(a *attempt) stats.Outcome {
	if !a.header && x.deadline().Sub(a.sent) > x.cfg.Policy.Deadline/2 {
		return stats.OutcomeTotalTimeout
	}
	return stats.OutcomeAbandoned
}

func (x *Exchange) firstToken(a *attempt) time.Duration {
	if d := a.endpoint.Timeouts.FirstToken; d > 0 {
		return d
	}
	d := firstTokenFactor * time.Duration(a.candidate.Reading.Stream.P99) * time.Microsecond
	if x.cfg.Request.Features.Has(llm.FeatureReasoning) {
		return max(d, firstTokenReasoning)
	}
	return max(d, firstTokenLeast)
}

// expire ends the attempt in flight if one of its clocks has run out.
func (x *Exchange) expire() {
	if x.cur == nil {
		return
	}
	for _, l := range x.limits() {
		switch {
		case l.at.IsZero() || x.now.Before(l.at):
			continue
		case l.outcome == stats.OutcomeNone && x.cur.stage == stageLooking:
			x.send()
			return
		case x.cur.stage == stageLooking:
			x.abandon(l.outcome, l.String())
			x.giveUp(x.tooLate(l), OutcomeFailed)
			return
		case l.outcome == stats.OutcomeNone && x.cur.isError():
			x.cancel()
			x.answeredError()
			return
		case l.outcome == stats.OutcomeNone:
			x.cancel()
			x.cur.discard()
			x.succeed()
			return
		default:
			x.fail(l.outcome, &llm.Error{Code: codeOf(l.outcome), Message: l.String()})
			return
		}
	}
}

// arm asks to be woken at the next limit, unless an earlier wake is outstanding: a
// clock that moves on with each byte is looked at again when it would have run out.
func (x *Exchange) arm() {
	if x.cur == nil || x.finished {
		return
	}
	var next time.Time
	for _, l := range x.limits() {
		if !l.at.IsZero() && (next.IsZero() || l.at.Before(next)) {
			next = l.at
		}
	}
	if x.armed.IsZero() || next.Before(x.armed) {
		x.armed = next
		x.do(Wake{next})
	}
}
