package exchange

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/codec"
	"strowger/core/llm"
)

// header are the headers of a successful answer, by attempt a; nil: it is not known yet by
// which, as the answer is held back.
func (x *Exchange) header(a *attempt, answer codec.Answer) []Header {
	h := x.fewHeaders[:0]
	if x.cfg.Request.Stream {
		h = append(h, Header{"content-type", "text/event-stream; charset=utf-8"}, Header{"cache-control", "no-cache"})
	} else {
		h = append(h, Header{"content-type", "application/json"})
		if answer.Priced {
			h = append(h, Header{"x-strowger-cost", llm.Dollars(answer.Cost)})
		}
	}
	if a != nil {
		h = append(h, Header{"x-strowger-model", a.candidate.Endpoint.Model},
			Header{"x-strowger-provider", a.candidate.Endpoint.Provider})
	}
	return x.explainHeader(h, a)
}

// maxRetryWait is how long an SDK may be left to wait for another try of its own: some
// sleep as long as Retry-After says, be it until the next month
// (github.com/openai/openai-node/issues/1840), others take more than this for a refusal
// (github.com/openai/openai-python/pull/3555).
const maxRetryWait = 2 * time.Minute

// errorHeader are the headers of an answer that is an error.
func (x *Exchange) errorHeader(e *llm.Error) []Header {
	h := append(x.fewHeaders[:0], Header{"content-type", "application/json"})
	retry := e.HTTPStatus() == 429 || e.HTTPStatus() >= 500
	at := x.comeBack()
	if e.Code == llm.CodeCostLimit && at.IsZero() { // a limit per request stays what it is
		retry = false
	}
	if at.Sub(x.now) > maxRetryWait && !at.IsZero() {
		retry = false
	}
	retry = retry && !x.hopeless()
	if e.HTTPStatus() == 429 && at.IsZero() && retry { // nobody named a moment: that of our own first window
		at = x.now.Add(time.Second)
	}
	if e.HTTPStatus() == 429 && !at.IsZero() {
		seconds := int64((at.Sub(x.now) + time.Second - 1) / time.Second)
		h = append(h, Header{"retry-after", strconv.FormatInt(max(seconds, 1), 10)})
	}
	if !retry {
		h = append(h, Header{"x-should-retry", "false"})
	}
	if x.passed != nil {
		h = append(h, Header{"x-strowger-model", x.passed.candidate.Endpoint.Model},
			Header{"x-strowger-provider", x.passed.candidate.Endpoint.Provider})
	}
	return x.explainHeader(h, x.passed)
}

// explainHeader adds what explains an answer by attempt a; nil: by none, or by which is not
// known.
func (x *Exchange) explainHeader(h []Header, a *attempt) []Header {
	if name := requestID(x.cfg.Schema); name != "" {
		h = append(h, Header{name, x.cfg.ID})
	}
	h = append(h, Header{"x-strowger-decision", x.cfg.ID},
		Header{"x-strowger-attempts", strconv.Itoa(x.sent())}, Header{"x-strowger-cache", x.cacheWord()})
	if ws := x.warnings(a); len(ws) > 0 {
		codes := make([]string, 0, len(ws))
		for _, w := range ws {
			if !slices.Contains(codes, w.Code) {
				codes = append(codes, w.Code)
			}
		}
		h = append(h, Header{"x-strowger-warnings", strings.Join(codes, ", ")})
	}
	return h
}

// requestID is the header in which a schema's SDKs look for the request's id, to name it in
// errors and logs (platform.openai.com/docs/api-reference/debugging-requests,
// docs.anthropic.com/en/api/errors); empty where they look for none.
func requestID(s llm.Schema) string {
	switch s {
	case llm.SchemaOpenAI, llm.SchemaResponses:
		return "x-request-id"
	case llm.SchemaAnthropic:
		return "request-id"
	}
	return ""
}

// hopeless reports whether every provider that was asked said that another try does not help.
func (x *Exchange) hopeless() bool {
	for i := range x.attempts {
		if a := &x.attempts[i]; a.stage == stageSent && !a.hopeless {
			return false
		}
	}
	return x.sent() > 0
}

// comeBack is when a limit lets the request in, or else the earliest moment that a
// provider named to be tried again; what an endpoint has said last counts.
func (x *Exchange) comeBack() (at time.Time) {
	at = x.again
	for i := range x.attempts {
		a := &x.attempts[i]
		later := slices.ContainsFunc(x.attempts[i+1:], func(b attempt) bool { return b.candidate == a.candidate && !b.retryAt.IsZero() })
		if t := a.retryAt; !t.IsZero() && !later && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}
