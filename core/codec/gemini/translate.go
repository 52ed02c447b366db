package gemini

import (
	"slices"
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// translate appends a request of another schema.
func translate(dst []byte, r *llm.Request, f codec.Form) []byte {
	t := translationOf(r, f)
	t.dst = slices.Grow(dst, len(r.Body)+1024)
	switch {
	case r.Operation == llm.OperationEmbeddings:
		t.embeddings()
	case r.Operation == llm.OperationCountTokens && !onVertex(f.BaseURL):
		t.raw(`{"generateContentRequest":{"model":`)
		t.dst = scan.AppendQuote(t.dst, resource(f.Name))
		t.raw(",")
		t.chat()
		t.raw("}}")
	default:
		t.raw("{")
		t.chat()
		t.raw("}")
	}
	return t.dst
}

// translation is a request being written.
type translation struct {
	codec.Lacking
	dst    []byte
	p      *llm.Prompt
	f      codec.Form
	req    *llm.Request
	family family
	some   bool // the object at hand has a member
}

func translationOf(r *llm.Request, f codec.Form) translation {
	return translation{p: f.Prompt, f: f, req: r, family: familyOf(f.Name)}
}

// lacks are what a model does not take of a request.
func lacks(r *llm.Request, f codec.Form) []codec.Lack {
	if r.Operation == llm.OperationEmbeddings {
		return nil
	}
	t := translationOf(r, f)
	t.Lacking = codec.LackingOf(f.Prompt.Fields)
	t.among()
	t.validates()
	t.resultsHold()
	t.inWords()
	for i := range f.Prompt.Messages {
		t.takes(f.Prompt.Messages[i].Parts)
	}
	t.sampling()
	t.thinking()
	t.begins()
	list := codec.LackSilent(t.List(), f.Prompt, f.Name)
	if !codec.TakesNames(f.Prompt, takesName) {
		list = append(list, codec.Lack{Field: llm.FieldOddNames, Fate: codec.Impossible, Note: "functions' names begin with a letter or _"})
	}
	return list
}

// begins notes what is said for the user where they do not begin.
func (t *translation) begins() {
	if !t.p.Fields.Has(llm.FieldNoUserTurn) {
		return
	}
	switch _, turns := codec.Turns(t.p); {
	case len(turns) == 0:
		t.lack(llm.FieldNoUserTurn, codec.Approximated, "is told the instructions as what the user says")
	case opensWithCall(turns):
		t.lack(llm.FieldNoUserTurn, codec.Approximated, "takes calls behind a turn of the user's only: one stands in front")
	}
}

// takesName reports whether a function may have a name
// (https://ai.google.dev/api/caching#FunctionDeclaration; how one begins stands in Vertex AI's
// reference, and is what both say in errors).
func takesName(name llm.Escaped) bool {
	for i, c := range name {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != ':' && c != '-') {
			return false
		}
	}
	return len(name) > 0 && len(name) <= maxName
}

// maxName bounds a function's name, in bytes.
const maxName = 128

// lack notes that the model takes a field otherwise.
//
//go:noinline
func (t *translation) lack(field llm.Field, fate codec.Fate, what string) {
	t.Lack(field, fate, t.f.Name, what)
}

// raw appends JSON as it stands. Inlined it would add 10 kB to the edge module, and so would
// the others that are marked so.
//
//go:noinline
func (t *translation) raw(s string) { t.dst = append(t.dst, s...) }

// member begins a member of the object at hand.
//
//go:noinline
func (t *translation) member(name string) {
	if t.some {
		t.dst = append(t.dst, ',')
	}
	t.some = true
	t.dst = append(append(append(t.dst, '"'), name...), `":`...)
}

// number appends a member that is a number as the caller wrote it, if it is one.
func (t *translation) number(name string, raw []byte) {
	if _, ok := scan.Float(raw); ok {
		t.member(name)
		t.dst = append(t.dst, raw...)
	}
}

// text appends a part that is a text.
func (t *translation) text(text llm.Escaped) {
	t.raw(`{"text":`)
	t.dst = append(codec.AppendString(t.dst, text), '}')
}

// chat appends the members of a request. Instructions without anybody who speaks are taken for
// what the user says.
func (t *translation) chat() {
	system, turns := codec.Turns(t.p)
	if len(turns) == 0 {
		turns, system = []llm.Message{{Role: llm.RoleUser, Parts: system}}, nil
	}
	t.member("contents")
	t.raw("[")
	t.turns(turns)
	t.raw("]")
	t.system(system)
	t.tools()
	if t.req.Operation == llm.OperationCountTokens {
		return
	}
	at, some := len(t.dst), t.some
	t.member("generationConfig")
	t.raw("{")
	t.some = false
	t.config()
	if t.raw("}"); !t.some {
		t.dst = t.dst[:at]
	}
	t.some = some
}

// system appends the instructions, and what asks for JSON where that cannot be said otherwise.
func (t *translation) system(parts []llm.Part) {
	if t.inWords() {
		parts = append(parts[:len(parts):len(parts)], llm.Part{Kind: llm.PartText, Text: codec.InWords(&t.p.Format)})
	}
	some := false
	for i := range parts {
		if parts[i].Kind != llm.PartText {
			continue
		}
		if some {
			t.raw(",")
		} else {
			t.member("systemInstruction")
			t.raw(`{"parts":[`)
		}
		some = true
		t.text(parts[i].Text)
	}
	if some {
		t.raw("]}")
	}
}

