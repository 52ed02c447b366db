package abi

import (
	"slices"
	"strconv"
	"time"

	"strowger/core/exchange"
	"strowger/core/jsonout"
	"strowger/core/scan"
	"strowger/core/stats"
)

// The names of events.
const (
	eventStarted = "started"
	eventCached  = "cached"
	eventHeaders = "headers"
	eventData    = "data"
	eventEnded   = "ended"
	eventFailed  = "failed"
	eventWoke    = "woke"
	eventLeft    = "left"
	eventClosing = "closing"
	eventBlocked = "blocked"
)

// maxHeaders bounds how many headers an event may carry.
const maxHeaders = 256

// happening is the control message of step, as it came.
type happening struct {
	name    string
	now     int64
	timed   bool
	attempt int
	status  int
	outcome stats.Outcome
	message string
	headers headers
	hit     bool
	died    bool
	blocked int64
}

// readEvent reads the control message of step. Started comes without statistics.
func readEvent(doc, raw []byte) (time.Time, exchange.Event, *Error) {
	var h happening
	f := &fields{doc: doc}
	m := scan.Object(doc)
	for m.Next() {
		v := m.Value()
		switch string(m.Key()) {
		case "now_us":
			h.now, h.timed = f.micros("now_us", v), true
		case "event":
			h.name = f.text("event", v, maxName)
		case "attempt":
			h.attempt = int(f.int("attempt", v, 1, 1<<30))
		case "status":
			h.status = int(f.int("status", v, 100, 999))
		case "outcome":
			h.outcome = stats.OutcomeNamed(f.text("outcome", v, maxName))
			f.known(h.outcome != stats.OutcomeNone, "outcome", v)
		case "message":
			h.message = f.text("message", v, maxText)
		case "headers":
			h.headers = readHeaders(f, v)
		case "hit":
			h.hit = f.flag("hit", v)
		case "for_us":
			h.blocked = f.int("for_us", v, 0, maxMicros)
		case "died":
			h.died = f.flag("died", v)
		default:
			f.unknown(m.Key())
		}
	}
	f.end(m.Err())
	f.need(h.timed, "now_us")
	ev := h.event(f, raw)
	return moment(h.now), ev, f.err
}

// event is what the message means.
func (h *happening) event(f *fields, raw []byte) exchange.Event {
	if len(raw) > 0 && h.name != eventData && !(h.name == eventCached && h.hit) {
		f.bad("event", "only data and a hit carry bytes")
	}
	switch h.name {
	case eventCached, eventHeaders, eventData, eventEnded, eventFailed:
		f.need(h.attempt > 0, "attempt")
	}
	switch h.name {
	case eventStarted:
		return exchange.Started{}
	case eventCached:
		return exchange.Cached{Attempt: h.attempt, Hit: h.hit, Body: raw}
	case eventHeaders:
		f.need(h.status > 0, "status")
		return exchange.Headers{Attempt: h.attempt, Status: h.status, Header: h.headers.value}
	case eventData:
		return exchange.Data{Attempt: h.attempt, Bytes: raw}
	case eventEnded:
		return exchange.Ended{Attempt: h.attempt}
	case eventFailed:
		if fault := h.outcome.Fault(); fault == stats.FaultNone || fault == stats.FaultCaller {
			f.bad("outcome", "expected how the attempt failed, such as unreachable")
		}
		return exchange.Failed{Attempt: h.attempt, Outcome: h.outcome, Message: h.message, Died: h.died}
	case eventBlocked:
		return exchange.Blocked{For: time.Duration(h.blocked) * time.Microsecond}
	case eventWoke:
		return exchange.Woke{}
	case eventLeft:
		return exchange.Left{}
	case eventClosing:
		return exchange.Closing{}
	case "":
		f.need(false, "event")
	default:
		f.bad("event", "unknown event "+strconv.Quote(h.name))
	}
	return nil
}

// headers are those of an answer.
type headers []exchange.Header

func (hs headers) value(name string) string {
	for i := range hs {
		if hs[i].Name == name {
			return hs[i].Value
		}
	}
	return ""
}

func readHeaders(f *fields, v scan.Value) headers {
	var hs headers
	m := scan.ObjectAt(f.doc, v)
	for m.Next() {
		if len(hs) == maxHeaders {
			f.bad("headers", "more than "+strconv.Itoa(maxHeaders)+" headers")
			return nil
		}
		name := string(m.Key())
		hs = append(hs, exchange.Header{Name: name, Value: f.text(name, m.Value(), maxText)})
	}
	f.end(m.Err())
	return hs
}

// AppendEvent appends the control message of step that carries ev at now, and gives the
// raw bytes that go along: those of a Data or of a hit. What Started tells is not carried.
func AppendEvent(dst []byte, now time.Time, ev exchange.Event) (control, raw []byte) {
	w := jsonout.Writer{Buf: slices.Grow(dst, usualControl)}
	w.Begin('{')
	w.Int("now_us", now.UnixMicro())
	switch ev := ev.(type) {
	case exchange.Started:
		w.String("event", eventStarted)
	case exchange.Cached:
		w.String("event", eventCached)
		w.Int("attempt", int64(ev.Attempt))
		if ev.Hit {
			w.Bool("hit", true)
			raw = ev.Body
		}
	case exchange.Headers:
		w.String("event", eventHeaders)
		w.Int("attempt", int64(ev.Attempt))
		w.Int("status", int64(ev.Status))
		writeHeaderValues(&w, ev.Header, HeaderNames())
	case exchange.Data:
		w.String("event", eventData)
		w.Int("attempt", int64(ev.Attempt))
		raw = ev.Bytes
	case exchange.Ended:
		w.String("event", eventEnded)
		w.Int("attempt", int64(ev.Attempt))
	case exchange.Failed:
		w.String("event", eventFailed)
		w.Int("attempt", int64(ev.Attempt))
		w.String("outcome", ev.Outcome.String())
		w.OptString("message", ev.Message)
		if ev.Died {
			w.Bool("died", true)
		}
	case exchange.Blocked:
		w.String("event", eventBlocked)
		w.Int("for_us", exact(ev.For.Microseconds()))
	case exchange.Woke:
		w.String("event", eventWoke)
	case exchange.Left:
		w.String("event", eventLeft)
	case exchange.Closing:
		w.String("event", eventClosing)
	}
	w.End('}')
	return w.Buf, raw
}

func writeHeaderValues(w *jsonout.Writer, header func(string) string, names []string) {
	if header == nil {
		return
	}
	w.BeginAt("headers", '{')
	for _, name := range names {
		w.OptString(name, header(name))
	}
	w.End('}')
}
