package openai

import (
	"bytes"
	"encoding/json"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// BenchmarkTranslate decodes a request to a prompt and writes it again from that, beside
// decoding and encoding it.
func BenchmarkTranslate(b *testing.B) {
	var c Codec
	for name, text := range map[string]string{"20KB": prose, "20KB-code": code} {
		body := benchBody(20<<10, text)
		req, refusal := c.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
		if refusal != nil {
			b.Fatal(refusal)
		}
		abroad := &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Stream: true}
		b.Run(name+"/ours", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				p, refusal := c.ReadPrompt(req)
				if refusal != nil {
					b.Fatal(refusal)
				}
				c.AppendRequest(nil, abroad, codec.Form{Name: "gpt-4o", Stream: true, Prompt: p})
			}
		})
		b.Run(name+"/encoding_json", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var m map[string]any
				if err := json.Unmarshal(body, &m); err != nil {
					b.Fatal(err)
				}
				if _, err := json.Marshal(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchDelta is an event of another schema.
var benchDelta = llm.Event{
	Schema: llm.SchemaAnthropic, Object: llm.Span{Start: 0, End: 1}, Content: true, Choices: true,
	Deltas: []llm.Delta{{Kind: llm.DeltaText, Block: 1, Text: llm.Escaped(" Mexico")}},
}

// BenchmarkForeign reads a chunk for a caller of another schema, and writes an event of another
// schema for a caller of this one.
func BenchmarkForeign(b *testing.B) {
	b.Run("read", func(b *testing.B) {
		r := Codec{}.NewReader(&llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Stream: true}, true)
		n := 0
		emit := func(e *llm.Event) { n += len(e.Deltas) }
		chunk := []byte(benchChunk)
		b.ReportAllocs()
		for b.Loop() {
			if err := r.Read(chunk, emit); err != nil {
				b.Fatal(err)
			}
		}
		if n == 0 {
			b.Fatal("no deltas")
		}
	})
	b.Run("write", func(b *testing.B) {
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: true})
		var out []byte
		b.ReportAllocs()
		for b.Loop() {
			out = w.Append(out[:0], &benchDelta, &codec.Answer{ID: "x", Model: "openai/gpt-4o"})
		}
		if !bytes.Contains(out, []byte(" Mexico")) {
			b.Fatalf("wrote %s", out)
		}
	})
}

// A text of an event is read and written without allocating, across schemas too.
func TestForeignDoesNotAllocate(t *testing.T) {
	abroad := &llm.Request{Schema: llm.SchemaGemini, Operation: llm.OperationChat, Stream: true}
	home := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: true}
	r, w := Codec{}.NewReader(abroad, true), Codec{}.NewWriter(home)
	chunk := []byte(benchChunk)
	var out []byte
	emit := func(e *llm.Event) {
		e.Schema = llm.SchemaGemini
		out = w.Append(out[:0], e, &codec.Answer{ID: "x", Model: "a/b"})
	}
	if n := testing.AllocsPerRun(100, func() {
		if err := r.Read(chunk, emit); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if !bytes.Contains(out, []byte(`{"content":" Mexico"}`)) {
		t.Errorf("written %s", out)
	}
}
