package provider

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	sendAt = 32 << 10 // bytes of a stream that are written without waiting for more
	page   = "<!doctype html>\n<html><head><title>Gateway</title></head><body><h1>Something went wrong</h1></body></html>\n"
)

// serve answers. An answer that does not reach its proper end takes the connection with it, so that it
// never looks complete.
func (a *answer) serve() {
	if !a.respond() {
		a.drop()
	}
}

// respond reports whether the response has come to a proper end as far as HTTP is concerned.
func (a *answer) respond() bool {
	if a.fault == FaultStallHeaders {
		return a.hang()
	}
	due := a.start.Add(a.b.latency(a.p.opt.Seed, a.n))
	if !a.q.stream {
		due = due.Add(a.pace(len(a.tokens) - 1))
	}
	if !a.wait(due) {
		return false
	}
	switch a.fault {
	case FaultReset:
		a.reset()
		return false
	case FaultStatus:
		f := simulated(a.status(http.StatusInternalServerError), a.b.Code)
		f.retryAfter = a.b.RetryAfter
		a.fail(f)
		return true
	case FaultHTML:
		a.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		a.w.WriteHeader(a.status(http.StatusOK))
		_, err := io.WriteString(a.w, page)
		return err == nil
	case FaultBodyError:
		return a.bodyError()
	case FaultErrorEvent:
		if !a.q.stream {
			return a.bodyError()
		}
	}
	a.p.input.Add(int64(a.q.prompt))
	a.p.output.Add(int64(a.reasoning()))
	a.name()
	if a.q.stream && a.q.fact == nil {
		return a.stream(due)
	}
	return a.plain()
}

func (a *answer) status(otherwise int) int {
	if a.b.Status != 0 {
		return a.b.Status
	}
	return otherwise
}

func (a *answer) bodyError() bool {
	f := simulated(a.status(http.StatusInternalServerError), a.b.Code)
	f.ok = true
	a.fail(f)
	return true
}

// plain sends one JSON object.
func (a *answer) plain() bool {
	var stop int
	a.out, stop = a.door.voice.whole(a.out[:0], a)
	a.fresh = len(a.tokens)
	h := a.w.Header()
	h.Set("Content-Type", "application/json")
	switch a.fault {
	case FaultKeepalive:
		a.out, a.fresh = a.out[:0], 0
		return a.keepalive("\n")
	case FaultEmptyStream:
		a.out, a.fresh = a.out[:0], 0
	case FaultBadJSON:
		a.out = a.out[:len(a.out)/2]
	case FaultNoChoices:
		a.fresh = 0
	}
	h.Set("Content-Length", strconv.Itoa(len(a.out)))
	switch a.fault {
	case FaultStallFirst:
		a.out, a.fresh = a.out[:0], 0
		return a.stall()
	case FaultStall:
		a.out, a.fresh = a.out[:stop], a.after()
		return a.stall()
	case FaultCut:
		a.out, a.fresh = a.out[:stop], a.after()
		a.flush()
		return false
	}
	return a.send()
}

// stream sends events; the first token is due at that time.
func (a *answer) stream(due time.Time) bool {
	h := a.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Transfer-Encoding", "chunked") // or net/http would count a short stream and send its length
	a.out = a.out[:0]
	voice := a.door.voice
	switch a.fault {
	case FaultStallFirst:
		return a.stall()
	case FaultEmptyStream:
		a.out = voice.odd(a.out, a, oddMark)
		return a.send()
	case FaultNoChoices:
		a.out = voice.odd(a.out, a, oddHollow)
		return a.send()
	}
	a.out = voice.opening(a.out, a)
	stop := len(a.tokens)
	if a.breaksOff() {
		stop = a.after()
	}
	if !a.deltas(due, 0, stop) {
		return false
	}
	if a.fault == FaultBadJSON {
		a.out = voice.odd(a.out, a, oddGarbled)
		if !a.deltas(due, stop, len(a.tokens)) {
			return false
		}
	} else if a.breaksOff() {
		return a.breakOff(stop)
	}
	a.out = voice.ending(a.out, a)
	return a.send()
}

// deltas appends tokens from up to, not including, to, and sends them as they fall due.
func (a *answer) deltas(due time.Time, from, to int) bool {
	for i := from; i < to; i++ {
		if a.b.TokensPerSecond > 0 && i > 0 {
			at := due.Add(a.pace(i))
			if time.Until(at) > 0 && !(a.flush() && a.wait(at)) {
				return false
			}
		}
		a.out = a.door.voice.piece(a.out, a, a.tokens[i])
		a.fresh++
		if len(a.out) > sendAt && !a.send() {
			return false
		}
	}
	return true
}

// pace is how long so many tokens take after the first.
func (a *answer) pace(tokens int) time.Duration {
	if a.b.TokensPerSecond <= 0 || tokens < 1 {
		return 0
	}
	const most = 24 * 60 * 60 // seconds; nobody waits longer, and a time.Duration could not hold all
	return time.Duration(min(float64(tokens)/a.b.TokensPerSecond, most) * float64(time.Second))
}

// breaksOff reports whether the fault strikes in mid-stream.
func (a *answer) breaksOff() bool {
	switch a.fault {
	case FaultStall, FaultKeepalive, FaultCut, FaultErrorEvent, FaultBadJSON:
		return true
	}
	return false
}

// breakOff ends a stream before token stop.
func (a *answer) breakOff(stop int) bool {
	switch a.fault {
	case FaultKeepalive:
		return a.keepalive(string(a.door.voice.odd(nil, a, oddComment)))
	case FaultErrorEvent:
		f := simulated(a.status(http.StatusInternalServerError), a.b.Code)
		a.out = a.errorEvent(a.out, f)
		return a.send()
	case FaultCut:
		if !a.flush() {
			return false
		}
		next := a.door.voice.ending(nil, a)
		if stop < len(a.tokens) {
			next = a.door.voice.piece(nil, a, a.tokens[stop])
		}
		if len(next) == 0 { // what the schema says in one piece at the end
			next = a.door.voice.ending(nil, a)
		}
		if i := bytes.Index(next, []byte("}\n\n")); i > 0 { // of several events the first
			next = next[:i+3]
		}
		half := next[:len(next)/2]
		if a.r.ProtoAtLeast(1, 1) {
			half = append(fmt.Appendf(nil, "%x\r\n", len(next)), half...)
		}
		if conn := a.hijack(); conn != nil {
			_, _ = conn.Write(half) // the connection is to break anyway
			_ = conn.Close()
		}
		return false
	}
	return a.stall()
}
