package provider

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxBody       = 32 << 20                                                                      // bytes of a request body
	pondering     = "Somebody asks for a line. I look which selector is free, and then I answer." // the usual reasoning
	maxSpare      = 1 << 20                                                                       // bytes of a buffer worth keeping for the next request
	defaultTokens = 16
)

// answer is one request while it is served. It is used again for another, for the sake of its buffers.
type answer struct {
	p     *Provider
	w     http.ResponseWriter
	r     *http.Request
	n     int64     // number of the request
	start time.Time // by the real clock

	door *door // nil: the path leads nowhere
	body []byte
	q    chat

	b       Behaviour
	fault   Fault // once chance has been drawn
	calling bool
	call    call
	calls   []call   // further ones, beside call
	thought []string // tokens of the reasoning that is sent
	tokens  []string // of the text, or of the call's arguments
	finish  string   // in OpenAI's words; "" leaves the finish reason out

	id    [16]byte // hexadecimal
	seq   int      // of events, where they are numbered
	head  []byte   // what every chunk begins with
	out   []byte   // not yet written
	fresh int      // tokens in out
	gone  bool     // the connection is no longer ours
	timer *time.Timer
}

func (a *answer) begin(w http.ResponseWriter, r *http.Request, n int64) {
	a.w, a.r, a.n, a.start = w, r, n, time.Now()
	a.gone, a.fresh = false, 0
}

// end lets go of the request and reports whether the buffers are worth keeping.
func (a *answer) end() bool {
	a.w, a.r, a.q, a.b, a.door = nil, nil, chat{}, Behaviour{}, nil
	a.calls, a.thought, a.seq = nil, nil, 0
	clear(a.tokens)
	a.tokens = a.tokens[:0]
	return cap(a.body) <= maxSpare && cap(a.out) <= maxSpare && cap(a.tokens) <= maxSpare/16
}

// receive reads the whole body. Only then does net/http watch the connection and see a caller leave.
func (a *answer) receive() *failure {
	a.body = a.body[:0]
	if n := a.r.ContentLength; n > int64(cap(a.body)) {
		a.body = make([]byte, 0, min(n, maxSpare)+1)
	}
	for {
		if len(a.body) == cap(a.body) {
			a.body = append(a.body, 0)[:len(a.body)]
		}
		n, err := a.r.Body.Read(a.body[len(a.body):cap(a.body)])
		a.body = a.body[:len(a.body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return badRequest("", "", "The request body broke off.")
		case len(a.body) > maxBody:
			f := badRequest("", "", "The request body is too large.")
			f.status = http.StatusRequestEntityTooLarge
			return f
		}
	}
}

// understand decides how the request is answered.
func (a *answer) understand() *failure {
	p := a.p
	if fail := p.authorized(a.door.schema, a.r); fail != nil {
		return fail
	}
	if p.opt.RateLimit.Requests > 0 {
		if fail := p.window.admit(p.opt.RateLimit, p.now(), a.w.Header()); fail != nil {
			return fail
		}
	}
	a.q = chat{}
	if fail := a.door.read(a); fail != nil {
		return fail
	}
	if fail := p.serves(a.door.schema, a.q.model); fail != nil {
		return fail
	}
	a.b = (*p.script.Load())(a.n, p.now().Sub(p.started))
	if fail := a.obey(); fail != nil {
		return fail
	}
	a.fault = a.b.fault(p.opt.Seed, a.n)
	var fail *failure
	if a.call, a.calling, fail = a.q.toolCall(); fail != nil {
		return fail
	}
	if a.calling {
		a.calls = a.q.further(a.call, a.b.Calls)
	}
	a.prepare()
	return nil
}

// fail answers with an error, in the shape of the schema that was asked in.
func (a *answer) fail(f *failure) {
	if a.door != nil {
		f.schema = a.door.schema
	}
	f.send(a.w)
}

// obey lets the request's directives change the behaviour.
func (a *answer) obey() *failure {
	d := directives{b: &a.b}
	err := d.headers(a.r.Header)
	if text, ok := a.q.directive(); ok && err == nil {
		err = d.message(text)
	}
	if wrong, ok := errors.AsType[*directiveError](err); ok {
		return badRequest(wrong.field, "bad_directive", wrong.Error())
	}
	if err := a.b.Check(); err != nil {
		return badRequest("", "bad_behaviour", err.Error())
	}
	return nil
}

// prepare makes up the tokens and the finish reason.
func (a *answer) prepare() {
	if a.fault == FaultEmpty || a.fault == FaultRefusal {
		a.calling = false
	}
	a.finish = "stop"
	if a.q.thinks || a.b.Thought != "" {
		a.thought = pieces(a.thought, cmp.Or(a.b.Thought, pondering))
	}
	switch {
	case a.calling:
		a.finish = "tool_calls"
		a.tokens = fragments(a.tokens, a.call.args)
	case a.b.Text != "":
		a.tokens = pieces(a.tokens, a.rest())
	default:
		a.invent()
	}
	if most := a.q.maxTokens; most > 0 && len(a.tokens) > most {
		a.tokens, a.finish = a.tokens[:most], "length"
	}
	switch a.fault {
	case FaultEmpty:
		a.tokens = a.tokens[:0]
	case FaultContentFilter:
		a.tokens, a.finish = a.tokens[:a.after()], "content_filter"
	case FaultNoFinish:
		a.tokens, a.finish = a.tokens[:a.after()], ""
	case FaultUsageMissing:
		a.b.NoUsage = true
	}
}

// rest is the text to answer: what is left of it if the assistant has begun with it.
func (a *answer) rest() string {
	if !a.b.Prefill || string(a.q.lastRole) != "assistant" {
		return a.b.Text
	}
	return strings.TrimPrefix(a.b.Text, decoded(a.q.begun))
}

// after is how many tokens come before a fault in mid-answer.
func (a *answer) after() int { return min(max(a.b.After, 0), len(a.tokens)) }

// invent takes words from the lexicon, from a place that chance decides on.
func (a *answer) invent() {
	count, words := a.b.Tokens, a.p.words
	if count <= 0 {
		count = defaultTokens
	}
	if a.q.maxTokens > 0 {
		count = min(count, a.q.maxTokens+1) // one more, so that the cap shows
	}
	at := int(draw(a.p.opt.Seed, a.n, drawWords) % uint64(len(words)))
	for i := range count {
		word := words[at]
		if i == 0 {
			word = word[1:]
		}
		a.tokens = append(a.tokens, word)
		if at++; at == len(words) {
			at = 0
		}
	}
}

// pieces cuts a text into words, each with the white space before it; the last takes what follows as well.
func pieces(dst []string, text string) []string {
	blank := func(ch byte) bool { return ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r' }
	for from := 0; from < len(text); {
		to := from
		for to < len(text) && blank(text[to]) {
			to++
		}
		for to < len(text) && !blank(text[to]) {
			to++
		}
		rest := to
		for rest < len(text) && blank(text[rest]) {
			rest++
		}
		if rest == len(text) {
			to = rest
		}
		dst = append(dst, text[from:to])
		from = to
	}
	return dst
}
