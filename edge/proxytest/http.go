package proxytest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	maxRequest = 64 << 20 // of a caller, whatever a module holds
	chunkSize  = 16 << 10
)

// hopByHop are the fields that belong to one connection.
var hopByHop = []string{"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}

// fieldPairs are header fields by name; what belongs to the connection is left out.
func fieldPairs(h http.Header) (p Pairs) {
	for name, values := range h {
		for _, value := range values {
			if lower := strings.ToLower(name); !slices.Contains(hopByHop, lower) {
				p = append(p, [2]string{lower, value})
			}
		}
	}
	slices.SortStableFunc(p, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return p
}

func requestPairs(r *http.Request) Pairs {
	return append(Pairs{
		{":authority", r.Host}, {":path", r.URL.RequestURI()}, {":method", r.Method}, {":scheme", "http"},
	}, fieldPairs(r.Header)...)
}

func responsePairs(r *http.Response) Pairs {
	return append(Pairs{{":status", strconv.Itoa(r.StatusCode)}}, fieldPairs(r.Header)...)
}

// setFields copies all but pseudo headers.
func setFields(h http.Header, p Pairs) {
	for _, f := range p {
		if !strings.HasPrefix(f[0], ":") && !slices.Contains(hopByHop, f[0]) {
			h.Add(f[0], f[1])
		}
	}
}

// newRequest is a request to a cluster.
func newRequest(ctx context.Context, base string, p Pairs, body []byte, trailers Pairs) (*http.Request, error) {
	method, _ := p.Get(":method")
	path, _ := p.Get(":path")
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf(":path %q does not begin with a slash", path)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, nil)
	if err != nil {
		return nil, err
	}
	setFields(req.Header, p)
	req.Host, _ = p.Get(":authority")
	if _, ok := p.Get("user-agent"); !ok {
		req.Header.Set("User-Agent", "") // none, not Go's
	}
	if len(body) > 0 || len(trailers) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.ContentLength = -1
		if _, ok := p.Get("content-length"); ok && len(trailers) == 0 {
			req.ContentLength = int64(len(body))
		}
	}
	if len(trailers) > 0 {
		req.Trailer = http.Header{}
		setFields(req.Trailer, trailers)
	}
	return req, nil
}

// checkLength notes a content-length that is not the length.
func (h *Host) checkLength(s *stream, what string, p Pairs, size int) {
	if stated, ok := p.Get("content-length"); ok && stated != strconv.Itoa(size) {
		h.violate("context %d: the %s says content-length %s and has %d bytes: remove or correct it with the headers", s.id, what, stated, size)
	}
}

// ServeHTTP takes a request through the module, to the cluster that it names, and back.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.take() {
		http.Error(w, "the host is closed", http.StatusServiceUnavailable)
		return
	}
	defer h.serving.Done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.opts.StreamTimeout)
	defer cancel()
	t := &transit{host: h, w: w, original: requestPairs(r), body: body, trailers: fieldPairs(r.Trailer), head: r.Method == http.MethodHead}
	v := h.worker(ctx)
	v.mu.Lock()
	if v.dead != nil {
		v.mu.Unlock()
		t.failed(ctx)
		return
	}
	t.stream = v.open(append(Pairs{}, t.original...))
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		t.stream.end()
	}()
	t.serve(ctx)
}

// transit is one request on its way.
type transit struct {
	host     *Host
	stream   *stream
	w        http.ResponseWriter
	original Pairs
	body     []byte
	trailers Pairs
	head     bool
	wrote    bool
}

// lock runs f with the stream locked.
func (t *transit) lock(f func(s *stream)) {
	t.stream.vm.mu.Lock()
	defer t.stream.vm.mu.Unlock()
	f(t.stream)
}

func (t *transit) serve(ctx context.Context) {
	s := t.stream
	arrivals := t.chunks(t.body, t.trailers)
	t.lock(func(s *stream) {
		if s.vm.dead == nil {
			s.step(&s.request, inHeaders, len(arrivals) == 0)
		}
		t.giveUp(&s.request)
	})
	err := s.run(ctx, &s.request, arrivals, func() error { return nil })
	if t.settle(ctx, &s.request, err) {
		return
	}
	resp, err := t.forward(ctx)
	if resp == nil {
		if err != nil {
			t.lock(func(s *stream) {
				s.local = &local{status: http.StatusServiceUnavailable, body: []byte("upstream connect error")}
			})
			t.settle(ctx, &s.request, nil)
		}
		return
	}
	defer resp.Body.Close()
	t.respond(ctx, responsePairs(resp), reading(ctx, resp), t.head || resp.ContentLength == 0)
}

