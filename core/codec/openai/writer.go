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
	edits [3]scan.Edit
	buf   []byte
}

// Append writes the event with the provider's own bytes, the model's name and, if asked
// for, the cost put in. What nobody asked for, a usage chunk, is left out.
func (w *writer) Append(dst []byte, e *llm.Event, a codec.Answer) []byte {
	switch {
	case e.Dropped:
		return dst
	case e.Err != nil:
		return sse.AppendData(dst, Codec{}.AppendError(nil, withoutRaw(e.Err)))
	case e.Done:
		return append(dst, "data: [DONE]\n\n"...)
	case e.Object.Empty():
		return append(dst, e.Raw...)
	case !e.Whole && !w.req.WantUsage && e.Usage.Known && !e.Choices:
		return dst
	}
	return scan.AppendEdited(dst, e.Raw, w.splice(e, a))
}

// withoutRaw keeps an error in a stream in our own words: a provider's body may be of
// several lines, and it lacks what we know.
func withoutRaw(e *llm.Error) *llm.Error {
	c := *e
	c.Raw = nil
	return &c
}

func (w *writer) splice(e *llm.Event, a codec.Answer) []scan.Edit {
	edits := w.edits[:0]
	name := func(prefix, suffix string) []byte {
		w.buf = append(w.buf[:0], prefix...)
		w.buf = scan.AppendQuote(w.buf, a.Model)
		w.buf = append(w.buf, suffix...)
		return w.buf
	}
	if e.Model.Empty() { // strict clients want the field
		at := e.Object.Start + 1
		edits = append(edits, scan.Edit{Start: at, End: at, With: name(`"model":`, ",")})
	} else {
		edits = append(edits, scan.Edit{Start: e.Model.Start, End: e.Model.End, With: name("", "")})
	}
	if w.req.WantCost && !e.Bill.Empty() {
		at := e.Bill.End - 1
		cost := scan.Edit{Start: at, End: at, With: costMember(a, e.Raw[e.Bill.Start+1:at])}
		if at < edits[0].Start {
			edits = append(edits, edits[0])
			edits[0] = cost
		} else {
			edits = append(edits, cost)
		}
	}
	return edits
}

// costMember is usage.cost in dollars, as OpenRouter gives it; null when the price is
// unknown. inner is what the usage object holds so far.
func costMember(a codec.Answer, inner []byte) []byte {
	var b []byte
	for _, c := range inner {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			b = append(b, ',')
			break
		}
	}
	b = append(b, `"cost":`...)
	if !a.Priced {
		return append(b, "null"...)
	}
	return llm.AppendDollars(b, a.Cost)
}
