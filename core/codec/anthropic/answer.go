package anthropic

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// callBytes is what a tool call takes besides its name and arguments, about four tokens.
const callBytes = 16

// block is a block of content as it stands: the values of its members.
type block struct {
	kind                                  kind
	text, signature, data, id, name, body []byte
	at                                    int // the place of the text
	typed                                 bool
}

// readBlock reads the block in front of c.
func readBlock(c *scan.Cursor) (b block) {
	if !c.Enter('{') {
		return b
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			b.kind, b.typed = kindOf(c.Value()), true
		case "text", "thinking":
			c.Peek()
			b.at = c.At
			b.text = c.Value()
		case "signature":
			b.signature = c.Value()
		case "data":
			b.data = c.Value()
		case "id":
			b.id = c.Value()
		case "name":
			b.name = c.Value()
		case "input":
			b.body = c.Value()
		default:
			c.Skip()
		}
	}
	return b
}

// carry counts bytes of content.
func (d *document) carry(n int) {
	if n > 0 {
		d.e.Content = true
		d.e.Size += n
	}
}

// give adds a delta.
//
//go:noinline
func (d *document) give(delta llm.Delta) { d.deltas = append(d.deltas, delta) }

// wholeBlock reads a block of a message.
func (d *document) wholeBlock(c *scan.Cursor, n int) {
	b := readBlock(c)
	d.begin(&b, n)
	if b.kind != kindCall {
		return
	}
	text := codec.AppendEscaped(nil, string(b.body))
	if len(text) == 0 || text[0] != '{' {
		text = []byte("{}")
	}
	last := &d.deltas[len(d.deltas)-1]
	last.Text = text
	d.carry(len(text))
}

// begin reads what a block begins with; in a message that is all of it but the arguments.
func (d *document) begin(b *block, n int) {
	e := d.e
	text := codec.Inner(b.text)
	switch b.kind {
	case kindText:
		if len(text) > 0 {
			d.give(llm.Delta{Kind: llm.DeltaText, Block: n, Text: text})
		}
		d.carry(len(text))
	case kindThinking:
		if len(text) > 0 {
			d.give(llm.Delta{Kind: llm.DeltaThought, Block: n, Text: text})
		}
		d.carry(len(text))
		if signature := codec.Inner(b.signature); len(signature) > 0 {
			d.give(llm.Delta{Kind: llm.DeltaSignature, Block: n, Text: signature, Origin: llm.SchemaAnthropic})
		}
		e.Reasoned = !e.Whole
	case kindRedacted:
		d.give(llm.Delta{Kind: llm.DeltaRedacted, Block: n, Text: codec.Inner(b.data), Origin: llm.SchemaAnthropic})
		e.Content, e.Plain, e.Reasoned = true, false, !e.Whole
	case kindCall:
		d.give(llm.Delta{Kind: llm.DeltaCall, Block: n, ID: codec.Inner(b.id), Name: codec.Inner(b.name)})
		e.Tool, e.Plain, d.called = true, false, true
		d.carry(len(codec.Inner(b.name)) + callBytes)
	default:
		d.give(llm.Delta{Kind: llm.DeltaOther, Block: n})
		e.Content, e.Plain = true, false
	}
}

// blockStart reads content_block_start.
func (d *document) blockStart() {
	index, _ := scan.Int(d.index.Raw(d.doc))
	c := scan.CursorAt(d.doc, d.block.Start)
	b := readBlock(&c)
	n := len(d.blocks)
	d.blocks = append(d.blocks, opened{index: index, kind: b.kind})
	d.begin(&b, n)
	switch b.kind {
	case kindText:
		d.e.Text = d.words(&b)
	case kindThinking:
		d.e.Thought = d.words(&b)
	case kindCall:
		if len(b.body) > 0 && b.body[0] == '{' {
			d.blocks[n].input = append([]byte(nil), b.body...)
		}
	}
}

// words is the place of a block's text, if there is any.
func (d *document) words(b *block) llm.Span {
	if len(codec.Inner(b.text)) == 0 {
		return llm.Span{}
	}
	return llm.Span{Start: d.at + b.at, End: d.at + b.at + len(b.text)}
}

// find is the number of the block with an index, the last one of several. One that has not
// begun does so now, as what its first piece is.
func (d *document) find(as kind) int {
	index, _ := scan.Int(d.index.Raw(d.doc))
	for i := len(d.blocks) - 1; i >= 0; i-- {
		if d.blocks[i].index == index {
			return i
		}
	}
	d.blocks = append(d.blocks, opened{index: index, kind: as})
	return len(d.blocks) - 1
}

// blockDelta reads content_block_delta.
func (d *document) blockDelta() {
	var of, value []byte
	at := 0
	c := scan.CursorAt(d.doc, d.delta.Start)
	if d.delta.Kind != scan.KindObject || !c.Enter('{') {
		d.e.Plain = true
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			of = c.Value()
		case "text", "thinking", "partial_json", "signature":
			c.Peek()
			at = c.At
			value = c.Value()
		default:
			c.Skip()
		}
	}
	e, text := d.e, codec.Inner(value)
	place := llm.Span{Start: d.at + at, End: d.at + at + len(value)}
	switch string(of) {
	case `"text_delta"`:
		e.Plain, e.Steady = true, true
		if n := d.find(kindText); len(text) > 0 {
			e.Text = place
			d.give(llm.Delta{Kind: llm.DeltaText, Block: n, Text: text})
		}
		d.carry(len(text))
	case `"thinking_delta"`:
		e.Plain, e.Reasoned, e.Steady = true, true, true
		if n := d.find(kindThinking); len(text) > 0 {
			e.Thought = place
			d.give(llm.Delta{Kind: llm.DeltaThought, Block: n, Text: text})
		}
		d.carry(len(text))
	case `"signature_delta"`:
		e.Plain, e.Reasoned = true, true
		if n := d.find(kindThinking); len(text) > 0 {
			d.give(llm.Delta{Kind: llm.DeltaSignature, Block: n, Text: text, Origin: llm.SchemaAnthropic})
		}
	case `"input_json_delta"`:
		d.arguments(text)
	default: // references to sources, and what is still to come: no other schema has them
		d.find(kindOther)
	}
}

// arguments reads a piece of a tool call, of the caller's tools or of the provider's.
func (d *document) arguments(text llm.Escaped) {
	n := d.find(kindOther)
	if b := &d.blocks[n]; b.kind == kindCall {
		d.e.Tool = true
		if len(text) > 0 {
			b.fed = true
			d.give(llm.Delta{Kind: llm.DeltaArguments, Block: n, Text: text})
		}
	} else {
		d.give(llm.Delta{Kind: llm.DeltaOther, Block: n})
	}
	d.carry(len(text))
}

// blockStop reads content_block_stop. A call whose arguments have not come has those it began
// with, which are mostly none.
func (d *document) blockStop() {
	n := d.find(kindOther)
	b := &d.blocks[n]
	switch {
	case b.kind == kindThinking:
		d.e.Reasoned = true
	case b.kind == kindCall && !b.fed:
		text := codec.AppendEscaped(nil, string(b.input))
		if len(text) == 0 {
			text = []byte("{}")
		}
		d.e.Tool, d.e.Plain, b.fed = true, false, true
		d.give(llm.Delta{Kind: llm.DeltaArguments, Block: n, Text: text})
		d.carry(len(text))
	}
	d.give(llm.Delta{Kind: llm.DeltaEnd, Block: n})
}
