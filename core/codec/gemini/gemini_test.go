package gemini

import (
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

// factsOf are the facts of an operation, with the folder of its scripts.
func factsOf(op llm.Operation, stream bool) codectest.Facts {
	f := codectest.Facts{
		Schema: llm.SchemaGemini, Asked: codec.Asked{Operation: op, Model: "google/asked", Stream: stream}, InPath: true, Table: Table(), Model: "gemini-3-flash-preview",
		Name: func(doc map[string]any) (string, bool) {
			name, _ := doc["modelVersion"].(string)
			return name, doc["error"] == nil
		},
	}
	if op == llm.OperationChat {
		f.Last = lastOf
		for _, name := range []string{"gemini-3-flash-preview", "gemini-3-pro-preview", "gemini-3.1-pro", "gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite", "tuned"} {
			f.Endpoints = append(f.Endpoints, codectest.Endpoint{Name: name})
		}
		f.Endpoints = append(f.Endpoints, codectest.Endpoint{Name: "gemini-2.0-flash", Thoughtless: true}, codectest.Endpoint{Name: "gemma-3", Thoughtless: true})
	}
	return f
}

// lastOf takes the beginning of an answer out of a body.
func lastOf(doc map[string]any) (string, bool) {
	contents, _ := doc["contents"].([]any)
	if len(contents) == 0 {
		return "", false
	}
	last, _ := contents[len(contents)-1].(map[string]any)
	doc["contents"] = contents[:len(contents)-1]
	parts, _ := last["parts"].([]any)
	if len(parts) != 1 || last["role"] != "model" {
		return "", false
	}
	part, _ := parts[0].(map[string]any)
	text, ok := part["text"].(string)
	return text, ok
}

var (
	chat   = factsOf(llm.OperationChat, false)
	stream = factsOf(llm.OperationChat, true)
	embed  = factsOf(llm.OperationEmbeddings, false)
	count  = factsOf(llm.OperationCountTokens, false)
)

func TestChat(t *testing.T)    { codectest.Run(t, Codec{}, "testdata/chat", chat) }
func TestStream(t *testing.T)  { codectest.Run(t, Codec{}, "testdata/stream", stream) }
func TestEmbed(t *testing.T)   { codectest.Run(t, Codec{}, "testdata/embed", embed) }
func TestCount(t *testing.T)   { codectest.Run(t, Codec{}, "testdata/count", count) }
func FuzzStream(f *testing.F)  { codectest.FuzzStream(f, Codec{}, "testdata/stream", stream) }
func FuzzWhole(f *testing.F)   { codectest.FuzzWhole(f, Codec{}, "testdata/chat", chat) }
func FuzzError(f *testing.F)   { codectest.FuzzError(f, Codec{}, "testdata/chat", chat) }
func FuzzRequest(f *testing.F) { codectest.FuzzRequest(f, Codec{}, "testdata/chat", chat) }
