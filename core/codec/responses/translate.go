package responses

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// appendPrompt appends a request written from its prompt
// (https://platform.openai.com/docs/api-reference/responses/create). Unless the caller wants
// it, the provider keeps nothing; so reasoning is asked for in the form in which it can be
// given back (platform.openai.com/docs/guides/reasoning, encrypted reasoning items).
func appendPrompt(dst []byte, f codec.Form) []byte {
	t := translationOf(f)
	t.Buf = append(dst, '{')
	t.String("model", f.Name)
	if f.Stream {
		t.Bool("stream", true)
	}
	t.messages()
	t.tools()
	t.sampling()
	t.reasoning()
	t.format()
	t.rest()
	t.End('}')
	return t.Buf
}

func translationOf(f codec.Form) translation {
	return translation{Form: f, p: f.Prompt, openai: ofOpenAI(codec.HostOf(f.BaseURL))}
}

// lacks are what OpenAI's service, or one of its models, does not take.
func lacks(_ *llm.Request, f codec.Form) []codec.Lack {
	t := translationOf(f)
	t.Lacking = codec.LackingOf(f.Prompt.Fields)
	t.Buf = append(t.Buf, '{')
	t.tools()
	t.sampling()
	t.reasoning()
	t.format()
	t.rest()
	codec.LackMedia(&t.Lacking, t.p, codec.HostOf(f.BaseURL))
	return codec.LackSilent(t.List(), t.p, t.Name)
}

// ofOpenAI reports whether a host is OpenAI's own service, or Azure's.
func ofOpenAI(host string) bool {
	return strings.HasSuffix(host, ".openai.com") || strings.HasSuffix(host, ".azure.com")
}

// translation is a request being written.
type translation struct {
	jsonout.Writer
	codec.Lacking
	codec.Form
	p      *llm.Prompt
	openai bool
}

// tools writes the functions. As functions are strict unless they say otherwise, each says it.
func (t *translation) tools() {
	if len(t.p.Tools) == 0 {
		return
	}
	t.BeginAt("tools", '[')
	for i := range t.p.Tools {
		tool := &t.p.Tools[i]
		t.BeginAt("", '{')
		t.Literal("type", `"function"`)
		t.Text("name", tool.Name)
		if len(tool.Description) > 0 {
			t.Text("description", tool.Description)
		}
		schema := tool.Schema
		if len(schema) > len("{}") && !codec.Blank(schema[1:len(schema)-1]) {
			t.Raw("parameters", schema)
		} else {
			schema = nil
			t.Literal("parameters", `{"type":"object","properties":{}}`)
		}
		t.strict(llm.FieldStrictTools, tool.Strict, schema)
		t.End('}')
	}
	t.End(']')
	t.choice()
	if t.p.OneTool && t.takes(llm.FieldOneTool, "parallel_tool_calls") {
		t.Bool("parallel_tool_calls", false)
	}
}

// strict says whether something has to fit its schema. OpenAI's service refuses that with a
// schema that strict mode does not take.
func (t *translation) strict(field llm.Field, wanted bool, schema []byte) {
	can := len(schema) > 0 && (!t.openai || codec.FitsStrict(schema))
	if wanted && !can {
		t.Lack(field, codec.Approximated, t.Name, "is strict only about schemas in which all is required and nothing else allowed")
	}
	t.Bool("strict", wanted && can)
}

// takes reports whether the model takes a member; if not, the field is lost.
func (t *translation) takes(field llm.Field, member string) bool {
	if !t.openai || codec.ModelTakes(t.Name, t.effort(), member) {
		return true
	}
	t.Lack(field, codec.Dropped, t.Name, codec.None)
	return false
}

var modes = [...]string{llm.ChoiceAuto: `"auto"`, llm.ChoiceNone: `"none"`, llm.ChoiceRequired: `"required"`}

func (t *translation) choice() {
	c := &t.p.Choice
	switch {
	case c.Mode == llm.ChoiceUnset && len(c.Names) == 0:
	case len(c.Names) == 0 || c.Mode == llm.ChoiceNone:
		t.Literal("tool_choice", modes[c.Mode])
	case len(c.Names) == 1 && c.Mode == llm.ChoiceRequired:
		t.BeginAt("tool_choice", '{')
		t.Literal("type", `"function"`)
		t.Text("name", c.Names[0])
		t.End('}')
	default:
		t.BeginAt("tool_choice", '{')
		t.Literal("type", `"allowed_tools"`)
		t.Literal("mode", modes[max(c.Mode, llm.ChoiceAuto)])
		t.BeginAt("tools", '[')
		for _, name := range c.Names {
			t.BeginAt("", '{')
			t.Literal("type", `"function"`)
			t.Text("name", name)
			t.End('}')
		}
		t.End(']')
		t.End('}')
	}
}

// leastOutput is the least limit on output tokens that OpenAI takes
// (platform.openai.com/docs/api-reference/responses/create, max_output_tokens).
const leastOutput = 16

