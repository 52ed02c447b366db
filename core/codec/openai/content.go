package openai

import (
	"strconv"

	"strowger/core/llm"
	"strowger/core/scan"
)

// The estimates behind Request.InputTokens.
const (
	bytesPerToken = 4
	messageTokens = 4
	imageTokens   = 800
)

// size is how much a request says.
type size struct {
	bytes  int
	images int
}

func (s size) tokens(messages int) int64 {
	return int64((s.bytes+bytesPerToken-1)/bytesPerToken + messages*messageTokens + s.images*imageTokens)
}

func (r *reading) readMessages(v scan.Value) {
	if v.Kind != scan.KindArray {
		r.fail("messages", "must be an array of messages")
		return
	}
	c := cursorAt(r.doc, v.Start)
	c.enter('[')
	for c.next() {
		if !c.enter('{') {
			r.fail("messages["+strconv.Itoa(r.messages)+"]", "must be an object with role and content")
			return
		}
		r.messages++
		for c.next() {
			switch string(c.key()) {
			case "content":
				r.readContent(&c)
			case "tool_calls", "function_call":
				if c.filled() {
					r.size.bytes += len(c.value())
				} else {
					c.skip()
				}
			default:
				c.skip()
			}
		}
	}
	if r.messages == 0 {
		r.fail("messages", "must hold at least one message")
	}
}

// readContent reads a message's content: text, or an array of parts.
func (r *reading) readContent(c *cursor) {
	if c.peek() != '[' {
		r.size.bytes += c.length()
		return
	}
	c.enter('[')
	for c.next() {
		if c.peek() != '{' { // Mistral takes bare strings among the parts
			r.size.bytes += c.length()
			continue
		}
		c.enter('{')
		for c.next() {
			switch string(c.key()) {
			case "text", "refusal":
				r.size.bytes += c.length()
				continue
			case "image_url":
				r.req.Features |= llm.FeatureImages
				r.size.images++
			case "input_audio":
				r.req.Features |= llm.FeatureAudio
			case "file", "document_url":
				r.req.Features |= llm.FeatureFiles
			}
			c.skip()
		}
	}
}

// reasons reports whether a parameter about reasoning asks for it: true, an effort or
// an object that does not switch it off. The spellings are OpenAI's reasoning_effort,
// OpenRouter's reasoning, the thinking of DeepSeek and Z.ai and Qwen's enable_thinking.
func reasons(doc []byte, v scan.Value) bool {
	c := cursorAt(doc, v.Start)
	if !c.enter('{') {
		return said(v.Raw(doc))
	}
	on := true
	for c.next() {
		switch string(c.key()) {
		case "effort", "enabled", "type":
			on = said(c.value()) && on
		default:
			c.skip()
		}
	}
	return on
}

// said reports whether a value says yes.
func said(raw []byte) bool {
	switch string(raw) {
	case `false`, `"none"`, `"disabled"`, `null`:
		return false
	}
	return true
}
