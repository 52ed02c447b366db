package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// start begins an event; its name is that of its type.
func (w *writer) start(name string) {
	w.buf = append(append(append(w.buf, "event: "...), name...), "\ndata: {"...)
	w.str("type", name)
	w.num("sequence_number", w.seq)
	w.seq++
}

// stop ends an event.
func (w *writer) stop() { w.buf = append(w.buf, "}\n\n"...) }

// of writes which item an event is about and, if part is not empty, which part of it.
func (w *writer) of(it *written, part string) {
	w.text("item_id", it.id)
	w.num("output_index", it.at)
	if part != "" {
		w.num(part, 0)
	}
}

// announce says that an item begins.
func (w *writer) announce(it *written) {
	if w.mute {
		return
	}
	w.start(itemAdded)
	w.num("output_index", it.at)
	w.object("item", it, "in_progress")
	w.stop()
}

// partKey is the name of the index of an item's only part; empty if items of the kind have
// none.
func (it *written) partKey() string {
	switch it.kind {
	case kindText, kindRefusal:
		return "content_index"
	case kindThought:
		return "summary_index"
	}
	return ""
}

// part says that an item's part begins.
func (w *writer) part(it *written) {
	if it.parted || w.mute {
		return
	}
	it.parted = true
	if it.kind == kindThought {
		w.start("response.reasoning_summary_part.added")
	} else if it.partKey() != "" {
		w.start(partAdded)
	} else {
		return
	}
	w.of(it, it.partKey())
	w.content("part", it.kind, nil)
	w.stop()
}

// content writes a part.
func (w *writer) content(key string, kind kinds, text llm.Escaped) {
	w.open(key, '{')
	switch kind {
	case kindText:
		w.lit("type", `"output_text"`)
		w.lit("annotations", "[]")
		w.lit("logprobs", "[]")
		w.out.text("text", text)
	case kindRefusal:
		w.lit("type", `"refusal"`)
		w.out.text("refusal", text)
	default:
		w.lit("type", `"summary_text"`)
		w.out.text("text", text)
	}
	w.shut('}')
}

// piece tells text that has been added to an item.
func (w *writer) piece(it *written, text llm.Escaped) {
	if w.mute {
		return
	}
	switch it.kind {
	case kindText:
		w.start(textDelta)
	case kindRefusal:
		w.start(refusalDelta)
	case kindThought:
		w.start(summaryDelta)
	default:
		w.start(argumentsDelta)
	}
	w.of(it, it.partKey())
	w.text("delta", text)
	if it.kind == kindText {
		w.lit("logprobs", "[]")
	}
	w.stop()
}

// complete says that an item is complete, and what it has been in all.
func (w *writer) complete(it *written) {
	if w.mute {
		return
	}
	switch {
	case it.kind == kindText && it.parted:
		w.done(it, textDone, "text", partDone)
	case it.kind == kindRefusal && it.parted:
		w.done(it, refusalDone, "refusal", partDone)
	case it.kind == kindThought && it.parted:
		w.done(it, summaryDone, "text", "response.reasoning_summary_part.done")
	case it.kind == kindCall:
		w.start(argumentsDone)
		w.of(it, "")
		w.text("name", it.name)
		w.text("arguments", it.text)
		w.stop()
	case it.kind == kindCustom && !it.shell:
		w.start(inputDelta)
		w.of(it, "")
		w.text("delta", it.text)
		w.stop()
		w.start("response.custom_tool_call_input.done")
		w.of(it, "")
		w.text("input", it.text)
		w.stop()
	}
	w.start(itemDone)
	w.num("output_index", it.at)
	w.object("item", it, it.status)
	w.stop()
}

// done says that a part is complete.
func (w *writer) done(it *written, event, key, part string) {
	w.start(event)
	w.of(it, it.partKey())
	w.text(key, it.text)
	if it.kind == kindText {
		w.lit("logprobs", "[]")
	}
	w.stop()
	w.start(part)
	w.of(it, it.partKey())
	w.content("part", it.kind, it.text)
	w.stop()
}

// object writes an item (platform.openai.com/docs/api-reference/responses/object, output).
func (w *writer) object(key string, it *written, status string) {
	if it.raw != nil {
		w.line(key, it.raw)
		return
	}
	w.open(key, '{')
	w.text("id", it.id)
	filled := status != "in_progress" && it.parted || w.mute && len(it.text) > 0
	switch it.kind {
	case kindText, kindRefusal:
		w.lit("type", `"message"`)
		w.str("status", status)
		w.lit("role", `"assistant"`)
		w.open("content", '[')
		if filled {
			w.content("", it.kind, it.text)
		}
		w.shut(']')
	case kindThought:
		w.lit("type", `"reasoning"`)
		w.open("summary", '[')
		if filled {
			w.content("", it.kind, it.text)
		}
		w.shut(']')
		if len(it.secret) > 0 && status != "in_progress" {
			w.text("encrypted_content", it.secret)
		}
	default:
		w.called(it, status)
	}
	w.shut('}')
}

// called writes what is particular to calls and pictures.
func (w *writer) called(it *written, status string) {
	text := llm.Escaped(it.text)
	if status == "in_progress" {
		text = nil
	}
	switch {
	case it.shell:
		w.lit("type", `"local_shell_call"`)
	case it.kind == kindCustom:
		w.lit("type", `"custom_tool_call"`)
	case it.kind == kindCall:
		w.lit("type", `"function_call"`)
	default:
		w.lit("type", `"image_generation_call"`)
	}
	w.str("status", status)
	if it.kind != kindOther {
		w.text("call_id", it.callID)
	}
	if len(it.namespace) > 0 {
		w.text("namespace", it.namespace)
	}
	switch {
	case it.shell && status == "in_progress":
		w.lit("action", `{"type":"exec","command":[],"env":{}}`)
	case it.shell:
		w.raw("action", it.text)
	case it.kind == kindCustom:
		w.text("name", it.name)
		w.text("input", text)
	case it.kind == kindCall:
		w.text("name", it.name)
		w.text("arguments", text)
	default:
		w.text("result", text)
	}
}

// input is what a call of a tool that is no function says: the text that was the only argument
// of the function it was offered as, or the action of the local shell.
func (it *written) input() []byte {
	args, _ := codec.Unescape(nil, it.text)
	if scan.Valid(args) != nil || len(args) == 0 || args[0] != '{' {
		args = append(codec.AppendString([]byte(`{"input":`), it.text), '}')
	}
	c := scan.CursorAt(args, 0)
	c.Enter('{')
	var action out
	action.buf = append(action.buf, `{"type":"exec","env":{}`...)
	for c.Next() {
		switch key := string(c.Key()); {
		case !it.shell && key == "input" && c.Peek() == '"':
			return codec.Inner(c.Value())
		case it.shell && (key == "command" || key == "input") && c.Peek() == '"':
			action.buf = append(append(append(action.buf, `,"command":["bash","-lc",`...), c.Value()...), ']')
		case it.shell && (key == "command" || key == "working_directory" || key == "timeout_ms" || key == "user"):
			action.line(key, c.Value())
		default:
			c.Skip()
		}
	}
	if !it.shell {
		return it.text
	}
	action.shut('}')
	return action.buf
}
