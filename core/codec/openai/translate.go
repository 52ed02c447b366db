package openai

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
)

// translate appends a request of another schema, of which f.Prompt is what it says.
func translate(dst []byte, r *llm.Request, f codec.Form) []byte {
	t := translationOf(r, f)
	p := t.p
	t.Buf = dst
	t.Begin('{')
	t.String("model", f.Name)
	switch r.Operation {
	case llm.OperationEmbeddings:
		t.embeddings()
	case llm.OperationCompletion:
		t.Text("prompt", plainText(p))
		t.sampling()
		t.stream()
	default:
		t.BeginAt("messages", '[')
		said := len(p.Messages)
		for said > 0 && !codec.Says(&p.Messages[said-1]) {
			said--
		}
		for i := range p.Messages {
			t.last = i == said-1 && len(f.Prefill) == 0
			t.message(&p.Messages[i])
		}
		t.showHeld()
		t.prefill()
		t.End(']')
		t.tools()
		t.sampling()
		t.format()
		t.reasoning()
		t.rest()
		t.stream()
	}
	t.End('}')
	return t.Buf
}

func translationOf(r *llm.Request, f codec.Form) translation {
	p := f.Prompt
	if p == nil {
		p = &llm.Prompt{}
	}
	return translation{server: serverAt(f.BaseURL), req: r, p: p, f: f}
}

// translation is a request being written.
type translation struct {
	jsonout.Writer
	codec.Lacking
	server *server
	req    *llm.Request
	p      *llm.Prompt
	f      codec.Form
	last   bool        // the message at hand is what the answer stands behind
	held   []*llm.Part // images and files among results of tools, which follow them
}

// optText writes a text unless it is empty or the server refuses it.
func (t *translation) optText(key string, text llm.Escaped) {
	if len(text) > 0 && t.takes(key) {
		t.Text(key, text)
	}
}

// optRaw writes JSON as it is, unless there is none or the server refuses it.
func (t *translation) optRaw(key string, json []byte) {
	if len(json) > 0 && t.takes(key) {
		t.Raw(key, json)
	}
}

// plainText is the text of all messages, for completions.
func plainText(p *llm.Prompt) (text llm.Escaped) {
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			text = append(text, p.Messages[i].Parts[j].Text...)
		}
	}
	return text
}

// sampling writes the numbers.
func (t *translation) sampling() {
	p := t.p
	if p.MaxOutput > 0 {
		limit := "max_tokens"
		if t.server.is(completionLimit) && t.req.Operation != llm.OperationCompletion {
			limit = "max_completion_tokens"
		}
		t.Int(limit, p.MaxOutput)
	}
	t.optRaw("temperature", p.Temperature)
	t.optRaw("top_p", p.TopP)
	t.optRaw("top_k", p.TopK)
	t.optRaw("min_p", p.MinP)
	t.optRaw("frequency_penalty", p.FrequencyPenalty)
	t.optRaw("presence_penalty", p.PresencePenalty)
	t.optRaw("repetition_penalty", p.RepetitionPenalty)
	t.optRaw("logit_bias", p.LogitBias)
	seed := "seed"
	if !t.server.takes(seed) {
		seed = "random_seed" // Mistral's
	}
	t.optRaw(seed, p.Seed)
	if len(p.Stop) > 0 && t.takes("stop") {
		t.BeginAt("stop", '[')
		for _, s := range p.Stop[:min(len(p.Stop), maxStops)] {
			t.Text("", s)
		}
		t.End(']')
	}
	if len(p.Stop) > maxStops {
		t.lack(llm.FieldBlankStops, codec.Approximated, "takes the first four")
	}
	if t.req.Choices > 1 && t.takes("n") {
		t.Int("n", t.req.Choices)
	}
	t.optText("user", p.User)
}

// maxStops is how many stop texts there may be
// (platform.openai.com/docs/api-reference/chat/create, stop).
const maxStops = 4

func (t *translation) tools() {
	if len(t.p.Tools) == 0 {
		return
	}
	choice, among := t.p.Choice, t.among()
	t.BeginAt("tools", '[')
	for i := range t.p.Tools {
		if !among || t.server.is(allowedTools) || choice.Mode == llm.ChoiceNone || named(choice.Names, t.p.Tools[i].Name) {
			t.tool(&t.p.Tools[i])
		}
	}
	t.End(']')
	t.choice(choice, among)
	if t.p.OneTool && t.takes("parallel_tool_calls") {
		t.Bool("parallel_tool_calls", false)
	}
}

