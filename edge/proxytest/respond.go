package proxytest

import (
	"context"
	"net/http"
	"strconv"
)

// settle ends a transit whose flow leads nowhere any more; else it answers false.
func (t *transit) settle(ctx context.Context, f *flow, err error) bool {
	var own *local
	var closed, dead, paused bool
	t.lock(func(s *stream) {
		own, closed, dead, paused = s.local, s.closed, s.vm.dead != nil, f.paused
		s.local = nil
	})
	switch {
	case err == nil && own == nil && !closed && !dead:
		return false
	case dead:
		t.failed(ctx)
	case closed:
		panic(http.ErrAbortHandler)
	case own != nil:
		t.answer(ctx, own)
	case t.wrote: // the upstream broke off, or the time is up
		panic(http.ErrAbortHandler)
	case ctx.Err() != nil:
		if paused {
			t.host.violate("context %d: the %s was still paused in its %s when the time was up", t.stream.id, f.name, f.at)
		}
		t.w.WriteHeader(http.StatusGatewayTimeout)
	default:
		t.w.WriteHeader(http.StatusBadGateway)
	}
	return true
}

// answer sends a local response, through the module if that has not seen a response yet and
// the host does so.
func (t *transit) answer(ctx context.Context, l *local) {
	headers := append(Pairs{{":status", strconv.Itoa(l.status)}}, l.headers...)
	if len(l.body) > 0 {
		headers = headers.with("content-length", strconv.Itoa(len(l.body)))
	}
	seen := false
	t.lock(func(s *stream) { seen = s.response.headers != nil })
	if t.host.opts.Profile.LocalThroughFilter && !seen {
		arrivals := make(chan chunk, 2)
		arrivals <- chunk{data: l.body}
		arrivals <- chunk{end: true}
		t.respond(ctx, headers, arrivals, len(l.body) == 0)
		return
	}
	t.begin(headers)
	_, _ = t.w.Write(l.body)
}

// begin writes status and headers to the caller.
func (t *transit) begin(p Pairs) {
	setFields(t.w.Header(), p)
	text, _ := p.Get(":status")
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > 599 {
		t.host.violate("context %d: the response has the status %q", t.stream.id, text)
		status = http.StatusBadGateway
	}
	t.w.WriteHeader(status)
	t.wrote = true
}

// respond takes a response through the module, to the caller.
func (t *transit) respond(ctx context.Context, headers Pairs, arrivals <-chan chunk, empty bool) {
	s, f := t.stream, &t.stream.response
	t.lock(func(s *stream) {
		f.headers = append(Pairs{}, headers...)
		if s.vm.dead == nil {
			s.step(f, inHeaders, empty)
		}
		t.giveUp(f)
	})
	err := s.run(ctx, f, arrivals, func() error { return t.write(f) })
	var dead bool
	t.lock(func(s *stream) { dead = s.vm.dead != nil })
	if dead && t.host.opts.Profile.FailOpen {
		t.past(ctx, headers, arrivals)
		return
	}
	if t.settle(ctx, f, err) {
		return
	}
	t.lock(func(s *stream) {
		if !t.head {
			t.host.checkLength(s, f.name, f.headers, f.released)
		}
		stated, ok := headers.Get("content-length")
		if t.host.opts.Profile.KeepContentLength && ok && stated != strconv.Itoa(f.released) && !t.head {
			t.host.violate("context %d: this host waits for the %s bytes that the upstream stated, the module makes %d", s.id, stated, f.released)
		}
		for _, field := range f.trailers {
			t.w.Header().Add(http.TrailerPrefix+field[0], field[1])
		}
	})
}

// write hands the caller what has been released.
func (t *transit) write(f *flow) error {
	var headers Pairs
	var data []byte
	var sent bool
	t.lock(func(*stream) { headers, data, sent, f.ready = f.headers, f.ready, f.sent, nil })
	if !sent {
		return nil
	}
	if !t.wrote {
		t.begin(headers)
	}
	if _, err := t.w.Write(data); err != nil && len(data) > 0 && err != http.ErrContentLength {
		return err
	}
	_ = http.NewResponseController(t.w).Flush() // a recorder may not
	return nil
}

// failed is what the host does with a request whose module has trapped.
func (t *transit) failed(ctx context.Context) {
	p := t.host.opts.Profile
	switch {
	case t.wrote:
		panic(http.ErrAbortHandler)
	case !p.FailOpen:
		t.w.WriteHeader(p.FailStatus)
		return
	}
	req, err := t.host.routed(ctx, t.original, t.body, t.trailers)
	if err != nil {
		t.w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	resp, err := t.host.client.RoundTrip(req)
	if err != nil {
		t.w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer resp.Body.Close()
	t.past(ctx, responsePairs(resp), reading(ctx, resp))
}

// past hands a response on without the module, from where that left it.
func (t *transit) past(ctx context.Context, headers Pairs, arrivals <-chan chunk) {
	if !t.wrote {
		t.begin(headers)
	}
	if t.stream != nil {
		f := &t.stream.response
		_, _ = t.w.Write(append(f.ready, f.body...))
	}
	for {
		select {
		case c := <-arrivals:
			_, _ = t.w.Write(c.data)
			if c.end || c.err != nil {
				return
			}
		case <-ctx.Done():
			panic(http.ErrAbortHandler)
		}
	}
}
