package anthropic

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// held is a block of an answer that is composed. Of the first in the queue everything is
// written as it comes, the others wait with what they have.
type held struct {
	kind     kind
	number   int // of the provider's
	ended    bool
	id, name llm.Escaped
	text     llm.Escaped
	origin   llm.Schema // of the block's provider
	// signature is that of a thought, as its maker wrote it, and signer the maker's schema.
	signature llm.Escaped
	signer    llm.Schema
	lead      llm.Escaped // data of a redacted_thinking block in front
}

// maxHeld bounds what waits, in bytes; a block that has nothing yet counts as heldSize.
const (
	maxHeld  = codec.MaxFrame
	heldSize = 256
)

// size is what the block counts of maxHeld.
func (b *held) size() int {
	return heldSize + len(b.id) + len(b.name) + len(b.text) + len(b.signature) + len(b.lead)
}

// sign takes a piece of the block's signature. It goes on with those of the same maker.
func (b *held) sign(d *llm.Delta) {
	if b.signer != d.Origin {
		b.signature, b.signer = b.signature[:0], d.Origin
	}
	b.signature = append(b.signature, d.Text...)
}

// sealed is the signature of a thought as the caller is to have it: Anthropic's own as it is,
// others carried. Thoughts of other providers always have one, which says whose they are.
func (b *held) sealed() llm.Escaped {
	switch {
	case len(b.signature) > 0 && b.signer == llm.SchemaAnthropic:
		return b.signature
	case len(b.signature) > 0:
		return codec.AppendCarried(nil, b.signer, codec.SignedThought, b.signature)
	case isForeign(b.origin):
		return codec.AppendCarried(nil, b.origin, codec.SignedThought, nil)
	}
	return nil
}

// compose appends what an event adds, by Anthropic's grammar of events.
func (w *writer) compose(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	if w.failed || !e.Choices && len(e.Deltas) == 0 && e.Finish == llm.FinishNone && !e.Usage.Known && !e.Done {
		return dst
	}
	if e.Usage.Known {
		w.usage = e.Usage
	}
	if a.Priced {
		w.cost, w.priced = a.Cost, true
	}
	if e.Done {
		last := *a
		last.Cost, last.Priced = w.cost, w.priced
		return w.close(dst, &last)
	}
	if !w.composes {
		w.takeOver()
	}
	if a.Resumed && !w.resumed {
		w.resumed = true
		w.adopt()
	}
	dst = w.start(dst, a)
	for _, d := range codec.Remaining(e, a) {
		if d.Choice == 0 {
			dst = w.delta(dst, &d, e.Schema)
		}
		if w.held > maxHeld {
			w.failed, w.queue = true, nil
			tooLong := &llm.Error{Code: llm.CodeBadAnswer, Message: "more of the answer waits for the end of a block than can be held"}
			return sse.AppendEvent(dst, "error", Codec{}.AppendError(nil, tooLong))
		}
	}
	if e.Finish != llm.FinishNone {
		w.finish, w.foreign = e.Finish, isForeign(e.Schema)
		w.matched = append(w.matched[:0], e.Matched...)
	}
	return dst
}

// takeOver goes on where splicing left off.
func (w *writer) takeOver() {
	w.composes = true
	if w.open {
		w.queue = append(w.queue, held{kind: w.spliced, number: w.number, origin: llm.SchemaAnthropic})
		w.held += heldSize
	}
}

// unnumbered is the number of a block that another endpoint began: the next block of its kind
// goes on with it.
const unnumbered = -1

func (w *writer) adopt() {
	for i := range w.queue {
		w.queue[i].number = unnumbered
	}
}

// start appends message_start, once.
func (w *writer) start(dst []byte, a *codec.Answer) []byte {
	if w.begun {
		return dst
	}
	w.begun = true
	if !w.usage.Known { // most providers tell it last
		w.usage.Input = a.Input
	}
	dst = literal(dst, `event: message_start`+"\n"+`data: {"type":"message_start","message":{`)
	dst = w.appendHead(dst, a)
	dst = literal(dst, `"content":[],"stop_reason":null,"stop_sequence":null,"usage":`)
	begin := w.usage
	begin.Output, begin.Reasoning = 0, 0
	dst = w.appendUsage(dst, begin, a, false)
	return literal(dst, "}}\n\n")
}

// appendHead appends the first members of a message, whose id begins as Anthropic's do.
func (w *writer) appendHead(dst []byte, a *codec.Answer) []byte {
	dst = scan.AppendQuote(literal(dst, `"id":`), "msg_"+a.ID)
	dst = scan.AppendQuote(literal(dst, `,"type":"message","role":"assistant","model":`), a.Model)
	return append(dst, ',')
}

