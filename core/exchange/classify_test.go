package exchange

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/codec/openai"
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
		{400, llm.Error{Message: "model: unknown parameter"}, stats.OutcomeClientError, false, false},
		{400, llm.Error{Type: "invalid_model"}, stats.OutcomeNoModel, false, false},
		{400, llm.Error{ProviderCode: "context_length_exceeded"}, stats.OutcomeContextLength, false, true},
		{429, llm.Error{ProviderCode: "context_length_exceeded"}, stats.OutcomeContextLength, false, true},
		{500, llm.Error{ProviderCode: "context_length_exceeded"}, stats.OutcomeProviderError, true, true},
		{422, llm.Error{Message: "Above the Context Window"}, stats.OutcomeContextLength, false, true},
		{429, llm.Error{Message: "too many tokens per minute"}, stats.OutcomeRateLimited, true, true},
		{413, llm.Error{ProviderCode: "rate_limit_exceeded"}, stats.OutcomeContextLength, false, true},
		{413, llm.Error{}, stats.OutcomeClientError, false, false},
		{400, llm.Error{ProviderCode: "content_filter"}, stats.OutcomeFiltered, false, true},
		{400, llm.Error{ProviderCode: "content_policy_violation"}, stats.OutcomeFiltered, false, true},
		{403, llm.Error{Message: "Your input was flagged"}, stats.OutcomeFiltered, false, true},
		{401, llm.Error{}, stats.OutcomeCredentials, false, false},
		{402, llm.Error{}, stats.OutcomeCredentials, false, true},
		{403, llm.Error{}, stats.OutcomeCredentials, false, false},
		{400, llm.Error{ProviderCode: "invalid_api_key"}, stats.OutcomeCredentials, false, false},
		{404, llm.Error{Message: "no such route"}, stats.OutcomeClientError, false, false},
		{404, llm.Error{Message: "The model x does not exist"}, stats.OutcomeNoModel, true, true},
		{404, llm.Error{ProviderCode: "model_not_found"}, stats.OutcomeNoModel, true, true},
		{408, llm.Error{}, stats.OutcomeStatusTimeout, true, true},
		{410, llm.Error{Message: "this model was retired"}, stats.OutcomeNoModel, true, true},
		{422, llm.Error{}, stats.OutcomeClientError, false, true},
		{425, llm.Error{}, stats.OutcomeStatusTimeout, true, true},
		{429, llm.Error{}, stats.OutcomeRateLimited, true, true},
		{429, llm.Error{ProviderCode: "insufficient_quota"}, stats.OutcomeCredentials, true, true},
		{498, llm.Error{ProviderCode: "capacity_exceeded"}, stats.OutcomeOverloaded, false, false},
		{500, llm.Error{}, stats.OutcomeProviderError, true, true},
		{502, llm.Error{}, stats.OutcomeProviderError, true, true},
		{503, llm.Error{}, stats.OutcomeOverloaded, true, true},
		{504, llm.Error{}, stats.OutcomeStatusTimeout, true, true},
		{529, llm.Error{}, stats.OutcomeOverloaded, true, true},
	} {
		if got := classify(c.status, &c.err, &catalog.FallbackOn{}); got.outcome != c.outcome || got.next != c.next {
			t.Errorf("%d %+v: %v, next %v", c.status, c.err, got.outcome, got.next)
		}
		if got := classify(c.status, &c.err, &onlyAsked); got.outcome != c.outcome || got.next != c.asked {
			t.Errorf("%d %+v with fallback_on: %v, next %v", c.status, c.err, got.outcome, got.next)
		}
	}
}

