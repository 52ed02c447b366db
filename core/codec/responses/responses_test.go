package responses

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

var facts = codectest.Facts{
	Schema: llm.SchemaResponses, Asked: codec.Asked{Operation: llm.OperationChat},
	Name: func(doc map[string]any) (string, bool) {
		if _, event := doc["type"]; event && doc["model"] == nil {
			response, ok := doc["response"].(map[string]any)
			name, _ := response["model"].(string)
			return name, ok
		}
		name, _ := doc["model"].(string)
		return name, doc["output"] != nil && doc["error"] == nil
	},
	End: func(_, data string) bool {
		return strings.Contains(data, `"type":"response.completed"`) || strings.Contains(data, `"type":"response.incomplete"`)
	},
}

// What is not told to be lost at an endpoint is found again in what that is sent.
func TestLacks(t *testing.T) {
	f := facts
	f.Table = Table()
	f.Endpoints = []codectest.Endpoint{
		{Name: "gpt-5", BaseURL: "https://api.openai.com/v1"}, {Name: "o3", BaseURL: "https://api.openai.com/v1"}, {Name: "gpt-5.1", BaseURL: "https://api.openai.com/v1"},
		{Name: "gpt-4o", BaseURL: "https://api.openai.com/v1", Thoughtless: true}, {Name: "any", BaseURL: "http://localhost:8000/v1"},
	}
	codectest.Lacks(t, Codec{}, f)
}

func TestCodec(t *testing.T)   { codectest.Run(t, Codec{}, "testdata", facts) }
func FuzzStream(f *testing.F)  { codectest.FuzzStream(f, Codec{}, "testdata", facts) }
func FuzzWhole(f *testing.F)   { codectest.FuzzWhole(f, Codec{}, "testdata", facts) }
func FuzzError(f *testing.F)   { codectest.FuzzError(f, Codec{}, "testdata", facts) }
func FuzzRequest(f *testing.F) { codectest.FuzzRequest(f, Codec{}, "testdata", facts) }
