package openai

import (
	"bytes"
	"strconv"

	"strowger/core/llm"
	"strowger/core/scan"
)

// The estimates behind Request.InputTokens, and behind Request.InputBound of what is not
// text: an image has at most so many tokens as four usual ones have, and a sound or a file
// a token for every four of its bytes. Both are more than most models count.
const (
	bytesPerToken  = 4
	messageTokens  = 4
	imageTokens    = 800
	maxImageTokens = 4 * imageTokens
)

// size is how much a request says, in bytes as written.
type size struct {
	bytes  int // of what a model reads
	images int
	data   int // base64 of images, sounds and files, no part of bytes
	media  int // of that, what is not of images
}

func (s size) tokens(messages int) int64 {
	return int64((s.bytes+bytesPerToken-1)/bytesPerToken + messages*messageTokens + s.images*imageTokens)
}

// bound is the most tokens that a body of that many bytes can be: a token has at least a
// byte. Four characters of base64 are three bytes.
func (s size) bound(body int) int64 {
	return int64(body-s.data) + int64(s.images)*maxImageTokens + (int64(s.media)*3+4*bytesPerToken-1)/(4*bytesPerToken)
}

func (r *reading) readMessages(v scan.Value) {
	if v.Kind != scan.KindArray {
		r.fail("messages", "must be an array of messages")
		return
	}
	c := scan.CursorAt(r.doc, v.Start)
	c.Enter('[')
	for c.Next() {
		if !c.Enter('{') {
			r.fail("messages["+strconv.Itoa(r.messages)+"]", "must be an object with role and content")
			return
		}
		r.messages++
		for c.Next() {
			switch string(c.Key()) {
			case "content":
				r.readContent(&c)
			case "name", "reasoning_content", "reasoning", "refusal":
				r.size.bytes += c.Length()
			case "tool_calls", "function_call":
				if c.Filled() {
					r.size.bytes += len(c.Value())
				} else {
					c.Skip()
				}
			default:
				c.Skip()
			}
		}
	}
	if r.messages == 0 {
		r.fail("messages", "must hold at least one message")
	}
}

// readContent reads a message's content: text, or an array of parts.
func (r *reading) readContent(c *scan.Cursor) {
	if c.Peek() != '[' {
		r.size.bytes += c.Length()
		return
	}
	c.Enter('[')
	for c.Next() {
		if c.Peek() != '{' { // Mistral takes bare strings among the parts
			r.size.bytes += c.Length()
			continue
		}
		c.Enter('{')
		for c.Next() {
			switch string(c.Key()) {
			case "text", "refusal":
				r.size.bytes += c.Length()
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
	r.req.Features |= f
	start, data := c.At, 0
	if c.Peek() != '{' {
		data = base64(c, f == llm.FeatureAudio)
	} else {
		c.Enter('{')
		for c.Next() {
			switch string(c.Key()) {
			case "url":
				data += base64(c, false)
			case "data", "file_data":
				data += base64(c, true)
			default:
				c.Skip()
			}
		}
	}
	r.size.data += data
	if f == llm.FeatureImages {
		r.size.images++
		return
	}
	r.size.media += data
	r.size.bytes += c.At - start - data
}

// base64 is how many bytes of data the string in front of c has: all of it if it is bare or
// a data: URL (RFC 2397), else none. It steps over it.
func base64(c *scan.Cursor, bare bool) int {
	v := c.Value()
	if len(v) >= 2 && v[0] == '"' && (bare || bytes.HasPrefix(v, []byte(`"data:`))) {
		return len(v) - 2
	}
	return 0
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
