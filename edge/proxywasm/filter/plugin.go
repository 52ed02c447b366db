package filter

import (
	"math/bits"
	"strings"
	"time"

	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/router"
)

// maxStreams bounds how many requests a plugin holds at once.
const maxStreams = 4096

// Plugin is the filter in one thread of a proxy. Every callback of the proxy is a method.
type Plugin struct {
	host    Host
	state   router.State
	roots   map[uint32]*root
	streams map[uint32]*stream
	calls   map[uint32]*stream // by the number of the call that they wait for

	self  uint64 // who measures
	known uint64 // how many samples of the ring were seen
	swap  uint32 // of the ring as it was seen last
	owed  []debt
	dead  string // why; empty while all is well
	ticks int64  // where the proxy has no clock
}

// root is one configuration of the filter: a plugin context.
type root struct {
	id    uint32
	setup *setup // nil: none, so that nothing is served
	// values are the secrets by their names.
	values map[string]string
	next   time.Time // when a tick is asked for; zero: never
}

// New is a Plugin without a configuration.
func New(h Host) *Plugin {
	return &Plugin{host: h, roots: map[uint32]*root{}, streams: map[uint32]*stream{}, calls: map[uint32]*stream{}}
}

// Create begins a context: a plugin's, or a stream's of the plugin parent.
func (p *Plugin) Create(id, parent uint32) {
	p.guard(0, func() {
		if parent == 0 {
			p.roots[id] = &root{id: id}
			return
		}
		p.stream(id, parent)
	})
}

// stream is the one of that context. A proxy that says nothing of its plugin has one.
func (p *Plugin) stream(id, parent uint32) *stream {
	if s := p.streams[id]; s != nil {
		return s
	}
	on := p.roots[parent]
	if on == nil {
		on = &root{id: parent}
	}
	s := &stream{p: p, id: id, on: on, full: len(p.streams) >= maxStreams}
	p.streams[id] = s
	return s
}

// Start takes what the proxy's virtual machine is configured with: the secrets as a JSON object
// of names and values; or, from proxies that configure nothing else, an encoded map that holds
// the plugin's configuration under config, and the secrets under secrets.
func (p *Plugin) Start(id uint32, size int) (ok bool) {
	ok = true
	p.guard(0, func() {
		if size <= 0 {
			return
		}
		b, status := p.host.Buffer(VMConfig, 0, size)
		if status != OK {
			return
		}
		on := p.root(id)
		if strings.HasPrefix(strings.TrimLeft(string(b[:min(len(b), 64)]), " \t\r\n"), "{") {
			ok = p.secrets(on, b)
			return
		}
		fields, read := DecodeFields(b)
		if !read {
			ok = p.problem("the configuration of the virtual machine is neither a JSON object nor a map")
			return
		}
		if values := get(fields, "secrets"); values != "" {
			ok = p.secrets(on, []byte(values))
		}
		if config := get(fields, "config"); config != "" && ok {
			ok = p.configure(on, []byte(config))
		}
	})
	return ok && p.dead == ""
}

func (p *Plugin) root(id uint32) *root {
	if p.roots[id] == nil {
		p.roots[id] = &root{id: id}
	}
	return p.roots[id]
}

func (p *Plugin) secrets(on *root, doc []byte) bool {
	values, problem := readSecrets(doc)
	if problem != "" {
		return p.problem(problem)
	}
	on.values = values
	return true
}

// problem says what is wrong with a configuration.
func (p *Plugin) problem(text string) (ok bool) {
	p.host.Log(Error, "strowger: "+text)
	return false
}

// Configure takes a plugin's configuration.
func (p *Plugin) Configure(id uint32, size int) (ok bool) {
	p.guard(0, func() {
		if p.root(id).setup != nil && size <= 0 {
			ok = true // it came with the virtual machine
			return
		}
		b, status := p.host.Buffer(PluginConfig, 0, max(size, 0))
		if status != OK || len(b) == 0 {
			p.problem("there is no configuration")
			return
		}
		ok = p.configure(p.root(id), b)
	})
	return ok
}

func (p *Plugin) configure(on *root, doc []byte) bool {
	next, problem := readSetup(doc)
	if problem != "" {
		return p.problem(problem)
	}
	for _, other := range p.roots { // secrets belong to the virtual machine, which has one configuration
		if on.values == nil {
			on.values = other.values
		}
	}
	if names := next.missing(on.values); len(names) > 0 {
		p.host.Log(Warn, "strowger: no value was given for "+strings.Join(names, ", ")+": what needs it cannot be reached; put it into the configuration of the virtual machine")
	}
	on.setup = next
	if p.self == 0 {
		p.self = p.seed(on.id, p.now(on)) | 1
	}
	p.state.Board.Rules = next.router.Rules()
	p.book(p.now(on), nothing)
	p.learn()
	p.host.Log(Info, "strowger: serving catalog "+next.router.Catalog().Rev()+" in a proxy of profile "+next.profile.Name)
	return true
}

