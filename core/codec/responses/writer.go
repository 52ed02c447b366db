package responses

import (
	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewWriter starts an answer to r.
func (Codec) NewWriter(r *llm.Request) codec.Writer { return &writer{req: r} }

// line writes JSON in one line, as an event has to have it.
//
//go:noinline
func line(w *jsonout.Writer, key string, json []byte) {
	w.Raw(key, json)
	codec.OneLine(w.Buf[len(w.Buf)-len(json):])
}

// writer writes one answer. As long as the events are of this schema they are spliced, and
// what is needed to go on alone is noted. Once it has composed, it composes to the end.
type writer struct {
	jsonout.Writer
	req    *llm.Request
	name   []byte
	splice codec.Splice

	id, created []byte // of the response, as JSON
	items       []written
	first       int // the first of items that may be open
	held        int // bytes in items
	slab, spare []byte
	seq         int64 // the number of the next event
	echo        echo
	begun       bool // the first events are written
	composed    bool
	ended       bool
	lost        bool // not all of what was spliced has been noted
	mute        bool // what is added to items is not written as events

	// Of the event at hand, or of the whole answer.
	schema  llm.Schema
	resumed bool
	answer  codec.Answer
	finish  llm.Finish
	usage   llm.Usage
}

// Append writes the event with the provider's own bytes, or from what it says.
func (w *writer) Append(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	switch {
	case e.Dropped || w.ended && !e.Whole:
		return dst
	case e.Err != nil && !w.req.Stream:
		return Codec{}.AppendError(dst, e.Err)
	case e.Err != nil:
		return w.fail(dst, e.Err, a)
	case e.Object.Empty() && len(e.Raw) > 0 && len(e.Deltas) == 0: // a comment
		if e.Schema != llm.SchemaResponses {
			return dst
		}
		return append(dst, e.Raw...)
	}
	taken := a.Resumed || a.SkipText > 0 || a.SkipThought > 0 || len(a.Lead) > 0
	if e.Schema != llm.SchemaResponses || e.Object.Empty() || w.composed || taken {
		return w.compose(dst, e, a)
	}
	if !e.Whole {
		w.note(e)
	}
	w.ended = e.Finish != llm.FinishNone
	return w.splice.Append(dst, e, w.named(e, a.Model), w.req.WantCost, a)
}

// AppendPause appends a comment, which parsers of event streams pass over
// (html.spec.whatwg.org, 9.2.6).
func (w *writer) AppendPause(dst []byte) []byte { return append(dst, ": waiting\n\n"...) }

// named puts the model's name into the event: in its place, into a response that has none, and
// nowhere where there is no response.
func (w *writer) named(e *llm.Event, model string) scan.Edit {
	if !e.Model.Empty() {
		return w.splice.Model(e, model)
	}
	at := e.Object.Start
	if !e.Whole {
		if at = responseAt(e); at < 0 {
			return scan.Edit{}
		}
	}
	w.name = scan.AppendQuote(append(w.name[:0], `"model":`...), model)
	if c := scan.CursorAt(e.Raw, at); c.Filled() {
		w.name = append(w.name, ',')
	}
	return scan.Edit{Start: at + 1, End: at + 1, With: w.name}
}

// responseAt is the place of the response object in an event that lacks a model; -1 if it has
// none, as all events but those at the beginning and the end.
func responseAt(e *llm.Event) int {
	if e.Content && e.Finish == llm.FinishNone {
		return -1
	}
	c := scan.CursorAt(e.Raw, e.Object.Start)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "response" && c.Peek() == '{' {
			return c.At
		}
		c.Skip()
	}
	return -1
}

// note keeps in mind what the caller has been told by an event that is spliced: the numbers of
// events and items, and text that the events at the end have to repeat. Answers with calls or
// other things are not taken up by anybody.
func (w *writer) note(e *llm.Event) {
	w.seq++
	w.begun = true
	if w.id == nil && !e.ID.Empty() {
		w.id = append(w.id, e.Raw[e.ID.Start:e.ID.End]...)
		w.noteCreated(e)
	}
	switch {
	case w.lost:
	case e.Tool || e.Content && !e.Plain && !e.Reasoned || w.held > maxHeld || w.id == nil:
		w.lost, w.items, w.first, w.held = true, nil, 0, 0
	case !e.Text.Empty() || !e.Thought.Empty():
		w.noteText(e)
	case e.ID.Empty():
		w.noteItem(e)
	}
}

// noteCreated keeps when the answer was begun.
func (w *writer) noteCreated(e *llm.Event) {
	at := responseAt(e)
	if at < 0 {
		return
	}
	c := scan.CursorAt(e.Raw, at)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "created_at" {
			w.created = append(w.created[:0], c.Value()...)
		} else {
			c.Skip()
		}
	}
}

// noteText keeps text and reasoning, which belong to the item that was begun last.
func (w *writer) noteText(e *llm.Event) {
	for i := range e.Deltas {
		d := &e.Deltas[i]
		kind := kindText
		if d.Kind == llm.DeltaThought {
			kind = kindThought
		} else if d.Kind != llm.DeltaText {
			continue
		}
		for j := len(w.items) - 1; j >= 0; j-- {
			if it := &w.items[j]; it.open && it.kind == kind {
				it.block, it.parted = d.Block, true
				it.text = append(it.text, d.Text...)
				w.held += len(d.Text)
				break
			}
		}
	}
}

// noteItem keeps an item that begins or is complete.
func (w *writer) noteItem(e *llm.Event) {
	var kind string
	var item []byte
	c := scan.CursorAt(e.Raw, e.Object.Start)
	c.Enter('{')
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = eventNamed(codec.Inner(c.Value()))
		case "item":
			item = c.Value()
		default:
			c.Skip()
		}
	}
	if last := len(w.items) - 1; kind == partAdded && last >= 0 {
		w.items[last].parted = true
	}
	if kind != itemAdded && kind != itemDone || len(item) == 0 || item[0] != '{' {
		return
	}
	var it outputItem
	c = scan.CursorAt(item, 1)
	it.read(&c)
	last := len(w.items) - 1
	if kind == itemAdded || last < 0 || !w.items[last].open {
		n := written{id: append([]byte(nil), it.id...), open: true, kind: kindText, at: int64(len(w.items))}
		if string(it.kind) == "reasoning" {
			n.kind = kindThought
		}
		w.items = append(w.items, n)
		last++
	}
	if kind == itemDone {
		w.items[last].open = false
		w.items[last].raw = append([]byte(nil), item...)
		w.held += len(item) - len(w.items[last].text)
		w.items[last].text = nil
	}
}