// giveUp is what hosts do that do not know a pause in headers.
func (t *transit) giveUp(f *flow) {
	s := t.stream
	if f.paused && t.host.opts.Profile.HeadersPause == PauseEnds && !s.over(f) {
		t.host.violate("proxy_on_%s_headers (context %d): a pause there ends the processing on this host", f.name, s.id)
		s.reply(&local{status: http.StatusGatewayTimeout})
	}
}

// chunks are a body as it arrives from a caller.
func (t *transit) chunks(body []byte, trailers Pairs) <-chan chunk {
	if len(body) == 0 && len(trailers) == 0 {
		return nil
	}
	size := chunkSize
	if t.host.opts.Profile.WholeRequest {
		size = max(len(body), 1)
	}
	pieces := slices.Collect(slices.Chunk(body, size))
	arrivals := make(chan chunk, len(pieces)+1)
	for i, piece := range pieces {
		arrivals <- chunk{data: piece, end: t.host.opts.Profile.WholeRequest && i == len(pieces)-1, trailers: trailers}
	}
	if !t.host.opts.Profile.WholeRequest || len(pieces) == 0 {
		arrivals <- chunk{end: true, trailers: trailers}
	}
	return arrivals
}

// reading is an upstream's answer, as it arrives.
func reading(ctx context.Context, resp *http.Response) <-chan chunk {
	arrivals := make(chan chunk)
	send := func(c chunk) bool {
		select {
		case arrivals <- c:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		for {
			b := make([]byte, chunkSize)
			n, err := resp.Body.Read(b)
			if n > 0 && !send(chunk{data: b[:n]}) {
				return
			}
			if err == io.EOF {
				send(chunk{end: true, trailers: fieldPairs(resp.Trailer)})
				return
			}
			if err != nil {
				send(chunk{err: err})
				return
			}
		}
	}()
	return arrivals
}

// forward sends the request on as the module left it; without an error and an answer the caller
// has been answered.
func (t *transit) forward(ctx context.Context) (*http.Response, error) {
	var req *http.Request
	var err error
	t.lock(func(s *stream) {
		f := &s.request
		_, had := t.original.Get("content-length")
		_, has := f.headers.Get("content-length")
		if t.host.opts.Profile.KeepContentLength && had && !has && len(f.ready) > 0 {
			t.host.violate("context %d: this host needs the content-length that the module removed", s.id)
			s.reply(&local{status: http.StatusLengthRequired})
			return
		}
		t.host.checkLength(s, f.name, f.headers, len(f.ready))
		req, err = t.host.routed(ctx, f.headers, f.ready, f.trailers)
	})
	if err != nil {
		return nil, err
	}
	if t.settle(ctx, &t.stream.request, nil) {
		return nil, nil
	}
	got := make(chan arrival, 1)
	go func() {
		resp, err := t.host.client.RoundTrip(req)
		got <- arrival{resp, err}
	}()
	for {
		select {
		case a := <-got:
			if !t.settle(ctx, &t.stream.request, nil) {
				return a.resp, a.err
			}
			a.close()
			return nil, nil
		case <-t.stream.wake: // a tick or an answer may have decided meanwhile
			if t.settle(ctx, &t.stream.request, nil) {
				go func() { a := <-got; a.close() }() // the request ends with ctx
				return nil, nil
			}
		}
	}
}

// arrival is what an upstream has answered.
type arrival struct {
	resp *http.Response
	err  error
}

func (a arrival) close() {
	if a.err == nil {
		a.resp.Body.Close()
	}
}

// routed is the request to the cluster that its headers name.
func (h *Host) routed(ctx context.Context, p Pairs, body []byte, trailers Pairs) (*http.Request, error) {
	name, _ := p.Get(h.opts.RouteHeader)
	base, ok := h.opts.Clusters[name]
	if !ok && name == "" {
		authority, _ := p.Get(":authority")
		if base, ok = h.opts.Clusters[authority]; !ok {
			base, ok = h.opts.Clusters[h.opts.DefaultCluster]
		}
	}
	if !ok {
		return nil, fmt.Errorf("no cluster %q", name)
	}
	return newRequest(ctx, base, p, body, trailers)
}
