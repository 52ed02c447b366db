package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// AppendRequest appends what an endpoint is sent. A body in this schema goes on as it is, with
// the model's name set, without the fields meant for the router and without reasoning that
// another provider signed; a request in another schema is written from its prompt.
func (Codec) AppendRequest(dst []byte, r *llm.Request, f codec.Form) []byte {
	if r.Schema != llm.SchemaResponses {
		return appendPrompt(dst, f)
	}
	var ed scan.Editor
	ed.Reset(r.Body)
	switch at := r.Marks[codec.MarkModel]; {
	case at.Empty():
		ed.Insert(scan.AppendQuote([]byte(`"model":`), f.Name))
	case r.Model != f.Name:
		ed.Set(codec.ValueAt(at), scan.AppendQuote(nil, f.Name))
	}
	codec.Strip(&ed, r)
	if f.Stream != r.Stream {
		codec.SetStream(&ed, f.Stream, r.Marks[markStream], r.Marks[markOptions])
	}
	if input := r.Marks[markInput]; !input.Empty() {
		some := true
		if codec.HasCarried(r.Body[input.Start:input.End]) {
			some = withoutCarried(&ed, r.Body, input.Start)
		}
		if len(f.Prefill) > 0 {
			prefill(&ed, r.Body, input, f.Prefill, some)
		}
	}
	return ed.Append(dst)
}

// withoutCarried removes the reasoning items whose encrypted_content is another provider's, and
// reports whether any items are left.
func withoutCarried(ed *scan.Editor, doc []byte, at int) (some bool) {
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return true
	}
	for c.Next() {
		start, foreign := c.At, false
		if c.Enter('{') {
			for c.Next() {
				if string(c.Key()) == "encrypted_content" {
					_, _, _, foreign = codec.Carried(codec.Inner(c.Value()))
				} else {
					c.Skip()
				}
			}
		}
		if some = some || !foreign; foreign {
			ed.Remove(start, c.At)
		}
	}
	return some
}

// prefill adds the answer so far to the input, as the last message; some says whether there
// are items in front of it. OpenAI's own models begin anew behind it; servers that render the
// items with a model's chat template may go on.
func prefill(ed *scan.Editor, doc []byte, input llm.Span, text []byte, some bool) {
	last := append(scan.AppendQuote([]byte(`{"role":"assistant","content":`), string(text)), `}]`...)
	if doc[input.Start] == '"' {
		with := append([]byte(`[{"role":"user","content":`), doc[input.Start:input.End]...)
		ed.Set(codec.ValueAt(input), append(append(with, `},`...), last...))
		return
	}
	if c := scan.CursorAt(doc, input.Start); some && c.Filled() {
		last = append([]byte{','}, last...)
	}
	ed.Set(scan.Value{Start: input.End - 1, End: input.End}, last)
}