func (t *translation) sampling() {
	if n := t.p.MaxOutput; n > 0 {
		if t.openai && n < leastOutput {
			n = leastOutput
			t.Lack(llm.FieldMaxOutput, codec.Approximated, t.Name, "takes 16 or more")
		}
		t.Int("max_output_tokens", n)
	}
	t.takes(llm.FieldHighTemperature, "temperature")
	t.number(llm.FieldTemperature, "temperature", t.p.Temperature)
	t.number(llm.FieldTopP, "top_p", t.p.TopP)
}

// number writes a parameter of sampling if the model takes it.
func (t *translation) number(field llm.Field, key string, v []byte) {
	if _, ok := scan.Float(v); ok && t.takes(field, key) {
		t.Raw(key, v)
	}
}

// effort is how much the model is told to reason.
func (t *translation) effort() llm.Effort {
	r := &t.p.Reasoning
	effort := r.Effort
	if effort == llm.EffortUnset && r.Budget > 0 {
		effort = llm.EffortOf(r.Budget)
	}
	if t.openai {
		effort = codec.FittingEffort(t.Name, effort)
	}
	return effort
}

// reasoning says how much to reason, to models that do: OpenAI's others refuse the parameter.
func (t *translation) reasoning() {
	if t.openai && !seals(t.Name) {
		for _, field := range [...]llm.Field{llm.FieldEffort, llm.FieldBudget, llm.FieldShowThoughts} {
			t.Lack(field, codec.Dropped, t.Name, codec.None)
		}
		return
	}
	r := &t.p.Reasoning
	effort := t.effort()
	if effort != r.Effort {
		t.Lack(llm.FieldEffort, codec.Approximated, t.Name, "takes "+effort.String())
		t.Lack(llm.FieldNoReasoning, codec.Approximated, t.Name, "takes "+effort.String())
	}
	if effort != llm.EffortUnset || r.Show {
		t.BeginAt("reasoning", '{')
		if effort != llm.EffortUnset {
			t.String("effort", effort.String())
		}
		if r.Show {
			t.Literal("summary", `"auto"`)
		}
		t.End('}')
	}
	t.Literal("include", `["reasoning.encrypted_content"]`)
}

// seals reports whether a model of OpenAI's reasons, and gives its reasoning encrypted: others
// refuse to be asked for it. Azure's models have the names that their owners gave them.
func seals(name string) bool {
	for _, family := range [...]string{"gpt-3", "gpt3", "gpt-4", "gpt4", "chatgpt", "-chat", "computer-use"} {
		if strings.Contains(name, family) {
			return false
		}
	}
	return true
}

func (t *translation) format() {
	f, verbosity := &t.p.Format, t.p.Verbosity
	if f.Kind == llm.FormatText && verbosity == "" {
		return
	}
	t.BeginAt("text", '{')
	switch f.Kind {
	case llm.FormatObject:
		t.Literal("format", `{"type":"json_object"}`)
	case llm.FormatSchema:
		t.BeginAt("format", '{')
		t.Literal("type", `"json_schema"`)
		if len(f.Name) > 0 {
			t.Text("name", f.Name)
		} else {
			t.Literal("name", `"answer"`)
		}
		if len(f.Description) > 0 {
			t.Text("description", f.Description)
		}
		if len(f.Schema) > 0 {
			t.Raw("schema", f.Schema)
		} else {
			t.Literal("schema", `{}`)
		}
		t.strict(llm.FieldJSONSchema, f.Strict, f.Schema)
		t.End('}')
	}
	if verbosity != "" {
		t.String("verbosity", verbosity)
	}
	t.End('}')
}

func (t *translation) rest() {
	p := t.p
	t.Bool("store", string(p.Store) == "true")
	if len(p.Metadata) > 0 {
		t.Raw("metadata", p.Metadata)
	}
	if p.Tier != "" {
		t.String("service_tier", p.Tier)
	}
	if len(p.User) > 0 {
		t.clipped(llm.FieldUser, "user", p.User)
	}
	if len(p.CacheKey) > 0 {
		t.clipped(llm.FieldCacheKey, "prompt_cache_key", p.CacheKey)
	}
}

// maxKey is how long what identifies somebody or something may be
// (platform.openai.com/docs/api-reference/responses/create, safety_identifier).
const maxKey = 64

// clipped writes a text of at most maxKey bytes: whole characters, the first of a longer one.
func (t *translation) clipped(field llm.Field, key string, text llm.Escaped) {
	if len(text) > maxKey { // else it stands for no more
		if plain := codec.Plain(text); len(plain) > maxKey {
			t.Lack(field, codec.Approximated, t.Name, "takes 64 bytes of it")
			end := maxKey
			for end > 0 && plain[end]&0xC0 == 0x80 { // within a character
				end--
			}
			text = codec.Escape(plain[:end])
		}
	}
	t.Text(key, text)
}
