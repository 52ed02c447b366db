package codec_test

import (
	"strings"
	"testing"

	"strowger/core/llm"
)

// BenchmarkAnswer is a whole answer of a page, read for what it used and why it ended, as a caller
// of the same schema is written it.
func BenchmarkAnswer(b *testing.B) {
	text := strings.Repeat("An answer of some words. ", 80)
	for schema, doc := range map[llm.Schema]string{
		llm.SchemaOpenAI: `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + text +
			`","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":60,"completion_tokens":500,"total_tokens":560,"prompt_tokens_details":{"cached_tokens":32}},"system_fingerprint":"f"}`,
		llm.SchemaAnthropic: `{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"` + text +
			`"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":60,"cache_read_input_tokens":32,"output_tokens":500}}`,
		llm.SchemaResponses: `{"id":"r","object":"response","created_at":1,"status":"completed","model":"m","output":[{"id":"i","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"` + text +
			`","annotations":[]}]}],"usage":{"input_tokens":60,"input_tokens_details":{"cached_tokens":32},"output_tokens":500,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":560}}`,
		llm.SchemaGemini: `{"candidates":[{"content":{"role":"model","parts":[{"text":"` + text +
			`"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":60,"cachedContentTokenCount":32,"candidatesTokenCount":500,"totalTokenCount":560},"modelVersion":"m","responseId":"r"}`,
	} {
		b.Run(schema.String(), func(b *testing.B) {
			req := &llm.Request{Schema: schema, Operation: llm.OperationChat}
			body, used := []byte(doc), llm.Usage{}
			take := func(e *llm.Event) { used = e.Usage }
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				r := codecs[schema].NewReader(req, false)
				if err := r.Read(body, take); err != nil {
					b.Fatal(err)
				}
				if err := r.Close(take); err != nil || used.CacheRead != 32 {
					b.Fatal(err, used)
				}
			}
		})
	}
}
