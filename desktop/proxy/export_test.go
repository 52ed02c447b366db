package proxy

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"

	"strowger/core/exchange"
)

// NewTransport is newTransport with names looked up by another resolver, and these
// certificates trusted; without any, the system's are.
func NewTransport(names *net.Resolver, trusted ...*x509.Certificate) client {
	var roots *x509.CertPool
	if len(trusted) > 0 {
		roots = x509.NewCertPool()
	}
	for _, cert := range trusted {
		roots.AddCert(cert)
	}
	return newTransport(&net.Dialer{Resolver: names}, roots)
}

// Carry carries one attempt to a provider and gives what it told of it; Data only count.
func Carry(t client, url string, header http.Header, connect time.Duration) (told []exchange.Event) {
	a := &attempt{n: 1, done: make(chan struct{})}
	events := make(chan exchange.Event)
	a.events = events
	var ctx context.Context
	ctx, a.cancel = a.conn.begin(connect)
	defer a.cancel()
	req, err := newRequest(ctx, url, []byte(`{"model":"m"}`))
	if err != nil {
		return nil
	}
	for name, values := range header {
		req.Header[name] = values
	}
	go func() {
		defer close(events)
		a.carry(&Proxy{transport: t}, "", req)
	}()
	for ev := range events {
		told = append(told, ev)
	}
	return told
}

// Heard notes the headers of a provider's answer.
func Heard(p *Proxy, provider string, h http.Header) { p.limits.note(provider, h.Get) }

// Warm makes so many connections to a host and leaves them waiting.
func Warm(p *Proxy, url string, n int) error {
	answers := make([]*http.Response, n)
	for i := range answers {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err == nil {
			answers[i], err = p.lines.first.RoundTrip(req)
		}
		if err != nil {
			return err
		}
	}
	for _, a := range answers {
		if _, err := io.Copy(io.Discard, a.Body); err != nil {
			return err
		}
	}
	return nil
}

// Held is how many attempts are carried by the goroutines of their callers now.
func Held(p *Proxy) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := p.flights.first; c != nil; c = c.behind {
		if c.held.line.Load() != nil {
			n++
		}
	}
	return n
}
