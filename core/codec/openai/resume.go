package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// first is what the chunks of one stream have in common: callers take it from the first
// chunk, and some check the others against it.
type first struct {
	id, created []byte
}

// note keeps what e says of it, once.
func (f *first) note(e *llm.Event) {
	if f.id != nil || e.ID.End-e.ID.Start <= len(`""`) { // Azure begins with an empty id
		return
	}
	f.id = append(f.id, e.Raw[e.ID.Start:e.ID.End]...)
	c := scan.CursorAt(e.Raw, e.Object.Start)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "created" {
			f.created = append(f.created[:0], c.Value()...)
		} else {
			c.Skip()
		}
	}
}

// appendOn appends a chunk of an answer that another endpoint has begun, or of one whose
// beginning the caller has: under the id and the time of the first chunk, without the words
// that are to be skipped, and without the role, which openai-python's accumulate_delta would
// add to the one that it has. It is for few chunks of few streams, and may allocate.
func (w *writer) appendOn(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	doc := e.Raw[e.Object.Start:e.Object.End]
	w.editor.Reset(doc)
	set := func(at llm.Span, with []byte) {
		w.editor.Set(scan.Value{Start: at.Start - e.Object.Start, End: at.End - e.Object.Start}, with)
	}
	if e.Model.Empty() {
		w.editor.Insert(scan.AppendQuote([]byte(`"model":`), a.Model))
	} else {
		set(e.Model, scan.AppendQuote(nil, a.Model))
	}
	if w.req.WantCost && !e.Bill.Empty() {
		set(llm.Span{Start: e.Bill.End - 1, End: e.Bill.End}, append(w.splice.Price(e, a), '}'))
	}
	if a.Resumed && w.first.id != nil && !e.ID.Empty() {
		set(e.ID, w.first.id)
	}
	if (a.SkipText > 0 || len(a.Lead) > 0) && !e.Text.Empty() {
		left := rest(e.Raw[e.Text.Start:e.Text.End], a.SkipText)
		lead := scan.AppendQuote(nil, string(a.Lead))
		set(e.Text, append(lead[:len(lead)-1], left[1:]...))
	}
	r := rewriting{writer: w, doc: doc, resumed: a.Resumed}
	if a.SkipThought > 0 && !e.Thought.Empty() {
		r.thought = e.Raw[e.Thought.Start:e.Thought.End]
		r.left = rest(r.thought, a.SkipThought)
	}
	r.object()
	dst = append(dst, e.Raw[:e.Object.Start]...)
	dst = w.editor.Append(dst)
	return append(dst, e.Raw[e.Object.End:]...)
}

// rest is the string literal raw without the first n bytes of what it stands for. The others
// stay as they are written: half of a surrogate pair may be the other half of one that another
// chunk has.
func rest(raw []byte, n int) []byte {
	at := scan.Behind(raw, n)
	return append([]byte{'"'}, raw[at:]...)
}

// rewriting is a chunk whose members are being changed that an event has no places of.
type rewriting struct {
	*writer
	doc           []byte
	resumed       bool
	thought, left []byte // reasoning as it is, under one name or two, and what is left of it
}

func (r *rewriting) object() {
	c := scan.CursorAt(r.doc, 0)
	c.Enter('{')
	for c.Next() {
		switch key := string(c.Key()); {
		case key == "created" && r.resumed && r.first.created != nil:
			r.set(&c, nil, r.first.created)
		case key == "choices" && c.Enter('['):
			for c.Next() {
				if c.Enter('{') {
					r.choice(&c)
				}
			}
		case key != "choices":
			c.Skip()
		}
	}
}

func (r *rewriting) choice(c *scan.Cursor) {
	for c.Next() {
		if string(c.Key()) != "delta" {
			c.Skip()
			continue
		}
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			start := c.At
			switch string(c.Key()) {
			case "role":
				c.Skip()
				if r.resumed {
					r.editor.Remove(start, c.At)
				}
			case "reasoning", "reasoning_content":
				if r.thought == nil {
					c.Skip()
					continue
				}
				r.set(c, r.thought, r.left)
			default:
				c.Skip()
			}
		}
	}
}

// set puts with in place of the value in front of c if that is old, or whatever it is if old
// is nil.
func (r *rewriting) set(c *scan.Cursor, old, with []byte) {
	c.Peek()
	start := c.At
	if v := c.Value(); old == nil || string(v) == string(old) {
		r.editor.Set(scan.Value{Start: start, End: c.At}, with)
	}
}
