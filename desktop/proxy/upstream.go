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
)

// An attempt that the exchange has finished with may still send a little, such as the
// end of a stream behind its end mark; it gets this long before its connection is closed.
const drainTime = 500 * time.Millisecond

// send starts an attempt in a goroutine of its own.
func (c *carrier) send(cmd exchange.Send) {
	if c.found != nil { // the cache has not answered in time
		c.stop()
		c.found = nil
	}
	c.done, c.ended = make(chan struct{}), false
	a := &attempt{n: cmd.Attempt, events: c.events, done: c.done}
	var ctx context.Context
	ctx, c.over = a.conn.begin(cmd.Endpoint.Timeouts.Connect)
	a.cancel = c.over
	req, failed := c.request(ctx, cmd, a)
	if !c.p.starting() {
		a.cancel()
		return // the exchange is about to be told
	}
	go func() {
		defer c.p.upstream.Done()
		defer a.cancel()
		if failed != nil {
			a.tell(*failed)
			return
		}
		a.carry(c.p.transport, req)
	}()
}

// request is the attempt's HTTP request, or why it cannot be made.
func (c *carrier) request(ctx context.Context, cmd exchange.Send, a *attempt) (*http.Request, *exchange.Failed) {
	fail := func(o stats.Outcome, msg string) (*http.Request, *exchange.Failed) {
		return nil, &exchange.Failed{Attempt: cmd.Attempt, Outcome: o, Message: msg}
	}
	req, err := newRequest(ctx, cmd.URL(), cmd.Content())
	if err != nil {
		return fail(stats.OutcomeUnreachable, "base_url of provider "+cmd.Endpoint.Provider+" is not usable")
	}
	h := req.Header
	h["Content-Type"] = []string{"application/json"}
	h["User-Agent"] = []string{c.p.o.UserAgent}
	accept := "application/json"
	if cmd.Stream {
		accept = "text/event-stream"
	}
	h["Accept"] = []string{accept}
	for _, f := range cmd.Header {
		h.Set(f.Name, f.Value)
	}
	if ref := cmd.Endpoint.KeyRef; ref != "" {
		key, err := c.s.Secrets.Resolve(ref)
		if err != nil {
			return fail(stats.OutcomeCredentials, "no key for provider "+cmd.Endpoint.Provider+": "+err.Error())
		}
		c.x.Hide(key)
		h.Set(cmd.KeyName, cmd.KeyPrefix+key)
	}
	for _, extra := range cmd.Endpoint.Headers {
		value, err := c.s.Secrets.Resolve(extra.Value)
		if err != nil {
			return fail(stats.OutcomeCredentials, "header "+extra.Name+" of provider "+cmd.Endpoint.Provider+": "+err.Error())
		}
		if private(extra) {
			c.x.Hide(value)
		}
		h.Set(extra.Name, value)
	}
	return req, nil
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

// buffers hold two reads each: while the exchange works on one, the other is filled. An
// unbuffered channel makes that safe: taking the next event means being done with the
// last, and so does closing done, which happens between steps.
var buffers = sync.Pool{New: func() any { return new([2][16 << 10]byte) }}

// carry sends the request and tells what comes back.
func (a *attempt) carry(t *http.Transport, req *http.Request) {
	resp, err := t.RoundTrip(req)
	if err != nil {
		if context.Cause(req.Context()) == errNoConnection { // a dial that was ended says only that it was
			err = errNoConnection
		}
		a.tell(a.failed(err, "no answer"))
		return
	}
	defer resp.Body.Close()
	if !a.tell(exchange.Headers{Attempt: a.n, Status: resp.StatusCode, Header: header(resp.Header)}) {
		return
	}
	if resp.StatusCode < 200 { // another protocol, whose connection no context ends
		a.tell(exchange.Ended{Attempt: a.n})
		return
	}
	answer, err := decoded(resp)
	if err != nil { // of an error, the status has been told
		a.tell(a.ended(err))
		return
	}
	if resp.StatusCode > 299 {
		answer = io.LimitReader(answer, maxError)
	}
	bufs := buffers.Get().(*[2][16 << 10]byte)
	defer buffers.Put(bufs)
	for i := 0; ; i ^= 1 {
		n, err := answer.Read(bufs[i][:])
		if n > 0 && !a.tell(exchange.Data{Attempt: a.n, Bytes: bufs[i][:n]}) {
			a.drain(answer)
			return
		}
		if err != nil {
			a.tell(a.ended(err))
			return
		}
	}
}

// canonical are the names of the headers that the core reads, of answers and of requests, as
// net/http keeps them.
var canonical = func() map[string]string {
	names := map[string]string{}
	for _, name := range append(exchange.HeaderNames(), router.HeaderNames()...) {
		names[name] = http.CanonicalHeaderKey(name)
	}
	return names
}()

// header gives values by those names. http.Header.Get makes each name canonical anew.
func header(h http.Header) func(name string) string {
	return func(name string) string {
		if values := h[canonical[name]]; len(values) > 0 {
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
