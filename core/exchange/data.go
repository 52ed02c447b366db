package exchange

import (
	"slices"
	"time"

	"strowger/core/llm"
)

// Data is Step with Data. Where all there is to say is one Write, as with nearly every chunk of a
// stream, the bytes are given as they are, and no commands; they are good until the next step.
func (x *Exchange) Data(now time.Time, attempt int, p []byte) (written []byte, cmds []Command) {
	if !x.begins(now) {
		return nil, nil
	}
	if !x.is(attempt) || !x.data(p) || len(x.cmds) > 0 {
		return nil, x.commands()
	}
	if len(x.out) > 0 {
		x.flushed, x.wrote = len(x.out), x.now
	}
	return x.out, nil
}

// data reads on in the answer of the attempt in flight. It reports whether that has only moved
// clocks on that ran already, so that no other moment to be woken at can come out.
func (x *Exchange) data(p []byte) (calm bool) {
	a := x.cur
	a.heard = x.now
	if a.isError() {
		a.keepError(p)
		return false
	}
	if a.assembler == nil {
		a.gather(p)
	}
	if !a.stream {
		a.unread += len(p)
	}
	if a.unsaid += len(p); a.unsaid >= livelyBytes {
		a.lively, a.unsaid = x.now, 0
	}
	x.out = slices.Grow(x.out, len(p)+512) // events grow a little: the model's name
	err := a.reader.Read(p, x.taker)
	return !x.afterRead(err) && x.calm
}

// flows reports whether the caller is being written what the attempt says, as it is.
func (x *Exchange) flows(a *attempt) bool {
	return x.committed && a.content && a.resumes == resumeNone && a.assembler == nil && a.failure == nil && !a.done
}

// flow takes an event that tells nothing new but its text. What it is completed with is that of
// the event before, but for what is counted.
func (x *Exchange) flow(a *attempt, e *llm.Event) {
	a.lively, a.unsaid, a.unread = x.now, 0, 0
	a.size += e.Size
	x.told.Output = a.output()
	if !x.said.beyond {
		x.note(e, &x.told)
	}
	if len(e.Deltas) > 0 {
		x.listen(a, e)
	}
	x.serving = a.n
	x.out = x.writer.Append(x.out, e, x.told)
}
