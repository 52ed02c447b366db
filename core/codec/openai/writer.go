package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// NewWriter starts an answer to r.
func (c Codec) NewWriter(r *llm.Request) codec.Writer { return &writer{req: r} }

type writer struct {
	req    *llm.Request
	name   []byte // what stands for the model
	splice codec.Splice
	// spliced: the event before was, and could come again.
	spliced bool

	first  first
	editor scan.Editor // of chunks that are changed more than that
	spoke  uint64      // choices of which a chunk has gone on as it was

	composer *composer // of events of other schemas; nil before the first
}

// Append writes the event with the provider's own bytes, the model's name and, if asked
// for, the cost put in. What nobody asked for, a usage chunk, is left out. Of an answer
// that goes on, or of which the caller has the beginning, more is changed: see appendOn.
func (w *writer) Append(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	taken := a.Resumed || a.SkipText > 0 || a.SkipThought > 0 || len(a.Lead) > 0
	if e.Again && w.spliced && !taken {
		return w.splice.Again(dst, e)
	}
	w.spliced = false
	switch {
	case e.Dropped:
		return dst
	case e.Err != nil && w.req.Stream:
		return sse.AppendData(dst, Codec{}.AppendError(nil, codec.WithoutRaw(e.Err)))
	case e.Err != nil:
		return Codec{}.AppendError(dst, e.Err)
	case e.Done:
		return append(w.end(dst, a), "data: [DONE]\n\n"...)
	case e.Schema != llm.SchemaOpenAI:
		return w.compose(dst, e, a)
	case e.Object.Empty():
		return append(dst, e.Raw...)
	case !e.Whole && !e.Choices && !w.req.WantUsage && (e.Usage.Known || !e.Bill.Empty()):
		return dst
	}
	if e.Whole {
		return w.splice.Append(dst, e, w.model(e, a.Model), w.req.WantCost, a)
	}
	w.first.note(e)
	w.spoke |= e.Spoke
	if w.composer != nil && e.Usage.Known { // this chunk has the usage
		w.composer.usage = llm.Usage{}
	}
	if taken {
		return w.appendOn(dst, e, a)
	}
	w.spliced = e.Steady && !e.Model.Empty()
	return w.splice.Append(dst, e, w.model(e, a.Model), w.req.WantCost, a)
}

// AppendPause appends a comment, which parsers of event streams pass over
// (html.spec.whatwg.org, 9.2.6).
func (w *writer) AppendPause(dst []byte) []byte { return append(dst, ": waiting\n\n"...) }

// model puts the name into the event, as a member of its own if there is none: strict
// clients want the field.
//
// Beside it stands an empty system_fingerprint in a whole answer that has none, as those of
// vLLM: OpenRouter's own SDK refuses an answer without one.
func (w *writer) model(e *llm.Event, name string) scan.Edit {
	prints := e.Whole && e.Choices && !e.Printed && w.req.Operation != llm.OperationEmbeddings
	if !e.Model.Empty() && !prints {
		return w.splice.Model(e, name)
	}
	w.name = w.name[:0]
	if e.Model.Empty() {
		w.name = append(w.name, `"model":`...)
	}
	w.name = scan.AppendQuote(w.name, name)
	if prints {
		w.name = append(w.name, `,"system_fingerprint":""`...)
	}
	if !e.Model.Empty() {
		return scan.Edit{Start: e.Model.Start, End: e.Model.End, With: w.name}
	}
	at := e.Object.Start + 1
	if !codec.Blank(e.Raw[at : e.Object.End-1]) {
		w.name = append(w.name, ',')
	}
	return scan.Edit{Start: at, End: at, With: w.name}
}
