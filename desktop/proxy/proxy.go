// Package proxy is the net/http host of an exchange: it reads a request, opens an
// exchange for it and does what the exchange says, until it says Finish. It decides
// nothing. The data plane's statistics live here, behind one lock.
package proxy

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"strowger/core/auto/pool"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/store"
)

// Recorder is told of every exchange that has ended, and of what was said in it, which is
// nil if that is not to be kept (Setup.Bodies). It must not block.
type Recorder interface {
	Record(r *exchange.Report, samples []stats.Sample, said *store.Bodies)
}

// Tracer is told of every exchange that has ended, with the traceparent headers that came with it.
// It must not block.
type Tracer interface {
	Trace(r *exchange.Report, parent []string)
}

// Secrets resolves a reference such as env:NAME to the secret.
type Secrets interface {
	Resolve(ref string) (string, error)
}

// noSecrets is for a host that has none.
type noSecrets struct{}

func (noSecrets) Resolve(string) (string, error) {
	return "", errors.New("this host resolves no secrets")
}

// Options make a Proxy. Only Setup.Router is needed.
type Options struct {
	Setup
	Recorder  Recorder
	Tracer    Tracer
	Books     Books // nil: what is spent is forgotten at the end
	Log       *slog.Logger
	MaxBody   int64  // bytes of a request's body, decoded; default 32 MiB
	UserAgent string // sent to providers
	// RootCAs are the authorities whose certificates providers may have; nil: the system's.
	RootCAs *x509.CertPool
	// BodyTimeout bounds how long the next bytes of a request's body are waited for; default 30s.
	BodyTimeout time.Duration
	// WriteTimeout bounds how long a caller may take to accept what is written at once; default 2m.
	WriteTimeout time.Duration
}

// client is the client side of HTTP.
type client interface {
	http.RoundTripper
	CloseIdleConnections()
}

// Proxy serves the data plane. It is safe for concurrent use.
type Proxy struct {
	o         Options
	setup     atomic.Pointer[setup]
	transport client
	lines     *transport // the same
	closing   chan struct{}
	closed    sync.Once
	upstream  sync.WaitGroup
	unwritten atomic.Bool // what is spent cannot be written down
	limits    limitsHeard // of providers

	mu      sync.Mutex // guards what follows
	state   router.State
	flights flights
	drills  map[string]drill // by provider
	ended   bool             // no attempt is started any more
}

// The defaults of Options.
const (
	defaultMaxBody      = 32 << 20
	defaultBodyTimeout  = 30 * time.Second
	defaultWriteTimeout = 2 * time.Minute
)

// New is a proxy; Close ends it.
func New(o Options) *Proxy {
	o.MaxBody = cmp.Or(o.MaxBody, defaultMaxBody)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, defaultBodyTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, defaultWriteTimeout)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := newTransport(&net.Dialer{KeepAlive: 30 * time.Second}, o.RootCAs)
	p := &Proxy{o: o, transport: t, lines: t, closing: make(chan struct{})}
	p.Use(o.Setup)
	return p
}

// Judge is what a Recorder may have besides: it is told of every verdict on an answer, as
// soon as there is one. It must not block.
type Judge interface{ Judge(v pool.Verdict) }

// Learn replaces what has been learned from the user's traffic; nil: nothing.
func (p *Proxy) Learn(l *pool.Learned) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Learned = l
}

// Fold takes a sample measured earlier, so that the proxy knows what it knew before.
func (p *Proxy) Fold(s stats.Sample) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Board.Fold(s)
}

// apply notes the effect of an exchange's commands on the statistics.
func (p *Proxy) apply(c *carrier, cmds []exchange.Command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Apply(time.Now(), cmds)
	if finishes(cmds) {
		p.flights.end(c)
	}
}

// abandon forgets what an exchange has begun and cannot end, and gives the Settle it owes.
func (p *Proxy) abandon(c *carrier) (owed exchange.Settle, owes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flights.end(c)
	return p.state.Abandon(time.Now(), &c.pending)
}

// starting counts one more attempt that Close waits for; false once closed. Drilled, unless 0, is
// the status that it is to fail with.
func (p *Proxy) starting(provider string) (drilled int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0, false
	}
	p.upstream.Add(1)
	return p.drilled(provider), true
}

// end keeps further attempts from being started.
func (p *Proxy) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	close(p.closing)
	for c := p.flights.first; c != nil; c = c.behind {
		c.call(callClosing)
	}
}

