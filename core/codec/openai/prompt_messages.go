package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

func (d *decoding) messages(c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	for i := 0; c.Next(); i++ {
		at := c.At
		d.message(i, c)
		c.At = at
		c.Skip()
	}
}

// turn is a message as it is written: the places of its members, none of them null.
type turn struct {
	role, name, id                     llm.Escaped
	content, refusal, calls, function  int
	plain, reasoned, details, annotate int // reasoning, reasoning_content, reasoning_details, annotations
	audio                              bool
	cache                              []byte
}

func (d *decoding) message(i int, c *scan.Cursor) {
	var t turn
	d.at[0] = i
	if !c.Enter('{') {
		d.fail(nth("messages", i, ""), "must be an object")
		return
	}
	for c.Next() {
		key := c.Key()
		b := c.Peek()
		at := c.At
		v := c.Value()
		if b == 'n' {
			continue
		}
		if !t.member(string(key), at, v) {
			d.p.Fields.Add(llm.FieldMember)
		}
		if b != '"' && (string(key) == "name" || string(key) == "tool_call_id" || string(key) == "refusal") {
			d.fail(nth("messages", i, string(key)), "must be a string")
		}
	}
	m := llm.Message{Name: t.name}
	d.turn = llm.RoleUser
	switch string(t.role) {
	case "system", "developer":
		m.Role = llm.RoleSystem
	case "user":
		m.Role = llm.RoleUser
	case "assistant":
		m.Role, d.turn = llm.RoleAssistant, llm.RoleAssistant
	case "tool", "function":
		m.Role, m.Name = llm.RoleUser, nil
		result := llm.Part{Kind: llm.PartResult, ID: t.id, Name: t.name, Cache: t.cache}
		result.Parts = d.content(nil, i, t.content)
		m.Parts = with(nil, &result)
		d.p.Messages = append(d.p.Messages, m)
		return
	default:
		d.fail("messages["+strconv.Itoa(i)+"].role", "must be system, developer, user, assistant or tool")
		return
	}
	if m.Role == llm.RoleAssistant {
		m.Parts = d.thoughts(m.Parts, &t)
	}
	had := len(m.Parts)
	m.Parts = d.content(m.Parts, i, t.content)
	if m.Role == llm.RoleUser && len(m.Parts) == had && !d.p.Fields.Has(llm.FieldOpaque) && !d.p.Fields.Has(llm.FieldFileID) && !d.p.Fields.Has(llm.FieldCitations) {
		d.fail(nth("messages", i, "content"), "must not be empty")
	}
	if t.cache != nil && len(m.Parts) > 0 {
		m.Parts[len(m.Parts)-1].Cache = t.cache
	}
	if m.Role == llm.RoleAssistant {
		m.Parts = d.said(m.Parts, &t)
	}
	d.p.Messages = append(d.p.Messages, m)
}

// member notes the place of a member, and reports whether it is known.
func (t *turn) member(key string, at int, v []byte) bool {
	switch key {
	case "role":
		t.role = codec.Inner(v)
	case "name":
		t.name = codec.Inner(v)
	case "tool_call_id":
		t.id = codec.Inner(v)
	case "content":
		t.content = at
	case "refusal":
		t.refusal = at
	case "tool_calls":
		t.calls = at
	case "function_call":
		t.function = at
	case "reasoning":
		t.plain = at
	case "reasoning_content":
		t.reasoned = at
	case "reasoning_details":
		t.details = at
	case "annotations":
		t.annotate = at
	case "audio":
		t.audio = true
	case "cache_control":
		t.cache = v
	case "prefix": // Mistral's and DeepSeek's mark of what stands last anyway
	default:
		return false
	}
	return true
}

// thoughts reads the reasoning of a message: OpenRouter's details, which say the same as
// reasoning, or the text under one of its names.
func (d *decoding) thoughts(parts []llm.Part, t *turn) []llm.Part {
	doc := d.req.Body
	if t.details > 0 {
		had := len(parts)
		c := scan.CursorAt(doc, t.details)
		if c.Enter('[') {
			for c.Next() {
				var p llm.Part
				if detail(&p, c.Value()) {
					parts = with(parts, &p)
				}
			}
		}
		if len(parts) > had {
			return parts
		}
	}
	for _, at := range [...]int{t.reasoned, t.plain} {
		if at == 0 {
			continue
		}
		c := scan.CursorAt(doc, at)
		if text := textOf(&c); len(text) > 0 {
			return with(parts, &llm.Part{Kind: llm.PartThought, Text: text, Origin: llm.SchemaOpenAI})
		}
	}
	return parts
}

