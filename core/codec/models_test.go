package codec

import (
	"strings"
	"testing"

	"strowger/core/llm"
)

// What each model refuses, of all that some refuse.
func TestModelTakes(t *testing.T) {
	const sampling = "temperature top_p logprobs stop"
	const always = " frequency_penalty presence_penalty logit_bias"
	for _, c := range []struct {
		model, refuses string
		effort         llm.Effort
	}{
		{"gpt-4o", "reasoning_effort", llm.EffortUnset},
		{"openai/gpt-4o-mini", "reasoning_effort", llm.EffortUnset},
		{"ft:gpt-4.1-mini:us::1", "reasoning_effort", llm.EffortUnset},
		{"gpt-5-chat-latest", "reasoning_effort", llm.EffortUnset},
		{"my-deployment", "", llm.EffortHigh},
		{"openai/gpt-oss-120b", "", llm.EffortHigh},
		{"o1", sampling + always + " parallel_tool_calls", llm.EffortUnset},
		{"o4-mini-2025-04-16", sampling + always + " parallel_tool_calls", llm.EffortLow},
		{"openai/o3", sampling + always + " parallel_tool_calls", llm.EffortNone},
		{"gpt-5", sampling + always, llm.EffortUnset},
		{"gpt-5-mini", sampling + always, llm.EffortMinimal},
		{"openai/gpt-5-nano", sampling + always, llm.EffortNone},
		{"gpt-5.1", strings.TrimSpace(always), llm.EffortUnset},
		{"gpt-5.1", sampling + always, llm.EffortLow},
		{"gpt-5.2-codex", sampling + always, llm.EffortUnset},
		{"gpt-5.5", sampling + always, llm.EffortUnset},
		{"gpt-5.5", strings.TrimSpace(always), llm.EffortNone},
	} {
		var refuses []string
		for _, name := range strings.Fields(sampling + always + " parallel_tool_calls reasoning_effort top_k") {
			if !ModelTakes(c.model, c.effort, name) {
				refuses = append(refuses, name)
			}
		}
		if got := strings.Join(refuses, " "); got != c.refuses {
			t.Errorf("%s in effort %q refuses %q instead of %q", c.model, c.effort, got, c.refuses)
		}
	}
}

// Each model's nearest efforts to none, minimal and xhigh.
func TestFittingEffort(t *testing.T) {
	for model, want := range map[string][3]llm.Effort{
		"o3-mini":             {llm.EffortLow, llm.EffortLow, llm.EffortHigh},
		"gpt-5":               {llm.EffortMinimal, llm.EffortMinimal, llm.EffortHigh},
		"openai/gpt-5-mini":   {llm.EffortMinimal, llm.EffortMinimal, llm.EffortHigh},
		"gpt-5-codex":         {llm.EffortLow, llm.EffortLow, llm.EffortHigh},
		"gpt-5-pro":           {llm.EffortHigh, llm.EffortHigh, llm.EffortHigh},
		"gpt-5.1":             {llm.EffortNone, llm.EffortLow, llm.EffortHigh},
		"gpt-5.1-codex-max":   {llm.EffortLow, llm.EffortLow, llm.EffortXHigh},
		"gpt-5.2":             {llm.EffortNone, llm.EffortLow, llm.EffortXHigh},
		"gpt-5.2-pro":         {llm.EffortMedium, llm.EffortMedium, llm.EffortXHigh},
		"gpt-5.2-chat-latest": {llm.EffortMedium, llm.EffortMedium, llm.EffortMedium},
		"my-deployment":       {llm.EffortNone, llm.EffortMinimal, llm.EffortXHigh},
	} {
		for i, e := range [...]llm.Effort{llm.EffortNone, llm.EffortMinimal, llm.EffortXHigh} {
			if got := FittingEffort(model, e); got != want[i] {
				t.Errorf("%s takes %s for %s instead of %s", model, got, e, want[i])
			}
		}
		if FittingEffort(model, llm.EffortUnset) != llm.EffortUnset {
			t.Errorf("%s is told an effort that nobody gave", model)
		}
	}
}

func TestFitsStrict(t *testing.T) {
	for schema, want := range map[string]bool{
		`{"type":"object","properties":{},"additionalProperties":false}`:                                                                                             true,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`:                                                       true,
		`{"type":"object","properties":{"a\u0062":{"type":"string"}},"required":["ab"],"additionalProperties":false}`:                                                true,
		`{"type":"object","properties":{"a":{"type":"string"},"b":{}},"required":["a"],"additionalProperties":false}`:                                                false,
		`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`:                                                                        false,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`:                                                                                    false,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":{}}`:                                                          false,
		`{"properties":{"a":{"type":["object","null"]}},"required":["a"],"additionalProperties":false}`:                                                              false,
		`{"properties":{"a":{"type":"array","items":{"properties":{}}}},"required":["a"],"additionalProperties":false}`:                                              false,
		`{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"object"}]}},"required":["a"],"additionalProperties":false}`:                                         false,
		`{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}},"required":["a"],"additionalProperties":false}`:                                           true,
		`{"properties":{"a":{"$ref":"#/$defs/b"}},"required":["a"],"additionalProperties":false,"$defs":{"b":{"type":"object"}}}`:                                    false,
		`{"properties":{"a":{"oneOf":[{"type":"string"}]}},"required":["a"],"additionalProperties":false}`:                                                           false,
		`{"anyOf":[{"type":"object","properties":{},"additionalProperties":false}],"type":"object","additionalProperties":false}`:                                    false,
		`{"type":"array","items":{"type":"string"}}`:                                                                                                                 false,
		`{"type":"object","properties":{"type":{"type":"string"}},"required":["type"],"additionalProperties":false}`:                                                 true,
		`{"properties":{"a":` + strings.Repeat(`{"type":"array","items":`, 40) + `{}` + strings.Repeat("}", 40) + `},"required":["a"],"additionalProperties":false}`: false,
		`{}`: false,
		``:   false,
		`[]`: false,
	} {
		if FitsStrict([]byte(schema)) != want {
			t.Errorf("%s fits: %v", schema, !want)
		}
	}
}
