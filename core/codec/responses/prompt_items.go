package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// input reads the input, a text or an array of items, into messages.
func (d *decoding) input(c *scan.Cursor) {
	if c.Peek() != '[' {
		d.add(llm.RoleUser, llm.Part{Kind: llm.PartText, Text: codec.Inner(c.Value())})
		return
	}
	if !c.Filled() {
		d.add(llm.RoleUser)
	}
	c.Enter('[')
	for d.n = 0; c.Next(); d.n++ {
		if c.Enter('{') {
			var it item
			it.read(c)
			d.item(&it)
		}
	}
}

// fault refuses the item at hand, or its part that is, for one of its members.
func (d *decoding) fault(member, msg string) {
	if d.list != "" {
		member = indexed("."+d.list, int64(d.m), "."+member)
	} else {
		member = "." + member
	}
	d.fail(indexed("input", int64(d.n), member), msg)
}

// add appends a part as a message of its own.
func (d *decoding) add(role llm.Role, parts ...llm.Part) {
	d.prompt.Messages = append(d.prompt.Messages, llm.Message{Role: role, Parts: parts})
}

// join appends parts to the last message, if that has the role and, being the user's, holds
// results of tool calls; else as a message of their own.
func (d *decoding) join(role llm.Role, parts ...llm.Part) {
	if last := len(d.prompt.Messages) - 1; last >= 0 {
		m := &d.prompt.Messages[last]
		if m.Role == role && (role == llm.RoleAssistant || len(m.Parts) > 0 && m.Parts[0].Kind == llm.PartResult) {
			m.Parts = append(m.Parts, parts...)
			return
		}
	}
	d.add(role, parts...)
}

// item are the members of an item, each where it is in the body.
type item struct {
	kind, role, id, callID, name, namespace, arguments, input, secret llm.Escaped
	action                                                            []byte
	content, output, summary, tools                                   scan.Cursor
	hasContent, hasOutput, hasSummary, hasTools                       bool
	strange                                                           bool // a member has no meaning here
}

// read reads an item, whose members c stands in front of.
func (it *item) read(c *scan.Cursor) {
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			it.kind = codec.Inner(c.Value())
		case "role":
			it.role = codec.Inner(c.Value())
		case "id":
			it.id = codec.Inner(c.Value())
		case "call_id":
			it.callID = codec.Inner(c.Value())
		case "name":
			it.name = codec.Inner(c.Value())
		case "namespace":
			it.namespace = codec.Inner(c.Value())
		case "arguments":
			it.arguments = codec.Inner(c.Value())
		case "input":
			it.input = codec.Inner(c.Value())
		case "encrypted_content":
			it.secret = codec.Inner(c.Value())
		case "action":
			it.action = c.Value()
		case "content":
			it.content, it.hasContent = *c, true
			c.Skip()
		case "output":
			it.output, it.hasOutput = *c, true
			c.Skip()
		case "summary":
			it.summary, it.hasSummary = *c, true
			c.Skip()
		case "tools":
			it.tools, it.hasTools = *c, true
			c.Skip()
		case "status":
			c.Skip()
		default:
			it.strange = c.Peek() != 'n' || it.strange
			c.Skip()
		}
	}
	if len(it.callID) == 0 {
		it.callID = it.id
	}
	if len(it.kind) == 0 && len(it.role) > 0 {
		it.kind = llm.Escaped("message")
	}
}

