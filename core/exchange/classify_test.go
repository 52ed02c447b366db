package exchange

import (
	"testing"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
)

// TestClassify is the classification, line by line (docs/reference/fallback.md).
func TestClassify(t *testing.T) {
	onlyAsked := catalog.FallbackOn{Statuses: []int{402, 422}, Classes: []string{catalog.ClassContextLength, catalog.ClassContentFilter}}
	for _, c := range []struct {
		status  int
		err     llm.Error
		outcome stats.Outcome
		next    bool // by itself
		asked   bool // with fallback_on 402, 422, context_length, content_filter
	}{
		{302, llm.Error{}, stats.OutcomeProviderError, true, true},
		{400, llm.Error{}, stats.OutcomeClientError, false, false},
		{400, llm.Error{ProviderCode: "context_length_exceeded"}, stats.OutcomeContextLength, false, true},
		{400, llm.Error{ProviderCode: "content_filter"}, stats.OutcomeFiltered, false, true},
		{400, llm.Error{ProviderCode: "content_policy_violation"}, stats.OutcomeFiltered, false, true},
		{401, llm.Error{}, stats.OutcomeCredentials, false, false},
		{402, llm.Error{}, stats.OutcomeCredentials, false, true},
		{403, llm.Error{}, stats.OutcomeCredentials, false, false},
		{404, llm.Error{Message: "no such route"}, stats.OutcomeClientError, false, false},
		{404, llm.Error{Message: "The model x does not exist"}, stats.OutcomeNoModel, true, true},
		{404, llm.Error{ProviderCode: "model_not_found"}, stats.OutcomeNoModel, true, true},
		{408, llm.Error{}, stats.OutcomeStatusTimeout, true, true},
		{410, llm.Error{Message: "this model was retired"}, stats.OutcomeNoModel, true, true},
		{422, llm.Error{}, stats.OutcomeClientError, false, true},
		{425, llm.Error{}, stats.OutcomeStatusTimeout, true, true},
		{429, llm.Error{}, stats.OutcomeRateLimited, true, true},
		{500, llm.Error{}, stats.OutcomeProviderError, true, true},
		{502, llm.Error{}, stats.OutcomeProviderError, true, true},
		{503, llm.Error{}, stats.OutcomeOverloaded, true, true},
		{504, llm.Error{}, stats.OutcomeStatusTimeout, true, true},
		{529, llm.Error{}, stats.OutcomeOverloaded, true, true},
	} {
		if got := classify(c.status, &c.err, &catalog.FallbackOn{}); got != (class{c.outcome, c.next}) {
			t.Errorf("%d %+v: %v, next %v", c.status, c.err, got.outcome, got.next)
		}
		if got := classify(c.status, &c.err, &onlyAsked); got != (class{c.outcome, c.asked}) {
			t.Errorf("%d %+v with fallback_on: %v, next %v", c.status, c.err, got.outcome, got.next)
		}
	}
}
