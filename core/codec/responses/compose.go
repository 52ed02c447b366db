package responses

import (
	"bytes"
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
)

// maxHeld bounds what an answer may hold that is written anew, in bytes: its last event
// repeats all of it, and no parser takes longer ones than codec.MaxFrame.
const maxHeld = codec.MaxFrame - 1<<20

// written is an item of the output that has been begun.
type written struct {
	kind      kinds
	block     int
	at        int64  // its place in the output
	id        []byte // escaped
	callID    llm.Escaped
	name      llm.Escaped
	namespace llm.Escaped
	text      []byte // text, reasoning, a refusal, arguments or a picture, escaped
	secret    []byte // of reasoning: what its provider wants back
	signed    codec.Signed
	origin    llm.Schema // of reasoning, if it is not that of the event
	raw       []byte     // the item as its provider has written it, when it is complete
	status    string     // when it is complete
	open      bool
	parted    bool // its part has been begun
	shell     bool // of a custom call: it is one of the local shell
}

// compose writes what the event says, up to the end of the answer.
func (w *writer) compose(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	w.Buf, w.composed, w.mute = dst, true, e.Whole
	w.answer, w.schema, w.resumed = *a, e.Schema, a.Resumed
	if !e.Whole && !w.begun && (len(e.Deltas) > 0 || e.Done) {
		w.begin()
	}
	for _, d := range codec.Remaining(e, a) {
		if d.Choice == 0 {
			w.delta(&d)
		}
	}
	if e.Finish != llm.FinishNone {
		w.finish = e.Finish
	}
	if e.Usage.Known {
		w.usage = e.Usage
	}
	switch {
	case w.held > maxHeld && !e.Whole:
		w.Buf = w.fail(w.Buf, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than its last event may be"}, a)
	case e.Whole:
		w.closeAll()
		w.Buf = append(w.Buf, '{')
		w.response(w.status(), nil)
	case e.Done:
		w.end()
	}
	dst, w.Buf = w.Buf, nil
	return dst
}

// delta adds a piece of the answer.
func (w *writer) delta(d *llm.Delta) {
	switch d.Kind {
	case llm.DeltaText:
		w.say(kindText, d)
	case llm.DeltaRefusal:
		w.say(kindRefusal, d)
	case llm.DeltaThought:
		if w.say(kindThought, d); len(d.Text) > 0 && d.Origin != llm.SchemaNone { // as in what is told again
			w.item(kindThought, d.Block).origin = d.Origin
		}
	case llm.DeltaSignature:
		w.sign(w.item(kindThought, d.Block), d.Origin, codec.SignedThought, d.Text)
	case llm.DeltaRedacted:
		w.sign(w.item(kindThought, d.Block), d.Origin, codec.SignedRedacted, d.Text)
	case llm.DeltaCall:
		w.call(d)
	case llm.DeltaArguments:
		if it := w.find(kindCall, d.Block); it != nil {
			w.add(it, d.Text)
		} else if it := w.find(kindCustom, d.Block); it != nil {
			w.hold(it, d.Text)
		}
	case llm.DeltaMedia:
		if bytes.HasPrefix(d.Name, []byte("image/")) {
			w.hold(w.item(kindOther, d.Block), d.Text)
		}
	case llm.DeltaEnd:
		if w.resumed { // the blocks are not those that were begun
			return
		}
		for i := w.first; i < len(w.items); i++ {
			if it := &w.items[i]; it.open && it.block == d.Block && !it.broken() { // of which the end says what it is
				w.close(it)
			}
		}
	}
}

// say adds text to a block.
func (w *writer) say(kind kinds, d *llm.Delta) {
	if len(d.Text) > 0 {
		w.add(w.item(kind, d.Block), d.Text)
	}
}

// find is the open item of a kind and a block; nil if there is none.
func (w *writer) find(kind kinds, block int) *written {
	for i := len(w.items) - 1; i >= w.first; i-- {
		if it := &w.items[i]; it.open && it.kind == kind && (it.block == block || w.resumed && kind&(kindText|kindThought) != 0) {
			return it
		}
	}
	return nil
}

// item is the open item of a kind and a block, begun if need be. What can only be followed by
// it is complete then: several calls may be open at once, but nothing else.
func (w *writer) item(kind kinds, block int) *written {
	if it := w.find(kind, block); it != nil {
		return it
	}
	for i := w.first; i < len(w.items); i++ {
		if it := &w.items[i]; it.open && it.kind&(kindCall|kindCustom) == 0 {
			w.close(it)
		}
	}
	w.items = append(w.items, written{kind: kind, block: block, open: true, at: int64(len(w.items))})
	it := &w.items[len(w.items)-1]
	w.spare = codec.AppendEscaped(append(w.spare[:0], prefix(kind)...), w.answer.ID)
	w.spare = strconv.AppendInt(append(w.spare, '_'), it.at, 10)
	it.id = w.kept(w.spare)
	if kind&(kindCall|kindCustom) == 0 {
		w.announce(it)
	}
	return it
}

// prefix begins the ids of items of a kind, as OpenAI's do.
func prefix(kind kinds) string {
	switch kind {
	case kindThought:
		return "rs_"
	case kindCall:
		return "fc_"
	case kindCustom:
		return "ctc_"
	case kindOther:
		return "ig_"
	}
	return "msg_"
}

// call begins a call of a function or, if the caller has given a tool of that name that is
// none, of that.
func (w *writer) call(d *llm.Delta) {
	if len(d.Signature) > 0 && d.Origin != llm.SchemaResponses {
		it := w.item(kindThought, -1)
		w.sign(it, d.Origin, codec.SignedCall, d.Signature)
		w.close(it)
	}
	kind, name := kindCall, d.Name
	t, namespace := w.asked().tool(d.Name)
	if t.kind == "custom" || t.kind == localShell {
		kind = kindCustom
	}
	if len(namespace) > 0 {
		name = t.name
	}
	it := w.item(kind, d.Block)
	it.callID, it.name, it.namespace, it.shell = w.kept(d.ID), w.kept(name), namespace, t.kind == localShell
	w.held += len(d.ID) + len(d.Name)
	w.announce(it)
	switch {
	case kind == kindCustom:
		w.hold(it, d.Text)
	case len(d.Text) > 0:
		w.add(it, d.Text)
	}
}

// hold keeps text of an item that is written when it is complete.
func (w *writer) hold(it *written, text llm.Escaped) {
	if it.text == nil && it.kind == kindCall {
		it.text = w.kept(text)
	} else {
		it.text = append(it.text, text...)
	}
	w.held += len(text)
}

// slab is how much room for small texts is made at a time, in bytes.
const slab = 4096

// kept is a copy of a text that lasts as long as the answer.
func (w *writer) kept(text []byte) []byte {
	if len(text) > cap(w.slab)-len(w.slab) {
		if len(text) > slab/4 {
			return append([]byte(nil), text...)
		}
		w.slab = make([]byte, 0, slab)
	}
	from := len(w.slab)
	w.slab = append(w.slab, text...)
	return w.slab[from:len(w.slab):len(w.slab)]
}

// add adds text to an item and tells it.
func (w *writer) add(it *written, text llm.Escaped) {
	if len(text) == 0 {
		return
	}
	w.part(it)
	w.hold(it, text)
	w.piece(it, text)
}

// sign adds to the signature of reasoning, which may come in pieces.
func (w *writer) sign(it *written, origin llm.Schema, of codec.Signed, signature llm.Escaped) {
	if it.signed == 0 {
		it.signed = of
		if origin != llm.SchemaNone {
			it.origin = origin
		}
	}
	it.secret = append(it.secret, signature...)
	w.held += len(signature)
}

// seal makes of reasoning's signature what the caller is to give back: as it is if it is of
// this schema. Reasoning of another provider is marked as such even without.
func (w *writer) seal(it *written) {
	origin := it.origin
	switch {
	case it.kind != kindThought || it.signed == 0 && w.resumed:
		return
	case it.signed == 0:
		it.signed = codec.SignedThought
	}
	if origin == llm.SchemaNone {
		origin = w.schema
	}
	if origin != llm.SchemaResponses && origin != llm.SchemaNone {
		it.secret = codec.AppendCarried(nil, origin, it.signed, it.secret)
	}
}

// close completes an item.
func (w *writer) close(it *written) {
	w.seal(it)
	switch {
	case it.kind == kindCustom:
		it.text = it.input()
	case it.kind == kindCall && len(it.text) == 0 && w.finish != llm.FinishLength:
		w.add(it, llm.Escaped(none))
	}
	it.status = "completed"
	if w.finish == llm.FinishLength {
		it.status = "incomplete"
	}
	w.complete(it)
	it.open = false
	for w.first < len(w.items) && !w.items[w.first].open {
		w.first++
	}
}

// broken reports whether a call of a tool that is no function has arguments that are not all
// there.
func (it *written) broken() bool { return it.kind == kindCustom && !codec.WholeArguments(it.text) }

// closeAll completes what is open.
func (w *writer) closeAll() {
	for i := range w.items {
		if it := &w.items[i]; it.open {
			w.close(it)
		}
	}
}

// begin writes the first events.
func (w *writer) begin() {
	w.begun = true
	w.responded("response.created", "in_progress", nil)
	w.responded("response.in_progress", "in_progress", nil)
}

// end writes the last events.
func (w *writer) end() {
	w.closeAll()
	status := w.status()
	w.responded("response."+status, status, nil)
	w.ended = true
}

// status is what became of the answer. A refusal in words is a complete answer.
func (w *writer) status() string {
	switch w.finish {
	case llm.FinishLength, llm.FinishOther:
		return "incomplete"
	case llm.FinishFilter:
		for i := range w.items {
			if w.items[i].kind == kindRefusal {
				return "completed"
			}
		}
		return "incomplete"
	}
	return "completed"
}

// fail writes that the answer has failed: as a response, which the answer ends with
// (platform.openai.com/docs/api-reference/responses-streaming/response/failed), and as an
// error event, which SDKs raise.
func (w *writer) fail(dst []byte, e *llm.Error, a *codec.Answer) []byte {
	bare := *e
	bare.Raw = nil
	w.Buf, w.answer, w.mute = dst, *a, false
	if !w.begun {
		w.begin()
	}
	w.responded(failed, "failed", e)
	w.start(errorEvent)
	w.String("code", codeOf(e))
	w.String("message", e.Message)
	if e.Param == "" {
		w.Literal("param", "null")
	} else {
		w.String("param", e.Param)
	}
	body := Codec{}.AppendError(nil, &bare)
	w.Buf = append(append(w.Buf, ','), body[1:len(body)-1]...)
	w.stop()
	w.ended = true
	dst, w.Buf = w.Buf, nil
	return dst
}
