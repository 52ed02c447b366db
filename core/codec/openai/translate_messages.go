package openai

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

func (t *translation) message(m *llm.Message) {
	other := false
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Kind == llm.PartResult:
			t.result(p)
		case m.Role == llm.RoleAssistant && mediaKinds.has(p): // see codec.LackMedia
		case p.Kind == llm.PartThought, p.Kind == llm.PartText && codec.White(p.Text):
		default:
			other = true
		}
	}
	if !other {
		return
	}
	t.showHeld()
	t.Begin('{')
	t.String("role", [...]string{llm.RoleNone: "user", llm.RoleSystem: "system", llm.RoleUser: "user", llm.RoleAssistant: "assistant"}[m.Role])
	t.optText("name", m.Name)
	if m.Role == llm.RoleAssistant {
		t.assistant(m.Parts)
	} else {
		t.content(m.Parts, allKinds, nil)
	}
	t.End('}')
}

// kinds is a set of kinds of parts.
type kinds uint16

// The sets of what goes into content.
const (
	textKinds  kinds = 1 << llm.PartText
	mediaKinds kinds = 1<<llm.PartImage | 1<<llm.PartAudio | 1<<llm.PartVideo | 1<<llm.PartFile
	allKinds         = textKinds | mediaKinds | 1<<llm.PartRefusal
)

// has reports whether a part is of one of the kinds. Texts that are empty, which some servers
// refuse, count for nothing.
func (k kinds) has(p *llm.Part) bool {
	return k&(1<<p.Kind) != 0 && (p.Kind != llm.PartText || len(p.Text) > 0)
}

// result writes the result of a tool call, as far as it is text. Messages of tools hold nothing
// else (platform.openai.com/docs/api-reference/chat/create, messages, tool), so that the rest
// goes into a message of the user's behind them.
func (t *translation) result(p *llm.Part) {
	for i := range p.Parts {
		if mediaKinds.has(&p.Parts[i]) {
			t.held = append(t.held, &p.Parts[i])
		}
	}
	t.Begin('{')
	t.String("role", "tool")
	t.id("tool_call_id", p.ID)
	t.content(p.Parts, textKinds, p.Cache)
	t.End('}')
}

// showHeld writes what results of tools held beside text.
func (t *translation) showHeld() {
	if len(t.held) == 0 {
		return
	}
	t.Begin('{')
	t.String("role", "user")
	t.BeginAt("content", '[')
	for _, p := range t.held {
		t.part(p)
	}
	t.End(']')
	t.End('}')
	t.held = t.held[:0]
}

// maxID is how long the id of a tool call may be with OpenAI, whose error says so.
const maxID = 40

// shortID is how long it must be with Mistral, whose error says "must be a-z, A-Z, 0-9, with a
// length of 9".
const shortID = 9

// id writes the id of a tool call. One that the server would refuse becomes another, always
// the same.
func (t *translation) id(key string, id llm.Escaped) {
	switch {
	case t.server.is(shortIDs) && !short(id):
		t.String(key, codec.Digest(id)[:shortID])
	case len(id) > maxID:
		t.String(key, "call_"+codec.Digest(id))
	default:
		t.Text(key, id)
	}
}

func short(id llm.Escaped) bool {
	for _, b := range id {
		if !alphanumeric(b) {
			return false
		}
	}
	return len(id) == shortID
}

// content writes the parts of some kinds: one text as a string, and all else as an array. mark
// is for all of it: its last text gets it.
func (t *translation) content(parts []llm.Part, some kinds, mark []byte) {
	var only *llm.Part
	n := 0
	for i := range parts {
		if some.has(&parts[i]) {
			only, n = &parts[i], n+1
		}
	}
	switch {
	case n == 0:
		t.String("content", "")
		return
	case n == 1 && only.Kind == llm.PartText && (len(only.Cache)+len(mark) == 0 || !t.server.is(marksCache)):
		t.Text("content", only.Text)
		return
	}
	t.BeginAt("content", '[')
	for i := range parts {
		switch p := &parts[i]; {
		case !some.has(p):
		case p == only && p.Kind == llm.PartText && len(p.Cache) == 0:
			t.partText(p.Text, mark)
		default:
			t.part(p)
		}
	}
	t.End(']')
	if last := len(t.Buf) - len("[]"); t.Buf[last] == '[' { // none of them can be said
		t.Buf = append(t.Buf[:last], `""`...)
	}
}

func (t *translation) part(p *llm.Part) {
	switch p.Kind {
	case llm.PartText, llm.PartRefusal:
		t.partText(p.Text, p.Cache)
	case llm.PartImage:
		t.address("image_url", codec.ImageType(p), p)
	case llm.PartVideo:
		t.address("video_url", "video/mp4", p)
	case llm.PartAudio:
		t.sound(p)
	case llm.PartFile:
		t.file(p)
	}
}

