package anthropic

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

// thinking writes thinking, and returns how much of it there is to be where words say that.
func (s *sending) thinking() (effort string) {
	always := alwaysThinks(s.f.Name)
	switch off := s.p.Reasoning.Effort == llm.EffortNone; {
	case s.thinks && s.model.adaptive:
		s.raw(`,"thinking":{"type":"adaptive"`)
		s.display()
		return s.effort()
	case s.thinks:
		s.dst = append(numbered(s.dst, `,"thinking":{"type":"enabled","budget_tokens":`, s.budget), '}')
	case off && always:
		s.lack(llm.FieldNoReasoning, codec.Approximated, "always reasons")
		return "low"
	case off && s.model.thinks, s.model.keen && !always && s.p.Choice.Mode == llm.ChoiceRequired:
		s.raw(`,"thinking":{"type":"disabled"}`)
	}
	return ""
}

// display asks for the thoughts, which newer models leave out by themselves.
func (s *sending) display() {
	if s.p.Reasoning.Show {
		s.raw(`,"display":"summarized"`)
	}
	s.raw("}")
}

// effort is how much to reason, in the words of models that judge themselves; empty: as they
// think fit.
func (s *sending) effort() string {
	r := &s.p.Reasoning
	e := r.Effort
	s.lack(llm.FieldBudget, codec.Approximated, "takes an effort")
	if e == llm.EffortMinimal {
		s.lack(llm.FieldEffort, codec.Approximated, "takes low or more")
	}
	if e == llm.EffortUnset && r.Budget > 0 {
		e = llm.EffortOf(r.Budget)
	}
	switch e {
	case llm.EffortMinimal, llm.EffortLow:
		return "low"
	case llm.EffortMedium, llm.EffortHigh:
		return e.String()
	case llm.EffortXHigh:
		if s.model.xhigh {
			return "xhigh"
		}
		return "max"
	}
	return ""
}
