package exchange

import (
	"slices"
	"time"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/stats"
)

const (
	// bytesPerToken turns the size of content into tokens, by estimate.
	bytesPerToken = 4
	// maxBare bounds what is held back before the first content.
	maxBare = 1 << 20
	// maxHeld bounds what is held back by a rule; more than that begins the answer.
	maxHeld = 16 << 20
	// pauseAfter is how long a caller's stream is silent before a comment shows that it
	// is alive.
	pauseAfter = 15 * time.Second
)

// pass writes the event for the caller, or holds it until the answer may begin.
func (x *Exchange) pass(a *attempt, e *llm.Event) {
	x.told = x.answer(a)
	x.telling = x.told
	answer := &x.telling
	x.name(a, e)
	if a.resumes != resumeNone && !x.follow(a, e, answer) {
		return
	}
	x.note(e, answer)
	x.listen(a, e)
	x.hear(a, e)
	if x.committed {
		if !comment(e) {
			x.serving = a.n
		}
		x.out = x.writer.Append(x.out, e, answer)
		return
	}
	if e.Whole && len(x.held) == 0 { // it is ripe: see below
		x.commit(a, *answer)
		x.out = x.writer.Append(slices.Grow(x.out, len(e.Raw)+64), e, answer)
		return
	}
	x.held = x.writer.Append(x.held, e, answer)
	switch {
	case x.ripe(a, e):
		x.commit(a, *answer)
	case !a.content && len(x.held) > maxBare:
		a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "a megabyte without content"}
	}
}

// ripe reports whether the answer may begin with what is there now.
func (x *Exchange) ripe(a *attempt, e *llm.Event) bool {
	h := &x.cfg.Policy.Hold
	switch {
	case e.Whole:
		return true
	case !a.content:
		return a.finish != llm.FinishNone
	case !x.cfg.Request.Stream || len(x.held) > maxHeld:
		return true
	case h.Whole:
		return false // succeed begins it
	case h.Tokens > 0:
		return int64(a.size) >= h.Tokens*bytesPerToken || a.complete()
	case h.For > 0:
		return !x.now.Before(a.first.Add(h.For)) || a.complete()
	}
	return true
}

// commit begins the answer to the caller: from here on no other answer can take its place.
func (x *Exchange) commit(a *attempt, answer codec.Answer) {
	x.committed, x.serving, x.begun = true, a.n, a.first
	if !x.replied {
		x.replied = true
		x.do(Reply{Status: 200, Header: x.header(a, answer)})
	}
	x.out = append(x.out, x.held...)
	x.held = x.held[:0]
}

// release begins an answer that was held back for long enough.
func (x *Exchange) release() {
	if a := x.cur; a != nil && a.content && !x.committed {
		x.commit(a, x.answer(a))
	}
}

// quiet is since when the caller of a stream has had no sign of life that could have been
// given: none is, before there is content, as until then an error has a status of its own.
func (x *Exchange) quiet() time.Time {
	switch {
	case !x.cfg.Request.Stream:
	case x.replied:
		return x.wrote
	case x.cur == nil || !x.cur.content || x.cur.stage != stageSent:
	case x.cur.first.After(x.wrote):
		return x.cur.first
	default:
		return x.wrote
	}
	return time.Time{}
}

// comfort shows the caller that the stream is alive. An answer that is held back begins with
// that, without saying yet whose it is.
func (x *Exchange) comfort() {
	out := x.writer.AppendPause(x.out)
	if len(out) == len(x.out) {
		x.wrote = x.now
		return
	}
	if !x.replied {
		x.replied = true
		x.do(Reply{Status: 200, Header: x.header(nil, codec.Answer{})})
	}
	x.out = out
}

// flush hands over what was written since the last time.
func (x *Exchange) flush() {
	if len(x.out) > x.flushed {
		x.cmds = append(x.cmds, Write{x.out[x.flushed:]})
		x.flushed, x.wrote = len(x.out), x.now
	}
}
