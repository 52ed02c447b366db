package gemini

import (
	"bytes"
	"math/bits"
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// call is a function call being collected: the schema has them whole.
type call struct {
	llm.Delta
	args []byte // as text
}

// maxHeld bounds the bytes of the calls that are being collected.
const maxHeld = 16 << 20

// hold counts n more bytes. Too many break the answer.
func (w *writer) hold(n int) {
	w.held += n
	w.broken = w.broken || w.held > maxHeld
}

// write writes a call, whose place is free then, unless it has been cut off.
func (w *writer) write(dst []byte, c *call) []byte {
	ended := llm.FinishNone
	if c.Choice < len(w.ended) {
		ended = w.ended[c.Choice]
	}
	if !codec.CutOff(ended, c.args) {
		dst = appendCall(w.part(dst, c.Choice), &c.Delta, c.args)
	}
	w.held -= len(c.args) + len(c.ID) + len(c.Name) + len(c.Signature) + callBytes
	*c = call{}
	for n := len(w.calls); n > 0 && w.calls[n-1].Kind == llm.DeltaNone; n-- {
		w.calls = w.calls[:n-1]
	}
	return dst
}

// compose appends what an event of a stream adds. Why the answer ended and what it used are
// kept for the last chunk.
func (w *writer) compose(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	w.opened = -1
	before := len(dst)
	deltas := codec.Remaining(e, a)
	for i := range deltas {
		if dst = w.delta(dst, e, deltas, i); w.broken {
			w.calls = nil
			return appendFailure(dst[:before], &llm.Error{Code: llm.CodeBadAnswer, Message: "the arguments of function calls are larger than 16 MiB"})
		}
	}
	w.noteEnd(e)
	if e.Finish != llm.FinishNone {
		dst = w.flush(dst, true)
	}
	return w.shut(dst, a)
}

// noteEnd keeps what the last chunk says.
func (w *writer) noteEnd(e *llm.Event) {
	if e.Usage.Known {
		w.usage = e.Usage
	}
	if e.Finish == llm.FinishNone {
		return
	}
	ended := e.Ended
	if ended == 0 {
		ended = 1
	}
	for ; ended != 0; ended &= ended - 1 {
		choice := bits.TrailingZeros64(ended)
		for len(w.ended) <= choice {
			w.ended = append(w.ended, llm.FinishNone)
		}
		w.ended[choice] = e.FinishOf(choice)
	}
}

// delta appends the part that a delta is, if it is one.
func (w *writer) delta(dst []byte, e *llm.Event, deltas []llm.Delta, i int) []byte {
	d := &deltas[i]
	if w.thought.kind != llm.DeltaNone && (d.Block != w.thought.number || d.Choice != w.choice || d.Kind == llm.DeltaEnd) {
		dst = w.sign(dst)
	}
	switch d.Kind {
	case llm.DeltaCall:
		w.calls = append(w.calls, call{Delta: llm.Delta{
			Kind: llm.DeltaCall, Choice: d.Choice, Block: d.Block, Origin: origin(d, e),
			ID: bytes.Clone(d.ID), Name: bytes.Clone(d.Name), Signature: bytes.Clone(d.Signature),
		}, args: bytes.Clone(d.Text)})
		w.hold(len(d.Text) + len(d.ID) + len(d.Name) + len(d.Signature) + callBytes)
		return dst
	case llm.DeltaArguments:
		if c := w.call(d); c != nil {
			c.args = append(c.args, d.Text...)
			w.hold(len(d.Text))
		}
		return dst
	case llm.DeltaEnd:
		if c := w.call(d); c != nil && (len(c.args) == 0 || codec.WholeArguments(c.args)) { // else the end says what it is
			dst = w.write(dst, c)
		}
		return dst
	case llm.DeltaText, llm.DeltaThought:
		dst = w.flush(dst, false)
		if of := origin(d, e); d.Kind == llm.DeltaThought && foreign(of) && signature(deltas, i) == nil {
			w.thought, w.choice, w.origin = block{llm.DeltaThought, d.Block}, d.Choice, of
		}
	case llm.DeltaSignature:
		w.thought.kind = llm.DeltaNone
	}
	if !speaks(deltas, i) {
		return dst
	}
	return appendPart(w.part(dst, d.Choice), e, deltas, i)
}

// call is the call that d is about; nil if there is none, or it has been written.
func (w *writer) call(d *llm.Delta) *call {
	for w.written < len(w.calls) && w.calls[w.written].Kind == llm.DeltaNone {
		w.written++
	}
	for i := w.written; i < len(w.calls); i++ {
		if c := &w.calls[i]; c.Kind == llm.DeltaCall && c.Choice == d.Choice && c.Block == d.Block {
			return c
		}
	}
	return nil
}

// flush writes calls: all of them, or those whose arguments are complete.
func (w *writer) flush(dst []byte, all bool) []byte {
	for i := w.written; i < len(w.calls); i++ {
		if c := &w.calls[i]; c.Kind != llm.DeltaNone && (all || codec.WholeArguments(c.args)) {
			dst = w.write(dst, c)
		}
	}
	if all {
		w.calls, w.written = w.calls[:0], 0
	}
	return dst
}

// sign ends a thought of another provider, which has said no signature: with an empty one, so
// that it can be told from Gemini's own when it comes back.
func (w *writer) sign(dst []byte) []byte {
	dst = w.part(dst, w.choice)
	dst = appendSigned(dst, w.origin, codec.SignedThought, nil)
	w.thought.kind = llm.DeltaNone
	return dst
}

// part begins a part of a choice: behind the one before, or in a chunk of its own.
func (w *writer) part(dst []byte, choice int) []byte {
	switch w.opened {
	case choice:
		return append(dst, ',')
	case -1:
		dst = add(dst, `data: {"candidates":[`)
	default:
		dst = add(dst, `],"role":"model"},"index":`)
		dst = add(strconv.AppendInt(dst, int64(w.opened), 10), "},")
	}
	w.opened = choice
	return add(dst, `{"content":{"parts":[`)
}

// shut ends the chunk that part has begun, if it has.
func (w *writer) shut(dst []byte, a *codec.Answer) []byte {
	if w.opened < 0 {
		return dst
	}
	dst = add(dst, `],"role":"model"},"index":`)
	dst = add(strconv.AppendInt(dst, int64(w.opened), 10), "}]")
	return append(w.head(dst, a), "}"+lineEnds...)
}

// head appends the members that every document has behind its others.
func (w *writer) head(dst []byte, a *codec.Answer) []byte {
	dst = scan.AppendQuote(add(dst, `,"modelVersion":`), a.Model)
	if w.id == nil && a.ID != "" {
		w.id = scan.AppendQuote(nil, a.ID)
	}
	if w.id != nil {
		dst = append(add(dst, `,"responseId":`), w.id...)
	}
	return dst
}

// end appends the last chunk, if the answer's end has not been written yet.
func (w *writer) end(dst []byte, a *codec.Answer) []byte {
	w.opened = -1
	if w.thought.kind != llm.DeltaNone {
		dst = w.sign(dst)
	}
	dst = w.shut(w.flush(dst, true), a)
	if len(w.ended) == 0 && !w.usage.Known {
		return dst
	}
	dst = add(dst, `data: {"candidates":[`)
	some := false
	for choice, f := range w.ended {
		if f == llm.FinishNone {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		some = true
		dst = add(dst, `{"content":{"parts":[{"text":""}],"role":"model"}`)
		dst = appendFinish(dst, f, choice)
	}
	dst = append(dst, ']')
	dst = w.appendUsage(dst, a.Used(w.usage), a)
	w.ended, w.usage = nil, llm.Usage{}
	return append(w.head(dst, a), "}"+lineEnds...)
}

// appendFinish appends the end of a candidate (https://ai.google.dev/api/generate-content#FinishReason).
func appendFinish(dst []byte, f llm.Finish, choice int) []byte {
	if word := finishWord(f); word != "" {
		dst = append(append(add(dst, `,"finishReason":"`), word...), '"')
	}
	dst = add(dst, `,"index":`)
	return append(strconv.AppendInt(dst, int64(choice), 10), '}')
}

func finishWord(f llm.Finish) string {
	switch f {
	case llm.FinishStop, llm.FinishTools:
		return "STOP"
	case llm.FinishLength:
		return "MAX_TOKENS"
	case llm.FinishFilter:
		return "SAFETY"
	case llm.FinishOther:
		return "OTHER"
	}
	return ""
}

// appendUsage appends the usage as a member, if it is known: the prompt has the cached tokens
// in it, thoughts stand beside the candidates' (https://ai.google.dev/api/generate-content#UsageMetadata).
func (w *writer) appendUsage(dst []byte, u llm.Usage, a *codec.Answer) []byte {
	if !u.Known && !u.Estimated {
		return dst
	}
	dst = add(dst, `,"usageMetadata":{"promptTokenCount":`)
	dst = strconv.AppendInt(dst, u.Input+u.CacheRead+u.CacheWrite+u.CacheWriteHour, 10)
	if u.CacheRead > 0 {
		dst = strconv.AppendInt(add(dst, `,"cachedContentTokenCount":`), u.CacheRead, 10)
	}
	dst = strconv.AppendInt(add(dst, `,"candidatesTokenCount":`), u.Output, 10)
	if u.Reasoning > 0 {
		dst = strconv.AppendInt(add(dst, `,"thoughtsTokenCount":`), u.Reasoning, 10)
	}
	dst = strconv.AppendInt(add(dst, `,"totalTokenCount":`), u.Total(), 10)
	if u.Estimated {
		dst = add(dst, `,"estimated":true`)
	}
	if w.req.WantCost && a.Model != "" { // without, the answer is written to be read again
		dst = codec.AppendCost(append(dst, ','), a)
	}
	return append(dst, '}')
}

// whole appends a whole answer.
func (w *writer) whole(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	dst = append(dst, '{')
	switch w.req.Operation {
	case llm.OperationCountTokens:
		dst = strconv.AppendInt(add(dst, `"totalTokens":`), e.Usage.Total(), 10)
	case llm.OperationEmbeddings:
		dst = appendEmbeddings(dst, e.Deltas, batched(w.req, codec.Form{}))
		dst = w.appendUsage(dst, e.Usage, a)
	default:
		dst = w.candidates(add(dst, `"candidates":[`), e)
		dst = w.appendUsage(append(dst, ']'), a.Used(e.Usage), a)
	}
	return append(w.head(dst, a), '}')
}

// candidates appends the choices of a whole answer, one after the other.
func (w *writer) candidates(dst []byte, e *llm.Event) []byte {
	choices := max(bits.Len64(e.Spoke), 1)
	for i := range e.Deltas {
		choices = max(choices, min(e.Deltas[i].Choice, 63)+1)
	}
	for choice := range choices {
		if choice > 0 {
			dst = append(dst, ',')
		}
		dst = add(dst, `{"content":{"parts":[`)
		at := len(dst)
		for i := range e.Deltas {
			d := &e.Deltas[i]
			cut := d.Kind == llm.DeltaCall && codec.CutOff(e.FinishOf(choice), d.Text)
			if d.Choice == choice && speaks(e.Deltas, i) && !cut {
				dst = append(appendPart(dst, e, e.Deltas, i), ',')
			}
		}
		if len(dst) > at {
			dst = dst[:len(dst)-1]
		}
		dst = appendFinish(add(dst, `],"role":"model"}`), e.FinishOf(choice), choice)
	}
	return dst
}
