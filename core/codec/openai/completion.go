package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// readTexts scans the prompt of a completion or the input of embeddings: a text, several, or
// such as numbers of tokens (platform.openai.com/docs/api-reference/completions/create, prompt).
func (r *reading) readTexts(key string, v scan.Value) {
	c := scan.CursorAt(r.Doc, v.Start)
	switch v.Kind {
	case scan.KindString:
		r.messages++
		r.Size.Bytes += c.Length()
		return
	case scan.KindArray:
	default:
		r.Fail(key, "must be a string or an array")
		return
	}
	c.Enter('[')
	tokens := 0
	for c.Next() {
		switch c.Peek() {
		case '"':
			r.messages++
			r.Size.Bytes += c.Length()
		case '[':
			r.messages++
			c.Enter('[')
			for c.Next() {
				c.Skip()
				r.Size.Bytes += codec.BytesPerToken
			}
		default:
			c.Skip()
			tokens++
		}
	}
	r.Size.Bytes += tokens * codec.BytesPerToken
	if tokens > 0 {
		r.messages++
	}
	if r.messages == 0 {
		r.Fail(key, "must not be empty")
	}
}

// prompt decodes the prompt of a completion: elsewhere it is what a user says. Several have
// several answers, which no other schema can give.
func (d *decoding) prompt(c *scan.Cursor) {
	array := c.Peek() == '['
	if array {
		c.Enter('[')
		c.Next()
	}
	if c.Peek() != '"' {
		d.p.Fields.Add(llm.FieldTokenInput)
		return
	}
	text := textOf(c)
	if array && c.Next() {
		d.fail("prompt", "several prompts can only be answered by a provider of the same schema")
	}
	d.p.Messages = []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartText, Text: text}}}}
}

// inputs decodes what is to be embedded.
func (d *decoding) inputs(c *scan.Cursor) {
	if c.Peek() == '"' {
		d.p.Inputs = []llm.Escaped{d.filled("input", c)}
		return
	}
	if !c.Enter('[') {
		return
	}
	for i := 0; c.Next(); i++ {
		if c.Peek() == '"' {
			d.p.Inputs = append(d.p.Inputs, d.filled(nth("input", i, ""), c))
			continue
		}
		if b := c.Peek(); b != '[' && (b < '0' || b > '9') {
			d.fail("input["+strconv.Itoa(i)+"]", "must be a string")
		}
		c.Skip()
		d.p.Fields.Add(llm.FieldTokenInput)
	}
}

// filled is a text to embed, which must not be empty
// (platform.openai.com/docs/api-reference/embeddings/create, input).
func (d *decoding) filled(param string, c *scan.Cursor) llm.Escaped {
	text := textOf(c)
	if len(text) == 0 {
		d.fail(param, "must not be empty")
	}
	return text
}
