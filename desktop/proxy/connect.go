package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

// newTransport is the client side for all providers. Roots, if not nil, are the authorities
// that are trusted instead of the system's.
func newTransport(d *net.Dialer, roots *x509.CertPool) *http.Transport {
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
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    128,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
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
	safe := tls.Client(conn, cfg)
	if err := safe.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return safe, nil
}
