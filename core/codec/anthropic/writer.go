package anthropic

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// NewWriter starts an answer to r.
func (Codec) NewWriter(r *llm.Request) codec.Writer { return &writer{req: r} }

// writer writes one answer. Events of this schema go on as they are, with the model's name
// and, if asked for, the cost put in. From the first event on that is of another schema, or
// that goes on with an answer begun by another endpoint, all are composed of their deltas.
type writer struct {
	req    *llm.Request
	splice codec.Splice

	begun    bool // message_start is written
	ended    bool // message_delta is written
	failed   bool // an error is, behind which there is nothing
	held     int  // bytes in the queue
	composes bool
	resumed  bool
	next     int // the index of the block that begins next
	spliced  kind
	number   int    // of the last block among those that are spliced
	open     bool   // it is not stopped
	queue    []held // the block that is written, and those that wait for its end
	finish   llm.Finish
	foreign  bool // the reason is another schema's
	matched  []byte
	usage    llm.Usage
	cost     int64 // as last known
	priced   bool
}

// Append writes the event.
func (w *writer) Append(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	switch {
	case e.Dropped || w.failed:
		return dst
	case e.Err != nil && w.req.Stream:
		return sse.AppendEvent(dst, "error", Codec{}.AppendError(nil, codec.WithoutRaw(e.Err)))
	case e.Err != nil:
		return Codec{}.AppendError(dst, e.Err)
	case e.Whole && e.Schema != llm.SchemaAnthropic:
		return w.appendWhole(dst, e, a)
	case e.Whole:
		return w.appendSpliced(dst, e, a)
	}
	if e.Schema == llm.SchemaAnthropic && !e.Done && !w.composes {
		if e.Object.Empty() {
			return append(dst, e.Raw...)
		}
		if !a.Resumed && a.SkipText == 0 && a.SkipThought == 0 && len(a.Lead) == 0 {
			w.note(e)
			return w.appendSpliced(dst, e, a)
		}
	}
	return w.compose(dst, e, a)
}

// AppendPause appends a ping, of which there may be any number
// (docs.anthropic.com/en/docs/build-with-claude/streaming, ping events).
func (w *writer) AppendPause(dst []byte) []byte {
	return append(dst, "event: ping\ndata: {\"type\":\"ping\"}\n\n"...)
}

// appendSpliced appends an event of this schema under the name that the caller knows.
func (w *writer) appendSpliced(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	var model scan.Edit
	if !e.Model.Empty() {
		model = w.splice.Model(e, a.Model)
	}
	return w.splice.Append(dst, e, model, w.req.WantCost, a)
}

// note keeps what an event that is spliced means for one that is composed.
func (w *writer) note(e *llm.Event) {
	w.begun = w.begun || !e.ID.Empty() || !e.Model.Empty()
	w.ended = w.ended || e.Finish != llm.FinishNone
	if len(e.Deltas) == 0 && e.Choices && !e.Content && e.Finish == llm.FinishNone {
		w.noteStart(e)
		return
	}
	for i := range e.Deltas {
		d := &e.Deltas[i]
		if d.Kind == llm.DeltaEnd {
			w.open = false
			continue
		}
		w.opened(kindOfDelta(d.Kind), d.Block)
	}
}

// opened notes that a block goes on, or begins.
func (w *writer) opened(k kind, number int) {
	w.spliced, w.number, w.open = k, number, true
	w.next = max(w.next, number+1)
}

// noteStart notes a block that begins with nothing in it.
func (w *writer) noteStart(e *llm.Event) {
	c := scan.CursorAt(e.Raw, e.Object.Start)
	c.Enter('{')
	for c.Next() {
		switch string(c.Key()) {
		case "content_block":
			w.opened(readBlock(&c).kind, w.next)
		case "message":
			w.begun = true
			c.Skip()
		default:
			c.Skip()
		}
	}
}

func kindOfDelta(k llm.DeltaKind) kind {
	switch k {
	case llm.DeltaText, llm.DeltaRefusal:
		return kindText
	case llm.DeltaThought, llm.DeltaSignature:
		return kindThinking
	case llm.DeltaRedacted:
		return kindRedacted
	case llm.DeltaCall, llm.DeltaArguments:
		return kindCall
	}
	return kindOther
}
