package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadPrompt decodes a request
// (https://platform.openai.com/docs/api-reference/responses/create). Neighbouring items of the
// assistant's are one message, and so are neighbouring results of tool calls.
func (Codec) ReadPrompt(r *llm.Request) (*llm.Prompt, *llm.Error) {
	d := decoding{prompt: &llm.Prompt{}}
	c := scan.CursorAt(r.Body, 0)
	input := c
	c.Enter('{')
	for c.Next() {
		switch key := c.Key(); {
		case string(key) == "input":
			input = c
			c.Skip()
		case c.Peek() == 'n' || ours(key): // null, which means the same as none
			c.Skip()
		default:
			d.member(string(key), &c)
		}
	}
	if input.At > 0 {
		d.input(&input)
	}
	if d.err != nil {
		return nil, d.err
	}
	d.extras()
	if d.resolve(); d.err != nil {
		return nil, d.err
	}
	codec.Complete(d.prompt)
	if err := codec.Nothing(d.prompt, "input"); err != nil {
		return d.prompt, err
	}
	return d.prompt, nil
}

// ours reports whether a member is read elsewhere or is for the router.
func ours(key []byte) bool {
	switch string(key) {
	case "model", "stream", "provider", "models", "model_routing_config", "usage", "session_id":
		return true
	}
	return false
}

// decoding is one request being decoded; the first error stays.
type decoding struct {
	prompt *llm.Prompt
	err    *llm.Error
	signed llm.Part // the signature of the call that comes next, and whose it is
	named  bool     // the end user has been named by the newer field
	extra  bool     // there are tools of the provider's that may be missing

	n, m  int    // the item at hand, and the part of it
	list  string // the member of the item in which the part is; empty: none is at hand
	said  bool   // a model has said the part
	names names
}

//go:noinline
func (d *decoding) fail(param, msg string) {
	if d.err == nil {
		d.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg}
	}
}

// member reads a member that is not null.
func (d *decoding) member(key string, c *scan.Cursor) {
	p := d.prompt
	switch key {
	case "stream_options":
		codec.UnknownIn(p, key, *c, " include_usage include_obfuscation ")
		c.Skip()
	case "instructions":
		if text := codec.Inner(c.Value()); len(text) > 0 {
			system := llm.Message{Role: llm.RoleSystem, Parts: []llm.Part{{Kind: llm.PartText, Text: text}}}
			p.Messages = append([]llm.Message{system}, p.Messages...)
		}
	case "max_output_tokens":
		n, _ := scan.Int(c.Value())
		p.MaxOutput = max(n, 0)
	case "tools":
		d.tools(c, nil)
	case "tool_choice":
		d.choice(c)
	case "parallel_tool_calls":
		p.OneTool = !d.flag(key, c.Value())
	case "text":
		d.format(c)
	case "reasoning":
		d.reasoning(c)
	case "include":
		d.include(c)
	case "truncation":
		d.use(llm.FieldTruncation, string(c.Value()) != `"disabled"`)
	case "background":
		d.use(llm.FieldBackground, d.flag(key, c.Value()))
	case "previous_response_id", "conversation", "prompt":
		c.Skip()
		d.use(llm.FieldState, true)
	default:
		d.value(key, c.Value())
	}
}

// use notes a field if it is used.
//
//go:noinline
func (d *decoding) use(f llm.Field, used bool) {
	if used {
		d.prompt.Fields.Add(f)
	}
}
