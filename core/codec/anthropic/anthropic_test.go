package anthropic

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

var facts = codectest.Facts{
	Schema: llm.SchemaAnthropic, Asked: codec.Asked{Operation: llm.OperationChat}, Table: Table(), Model: "claude-sonnet-4-5",
	Endpoints: []codectest.Endpoint{
		{Name: "claude-3-5-haiku-latest", Thoughtless: true}, {Name: "claude-3-7-sonnet-20250219"}, {Name: "claude-sonnet-4-5"}, {Name: "claude-opus-4-6"},
		{Name: "claude-opus-4-7"}, {Name: "claude-sonnet-5"}, {Name: "claude-fable-5"}, {Name: "other"},
	},
	Name: func(doc map[string]any) (string, bool) {
		if message, ok := doc["message"].(map[string]any); ok && doc["type"] == "message_start" {
			doc = message
		} else if doc["type"] != "message" {
			return "", false
		}
		name, had := doc["model"].(string)
		return name, had
	},
	End: func(event, data string) bool {
		return event == "message_stop" && strings.Contains(data, `"type":"message_stop"`)
	},
	Last: func(doc map[string]any) (string, bool) {
		messages, _ := doc["messages"].([]any)
		if len(messages) == 0 {
			return "", false
		}
		last, _ := messages[len(messages)-1].(map[string]any)
		doc["messages"] = messages[:len(messages)-1]
		text, ok := last["content"].(string)
		return text, ok && last["role"] == "assistant"
	},
}

func TestCodec(t *testing.T)   { codectest.Run(t, Codec{}, "testdata", facts) }
func FuzzStream(f *testing.F)  { codectest.FuzzStream(f, Codec{}, "testdata", facts) }
func FuzzWhole(f *testing.F)   { codectest.FuzzWhole(f, Codec{}, "testdata", facts) }
func FuzzError(f *testing.F)   { codectest.FuzzError(f, Codec{}, "testdata", facts) }
func FuzzRequest(f *testing.F) { codectest.FuzzRequest(f, Codec{}, "testdata", facts) }

// A prompt that is too long is told as clients know it, whoever's endpoint has refused it.
func TestTooLong(t *testing.T) {
	for message, want := range map[string]string{
		"This model's maximum context length is 5 tokens.": "prompt is too long: This model's maximum context length is 5 tokens.",
		"prompt is too long: 9 tokens > 5 maximum":         "prompt is too long: 9 tokens > 5 maximum",
	} {
		for _, status := range []int{400, 413} {
			got := string(Codec{}.AppendError(nil, &llm.Error{Code: llm.CodeProvider, Status: status, ProviderCode: "context_length_exceeded", Message: message}))
			if !strings.HasPrefix(got, `{"type":"error","error":{"type":"invalid_request_error","message":"`+want+`"`) {
				t.Errorf("%d: %s", status, got)
			}
		}
	}
	for status, want := range map[int]string{400: "invalid_request_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 503: "overloaded_error", 529: "overloaded_error"} {
		if got := string(Codec{}.AppendError(nil, &llm.Error{Code: llm.CodeProvider, Status: status, Message: "x"})); !strings.Contains(got, `"type":"`+want+`"`) {
			t.Errorf("%d: %s", status, got)
		}
	}
}
