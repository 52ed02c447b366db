package codec_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"strowger/core/codec"
	"strowger/core/llm"
)

// spoken is a stream in a schema: how it begins, and an event that can come any number of
// times.
type spoken struct{ begin, event string }

const (
	chunkOf    = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"x","choices":[{"index":0,"delta":`
	chunkEnds  = `,"finish_reason":null}]}` + "\n\n"
	startOf    = "event: message_start\n" + `data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}}` + "\n\n"
	createdOf  = "event: response.created\n" + `data: {"type":"response.created","sequence_number":0,"response":{"id":"r","object":"response","created_at":1,"status":"in_progress","model":"x","output":[]}}` + "\n\n"
	candidate  = `data: {"candidates":[{"content":{"role":"model","parts":[`
	candidated = `]},"index":0}],"modelVersion":"x","responseId":"r"}` + "\r\n\r\n"
)

// texts are streams of texts, calls are streams of arguments; Gemini's calls come whole.
var texts, calls = map[llm.Schema]spoken{
	llm.SchemaOpenAI: {chunkOf + `{"role":"assistant","content":""}` + chunkEnds, chunkOf + `{"content":" word"}` + chunkEnds},
	llm.SchemaAnthropic: {
		startOf + "event: content_block_start\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n",
		"event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}` + "\n\n",
	},
	llm.SchemaResponses: {
		createdOf + "event: response.output_item.added\n" + `data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"i","type":"message","status":"in_progress","role":"assistant","content":[]}}` + "\n\n" +
			"event: response.content_part.added\n" + `data: {"type":"response.content_part.added","sequence_number":2,"item_id":"i","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}` + "\n\n",
		"event: response.output_text.delta\n" + `data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"i","output_index":0,"content_index":0,"delta":" word","logprobs":[]}` + "\n\n",
	},
	llm.SchemaGemini: {candidate + `{"text":"The"}` + candidated, candidate + `{"text":" word"}` + candidated},
}, map[llm.Schema]spoken{
	llm.SchemaOpenAI: {
		chunkOf + `{"role":"assistant","tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\""}}]}` + chunkEnds,
		chunkOf + `{"tool_calls":[{"index":0,"function":{"arguments":" word"}}]}` + chunkEnds,
	},
	llm.SchemaAnthropic: {
		startOf + "event: content_block_start\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}` + "\n\n",
		"event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":" word"}}` + "\n\n",
	},
	llm.SchemaResponses: {
		createdOf + "event: response.output_item.added\n" + `data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"i","type":"function_call","status":"in_progress","arguments":"","call_id":"c","name":"f"}}` + "\n\n",
		"event: response.function_call_arguments.delta\n" + `data: {"type":"response.function_call_arguments.delta","sequence_number":2,"item_id":"i","output_index":0,"delta":" word"}` + "\n\n",
	},
	llm.SchemaGemini: {candidate + `{"text":"The"}` + candidated, candidate + `{"functionCall":{"name":"f","args":{"a":" word"}}}` + candidated},
}

// player writes a stream of schema from for a caller of schema to.
type player struct {
	reader codec.Reader
	writer codec.Writer
	out    []byte
	id     llm.Escaped
	bad    bool
	take   func(*llm.Event)
}

func newPlayer(from, to llm.Schema, s spoken) *player {
	req := &llm.Request{Schema: to, Operation: llm.OperationChat, Stream: true, WantUsage: true}
	p := &player{reader: codecs[from].NewReader(req, true), writer: codecs[to].NewWriter(req), id: llm.Escaped("call_1")}
	p.take = func(e *llm.Event) {
		for i := range e.Deltas {
			if d := &e.Deltas[i]; d.Kind == llm.DeltaCall && len(d.ID) == 0 {
				d.ID = p.id
			}
		}
		p.bad = p.bad || e.Err != nil
		p.out = p.writer.Append(p.out, e, told)
	}
	p.read([]byte(s.begin))
	return p
}

func (p *player) read(event []byte) bool {
	p.out = p.out[:0]
	err := p.reader.Read(event, p.take)
	return err == nil && !p.bad
}

// BenchmarkEvent is one event of a stream, read in one schema and written in one.
func BenchmarkEvent(b *testing.B) {
	const most = 1000 // events of one answer: some writers have to remember what they have written
	for _, kind := range []string{"text", "call"} {
		for _, from := range schemas {
			for _, to := range schemas {
				s := texts[from]
				if kind == "call" {
					s = calls[from]
				}
				b.Run(kind+"/"+from.String()+"_to_"+to.String(), func(b *testing.B) {
					event := []byte(s.event)
					p := newPlayer(from, to, s)
					b.ReportAllocs()
					for i := range b.N {
						if i%most == most-1 {
							b.StopTimer()
							p = newPlayer(from, to, s)
							b.StartTimer()
						}
						if !p.read(event) {
							b.Fatal("the event is an error")
						}
					}
				})
			}
		}
	}
}

// An event of text allocates nothing on its way, once the stream runs; only what a writer has
// to remember grows now and then.
func TestEventsAllocateNothing(t *testing.T) {
	for _, from := range schemas {
		for _, to := range schemas {
			if from == to {
				continue
			}
			s := texts[from]
			p := newPlayer(from, to, s)
			event := []byte(s.event)
			p.read(event)
			if len(p.out) == 0 || !strings.Contains(string(p.out), " word") {
				t.Errorf("%v to %v: written is %q", from, to, p.out)
			}
			if n := testing.AllocsPerRun(500, func() { p.read(event) }); n >= 1 {
				t.Errorf("%v to %v: %v allocations for an event", from, to, n)
			}
		}
	}
}

// question is a request of about 20 kB in OpenAI's schema.
func question() []byte {
	var b strings.Builder
	b.WriteString(`{"model":"m","temperature":0.5,"max_completion_tokens":1000,"tools":[{"type":"function","function":{"name":"weather","description":"the weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}}],"messages":[{"role":"system","content":"Be brief."}`)
	for b.Len() < 20_000 {
		b.WriteString(`,{"role":"user","content":"` + strings.Repeat("What is said of it? ", 20) + `"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\",\"days\":3}"}}]},{"role":"tool","tool_call_id":"c","content":"rain, then sun\n"},{"role":"assistant","content":"It says \"rain\"."}`)
	}
	return []byte(b.String() + `]}`)
}

// BenchmarkRequest is a request of 20 kB on its way from each schema to each, read, decoded and
// written. x_json is how many times as long encoding/json takes to decode and encode the
// same body.
func BenchmarkRequest(b *testing.B) {
	first, refusal := codecs[llm.SchemaOpenAI].ReadRequest(codec.Asked{Operation: llm.OperationChat}, question())
	if refusal != nil {
		b.Fatal(refusal)
	}
	neutral, refusal := codecs[llm.SchemaOpenAI].ReadPrompt(first)
	if refusal != nil {
		b.Fatal(refusal)
	}
	for _, from := range schemas {
		abroad := &llm.Request{Operation: llm.OperationChat}
		body := codecs[from].AppendRequest(nil, abroad, codec.Form{Name: "m", Prompt: neutral, MaxOutput: maxOutput})
		asked := codec.Asked{Operation: llm.OperationChat}
		if from == llm.SchemaGemini {
			asked.Model = "m"
		}
		for _, to := range schemas {
			if from == to {
				continue
			}
			b.Run(from.String()+"_to_"+to.String(), func(b *testing.B) {
				var dst []byte
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					r, refusal := codecs[from].ReadRequest(asked, body)
					if refusal != nil {
						b.Fatal(refusal)
					}
					p, refusal := codecs[from].ReadPrompt(r)
					if refusal != nil {
						b.Fatal(refusal)
					}
					dst = codecs[to].AppendRequest(dst[:0], r, codec.Form{Name: "m", Prompt: p, MaxOutput: maxOutput})
				}
				ours := b.Elapsed()
				began := time.Now()
				for range b.N {
					var v any
					if json.Unmarshal(body, &v) != nil {
						b.Fatal("no JSON")
					}
					if _, err := json.Marshal(v); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(time.Since(began))/float64(ours), "x_json")
			})
		}
	}
}