// item reads an item.
func (d *decoding) item(it *item) {
	switch string(it.kind) {
	case "message":
		d.message(it)
	case "function_call":
		d.call(it, codec.ReadArguments(d.prompt, it.arguments))
	case "custom_tool_call":
		d.call(it, append(codec.AppendString([]byte(`{"input":`), it.input), '}'))
	case "local_shell_call":
		it.name = llm.Escaped(localShell)
		if len(it.action) == 0 || it.action[0] != '{' {
			it.action = []byte("{}")
		}
		d.call(it, it.action)
	case "function_call_output", "custom_tool_call_output", "local_shell_call_output":
		result := llm.Part{Kind: llm.PartResult, ID: it.callID}
		if len(it.callID) == 0 {
			d.fault("call_id", "missing: name the call whose result it is")
		}
		if it.hasOutput {
			result.Parts = d.parts(&it.output, "output", false)
		}
		d.join(llm.RoleUser, result)
	case "reasoning":
		d.thought(it)
	case "additional_tools":
		if it.hasTools {
			d.tools(&it.tools, nil)
		}
	case "computer_call_output", "shell_call_output", "apply_patch_call_output", "mcp_approval_response": // what callers answer
		d.use(llm.FieldServerTools, true)
	case "item_reference", "compaction", "compaction_summary", "": // of no use without what the provider keeps
		d.use(llm.FieldState, true)
	case "web_search_call", "file_search_call", "image_generation_call", "code_interpreter_call", "computer_call", "mcp_call",
		"mcp_list_tools", "mcp_approval_request", "shell_call", "apply_patch_call", "tool_search_call", "tool_search_output":
		d.use(llm.FieldOpaque, true)
		return
	default:
		codec.Unknown(d.prompt, append([]byte("input."), it.kind...))
		return
	}
	d.use(llm.FieldMember, it.strange)
}

func (d *decoding) message(it *item) {
	var parts []llm.Part
	if it.hasContent {
		parts = d.parts(&it.content, "content", string(it.role) == "assistant")
	}
	switch string(it.role) {
	case "user":
		d.add(llm.RoleUser, parts...)
	case "assistant":
		d.join(llm.RoleAssistant, parts...)
	case "system", "developer":
		d.add(llm.RoleSystem, parts...)
	default:
		d.fault("role", "must be user, assistant, system or developer")
	}
}

// call adds a tool call. The signature that was carried in front of it is its own.
func (d *decoding) call(it *item, args []byte) {
	if len(it.name) == 0 {
		d.fault("name", "missing: name the tool that was called")
	}
	d.join(llm.RoleAssistant, llm.Part{
		Kind: llm.PartCall, ID: it.callID, Name: it.name, JSON: args, Signature: d.signed.Signature, Origin: d.signed.Origin,
	})
	d.signed = llm.Part{}
	last := len(d.prompt.Messages) - 1
	d.names.calls = append(d.names.calls, called{last, len(d.prompt.Messages[last].Parts) - 1, it.namespace})
}

// thought reads reasoning: a summary of it or its text, and the form that only its provider
// can read (platform.openai.com/docs/guides/reasoning, encrypted reasoning items).
func (d *decoding) thought(it *item) {
	p := llm.Part{Kind: llm.PartThought, Origin: llm.SchemaResponses, Signature: it.secret}
	if it.hasSummary {
		p.Text = texts(&it.summary)
	}
	if len(p.Text) == 0 && it.hasContent {
		p.Text = texts(&it.content)
	}
	p.Redacted = len(p.Text) == 0
	if origin, of, signature, ok := codec.Carried(it.secret); ok {
		p.Signature, p.Origin = signature, origin
		if of == codec.SignedCall {
			d.signed = p
			return
		}
		p.Redacted = of == codec.SignedRedacted
	}
	if len(p.Text) == 0 && len(p.Signature) == 0 { // the provider keeps it
		d.use(llm.FieldThoughts, true)
		return
	}
	d.join(llm.RoleAssistant, p)
}

// texts joins the texts of an array of parts.
func texts(c *scan.Cursor) (all llm.Escaped) {
	if c.Peek() != '[' {
		return codec.Inner(c.Value())
	}
	c.Enter('[')
	for c.Next() {
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			if string(c.Key()) != "text" {
				c.Skip()
				continue
			}
			text := codec.Inner(c.Value())
			switch {
			case len(text) == 0:
			case len(all) == 0:
				all = text[:len(text):len(text)]
			default:
				all = append(append(all, paragraph...), text...)
			}
		}
	}
	return all
}

// paragraph stands between the parts of a summary, which have a line of their own each.
const paragraph = `\n\n`