// now is the time, by the profile.
func (p *Plugin) now(on *root) time.Time {
	if on.setup != nil && on.setup.profile.Clock {
		return p.host.Now()
	}
	p.ticks++
	return time.UnixMicro(p.ticks).UTC()
}

// seed mixes what is random with what tells two requests apart where nothing is.
func (p *Plugin) seed(id uint32, now time.Time) uint64 {
	high, low := bits.Mul64(p.host.Random()^uint64(now.UnixNano()), 0x9e3779b97f4a7c15^uint64(id)<<32)
	return high ^ low
}

// Tick wakes the exchanges whose time has come.
func (p *Plugin) Tick(id uint32) {
	p.guard(0, func() {
		on := p.roots[id]
		if on == nil || on.setup == nil {
			return
		}
		now := p.now(on)
		on.next = time.Time{}
		var due []*stream
		var next time.Time
		for _, s := range p.streams {
			switch {
			case s.on != on || s.wake.IsZero():
			case !s.wake.After(now):
				due = append(due, s)
			case next.IsZero() || s.wake.Before(next):
				next = s.wake
			}
		}
		for _, s := range due {
			s.wake = time.Time{}
			p.within(s, s.woke)
		}
		p.host.Effective(on.id)
		if next.IsZero() && on.next.IsZero() {
			p.host.Tick(0)
			return
		}
		p.ask(on, next, now)
	})
}

// ask has the proxy tick at a moment, unless it does so before.
func (p *Plugin) ask(on *root, at, now time.Time) {
	if at.IsZero() || !on.next.IsZero() && !at.Before(on.next) {
		return
	}
	on.next = at
	p.host.Effective(on.id)
	p.host.Tick(uint32(min(max(at.Sub(now).Milliseconds()+1, 1), 1<<30)))
}

// within runs f for a stream, whatever context the callback is about.
func (p *Plugin) within(s *stream, f func()) {
	p.guard(s.id, func() {
		p.host.Effective(s.id)
		f()
	})
}

// CallResponse is told what a call has brought; no headers mean that it failed.
func (p *Plugin) CallResponse(number uint32, headers, body int) {
	p.guard(0, func() {
		s := p.calls[number]
		if s == nil {
			return // of a stream that is over, or an attempt that is
		}
		delete(p.calls, number)
		p.within(s, func() { s.called(headers, body) })
	})
}

// Done says that a context is over: a stream whose exchange is not finished was left by its
// caller.
func (p *Plugin) Done(id uint32) {
	if s := p.streams[id]; s != nil {
		p.guard(0, func() { s.left() })
	}
}

// Delete ends a context.
func (p *Plugin) Delete(id uint32) {
	p.Done(id)
	delete(p.streams, id)
	delete(p.roots, id)
}

// nothing changes no account.
func nothing(*limits.Ledger) bool { return false }

// guard runs f. A panic, which is a bug of ours, ends this plugin: what it left behind cannot be
// trusted. The caller whose stream it was is told.
func (p *Plugin) guard(id uint32, f func()) {
	defer func() {
		if cause := recover(); cause != nil {
			p.die(cause)
			p.answerDead(p.streams[id], 500)
		}
	}()
	if p.dead == "" {
		f()
	}
}

func (p *Plugin) die(cause any) {
	if p.dead != "" {
		return
	}
	p.dead = "a panic"
	switch cause := cause.(type) {
	case error:
		p.dead = cause.Error()
	case string:
		p.dead = cause
	}
	p.host.Log(Critical, "strowger: a bug ended the filter in this thread, which answers 503 from now on; restart the proxy: "+p.dead)
}

// deadBody is for callers of a filter that has failed, where nothing of the core is used any more.
const deadBody = `{"error":{"message":"a bug in strowger ended its filter in this thread of the proxy; its log says more","type":"api_error","code":"internal"}}`

// answerDead tells a caller that the filter has failed, if that can be told yet.
func (p *Plugin) answerDead(s *stream, status int) {
	defer func() { _ = recover() }() // there is nothing left to be tried
	switch {
	case s == nil || s.done:
	case s.begun:
		s.done = true
		p.host.Close(Response)
	default:
		s.done = true
		body := p.deadError(s, status)
		p.host.Respond(status, "strowger_failed", errorHeaders, body)
	}
}

// deadError is the error in the caller's schema, if that much still works.
func (p *Plugin) deadError(s *stream, status int) (body []byte) {
	defer func() {
		if recover() != nil {
			body = []byte(deadBody)
		}
	}()
	return router.Ingress(s.req.schema).AppendError(nil, &llm.Error{Code: llm.CodeInternal, Status: status, Message: "a bug in strowger ended its filter in this thread of the proxy; its log says more"})
}

var errorHeaders = []Field{{"content-type", "application/json"}, {"x-should-retry", "false"}}
