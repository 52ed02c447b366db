package proxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/http1"
)

// An attempt that the exchange has finished with may still send a little, such as the
// end of a stream behind its end mark; it gets this long before its connection is closed.
const drainTime = 500 * time.Millisecond

// send starts an attempt: on a connection that waits for one, or in a goroutine of its own.
func (c *carrier) send(cmd exchange.Send) {
	if c.found != nil { // the cache has not answered in time
		c.stop()
		c.found = nil
	}
	header, failed := c.header(&cmd)
	drilled, ok := c.p.starting(cmd.Endpoint.Provider)
	if !ok {
		return // the exchange is about to be told
	}
	if drilled != 0 || failed != nil || !c.hold(&cmd, header) {
		c.sendApart(cmd, header, drilled, failed)
	}
}

// sendApart carries the attempt in a goroutine of its own.
func (c *carrier) sendApart(cmd exchange.Send, header []http1.Field, drilled int, failed *exchange.Failed) {
	a := c.apart(cmd.Attempt)
	var ctx context.Context
	ctx, c.over = a.conn.begin(cmd.Endpoint.Timeouts.Connect)
	a.cancel = c.over
	var req *http.Request
	if failed == nil {
		var err error
		if req, err = newRequest(ctx, cmd.URL(), cmd.Content()); err != nil {
			failed = failure(&cmd, stats.OutcomeUnreachable, "base_url of provider "+cmd.Endpoint.Provider+" is not usable")
		} else {
			for _, f := range header {
				req.Header.Set(f.Name, f.Value)
			}
		}
	}
	c.departs(cmd.Attempt, cmd.Endpoint, &a.conn)
	go func() {
		defer c.p.upstream.Done()
		defer a.cancel()
		switch {
		case drilled != 0:
			a.drill(drilled)
		case failed != nil:
			a.tell(*failed)
		default:
			a.carry(c.p, cmd.Endpoint.Provider, req)
		}
	}()
}

// apart is an attempt that a goroutine of its own tells of.
func (c *carrier) apart(n int) *attempt {
	c.done, c.ended = make(chan struct{}), false
	if c.events == nil {
		c.events = make(chan exchange.Event)
	}
	return &attempt{n: n, events: c.events, done: c.done}
}

func failure(cmd *exchange.Send, o stats.Outcome, msg string) *exchange.Failed {
	return &exchange.Failed{Attempt: cmd.Attempt, Outcome: o, Message: msg}
}

// header are the headers of the attempt's request, or why it cannot be made.
func (c *carrier) header(cmd *exchange.Send) ([]http1.Field, *exchange.Failed) {
	accept := "application/json"
	if cmd.Stream {
		accept = "text/event-stream"
	}
	h := append(c.fields[:0], http1.Field{Name: "Content-Type", Value: "application/json"},
		http1.Field{Name: "User-Agent", Value: c.p.o.UserAgent}, http1.Field{Name: "Accept", Value: accept})
	for _, f := range cmd.Header {
		h = http1.Set(h, f.Name, f.Value)
	}
	if ref := cmd.Endpoint.KeyRef; ref != "" {
		key, err := c.s.Secrets.Resolve(ref)
		if err != nil {
			return nil, failure(cmd, stats.OutcomeCredentials, "no key for provider "+cmd.Endpoint.Provider+": "+err.Error())
		}
		c.hide(key)
		h = http1.Set(h, cmd.KeyName, cmd.KeyPrefix+key)
	}
	for _, extra := range cmd.Endpoint.Headers {
		value, err := c.s.Secrets.Resolve(extra.Value)
		if err != nil {
			return nil, failure(cmd, stats.OutcomeCredentials, "header "+extra.Name+" of provider "+cmd.Endpoint.Provider+": "+err.Error())
		}
		if private(extra) {
			c.hide(value)
		}
		h = http1.Set(h, extra.Name, value)
	}
	return h, nil
}

// newRequest is a request that net/http never sends a second time. It would, given the body
// again, where it takes an endpoint not to have worked on the first: on streams of HTTP/2
// that are refused or end in a protocol error, for a minute and unseen, and under a header
// Idempotency-Key whenever a connection dies. Trying again is for the exchange to decide.
func newRequest(ctx context.Context, url string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err == nil {
		req.GetBody = nil
	}
	return req, err
}

