package filter

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/exchange"
	"strowger/core/stats"
)

// lastWords is how long the error that ends a stream has to reach the caller, before the stream is
// broken off.
const lastWords = 500 * time.Millisecond

// ResponseHeaders begins a response: of an upstream, of the proxy's own, or of the filter's.
func (p *Plugin) ResponseHeaders(id uint32, end bool) Action {
	return p.response(id, inResponseHeaders, 0, end, func(s *stream) Action {
		action := s.answers()
		if !s.done && s.setup.profile.Headers == HeldNever {
			return Go // they can be changed with the body
		}
		return action
	})
}

// ResponseBody takes what there is of a response's body.
func (p *Plugin) ResponseBody(id uint32, size int, end bool) Action {
	return p.response(id, inResponseBody, size, end, (*stream).answered)
}

// ResponseTrailers are the end of a response.
func (p *Plugin) ResponseTrailers(id uint32) Action {
	return p.response(id, elsewhere, 0, true, (*stream).trailed)
}

// response is one of the callbacks for responses.
func (p *Plugin) response(id uint32, at place, size int, end bool, f func(*stream) Action) (action Action) {
	s := p.streams[id]
	switch {
	case s == nil || s.done || s.x == nil && p.dead == "": // nothing of ours, or our own response
		return Go
	case p.dead != "":
		p.answerDead(s, 503)
		return Pause
	}
	action = Pause
	p.guard(id, func() {
		s.at, s.size, s.end = at, size, end
		action = f(s)
	})
	return action
}

// answers is the beginning of a response.
func (s *stream) answers() Action {
	if !s.own { // of an attempt that was given up
		return Pause
	}
	fields, status := s.p.host.Fields(ResponseHeaders)
	if status != OK {
		s.fail(stats.OutcomeBadAnswer, "the proxy does not show the response's headers")
		return s.deliver()
	}
	if d := s.setup.profile.Details; d != nil {
		if details, status := s.p.host.Property(d...); status == OK && details != "" && details != s.setup.profile.Upstream {
			s.fail(outcome(details), "the proxy has no answer of the provider's: "+clean(details))
			return s.deliver()
		}
	}
	s.headersCame(fields)
	if s.end && s.own {
		s.over()
	}
	return s.deliver()
}

// outcome is what the proxy's words for a response of its own mean.
func outcome(details string) stats.Outcome {
	if strings.Contains(details, "connection_timeout") {
		return stats.OutcomeConnectTimeout
	}
	return stats.OutcomeUnreachable
}

// clean bounds words of the proxy's, which hold no secrets, to one line.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, text[:min(len(text), 100)])
}

func (s *stream) headersCame(fields []Field) {
	status, err := strconv.Atoi(get(fields, ":status"))
	if err != nil {
		s.fail(stats.OutcomeBadAnswer, "an answer without a status")
		return
	}
	s.status = status
	s.tell(exchange.Headers{Attempt: s.attempt, Status: status, Header: func(name string) string { return get(fields, name) }})
}

// answered is a piece of a response's body.
func (s *stream) answered() Action {
	n := s.size - min(s.seen, s.size)
	if s.own && n > 0 {
		data, status := s.p.host.Buffer(ResponseBody, s.size-n, n)
		if status != OK {
			s.fail(stats.OutcomeBadAnswer, "the proxy does not show the response's body")
		} else {
			s.came(data)
		}
	}
	if s.end && s.own {
		s.over()
	}
	return s.deliver()
}

// came is a piece of the answer of the attempt in flight.
func (s *stream) came(data []byte) {
	s.bytes += len(data)
	if !s.begun && s.status <= 299 && s.bytes > s.setup.maxAnswer { // of an error the exchange reads the beginning
		s.fail(stats.OutcomeBadAnswer, "the answer is larger than "+strconv.Itoa(s.setup.maxAnswer)+" bytes")
		return
	}
	s.tell(exchange.Data{Attempt: s.attempt, Bytes: data})
}

// over is the end of the answer.
func (s *stream) over() {
	n := s.attempt
	s.own, s.attempt = false, 0
	s.tell(exchange.Ended{Attempt: n})
}

