package responses

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
)

// messages writes the turns: instructions in front of them as such, all else as items of the
// input.
func (t *translation) messages() {
	rest := t.instructions()
	t.open("input", '[')
	for i := range rest {
		m := &rest[i]
		switch m.Role {
		case llm.RoleAssistant:
			t.assistant(m.Parts)
		case llm.RoleSystem:
			t.said("system", m.Parts)
		default:
			t.results(m.Parts)
			t.said("user", m.Parts)
		}
	}
	if len(t.Prefill) > 0 {
		t.open("", '{')
		t.lit("role", `"assistant"`)
		t.str("content", string(t.Prefill))
		t.shut('}')
	}
	t.shut(']')
}

// instructions writes the instructions in front and returns the messages behind them, of which
// there is always one: an input is required.
func (t *translation) instructions() []llm.Message {
	var all llm.Escaped
	messages := t.p.Messages
	for len(messages) > 1 && messages[0].Role == llm.RoleSystem && plain(messages[0].Parts) {
		for _, p := range messages[0].Parts {
			if len(all) > 0 && len(p.Text) > 0 {
				all = append(all, paragraph...)
			}
			all = append(all, p.Text...)
		}
		messages = messages[1:]
	}
	if len(all) > 0 {
		t.text("instructions", all)
	}
	return messages
}

// plain reports whether parts are texts alone.
func plain(parts []llm.Part) bool {
	for i := range parts {
		if parts[i].Kind != llm.PartText {
			return false
		}
	}
	return true
}

// assistant writes the items of one answer in the history, in their order.
func (t *translation) assistant(parts []llm.Part) {
	for i := 0; i < len(parts); i++ {
		p := &parts[i]
		switch p.Kind {
		case llm.PartThought:
			if i+1 < len(parts) { // reasoning without what it led to is refused
				t.thought(p)
			}
		case llm.PartCall:
			t.open("", '{')
			t.lit("type", `"function_call"`)
			t.text("call_id", callID(p.ID))
			t.text("name", p.Name)
			t.str("arguments", string(p.JSON))
			t.shut('}')
		case llm.PartText, llm.PartRefusal:
			end := i
			for end < len(parts) && (parts[end].Kind == llm.PartText || parts[end].Kind == llm.PartRefusal) {
				end++
			}
			t.said("assistant", parts[i:end])
			i = end - 1
		}
	}
}

// thought writes reasoning that a provider of this schema made: OpenAI's only with what it can
// check, others' as text too.
func (t *translation) thought(p *llm.Part) {
	if p.Origin != llm.SchemaResponses || len(p.Signature) == 0 && (t.openai || len(p.Text) == 0) {
		return
	}
	t.open("", '{')
	t.lit("type", `"reasoning"`)
	if len(p.Signature) == 0 {
		t.lit("summary", "[]")
		t.open("content", '[')
		t.texted("reasoning_text", p.Text)
		t.shut(']')
		t.shut('}')
		return
	}
	t.open("summary", '[')
	if len(p.Text) > 0 {
		t.texted("summary_text", p.Text)
	}
	t.shut(']')
	t.text("encrypted_content", p.Signature)
	t.shut('}')
}

func (t *translation) texted(kind string, text llm.Escaped) {
	t.open("", '{')
	t.str("type", kind)
	t.text("text", text)
	t.shut('}')
}

// said writes what somebody says as a message; nothing if that is nothing.
func (t *translation) said(role string, parts []llm.Part) {
	n, last := 0, 0
	for i := range parts {
		if says(&parts[i]) {
			n, last = n+1, i
		}
	}
	if n == 0 {
		return
	}
	t.open("", '{')
	t.str("role", role)
	if n == 1 && parts[last].Kind == llm.PartText {
		t.text("content", parts[last].Text)
		t.shut('}')
		return
	}
	t.open("content", '[')
	for i := range parts {
		if says(&parts[i]) {
			t.part(&parts[i], role == "assistant")
		}
	}
	t.shut(']')
	t.shut('}')
}

// says reports whether a part belongs into a message and holds something.
func says(p *llm.Part) bool {
	switch p.Kind {
	case llm.PartText, llm.PartRefusal:
		return len(p.Text) > 0
	case llm.PartImage, llm.PartFile:
		return true
	}
	return false
}

func (t *translation) part(p *llm.Part, answered bool) {
	switch {
	case p.Kind == llm.PartRefusal && answered:
		t.open("", '{')
		t.lit("type", `"refusal"`)
		t.text("refusal", p.Text)
		t.shut('}')
	case answered:
		t.texted("output_text", p.Text)
	case p.Kind == llm.PartImage:
		t.open("", '{')
		t.lit("type", `"input_image"`)
		t.address("image_url", "image/png", p)
		switch p.Detail {
		case "low", "high":
			t.str("detail", p.Detail)
		default:
			t.lit("detail", `"auto"`)
		}
		t.shut('}')
	case p.Kind == llm.PartFile && (len(p.URL) > 0 || len(p.Data) > 0):
		t.file(p)
	default:
		t.texted("input_text", p.Text)
	}
}

// file writes a document. One that comes as bytes has to have a name
// (platform.openai.com/docs/guides/pdf-files).
func (t *translation) file(p *llm.Part) {
	t.open("", '{')
	t.lit("type", `"input_file"`)
	if len(p.URL) > 0 {
		t.text("file_url", p.URL)
		t.shut('}')
		return
	}
	switch {
	case len(p.Name) > 0:
		t.text("filename", p.Name)
	case p.Media == "" || p.Media == "application/pdf":
		t.lit("filename", `"document.pdf"`)
	default:
		t.lit("filename", `"document"`)
	}
	t.address("file_data", "application/pdf", p)
	t.shut('}')
}

// address writes where a part's bytes are: its URL, or a data: URL (RFC 2397) of them.
func (t *translation) address(key, media string, p *llm.Part) {
	if len(p.URL) > 0 {
		t.text(key, p.URL)
		return
	}
	if p.Media != "" {
		media = p.Media
	}
	t.key(key)
	t.buf = append(t.buf, `"data:`...)
	t.buf = append(codec.AppendEscaped(t.buf, media), `;base64,`...)
	t.buf = append(append(t.buf, p.Data...), '"')
}

// results writes the results of tool calls among the parts.
func (t *translation) results(parts []llm.Part) {
	for i := range parts {
		p := &parts[i]
		if p.Kind != llm.PartResult {
			continue
		}
		t.open("", '{')
		t.lit("type", `"function_call_output"`)
		t.text("call_id", callID(p.ID))
		if plain(p.Parts) {
			t.key("output")
			t.buf = append(t.buf, '"')
			for j := range p.Parts {
				if j > 0 {
					t.buf = append(t.buf, `\n`...)
				}
				t.buf = append(t.buf, p.Parts[j].Text...)
			}
			t.buf = append(t.buf, '"')
		} else {
			t.open("output", '[')
			for j := range p.Parts {
				if says(&p.Parts[j]) {
					t.part(&p.Parts[j], false)
				}
			}
			t.shut(']')
		}
		t.shut('}')
	}
}

// callID is a call's id as OpenAI takes it, which is at most 64 characters long: of longer
// ones both ends count, as one names the answer and the other the call.
func callID(id llm.Escaped) llm.Escaped {
	if len(id) <= maxKey || bytes.IndexByte(id, '\\') >= 0 || !ascii(id) {
		return id
	}
	return append(append(llm.Escaped(nil), id[:maxKey/2]...), id[len(id)-maxKey/2:]...)
}

func ascii(text []byte) bool {
	for _, b := range text {
		if b >= 0x80 {
			return false
		}
	}
	return true
}
