package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// content reads the parts of a choice.
func (d *document) content(at, choice int) {
	c := scan.CursorAt(d.doc, at)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "parts" || c.Peek() != '[' {
			c.Skip()
			continue
		}
		c.Enter('[')
		for c.Next() {
			if c.Peek() == '{' {
				d.part(&c, choice)
			} else {
				c.Skip()
			}
		}
	}
}

func (d *document) part(c *scan.Cursor, choice int) {
	start := c.At
	p := readPart(c)
	p.start, p.end = start, c.At
	d.tell(&p, choice)
}

// callBytes is what a function call takes besides its name and arguments, about four tokens.
const callBytes = 16

// tell says in the event what a part is.
func (d *document) tell(p *part, choice int) {
	e := d.e
	switch {
	case p.call > 0:
		e.Tool, e.Content = true, true
		d.call(p, choice)
	case p.media && len(p.data) > 0:
		e.Content, d.more = true, true
		d.begin(llm.DeltaMedia, choice)
		d.add(llm.Delta{Kind: llm.DeltaMedia, Choice: choice, Name: p.kind, Text: p.data})
		d.end(choice)
	case p.other, p.media, p.result > 0:
		e.Content, d.more = true, true
		d.begin(llm.DeltaOther, choice)
		other := llm.Delta{Kind: llm.DeltaOther, Choice: choice}
		if d.native {
			other.Text, other.Origin = d.quote(d.doc[p.start:p.end]), llm.SchemaGemini
		}
		d.add(other)
		d.end(choice)
	default:
		d.words(p, choice)
	}
}

// words tells a text or a thought, and the signature of either. A signature that is of no
// thought has a place only in this schema, and its return is not asked for
// (https://ai.google.dev/gemini-api/docs/thought-signatures).
func (d *document) words(p *part, choice int) {
	e, kind, place := d.e, llm.DeltaText, &d.e.Text
	if p.thought {
		kind, place = llm.DeltaThought, &e.Thought
	}
	if n := p.text.End - p.text.Start - len(`""`); n > 0 {
		e.Content, e.Size = true, e.Size+n
		d.worded = d.worded || !p.thought
		if place.End-place.Start > len(`""`) {
			d.more = true
		} else {
			*place = llm.Span{Start: d.at + p.text.Start, End: d.at + p.text.End}
		}
		d.begin(kind, choice)
		d.add(llm.Delta{Kind: kind, Choice: choice, Text: llm.Escaped(d.doc[p.text.Start+1 : p.text.End-1])})
	}
	if len(p.signature) == 0 || !p.thought && !d.native {
		return
	}
	d.begin(kind, choice)
	d.add(llm.Delta{Kind: llm.DeltaSignature, Choice: choice, Text: p.signature, Origin: llm.SchemaGemini})
	d.end(choice)
}

// call tells a function call, which is complete but where its arguments come in pieces of
// their own kind: these only who asked for them understands
// (https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc).
func (d *document) call(p *part, choice int) {
	if len(p.name) == 0 && (p.partial || p.args == nil) {
		d.begin(llm.DeltaOther, choice)
		d.add(llm.Delta{Kind: llm.DeltaOther, Choice: choice})
		return
	}
	d.called |= 1 << choice
	args := p.args
	if args == nil {
		args = []byte("{}")
	}
	d.e.Size += len(p.name) + callBytes + len(args)
	d.begin(llm.DeltaCall, choice)
	d.add(llm.Delta{
		Kind: llm.DeltaCall, Choice: choice, ID: p.id, Name: p.name, Text: d.quote(args),
		Signature: p.signature, Origin: llm.SchemaGemini,
	})
	d.add(llm.Delta{Kind: llm.DeltaEnd, Choice: choice})
	d.end(choice)
}

// quote is JSON as a text. What was quoted before stays where it is.
func (d *document) quote(json []byte) llm.Escaped {
	at := len(d.quoted)
	d.quoted = codec.AppendEscaped(d.quoted, string(json))
	return llm.Escaped(d.quoted[at:len(d.quoted):len(d.quoted)])
}

// begin goes on with the choice's block of that kind, or begins one.
func (g *grammar) begin(kind llm.DeltaKind, choice int) {
	for len(g.open) <= choice {
		g.open = append(g.open, block{})
	}
	if b := &g.open[choice]; b.kind != kind {
		*b = block{kind, g.begun}
		g.begun++
	}
}

// end lets the next part of the choice begin a block, whatever it is.
func (g *grammar) end(choice int) { g.open[choice].kind = llm.DeltaNone }

// add adds a delta to the choice's block.
//
//go:noinline
func (g *grammar) add(d llm.Delta) {
	d.Block = g.open[d.Choice].number
	g.deltas = append(g.deltas, d)
}
