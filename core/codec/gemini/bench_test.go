package gemini

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

const benchChunk = `data: {"candidates": [{"content": {"parts": [{"text": " Mexico"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": 5,"totalTokenCount": 14,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 9}]},"modelVersion": "gemini-2.5-flash","responseId": "S7-FaruuCO2qnsEPoOCUgQg"}` + "\r\n\r\n"

// playChunk reads a chunk for a caller of a schema and writes it.
func playChunk(b testing.TB, schema llm.Schema, compose bool) func() {
	req := &llm.Request{Schema: schema, Stream: true, WantUsage: true}
	r, w := Codec{}.NewReader(req, true), Codec{}.NewWriter(req)
	answer := &codec.Answer{ID: "id", Model: "google/gemini-2.5-flash"}
	var out []byte
	foreign := llm.Event{Schema: llm.SchemaOpenAI}
	emit := func(e *llm.Event) {
		switch {
		case compose:
			foreign.Deltas = e.Deltas
			out = w.Append(out[:0], &foreign, answer)
		case schema == llm.SchemaGemini:
			out = w.Append(out[:0], e, answer)
		default:
			out = append(out[:0], e.Deltas[0].Text...)
		}
	}
	chunk := []byte(benchChunk)
	return func() {
		if err := r.Read(chunk, emit); err != nil || len(out) == 0 {
			b.Fatal(err, out)
		}
	}
}

// BenchmarkChunk reads a chunk of a stream and writes it: with the provider's bytes, anew, and
// by decoding and encoding.
func BenchmarkChunk(b *testing.B) {
	for _, c := range []struct {
		name    string
		schema  llm.Schema
		compose bool
	}{{"splice", llm.SchemaGemini, false}, {"read", llm.SchemaOpenAI, false}, {"compose", llm.SchemaOpenAI, true}} {
		b.Run(c.name, func(b *testing.B) {
			play := playChunk(b, c.schema, c.compose)
			b.ReportAllocs()
			for b.Loop() {
				play()
			}
		})
	}
	b.Run("encoding_json", func(b *testing.B) {
		data := bytes.TrimSpace([]byte(benchChunk)[len("data: "):])
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(data, &m); err != nil {
				b.Fatal(err)
			}
			m["modelVersion"] = "google/gemini-2.5-flash"
			if _, err := json.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A text of a stream is read, and written either way, without allocating.
func TestChunkDoesNotAllocate(t *testing.T) {
	for _, schema := range []llm.Schema{llm.SchemaGemini, llm.SchemaOpenAI} {
		for _, compose := range []bool{false, true} {
			play := playChunk(t, schema, compose)
			if n := testing.AllocsPerRun(100, play); n > 0 {
				t.Errorf("%v, anew %v: %v allocations", schema, compose, n)
			}
		}
	}
}

// BenchmarkTranslate reads a request of 20 KB in full and writes it anew, beside decoding and
// encoding it.
func BenchmarkTranslate(b *testing.B) {
	var body bytes.Buffer
	body.WriteString(`{"generationConfig":{"temperature":0.7},"systemInstruction":{"parts":[{"text":"You are a helpful assistant."}]},"contents":[`)
	for i := 0; body.Len() < 20<<10; i++ {
		role := [2]string{"user", "model"}[i%2]
		body.WriteString(`{"role":"` + role + `","parts":[{"text":"` + strings.Repeat(`The exchange connects the caller to the first line that is free. \"Hold on\", said the operator;\n`, 12) + `"}]},`)
	}
	body.WriteString(`{"role":"user","parts":[{"text":"go"}]}]}`)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(body.Len()))
		b.ReportAllocs()
		for b.Loop() {
			r, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat, Model: "m"}, body.Bytes())
			if refusal != nil {
				b.Fatal(refusal)
			}
			p, _ := Codec{}.ReadPrompt(r)
			translate(nil, r, codec.Form{Name: "gemini-2.5-flash", Prompt: p})
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(int64(body.Len()))
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(body.Bytes(), &m); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}
