package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// heard is an answer as a caller understands it.
type heard struct {
	status        int
	header        http.Header
	model         string
	text, thought string
	calls         []heardCall
	finish        string
	input, output float64 // tokens
	body          string  // all of it
}

type heardCall struct{ id, name, args string }

// hear understands an answer.
func (k *talk) hear(body []byte) {
	k.t.Helper()
	documents := []object{k.document(body)}
	if k.stream {
		documents = k.events(string(body))
	}
	switch k.schema {
	case "openai":
		k.hearChat(documents)
	case "openai-responses":
		k.hearResponses(documents)
	case "anthropic":
		k.hearMessages(documents)
	case "gemini":
		k.hearGemini(documents)
	}
}

func (k *talk) document(body []byte) object {
	var v object
	if !k.stream {
		if err := json.Unmarshal(body, &v); err != nil {
			k.t.Errorf("not JSON: %s", body)
		}
	}
	return v
}

// events are the documents of a stream. The name of an event is that in its data.
func (k *talk) events(body string) (documents []object) {
	k.t.Helper()
	name := ""
	for _, line := range strings.Split(body, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if event, ok := strings.CutPrefix(line, "event: "); ok {
			name = event
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok || data == "[DONE]" {
			continue
		}
		var v object
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			k.t.Errorf("not JSON: %s", data)
		}
		if kind, is := v["type"].(string); is && (k.schema == "anthropic" || k.schema == "openai-responses") && kind != name {
			k.t.Errorf("event %q with the type %q", name, kind)
		}
		documents, name = append(documents, v), ""
	}
	if done := strings.Count(body, "data: [DONE]"); k.schema == "openai" && done != 1 || k.schema != "openai" && done != 0 {
		k.t.Errorf("%d end marks in %s", done, body)
	}
	return documents
}

// at goes into a document by names and indexes; nil if there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(object)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func str(v any, path ...any) string {
	s, _ := at(v, path...).(string)
	return s
}

func num(v any, path ...any) float64 {
	n, _ := at(v, path...).(float64)
	return n
}

func list(v any, path ...any) []any {
	l, _ := at(v, path...).([]any)
	return l
}

func (k *talk) hearChat(documents []object) {
	h := &k.last
	message := object{"role": "assistant"}
	calls := []any{}
	for _, d := range documents {
		h.model = str(d, "model")
		part := at(d, "choices", 0, "delta")
		if !k.stream {
			part = at(d, "choices", 0, "message")
		}
		h.text += str(part, "content")
		if reasoning := str(part, "reasoning_content"); reasoning != "" {
			h.thought += reasoning
		} else {
			h.thought += str(part, "reasoning")
		}
		for i, c := range list(part, "tool_calls") {
			if k.stream {
				i = int(num(c, "index"))
			}
			if i == len(h.calls) {
				h.calls = append(h.calls, heardCall{id: str(c, "id"), name: str(c, "function", "name")})
			}
			h.calls[i].args += str(c, "function", "arguments")
		}
		if f := str(d, "choices", 0, "finish_reason"); f != "" {
			h.finish = f
		}
		if at(d, "usage") != nil {
			h.input, h.output = num(d, "usage", "prompt_tokens"), num(d, "usage", "completion_tokens")
		}
	}
	for _, c := range h.calls {
		calls = append(calls, object{"id": c.id, "type": "function", "function": object{"name": c.name, "arguments": c.args}})
	}
	message["content"] = h.text
	if len(calls) > 0 {
		message["content"], message["tool_calls"] = nil, calls
	}
	k.history = append(k.history, message)
}

func (k *talk) hearResponses(documents []object) {
	h := &k.last
	final := any(documents[len(documents)-1])
	if k.stream {
		if kind := str(final, "type"); kind != "response.completed" && kind != "response.incomplete" {
			k.t.Errorf("the stream ends with %s", kind)
		}
		text := ""
		for i, d := range documents {
			if n := num(d, "sequence_number"); int(n) != i {
				k.t.Errorf("event %d has number %v", i, n)
			}
			if str(d, "type") == "response.output_text.delta" {
				text += str(d, "delta")
			}
		}
		final = at(final, "response")
		defer func() {
			if text != h.text {
				k.t.Errorf("streamed %q, complete %q", text, h.text)
			}
		}()
	}
	h.model, h.finish = str(final, "model"), str(final, "status")
	for _, item := range list(final, "output") {
		switch str(item, "type") {
		case "message":
			h.text += str(item, "content", 0, "text")
		case "reasoning":
			for _, s := range list(item, "summary") {
				h.thought += str(s, "text")
			}
		case "function_call":
			h.calls = append(h.calls, heardCall{str(item, "call_id"), str(item, "name"), str(item, "arguments")})
		}
		k.history = append(k.history, item)
	}
	h.input, h.output = num(final, "usage", "input_tokens"), num(final, "usage", "output_tokens")
}

