package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

// messages writes the turns: instructions in front of them as such, all else as items of the
// input.
func (t *translation) messages() {
	rest := t.instructions()
	t.BeginAt("input", '[')
	for i := range rest {
		m := &rest[i]
		switch m.Role {
		case llm.RoleAssistant:
			t.assistant(m.Parts)
		case llm.RoleSystem:
			t.said("system", m.Parts)
		default:
			t.results(m.Parts)
			if codec.Says(m) {
				t.said("user", m.Parts)
			}
		}
	}
	if len(t.Prefill) > 0 {
		t.BeginAt("", '{')
		t.Literal("role", `"assistant"`)
		t.String("content", string(t.Prefill))
		t.End('}')
	}
	t.End(']')
}

// instructions writes the instructions in front and returns the messages behind them, of which
// there is always one: an input is required.
func (t *translation) instructions() []llm.Message {
	var all llm.Escaped
	messages := t.p.Messages
	n := 0
	for i := range messages {
		if codec.Says(&messages[i]) {
			n++
		}
	}
	for n > 1 && messages[0].Role == llm.RoleSystem && plain(messages[0].Parts) {
		for _, p := range messages[0].Parts {
			if len(all) > 0 && len(p.Text) > 0 {
				all = append(all, paragraph...)
			}
			all = append(all, p.Text...)
		}
		if codec.Says(&messages[0]) {
			n--
		}
		messages = messages[1:]
	}
	if len(all) > 0 {
		t.Text("instructions", all)
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
			t.BeginAt("", '{')
			t.Literal("type", `"function_call"`)
			t.Text("call_id", callID(p.ID))
			t.Text("name", p.Name)
			t.String("arguments", string(p.JSON))
			t.End('}')
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
	t.BeginAt("", '{')
	t.Literal("type", `"reasoning"`)
	if len(p.Signature) == 0 {
		t.Literal("summary", "[]")
		t.BeginAt("content", '[')
		t.texted("reasoning_text", p.Text)
		t.End(']')
		t.End('}')
		return
	}
	t.BeginAt("summary", '[')
	if len(p.Text) > 0 {
		t.texted("summary_text", p.Text)
	}
	t.End(']')
	t.Text("encrypted_content", p.Signature)
	t.End('}')
}

func (t *translation) texted(kind string, text llm.Escaped) {
	t.BeginAt("", '{')
	t.String("type", kind)
	t.Text("text", text)
	t.End('}')
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
	t.BeginAt("", '{')
	t.String("role", role)
	if n == 1 && parts[last].Kind == llm.PartText {
		t.Text("content", parts[last].Text)
		t.End('}')
		return
	}
	t.BeginAt("content", '[')
	for i := range parts {
		if says(&parts[i]) {
			t.part(&parts[i], role == "assistant")
		}
	}
	t.End(']')
	t.End('}')
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
		t.BeginAt("", '{')
		t.Literal("type", `"refusal"`)
		t.Text("refusal", p.Text)
		t.End('}')
	case answered:
		t.texted("output_text", p.Text)
	case p.Kind == llm.PartImage:
		t.BeginAt("", '{')
		t.Literal("type", `"input_image"`)
		t.address("image_url", codec.ImageType(p), p)
		switch p.Detail {
		case "low", "high":
			t.String("detail", p.Detail)
		default:
			t.Literal("detail", `"auto"`)
		}
		t.End('}')
	case p.Kind == llm.PartFile && (len(p.URL) > 0 || len(p.Data) > 0):
		t.file(p)
	default:
		t.texted("input_text", p.Text)
	}
}

// file writes a document. One that comes as bytes has to have a name
// (platform.openai.com/docs/guides/pdf-files).
func (t *translation) file(p *llm.Part) {
	t.BeginAt("", '{')
	t.Literal("type", `"input_file"`)
	if len(p.URL) > 0 {
		t.Text("file_url", p.URL)
		t.End('}')
		return
	}
	switch {
	case len(p.Name) > 0:
		t.Text("filename", p.Name)
	case p.Media == "" || p.Media == "application/pdf":
		t.Literal("filename", `"document.pdf"`)
	default:
		t.Literal("filename", `"document"`)
	}
	t.address("file_data", "application/pdf", p)
	t.End('}')
}

// address writes where a part's bytes are: its URL, or a data: URL (RFC 2397) of them.
func (t *translation) address(key, media string, p *llm.Part) {
	if len(p.URL) > 0 {
		t.Text(key, p.URL)
		return
	}
	if p.Media != "" {
		media = p.Media
	}
	t.BeginAt(key, '"')
	t.Buf = append(codec.AppendEscaped(append(t.Buf, "data:"...), media), `;base64,`...)
	t.Buf = append(t.Buf, p.Data...)
	t.End('"')
}

// results writes the results of tool calls among the parts.
func (t *translation) results(parts []llm.Part) {
	for i := range parts {
		p := &parts[i]
		if p.Kind != llm.PartResult {
			continue
		}
		t.BeginAt("", '{')
		t.Literal("type", `"function_call_output"`)
		t.Text("call_id", callID(p.ID))
		if plain(p.Parts) {
			t.BeginAt("output", '"')
			for j := range p.Parts {
				if j > 0 {
					t.Buf = append(t.Buf, `\n`...)
				}
				t.Buf = append(t.Buf, p.Parts[j].Text...)
			}
			t.End('"')
		} else {
			t.BeginAt("output", '[')
			for j := range p.Parts {
				if says(&p.Parts[j]) {
					t.part(&p.Parts[j], false)
				}
			}
			t.End(']')
		}
		t.End('}')
	}
}

// callID is a call's id as OpenAI takes it, which is at most 64 characters long.
func callID(id llm.Escaped) llm.Escaped {
	if len(id) <= maxKey {
		return id
	}
	return llm.Escaped("call_" + codec.Digest(id))
}
