package anthropic

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
)

// appendWhole appends an answer of another schema as a message.
func (w *writer) appendWhole(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	if w.req.Operation == llm.OperationCountTokens {
		return AppendCount(dst, e.Usage.Total())
	}
	w.finish, w.foreign, w.matched, w.usage = e.Finish, isForeign(e.Schema), e.Matched, e.Usage
	var blocks []held
	for i := range e.Deltas {
		if d := &e.Deltas[i]; d.Choice == 0 {
			blocks = fold(blocks, d, e.Schema)
		}
	}
	dst = append(w.appendHead(append(dst, '{'), a), `"content":[`...)
	from := len(dst)
	for i := range blocks {
		if b := &blocks[i]; b.kind != kindCall || !codec.CutOff(e.FinishOf(0), b.text) {
			dst = appendBlock(dst, b, from)
		}
	}
	dst = w.appendEnd(literal(dst, "],"))
	return append(w.appendUsage(literal(dst, `,"usage":`), a.Used(e.Usage), a, true), '}')
}

// fold adds a piece to the blocks of an answer.
func fold(blocks []held, d *llm.Delta, from llm.Schema) []held {
	k := kindOfDelta(d.Kind)
	if k == kindOther {
		return blocks
	}
	i := len(blocks) - 1
	for i >= 0 && (blocks[i].kind != k || blocks[i].number != d.Block) {
		i--
	}
	if i < 0 && d.Kind == llm.DeltaArguments {
		return blocks
	}
	if i < 0 || d.Kind == llm.DeltaCall || k == kindRedacted {
		blocks = append(blocks, newHeld(k, d, from))
		i = len(blocks) - 1
	}
	b := &blocks[i]
	switch {
	case d.Kind == llm.DeltaSignature:
		b.sign(d)
	case k != kindRedacted:
		b.text = append(b.text, d.Text...)
	}
	return blocks
}

// appendBlock appends a block of a message, the first of which stands at from; text that is
// empty is none.
func appendBlock(dst []byte, b *held, from int) []byte {
	if b.kind == kindText && len(b.text) == 0 {
		return dst
	}
	if len(b.lead) > 0 {
		dst = quoted(comma(dst, from), `{"type":"redacted_thinking","data":`, b.lead)
		dst = append(dst, '}')
	}
	dst = comma(dst, from)
	switch b.kind {
	case kindText:
		dst = quoted(dst, `{"type":"text","text":`, b.text)
	case kindThinking:
		dst = quoted(dst, `{"type":"thinking","thinking":`, b.text)
		dst = quoted(dst, `,"signature":`, b.sealed())
	case kindRedacted:
		dst = quoted(dst, `{"type":"redacted_thinking","data":`, b.text)
	default:
		dst = quoted(dst, `{"type":"tool_use","id":`, b.id)
		dst = quoted(dst, `,"name":`, b.name)
		dst, _ = codec.AppendArguments(literal(dst, `,"input":`), b.text)
	}
	return append(dst, '}')
}

// literal appends a text. It and those below are calls, not code at each of their places, which
// there are many of.
//
//go:noinline
func literal(dst []byte, text string) []byte { return append(dst, text...) }

// quoted appends a text and a string literal behind it.
//
//go:noinline
func quoted(dst []byte, lead string, text llm.Escaped) []byte {
	return codec.AppendString(append(dst, lead...), text)
}

// numbered appends a text and a number behind it.
//
//go:noinline
func numbered(dst []byte, lead string, n int64) []byte {
	return strconv.AppendInt(append(dst, lead...), n, 10)
}

// isForeign reports whether an event of that schema comes from a provider of another one. An
// event without a schema is one of this schema's that is told again.
func isForeign(s llm.Schema) bool { return s != llm.SchemaAnthropic && s != llm.SchemaNone }
