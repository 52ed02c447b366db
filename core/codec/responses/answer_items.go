package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// callBytes is what a tool call takes besides its name and arguments, about four tokens.
const callBytes = 16

// outputItem are the members of an item of the output.
type outputItem struct {
	kind, name, id, callID, secret, result, format llm.Escaped
	arguments, input                               scan.Value
	action                                         []byte
	content, summary                               int // places; 0: none
}

func (it *outputItem) read(c *scan.Cursor) {
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			it.kind = codec.Inner(c.Value())
		case "id":
			it.id = codec.Inner(c.Value())
		case "call_id":
			it.callID = codec.Inner(c.Value())
		case "name":
			it.name = codec.Inner(c.Value())
		case "arguments":
			it.arguments = value(c)
		case "input":
			it.input = value(c)
		case "action":
			it.action = c.Value()
		case "encrypted_content":
			it.secret = codec.Inner(c.Value())
		case "result":
			it.result = codec.Inner(c.Value())
		case "output_format":
			it.format = codec.Inner(c.Value())
		case "content":
			it.content = c.At
			c.Skip()
		case "summary":
			it.summary = c.At
			c.Skip()
		default:
			c.Skip()
		}
	}
	if len(it.callID) == 0 {
		it.callID = it.id
	}
}

// item reads the item in front of c: as it begins, which says of a call what it is, or
// complete.
func (g *grammar) item(doc []byte, c *scan.Cursor, output int64, done bool) {
	if !c.Enter('{') {
		return
	}
	var it outputItem
	it.read(c)
	if !done {
		g.forget(output)
	}
	switch string(it.kind) {
	case "message":
		if done && it.content > 0 {
			g.contents(doc, it.content, output)
		}
	case "reasoning":
		if done {
			g.reasoning(doc, &it, output)
		}
	case "function_call":
		g.call(doc, &it, output, done)
	case "custom_tool_call", "local_shell_call":
		g.custom(doc, &it, output, done)
	default:
		if done {
			g.other(&it, output)
		}
	}
	if done {
		g.close(output)
	}
}

// contents reads the complete parts of a message or of reasoning.
func (g *grammar) contents(doc []byte, at int, output int64) {
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return
	}
	had := g.had(output)
	for i := int64(0); c.Next(); i++ {
		if c.Enter('{') {
			g.content(doc, &c, output, i, i, had)
		}
	}
}

// reasoning reads reasoning that is complete, and what only its provider can read of it.
func (g *grammar) reasoning(doc []byte, it *outputItem, output int64) {
	if it.summary > 0 {
		g.contents(doc, it.summary, output)
	}
	if it.content > 0 {
		g.contents(doc, it.content, output)
	}
	p := g.find(kindThought, output, 0)
	if p != nil && p.closed || len(it.secret) == 0 {
		return
	}
	kind := llm.DeltaSignature
	if p == nil {
		p, kind = g.begin(kindThought, output, 0), llm.DeltaRedacted
		p.seen = true
	}
	g.odd, g.e.Content = true, true
	g.tell(kind, p, it.secret).Origin = llm.SchemaResponses
}

// none is what a call without arguments is written with.
const none = "{}"

// call reads a call of a function. A complete one without arguments counts as if it had none,
// written.
func (g *grammar) call(doc []byte, it *outputItem, output int64, done bool) {
	p := g.find(kindCall, output, 0)
	if done && p != nil {
		if g.arguments(doc, it.arguments, output, false); !p.seen && !p.closed {
			g.e.Tool = true
			g.carry(len(none))
		}
		return
	}
	args := codec.Inner(it.arguments.Raw(doc))
	if done && len(args) == 0 {
		g.carry(len(none))
	}
	p = g.begin(kindCall, output, 0)
	p.seen = len(args) > 0
	g.called, g.e.Tool = true, true
	g.carry(len(it.name) + callBytes + len(args))
	d := g.tell(llm.DeltaCall, p, args)
	d.ID, d.Name = it.callID, it.name
}

// custom reads a call whose arguments are no JSON: it becomes one of a function when it is
// complete, but counts from its beginning.
func (g *grammar) custom(doc []byte, it *outputItem, output int64, done bool) {
	p := g.find(kindCustom, output, 0)
	if p == nil || p.closed && !done {
		p = g.begin(kindCustom, output, 0)
		g.called, g.e.Tool = true, true
		g.carry(len(it.name) + callBytes)
	}
	if !done || p.closed {
		return
	}
	g.e.Tool, g.e.Content = true, true
	if !p.seen {
		g.carry(max(it.input.End-it.input.Start-len(`""`), len(it.action)))
	}
	args := append(g.joined[:0], it.action...)
	name := it.name
	if string(it.kind) == "custom_tool_call" {
		args = append(codec.AppendString(append(args, `{"input":`...), codec.Inner(it.input.Raw(doc))), '}')
	} else {
		name = llm.Escaped(localShell)
	}
	from := len(args)
	g.joined = codec.AppendEscaped(args, string(args))
	d := g.tell(llm.DeltaCall, p, g.joined[from:])
	d.ID, d.Name = it.callID, name
}

// other reads an item that the provider has dealt with itself. Of those only pictures have a
// place in other schemas.
func (g *grammar) other(it *outputItem, output int64) {
	if p := g.find(kindOther, output, 0); p != nil && p.closed {
		return
	}
	p := g.begin(kindOther, output, 0)
	g.more, g.e.Content = true, true
	d := g.tell(llm.DeltaOther, p, nil)
	if string(it.kind) == "image_generation_call" && len(it.result) > 0 {
		d.Kind, d.Text, d.Name = llm.DeltaMedia, it.result, llm.Escaped("image/png")
		if len(it.format) > 0 {
			d.Name = append(llm.Escaped("image/"), it.format...)
		}
	}
}
