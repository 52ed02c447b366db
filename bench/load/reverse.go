package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"strowger/bench/traffic"
	"strowger/desktop/collector"
)

// Words that start a peer instead of the load.
const (
	peerProvider = "provider"
	peerReverse  = "reverse"
)

// runReverse serves net/http/httputil.ReverseProxy to target until in ends. It is net/http's server and
// transport, set as well as they can be for this: the limits and the sizes of buffers of strowger's own server and
// client (desktop/proxy, desktop/http1), its pace of the collector, and buffers to copy with. What is
// tuned there is to be tuned here.
func runReverse(ctx context.Context, in io.Reader, out io.Writer, target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	collector.Pace()
	dialer := net.Dialer{KeepAlive: 30 * time.Second}
	s := &http.Server{
		Handler: &httputil.ReverseProxy{
			Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(u) },
			BufferPool: &buffers{},
			Transport: &http.Transport{
				DialContext:            dialer.DialContext,
				ForceAttemptHTTP2:      true,
				DisableCompression:     true,
				MaxIdleConns:           512,
				MaxIdleConnsPerHost:    128,
				IdleConnTimeout:        60 * time.Second,
				TLSHandshakeTimeout:    10 * time.Second,
				MaxResponseHeaderBytes: 256 << 10,
				WriteBufferSize:        32 << 10,
				ReadBufferSize:         32 << 10,
			},
		},
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	fmt.Fprintln(out, "serving at", "http://"+l.Addr().String())
	traffic.UntilEnd(ctx, in)
	_ = s.Close() // nothing is going on any more
	<-served
	return nil
}

// buffers is a pool for httputil.ReverseProxy.
type buffers struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

// Put implements httputil.BufferPool.
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
