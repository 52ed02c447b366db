package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

func (r *reading) readMessages(v scan.Value) {
	if v.Kind != scan.KindArray {
		r.Fail("messages", "must be an array of messages")
		return
	}
	c := r.Cursor()
	c.Enter('[')
	for c.Next() {
		if !c.Enter('{') {
			r.Fail("messages["+strconv.Itoa(r.messages)+"]", "must be an object with role and content")
			return
		}
		r.messages++
		for c.Next() {
			switch string(c.Key()) {
			case "content":
				r.readContent(&c)
			case "name", "reasoning_content", "reasoning", "refusal":
				r.Size.Bytes += c.Length()
			case "tool_calls", "function_call":
				if c.Filled() {
					r.Size.Bytes += len(c.Value())
				} else {
					c.Skip()
				}
			default:
				c.Skip()
			}
		}
	}
	if r.messages == 0 {
		r.Fail("messages", "must hold at least one message")
	}
}

// readContent reads a message's content: text, or an array of parts.
func (r *reading) readContent(c *scan.Cursor) {
	if c.Peek() != '[' {
		r.Size.Bytes += c.Length()
		return
	}
	c.Enter('[')
	for c.Next() {
		if c.Peek() != '{' { // Mistral takes bare strings among the parts
			r.Size.Bytes += c.Length()
			continue
		}
		c.Enter('{')
		for c.Next() {
			switch string(c.Key()) {
			case "text", "refusal":
				r.Size.Bytes += c.Length()
			case "image_url":
				r.readMedia(c, llm.FeatureImages)
			case "input_audio":
				r.readMedia(c, llm.FeatureAudio)
			case "file", "document_url":
				r.readMedia(c, llm.FeatureFiles)
			default:
				c.Skip()
			}
		}
	}
}

// readMedia reads an image, a sound or a file, which is an object or, with Mistral, a text.
// What of it is base64 is data; the rest is read like text, but an image's address.
func (r *reading) readMedia(c *scan.Cursor, f llm.Feature) {
	if c.Peek() == 'n' { // null, which means the same as none
		c.Skip()
		return
	}
	r.Req.Features |= f
	start, data := c.At, 0
	if c.Peek() != '{' {
		data = codec.Base64(c, f == llm.FeatureAudio)
	} else {
		c.Enter('{')
		for c.Next() {
			switch string(c.Key()) {
			case "url":
				data += codec.Base64(c, false)
			case "data", "file_data":
				data += codec.Base64(c, true)
			default:
				c.Skip()
			}
		}
	}
	r.Size.Data += data
	if f == llm.FeatureImages {
		r.Size.Images++
		return
	}
	r.Size.Media += data
	r.Size.Bytes += c.At - start - data
}

// reasons reports whether a parameter about reasoning asks for it: true, an effort or
// an object that does not switch it off. The spellings are OpenAI's reasoning_effort,
// OpenRouter's reasoning, the thinking of DeepSeek and Z.ai and Qwen's enable_thinking.
func reasons(doc []byte, v scan.Value) bool {
	c := scan.CursorAt(doc, v.Start)
	if !c.Enter('{') {
		return said(v.Raw(doc))
	}
	on := true
	for c.Next() {
		switch string(c.Key()) {
		case "effort", "enabled", "type":
			on = said(c.Value()) && on
		default:
			c.Skip()
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
