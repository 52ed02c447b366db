package exchange

import (
	"slices"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
)

// class says what an error answer is and whether the next candidate is tried.
type class struct {
	outcome stats.Outcome
	next    bool
}

// statusClasses is the classification by status (see docs/reference/fallback.md).
// What is not listed is the caller's mistake below 500 and the provider's from there.
var statusClasses = [...]struct {
	status int
	class  class
}{
	{401, class{stats.OutcomeCredentials, false}},
	{402, class{stats.OutcomeCredentials, false}},
	{403, class{stats.OutcomeCredentials, false}},
	{408, class{stats.OutcomeStatusTimeout, true}},
	{425, class{stats.OutcomeStatusTimeout, true}},
	{429, class{stats.OutcomeRateLimited, true}},
	{503, class{stats.OutcomeOverloaded, true}},
	{504, class{stats.OutcomeStatusTimeout, true}},
	{529, class{stats.OutcomeOverloaded, true}},
}

// classify reads an error answer under the rules of the request.
func classify(status int, e *llm.Error, on *catalog.FallbackOn) class {
	c := classOfStatus(status)
	switch {
	case (status == 404 || status == 410) && saysNoModel(e):
		c = class{stats.OutcomeNoModel, true}
	case status < 500 && e.ProviderCode == "context_length_exceeded":
		c = class{stats.OutcomeContextLength, slices.Contains(on.Classes, catalog.ClassContextLength)}
	case status < 500 && (e.ProviderCode == "content_filter" || e.ProviderCode == "content_policy_violation"):
		c = class{stats.OutcomeFiltered, slices.Contains(on.Classes, catalog.ClassContentFilter)}
	}
	for _, s := range on.Statuses {
		c.next = c.next || s == status
	}
	return c
}

func classOfStatus(status int) class {
	for _, s := range statusClasses {
		if s.status == status {
			return s.class
		}
	}
	if status >= 500 || status < 400 { // an answer that is neither success nor error is none
		return class{stats.OutcomeProviderError, true}
	}
	return class{stats.OutcomeClientError, false}
}

// saysNoModel reports whether a 404 or 410 is about the model, not about the path.
func saysNoModel(e *llm.Error) bool {
	return e.ProviderCode == "model_not_found" || strings.Contains(strings.ToLower(e.Message), "model")
}
