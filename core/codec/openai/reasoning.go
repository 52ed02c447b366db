package openai

import (
	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// reasoning writes how much to reason, in the server's own way.
func (t *translation) reasoning() {
	r := t.p.Reasoning
	unset := r.Effort == llm.EffortUnset && r.Budget == 0 && !r.Auto
	if !t.server.thinks(t.f.Name) || !t.modelTakes("reasoning_effort") {
		for _, field := range [...]llm.Field{llm.FieldEffort, llm.FieldBudget, llm.FieldShowThoughts} {
			t.Lack(field, codec.Dropped, t.f.Name, codec.None)
		}
		return
	}
	if t.server.style != styleObject || unset || r.Effort == llm.EffortNone {
		t.lack(llm.FieldShowThoughts, codec.Approximated, "shows what it shows")
	}
	if unset {
		return
	}
	on := r.Effort != llm.EffortNone
	effort := t.effort()
	t.bent(r, effort)
	switch t.server.style {
	case styleEffort:
		t.OptString("reasoning_effort", effort.String())
	case styleObject:
		t.reasoningObject(r)
	case styleSwitch, styleThinking:
		t.BeginAt("thinking", '{')
		t.String("type", [...]string{"disabled", "enabled"}[bit(on)])
		t.End('}')
		if on && t.server.style == styleThinking {
			t.OptString("reasoning_effort", effort.String())
		}
	case styleEnable:
		t.Bool("enable_thinking", on)
		if on && (r.Budget > 0 || effort != llm.EffortUnset) {
			t.Int("thinking_budget", max(r.Budget, effort.Budget()*bit(r.Budget == 0)))
		}
	}
}

// effort is how much to reason in a word that the server, or its model, takes.
func (t *translation) effort() llm.Effort {
	effort := t.p.Reasoning.Effort
	if effort == llm.EffortUnset && t.p.Reasoning.Budget > 0 {
		effort = llm.EffortOf(t.p.Reasoning.Budget)
	}
	switch {
	case t.server.is(namedModels):
		return codec.FittingEffort(t.f.Name, effort)
	case t.server.is(lowToHigh) && effort > llm.EffortNone:
		return min(max(effort, llm.EffortLow), llm.EffortHigh)
	}
	return effort
}

func bit(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// reasoningObject writes OpenRouter's object, which has either an effort or a budget.
func (t *translation) reasoningObject(r llm.Reasoning) {
	t.BeginAt("reasoning", '{')
	switch {
	case r.Budget > 0 && r.Effort != llm.EffortNone:
		t.Int("max_tokens", r.Budget)
	case r.Effort != llm.EffortUnset:
		t.String("effort", r.Effort.String())
	default:
		t.Bool("enabled", true)
	}
	if !r.Show && r.Effort != llm.EffortNone {
		t.Bool("exclude", true)
	}
	t.End('}')
}

// bent notes what of how much to reason the server or the model takes otherwise: effort is
// what is said of it in words.
func (t *translation) bent(r llm.Reasoning, effort llm.Effort) {
	words, tokens := "takes "+effort.String(), "takes a number of tokens"
	switch t.server.style {
	case styleObject:
		if r.Budget > 0 {
			t.lack(llm.FieldEffort, codec.Approximated, tokens)
		}
		return
	case styleEnable:
		t.lack(llm.FieldEffort, codec.Approximated, tokens)
		return
	case styleNone:
		for _, field := range [...]llm.Field{llm.FieldEffort, llm.FieldBudget, llm.FieldNoReasoning} {
			t.lack(field, codec.Dropped, codec.None)
		}
		return
	case styleSwitch:
		words = "takes on or off"
		t.lack(llm.FieldEffort, codec.Approximated, words)
	}
	t.lack(llm.FieldBudget, codec.Approximated, words)
	if effort != r.Effort {
		t.Lack(llm.FieldEffort, codec.Approximated, t.f.Name, words)
		t.Lack(llm.FieldNoReasoning, codec.Approximated, t.f.Name, words)
	}
}

// thoughts writes reasoning for the servers that want it back: OpenRouter, as it has given it,
// and those that refuse tool calls without what led to them.
func (t *translation) thoughts(parts []llm.Part, called bool) {
	if t.server.is(details) {
		t.details(parts)
		return
	}
	if !t.server.is(wantsThoughts) || !called || t.p.Reasoning.Effort == llm.EffortNone {
		return
	}
	t.join("reasoning_content", parts, llm.PartThought)
}

// details writes OpenRouter's reasoning_details: a signature of this schema is one of them,
// but for the text of a stream, which came in pieces.
func (t *translation) details(parts []llm.Part) {
	some := false
	for i := range parts {
		p := &parts[i]
		if p.Kind != llm.PartThought || p.Origin != llm.SchemaOpenAI {
			continue
		}
		if !some {
			t.BeginAt("reasoning_details", '[')
			some = true
		}
		if raw := signed(p.Signature); raw != nil {
			t.Begin('{')
			beside(&t.Writer, raw)
			if len(p.Text) > 0 && !p.Redacted {
				t.Text("text", p.Text)
			}
			t.End('}')
			continue
		}
		t.Begin('{')
		t.String("type", "reasoning.text")
		t.Text("text", p.Text)
		t.End('}')
	}
	if some {
		t.End(']')
	}
}

// signed is the detail, on one line, that a signature of this schema is; nil if it is none.
func signed(signature llm.Escaped) []byte {
	raw, ok := codec.Unescape(nil, signature)
	if !ok || scan.Valid(raw) != nil {
		return nil
	}
	codec.OneLine(raw)
	w := jsonout.Writer{}
	w.Begin('{')
	beside(&w, raw)
	w.End('}')
	if len(w.Buf) <= len("{}") {
		return nil
	}
	return w.Buf
}

// beside writes the members of a detail but for its text.
func beside(w *jsonout.Writer, raw []byte) {
	m := scan.Object(raw)
	for m.Next() {
		if key := m.Key(); len(key) > 0 && string(key) != "text" {
			quoted := scan.AppendQuote(nil, string(key))
			w.Raw(string(quoted[1:len(quoted)-1]), m.Value().Raw(raw))
		}
	}
}
