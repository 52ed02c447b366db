package exchange

import (
	"slices"
	"time"

	"strowger/core/llm"
)

// Data is Step with Data, at now in microseconds since 1970. Where all there is to say is one Write, as
// with nearly every chunk of a stream, its bytes are appended to dst, and there are no commands.
func (x *Exchange) Data(dst []byte, now int64, attempt int, p []byte) ([]byte, []Command) {
	from := len(dst)
	if a := x.cur; !x.finished && x.is(attempt) && a.repeater != nil && now >= x.at && !x.armed.IsZero() && a.room <= 0 && x.flows(a) {
		for e, n := a.repeater.Repeat(p); e != nil; e, n = a.repeater.Repeat(p) {
			out := x.flow(a, e, dst)
			if x.at, x.flowed = now, true; len(out) > len(dst) {
				x.spoke = now
			}
			dst, p = out, p[n:]
		}
		if len(p) == 0 {
			return dst, nil
		}
	}
	if !x.begins(time.UnixMicro(now).UTC()) {
		return dst, nil
	}
	x.out = append(x.out, dst[from:]...) // with what is written behind it
	dst = dst[:from]
	if !x.is(attempt) || !x.data(p) || len(x.cmds) > 0 {
		return dst, x.commands()
	}
	if len(x.out) > 0 {
		x.flushed, x.wrote = len(x.out), x.now
	}
	return append(dst, x.out...), nil
}

// catchUp moves the clocks on that Data has left behind: nothing but these is different to the next
// step after it has told of an event at once.
func (x *Exchange) catchUp() {
	x.now = time.UnixMicro(x.at).UTC()
	x.cur.lively = x.now
	if x.spoke > 0 {
		x.wrote = time.UnixMicro(x.spoke).UTC()
	}
	x.flowed, x.spoke = false, 0
}

// data reads on in the answer of the attempt in flight. It reports whether that has only moved
// clocks on that ran already, so that no other moment to be woken at can come out.
func (x *Exchange) data(p []byte) (calm bool) {
	a := x.cur
	if !a.stream {
		a.heard = x.now // of a stream comments do not count
	}
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
	if a.stream {
		x.out = slices.Grow(x.out, len(p)+512) // events grow a little: the model's name
	}
	err := a.reader.Read(p, x.taker)
	return !x.afterRead(err) && x.calm
}

// flows reports whether the caller is being written what the attempt says, as it is.
func (x *Exchange) flows(a *attempt) bool {
	return x.committed && a.content && a.resumes == resumeNone && a.assembler == nil && a.failure == nil && !a.done
}

// flow takes an event that tells nothing new but its text, and appends what the caller is told. What it is completed with is that of
// the event before, but for what is counted.
func (x *Exchange) flow(a *attempt, e *llm.Event, dst []byte) []byte {
	a.unsaid, a.unread = 0, 0
	a.size += e.Size
	x.told.Output = a.output()
	if s := &x.said; !s.beyond {
		s.more(e, x.resumes)
	}
	if len(e.Deltas) > 0 {
		x.listen(a, e)
	}
	x.serving = a.n
	return x.writer.Append(dst, e, &x.told)
}
