package anthropic

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Bounds of max_tokens, in tokens: what is asked for where neither the caller nor the
// endpoint says a limit, as the API wants one, and the least budget of reasoning
// (docs.anthropic.com/en/docs/build-with-claude/extended-thinking).
const (
	defaultOutput = 8192
	leastBudget   = 1024
)

// sending is a request being written.
type sending struct {
	codec.Lacking
	dst    []byte
	p      *llm.Prompt
	f      codec.Form
	counts bool
	model  traits

	system []llm.Part
	turns  []llm.Message
	output int64 // max_tokens
	budget int64 // of reasoning, where it is said in tokens
	thinks bool
	role   llm.Role // of the turn that is being written
	schema []byte   // that the answer is held to
}

// translate appends the request that f.Prompt is.
func translate(dst []byte, r *llm.Request, f codec.Form) []byte {
	s := sendingOf(r, f)
	s.dst = dst
	s.system, s.turns = codec.Turns(f.Prompt)
	s.limits()
	s.format()
	s.dst = scan.AppendQuote(append(s.dst, `{"model":`...), f.Name)
	if !s.counts {
		s.dst = numbered(s.dst, `,"max_tokens":`, s.output)
		s.sampling()
		s.rest()
	}
	s.reasoning()
	s.instructions()
	s.tools()
	s.messages()
	return append(s.dst, '}')
}

func sendingOf(r *llm.Request, f codec.Form) sending {
	return sending{p: f.Prompt, f: f, counts: r.Operation == llm.OperationCountTokens, model: traitsOf(f.Name)}
}

// lacks are what a model refuses. Of the conversation only what is thought of is looked at.
func lacks(r *llm.Request, f codec.Form) []codec.Lack {
	s := sendingOf(r, f)
	s.Lacking = codec.LackingOf(f.Prompt.Fields)
	if s.wanted() {
		_, s.turns = codec.Turns(f.Prompt)
	}
	s.limits()
	s.format()
	for i := range f.Prompt.Tools {
		s.strict(&f.Prompt.Tools[i], ofObject(f.Prompt.Tools[i].Schema))
	}
	if !s.counts {
		s.sampling()
		s.rest()
	}
	s.thinking()
	s.media()
	switch signed := s.p.Fields.Has(llm.FieldSignatures); {
	case signed && !s.model.thinks:
		s.lack(llm.FieldThoughts, codec.Dropped, codec.None)
		s.lack(llm.FieldSignatures, codec.Dropped, codec.None)
	case signed && !s.model.unbegun && s.p.Fields.Has(llm.FieldPrefill):
		s.lack(llm.FieldThoughts, codec.Approximated, "takes none in front of an answer that is begun")
	case s.wanted() && s.unsigned() && thinks(s.turns[len(s.turns)-2].Parts):
		s.lack(llm.FieldThoughts, codec.Approximated, "takes what led to a call only with its signature")
	}
	if s.model.unbegun {
		s.lack(llm.FieldPrefill, codec.Approximated, ended)
	}
	return s.emptied(s.List())
}

// lack notes that the model takes a field otherwise.
//
//go:noinline
func (s *sending) lack(field llm.Field, fate codec.Fate, what string) {
	s.Lack(field, fate, s.f.Name, what)
}

// raw appends JSON as it stands.
//
//go:noinline
func (s *sending) raw(text string) { s.dst = literal(s.dst, text) }

// quote appends a string literal.
func (s *sending) quote(text llm.Escaped) { s.dst = quoted(s.dst, "", text) }

// key begins a member that is not the first.
//
//go:noinline
func (s *sending) key(name string) {
	s.dst = append(append(append(s.dst, `,"`...), name...), `":`...)
}

// text writes an escaped text as a member.
//
//go:noinline
func (s *sending) text(name string, value llm.Escaped) {
	s.key(name)
	s.quote(value)
}

// limits settles how long the answer may be and how much of it reasoning.
func (s *sending) limits() {
	s.output = s.p.MaxOutput
	if s.output == 0 {
		if s.output = s.f.MaxOutput; s.output == 0 {
			s.output = defaultOutput
		}
	}
	if s.f.MaxOutput > 0 {
		s.output = min(s.output, s.f.MaxOutput)
	}
	switch {
	case !s.wanted():
		s.unreasoned("shows none unless it is to reason")
	case !s.model.thinks:
		s.unreasoned(codec.None)
	case s.p.Choice.Mode == llm.ChoiceRequired:
		s.unreasoned("takes none with a call that is required")
	case s.begun():
		s.unreasoned("takes none with an answer that is begun")
	case s.model.adaptive:
		s.thinks = true
	case s.unsigned():
		s.unreasoned("takes none behind calls without the reasoning that led to them")
	default:
		s.thinks = true
		s.budgeted()
	}
}

// wanted reports whether the model is to reason.
func (s *sending) wanted() bool {
	r := &s.p.Reasoning
	return r.Effort > llm.EffortNone || r.Effort == llm.EffortUnset && (r.Budget > 0 || r.Auto)
}

// unreasoned notes why there is no reasoning.
func (s *sending) unreasoned(why string) {
	for _, field := range [...]llm.Field{llm.FieldEffort, llm.FieldBudget, llm.FieldShowThoughts} {
		s.lack(field, codec.Dropped, why)
	}
}

