package filter

import (
	"strings"
	"time"

	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

// place is where a stream is being called back.
type place uint8

const (
	elsewhere place = iota // a tick, or the answer to a call
	inRequestHeaders
	inRequestBody
	inResponseHeaders
	inResponseBody
)

// stream is one request with its response.
type stream struct {
	p    *Plugin
	on   *root
	id   uint32
	full bool // there were too many already

	// Of the callback.
	at   place
	size int  // of the buffer
	end  bool // nothing comes behind

	req    request
	setup  *setup // that the request began with
	call   router.Call
	x      *exchange.Exchange
	events []exchange.Event // that doing what the exchange says has brought
	wake   time.Time

	// Of the attempt in flight.
	attempt int // 0: none
	own     bool
	number  uint32 // of the call that it waits for
	status  int
	bytes   int // of its answer so far

	sent bool // the proxy's own request is on its way
	seen int  // how much of the response's buffer has been read

	reply    *exchange.Reply
	out      []byte // behind it, not handed over yet
	finished bool
	cut      bool

	begun   bool // the response's headers are on their way
	waiting bool // the response is paused at its end
	done    bool // nothing is to be done any more
}

// RequestHeaders begins a request.
func (p *Plugin) RequestHeaders(id uint32, end bool) (action Action) {
	action = Pause // whatever goes wrong, nothing goes to a cluster that the proxy takes by itself
	s := p.stream(id, p.only())
	if p.dead != "" {
		p.answerDead(s, 503)
		return action
	}
	p.guard(id, func() {
		s.at, s.end, s.size = inRequestHeaders, end, 0
		action = s.headers()
	})
	return action
}

// only is the plugin of a stream that came without context.
func (p *Plugin) only() uint32 {
	for id := range p.roots {
		return id
	}
	return 0
}

// headers answers what can be answered without a body.
func (s *stream) headers() Action {
	s.setup = s.on.setup
	fields, status := s.p.host.Fields(RequestHeaders)
	switch {
	case status != OK:
		return s.refuse(&llm.Error{Code: llm.CodeInternal, Message: "the proxy does not show the request's headers"})
	case s.setup == nil:
		return s.refuse(&llm.Error{Code: llm.CodeInternal, Status: 503, Message: "strowger is not configured in this proxy"})
	}
	s.req = readRequest(fields, s.setup.router)
	provoke(&s.req)
	if s.full {
		return s.refuse(&llm.Error{Code: llm.CodeInternal, Status: 503, Message: "too many requests at once"})
	}
	key, refused := s.setup.caller(&s.req)
	switch {
	case refused != nil:
		return s.refuse(refused)
	case !s.req.served:
		return s.list()
	case s.req.method != "POST":
		return s.refuse(&llm.Error{Code: llm.CodeMethod, Message: s.req.path + " takes POST"}, Field{"allow", "POST"})
	}
	if refused := s.req.refused(s.setup.maxBody); refused != nil {
		return s.refuse(refused)
	}
	s.call = router.Call{
		Entry: s.req.entry, Key: key, ProviderHeader: []byte(s.req.header("x-strowger-provider")),
		CacheControl: s.req.header("cache-control"), Header: s.req.header,
	}
	if s.end {
		return s.open(nil)
	}
	if s.setup.profile.Headers == HeldAlone {
		return Pause
	}
	return s.letGo()
}

// list answers GET requests about models and endpoints.
func (s *stream) list() Action {
	on := s.setup.router
	l, ok := on.ListingOf(s.req.path)
	switch {
	case !ok:
		return s.refuse(on.Nowhere(s.req.path))
	case s.req.method != "GET" && s.req.method != "HEAD":
		return s.refuse(&llm.Error{Code: llm.CodeMethod, Message: s.req.path + " takes GET"}, Field{"allow", "GET, HEAD"})
	}
	body, unknown := on.AppendListing(nil, l, &s.p.state.Board, s.p.now(s.on))
	if unknown != nil {
		return s.refuse(unknown)
	}
	if s.req.method == "HEAD" {
		body = nil
	}
	return s.respond(200, []Field{{"content-type", "application/json"}}, body)
}

// refuse answers outside of any exchange, so that the SDKs of the caller's schema raise their
// own error with the message in it.
func (s *stream) refuse(e *llm.Error, more ...Field) Action {
	return s.respond(e.HTTPStatus(), append(more, errorHeaders...), router.Ingress(s.req.schema).AppendError(nil, e))
}

// respond answers in the place of an upstream.
func (s *stream) respond(status int, headers []Field, body []byte) Action {
	s.done = true
	if s.p.host.Respond(status, "strowger", headers, body) != OK {
		s.p.host.Log(Error, "strowger: the proxy takes no response of the filter's own; it breaks off")
		s.p.host.Close(Response)
	}
	return Pause
}

// RequestBody takes what there is of a request's body; size is all of it so far.
func (p *Plugin) RequestBody(id uint32, size int, end bool) (action Action) {
	action = Pause
	s := p.streams[id]
	if s == nil || p.dead != "" {
		p.answerDead(s, 503)
		return action
	}
	p.guard(id, func() {
		s.at, s.size, s.end = inRequestBody, size, end
		action = s.body()
	})
	return action
}

// RequestTrailers are the end of a body, too.
func (p *Plugin) RequestTrailers(id uint32) (action Action) {
	action = Pause
	s := p.streams[id]
	if s == nil || p.dead != "" {
		p.answerDead(s, 503)
		return action
	}
	p.guard(id, func() {
		s.at, s.end = inRequestBody, true
		action = s.body()
	})
	return action
}

func (s *stream) body() Action {
	switch {
	case s.done:
		return Pause
	case s.x != nil: // behind the end: the trailers
		return s.proceed()
	case s.setup == nil:
		return Pause
	case s.size > s.setup.maxBody:
		return s.refuse(tooLarge(s.setup.maxBody))
	case !s.end:
		return Pause
	}
	body, status := s.p.host.Buffer(RequestBody, 0, s.size)
	if status != OK && s.size > 0 || len(body) != s.size {
		return s.refuse(&llm.Error{Code: llm.CodeInternal, Message: "the proxy does not show the request's body"})
	}
	return s.open(body)
}

// open begins the exchange, now that the request is complete.
func (s *stream) open(body []byte) Action {
	s.call.Body = body
	now := s.p.now(s.on)
	s.call.Seed = s.p.seed(s.id, now)
	s.call.ID = newID(now, s.p.seed(s.id, now), s.p.seed(s.id, now))
	s.p.learn()
	s.start(now)
	s.settle()
	return s.proceed()
}

// start takes the first step. If it reserves money that another thread was faster to reserve, it
// is taken anew under the accounts as they are then.
func (s *stream) start(now time.Time) {
	state := &s.p.state
	var cmds []exchange.Command
	problem := s.p.book(now, func(l *limits.Ledger) bool {
		s.x = s.setup.router.Open(s.call)
		cmds = s.x.Step(now, state.Started())
		for _, cmd := range cmds {
			if a, ok := cmd.(exchange.Admit); ok {
				l.Admit(now, a.Admission)
				return true
			}
		}
		return false
	})
	if problem != "" {
		s.x = nil
		s.refuse(&llm.Error{Code: llm.CodeInternal, Status: 503, Message: problem})
		return
	}
	s.do(now, cmds)
}

// unbooked are cmds less what is about the accounts, which are changed where all see them.
func unbooked(cmds []exchange.Command) (rest []exchange.Command) {
	for _, cmd := range cmds {
		switch cmd.(type) {
		case exchange.Admit, exchange.Settle:
		default:
			rest = append(rest, cmd)
		}
	}
	return rest
}

// proceed is what becomes of the proxy's own request.
func (s *stream) proceed() Action {
	if s.done || !s.sent {
		return Pause
	}
	return Go
}

// tell is a step of the exchange, and what follows from it.
func (s *stream) tell(ev exchange.Event) {
	if s.x == nil || s.finished {
		return
	}
	s.events = append(s.events, ev)
	for len(s.events) > 0 && !s.finished {
		ev := s.events[0]
		s.events = s.events[1:]
		now := s.p.now(s.on)
		s.do(now, s.x.Step(now, ev))
	}
	s.events = nil
}

// settle tells what the first step has brought, and hands over what can be.
func (s *stream) settle() {
	if len(s.events) > 0 {
		first := s.events[0]
		s.events = s.events[1:]
		s.tell(first)
	}
	s.deliver()
}

// do does what the exchange says. The commands are good until its next step, so what comes of
// them waits.
func (s *stream) do(now time.Time, cmds []exchange.Command) {
	s.p.state.Apply(now, unbooked(cmds))
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case exchange.Lookup: // nothing is kept here
			s.events = append(s.events, exchange.Cached{Attempt: cmd.Attempt})
		case exchange.Send:
			if failed := s.send(&cmd); failed != nil {
				s.events = append(s.events, *failed)
			}
		case exchange.Cancel:
			s.drop()
		case exchange.Wake:
			s.wake = cmd.At
			s.p.ask(s.on, cmd.At, now)
			s.p.host.Effective(s.id)
		case exchange.Settle:
			s.p.settle(now, cmd.Admission, cmd.Spent)
		case exchange.Record:
			s.p.share(cmd.Sample)
		case exchange.Reply:
			s.reply = &exchange.Reply{Status: cmd.Status, Header: append([]exchange.Header(nil), cmd.Header...)}
		case exchange.Write:
			s.out = append(s.out, cmd.Bytes...)
		case exchange.Finish:
			s.finished, s.cut, s.wake = true, cmd.Cut, time.Time{}
			s.drop()
		}
	}
}