// called is what a call has brought.
func (s *stream) called(headers, size int) {
	s.at, s.number = elsewhere, 0
	n := s.attempt
	switch {
	case n == 0 || s.done:
		return
	case headers == 0:
		s.fail(stats.OutcomeUnreachable, "no answer to the proxy's call: no connection, or it broke, or none in time")
		s.deliver()
		return
	case size > s.setup.maxAnswer:
		s.fail(stats.OutcomeBadAnswer, "the answer is larger than "+strconv.Itoa(s.setup.maxAnswer)+" bytes")
		s.deliver()
		return
	}
	fields, status := s.p.host.Fields(CallHeaders)
	body, bodyStatus := []byte(nil), OK
	if size > 0 {
		body, bodyStatus = s.p.host.Buffer(CallBody, 0, size)
	}
	if status != OK || bodyStatus != OK {
		s.fail(stats.OutcomeBadAnswer, "the proxy does not show what its call has brought")
		s.deliver()
		return
	}
	s.headersCame(fields)
	if s.attempt == n && len(body) > 0 {
		s.came(body)
	}
	if s.attempt == n {
		s.over()
	}
	s.deliver()
}

// trailed is the end of a response that has trailers, behind which nothing can be put.
func (s *stream) trailed() Action {
	if s.own {
		s.over()
	}
	action := s.deliver()
	if s.begun && len(s.out) > 0 {
		s.p.host.Close(Response)
		s.done = true
	}
	return action
}

// deliver hands over what there is for the caller, and says what becomes of the proxy's response.
func (s *stream) deliver() Action {
	inBody := s.at == inResponseBody
	switch {
	case s.done:
		return Pause
	case s.begun && inBody:
		return s.more()
	case s.begun:
		return s.late()
	case s.finished && s.reply == nil: // the caller left
		s.done = true
		return Pause
	case inBody && s.reply != nil && (s.own || s.finished):
		return s.begin()
	case s.finished:
		return s.respond(s.reply.Status, headersOf(s.reply), s.take())
	case s.at == inResponseHeaders && s.reply != nil && s.own && len(s.out) == 0:
		return s.begin()
	case inBody:
		s.swallow()
	}
	return Pause
}

func (s *stream) take() []byte {
	out := s.out
	s.out = nil
	return out
}

func headersOf(r *exchange.Reply) []Field {
	fields := make([]Field, 0, len(r.Header)+3)
	for _, h := range r.Header {
		fields = append(fields, Field{strings.ToLower(h.Name), h.Value})
	}
	return fields
}

// begin puts the answer in the place of the upstream's.
func (s *stream) begin() Action {
	fields := append([]Field{{":status", strconv.Itoa(s.reply.Status)}}, headersOf(s.reply)...)
	if s.finished && !s.cut {
		fields = with(fields, "content-length", strconv.Itoa(len(s.out)))
	}
	if s.p.host.SetFields(ResponseHeaders, fields) != OK {
		s.p.host.Log(Error, "strowger: the proxy does not let the response's headers be changed")
		s.out = nil
		s.p.host.Close(Response)
		s.done = true
		return Pause
	}
	s.begun = true
	if s.at == inResponseHeaders {
		return Go
	}
	return s.more()
}

// more puts what there is in the place of a piece of the upstream's body.
func (s *stream) more() Action {
	if s.cut && len(s.out) == 0 {
		s.p.host.Close(Response)
		s.done = true
		return Pause
	}
	if s.p.host.SetBuffer(ResponseBody, 0, s.size, s.take()) != OK {
		s.p.host.Log(Error, "strowger: the proxy does not let the response's body be changed")
		s.p.host.Close(Response)
		s.done = true
		return Pause
	}
	s.seen = 0
	switch {
	case s.end:
		s.done, s.waiting = s.finished, !s.finished
	case s.cut: // the error is said, and whatever the upstream does, the answer must not look complete
		now := s.p.now(s.on)
		s.wake = now.Add(lastWords)
		s.p.ask(s.on, s.wake, now)
		s.p.host.Effective(s.id)
	}
	if s.waiting {
		return Pause
	}
	return Go
}

// late is what comes when the headers are gone and no piece of the body is at hand.
func (s *stream) late() Action {
	switch {
	case s.waiting:
		if len(s.out) > 0 {
			s.p.host.SetBuffer(ResponseBody, 1<<30, 0, s.take())
		}
		if s.finished {
			s.done, s.waiting = true, false
			s.p.host.Continue(Response)
		}
	case s.finished: // nothing more can be said, and it must not look complete
		s.done = true
		s.p.host.Close(Response)
	}
	return Pause
}

// swallow takes what has been read out of the proxy's buffer, which is bounded. Where that cannot
// be, it stays and is passed over.
func (s *stream) swallow() {
	s.seen = s.size
	if s.size > 0 && s.p.host.SetBuffer(ResponseBody, 0, s.size, nil) == OK {
		s.seen = 0
	}
}
