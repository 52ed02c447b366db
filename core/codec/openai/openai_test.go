package openai

import (
	"testing"

	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

var facts = codectest.Facts{
	Schema: llm.SchemaOpenAI, Operation: llm.OperationChat,
	Name: func(doc map[string]any) (string, bool) {
		name, _ := doc["model"].(string)
		return name, doc["error"] == nil
	},
	End: func(_, data string) bool { return data == "[DONE]" },
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
