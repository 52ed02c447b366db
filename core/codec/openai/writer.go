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
	req   *llm.Request
	edits [2]scan.Edit
	name  []byte // what stands for the model
	cost  []byte // what is added to the usage

	first  first
	editor scan.Editor // of chunks that are changed more than that
}

// Append writes the event with the provider's own bytes, the model's name and, if asked
// for, the cost put in. What nobody asked for, a usage chunk, is left out. Of an answer
// that goes on, or of which the caller has the beginning, more is changed: see appendOn.
func (w *writer) Append(dst []byte, e *llm.Event, a codec.Answer) []byte {
	switch {
	case e.Dropped:
		return dst
	case e.Err != nil && w.req.Stream:
		return sse.AppendData(dst, Codec{}.AppendError(nil, withoutRaw(e.Err)))
	case e.Err != nil:
		return Codec{}.AppendError(dst, e.Err)
	case e.Done:
		return append(dst, "data: [DONE]\n\n"...)
	case e.Object.Empty():
		return append(dst, e.Raw...)
	case !e.Whole && !e.Choices && !w.req.WantUsage && (e.Usage.Known || !e.Bill.Empty()):
		return dst
	}
	if e.Whole {
		return scan.AppendEdited(dst, e.Raw, w.splice(e, a))
	}
	w.first.note(e)
	if a.Resumed || a.SkipText > 0 || a.SkipThought > 0 || len(a.Lead) > 0 {
		return w.appendOn(dst, e, a)
	}
	return scan.AppendEdited(dst, e.Raw, w.splice(e, a))
}

// AppendPause appends a comment, which parsers of event streams pass over
// (html.spec.whatwg.org, 9.2.6).
func (w *writer) AppendPause(dst []byte) []byte { return append(dst, ": waiting\n\n"...) }

// withoutRaw keeps an error in a stream in our own words: a provider's body may be of
// several lines, and it lacks what we know.
func withoutRaw(e *llm.Error) *llm.Error {
	c := *e
	c.Raw = nil
	return &c
}

// splice lists the edits, in the order of their places.
func (w *writer) splice(e *llm.Event, a codec.Answer) []scan.Edit {
	model := w.model(e, a.Model)
	if !w.req.WantCost || e.Bill.Empty() {
		w.edits[0] = model
		return w.edits[:1]
	}
	at := e.Bill.End - 1
	cost := scan.Edit{Start: at, End: at, With: w.price(e, a)}
	if at < model.Start {
		w.edits = [2]scan.Edit{cost, model}
	} else {
		w.edits = [2]scan.Edit{model, cost}
	}
	return w.edits[:]
}

// model puts the name into the event, as a member of its own if there is none: strict
// clients want the field.
//
// Beside it stands an empty system_fingerprint in a whole answer that has none, as those of
// vLLM: OpenRouter's own SDK refuses an answer without one.
func (w *writer) model(e *llm.Event, name string) scan.Edit {
	w.name = w.name[:0]
	if e.Model.Empty() {
		w.name = append(w.name, `"model":`...)
	}
	w.name = scan.AppendQuote(w.name, name)
	if e.Whole && e.Choices && !e.Printed {
		w.name = append(w.name, `,"system_fingerprint":""`...)
	}
	if !e.Model.Empty() {
		return scan.Edit{Start: e.Model.Start, End: e.Model.End, With: w.name}
	}
	at := e.Object.Start + 1
	if !blank(e.Raw[at : e.Object.End-1]) {
		w.name = append(w.name, ',')
	}
	return scan.Edit{Start: at, End: at, With: w.name}
}

// price is usage.cost in dollars, as OpenRouter gives it; null when the price is unknown.
func (w *writer) price(e *llm.Event, a codec.Answer) []byte {
	w.cost = w.cost[:0]
	if !blank(e.Raw[e.Bill.Start+1 : e.Bill.End-1]) {
		w.cost = append(w.cost, ',')
	}
	w.cost = append(w.cost, `"cost":`...)
	if !a.Priced {
		w.cost = append(w.cost, "null"...)
	} else {
		w.cost = llm.AppendDollars(w.cost, a.Cost)
	}
	return w.cost
}

// blank reports whether an object is empty, given what is between its braces.
func blank(inner []byte) bool {
	c := scan.CursorAt(inner, 0)
	return c.Peek() == 0
}
