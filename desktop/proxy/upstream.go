package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"strowger/core/exchange"
	"strowger/core/stats"
)

// connectTimeout is the key of a context's connect timeout.
type connectTimeout struct{}

func newTransport() *http.Transport {
	dialer := net.Dialer{KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if d, ok := ctx.Value(connectTimeout{}).(time.Duration); ok {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, d)
				defer cancel()
			}
			return dialer.DialContext(ctx, network, addr)
		},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // events are to come as they are sent
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    128,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		WriteBufferSize:        32 << 10, // a request's head and body leave in one write
		ReadBufferSize:         32 << 10,
	}
}

// An attempt that the exchange has finished with may still send a little, such as the
// end of a stream behind its end mark; it gets this long before its connection is closed.
const drainTime = 500 * time.Millisecond

// send starts an attempt in a goroutine of its own.
func (c *carrier) send(cmd exchange.Send) {
	if c.found != nil { // the cache has not answered in time
		c.stop()
		c.found = nil
	}
	ctx := context.WithValue(context.Background(), connectTimeout{}, cmd.Endpoint.Timeouts.Connect)
	ctx, c.over = context.WithCancel(ctx)
	c.done = make(chan struct{})
	a := &attempt{n: cmd.Attempt, events: c.events, done: c.done, cancel: c.over}
	c.attempt = cmd.Attempt
	req, failed := c.request(ctx, cmd, a)
	if !c.p.starting() {
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
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cmd.Endpoint.BaseURL+cmd.Path, bytes.NewReader(cmd.Body))
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
	if ref := cmd.Endpoint.KeyRef; ref != "" {
		key, err := c.s.Secrets.Resolve(ref)
		if err != nil {
			return fail(stats.OutcomeCredentials, "no key for provider "+cmd.Endpoint.Provider+": "+err.Error())
		}
		a.secrets = append(a.secrets, key)
		h["Authorization"] = []string{"Bearer " + key}
	}
	for _, extra := range cmd.Endpoint.Headers {
		value, err := c.s.Secrets.Resolve(extra.Value)
		if err != nil {
			return fail(stats.OutcomeCredentials, "header "+extra.Name+" of provider "+cmd.Endpoint.Provider+": "+err.Error())
		}
		if private(extra) {
			a.secrets = append(a.secrets, value)
		}
		h.Set(extra.Name, value)
	}
	return req, nil
}

// attempt is one attempt being carried.
type attempt struct {
	n       int
	events  chan<- exchange.Event
	done    <-chan struct{}
	cancel  context.CancelFunc
	secrets []string // sent with the request
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
		a.tell(a.failed(err, "no answer"))
		return
	}
	defer resp.Body.Close()
	if !a.tell(exchange.Headers{Attempt: a.n, Status: resp.StatusCode, Header: resp.Header.Get}) {
		return
	}
	if resp.StatusCode > 299 {
		a.carryError(resp.Body)
		return
	}
	bufs := buffers.Get().(*[2][16 << 10]byte)
	defer buffers.Put(bufs)
	for i := 0; ; i ^= 1 {
		n, err := resp.Body.Read(bufs[i][:])
		if n > 0 && !a.tell(exchange.Data{Attempt: a.n, Bytes: bufs[i][:n]}) {
			a.drain(resp.Body)
			return
		}
		if err != nil {
			a.tell(a.ended(err))
			return
		}
	}
}

// ended is the end of an answer that has begun.
func (a *attempt) ended(err error) exchange.Event {
	if err == io.EOF {
		return exchange.Ended{Attempt: a.n}
	}
	f := a.failed(err, "the connection broke in mid-answer")
	f.Outcome = stats.OutcomeCut
	return f
}

// drain reads what is left, for a moment, so that the connection can be used again.
func (a *attempt) drain(body io.Reader) {
	timer := time.AfterFunc(drainTime, a.cancel)
	defer timer.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(body, 64<<10)) // only the connection is at stake
}

// failed says what kind of failure err is, in words without addresses or keys.
func (a *attempt) failed(err error, what string) exchange.Failed {
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	f := exchange.Failed{Attempt: a.n, Outcome: stats.OutcomeUnreachable, Message: what}
	switch {
	case errors.As(err, &dns):
		f.Message = "the name of the provider's host cannot be resolved"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), strings.Contains(err.Error(), "TLS handshake timeout"):
		f.Outcome, f.Message = stats.OutcomeConnectTimeout, "no connection in time"
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		f.Outcome, f.Message = stats.OutcomeConnectTimeout, "no connection in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Message = "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		f.Message = what + ": connection reset"
	case errors.As(err, &cert), errors.As(err, &unknown):
		f.Message = "the provider's certificate is not trusted"
	case errors.As(err, &record):
		f.Message = "the provider does not speak TLS"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.Message = what + ": the connection was closed"
	default:
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		f.Message = what + ": " + string(a.redact([]byte(err.Error())))
	}
	return f
}