// private reports whether the value of a configured header is to be kept secret: if it
// is a reference, or the header's name says so.
func private(h catalog.Header) bool {
	if text, ok := strings.CutPrefix(h.Value, "literal:"); !ok || strings.Contains(text, "${") {
		return true
	}
	return h.IsSecret()
}

// maxError is how much of an answer with an error status is read.
const maxError = 64 << 10

// attempt is one attempt being carried.
type attempt struct {
	n      int
	events chan<- exchange.Event
	done   <-chan struct{}
	cancel context.CancelFunc
	conn   connecting
}

// tell hands an event over; false if nobody wants it any more.
func (a *attempt) tell(ev exchange.Event) bool {
	select {
	case a.events <- ev:
		return true
	case <-a.done:
		return false
	}
}

// room is what a piece of an answer is read into.
type room [16 << 10]byte

var rooms = sync.Pool{New: func() any { return new(room) }}

// carry sends the request and tells what comes back.
func (a *attempt) carry(p *Proxy, provider string, req *http.Request) {
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		if context.Cause(req.Context()) == errNoConnection { // a dial that was ended says only that it was
			err = errNoConnection
		}
		a.tell(a.failed(err, "no answer"))
		return
	}
	defer resp.Body.Close()
	p.limits.note(provider, resp.Header.Get)
	if !a.tell(exchange.Headers{Attempt: a.n, Status: resp.StatusCode, Header: header(resp.Header)}) {
		return
	}
	if resp.StatusCode < 200 { // another protocol, whose connection no context ends
		a.tell(exchange.Ended{Attempt: a.n})
		return
	}
	answer, err := decoded(resp.Body, strings.Join(resp.Header["Content-Encoding"], ","))
	if err != nil { // of an error, the status has been told
		a.tell(a.ended(err))
		return
	}
	if resp.StatusCode > 299 {
		answer = io.LimitReader(answer, maxError)
	}
	a.pump(answer)
}

// pump tells what comes of an answer. While the exchange works on one read the next is filled: the
// channel has no buffer, so taking an event means being done with the last, and so does closing
// done, which happens between steps.
func (a *attempt) pump(answer io.Reader) {
	bufs := [2]*room{rooms.Get().(*room), rooms.Get().(*room)}
	var pieces [2]exchange.Data
	defer func() {
		rooms.Put(bufs[0])
		rooms.Put(bufs[1])
	}()
	for i := 0; ; i ^= 1 {
		n, err := answer.Read(bufs[i][:])
		pieces[i] = exchange.Data{Attempt: a.n, Bytes: bufs[i][:n]}
		if n > 0 && !a.tell(&pieces[i]) {
			a.drain(answer)
			return
		}
		if err != nil {
			a.tell(a.ended(err))
			return
		}
	}
}

// names are the headers that the core reads, of answers and of requests, and those that it writes,
// as net/http keeps them.
var names = func() map[string]string {
	names := map[string]string{}
	for _, of := range [][]string{exchange.HeaderNames(), router.HeaderNames(), {
		"authorization", "x-api-key", "x-goog-api-key", "api-key",
		"content-type", "cache-control", "x-strowger-decision", "x-strowger-model", "x-strowger-provider", "x-strowger-attempts",
		"x-strowger-cache", "x-strowger-cost", "x-strowger-warnings", "x-request-id", "request-id",
	}} {
		for _, name := range of {
			names[name] = http.CanonicalHeaderKey(name)
		}
	}
	return names
}()

// canonical is a header's name as net/http keeps it. Making one is dear, and most are known.
func canonical(name string) string {
	if known, ok := names[name]; ok {
		return known
	}
	return http.CanonicalHeaderKey(name)
}

// header gives values by their names in lower case.
func header(h http.Header) func(name string) string {
	return func(name string) string {
		if values := h[canonical(name)]; len(values) > 0 {
			return values[0]
		}
		return ""
	}
}

// ended is the end of an answer that has begun.
func (a *attempt) ended(err error) exchange.Event {
	if err == io.EOF {
		return exchange.Ended{Attempt: a.n}
	}
	f := a.failed(err, "the connection broke in mid-answer")
	f.Died = false
	if f.Outcome != stats.OutcomeBadAnswer {
		f.Outcome = stats.OutcomeCut
	}
	return f
}

// drain reads what is left, for a moment, so that the connection can be used again.
func (a *attempt) drain(body io.Reader) {
	timer := time.AfterFunc(drainTime, a.cancel)
	defer timer.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(body, 64<<10)) // only the connection is at stake
}