// among reports whether the choice is among some of the functions.
func (t *translation) among() bool {
	c := &t.p.Choice
	if len(c.Names) < 2 && (len(c.Names) == 0 || c.Mode == llm.ChoiceRequired) {
		return false
	}
	if !t.server.is(allowedTools) {
		t.lack(llm.FieldToolsAllowed, codec.Approximated, "is not told of the other functions")
	}
	return true
}

func named(names []llm.Escaped, name llm.Escaped) bool {
	for _, n := range names {
		if bytes.Equal(n, name) {
			return true
		}
	}
	return false
}

func (t *translation) tool(tool *llm.Tool) {
	t.Begin('{')
	t.String("type", "function")
	t.BeginAt("function", '{')
	t.Text("name", tool.Name)
	if len(tool.Description) > 0 {
		t.Text("description", tool.Description)
	}
	switch {
	case len(tool.Schema) > 0:
		t.Raw("parameters", tool.Schema)
	case t.server.is(needsParameters):
		t.Raw("parameters", []byte(`{"type":"object","properties":{}}`))
	}
	if tool.Strict && t.takes("strict") && t.strict(llm.FieldStrictTools, tool.Schema) {
		t.Bool("strict", true)
	}
	t.End('}')
	t.cache(tool.Cache)
	t.End('}')
}

// cache writes a mark up to which the prompt is to be cached.
func (t *translation) cache(mark []byte) {
	if len(mark) > 0 && t.server.is(marksCache) {
		t.Raw("cache_control", mark)
	}
}

// choice writes which tool is to be called. Where a choice among some of them cannot be said,
// the others have been left out.
func (t *translation) choice(choice llm.ToolChoice, among bool) {
	mode := [...]string{llm.ChoiceUnset: "", llm.ChoiceAuto: "auto", llm.ChoiceNone: "none", llm.ChoiceRequired: "required"}[choice.Mode]
	switch {
	case among && t.server.is(allowedTools) && choice.Mode != llm.ChoiceNone:
		t.BeginAt("tool_choice", '{')
		t.String("type", "allowed_tools")
		t.BeginAt("allowed_tools", '{')
		if mode == "" {
			mode = "auto"
		}
		t.String("mode", mode)
		t.BeginAt("tools", '[')
		for _, name := range choice.Names {
			t.Begin('{')
			t.function(name)
			t.End('}')
		}
		t.End(']')
		t.End('}')
		t.End('}')
	case !among && len(choice.Names) == 1:
		t.BeginAt("tool_choice", '{')
		t.function(choice.Names[0])
		t.End('}')
	case mode != "":
		t.String("tool_choice", mode)
	}
}

// function writes the members that name a function.
func (t *translation) function(name llm.Escaped) {
	t.String("type", "function")
	t.BeginAt("function", '{')
	t.Text("name", name)
	t.End('}')
}

func (t *translation) format() {
	f := &t.p.Format
	if f.Kind == llm.FormatText {
		return
	}
	t.BeginAt("response_format", '{')
	if f.Kind == llm.FormatObject {
		t.String("type", "json_object")
		t.End('}')
		return
	}
	t.String("type", "json_schema")
	t.BeginAt("json_schema", '{')
	name := f.Name
	if len(name) == 0 {
		name = llm.Escaped("answer") // required (platform.openai.com/docs/api-reference/chat/create)
	}
	t.Text("name", name)
	if len(f.Description) > 0 {
		t.Text("description", f.Description)
	}
	t.Raw("schema", f.Schema)
	if f.Strict && t.strict(llm.FieldJSONSchema, f.Schema) {
		t.Bool("strict", true)
	}
	t.End('}')
	t.End('}')
}

// rest writes what is neither content nor about sampling. Labels are for stored answers only
// (platform.openai.com/docs/api-reference/chat/create, metadata).
func (t *translation) rest() {
	p := t.p
	t.optRaw("store", p.Store)
	if string(p.Store) == "true" {
		t.optRaw("metadata", p.Metadata)
	} else {
		t.lack(llm.FieldMetadata, codec.Dropped, "takes none with an answer that is not to be stored")
	}
	if p.Tier != "" && t.takes("service_tier") {
		t.String("service_tier", p.Tier)
	}
	t.optText("prompt_cache_key", p.CacheKey)
	if p.Verbosity != "" && t.takes("verbosity") {
		t.String("verbosity", p.Verbosity)
	}
}

// stream writes whether the answer is to be a stream, and asks for usage there.
func (t *translation) stream() {
	if !t.f.Stream {
		return
	}
	t.Bool("stream", true)
	if !t.server.is(noStreamOptions) {
		t.Raw("stream_options", []byte(`{`+includeUsage+`}`))
	}
}
