package proxytest

import (
	"context"
	"fmt"
)

// part is a part of a message.
type part int

const (
	inHeaders part = iota
	inBody
	inTrailers
)

func (p part) String() string { return [...]string{"headers", "body", "trailers"}[p] }

// flow is one direction of a stream: a message on its way through the module.
type flow struct {
	name     string // request or response
	headers  Pairs
	trailers Pairs
	body     []byte // what a callback for the body sees: a chunk, or all since a pause

	at     part    // where it is
	open   [3]bool // what the module can reach
	paused bool
	ended  bool // all of it has been through a callback

	sent     bool   // the headers are released
	ready    []byte // released and not taken yet
	released int    // bytes in all
}

// release lets everything go that was held back.
func (f *flow) release() {
	f.paused, f.open, f.sent = false, [3]bool{}, true
	f.ready = append(f.ready, f.body...)
	f.released += len(f.body)
	f.body = nil
}

// local is a response that a module, or the host itself, made up.
type local struct {
	status  int
	headers Pairs
	body    []byte
}

// stream is one request with its response. Its VM's lock guards it.
type stream struct {
	vm        *vm
	id        uint32
	request   flow
	response  flow
	local     *local // in the place of what is under way
	replied   bool   // there was a local response
	closed    bool   // by the module
	finishing bool   // proxy_on_done answered false
	logging   bool   // proxy_on_log runs
	wake      chan struct{}
}

func (v *vm) open(request Pairs) *stream {
	v.contexts++
	s := &stream{
		vm: v, id: v.contexts, wake: make(chan struct{}, 1),
		request:  flow{name: "request", headers: request},
		response: flow{name: "response"},
	}
	v.streams[s.id] = s
	v.call("proxy_on_context_create", s.id, uint64(s.id), rootContext)
	return s
}

// poke wakes whoever waits for the stream.
func (s *stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// over says whether the flow leads nowhere any more.
func (s *stream) over(f *flow) bool {
	return s.closed || s.vm.dead != nil || s.local != nil && !(f == &s.response && f.sent)
}

// step takes a part of a message through its callback and does what that answers.
func (s *stream) step(f *flow, p part, end bool) {
	f.at, f.open[p], f.ended = p, true, end
	size, last := len(f.headers), uint64(0)
	if end {
		last = 1
	}
	s.vm.flow = f
	name := fmt.Sprintf("proxy_on_%s_%s", f.name, p)
	var action uint32
	switch p {
	case inHeaders:
		action, _ = s.vm.call(name, s.id, uint64(s.id), uint64(size), last)
	case inBody:
		action, _ = s.vm.call(name, s.id, uint64(s.id), uint64(len(f.body)), last)
	case inTrailers:
		action, _ = s.vm.call(name, s.id, uint64(s.id), uint64(len(f.trailers)))
	}
	s.vm.flow = nil
	switch {
	case s.over(f):
	case action == actionContinue:
		f.release()
	case action == actionPause:
		f.paused = true
	default:
		s.vm.host.violate("%s (context %d): there is no action %d", name, s.id, action)
		f.paused = true
	}
	if size := f.headers.size(); size > maxHeaders {
		s.vm.host.violate("%s (context %d): %d bytes of headers are too many", name, s.id, size)
	}
}

// continueFlow releases what is paused once the running callback is through.
func (c *crossing) continueFlow(s *stream, f *flow) {
	switch {
	case c.vm.flow == f:
		c.violate("the %s is in this very callback: return continue instead", f.name)
	case !f.paused:
		c.violate("the %s is not paused", f.name)
	default:
		f.paused, f.open, f.sent = false, [3]bool{}, true
		c.vm.after = append(c.vm.after, func() {
			f.release()
			s.poke()
		})
	}
}

func (s *stream) reply(l *local) { s.local, s.replied = l, true }

// end takes the stream down. The module may keep its context until it calls proxy_done.
func (s *stream) end() {
	if s.vm.dead != nil {
		delete(s.vm.streams, s.id)
		return
	}
	s.closed = true
	s.finishing = true
	if done, _ := s.vm.call("proxy_on_done", s.id, uint64(s.id)); done != 0 {
		s.finishing = false
		s.forget()
	}
}

// forget lets the module log, and forget, the stream.
func (s *stream) forget() {
	s.logging = true
	s.vm.call("proxy_on_log", s.id, uint64(s.id))
	s.logging = false
	s.vm.call("proxy_on_delete", s.id, uint64(s.id))
	delete(s.vm.streams, s.id)
}

// chunk is something that arrived: a piece of a body, or its end with the trailers.
type chunk struct {
	data     []byte
	end      bool
	trailers Pairs
	err      error
}

// run takes what arrives through the module until the flow has ended and all is released, or
// it leads nowhere. carry is called without the lock, whenever something may be released.
func (s *stream) run(ctx context.Context, f *flow, arrivals <-chan chunk, carry func() error) error {
	for {
		s.vm.mu.Lock()
		stopped := f.paused && f.at == inHeaders && s.vm.host.opts.Profile.HeadersPause == PauseStopsAll
		over, done := s.over(f), f.ended && !f.paused
		s.vm.mu.Unlock()
		if err := carry(); err != nil || over || done {
			return err
		}
		in := arrivals
		if stopped || f.ended {
			in = nil
		}
		select {
		case c := <-in:
			if c.err != nil {
				return c.err
			}
			s.vm.mu.Lock()
			s.feed(f, c)
			s.vm.mu.Unlock()
		case <-s.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// feed hands over what arrived.
func (s *stream) feed(f *flow, c chunk) {
	if s.over(f) {
		return
	}
	f.body = append(f.body, c.data...)
	if len(f.body) > s.vm.host.opts.MaxBody {
		s.tooLarge(f)
		return
	}
	if !c.end || len(c.trailers) == 0 {
		s.step(f, inBody, c.end)
		return
	}
	if len(c.data) > 0 {
		s.step(f, inBody, false)
	}
	if !s.over(f) {
		f.trailers = c.trailers
		s.step(f, inTrailers, true)
	}
}

// tooLarge is what Envoy does when more is held back than its buffers take.
func (s *stream) tooLarge(f *flow) {
	s.vm.host.violate("context %d: the module holds back %d bytes of the %s, which is more than %d", s.id, len(f.body), f.name, s.vm.host.opts.MaxBody)
	switch {
	case f == &s.request:
		s.reply(&local{status: 413})
	case f.sent:
		s.closed = true
	default:
		s.reply(&local{status: 500})
	}
}
