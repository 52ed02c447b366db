package codec

import (
	"math/bits"
	"slices"

	"strowger/core/llm"
)

// Both is a codec as Gather needs it.
type Both interface {
	Ingress
	Egress
}

// Gather starts making one whole answer of a stream by way of the neutral form: it is
// written by c's own writer and read by its reader. What only c's schema can say is lost.
func Gather(c Both, r *llm.Request) Assembler { return &gatherer{codec: c, req: r} }

type gatherer struct {
	codec  Both
	req    *llm.Request
	blocks []llm.Delta // one for each block and kind, in their order
	ends   []llm.Delta // how each choice has ended
	finish llm.Finish
	stop   llm.Escaped
	usage  llm.Usage
	spoke  uint64
	size   int
	event  llm.Event
	err    error
}

// Add takes the next event; what is no content is passed over.
func (g *gatherer) Add(e *llm.Event) {
	for i := range e.Deltas {
		g.add(&e.Deltas[i])
	}
	if e.Finish != llm.FinishNone {
		g.finish = e.Finish
		for rest := e.Ended; rest != 0; rest &= rest - 1 {
			choice := bits.TrailingZeros64(rest)
			g.ends = append(g.ends, llm.Delta{Kind: llm.DeltaEnd, Choice: choice, Finish: e.FinishOf(choice)})
		}
	}
	if len(e.Matched) > 0 {
		g.stop = slices.Clone(e.Matched)
	}
	if e.Usage.Known {
		g.usage = e.Usage
	}
	g.spoke |= e.Spoke
	if g.size += e.Size; g.size > MaxAnswer && g.err == nil {
		g.err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than 64 MiB"}
	}
}

// add joins d to what there is of its block.
func (g *gatherer) add(d *llm.Delta) {
	if d.Kind == llm.DeltaEnd || g.err != nil {
		return
	}
	kind := d.Kind
	if kind == llm.DeltaArguments {
		kind = llm.DeltaCall
	}
	for i := len(g.blocks) - 1; i >= 0; i-- {
		if b := &g.blocks[i]; b.Choice == d.Choice && b.Block == d.Block && b.Kind == kind {
			b.Text = append(b.Text, d.Text...)
			return
		}
	}
	b := *d
	b.Kind, b.Text, b.ID, b.Name, b.Signature = kind, slices.Clone(d.Text), slices.Clone(d.ID), slices.Clone(d.Name), slices.Clone(d.Signature)
	g.blocks = append(g.blocks, b)
}

// Whole writes the answer and reads it.
func (g *gatherer) Whole() (*llm.Event, error) {
	if g.err != nil {
		return nil, g.err
	}
	whole := *g.req
	whole.Stream, whole.Schema = false, g.req.Schema
	deltas := g.blocks
	if slices.ContainsFunc(g.ends, func(d llm.Delta) bool { return d.Finish != g.finish }) {
		deltas = append(slices.Clip(deltas), g.ends...)
	}
	e := llm.Event{
		Whole: true, Deltas: deltas, Finish: g.finish, Matched: g.stop, Usage: g.usage, Choices: true,
		Content: len(g.blocks) > 0, Size: g.size, Spoke: g.spoke, Ended: g.spoke,
	}
	doc := g.codec.NewWriter(&whole).Append(nil, &e, &Answer{})
	reader := g.codec.NewReader(&whole, false)
	err := reader.Read(doc, func(*llm.Event) {})
	if err == nil {
		err = reader.Close(func(got *llm.Event) { g.event = *got })
	}
	return &g.event, err
}