// tools appends the functions and which of them may or must be called
// (https://ai.google.dev/gemini-api/docs/function-calling#function_calling_modes). Where the
// model may choose among some, only these are told.
func (t *translation) tools() {
	p := t.p
	among := t.among()
	some, strict := false, false
	for i := range p.Tools {
		tool := &p.Tools[i]
		if among && !names(p.Choice.Names, tool.Name) {
			continue
		}
		if some {
			t.raw(",")
		} else {
			t.member("tools")
			t.raw(`[{"functionDeclarations":[`)
		}
		some, strict = true, strict || tool.Strict
		t.tool(tool)
	}
	if !some {
		return
	}
	t.raw("]}]")
	mode := ""
	switch p.Choice.Mode {
	case llm.ChoiceNone:
		mode = "NONE"
	case llm.ChoiceRequired:
		mode = "ANY"
	default:
		if strict && t.validates() {
			mode = "VALIDATED"
		}
	}
	if mode == "" {
		return
	}
	t.member("toolConfig")
	t.raw(`{"functionCallingConfig":{"mode":"` + mode + `"`)
	if mode == "ANY" && len(p.Choice.Names) > 0 {
		t.raw(`,"allowedFunctionNames":[`)
		t.strings(p.Choice.Names)
		t.raw("]")
	}
	t.raw("}}")
}

// among reports whether the model may choose among some of the functions.
func (t *translation) among() bool {
	c := &t.p.Choice
	if c.Mode == llm.ChoiceRequired || c.Mode == llm.ChoiceNone || len(c.Names) == 0 {
		return false
	}
	t.lack(llm.FieldToolsAllowed, codec.Approximated, "is not told of the other functions")
	return true
}

// validates reports whether the model can be held to the functions' schemas.
func (t *translation) validates() bool {
	if !t.family.levels {
		t.lack(llm.FieldStrictTools, codec.Dropped, codec.None)
	}
	return t.family.levels
}

// resultsHold reports whether results of functions have their media in themselves.
func (t *translation) resultsHold() bool {
	if !t.family.levels {
		t.lack(llm.FieldToolMedia, codec.Approximated, "takes them behind the results")
	}
	return t.family.levels
}

// inWords reports whether JSON is asked for in words: models before Gemini 3 refuse a form of the
// answer beside functions, with "Function calling with a response mime type: 'application/json'
// is unsupported" (https://ai.google.dev/gemini-api/docs/structured-output#structured_outputs_with_tools).
func (t *translation) inWords() bool {
	if t.p.Format.Kind == llm.FormatText || len(t.p.Tools) == 0 || t.family.levels || t.family.major == 0 {
		return false
	}
	t.lack(llm.FieldJSONObject, codec.Approximated, jsonInWords)
	t.lack(llm.FieldJSONSchema, codec.Approximated, jsonInWords)
	return true
}

const jsonInWords = "is asked for it in words, as it takes functions or JSON"

func names(all []llm.Escaped, name llm.Escaped) bool {
	for _, n := range all {
		if string(n) == string(name) {
			return true
		}
	}
	return false
}

func (t *translation) strings(all []llm.Escaped) {
	for i, s := range all {
		if i > 0 {
			t.raw(",")
		}
		t.dst = codec.AppendString(t.dst, s)
	}
}

func (t *translation) tool(tool *llm.Tool) {
	t.raw(`{"name":`)
	t.dst = codec.AppendString(t.dst, tool.Name)
	if len(tool.Description) > 0 {
		t.raw(`,"description":`)
		t.dst = codec.AppendString(t.dst, tool.Description)
	}
	if hasMembers(tool.Schema) {
		t.raw(`,"parametersJsonSchema":`)
		t.dst = appendToSchema(t.dst, tool.Schema)
	}
	t.raw("}")
}

// maxStops is how many stop sequences the API takes
// (https://ai.google.dev/api/generate-content#v1beta.GenerationConfig).
const (
	maxStops  = 5
	firstFive = "takes the first five"
)

// config appends the members of generationConfig.
func (t *translation) config() {
	p := t.p
	t.sampling()
	if p.Format.Kind != llm.FormatText && !t.inWords() {
		t.member("responseMimeType")
		t.raw(`"application/json"`)
		if p.Format.Kind == llm.FormatSchema && hasMembers(p.Format.Schema) {
			t.member("responseJsonSchema")
			t.dst = appendToSchema(t.dst, p.Format.Schema)
		}
	}
	t.thinking()
}

// sampling appends the members about single tokens and their number.
func (t *translation) sampling() {
	p := t.p
	t.number("temperature", p.Temperature)
	t.number("topP", p.TopP)
	t.number("topK", p.TopK)
	if n := t.req.Choices; n > 1 {
		t.member("candidateCount")
		t.dst = strconv.AppendInt(t.dst, n, 10)
	}
	if p.MaxOutput > 0 {
		t.member("maxOutputTokens")
		t.dst = strconv.AppendInt(t.dst, p.MaxOutput, 10)
	}
	if len(p.Stop) > 0 {
		t.member("stopSequences")
		t.raw("[")
		t.strings(p.Stop[:min(len(p.Stop), maxStops)])
		t.raw("]")
	}
	if len(p.Stop) > maxStops {
		t.lack(llm.FieldManyStops, codec.Approximated, firstFive)
		t.lack(llm.FieldBlankStops, codec.Approximated, firstFive)
	}
	if n, ok := scan.Int(p.Seed); ok {
		if int64(int32(n)) != n {
			t.lack(llm.FieldSeed, codec.Approximated, "takes 32 bits of it")
		}
		t.member("seed")
		t.dst = strconv.AppendInt(t.dst, int64(int32(n)), 10)
	}
	t.number("presencePenalty", p.PresencePenalty)
	t.number("frequencyPenalty", p.FrequencyPenalty)
}
