package anthropic

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// What the messages of the benchmarks say.
const prose = `The exchange connects the caller to the first line that is free. \"Hold on\", said the operator, and nobody noticed a thing;\nthe call went through all the same, by another line and at a lower price. `

// benchBody is a conversation of about size bytes, as agents have it.
func benchBody(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"model":"claude-sonnet-4-5","max_tokens":4096,"stream":true,"temperature":0.7,"system":[{"type":"text","text":"You are a helpful assistant.","cache_control":{"type":"ephemeral"}}],"tools":[{"name":"f","description":"does","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}}],"messages":[{"role":"user","content":"Hello"}`)
	for i := 0; b.Len() < size-60; i++ {
		n := min(1500, size-60-b.Len())/len(prose) + 1
		id := `toolu_` + string(rune('a'+i%26))
		b.WriteString(`,{"role":"assistant","content":[{"type":"text","text":"So."},{"type":"tool_use","id":"` + id + `","name":"f","input":{"a":"x"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"` + id + `","content":"` + strings.Repeat(prose, n) + `"}]}`)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkRequest reads a request of 20 KB and writes what is sent, as it is and by way of
// the neutral form, beside decoding and encoding it.
func BenchmarkRequest(b *testing.B) {
	var c Codec
	body := benchBody(20 << 10)
	b.Run("spliced", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			r, err := c.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
			if err != nil {
				b.Fatal(err)
			}
			c.AppendRequest(nil, r, codec.Form{Name: "up", Stream: r.Stream})
		}
	})
	b.Run("translated", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			r, err := c.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
			if err != nil {
				b.Fatal(err)
			}
			p, err := c.ReadPrompt(r)
			if err != nil {
				b.Fatal(err)
			}
			r.Schema = llm.SchemaOpenAI
			c.AppendRequest(nil, r, codec.Form{Name: "up", Stream: r.Stream, Prompt: p})
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
			m["model"] = "up"
			if _, err := json.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

const benchEvent = "event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" Mexico"}    }` + "\n\n"

// chunks reads the same event again and again, and writes it.
func chunks(tb testing.TB, schema llm.Schema) func() []byte {
	req := &llm.Request{Schema: llm.SchemaAnthropic, Stream: true}
	r, w := Codec{}.NewReader(req, true), Codec{}.NewWriter(req)
	answer := &codec.Answer{ID: "gen-1", Model: "author/model"}
	var out []byte
	emit := func(e *llm.Event) {
		e.Schema = schema
		out = w.Append(out[:0], e, answer)
	}
	chunk := []byte(benchEvent)
	return func() []byte {
		if err := r.Read(chunk, emit); err != nil {
			tb.Fatal(err)
		}
		return out
	}
}

// BenchmarkEvent reads an event of a stream and writes it, beside decoding and encoding it.
func BenchmarkEvent(b *testing.B) {
	for name, schema := range map[string]llm.Schema{"spliced": llm.SchemaAnthropic, "composed": llm.SchemaGemini} {
		b.Run(name, func(b *testing.B) {
			next := chunks(b, schema)
			b.ReportAllocs()
			for b.Loop() {
				next()
			}
		})
	}
	b.Run("encoding_json", func(b *testing.B) {
		data := []byte(benchEvent[strings.Index(benchEvent, "{"):])
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(data, &m); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A piece of text costs no memory, neither as it is nor written anew.
func TestTextAllocatesNothing(t *testing.T) {
	for _, schema := range []llm.Schema{llm.SchemaAnthropic, llm.SchemaGemini} {
		next := chunks(t, schema)
		if out := next(); !bytes.Contains(out, []byte(`" Mexico"`)) {
			t.Fatalf("%v: %s", schema, out)
		}
		next()
		if n := testing.AllocsPerRun(100, func() { next() }); n != 0 {
			t.Errorf("%v: %v allocations", schema, n)
		}
	}
}
