package exchange

import (
	"slices"
	"time"

	"strowger/core/plan"
	"strowger/core/stats"
)

// pause is a while in which nothing is in flight: an endpoint is tried again after it.
type pause struct {
	until   time.Time
	attempt int // index of the attempt that is made again
}

// goOn goes on behind attempt a, which failed before the caller was answered: with the same
// endpoint if that may help at once, else with the next candidate, else with an endpoint
// that said when it is to be asked again. It reports false if there is nothing to go on with.
func (x *Exchange) goOn(a *attempt) bool {
	if !x.mayTry() {
		return false
	}
	if wait, ok := x.retryable(a); ok {
		return x.waitFor(wait, a.n-1)
	}
	if model := a.candidate.Endpoint.Model; x.waited != model && !x.alternative(model) {
		if until, index := x.nearest(model); index >= 0 {
			x.waited = model
			return x.waitFor(until.Sub(x.now)+x.spread(x.cfg.Policy.Retry.Backoff), index)
		}
	}
	return x.proceed()
}

// mayTry reports whether there may be another attempt: there is time, and so many are allowed.
func (x *Exchange) mayTry() bool {
	return x.now.Before(x.deadline()) && x.sent() < x.cfg.Policy.MaxAttempts
}

// retryable reports whether the endpoint is tried once more, and after how long: a dead
// connection once and at once, as it is most often one that had been idle for too long;
// the statuses of retry.on as often as retry.max says. A provider that says that another
// try cannot help is believed (x-should-retry, as OpenAI and Anthropic send it).
func (x *Exchange) retryable(a *attempt) (time.Duration, bool) {
	rule, before := x.cfg.Policy.Retry, x.tries(a.candidate)-1
	switch {
	case a.hopeless:
		return 0, false
	case a.died:
		return 0, before == 0 && rule.Max >= 0
	case !slices.Contains(rule.On, a.status) || before >= rule.Max:
		return 0, false
	}
	wait := x.backoff(before)
	if asked := a.retryAt.Sub(x.now); !a.retryAt.IsZero() && asked > wait {
		if asked > rule.AfterMax {
			return 0, false
		}
		wait = asked
	}
	return wait, x.worth(wait)
}

// tries counts the attempts at the candidate.
func (x *Exchange) tries(c *plan.Candidate) (n int) {
	for i := range x.attempts {
		if x.attempts[i].candidate == c {
			n++
		}
	}
	return n
}

// backoff is the pause before the n-th retry, from 0: it doubles, and the seed shortens it
// by up to a half, so that callers that failed together do not come back together.
func (x *Exchange) backoff(n int) time.Duration {
	d := x.cfg.Policy.Retry.Backoff
	for ; n > 0 && d < x.cfg.Policy.Retry.BackoffMax; n-- {
		d *= 2
	}
	d = min(d, x.cfg.Policy.Retry.BackoffMax)
	return d - x.spread(d/2)
}

// spread is a part of d, by the seed, in whole microseconds, to which moments are exact.
func (x *Exchange) spread(d time.Duration) time.Duration {
	const parts = 1 << 10
	share := (x.cfg.Seed*0x9e3779b97f4a7c15 + uint64(len(x.attempts))*0xd1342543de82ef95) >> 54 // of parts
	return (time.Duration(share) * (d / parts)).Truncate(time.Microsecond)
}

// worth reports whether a pause leaves as much time as it takes: going on elsewhere is
// better than waiting until the deadline.
func (x *Exchange) worth(wait time.Duration) bool {
	return wait < x.deadline().Sub(x.now)/2
}

// alternative reports whether the plan has an endpoint of the model that has not been tried
// and does not rest.
func (x *Exchange) alternative(model string) bool {
	for _, i := range x.decision.Plan[x.place:] {
		if c := &x.decision.Candidates[i]; c.Endpoint.Model == model && c.Resting == nil {
			return true
		}
	}
	return false
}

// nearest is the endpoint of the model that asked to be tried again soonest, if that is soon
// enough to be waited for, and when; the index is below 0 if there is none.
func (x *Exchange) nearest(model string) (until time.Time, index int) {
	index = -1
	for i := range x.attempts {
		a := &x.attempts[i]
		if a.candidate.Endpoint.Model != model || a.hopeless || a.status != 429 && a.status != 503 ||
			!a.retryAt.After(x.now) {
			continue
		}
		wait := a.retryAt.Sub(x.now)
		if wait <= x.cfg.Policy.Retry.AfterMax && x.worth(wait) && (index < 0 || a.retryAt.Before(until)) {
			until, index = a.retryAt, i
		}
	}
	return until, index
}

// waitFor makes the attempt of that index again after a pause, or at once if that is none.
func (x *Exchange) waitFor(d time.Duration, index int) bool {
	if d > 0 {
		x.pause = pause{x.now.Add(d), index}
		return true
	}
	return x.repeat(index)
}

// repeat makes an attempt at the same endpoint as that of the index. It reports false if
// nothing is left to go on with.
func (x *Exchange) repeat(index int) bool {
	x.pause = pause{}
	return x.begin(x.attempts[index].candidate, resumeNone) || x.proceed()
}

// silent reports whether an endpoint that failed so is not to be asked again in this
// exchange: somebody else is.
func silent(o stats.Outcome) bool {
	switch o {
	case stats.OutcomeConnectTimeout, stats.OutcomeFirstTimeout, stats.OutcomeIdleTimeout,
		stats.OutcomeTotalTimeout, stats.OutcomeStatusTimeout:
		return true
	}
	return false
}
