package proxy

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"time"

	"strowger/core/exchange"
)

// NewTransport is newTransport with names looked up by another resolver, and these
// certificates trusted; without any, the system's are.
func NewTransport(names *net.Resolver, trusted ...*x509.Certificate) *http.Transport {
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
func Carry(t *http.Transport, url string, header http.Header, connect time.Duration) (told []exchange.Event) {
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
		a.carry(t, req)
	}()
	for ev := range events {
		told = append(told, ev)
	}
	return told
}
