package anthropic

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// AppendRequest appends the caller's body with the model's name set and without the fields
// meant for the router, or, if that is in another schema, one written from f.Prompt.
func (Codec) AppendRequest(dst []byte, r *llm.Request, f codec.Form) []byte {
	if r.Schema != llm.SchemaAnthropic && f.Prompt != nil {
		return translate(dst, r, f)
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
		codec.SetStream(&ed, f.Stream, r.Marks[markStream], llm.Span{})
	}
	messages := r.Marks[markMessages]
	if codec.HasCarried(r.Body) {
		with, bare := withoutCarried(r.Body[messages.Start:messages.End])
		if bare {
			thinkNot(&ed, r.Body)
		}
		if end := prefilled(f); len(f.Prefill) > 0 && len(with) > len(`[]`) {
			with = append(with[:len(with)-1], end...)
		} else if len(f.Prefill) > 0 {
			with = append(with[:1], end[1:]...)
		}
		ed.Set(codec.ValueAt(messages), with)
	} else if len(f.Prefill) > 0 {
		ed.Set(scan.Value{Start: messages.End - 1, End: messages.End}, prefilled(f))
	}
	return ed.Append(dst)
}

// prefilled is the end of the messages with the answer so far as the last of them. It may
// not end in white space
// (docs.anthropic.com/en/docs/build-with-claude/prompt-engineering/prefill-claudes-response).
func prefilled(f codec.Form) []byte {
	text := bytes.TrimRight(f.Prefill, " \t\r\n")
	return append(scan.AppendQuote([]byte(`,{"role":"assistant","content":`), string(text)), `}]`...)
}

// withoutCarried are the messages without the reasoning that providers of other schemas made,
// the signatures of which no one here can read. A message of which nothing is left goes too.
// bare reports that the calls which the last message answers have lost what led to them.
func withoutCarried(messages []byte) (out []byte, bare bool) {
	out = append(make([]byte, 0, len(messages)), '[')
	last := false // of the message at hand
	c := scan.CursorAt(messages, 0)
	c.Enter('[')
	for c.Next() {
		c.Peek()
		start := c.At
		raw := c.Value()
		bare, last = last, false
		if codec.HasCarried(raw) {
			raw, last = stripped(messages, start, raw)
		}
		if raw == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, raw...)
	}
	return append(out, ']'), bare
}

// stripped is a message without carried blocks; nil if it had no others. bare reports that
// calls are left, and no reasoning in front.
func stripped(doc []byte, start int, raw []byte) (left []byte, bare bool) {
	c := scan.CursorAt(doc, start)
	if !c.Enter('{') {
		return raw, false
	}
	var ed scan.Editor
	ed.Reset(raw)
	for c.Next() {
		if string(c.Key()) != "content" || c.Peek() != '[' {
			c.Skip()
			continue
		}
		from, gone, thinks, calls := c.At, 0, false, false
		with := []byte{'['}
		c.Enter('[')
		for c.Next() {
			block := c.Value()
			if isCarried(block) {
				gone++
				continue
			}
			inner := scan.CursorAt(block, 0)
			k := readBlock(&inner).kind
			thinks = thinks || len(with) == 1 && (k == kindThinking || k == kindRedacted)
			calls = calls || k == kindCall
			with = append(comma(with, 1), block...)
		}
		if gone == 0 {
			continue
		}
		if len(with) == 1 {
			return nil, false
		}
		bare = calls && !thinks
		ed.Set(scan.Value{Start: from - start, End: c.At - start}, append(with, ']'))
	}
	return ed.Append(nil), bare
}

// thinkNot switches reasoning off where it would have to begin with what led to the last
// calls (docs.anthropic.com/en/docs/build-with-claude/extended-thinking, preserving thinking
// blocks), and with it the wish to clear some of it. Models that judge themselves how much to
// reason go on without.
func thinkNot(ed *scan.Editor, body []byte) {
	thinking, ok := budgetIn(body)
	if !ok {
		return
	}
	ed.Set(thinking, []byte(`{"type":"disabled"}`))
	if start, m := locate(body, 0, "context_management"); bytes.Contains(body[m.Start:m.End], []byte("clear_thinking")) {
		ed.Remove(start, m.End)
	}
}

// budgetIn is the member that asks for reasoning in so many tokens, if there is one.
func budgetIn(body []byte) (thinking scan.Value, ok bool) {
	_, thinking = locate(body, 0, "thinking")
	return thinking, thinking.Kind != scan.KindNone && string(find(body, thinking.Start, "type")) == `"enabled"`
}

// unthought is that thinkNot switches reasoning off.
func unthought(r *llm.Request) []codec.Lack {
	if _, ok := budgetIn(r.Body); !ok {
		return nil
	}
	messages := r.Marks[markMessages]
	if _, bare := withoutCarried(r.Body[messages.Start:messages.End]); !bare {
		return nil
	}
	return []codec.Lack{{Field: llm.FieldBudget, Fate: codec.Dropped, Note: "another schema's provider reasoned before the last calls, and there is none behind those"}}
}

// carries reports whether a signature begins as those do that are carried, be it whole or not.
func carries(signature llm.Escaped) bool {
	const begins = 12 // characters
	return codec.HasCarried(signature[:min(len(signature), begins)])
}

// isCarried reports whether a block is reasoning of another schema's provider.
func isCarried(block []byte) bool {
	c := scan.CursorAt(block, 0)
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		switch string(c.Key()) {
		case "signature", "data":
			if carries(codec.Inner(c.Value())) {
				return true
			}
		default:
			c.Skip()
		}
	}
	return false
}
