package gemini

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// family is what a model's name tells of how it thinks
// (https://ai.google.dev/gemini-api/docs/thinking).
type family struct {
	major, minor      int  // 0: unknown
	known             bool // it may think
	pro, lite, levels bool
	most, least       int64 // of the budget; 0: unknown
	always            bool  // it cannot be switched off
}

// familyOf reads a name such as gemini-2.5-flash-lite-preview. What another name stands for is
// taken to think and to know budgets, as all do that think.
func familyOf(name string) (f family) {
	name = name[strings.LastIndexByte(name, '/')+1:]
	rest, ok := strings.CutPrefix(name, "gemini-")
	f.known = !strings.HasPrefix(name, "gemma") && !strings.HasPrefix(name, "learnlm")
	if !ok {
		return f
	}
	f.pro, f.lite = strings.Contains(rest, "pro"), strings.Contains(rest, "lite")
	number, _, _ := strings.Cut(rest, "-")
	major, minor, _ := strings.Cut(number, ".")
	f.major, _ = strconv.Atoi(major)
	f.minor, _ = strconv.Atoi(minor)
	switch {
	case f.major >= 3:
		f.levels = true
	case f.major == 2 && f.minor >= 5 && f.pro:
		f.least, f.most, f.always = 128, 32768, true
	case f.major == 2 && f.minor >= 5 && f.lite:
		f.least, f.most = 512, 24576
	case f.major == 2 && f.minor >= 5:
		f.least, f.most = 1, 24576
	case f.major > 0: // before 2.5 there was no thinking
		f.known = false
	}
	return f
}

// wantsSignature reports whether a model refuses function calls without a signature
// (https://ai.google.dev/gemini-api/docs/thought-signatures).
func wantsSignature(name string) bool { return familyOf(name).levels }

// thinking appends thinkingConfig: a level for models that know levels, a budget within the
// model's limits for others, nothing for those that do not think.
func (t *translation) thinking() {
	r := &t.p.Reasoning
	f := t.family
	if !f.known {
		for _, field := range [...]llm.Field{llm.FieldEffort, llm.FieldBudget, llm.FieldShowThoughts} {
			t.lack(field, codec.Dropped, codec.None)
		}
		return
	}
	if *r == (llm.Reasoning{}) {
		return
	}
	before, some := len(t.dst), t.some
	t.member("thinkingConfig")
	t.raw("{")
	from := len(t.dst)
	if f.levels {
		level := levelOf(r, f)
		t.lack(llm.FieldBudget, codec.Approximated, "takes a level")
		t.lack(llm.FieldNoReasoning, codec.Approximated, alwaysReasons)
		if level != r.Effort.String() {
			t.lack(llm.FieldEffort, codec.Approximated, "takes "+level)
		}
		if level != "" {
			t.raw(`"thinkingLevel":"` + level + `"`)
		}
	} else if budget, ok := budgetOf(r, f); ok {
		t.lack(llm.FieldEffort, codec.Approximated, "takes a number of tokens")
		if f.always {
			t.lack(llm.FieldNoReasoning, codec.Approximated, alwaysReasons)
		}
		if budget != r.Budget {
			t.lack(llm.FieldBudget, codec.Approximated, "takes "+strconv.FormatInt(f.least, 10)+" to "+strconv.FormatInt(f.most, 10)+" tokens")
		}
		t.raw(`"thinkingBudget":`)
		t.dst = strconv.AppendInt(t.dst, budget, 10)
	}
	if r.Show {
		if len(t.dst) > from {
			t.raw(",")
		}
		t.raw(`"includeThoughts":true`)
	}
	if len(t.dst) == from { // it is left to the model
		t.dst, t.some = t.dst[:before], some
		return
	}
	t.raw("}")
}

const alwaysReasons = "always reasons"

// levelOf is the thinking level: what none is asked for gets the least there is. Pro has no
// minimal one, and Gemini 3 Pro none in the middle.
func levelOf(r *llm.Reasoning, f family) string {
	effort := r.Effort
	if effort == llm.EffortUnset && r.Budget > 0 {
		effort = llm.EffortOf(r.Budget)
	}
	switch effort {
	case llm.EffortUnset:
		return ""
	case llm.EffortNone, llm.EffortMinimal:
		if f.pro {
			return "low"
		}
		return "minimal"
	case llm.EffortLow:
		return "low"
	case llm.EffortMedium:
		if f.pro && f.major == 3 && f.minor == 0 {
			return "high"
		}
		return "medium"
	}
	return "high"
}

// budgetOf is the thinking budget: 0 for none, -1 for what the model thinks right.
func budgetOf(r *llm.Reasoning, f family) (budget int64, ok bool) {
	switch {
	case r.Effort == llm.EffortNone && !f.always:
		return 0, true
	case r.Effort == llm.EffortNone:
		return f.least, true
	case r.Budget > 0:
		budget = r.Budget
	case r.Effort != llm.EffortUnset:
		budget = r.Effort.Budget()
	case r.Auto:
		return -1, true
	default:
		return 0, false
	}
	if f.most > 0 {
		budget = min(max(budget, f.least), f.most)
	}
	return budget, true
}