// appendUsage appends a usage object: input_tokens are those that no cache had part in.
func (w *writer) appendUsage(dst []byte, u llm.Usage, a *codec.Answer, all bool) []byte {
	dst = numbered(dst, `{"input_tokens":`, u.Input)
	dst = numbered(dst, `,"cache_creation_input_tokens":`, u.CacheWrite+u.CacheWriteHour)
	dst = numbered(dst, `,"cache_read_input_tokens":`, u.CacheRead)
	if u.CacheWriteHour > 0 {
		dst = numbered(dst, `,"cache_creation":{"ephemeral_5m_input_tokens":`, u.CacheWrite)
		dst = append(numbered(dst, `,"ephemeral_1h_input_tokens":`, u.CacheWriteHour), '}')
	}
	dst = numbered(dst, `,"output_tokens":`, u.Output+u.Reasoning)
	if u.Reasoning > 0 {
		dst = append(numbered(dst, `,"output_tokens_details":{"thinking_tokens":`, u.Reasoning), '}')
	}
	if u.Estimated {
		dst = literal(dst, `,"estimated":true`)
	}
	if all && w.req.WantCost {
		dst = codec.AppendCost(append(dst, ','), a)
	}
	return append(dst, '}')
}

// close appends the end of the stream: what still waits, message_delta and message_stop.
func (w *writer) close(dst []byte, a *codec.Answer) []byte {
	if w.ended { // all of it was spliced
		return literal(dst, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
	}
	if !w.composes {
		w.takeOver()
	}
	dst = w.start(dst, a)
	for i := range w.queue {
		if i > 0 {
			dst = w.begin(dst, &w.queue[i])
		}
		dst = w.stop(dst, &w.queue[i])
	}
	w.queue, w.held, w.ended = w.queue[:0], 0, true
	dst = literal(dst, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{")
	dst = w.appendEnd(dst)
	dst = w.appendUsage(literal(dst, `},"usage":`), a.Used(w.usage), a, true)
	return literal(dst, "}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
}

// appendEnd appends stop_reason and stop_sequence.
func (w *writer) appendEnd(dst []byte) []byte {
	reason := "end_turn"
	switch w.finish {
	case llm.FinishStop:
		if len(w.matched) > 0 {
			reason = "stop_sequence"
		}
	case llm.FinishLength:
		reason = "max_tokens"
	case llm.FinishTools:
		reason = "tool_use"
	case llm.FinishFilter:
		reason = "refusal"
	case llm.FinishOther:
		if !w.foreign { // callers who know it send the answer back, to have it gone on with
			reason = "pause_turn"
		}
	}
	dst = append(append(literal(dst, `"stop_reason":"`), reason...), `","stop_sequence":`...)
	if reason == "stop_sequence" {
		return codec.AppendString(dst, w.matched)
	}
	return literal(dst, "null")
}

// delta appends a piece of the answer, or keeps it until it is its turn.
func (w *writer) delta(dst []byte, d *llm.Delta, from llm.Schema) []byte {
	k := kindOfDelta(d.Kind)
	i := w.find(k, d)
	if d.Kind == llm.DeltaEnd {
		if i < 0 {
			return dst
		}
		w.queue[i].ended = true
		return w.advance(dst)
	}
	if k == kindOther || i < 0 && k != kindCall && len(d.Text) == 0 || i < 0 && d.Kind == llm.DeltaArguments {
		return dst
	}
	if i < 0 {
		if len(w.queue) > 0 && w.queue[0].kind != kindCall { // nothing comes after what follows it
			w.queue[0].ended = true
			dst = w.advance(dst)
		}
		i = len(w.queue)
		w.queue = append(w.queue, newHeld(k, d, from))
		w.held += w.queue[i].size()
		if i == 0 {
			dst = w.begin(dst, &w.queue[0])
		}
	}
	b := &w.queue[i]
	before := b.size()
	switch {
	case d.Kind == llm.DeltaSignature:
		b.sign(d)
	case k == kindRedacted:
	case i > 0:
		b.text = append(b.text, d.Text...)
	default:
		dst = w.piece(dst, k, d.Text)
	}
	w.held += b.size() - before
	return dst
}

// find is the place in the queue of the block that a piece belongs to; -1 if it begins one.
func (w *writer) find(k kind, d *llm.Delta) int {
	if d.Kind == llm.DeltaCall || d.Kind == llm.DeltaRedacted {
		return -1
	}
	for i := range w.queue {
		b := &w.queue[i]
		if b.ended || d.Kind != llm.DeltaEnd && b.kind != k {
			continue
		}
		if b.number == unnumbered && k != kindOther {
			b.number = d.Block
		}
		if b.number == d.Block {
			return i
		}
	}
	return -1
}

// newHeld is the block that a piece begins, without the text of the piece.
func newHeld(k kind, d *llm.Delta, from llm.Schema) held {
	b := held{kind: k, number: d.Block, origin: from}
	if d.Origin != llm.SchemaNone { // as in what is told again
		b.origin = d.Origin
	}
	switch k {
	case kindCall:
		b.id, b.name = clone(d.ID), clone(d.Name)
		if len(d.Signature) > 0 && d.Origin != llm.SchemaAnthropic {
			b.lead = codec.AppendCarried(nil, d.Origin, codec.SignedCall, d.Signature)
		}
	case kindRedacted:
		if b.text = clone(d.Text); d.Origin != llm.SchemaAnthropic {
			b.text = codec.AppendCarried(nil, d.Origin, codec.SignedRedacted, d.Text)
		}
	}
	return b
}

func clone(text llm.Escaped) llm.Escaped { return append(llm.Escaped(nil), text...) }

// advance goes on in the queue if its first block is over. Behind it, a block that is not a
// call is over too if something follows it.
func (w *writer) advance(dst []byte) []byte {
	over := 0
	for over < len(w.queue) && w.queue[over].ended {
		dst = w.stop(dst, &w.queue[over])
		w.held -= w.queue[over].size()
		if over++; over == len(w.queue) {
			break
		}
		b := &w.queue[over]
		dst = w.begin(dst, b)
		b.ended = b.ended || len(w.queue) > over+1 && b.kind != kindCall
	}
	w.queue = append(w.queue[:0], w.queue[over:]...)
	return dst
}

// begin appends content_block_start and what the block has so far.
func (w *writer) begin(dst []byte, b *held) []byte {
	if len(b.lead) > 0 {
		dst = w.blockStart(dst)
		dst = quoted(dst, `{"type":"redacted_thinking","data":`, b.lead)
		dst = w.blockStop(literal(dst, "}}\n\n"))
	}
	dst = w.blockStart(dst)
	switch b.kind {
	case kindText:
		dst = literal(dst, `{"type":"text","text":""}`)
	case kindThinking:
		dst = literal(dst, `{"type":"thinking","thinking":"","signature":""}`)
	case kindRedacted:
		dst = append(quoted(dst, `{"type":"redacted_thinking","data":`, b.text), '}')
	default:
		dst = quoted(dst, `{"type":"tool_use","id":`, b.id)
		dst = quoted(dst, `,"name":`, b.name)
		dst = literal(dst, `,"input":{}}`)
	}
	dst = literal(dst, "}\n\n")
	if b.kind != kindRedacted && len(b.text) > 0 {
		dst = w.piece(dst, b.kind, b.text)
	}
	return dst
}

func (w *writer) blockStart(dst []byte) []byte {
	dst = numbered(dst, "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":", int64(w.next))
	w.next++
	return literal(dst, `,"content_block":`)
}

func (w *writer) blockStop(dst []byte) []byte {
	dst = numbered(dst, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":", int64(w.next-1))
	return literal(dst, "}\n\n")
}

// piece appends content_block_delta.
func (w *writer) piece(dst []byte, k kind, text llm.Escaped) []byte {
	if len(text) == 0 {
		return dst
	}
	of := `,"delta":{"type":"text_delta","text":`
	switch k {
	case kindThinking:
		of = `,"delta":{"type":"thinking_delta","thinking":`
	case kindCall:
		of = `,"delta":{"type":"input_json_delta","partial_json":`
	}
	return w.blockDelta(dst, of, text)
}

func (w *writer) blockDelta(dst []byte, of string, text llm.Escaped) []byte {
	dst = numbered(dst, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":", int64(w.next-1))
	return append(codec.AppendString(append(dst, of...), text), "}}\n\n"...)
}

// stop appends content_block_stop, and in front of it the signature of a thought: without one,
// those of other providers get one that says whose they are.
func (w *writer) stop(dst []byte, b *held) []byte {
	if b.kind == kindThinking {
		if signature := b.sealed(); len(signature) > 0 {
			dst = w.blockDelta(dst, `,"delta":{"type":"signature_delta","signature":`, signature)
		}
	}
	return w.blockStop(dst)
}
