package provider

import (
	"encoding/json"
	"fmt"
	"strings"
)

// messagesVoice speaks Anthropic's Messages API (docs.anthropic.com/en/docs/build-with-claude/streaming).
type messagesVoice struct{}

// said is the answer in one piece.
func (a *answer) said() string { return strings.Join(a.tokens, "") }

// reasoned is the reasoning in one piece.
func (a *answer) reasoned() string {
	if a.q.hidden {
		return ""
	}
	return strings.Join(a.thought, "")
}

// event appends an event of that name, whose data is v.
func event(dst []byte, name string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of ours
	}
	return fmt.Appendf(dst, "event: %s\ndata: %s\n\n", name, data)
}

type object = map[string]any

func (a *answer) messagesUsage() object {
	cached := min(max(a.b.CachedTokens, 0), a.q.prompt)
	return object{"input_tokens": a.q.prompt - cached, "cache_creation_input_tokens": 0, "cache_read_input_tokens": cached,
		"output_tokens": len(a.tokens) + a.reasoning(), "service_tier": "standard"}
}

// messagesStop is why the answer ended, in Anthropic's words; nil if that is not said.
func (a *answer) messagesStop() any {
	switch a.finish {
	case "":
		return nil
	case "tool_calls":
		return "tool_use"
	case "length":
		return "max_tokens"
	case "content_filter":
		return "refusal"
	}
	if a.fault == FaultRefusal {
		return "refusal"
	}
	return "end_turn"
}

func (a *answer) message() object {
	return object{"id": "msg_" + string(a.id[:]), "type": "message", "role": "assistant", "model": decoded(a.q.model),
		"content": []any{}, "stop_reason": nil, "stop_sequence": nil, "usage": a.messagesUsage()}
}

func (a *answer) toolUse(i int, c call) object {
	id := "toolu_" + string(a.id[:])
	if i > 0 {
		id += fmt.Sprint("_", i)
	}
	return object{"type": "tool_use", "id": id, "name": decoded(c.name), "input": object{}}
}

// first is the index of the block that the answer's tokens are in.
func (a *answer) first() int { return min(len(a.thought), 1) }

func (messagesVoice) opening(dst []byte, a *answer) []byte {
	m := a.message()
	m["usage"].(object)["output_tokens"] = 1
	if a.b.NoUsage {
		delete(m, "usage")
	}
	dst = event(dst, "message_start", object{"type": "message_start", "message": m})
	if len(a.thought) > 0 {
		dst = a.appendThinking(dst)
	}
	dst = event(dst, "ping", object{"type": "ping"})
	switch {
	case a.calling:
		dst = startBlock(dst, a.first(), a.toolUse(0, a.call))
		dst = blockDelta(dst, a.first(), object{"type": "input_json_delta", "partial_json": ""})
	case len(a.tokens) > 0:
		dst = startBlock(dst, a.first(), object{"type": "text", "text": ""})
	}
	return dst
}

// appendThinking appends the block of reasoning.
func (a *answer) appendThinking(dst []byte) []byte {
	if a.b.Redacted {
		dst = startBlock(dst, 0, object{"type": "redacted_thinking", "data": locked("anthropic", a.reasoned())})
		return stopBlock(dst, 0)
	}
	dst = startBlock(dst, 0, object{"type": "thinking", "thinking": "", "signature": ""})
	for _, token := range a.thought {
		if !a.q.hidden {
			dst = blockDelta(dst, 0, object{"type": "thinking_delta", "thinking": token})
		}
	}
	dst = blockDelta(dst, 0, object{"type": "signature_delta", "signature": seal("anthropic", a.reasoned())})
	return stopBlock(dst, 0)
}

func startBlock(dst []byte, index int, block object) []byte {
	return event(dst, "content_block_start", object{"type": "content_block_start", "index": index, "content_block": block})
}

func blockDelta(dst []byte, index int, delta object) []byte {
	return event(dst, "content_block_delta", object{"type": "content_block_delta", "index": index, "delta": delta})
}

func stopBlock(dst []byte, index int) []byte {
	return event(dst, "content_block_stop", object{"type": "content_block_stop", "index": index})
}

func (messagesVoice) piece(dst []byte, a *answer, token string) []byte {
	dst = append(dst, "event: content_block_delta\n"...)
	dst = fmt.Appendf(dst, `data: {"type":"content_block_delta","index":%d,"delta":{"type":`, a.first())
	if a.calling {
		dst = append(dst, `"input_json_delta","partial_json":"`...)
	} else {
		dst = append(dst, `"text_delta","text":"`...)
	}
	return append(appendEscaped(dst, token), "\"}}\n\n"...)
}

func (messagesVoice) ending(dst []byte, a *answer) []byte {
	if a.finish == "" {
		return dst
	}
	if a.calling || len(a.tokens) > 0 {
		dst = stopBlock(dst, a.first())
	}
	for i, c := range a.calls {
		at := a.first() + 1 + i
		dst = startBlock(dst, at, a.toolUse(1+i, c))
		dst = stopBlock(blockDelta(dst, at, object{"type": "input_json_delta", "partial_json": c.args}), at)
	}
	delta := object{"type": "message_delta", "delta": object{"stop_reason": a.messagesStop(), "stop_sequence": nil}}
	if !a.b.NoUsage {
		delta["usage"] = a.messagesUsage()
	}
	dst = event(dst, "message_delta", delta)
	if a.fault == FaultNoDone {
		return dst
	}
	return event(dst, "message_stop", object{"type": "message_stop"})
}

func (messagesVoice) whole(dst []byte, a *answer) ([]byte, int) {
	m := a.message()
	content := []any{}
	if len(a.thought) > 0 {
		block := object{"type": "thinking", "thinking": a.reasoned(), "signature": seal("anthropic", a.reasoned())}
		if a.b.Redacted {
			block = object{"type": "redacted_thinking", "data": locked("anthropic", a.reasoned())}
		}
		content = append(content, block)
	}
	switch {
	case a.fault == FaultNoChoices:
		content = []any{}
	case a.calling:
		for i, c := range append([]call{a.call}, a.calls...) {
			block := a.toolUse(i, c)
			if a.finish != "length" {
				block["input"] = json.RawMessage(c.args)
			}
			content = append(content, block)
		}
	case len(a.tokens) > 0:
		content = append(content, object{"type": "text", "text": a.said()})
	}
	if m["content"] = content; a.fault != FaultNoChoices {
		m["stop_reason"] = a.messagesStop()
	}
	if a.b.NoUsage {
		delete(m, "usage")
	}
	return appendObject(dst, m)
}

// appendObject appends a whole answer, which a fault stops in the middle.
func appendObject(dst []byte, v object) (body []byte, stop int) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of ours
	}
	return append(dst, data...), len(dst) + len(data)/2
}

func (messagesVoice) odd(dst []byte, a *answer, what oddity) []byte {
	switch what {
	case oddComment:
		return event(dst, "ping", object{"type": "ping"})
	case oddGarbled:
		return append(dst, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":\n\n"...)
	case oddHollow:
		dst = event(dst, "message_start", object{"type": "message_start", "message": a.message()})
	}
	return event(dst, "message_stop", object{"type": "message_stop"})
}
