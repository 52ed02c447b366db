package policy

import (
	"testing"

	"strowger/core/llm"
)

// BenchmarkMake is the policy of a request, by who says something: only the configuration, the
// model's name, the header, or the body.
func BenchmarkMake(b *testing.B) {
	const said = `{"order":["azure","openai"],"sort":"price","allow_fallbacks":true,"max_price":{"prompt":"1","completion":"2"}}`
	const limits = `{"ignore":["nobody"],"max_price":{"prompt":50},"preferred_max_latency":30}`
	cat := testCatalog(b, nil)
	for _, c := range []struct{ name, model, provider, models, header string }{
		{name: "configured", model: "openai/gpt-4o"},
		{name: "suffix", model: "openai/gpt-4o:floor"},
		{name: "header", model: "openai/gpt-4o", header: said},
		{name: "body", model: "openai/gpt-4o", provider: said, models: `["meta/llama","openai/gpt-4o-mini"]`},
		{name: "limits", model: "openai/gpt-4o", provider: limits},
	} {
		b.Run(c.name, func(b *testing.B) {
			req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Model: c.model,
				Extensions: llm.Extensions{Provider: []byte(c.provider), Models: []byte(c.models)}}
			given := Given{Header: []byte(c.header)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Make(cat, req, given); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
