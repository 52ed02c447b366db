package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"strowger/desktop/http1"
)

// transport is the client side for all providers: http1 for those that speak HTTP/1.1, which is
// cheaper by half, and net/http for HTTP/2 and for what lies behind another proxy. It does not use
// the second for the first but for the first request to a host over TLS, which shows what it speaks.
type transport struct {
	any   *http.Transport
	first *http1.Transport
	older sync.Map // the hosts over TLS that chose HTTP/1.1
}

// newTransport makes one. Roots, if not nil, are the authorities that are trusted instead of the
// system's.
func newTransport(d *net.Dialer, roots *x509.CertPool) *transport {
	secure := &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}}
	return &transport{any: newAny(d, roots), first: &http1.Transport{
		Dial: func(ctx context.Context, safe bool, addr string) (net.Conn, error) {
			if safe {
				return dialTLS(ctx, d, secure, "tcp", addr)
			}
			return dial(ctx, d, "tcp", addr)
		},
		MaxHead: maxHead, MaxIdle: maxIdle, MaxIdlePerHost: maxIdlePerHost, IdleTimeout: idleTimeout,
	}}
}

// The bounds of both: what an answer's head may have, in bytes, how many connections are kept, and
// how long.
const (
	maxHead        = 256 << 10
	maxIdle        = 512
	maxIdlePerHost = 128
	idleTimeout    = 60 * time.Second
)

// RoundTrip sends a request once.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if proxy, err := t.any.Proxy(req); err != nil || proxy != nil {
		return t.any.RoundTrip(req)
	}
	if req.URL.Scheme == "https" {
		if _, older := t.older.Load(req.URL.Host); !older {
			resp, err := t.any.RoundTrip(req)
			if err == nil && resp.ProtoMajor == 1 {
				t.older.Store(req.URL.Host, nil)
			}
			return resp, err
		}
	}
	return t.first.RoundTrip(req)
}

// waits reports whether a connection to a host that speaks HTTP/1.1 may wait for a request: whether
// RoundTrip would have taken http1.
func (t *transport) waits(u *url.URL) bool {
	if u.Scheme != "https" {
		return true
	}
	_, older := t.older.Load(u.Host)
	return older
}

// look says whether requests to an address are for http1.
func (t *transport) look(address string) *target {
	u, err := url.Parse(address)
	if err != nil {
		return &target{}
	}
	if proxy, err := t.any.Proxy(&http.Request{URL: u}); err != nil || proxy != nil {
		return &target{}
	}
	to, err := http1.TargetOf(u)
	if err != nil {
		return &target{}
	}
	return &target{u, to}
}

// CloseIdleConnections closes those that no request uses.
func (t *transport) CloseIdleConnections() {
	t.any.CloseIdleConnections()
	t.first.CloseIdleConnections()
}

// newAny is net/http's part.
func newAny(d *net.Dialer, roots *x509.CertPool) *http.Transport {
	secure := &tls.Config{RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}}
	d.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
		connectingIn(ctx).at(stageDialing) // the name is known, or it was an address
		return nil
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dial(ctx, d, network, addr)
		},
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dialTLS(ctx, d, secure, network, addr)
		},
		TLSClientConfig:        secure.Clone(), // behind a proxy, where net/http shakes hands itself
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // events are to come as they are sent
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHead,
		WriteBufferSize:        32 << 10, // a request's head and body leave in one write
		ReadBufferSize:         32 << 10,
		HTTP2: &http.HTTP2Config{
			// What a provider may send ahead of a slow caller; net/http's 4 MB would be 4 MB
			// of memory for each of them.
			MaxReceiveBufferPerStream: 256 << 10,
			// One connection carries many answers: that it has died has to be found out.
			SendPingTimeout: 15 * time.Second,
			PingTimeout:     10 * time.Second,
		},
	}
}

// errNoConnection is the cause of an attempt that was ended by its connect timeout.
var errNoConnection = errors.New("no connection in time")

// The stages of a connection in the making.
const (
	stageWaiting int32 = iota
	stageResolving
	stageDialing
	stageSecuring
)

var stageNames = [...]string{"waiting", "resolving the host's name", "connecting", "in the TLS handshake"}

// connecting is an attempt's way to its connection, which has one limit in time for all of
// it: the name, the connection, the handshake, and proxies in between.
type connecting struct {
	limit time.Duration
	timer *time.Timer
	stage atomic.Int32
	made  atomic.Bool
}

type (
	connectingKey struct{}
	attemptKey    struct{}
)

// begin starts the clock. What it gives is for the attempt's request: done when the attempt
// is over.
func (c *connecting) begin(limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	c.limit, c.timer = limit, time.AfterFunc(limit, func() { cancel(errNoConnection) })
	ctx = context.WithValue(ctx, connectingKey{}, c)
	// net/http lets connections be made on behind a request that is over, for later ones, and
	// hides the request's own context from them.
	ctx = context.WithValue(ctx, attemptKey{}, ctx)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: c.done})
	return ctx, func() {
		c.timer.Stop()
		cancel(nil)
	}
}

func (c *connecting) done(httptrace.GotConnInfo) {
	c.timer.Stop()
	c.made.Store(true)
}

// at notes the stage; nil notes nothing.
func (c *connecting) at(stage int32) {
	if c != nil {
		c.stage.Store(stage)
	}
}

// late says what took too long.
func (c *connecting) late() string {
	return errNoConnection.Error() + ": still " + stageNames[c.stage.Load()] + " after " + c.limit.String()
}

func connectingIn(ctx context.Context) *connecting {
	c, _ := ctx.Value(connectingKey{}).(*connecting)
	return c
}

// dial connects, until the attempt that wants the connection is over.
func dial(ctx context.Context, d *net.Dialer, network, addr string) (net.Conn, error) {
	if own, ok := ctx.Value(attemptKey{}).(context.Context); ok {
		ctx = own
	}
	connectingIn(ctx).at(stageResolving)
	return d.DialContext(ctx, network, addr)
}

// dialTLS connects and shakes hands, until the attempt is over.
func dialTLS(ctx context.Context, d *net.Dialer, secure *tls.Config, network, addr string) (net.Conn, error) {
	conn, err := dial(ctx, d, network, addr)
	if err != nil {
		return nil, err
	}
	if own, ok := ctx.Value(attemptKey{}).(context.Context); ok {
		ctx = own
	}
	connectingIn(ctx).at(stageSecuring)
	cfg := secure.Clone()
	if cfg.ServerName, _, err = net.SplitHostPort(addr); err != nil {
		cfg.ServerName = addr
	}
	safe := tls.Client(http1.Quick(conn), cfg)
	if err := safe.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return safe, nil
}
