package verify

import (
	"math/rand/v2"
	"strings"

	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// asks are what users say.
var asks = []string{
	"hi", "What is the capital of France?", "Löse x^3 - 6x^2 + 11x - 6 = 0 und erkläre jeden Schritt.", "このコードを説明してください。",
	"Prove that every finite integral domain is a field.", "The test in main.go fails:\n```go\nt.Fatal(\"x\")\n```\nFind out why.",
	strings.Repeat("A long report, line after line. ", 300),
}

const (
	pixel    = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
	toolForm = `{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}`
)

// ask is a request to make in any schema.
type ask struct {
	model                      string
	text                       string
	stream, tools, image, form bool
	max                        int64
}

// newAsk is one with some features.
func newAsk(random *rand.Rand, model string, stream bool) ask {
	a := ask{model: model, stream: stream, text: asks[random.IntN(len(asks))]}
	a.tools, a.image, a.form = random.IntN(3) == 0, random.IntN(4) == 0, random.IntN(5) == 0
	if random.IntN(2) == 0 {
		a.max = 1 << random.IntN(16)
	}
	return a
}

// body is the request in a schema.
func (a *ask) body(schema llm.Schema, op llm.Operation) []byte {
	w := &jsonout.Writer{}
	w.Begin('{')
	if schema != llm.SchemaGemini {
		w.String("model", a.model)
		if a.stream && op != llm.OperationEmbeddings && op != llm.OperationCountTokens {
			w.Bool("stream", true)
		}
	}
	switch {
	case op == llm.OperationEmbeddings && schema == llm.SchemaGemini:
		w.Raw("content", []byte(`{"parts":[{"text":"a"}]}`))
	case op == llm.OperationEmbeddings:
		w.Strings("input", []string{"a", a.text})
	case op == llm.OperationCompletion:
		w.String("prompt", a.text)
	case schema == llm.SchemaGemini:
		a.gemini(w, op)
	case schema == llm.SchemaAnthropic:
		a.anthropic(w, op)
	case schema == llm.SchemaResponses:
		a.responses(w)
	default:
		a.openai(w)
	}
	w.End('}')
	return w.Buf
}

func (a *ask) openai(w *jsonout.Writer) {
	content := list(`{"type":"text","text":`+quote(a.text)+`}`, a.image, `{"type":"image_url","image_url":{"url":"data:image/png;base64,`+pixel+`"}}`)
	w.Raw("messages", []byte(`[{"role":"system","content":"Be brief."},{"role":"user","content":`+content+`}]`))
	if a.tools {
		w.Raw("tools", []byte(`[{"type":"function","function":{"name":"f","description":"reads","parameters":`+toolForm+`}}]`))
	}
	if a.form {
		w.Raw("response_format", []byte(`{"type":"json_schema","json_schema":{"name":"x","schema":`+toolForm+`}}`))
	}
	if a.max > 0 {
		w.Int("max_completion_tokens", a.max)
	}
}

func (a *ask) responses(w *jsonout.Writer) {
	w.String("instructions", "Be brief.")
	content := list(`{"type":"input_text","text":`+quote(a.text)+`}`, a.image, `{"type":"input_image","image_url":"data:image/png;base64,`+pixel+`"}`)
	w.Raw("input", []byte(`[{"role":"user","content":`+content+`}]`))
	if a.tools {
		w.Raw("tools", []byte(`[{"type":"function","name":"f","parameters":`+toolForm+`}]`))
	}
	if a.form {
		w.Raw("text", []byte(`{"format":{"type":"json_schema","name":"x","schema":`+toolForm+`}}`))
	}
	if a.max > 0 {
		w.Int("max_output_tokens", max(a.max, 16))
	}
}

func (a *ask) anthropic(w *jsonout.Writer, op llm.Operation) {
	w.String("system", "Be brief.")
	content := list(`{"type":"text","text":`+quote(a.text)+`}`, a.image, `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"`+pixel+`"}}`)
	w.Raw("messages", []byte(`[{"role":"user","content":`+content+`}]`))
	if a.tools {
		w.Raw("tools", []byte(`[{"name":"f","description":"reads","input_schema":`+toolForm+`}]`))
	}
	if op == llm.OperationChat {
		w.Int("max_tokens", max(a.max, 1))
	}
}

func (a *ask) gemini(w *jsonout.Writer, op llm.Operation) {
	parts := list(`{"text":`+quote(a.text)+`}`, a.image, `{"inlineData":{"mimeType":"image/png","data":"`+pixel+`"}}`)
	w.Raw("contents", []byte(`[{"role":"user","parts":`+parts+`}]`))
	if op == llm.OperationCountTokens {
		return
	}
	w.Raw("systemInstruction", []byte(`{"parts":[{"text":"Be brief."}]}`))
	if a.tools {
		w.Raw("tools", []byte(`[{"functionDeclarations":[{"name":"f","parameters":`+toolForm+`}]}]`))
	}
	if a.max > 0 {
		w.BeginAt("generationConfig", '{')
		w.Int("maxOutputTokens", a.max)
		w.End('}')
	}
}

func list(first string, more bool, second string) string {
	if more {
		return "[" + first + "," + second + "]"
	}
	return "[" + first + "]"
}

func quote(s string) string { return string(scan.AppendQuote(nil, s)) }