// budgeted settles the budget of a model that is told one.
func (s *sending) budgeted() {
	r := &s.p.Reasoning
	s.budget = r.Budget
	if s.budget == 0 {
		if s.budget = r.Effort.Budget(); s.budget == 0 {
			s.budget = llm.EffortMedium.Budget()
		}
	}
	s.budget = max(s.budget, leastBudget)
	s.fit()
	if !s.thinks {
		s.unreasoned("takes none within so few output tokens")
		return
	}
	s.lack(llm.FieldEffort, codec.Approximated, "takes a number of tokens")
	if s.budget != r.Budget {
		s.lack(llm.FieldBudget, codec.Approximated, "takes 1024 tokens or more, within those of the output")
	}
}

// fit makes room for the answer behind the reasoning, both of which are in max_tokens. A limit
// of the caller's stands, as costs are reserved by it: if not even the least reasoning fits in,
// there is none.
func (s *sending) fit() {
	if s.p.MaxOutput == 0 && s.f.MaxOutput == 0 {
		s.output += s.budget
		return
	}
	if s.budget >= s.output {
		s.budget = max(leastBudget, s.output-max(s.output/4, leastBudget))
	}
	if s.budget >= s.output {
		s.thinks, s.budget = false, 0
	}
}

// begun reports whether the answer has been begun, behind which there is no reasoning.
func (s *sending) begun() bool {
	n := len(s.turns)
	return len(s.f.Prefill) > 0 || n > 0 && s.turns[n-1].Role == llm.RoleAssistant && !s.model.unbegun
}

// unsigned reports whether the results of tool calls are sent without the reasoning that led
// to the calls, which is an error where reasoning goes on
// (docs.anthropic.com/en/docs/build-with-claude/extended-thinking, preserving thinking blocks).
func (s *sending) unsigned() bool {
	n := len(s.turns)
	if n < 2 || s.turns[n-1].Role != llm.RoleUser || s.turns[n-1].Parts[0].Kind != llm.PartResult {
		return false
	}
	for i := range s.turns[n-2].Parts {
		if p := &s.turns[n-2].Parts[i]; s.written(p) {
			return p.Kind != llm.PartThought
		}
	}
	return true
}

func (s *sending) sampling() {
	p := s.p
	temperature, ok := scan.Float(p.Temperature)
	if ok && s.samples(llm.FieldTemperature) {
		s.key("temperature")
		switch {
		case temperature > 1:
			s.raw("1")
		case temperature < 0:
			s.raw("0")
		default:
			s.dst = append(s.dst, p.Temperature...)
		}
	}
	if topP, given := scan.Float(p.TopP); given {
		switch {
		case s.thinks && !s.model.unsampled && topP < 0.95:
			s.lack(llm.FieldTopP, codec.Dropped, "takes none below 0.95 while it reasons")
		case s.thinks && !s.model.unsampled || s.samples(llm.FieldTopP):
			if ok && !s.thinks && s.model.oneSampler {
				s.lack(llm.FieldTopP, codec.Dropped, "takes none beside a temperature")
				break
			}
			s.key("top_p")
			s.dst = append(s.dst, p.TopP...)
		}
	}
	if len(p.TopK) > 0 && s.samples(llm.FieldTopK) {
		s.key("top_k")
		s.dst = append(s.dst, p.TopK...)
	}
}

// samples reports whether the model takes a parameter of sampling.
func (s *sending) samples(field llm.Field) bool {
	why := codec.None
	switch {
	case s.model.unsampled:
	case s.thinks:
		why = "takes none while it reasons"
	default:
		return true
	}
	if s.lack(field, codec.Dropped, why); field == llm.FieldTemperature {
		s.lack(llm.FieldHighTemperature, codec.Dropped, why)
	}
	return false
}

// rest writes what neither the model nor the conversation depend on.
func (s *sending) rest() {
	some := false
	for _, stop := range s.p.Stop {
		if codec.White(stop) { // such are refused
			continue
		}
		if !some {
			s.key("stop_sequences")
			s.raw("[")
		} else {
			s.raw(",")
		}
		some = true
		s.quote(stop)
	}
	if some {
		s.raw("]")
	}
	if len(s.p.User) > 0 {
		s.raw(`,"metadata":{"user_id":`)
		s.quote(s.p.User)
		s.raw("}")
	}
	switch s.p.Tier {
	case "default":
		s.raw(`,"service_tier":"standard_only"`)
	case "auto", "priority":
		s.raw(`,"service_tier":"auto"`)
	default:
		s.lack(llm.FieldServiceTier, codec.Dropped, "takes no such tier")
	}
	if s.f.Stream {
		s.raw(`,"stream":true`)
	}
}

// reasoning writes thinking and output_config.
func (s *sending) reasoning() {
	effort := s.thinking()
	if effort == "" && s.schema == nil {
		return
	}
	s.raw(`,"output_config":{`)
	if effort != "" {
		s.raw(`"effort":"` + effort + `"`)
	}
	if s.schema != nil {
		if effort != "" {
			s.raw(",")
		}
		s.raw(`"format":{"type":"json_schema","schema":`)
		s.dst = append(s.dst, s.schema...)
		s.raw("}")
	}
	s.raw("}")
}

// format settles whether the answer is held to a schema. One that means something else when it
// is strict is asked for in words.
func (s *sending) format() {
	f := &s.p.Format
	if f.Kind != llm.FormatSchema || len(f.Schema) == 0 {
		return
	}
	if s.model.structured {
		t := tightening{Cursor: scan.CursorAt(f.Schema, 0)}
		if s.schema = t.strictly(nil); !t.open {
			if t.changed {
				s.lack(llm.FieldJSONSchema, codec.Approximated, "has limits of numbers, texts and lists in descriptions, and no members but those named")
			}
			return
		}
	}
	s.schema = nil
	s.lack(llm.FieldJSONSchema, codec.Approximated, "is asked for it in words")
}
