package codec

import (
	"strowger/core/llm"
	"strowger/core/scan"
)

// Checked is what is wrong with a prompt by the caller's own schema, where its providers would
// say so and others might not, or not of the same: a number that is out of its range, two
// functions of one name, or two results of one call. It is nil if nothing is
// (platform.openai.com/docs/api-reference/chat/create, docs.anthropic.com/en/api/messages,
// https://ai.google.dev/api/generate-content#v1beta.GenerationConfig).
func Checked(s llm.Schema, p *llm.Prompt) *llm.Error {
	for i, raw := range [...][]byte{p.Temperature, p.TopP, p.FrequencyPenalty, p.PresencePenalty} {
		r := &ranges[i]
		if i == 0 && s == llm.SchemaAnthropic { // whose temperature has the range of top_p
			r = &ranges[len(ranges)-1]
		}
		if v, ok := scan.Float(raw); ok && (v < r.least || v > r.most) {
			if s == llm.SchemaGemini {
				return mistaken(r.camel, r.want, nil)
			}
			return mistaken(r.name, r.want, nil)
		}
	}
	seen := map[string]bool{}
	for i := range p.Tools {
		name := Plain(p.Tools[i].Name)
		if seen[name] {
			return mistaken("tools", "has two functions named ", p.Tools[i].Name)
		}
		seen[name] = true
	}
	if len(p.Twice) > 0 {
		return mistaken(turnsIn[s], "has two results of the call ", p.Twice)
	}
	return nil
}

//go:noinline
func mistaken(param, msg string, what llm.Escaped) *llm.Error {
	return &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg + llm.Clip(Plain(what), 64)}
}

// ranges are those of numbers, in the order of Checked.
var ranges = [...]struct {
	name, camel string
	least, most float64
	want        string
}{
	{"temperature", "generationConfig.temperature", 0, 2, "must be between 0 and 2"},
	{"top_p", "generationConfig.topP", 0, 1, "must be between 0 and 1"},
	{"frequency_penalty", "generationConfig.frequencyPenalty", -2, 2, "must be between -2 and 2"},
	{"presence_penalty", "generationConfig.presencePenalty", -2, 2, "must be between -2 and 2"},
	{"temperature", "", 0, 1, "must be between 0 and 1"},
}

// turnsIn are the fields that hold a conversation.
var turnsIn = [llm.SchemaCount]string{llm.SchemaOpenAI: "messages", llm.SchemaResponses: "input", llm.SchemaAnthropic: "messages", llm.SchemaGemini: "contents"}
