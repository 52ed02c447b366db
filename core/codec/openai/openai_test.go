package openai

import (
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

var facts = codectest.Facts{
	Schema: llm.SchemaOpenAI, Asked: codec.Asked{Operation: llm.OperationChat}, Table: Table(),
	Endpoints: []codectest.Endpoint{
		{Name: "gpt-5", BaseURL: "https://api.openai.com/v1"}, {Name: "o3", BaseURL: "https://api.openai.com/v1"},
		{Name: "gpt-4o", BaseURL: "https://api.openai.com/v1", Thoughtless: true}, {Name: "openrouter", BaseURL: "https://openrouter.ai/api/v1"},
		{Name: "mistral", BaseURL: "https://api.mistral.ai/v1"}, {Name: "deepseek", BaseURL: "https://api.deepseek.com"},
		{Name: "kimi", BaseURL: "https://api.moonshot.ai/v1"}, {Name: "qwen3", BaseURL: "https://dashscope.aliyuncs.com/compatible-mode/v1"},
		{Name: "openai/gpt-oss", BaseURL: "https://api.groq.com/openai/v1"}, {Name: "gpt-oss", BaseURL: "https://api.cerebras.ai/v1"},
		{Name: "gemini-3-pro", BaseURL: "https://generativelanguage.googleapis.com/v1beta/openai"}, {Name: "command", BaseURL: "https://api.cohere.ai/compatibility/v1"},
		{Name: "sonar", BaseURL: "https://api.perplexity.ai"}, {Name: "any", BaseURL: "http://localhost:8000/v1"},
	},
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

// factsOf are the facts of another operation, whose requests are no messages. Of embeddings
// there are no streams.
func factsOf(op llm.Operation) codectest.Facts {
	f := facts
	f.Asked.Operation, f.Last = op, nil
	return f
}

func TestCompletions(t *testing.T) {
	codectest.Run(t, Codec{}, "testdata/completion", factsOf(llm.OperationCompletion))
}

func TestEmbeddings(t *testing.T) {
	codectest.Run(t, Codec{}, "testdata/embeddings", factsOf(llm.OperationEmbeddings))
}

func FuzzCompletion(f *testing.F) {
	codectest.FuzzStream(f, Codec{}, "testdata/completion", factsOf(llm.OperationCompletion))
}

func FuzzEmbeddings(f *testing.F) {
	codectest.FuzzWhole(f, Codec{}, "testdata/embeddings", factsOf(llm.OperationEmbeddings))
}

func TestCodec(t *testing.T)   { codectest.Run(t, Codec{}, "testdata", facts) }
func FuzzStream(f *testing.F)  { codectest.FuzzStream(f, Codec{}, "testdata", facts) }
func FuzzWhole(f *testing.F)   { codectest.FuzzWhole(f, Codec{}, "testdata", facts) }
func FuzzError(f *testing.F)   { codectest.FuzzError(f, Codec{}, "testdata", facts) }
func FuzzRequest(f *testing.F) { codectest.FuzzRequest(f, Codec{}, "testdata", facts) }
