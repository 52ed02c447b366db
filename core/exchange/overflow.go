package exchange

import (
	"strconv"

	"strowger/core/llm"
	"strowger/core/plan"
)

// tooLong is OpenAI's code for a prompt that is too long, by which all writers know it
// (platform.openai.com/docs/guides/error-codes).
const tooLong = "context_length_exceeded"

// overflow is the error of a prompt that is too long for a caller of another schema.
func overflow(e *llm.Error) *llm.Error {
	c := *e
	c.Raw, c.Type, c.ProviderCode = nil, "invalid_request_error", tooLong
	return &c
}

// overflows is the caller's error when the request is too long for an endpoint that could serve
// it otherwise, in the words of the caller's schema: agents shorten the conversation on it. Why
// others fell out stands among the candidates. It is nil where there is no such endpoint.
func (x *Exchange) overflows() *llm.Error {
	var widest *plan.Candidate
	for i := range x.decision.Candidates {
		c := &x.decision.Candidates[i]
		if c.Excluded.Code != plan.ExcludedContext || c.Endpoint.Disabled || x.cfg.Policy.Strict && len(c.Lost.Told) > 0 {
			continue
		}
		if widest == nil || c.Excluded.Of > widest.Excluded.Of {
			widest = c
		}
	}
	if widest == nil {
		return nil
	}
	msg, prompt := x.tooLongFor(&widest.Excluded)
	e := overflow(&llm.Error{Code: llm.CodeInvalidRequest, Message: msg, Detail: x.candidates()})
	if !prompt {
		e.ProviderCode = ""
	}
	return e
}

// tooLongFor says what the providers of the caller's schema say of a request that is too long
// for a context, and whether it is the prompt that is: with them a limit on the output that
// leaves no room for it may be another error.
func (x *Exchange) tooLongFor(r *plan.Reason) (msg string, prompt bool) {
	n, of := strconv.FormatInt(r.N, 10), strconv.FormatInt(r.Of, 10)
	input := x.decision.Request.InputTokens
	switch s := x.cfg.Schema; {
	case s == llm.SchemaOpenAI || s == llm.SchemaResponses:
		return "This model's maximum context length is " + of + " tokens. However, you requested about " + n + " tokens.", true
	case input <= r.Of:
		return "input length and `max_tokens` exceed context limit: " + strconv.FormatInt(input, 10) + " + " +
			strconv.FormatInt(r.N-input, 10) + " > " + of + ", decrease input length or `max_tokens` and try again", false
	case s == llm.SchemaAnthropic:
		return "prompt is too long: " + n + " tokens > " + of + " maximum", true
	}
	return "The input token count (" + n + ") exceeds the maximum number of tokens allowed (" + of + ").", true
}
