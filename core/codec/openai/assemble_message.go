package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// What stands around a text that becomes a part of content.
const (
	partOpen  = `[{"type":"text","text":`
	partClose = `}]`
)

// addContent joins content, which is text, or parts as Mistral has them while it reasons
// and text again behind. With parts the text is a part too.
func (a *assembler) addContent(ch *choice, key, raw []byte) {
	m := ch.message.at(key)
	switch {
	case m == nil || m.value == nil || null(m.value) || null(raw) || m.value[0] == raw[0]:
		ch.part = ch.part && null(raw)
		a.join(&ch.message, key, raw)
	case (raw[0] == '"' || raw[0] == '[') && hollow(raw):
	case m.value[0] == '"' && raw[0] == '[' && hollow(m.value):
		a.put(m, raw)
	case m.value[0] == '"' && raw[0] == '[':
		a.put(m, append(append([]byte(partOpen), m.value...), partClose...))
		a.extend(m, raw)
	case m.value[0] == '[' && raw[0] == '"' && ch.part:
		if a.hold(len(raw)) {
			m.value = append(m.value[:len(m.value)-len(`"`+partClose)], raw[1:]...)
			m.value = append(m.value, partClose...)
		}
	case m.value[0] == '[' && raw[0] == '"':
		a.extend(m, append(append([]byte(partOpen), raw...), partClose...))
		ch.part = true
	default:
		a.put(m, raw)
	}
}

// addCalls adds to tool calls. Which call a piece belongs to its index says, or else, of
// compatible servers that give none or the same to all, a new id begins a new call.
func (a *assembler) addCalls(ch *choice, c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		start := c.At
		index, id := callAt(c)
		if index == noCall {
			continue
		}
		inner := *c
		inner.At = start
		t := ch.call(index, id)
		if t != nil && id == nil {
			had := codec.Inner(t.function.find("arguments"))
			name, text := functionIn(inner)
			if anew(codec.Inner(t.function.find("name")), len(had) > 0, name, text) {
				t = nil
			}
		}
		if t == nil {
			if len(ch.calls) == maxCalls {
				a.err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer has more than 1024 tool calls"}
				return
			}
			ch.calls = append(ch.calls, call{index: index})
			t = &ch.calls[len(ch.calls)-1]
		}
		a.addCall(t, &inner)
	}
}

// Indexes of tool calls that have none, and of what is no tool call.
const (
	noIndex = -1
	noCall  = -2
)

// callAt is the index and the id of the piece of a tool call in front of c, which steps over it.
func callAt(c *scan.Cursor) (index int64, id []byte) {
	if !c.Enter('{') {
		return noCall, nil
	}
	index = noIndex
	for c.Next() {
		switch string(c.Key()) {
		case "index":
			if n, ok := scan.Int(c.Value()); ok && n >= 0 {
				index = n
			}
		case "id":
			if v := c.Value(); len(v) > len(`""`) && v[0] == '"' {
				id = v
			}
		default:
			c.Skip()
		}
	}
	return index, id
}

// call is the call that a piece with that index and id goes on with; nil if it begins one.
func (ch *choice) call(index int64, id []byte) *call {
	for i := len(ch.calls) - 1; i >= 0; i-- {
		t := &ch.calls[i]
		if index != noIndex && t.index != index {
			continue
		}
		had := t.own.find("id")
		if id == nil || len(had) <= len(`""`) || had[0] != '"' || string(had) == string(id) {
			return t
		}
		if index != noIndex {
			return nil
		}
	}
	return nil
}

func (a *assembler) addCall(t *call, c *scan.Cursor) {
	c.Enter('{')
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "index":
			c.Skip()
		case "id", "type":
			a.once(&t.own, key, c.Value())
		case "function":
			a.addFunction(&t.function, c)
		default:
			a.last(&t.own, key, c.Value())
		}
	}
}

func (a *assembler) addFunction(b *bag, c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "name":
			a.once(b, key, c.Value())
		case "arguments":
			a.join(b, key, c.Value())
		default:
			a.last(b, key, c.Value())
		}
	}
}

// Whole writes the answer and reads it as the answer of a provider is read.
func (a *assembler) Whole() (*llm.Event, error) {
	if a.err != nil {
		return nil, a.err
	}
	dst := append(a.out[:0], '{')
	if id := a.top.find("id"); id != nil {
		dst = appendMember(dst, "id", id)
	}
	dst = appendMember(dst, "object", []byte(`"chat.completion"`))
	for _, m := range a.top.members {
		if m.name != "id" {
			dst = appendMember(dst, m.name, m.value)
		}
	}
	dst = appendMember(dst, "choices", []byte("["))
	for i, ch := range a.choices {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = ch.append(dst)
	}
	dst = append(dst, ']')
	if a.usage.value != nil {
		dst = appendMember(dst, "usage", a.usage.value)
	}
	a.out = append(dst, '}')
	a.event = llm.Event{Schema: llm.SchemaOpenAI, Whole: true}
	if err := codec.ReadBody(a.grammar, &a.event, a.out); err != nil {
		return nil, codec.BadAnswer(a.out, err)
	}
	return &a.event, nil
}

func (ch *choice) append(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendMember(dst, "index", strconv.AppendInt(nil, ch.index, 10))
	dst = appendMember(dst, "message", []byte("{"))
	if v := ch.message.find("role"); v == nil || null(v) || string(v) == `""` {
		dst = appendMember(dst, "role", []byte(`"assistant"`))
	}
	if ch.message.find("content") == nil {
		dst = appendMember(dst, "content", []byte("null"))
	}
	for _, m := range ch.message.members {
		switch {
		case m.name == "role" && (null(m.value) || string(m.value) == `""`):
		case m.name == "content" && string(m.value) == `""` && len(ch.calls) > 0:
			dst = appendMember(dst, m.name, []byte("null"))
		default:
			dst = appendMember(dst, m.name, m.value)
		}
	}
	for i := range ch.calls {
		if i == 0 {
			dst = appendMember(dst, "tool_calls", []byte("[{"))
		} else {
			dst = append(dst, ",{"...)
		}
		dst = ch.calls[i].own.append(dst)
		if t := &ch.calls[i].function; len(t.members) > 0 {
			dst = append(t.append(appendMember(dst, "function", []byte("{"))), '}')
		}
		dst = append(dst, '}')
	}
	if len(ch.calls) > 0 {
		dst = append(dst, ']')
	}
	for _, part := range [...]struct {
		name string
		bag  *bag
	}{{"function_call", &ch.called}, {"audio", &ch.audio}} {
		if len(part.bag.members) > 0 {
			dst = append(part.bag.append(appendMember(dst, part.name, []byte("{"))), '}')
		}
	}
	dst = append(dst, '}')
	if len(ch.logprobs.members) > 0 {
		dst = append(ch.logprobs.append(appendMember(dst, "logprobs", []byte("{"))), '}')
	}
	if ch.own.find("finish_reason") == nil {
		dst = appendMember(dst, "finish_reason", []byte("null"))
	}
	return append(ch.own.append(dst), '}')
}
