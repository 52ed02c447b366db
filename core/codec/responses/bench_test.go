package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// streamed is a stream of n deltas of text.
func streamed(n int) []byte {
	var b bytes.Buffer
	b.WriteString("event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"model\":\"m\",\"output\":[]}}\n\n")
	b.WriteString("event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"type\":\"message\",\"id\":\"msg_1\",\"content\":[]}}\n\n")
	for i := range n {
		fmt.Fprintf(&b, "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":%d,\"item_id\":\"msg_68f1a2b3c4d5e6f7\",\"output_index\":0,\"content_index\":0,\"delta\":\" token\",\"logprobs\":[],\"obfuscation\":\"qX2yUzLk\"}\n\n", i+2)
	}
	return b.Bytes()
}

// BenchmarkStream gives the time and the allocations for one event that is read and written:
// spliced, and written anew as for a caller of another schema's provider.
func BenchmarkStream(b *testing.B) {
	const n = 1000
	body := streamed(n)
	for _, splice := range []bool{true, false} {
		b.Run(fmt.Sprintf("splice=%v", splice), func(b *testing.B) {
			req := &llm.Request{Schema: llm.SchemaResponses, Stream: true}
			out := make([]byte, 0, 1<<20)
			b.ReportAllocs()
			for range b.N {
				reader, writer := Codec{}.NewReader(req, true), Codec{}.NewWriter(req)
				out = out[:0]
				take := func(e *llm.Event) {
					if !splice {
						bare := *e
						bare.Schema, bare.Raw, bare.Object = llm.SchemaAnthropic, nil, llm.Span{}
						out = writer.Append(out, &bare, &codec.Answer{ID: "1", Model: "a/m"})
						return
					}
					out = writer.Append(out, e, &codec.Answer{ID: "1", Model: "a/m"})
				}
				for p := body; len(p) > 0; {
					k := min(len(p), 4096)
					reader.Read(p[:k], take)
					p = p[k:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
		})
	}
}

// BenchmarkTranslate decodes and writes a request of 20 kB, beside what decoding and encoding it
// by reflection takes.
func BenchmarkTranslate(b *testing.B) {
	body := []byte(`{"model":"m","stream":true,"instructions":"be brief","tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}],"input":[`)
	for i := range 40 {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"type":"message","role":"user","content":[{"type":"input_text","text":%q}]},{"type":"function_call","call_id":"c%d","name":"f","arguments":"{\"a\":\"b\"}"},{"type":"function_call_output","call_id":"c%d","output":"ok"}`, bytes.Repeat([]byte("some words "), 25), i, i)
	}
	body = append(body, `]}`...)
	b.Run("codec", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		var out []byte
		for range b.N {
			req, err := Codec{}.ReadRequest(facts.Asked, body)
			if err != nil {
				b.Fatal(err)
			}
			p, err := Codec{}.ReadPrompt(req)
			if err != nil {
				b.Fatal(err)
			}
			out = Codec{}.AppendRequest(out[:0], &llm.Request{Schema: llm.SchemaOpenAI}, codec.Form{Name: "m", Prompt: p})
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for range b.N {
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