// TestBodies are bodies of the shapes that providers document or send.
func TestBodies(t *testing.T) {
	for _, c := range []struct {
		status  int
		body    string
		outcome stats.Outcome
	}{
		{400, `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, stats.OutcomeContextLength},
		{400, `{"error":{"message":"This endpoint's maximum context length is 9 tokens.","code":400}}`, stats.OutcomeContextLength},
		{400, `{"object":"error","message":"Prompt contains 40000 tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","code":"3051"}`, stats.OutcomeContextLength},
		{400, `[{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}]`, stats.OutcomeContextLength},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}`, stats.OutcomeContextLength},
		{400, `{"error":{"message":"The total length is too long.","type":"too_many_prompt_tokens","code":400}}`, stats.OutcomeContextLength},
		{400, `{"error":{"message":"prompt too long; exceeded max context length by 9 tokens","type":"invalid_request_error","code":null}}`, stats.OutcomeContextLength},
		{400, `{"error":{"message":"the request exceeds the available context size","type":"exceed_context_size_error","code":400}}`, stats.OutcomeContextLength},
		{400, `{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, stats.OutcomeFiltered},
		{400, `{"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, stats.OutcomeFiltered},
		{403, `{"error":{"code":403,"message":"Your chosen model requires moderation and your input was flagged","metadata":{"reasons":["violence"]}}}`, stats.OutcomeFiltered},
		{404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, stats.OutcomeNoModel},
		{404, `{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}`, stats.OutcomeNoModel},
		{404, `{"error":{"code":404,"message":"models/gemini-x is not found for API version v1main","status":"NOT_FOUND"}}`, stats.OutcomeNoModel},
		{400, `{"object":"error","message":"Invalid model: mistral-x","type":"invalid_model","param":null,"code":"1500"}`, stats.OutcomeNoModel},
		{429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, stats.OutcomeCredentials},
		// Gemini says the same of a limit per minute, which passes.
		{429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED"}}`, stats.OutcomeRateLimited},
		{429, `{"error":{"code":"RateLimitReached","message":"Your requests have exceeded rate limit."}}`, stats.OutcomeRateLimited},
		{402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, stats.OutcomeCredentials},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}`, stats.OutcomeCredentials},
		{400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}`, stats.OutcomeCredentials},
		{401, `{"detail":"Invalid API Key"}`, stats.OutcomeCredentials},
		{529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, stats.OutcomeOverloaded},
		{503, `{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}`, stats.OutcomeOverloaded},
		{400, `{"error":{"code":"tool_use_failed","message":"Tool choice is required, but model did not call a tool","type":"invalid_request_error"}}`, stats.OutcomeClientError},
		{500, `<html>`, stats.OutcomeProviderError},
	} {
		e := openai.Codec{}.ReadError(c.status, []byte(c.body))
		if got := classify(c.status, e, &catalog.FallbackOn{}); got.outcome != c.outcome {
			t.Errorf("%d %s: %s", c.status, c.body, got.outcome)
		}
	}
}

const (
	page  = "../../docs/reference/fallback.md"
	begin = "<!-- classification: written by go test ./core/exchange -update -->\n"
	end   = "<!-- end of classification -->\n"
)

// TestPage holds the page of the documentation against the table.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the marks around the classification", page)
	}
	want := before + begin + table() + end + after
	switch {
	case want == string(text):
	case flag.Lookup("update").Value.String() == "true":
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s differs from the table; run with -update and read the diff", page)
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| status | body | outcome | next attempt | |\n|---|---|---|---|---|\n")
	for _, r := range classification {
		next := "no"
		if r.next {
			next = "yes"
		} else if r.asked != "" {
			next = "with `" + r.asked + "` in `fallback_on`"
		}
		b.WriteString("| " + r.status() + " | " + r.body() + " | `" + r.outcome.String() + "` | " + next + " | " + r.note + " |\n")
	}
	return b.String()
}

func (r *row) status() string {
	if r.statuses == nil {
		return "any other"
	}
	var names []string
	for _, s := range r.statuses {
		if s < 10 {
			names = append(names, strconv.Itoa(s)+"xx")
		} else {
			names = append(names, strconv.Itoa(s))
		}
	}
	return strings.Join(names, ", ")
}

func (r *row) body() string {
	var said []string
	if r.codes != nil {
		said = append(said, "code or type `"+strings.Join(r.codes, "`, `")+"`")
	}
	if r.markers != nil {
		said = append(said, "message with “"+strings.Join(r.markers, "”, “")+"”")
	}
	return strings.Join(said, "; or ")
}