// detail is one of OpenRouter's reasoning_details as a thought. What has a signature, or is
// only for its provider to read, has to come back as it is: all of it but the text is the
// signature.
func detail(p *llm.Part, raw []byte) (ok bool) {
	p.Kind, p.Origin = llm.PartThought, llm.SchemaOpenAI
	signed := false
	c := scan.CursorAt(raw, 0)
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		switch string(c.Key()) {
		case "text", "summary":
			p.Text = textOf(&c)
		case "signature":
			signed = len(textOf(&c)) > 0 || signed
		case "data":
			p.Redacted = len(textOf(&c)) > 0 || p.Redacted
		default:
			c.Skip()
		}
	}
	if signed || p.Redacted {
		w := jsonout.Writer{}
		w.Begin('{')
		beside(&w, raw)
		w.End('}')
		p.Signature = codec.Escape(string(w.Buf))
	}
	return len(p.Text) > 0 || signed || p.Redacted
}

// said reads what else an assistant said: a refusal and tool calls.
func (d *decoding) said(parts []llm.Part, t *turn) []llm.Part {
	doc := d.req.Body
	if t.refusal > 0 {
		c := scan.CursorAt(doc, t.refusal)
		if text := textOf(&c); len(text) > 0 {
			parts = with(parts, &llm.Part{Kind: llm.PartRefusal, Text: text})
		}
	}
	if t.calls > 0 {
		c := scan.CursorAt(doc, t.calls)
		if !c.Enter('[') {
			d.fail(nth("messages", d.at[0], "tool_calls"), "must be an array")
			return parts
		}
		for d.at[1] = 0; c.Next(); d.at[1]++ {
			parts = d.call(parts, &c)
		}
	}
	if t.function > 0 {
		c := scan.CursorAt(doc, t.function)
		part := llm.Part{Kind: llm.PartCall}
		if !d.called(&part, &c) {
			d.fail(nth("messages", d.at[0], "function_call.name"), missing)
		}
		parts = with(parts, &part)
	}
	if t.annotate > 0 {
		if c := scan.CursorAt(doc, t.annotate); c.Filled() {
			d.p.Fields.Add(llm.FieldCitations)
		}
	}
	if t.audio {
		d.p.Fields.Add(llm.FieldOpaque)
	}
	return parts
}

// call reads one tool call. That of a custom tool has text for input, which becomes an
// argument of that name.
func (d *decoding) call(parts []llm.Part, c *scan.Cursor) []llm.Part {
	part, named := llm.Part{Kind: llm.PartCall}, false
	if !c.Enter('{') {
		d.failCall("", "must be an object")
		return parts
	}
	function := false
	for c.Next() {
		switch string(c.Key()) {
		case "id":
			part.ID = textOf(c)
		case "function":
			function = c.Peek() == '{'
			named = d.called(&part, c)
		case "custom":
			function = true
			named = d.called(&part, c)
			d.p.Fields.Add(llm.FieldCustomTools)
		case "type", "index":
			c.Skip()
		default:
			d.odd(c.Value())
		}
	}
	switch {
	case !function:
		d.failCall("function", missing)
	case !named:
		d.failCall("function.name", missing)
	}
	return with(parts, &part)
}

// failCall notes what is wrong with a member of the tool call at hand.
func (d *decoding) failCall(member, msg string) {
	if d.err == nil {
		d.fail(nth("messages", d.at[0], nth("tool_calls", d.at[1], member)), msg)
	}
}

// called reads name and arguments of a tool call.
func (d *decoding) called(p *llm.Part, c *scan.Cursor) (named bool) {
	if !c.Enter('{') {
		return false
	}
	p.JSON = []byte("{}")
	for c.Next() {
		switch string(c.Key()) {
		case "name":
			p.Name = textOf(c)
		case "arguments":
			p.JSON = d.arguments(c.Value())
		case "input":
			p.JSON = append(append([]byte(`{"input":`), c.Value()...), '}')
		default:
			d.odd(c.Value())
		}
	}
	return len(p.Name) > 0
}

// arguments are those of a call as an object, which some servers have them as.
func (d *decoding) arguments(raw []byte) []byte {
	switch raw[0] {
	case '{':
		return raw
	case '"':
		return codec.ReadArguments(d.p, codec.Inner(raw))
	case 'n':
		return []byte("{}")
	}
	return codec.ReadArguments(d.p, codec.Escape(string(raw)))
}
