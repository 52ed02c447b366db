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
	account bool // of the provider's account, not of the endpoint alone
}

// row is one line of the classification. It holds for an answer with one of the statuses
// whose body, if the row says anything of it, has one of the codes as its code or type, or
// has one of the markers in its message.
type row struct {
	statuses []int // 4: every 4xx
	codes    []string
	markers  []string // in lower case
	outcome  stats.Outcome
	next     bool
	account  bool   // it is about the account at the provider, so about all endpoints there
	asked    string // the class of fallback_on that makes it go on
	note     string
}

// classification says what error answers mean, the first row that holds counting. It is
// written into docs/reference/fallback.md by a test. Bodies are as providers and servers
// that speak OpenAI's schema send them; the words are theirs.
var classification = [...]row{
	{statuses: []int{404, 410}, codes: []string{"model_not_found", "DeploymentNotFound"}, markers: []string{"model"},
		outcome: stats.OutcomeNoModel, next: true, note: "OpenAI, Groq, Azure, Anthropic, Gemini"},
	{statuses: []int{400, 422}, codes: []string{"model_not_found", "invalid_model"},
		markers: []string{"is not a valid model id", "invalid model:"},
		outcome: stats.OutcomeNoModel, note: "Mistral, OpenRouter"},

	{statuses: []int{4}, codes: []string{"context_length_exceeded", "too_many_prompt_tokens", "exceed_context_size_error"},
		outcome: stats.OutcomeContextLength, asked: catalog.ClassContextLength, note: "OpenAI, Azure, Groq, Perplexity, llama.cpp"},
	{statuses: []int{400, 413, 422}, markers: []string{
		"context window", "context length", "context limit", "context size",
		"prompt is too long", "prompt too long", "maximum prompt length", "too many tokens", "model token limit",
		"exceeds the maximum number of tokens", "exceeds maximum length", "range of input length should be"},
		outcome: stats.OutcomeContextLength, asked: catalog.ClassContextLength,
		note: "OpenRouter, DeepSeek, Mistral, Gemini, Anthropic, xAI, Cohere, Moonshot, Alibaba, Ollama, vLLM"},
	{statuses: []int{413}, codes: []string{"rate_limit_exceeded"},
		outcome: stats.OutcomeContextLength, asked: catalog.ClassContextLength, note: "Groq: more in one request than its tokens per minute"},

	{statuses: []int{4}, codes: []string{"content_filter", "content_policy_violation", "invalid_prompt", "data_inspection_failed", "DataInspectionFailed"},
		outcome: stats.OutcomeFiltered, asked: catalog.ClassContentFilter, note: "Azure, OpenAI, Alibaba"},
	{statuses: []int{400, 403, 422}, markers: []string{"input was flagged", "content exists risk", "violates usage guidelines", "content management policy"},
		outcome: stats.OutcomeFiltered, asked: catalog.ClassContentFilter, note: "OpenRouter, DeepSeek, xAI, Azure"},

	{statuses: []int{429}, codes: []string{"insufficient_quota", "exceeded_current_quota_error", "billing_not_active", "billing_hard_limit_reached"},
		outcome: stats.OutcomeCredentials, next: true, account: true, note: "OpenAI, Moonshot: the account is empty, waiting does not help"},
	{statuses: []int{400}, codes: []string{"invalid_api_key", "API_KEY_INVALID"},
		markers: []string{"api key not valid", "incorrect api key", "credit balance is too low"},
		outcome: stats.OutcomeCredentials, note: "Gemini, xAI, Anthropic"},
	{statuses: []int{401, 402, 403}, outcome: stats.OutcomeCredentials, note: "the configured key was refused, or its account is empty"},

	{statuses: []int{429}, outcome: stats.OutcomeRateLimited, next: true},
	{statuses: []int{408, 425, 504}, outcome: stats.OutcomeStatusTimeout, next: true},
	{statuses: []int{503, 529}, outcome: stats.OutcomeOverloaded, next: true, note: "529: Anthropic"},
	{statuses: []int{498}, codes: []string{"capacity_exceeded"}, outcome: stats.OutcomeOverloaded, note: "Groq, of its flex tier"},
	{statuses: []int{4}, outcome: stats.OutcomeClientError, note: "passed on with its status"},
	{outcome: stats.OutcomeProviderError, next: true, note: "5xx, and what is neither success nor error"},
}

// classify reads an error answer under the rules of the request.
func classify(status int, e *llm.Error, on *catalog.FallbackOn) class {
	for i := range classification {
		if r := &classification[i]; r.holds(status, e) {
			asked := r.asked != "" && slices.Contains(on.Classes, r.asked) || slices.Contains(on.Statuses, status)
			return class{r.outcome, r.next || asked, r.account}
		}
	}
	return class{outcome: stats.OutcomeProviderError, next: true} // not reached: the last row holds for all
}

// holds reports whether the row is about such an answer.
func (r *row) holds(status int, e *llm.Error) bool {
	if r.statuses != nil && !slices.Contains(r.statuses, status) && !slices.Contains(r.statuses, status/100) {
		return false
	}
	if r.codes == nil && r.markers == nil {
		return true
	}
	if slices.Contains(r.codes, e.ProviderCode) || slices.Contains(r.codes, e.Type) {
		return true
	}
	text := strings.ToLower(e.Message)
	return slices.ContainsFunc(r.markers, func(m string) bool { return strings.Contains(text, m) })
}