func (t *translation) partText(text llm.Escaped, mark []byte) {
	t.Begin('{')
	t.String("type", "text")
	t.Text("text", text)
	t.cache(mark)
	t.End('}')
}

// address writes a part that is an address in an object: an image or a film.
func (t *translation) address(kind, media string, p *llm.Part) {
	t.Begin('{')
	t.String("type", kind)
	t.BeginAt(kind, '{')
	t.url("url", media, p)
	t.OptString("detail", p.Detail)
	t.End('}')
	t.cache(p.Cache)
	t.End('}')
}

// url writes an address, or data as one (RFC 2397).
func (t *translation) url(key, media string, p *llm.Part) {
	if len(p.URL) > 0 {
		t.Text(key, p.URL)
		return
	}
	if p.Media != "" {
		media = p.Media
	}
	t.BeginAt(key, '"')
	t.Buf = append(codec.AppendEscaped(append(t.Buf, "data:"...), media), ";base64,"...)
	t.Buf = append(t.Buf, p.Data...)
	t.End('"')
}

func (t *translation) sound(p *llm.Part) {
	if len(p.URL) > 0 { // as vLLM has it
		t.address("audio_url", "", p)
		return
	}
	format := strings.TrimPrefix(strings.TrimPrefix(p.Media, "audio/"), "x-")
	switch format {
	case "mpeg", "mpga":
		format = "mp3"
	case "", "wave", "vnd.wave":
		format = "wav"
	}
	t.Begin('{')
	t.String("type", "input_audio")
	t.BeginAt("input_audio", '{')
	t.Text("data", p.Data)
	t.String("format", format)
	t.End('}')
	t.cache(p.Cache)
	t.End('}')
}

// file writes a document. One of text is text; addresses are for OpenRouter
// (openrouter.ai/docs/features/multimodal/pdfs) and Mistral only
// (docs.mistral.ai/capabilities/document_ai/document_qna).
func (t *translation) file(p *llm.Part) {
	switch {
	case len(p.Text) > 0:
		t.partText(p.Text, p.Cache)
		return
	case t.server.is(documents):
		t.Begin('{')
		t.String("type", "document_url")
		t.url("document_url", "application/pdf", p)
		t.End('}')
		return
	case len(p.URL) > 0 && !t.server.is(details):
		return
	}
	t.Begin('{')
	t.String("type", "file")
	t.BeginAt("file", '{')
	name := p.Name
	if len(name) == 0 {
		name = llm.Escaped("document.pdf") // required beside data
	}
	t.Text("filename", name)
	t.url("file_data", "application/pdf", p)
	t.End('}')
	t.cache(p.Cache)
	t.End('}')
}

// assistant writes what the model has said.
func (t *translation) assistant(parts []llm.Part) {
	some := textKinds | 1<<llm.PartRefusal
	if t.takes("refusal") {
		some &^= 1 << llm.PartRefusal
	}
	words, calls, refusals := false, false, false
	for i := range parts {
		p := &parts[i]
		words = words || some.has(p)
		calls = calls || p.Kind == llm.PartCall
		refusals = refusals || p.Kind == llm.PartRefusal && !some.has(p)
	}
	if !words && (calls || refusals) {
		t.Null("content")
	} else {
		t.content(parts, some, nil)
	}
	if refusals {
		t.join("refusal", parts, llm.PartRefusal)
	}
	t.thoughts(parts, calls)
	if !calls {
		if t.last && t.server.is(prefixed) { // the beginning of the answer; see prefilled
			t.Bool("prefix", true)
		}
		return
	}
	t.BeginAt("tool_calls", '[')
	for i := range parts {
		if parts[i].Kind == llm.PartCall {
			t.call(&parts[i])
		}
	}
	t.End(']')
}

// join writes the texts of all parts of a kind as one.
func (t *translation) join(key string, parts []llm.Part, kind llm.PartKind) {
	t.BeginAt(key, '"')
	for i := range parts {
		if parts[i].Kind == kind {
			t.Buf = append(t.Buf, parts[i].Text...)
		}
	}
	t.End('"')
}

func (t *translation) call(p *llm.Part) {
	t.Begin('{')
	t.id("id", p.ID)
	t.String("type", "function")
	t.BeginAt("function", '{')
	t.Text("name", p.Name)
	t.BeginAt("arguments", '"')
	t.Buf = codec.AppendEscaped(t.Buf, string(p.JSON))
	t.End('"')
	t.End('}')
	t.End('}')
}

// prefill writes the beginning of the answer. See prefilled.
func (t *translation) prefill() {
	if len(t.f.Prefill) == 0 {
		return
	}
	t.Begin('{')
	t.String("role", "assistant")
	t.String("content", string(t.f.Prefill))
	if t.server.is(prefixed) {
		t.Bool("prefix", true)
	}
	t.End('}')
}
