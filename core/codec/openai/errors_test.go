package openai

import (
	"encoding/json"
	"testing"

	"strowger/core/llm"
)

// Errors of other schemas get a type of OpenAI's; its own stay, and so does the provider's code.
func TestErrorWords(t *testing.T) {
	for _, c := range []struct {
		e          llm.Error
		kind, code string
	}{
		{llm.Error{Code: llm.CodeProvider, Status: 400, Type: "INVALID_ARGUMENT"}, "invalid_request_error", "provider_error"},
		{llm.Error{Code: llm.CodeProvider, Status: 429, Type: "RESOURCE_EXHAUSTED"}, "rate_limit_error", "provider_error"},
		{llm.Error{Code: llm.CodeProvider, Status: 529, Type: "overloaded_error"}, "server_error", "provider_error"},
		{llm.Error{Code: llm.CodeProvider, Status: 404, Type: "not_found_error"}, "invalid_request_error", "provider_error"},
		{llm.Error{Code: llm.CodeProvider, Status: 403, Type: "PERMISSION_DENIED"}, "permission_error", "provider_error"},
		{llm.Error{Code: llm.CodeProvider, Status: 401, Type: "UNAUTHENTICATED"}, "authentication_error", "provider_error"},
		{llm.Error{Code: llm.CodeProvider, Status: 429, Type: "insufficient_quota", ProviderCode: "insufficient_quota"}, "insufficient_quota", "insufficient_quota"},
		{llm.Error{Code: llm.CodeProvider, Status: 400, Type: "invalid_request_error", ProviderCode: "context_length_exceeded"}, "invalid_request_error", "context_length_exceeded"},
		{llm.Error{Code: llm.CodeInvalidRequest}, "invalid_request_error", "invalid_request"},
	} {
		var body struct {
			Error struct{ Type, Code string } `json:"error"`
		}
		if err := json.Unmarshal(Codec{}.AppendError(nil, &c.e), &body); err != nil {
			t.Fatal(err)
		}
		if body.Error.Type != c.kind || body.Error.Code != c.code {
			t.Errorf("%+v is %+v", c.e, body.Error)
		}
	}
}