// Decide is the decision on a request as it would be made now, without sending.
func (p *Proxy) Decide(c router.Call) ([]byte, *llm.Error) {
	c.Refused = nil
	x := p.setup.Load().Router.Open(c)
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := x.Decide(time.Now(), p.state.Started())
	if err != nil {
		return nil, err
	}
	return d.AppendJSON(nil), nil
}

// DecideAt is Decide for a call to path, query string not included.
func (p *Proxy) DecideAt(path string, c router.Call) ([]byte, *llm.Error) {
	r := p.setup.Load().Router
	entry, ok := r.EntryOf(path)
	if !ok {
		return nil, r.Nowhere(path)
	}
	c.Entry = entry
	return p.Decide(c)
}

// Close ends the exchanges that are still going on, each with an error for its caller,
// and waits until nothing is left, or until ctx is done.
func (p *Proxy) Close(ctx context.Context) error {
	p.closed.Do(p.end)
	done := make(chan struct{})
	go func() {
		p.upstream.Wait()
		close(done)
	}()
	defer p.transport.CloseIdleConnections()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ServeHTTP serves the paths of the data plane.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := p.setup.Load()
	entry, schema, ok := entryOf(s.Router, r)
	key, refused := s.caller(r, schema)
	call := refused == nil && ok && r.Method == http.MethodPost
	if !call && r.ContentLength != 0 {
		unread(w)
	}
	switch {
	case refused != nil: // not recorded: strangers are not to fill the disk
		writeError(w, schema, refused)
	case call:
		p.serveCall(w, r, s, router.Call{Entry: entry, Key: key})
	case ok:
		w.Header().Set("allow", http.MethodPost)
		writeError(w, schema, &llm.Error{Code: llm.CodeMethod, Message: r.URL.Path + " takes POST"})
	default:
		p.serveListing(w, r, s.Router)
	}
}

// serveListing answers GET requests about models and endpoints.
func (p *Proxy) serveListing(w http.ResponseWriter, r *http.Request, r0 *router.Router) {
	l, ok := r0.ListingOf(single(r.URL.Path))
	switch {
	case !ok:
		writeError(w, router.SchemaOf(r.URL.Path, r.Header.Get), r0.Nowhere(single(r.URL.Path)))
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("allow", "GET, HEAD")
		writeError(w, l.Schema, &llm.Error{Code: llm.CodeMethod, Message: r.URL.Path + " takes GET"})
		return
	}
	body, err := p.listing(r0, l)
	if err != nil {
		writeError(w, router.SchemaOf(r.URL.Path, r.Header.Get), err)
		return
	}
	w.Header().Set("content-type", "application/json")
	_, _ = w.Write(body) // a caller that left needs no answer
}

// listing makes the answer. Only that about endpoints reads the state.
func (p *Proxy) listing(r0 *router.Router, l router.Listing) ([]byte, *llm.Error) {
	if l.Endpoints {
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	return r0.AppendListing(nil, l, &p.state.Board, time.Now())
}

// serveCall reads the request and carries its exchange.
func (p *Proxy) serveCall(w http.ResponseWriter, r *http.Request, s *setup, call router.Call) {
	call.Header = header(r.Header)
	call.Seed, call.CacheControl = rand.Uint64(), r.Header.Get("Cache-Control")
	if rules := r.Header.Get("X-Strowger-Provider"); rules != "" {
		call.ProviderHeader = []byte(rules)
	}
	id, err := uuid.NewV7()
	if err != nil {
		writeError(w, call.Entry.Schema, &llm.Error{Code: llm.CodeInternal, Message: "no random numbers: " + err.Error()})
		return
	}
	call.ID = id.String()
	out := http.NewResponseController(w)
	if call.Body, call.Refused = p.readBody(w, r, out); call.Refused == nil {
		call.Refused = unstreamed(r, call.Entry)
	}
	x := exchanges.Get().(*exchange.Exchange)
	s.Router.OpenIn(x, call)
	c := carrier{p: p, s: s, schema: call.Entry.Schema, id: call.ID, w: w, r: r, x: x, out: out, said: s.listen(r, call)}
	c.run()
	exchanges.Put(x) // but for those that ended in a panic
}

// exchanges are those that have ended, for their memory.
var exchanges = sync.Pool{New: func() any { return exchange.New() }}
