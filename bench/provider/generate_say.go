package provider

import (
	"encoding/json"
	"fmt"
)

// generateVoice speaks Gemini's generateContent and streamGenerateContent, whose events end in CR LF and
// which has no end mark. Calls come whole, without ids.
type generateVoice struct{}

// chunk is an answer with these parts; stop is empty while it goes on.
func (a *answer) chunk(parts []any, stop any) object {
	candidate := object{"content": object{"parts": parts, "role": "model"}, "index": 0}
	if stop != nil {
		candidate["finishReason"] = stop
	}
	c := object{"candidates": []any{candidate}, "modelVersion": decoded(a.q.model), "responseId": string(a.id[:])}
	if !a.b.NoUsage {
		c["usageMetadata"] = a.generateUsage()
	}
	return c
}

func (a *answer) generateUsage() object {
	u := object{"promptTokenCount": a.q.prompt, "candidatesTokenCount": len(a.tokens), "totalTokenCount": a.q.prompt + len(a.tokens) + a.reasoning(),
		"promptTokensDetails": []any{object{"modality": "TEXT", "tokenCount": a.q.prompt}}}
	if cached := min(max(a.b.CachedTokens, 0), a.q.prompt); cached > 0 {
		u["cachedContentTokenCount"] = cached
	}
	if a.reasoning() > 0 {
		u["thoughtsTokenCount"] = a.reasoning()
	}
	return u
}

// generateStop is why the answer ended, in Gemini's words; nil if that is not said. It says STOP of tool
// calls, too.
func (a *answer) generateStop() any {
	switch a.finish {
	case "":
		return nil
	case "length":
		return "MAX_TOKENS"
	case "content_filter":
		return "SAFETY"
	}
	return "STOP"
}

func frame(dst []byte, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of ours
	}
	return fmt.Appendf(dst, "data: %s\r\n\r\n", data)
}

// functionCalls are the parts with the calls, the first one signed; none of calls that were cut short.
func (a *answer) functionCalls() []any {
	if !a.calling || a.finish != "tool_calls" {
		return nil
	}
	var parts []any
	for i, c := range append([]call{a.call}, a.calls...) {
		part := object{"functionCall": object{"name": decoded(c.name), "args": json.RawMessage(c.args)}}
		if i == 0 && a.q.signs {
			part["thoughtSignature"] = seal("gemini", decoded(c.name))
		}
		parts = append(parts, part)
	}
	return parts
}

func (generateVoice) opening(dst []byte, a *answer) []byte {
	for _, token := range a.thought {
		dst = frame(dst, a.chunk([]any{object{"text": token, "thought": true}}, nil))
	}
	return dst
}

func (generateVoice) piece(dst []byte, a *answer, token string) []byte {
	if a.calling || a.fault == FaultRefusal {
		return dst
	}
	dst = append(dst, `data: {"candidates":[{"content":{"parts":[{"text":"`...)
	dst = append(appendEscaped(dst, token), `"}],"role":"model"},"index":0}],"modelVersion":"`...)
	dst = append(append(dst, a.q.model...), `","responseId":"`...)
	return append(append(dst, a.id[:]...), "\"}\r\n\r\n"...)
}

func (generateVoice) ending(dst []byte, a *answer) []byte {
	if a.finish == "" {
		return dst
	}
	if a.fault == FaultRefusal {
		return frame(dst, a.blocked())
	}
	for _, part := range a.functionCalls() {
		dst = frame(dst, a.chunk([]any{part}, nil))
	}
	last := object{"text": ""}
	if a.q.signs && !a.calling && len(a.tokens) > 0 {
		last["thoughtSignature"] = seal("gemini", "")
	}
	return frame(dst, a.chunk([]any{last}, a.generateStop()))
}

// blocked is the answer to a prompt that is refused.
func (a *answer) blocked() object {
	c := a.chunk(nil, nil)
	delete(c, "candidates")
	c["promptFeedback"] = object{"blockReason": "PROHIBITED_CONTENT"}
	return c
}

func (generateVoice) whole(dst []byte, a *answer) ([]byte, int) {
	if a.fault == FaultRefusal {
		return appendObject(dst, a.blocked())
	}
	parts := []any{}
	if len(a.thought) > 0 {
		parts = append(parts, object{"text": a.reasoned(), "thought": true})
	}
	if a.calling {
		parts = append(parts, a.functionCalls()...)
	} else if len(a.tokens) > 0 {
		part := object{"text": a.said()}
		if a.q.signs {
			part["thoughtSignature"] = seal("gemini", "")
		}
		parts = append(parts, part)
	}
	c := a.chunk(parts, a.generateStop())
	if a.fault == FaultNoChoices {
		c["candidates"] = []any{}
	}
	return appendObject(dst, c)
}

func (generateVoice) odd(dst []byte, a *answer, what oddity) []byte {
	switch what {
	case oddComment:
		return append(dst, ": keep-alive\r\n\r\n"...)
	case oddGarbled:
		return append(dst, "data: {\"candidates\":[{\"content\":\r\n\r\n"...)
	case oddHollow:
		c := a.chunk(nil, nil)
		c["candidates"] = []any{}
		return frame(dst, c)
	}
	return dst
}
