package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewWriter starts an answer to r.
func (Codec) NewWriter(r *llm.Request) codec.Writer { return &writer{req: r} }

// writer writes one answer: a provider's bytes with the model's name put in, or, where they
// are of another schema or taken up, everything anew.
type writer struct {
	req    *llm.Request
	name   []byte // what stands for the model
	splice codec.Splice
	id     []byte // responseId of the first chunk, with its quotes

	calls   []call // that are not complete yet
	written int    // how many of them, from the first on
	held    int    // bytes of them
	broken  bool   // they were too many: the answer has ended in an error
	thought block  // that is to get a signature; kind none: there is none
	choice  int    // of that
	origin  llm.Schema
	ended   []llm.Finish // by choice, not written yet
	usage   llm.Usage    // not written yet
	opened  int          // the choice whose parts are being written; -1: none
}

// Append writes the event. Comments are left out: Google's SDKs for Go, Python and JavaScript
// take every line for data.
func (w *writer) Append(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	switch {
	case e.Dropped || w.broken:
		return dst
	case e.Err != nil && w.req.Stream:
		return appendFailure(dst, codec.WithoutRaw(e.Err))
	case e.Err != nil:
		return Codec{}.AppendError(dst, e.Err)
	case e.Done:
		return w.end(dst, a)
	case e.Schema == llm.SchemaGemini && !a.Resumed && a.SkipText == 0 && a.SkipThought == 0 && len(a.Lead) == 0:
		if e.Object.Empty() {
			return dst
		}
		if w.id == nil && e.ID.End-e.ID.Start > len(`""`) {
			w.id = append(w.id, e.Raw[e.ID.Start:e.ID.End]...)
		}
		return w.splice.Append(dst, e, w.model(e, a.Model), w.req.WantCost, a)
	case e.Whole:
		return w.whole(dst, e, a)
	}
	return w.compose(dst, e, a)
}

// appendFailure appends the event of an error.
func appendFailure(dst []byte, e *llm.Error) []byte {
	return append(Codec{}.AppendError(append(dst, "data: "...), e), lineEnds...)
}

// AppendPause appends nothing: what Google's SDKs would pass over is not known to be passed
// over by all of them (googleapis/go-genai api_client.go, iterateResponseStream).
func (w *writer) AppendPause(dst []byte) []byte { return dst }

// model puts the name into the event, as a member of its own if there is none.
func (w *writer) model(e *llm.Event, name string) scan.Edit {
	if !e.Model.Empty() {
		return w.splice.Model(e, name)
	}
	w.name = scan.AppendQuote(append(w.name[:0], `"modelVersion":`...), name)
	at := e.Object.Start + 1
	if !codec.Blank(e.Raw[at : e.Object.End-1]) {
		w.name = append(w.name, ',')
	}
	return scan.Edit{Start: at, End: at, With: w.name}
}
