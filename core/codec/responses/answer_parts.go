package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// kinds is a set of what an answer has had.
type kinds uint8

const (
	kindText kinds = 1 << iota
	kindRefusal
	kindThought
	kindCall
	kindCustom // a call whose arguments are no JSON
	kindOther
)

// part is a piece of the answer that is a block of its own: a part of a message, the
// reasoning of an item, a call.
type part struct {
	output int64 // index of the item
	index  int64 // of the part in a message
	kind   kinds
	block  int
	seen   bool // some of its content has come
	closed bool // its item is complete
	source source
	last   int64 // index of the text of reasoning that came last
}

// source is which of its two forms reasoning came in first; the other repeats it.
type source uint8

const (
	ofNothing source = iota
	ofSummary
	ofContent
)

// maxParts bounds how many parts of an answer are kept in mind.
const maxParts = 1024

// find is the part of that kind and place; nil if it has not begun.
func (g *grammar) find(kind kinds, output, index int64) *part {
	for i := len(g.parts) - 1; i >= 0; i-- {
		if p := &g.parts[i]; p.kind == kind && p.output == output && p.index == index {
			return p
		}
	}
	return nil
}

// begin begins a part.
func (g *grammar) begin(kind kinds, output, index int64) *part {
	if len(g.parts) == maxParts {
		g.parts = append(g.parts[:0], g.parts[1:]...)
	}
	g.parts = append(g.parts, part{kind: kind, output: output, index: index, block: g.blocks})
	g.blocks++
	g.seen |= kind
	return &g.parts[len(g.parts)-1]
}

// partAt is the part to which an event belongs, begun if need be; nil if what the event says
// has come before: news says that it is a delta.
func (g *grammar) partAt(kind kinds, output, index int64, news bool) *part {
	p := g.find(kind, output, index)
	switch {
	case p == nil || p.closed && news:
		return g.begin(kind, output, index)
	case !news && p.seen:
		return nil
	}
	return p
}

// tell adds a piece of a part to the event's.
//
//go:noinline
func (g *grammar) tell(kind llm.DeltaKind, p *part, text llm.Escaped) *llm.Delta {
	g.deltas = append(g.deltas, llm.Delta{Kind: kind, Block: p.block, Text: text})
	return &g.deltas[len(g.deltas)-1]
}

// had is what of an item has come, whatever its place in it: Bedrock counts the parts of a
// message otherwise in the item than in deltas.
func (g *grammar) had(output int64) (kinds kinds) {
	for i := range g.parts {
		if p := &g.parts[i]; p.output == output && p.seen {
			kinds |= p.kind
		}
	}
	return kinds
}

// text reads text, which is new or what a part has been in all.
func (g *grammar) text(doc []byte, v scan.Value, output, index int64, news bool) {
	text := codec.Inner(v.Raw(doc))
	if len(text) == 0 {
		return
	}
	p := g.partAt(kindText, output, index, news)
	if p == nil {
		return
	}
	p.seen = true
	g.place(&g.e.Text, v, &g.more)
	g.words = true
	g.carry(len(text))
	g.tell(llm.DeltaText, p, text)
}

// place notes the only place of a text in the event; of a second one, that there are more.
func (g *grammar) place(at *llm.Span, v scan.Value, more *bool) {
	if !at.Empty() {
		*more = true
		return
	}
	*at = llm.Span{Start: g.at + v.Start, End: g.at + v.End}
}

func (g *grammar) refusal(doc []byte, v scan.Value, output, index int64, news bool) {
	text := codec.Inner(v.Raw(doc))
	if len(text) == 0 {
		return
	}
	if p := g.partAt(kindRefusal, output, index, news); p != nil {
		p.seen, g.refused, g.more = true, true, true
		g.carry(len(text))
		g.tell(llm.DeltaRefusal, p, text)
	}
}

// thought reads reasoning. All of an item's is one block; between two texts of it stands an
// empty line. index is that of the text.
func (g *grammar) thought(doc []byte, v scan.Value, output int64, of source, index int64, news bool) {
	text := codec.Inner(v.Raw(doc))
	if len(text) == 0 {
		return
	}
	p := g.find(kindThought, output, 0)
	switch {
	case p == nil || p.closed && news:
		p = g.begin(kindThought, output, 0)
		p.last = index
	case p.seen && (p.source != of || !news && index <= p.last):
		return
	}
	if p.seen && index != p.last {
		g.odd = true
		g.carry(len(paragraph))
		g.tell(llm.DeltaThought, p, llm.Escaped(paragraph))
	}
	p.seen, p.source, p.last = true, of, index
	g.place(&g.e.Thought, v, &g.odd)
	g.carry(len(text))
	g.tell(llm.DeltaThought, p, text)
}

// arguments reads arguments of a call that has begun. Those of another are read when it is
// complete.
func (g *grammar) arguments(doc []byte, v scan.Value, output int64, news bool) {
	text := codec.Inner(v.Raw(doc))
	p := g.find(kindCall, output, 0)
	if p == nil || len(text) == 0 || p.closed || p.seen && !news {
		return
	}
	p.seen, g.e.Tool = true, true
	g.carry(len(text))
	g.tell(llm.DeltaArguments, p, text)
}

// part reads a part that is complete.
func (g *grammar) part(doc []byte, at scan.Value, v *event) {
	if at.Kind != scan.KindObject {
		return
	}
	c := scan.CursorAt(doc, at.Start)
	c.Enter('{')
	g.content(doc, &c, v.output, v.content, v.summary, 0)
}

// content reads a complete part of an item, whose members c stands in front of, unless that
// has had one of the kind.
func (g *grammar) content(doc []byte, c *scan.Cursor, output, index, summary int64, had kinds) {
	var kind llm.Escaped
	var text scan.Value
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = codec.Inner(c.Value())
		case "text", "refusal":
			text = value(c)
		case "annotations":
			g.more = c.Filled() && g.e.Whole || g.more
			c.Skip()
		default:
			c.Skip()
		}
	}
	switch string(kind) {
	case "output_text", "text":
		if had&kindText != 0 {
			return
		}
		g.text(doc, text, output, index, false)
	case "refusal":
		if had&kindRefusal != 0 {
			return
		}
		g.refusal(doc, text, output, index, false)
	case "summary_text":
		g.thought(doc, text, output, ofSummary, summary, false)
	case "reasoning_text":
		g.thought(doc, text, output, ofContent, index, false)
	}
}

// value is the place of the string in front of c, which steps over it; none if it is no string.
func value(c *scan.Cursor) scan.Value {
	v := c.Value()
	if len(v) < 2 || v[0] != '"' {
		return scan.Value{}
	}
	return scan.Value{Kind: scan.KindString, Start: c.At - len(v), End: c.At}
}

// close ends the parts of an item.
func (g *grammar) close(output int64) {
	for i := range g.parts {
		if p := &g.parts[i]; p.output == output && !p.closed {
			p.closed = true
			g.tell(llm.DeltaEnd, p, nil)
		}
	}
}

// forget forgets the complete parts of an item's place, where another one begins.
func (g *grammar) forget(output int64) {
	kept := g.parts[:0]
	for _, p := range g.parts {
		if p.output != output || !p.closed {
			kept = append(kept, p)
		}
	}
	g.parts = kept
}