// drop forgets the attempt in flight; a call cannot be taken back.
func (s *stream) drop() {
	if s.number != 0 {
		delete(s.p.calls, s.number)
	}
	s.attempt, s.own, s.number = 0, false, 0
	s.status, s.bytes = 0, 0
}

func (s *stream) woke() {
	s.at = elsewhere
	s.tell(exchange.Woke{})
	s.deliver()
}

// left is the end of a stream, whoever ended it.
func (s *stream) left() {
	if s.x != nil && !s.finished {
		s.at, s.done = elsewhere, true
		s.reset()
		s.tell(exchange.Left{})
	}
	s.drop()
	s.done, s.finished, s.wake = true, true, time.Time{}
	s.x, s.out, s.call.Body = nil, nil, nil
}

// reset notes that it was the upstream that broke off, where the proxy says so: that ends a stream
// on whose behalf the proxy has seen the beginning of an answer, whatever the caller has seen.
func (s *stream) reset() {
	if d := s.setup.profile.Details; s.own && d != nil {
		if details, _ := s.p.host.Property(d...); strings.HasPrefix(details, "upstream_reset_after_response_started") {
			s.fail(stats.OutcomeCut, "the connection broke in mid-answer")
		}
	}
}

// fail is a failure of the attempt in flight.
func (s *stream) fail(o stats.Outcome, message string) {
	n := s.attempt
	s.attempt, s.own = 0, false
	s.tell(exchange.Failed{Attempt: n, Outcome: o, Message: message, Died: strings.Contains(message, "connection_termination")})
}
