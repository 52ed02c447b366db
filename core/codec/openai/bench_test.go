package openai

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// What the messages of the benchmarks say: prose, and code with an escape every ten bytes.
const (
	prose = `The exchange connects the caller to the first line that is free. \"Hold on\", said the operator, and nobody noticed a thing;\nthe call went through all the same, by another line and at a lower price. `
	code  = `func main() {\n\tfmt.Println(\"hello\", name)\n\treturn\n}\n`
)

// benchBody is a conversation of about size bytes, as agents have it.
func benchBody(size int, text string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"model":"openai/gpt-4o","stream":true,"temperature":0.7,"messages":[{"role":"system","content":"You are a helpful assistant."}`)
	for b.Len() < size-60 {
		n := min(1500, size-60-b.Len())/len(text) + 1
		b.WriteString(`,{"role":"user","content":"` + strings.Repeat(text, n) + `"}`)
	}
	b.WriteString(`],"max_tokens":256,"provider":{"sort":"price"}}`)
	return b.Bytes()
}

func benchRequest(b *testing.B, body []byte) {
	var c Codec
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			r, err := c.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
			if err != nil {
				b.Fatal(err)
			}
			c.AppendRequest(nil, r, codec.Form{Name: "gpt-4o-2024-08-06", Stream: r.Stream})
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(body, &m); err != nil {
				b.Fatal(err)
			}
			m["model"] = "gpt-4o-2024-08-06"
			delete(m, "provider")
			m["stream_options"] = map[string]any{"include_usage": true}
			if _, err := json.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRequest reads a request and writes what is sent, beside decoding and encoding it.
func BenchmarkRequest(b *testing.B) {
	b.Run("300B", func(b *testing.B) { benchRequest(b, benchBody(300, "Say hello to the world. ")) })
	b.Run("20KB", func(b *testing.B) { benchRequest(b, benchBody(20<<10, prose)) })
	b.Run("20KB-code", func(b *testing.B) { benchRequest(b, benchBody(20<<10, code)) })
}

const benchChunk = `data: {"id":"chatcmpl-C1KMEUDb1vVwsROQUCZTgG6A6vtWo","object":"chat.completion.chunk","created":1754432618,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_ff25b2783a","choices":[{"index":0,"delta":{"content":" Mexico"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"Ohcj4NkgRRFLL"}` + "\n\n"

// BenchmarkChunk reads a chunk of a stream and writes it, beside decoding and encoding it.
func BenchmarkChunk(b *testing.B) {
	var c Codec
	chunk := []byte(benchChunk)
	b.Run("ours", func(b *testing.B) {
		req := &llm.Request{Schema: llm.SchemaOpenAI, Stream: true}
		r, w := c.NewReader(req, req.Stream), c.NewWriter(req)
		answer := &codec.Answer{Model: "openai/gpt-4o"}
		var out []byte
		emit := func(e *llm.Event) { out = w.Append(out[:0], e, answer) }
		b.SetBytes(int64(len(chunk)))
		b.ReportAllocs()
		for b.Loop() {
			if err := r.Read(chunk, emit); err != nil {
				b.Fatal(err)
			}
		}
		if !bytes.Contains(out, []byte(`"model":"openai/gpt-4o"`)) {
			b.Fatalf("wrote %s", out)
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(int64(len(chunk)))
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(chunk[len("data: "):], &m); err != nil {
				b.Fatal(err)
			}
			m["model"] = "openai/gpt-4o"
			if _, err := json.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}