func (k *talk) hearMessages(documents []object) {
	h := &k.last
	final := any(documents[0])
	if k.stream {
		final = k.gather(documents)
	}
	h.model, h.finish = str(final, "model"), str(final, "stop_reason")
	for _, b := range list(final, "content") {
		switch str(b, "type") {
		case "text":
			h.text += str(b, "text")
		case "thinking":
			h.thought += str(b, "thinking")
		case "tool_use":
			args, _ := json.Marshal(at(b, "input"))
			h.calls = append(h.calls, heardCall{str(b, "id"), str(b, "name"), string(args)})
		}
	}
	h.input, h.output = num(final, "usage", "input_tokens"), num(final, "usage", "output_tokens")
	k.history = append(k.history, object{"role": "assistant", "content": at(final, "content")})
}

// gather makes a message of Anthropic's events, as their SDKs do.
func (k *talk) gather(documents []object) any {
	var m object
	var blocks []any
	inputs := map[int]string{}
	for i, d := range documents {
		n := int(num(d, "index"))
		switch kind := str(d, "type"); kind {
		case "message_start":
			m, _ = at(d, "message").(object)
		case "content_block_start":
			if n != len(blocks) {
				k.t.Errorf("block %d begins behind %d others", n, len(blocks))
			}
			blocks = append(blocks, at(d, "content_block"))
		case "content_block_delta":
			b := blocks[n].(object)
			for _, f := range []string{"text", "thinking", "signature"} {
				if s, ok := at(d, "delta", f).(string); ok {
					b[f] = str(b, f) + s
				}
			}
			inputs[n] += str(d, "delta", "partial_json")
		case "message_delta":
			m["stop_reason"] = at(d, "delta", "stop_reason")
			for name, v := range at(d, "usage").(object) {
				m["usage"].(object)[name] = v
			}
		case "content_block_stop", "ping":
		case "message_stop":
			if i != len(documents)-1 {
				k.t.Errorf("something follows the end: %v", documents[i+1])
			}
		default:
			k.t.Errorf("event %s", kind)
		}
	}
	for i, text := range inputs {
		if text != "" {
			var input object
			if err := json.Unmarshal([]byte(text), &input); err != nil {
				k.t.Errorf("input %q: %v", text, err)
			}
			blocks[i].(object)["input"] = input
		}
	}
	m["content"] = blocks
	return m
}

func (k *talk) hearGemini(documents []object) {
	h := &k.last
	var parts []any
	for _, d := range documents {
		h.model = str(d, "modelVersion")
		for _, p := range list(d, "candidates", 0, "content", "parts") {
			switch {
			case at(p, "functionCall") != nil:
				args, _ := json.Marshal(at(p, "functionCall", "args"))
				h.calls = append(h.calls, heardCall{str(p, "functionCall", "id"), str(p, "functionCall", "name"), string(args)})
			case at(p, "thought") == true:
				h.thought += str(p, "text")
			default:
				h.text += str(p, "text")
			}
			parts = append(parts, p)
		}
		if f := str(d, "candidates", 0, "finishReason"); f != "" {
			h.finish = f
		}
		if at(d, "usageMetadata") != nil {
			h.input, h.output = num(d, "usageMetadata", "promptTokenCount"), num(d, "usageMetadata", "candidatesTokenCount")
		}
	}
	k.history = append(k.history, object{"role": "model", "parts": parts})
}

// String is what matters of an answer.
func (h heard) String() string {
	return fmt.Sprintf("%d %s %q thought %q calls %v finish %s, %v+%v: %s", h.status, h.model, h.text, h.thought, h.calls, h.finish, h.input, h.output, h.body)
}
