package openai

import (
	"strowger/core/llm"
	"strowger/core/scan"
)

const includeUsage = `"include_usage":true`

// AppendRequest appends the caller's body with the model's name set, without the
// fields meant for the router, and asking for usage where the answer is a stream.
// Reading has left marks where these are, so nothing is looked for again.
func (Codec) AppendRequest(dst []byte, r *llm.Request, name string) []byte {
	var ed scan.Editor
	ed.Reset(r.Body)
	switch at := r.Marks[markModel]; {
	case at.Empty():
		ed.Insert(scan.AppendQuote([]byte(`"model":`), name))
	case r.Model != name:
		ed.Set(valueAt(at), scan.AppendQuote(nil, name))
	}
	for _, at := range r.Marks[markProvider : markSession+1] {
		if !at.Empty() {
			ed.Remove(at.Start, at.End)
		}
	}
	if r.Stream {
		askUsage(&ed, r.Body, r.Marks[markOptions])
	}
	return ed.Append(dst)
}

func valueAt(at llm.Span) scan.Value { return scan.Value{Start: at.Start, End: at.End} }

// askUsage sets include_usage in the stream options, leaving the others alone.
func askUsage(ed *scan.Editor, doc []byte, at llm.Span) {
	if at.Empty() {
		ed.Insert([]byte(`"stream_options":{` + includeUsage + `}`))
		return
	}
	c := cursorAt(doc, at.Start)
	if c.peek() != '{' { // null
		ed.Set(valueAt(at), []byte(`{`+includeUsage+`}`))
		return
	}
	some := c.filled()
	c.enter('{')
	for c.next() {
		if string(c.key()) != "include_usage" {
			c.skip()
			continue
		}
		if v := c.value(); string(v) != "true" {
			ed.Set(scan.Value{Start: c.at - len(v), End: c.at}, []byte("true"))
		}
		return
	}
	with := []byte(`{` + includeUsage)
	if some {
		with = append(with, ',')
	}
	ed.Set(scan.Value{Start: at.Start, End: at.Start + 1}, with)
}
