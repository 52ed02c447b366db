package codec_test

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Reasoning of another provider, in an answer that came whole where a stream was asked for, is
// marked as what it is; that of a provider of the caller's own schema is not.
func TestRetoldThoughts(t *testing.T) {
	bodies := map[llm.Schema]string{
		llm.SchemaOpenAI:    `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","reasoning_content":"hm"},"finish_reason":"stop"}]}`,
		llm.SchemaAnthropic: `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`,
		llm.SchemaResponses: `{"id":"resp_1","object":"response","created_at":1,"model":"m","status":"completed","output":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1}}`,
	}
	for from, body := range bodies {
		for _, to := range []llm.Schema{llm.SchemaAnthropic, llm.SchemaGemini, llm.SchemaResponses} {
			req := &llm.Request{Schema: to, Operation: llm.OperationChat, Stream: true, Body: []byte(`{}`)}
			reader, writer := codecs[from].NewReader(req, true), codecs[to].NewWriter(req)
			var written []byte
			write := func(e *llm.Event) {
				written = writer.Append(written, e, &codec.Answer{ID: "id", Created: 1, Model: "m"})
			}
			if err := reader.Read([]byte(body), write); err != nil {
				t.Fatal(err)
			}
			if err := reader.Close(write); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(written), "hm") || !strings.Contains(string(written), "hi") {
				t.Errorf("%s to %s: not all of it is written: %s", from, to, written)
			}
			if codec.HasCarried(written) != (from != to) {
				t.Errorf("%s to %s: marked as another's: %v: %s", from, to, from == to, written)
			}
		}
	}
}
