package openai

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// lacks are what a server or a model of it does not take of a chat.
func lacks(r *llm.Request, f codec.Form) []codec.Lack {
	if r.Operation == llm.OperationEmbeddings {
		return nil
	}
	t := translationOf(r, f)
	t.Lacking = codec.LackingOf(t.p.Fields)
	t.Begin('{')
	t.sampling()
	t.reasoning()
	t.rest()
	t.among()
	codec.LackMedia(&t.Lacking, t.p, codec.HostOf(f.BaseURL))
	for _, name := range [...]string{"name", "refusal", "strict", "parallel_tool_calls"} {
		t.takes(name)
	}
	for i := range t.p.Tools {
		if tool := &t.p.Tools[i]; tool.Strict {
			t.strict(llm.FieldStrictTools, tool.Schema)
		}
	}
	if t.p.Format.Strict {
		t.strict(llm.FieldJSONSchema, t.p.Format.Schema)
	}
	if !t.server.is(details) {
		t.lack(llm.FieldSignatures, codec.Dropped, codec.None)
		switch {
		case !t.server.is(wantsThoughts):
			t.lack(llm.FieldThoughts, codec.Dropped, codec.None)
		case t.p.Reasoning.Effort == llm.EffortNone || idle(t.p.Messages):
			t.lack(llm.FieldThoughts, codec.Approximated, "takes it with tool calls only")
		}
		if !t.server.is(prefixed) {
			t.lack(llm.FieldPrefill, codec.Approximated, "may begin anew")
		}
	}
	return codec.LackSilent(t.List(), t.p, codec.HostOf(f.BaseURL))
}

// idle reports whether there is reasoning that led to no tool call.
func idle(messages []llm.Message) bool {
	for i := range messages {
		thinks, calls := false, false
		for j := range messages[i].Parts {
			kind := messages[i].Parts[j].Kind
			thinks, calls = thinks || kind == llm.PartThought, calls || kind == llm.PartCall
		}
		if thinks && !calls {
			return true
		}
	}
	return false
}

// lack notes that the server takes a field otherwise.
func (t *translation) lack(field llm.Field, fate codec.Fate, what string) {
	t.Lack(field, fate, codec.HostOf(t.f.BaseURL), what)
}

// takes reports whether the server knows a member of that name.
func (t *translation) takes(name string) bool {
	if !t.modelTakes(name) {
		field := llm.FieldNamed(name)
		t.Lack(field, codec.Dropped, t.f.Name, codec.None)
		switch field {
		case llm.FieldStop:
			t.Lack(llm.FieldBlankStops, codec.Dropped, t.f.Name, codec.None)
		case llm.FieldTemperature:
			t.Lack(llm.FieldHighTemperature, codec.Dropped, t.f.Name, codec.None)
		}
		return false
	}
	if t.server.takes(name) {
		return true
	}
	switch name {
	case "refusal":
		t.lack(llm.FieldRefusal, codec.Approximated, "takes it as a text")
	case "strict":
		t.lack(llm.FieldStrictTools, codec.Dropped, codec.None)
	case "n":
		t.lack(llm.FieldMany, codec.Impossible, "gives one answer")
	default:
		t.lack(llm.FieldNamed(name), codec.Dropped, codec.None)
	}
	return false
}

// modelTakes reports whether the model knows a member of that name, as far as that can be told
// from its own: it is one of OpenAI's.
func (t *translation) modelTakes(name string) bool {
	return !t.atOpenAI() || codec.ModelTakes(t.f.Name, t.effort(), name)
}

// atOpenAI reports whether the model is one of OpenAI's, at OpenRouter too.
func (t *translation) atOpenAI() bool {
	return t.server.is(namedModels) || t.server.is(details) && strings.HasPrefix(t.f.Name, "openai/")
}

// strict reports whether a schema can be called strict, which OpenAI refuses of one that does
// not fit.
func (t *translation) strict(field llm.Field, schema []byte) bool {
	if !t.atOpenAI() || codec.FitsStrict(schema) {
		return true
	}
	t.lack(field, codec.Approximated, "is strict only with schemas that require all and allow nothing else")
	return false
}
