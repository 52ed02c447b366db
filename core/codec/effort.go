package codec

import (
	"strings"

	"strowger/core/llm"
)

// FittingEffort is the effort nearest to e that one of OpenAI's models takes
// (platform.openai.com/docs/guides/reasoning; the models' own pages).
func FittingEffort(model string, e llm.Effort) llm.Effort {
	if e == llm.EffortUnset {
		return e
	}
	model = bareModel(model)
	if e == llm.EffortMinimal && strings.HasPrefix(model, "gpt-5.") {
		e = llm.EffortLow
	}
	return min(max(e, leastEffort(model)), mostEffort(model))
}
