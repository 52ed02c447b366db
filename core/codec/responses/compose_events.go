package responses

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// start begins an event; its name is that of its type.
func (w *writer) start(name string) {
	w.Buf = append(append(append(w.Buf, "event: "...), name...), "\ndata: {"...)
	w.String("type", name)
	w.Int("sequence_number", w.seq)
	w.seq++
}

// stop ends an event.
func (w *writer) stop() { w.Buf = append(w.Buf, "}\n\n"...) }

// of writes which item an event is about and, if part is not empty, which part of it.
func (w *writer) of(it *written, part string) {
	w.Text("item_id", it.id)
	w.Int("output_index", it.at)
	if part != "" {
		w.Int(part, 0)
	}
}

// announce says that an item begins.
func (w *writer) announce(it *written) {
	if w.mute {
		return
	}
	w.start(itemAdded)
	w.Int("output_index", it.at)
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
	w.BeginAt(key, '{')
	switch kind {
	case kindText:
		w.Literal("type", `"output_text"`)
		w.Literal("annotations", "[]")
		w.Literal("logprobs", "[]")
		w.Text("text", text)
	case kindRefusal:
		w.Literal("type", `"refusal"`)
		w.Text("refusal", text)
	default:
		w.Literal("type", `"summary_text"`)
		w.Text("text", text)
	}
	w.End('}')
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
	w.Text("delta", text)
	if it.kind == kindText {
		w.Literal("logprobs", "[]")
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
		w.Text("name", it.name)
		w.Text("arguments", it.text)
		w.stop()
	case it.kind == kindCustom && !it.shell:
		w.start(inputDelta)
		w.of(it, "")
		w.Text("delta", it.text)
		w.stop()
		w.start("response.custom_tool_call_input.done")
		w.of(it, "")
		w.Text("input", it.text)
		w.stop()
	}
	w.start(itemDone)
	w.Int("output_index", it.at)
	w.object("item", it, it.status)
	w.stop()
}

// done says that a part is complete.
func (w *writer) done(it *written, event, key, part string) {
	w.start(event)
	w.of(it, it.partKey())
	w.Text(key, it.text)
	if it.kind == kindText {
		w.Literal("logprobs", "[]")
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
		line(&w.Writer, key, it.raw)
		return
	}
	w.BeginAt(key, '{')
	w.Text("id", it.id)
	filled := status != "in_progress" && it.parted || w.mute && len(it.text) > 0
	switch it.kind {
	case kindText, kindRefusal:
		w.Literal("type", `"message"`)
		w.String("status", status)
		w.Literal("role", `"assistant"`)
		w.BeginAt("content", '[')
		if filled {
			w.content("", it.kind, it.text)
		}
		w.End(']')
	case kindThought:
		w.Literal("type", `"reasoning"`)
		w.BeginAt("summary", '[')
		if filled {
			w.content("", it.kind, it.text)
		}
		w.End(']')
		if len(it.secret) > 0 && status != "in_progress" {
			w.Text("encrypted_content", it.secret)
		}
	default:
		w.called(it, status)
	}
	w.End('}')
}

// called writes what is particular to calls and pictures.
func (w *writer) called(it *written, status string) {
	text := llm.Escaped(it.text)
	if status == "in_progress" {
		text = nil
	}
	switch {
	case it.shell:
		w.Literal("type", `"local_shell_call"`)
	case it.kind == kindCustom:
		w.Literal("type", `"custom_tool_call"`)
	case it.kind == kindCall:
		w.Literal("type", `"function_call"`)
	default:
		w.Literal("type", `"image_generation_call"`)
	}
	w.String("status", status)
	if it.kind != kindOther {
		w.Text("call_id", it.callID)
	}
	if len(it.namespace) > 0 {
		w.Text("namespace", it.namespace)
	}
	switch {
	case it.shell && status == "in_progress":
		w.Literal("action", `{"type":"exec","command":[],"env":{}}`)
	case it.shell:
		w.Raw("action", it.text)
	case it.kind == kindCustom:
		w.Text("name", it.name)
		w.Text("input", text)
	case it.kind == kindCall:
		w.Text("name", it.name)
		w.Text("arguments", text)
	default:
		w.Text("result", text)
	}
}

// input is what a call of a tool that is no function says: the text that was the only argument
// of the function it was offered as, or the action of the local shell.
func (it *written) input() []byte {
	args, _ := codec.Unescape(nil, it.text)
	if scan.Valid(args) != nil || len(args) == 0 || args[0] != '{' {
		switch text, cut := unwrap(args); {
		case cut && !it.shell:
			return text
		case it.shell && bytes.HasPrefix(args, []byte("{")): // nothing that could be run
			args = []byte(`{"command":[]}`)
		default:
			args = append(codec.AppendString([]byte(`{"input":`), it.text), '}')
		}
	}
	c := scan.CursorAt(args, 0)
	c.Enter('{')
	var action jsonout.Writer
	action.Begin('{')
	action.String("type", "exec")
	action.Literal("env", "{}")
	for c.Next() {
		switch key := string(c.Key()); {
		case !it.shell && key == "input" && c.Peek() == '"':
			return codec.Inner(c.Value())
		case it.shell && (key == "command" || key == "input") && c.Peek() == '"':
			action.Literal("command", `["bash","-lc",`+string(c.Value())+"]")
		case it.shell && (key == "command" || key == "working_directory" || key == "timeout_ms" || key == "user"):
			line(&action, key, c.Value())
		default:
			c.Skip()
		}
	}
	if !it.shell {
		return it.text
	}
	action.End('}')
	return action.Buf
}

// unwrap is as much as there is of a text that is the only argument of a function, where the
// arguments are broken; false if they do not begin as such.
func unwrap(args []byte) (text llm.Escaped, ok bool) {
	for _, token := range [...]string{"{", `"input"`, ":", `"`} {
		if args = bytes.TrimLeft(args, " \t\r\n"); !bytes.HasPrefix(args, []byte(token)) {
			return nil, bytes.HasPrefix([]byte(token), args)
		}
		args = args[len(token):]
	}
	for len(args) > 0 && args[0] != '"' {
		n := 1
		if args[0] == '\\' {
			if n = 2; len(args) > 1 && args[1] == 'u' {
				n = 6
			}
			if len(args) < n { // cut off
				break
			}
		}
		piece := codec.AppendString(nil, args[:n])
		if args[0] < 0x80 && scan.Valid(piece) != nil { // a control character, or an escape that is none
			text, args = codec.AppendEscaped(text, string(args[:1])), args[1:]
			continue
		}
		text, args = append(text, args[:n]...), args[n:]
	}
	if n := len(text) - len(`\ud83d`); n >= 0 && text[n] == '\\' && text[n+2]|0x20 == 'd' && text[n+1] == 'u' && text[n+3]|0x20 >= '8' && text[n+3]|0x20 <= 'b' {
		text = text[:n] // half of a character
	}
	return text, true
}
