package gemini

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/sse"
)

func text(kind llm.DeltaKind, block int, s string) llm.Delta {
	return llm.Delta{Kind: kind, Block: block, Text: llm.Escaped(s)}
}

func callDelta(block int, id, name, args string) llm.Delta {
	return llm.Delta{Kind: llm.DeltaCall, Block: block, ID: llm.Escaped(id), Name: llm.Escaped(name), Text: llm.Escaped(args)}
}

func event(deltas ...llm.Delta) *llm.Event {
	return &llm.Event{Schema: llm.SchemaAnthropic, Deltas: deltas, Choices: true, Spoke: 1}
}

var ends = &llm.Event{Schema: llm.SchemaAnthropic, Done: true}

// composed are the streams that other schemas' events become.
var composed = []struct {
	name   string
	events []*llm.Event
}{
	{"text, then the reason, then the usage", []*llm.Event{
		event(text(llm.DeltaText, 0, `Hel`)), event(text(llm.DeltaText, 0, `lo \"you\"`)),
		{Schema: llm.SchemaAnthropic, Choices: true, Spoke: 1, Ended: 1, Finish: llm.FinishLength},
		{Schema: llm.SchemaAnthropic, Usage: llm.Usage{Known: true, Input: 3, CacheRead: 4, CacheWrite: 5, Output: 6, Reasoning: 7}}, ends,
	}},
	{"a thought with its signature, one without, and one that is hidden", []*llm.Event{
		event(text(llm.DeltaThought, 0, "a")), event(text(llm.DeltaThought, 0, "b")), event(text(llm.DeltaSignature, 0, "sig")), event(text(llm.DeltaEnd, 0, "")),
		event(text(llm.DeltaThought, 1, "c")), event(text(llm.DeltaText, 2, "d")), event(text(llm.DeltaRedacted, 3, "data")),
		{Schema: llm.SchemaAnthropic, Ended: 1, Finish: llm.FinishStop}, ends,
	}},
	{"calls whose arguments come in pieces, mixed and late", []*llm.Event{
		event(callDelta(0, "c1", "f", "")), event(text(llm.DeltaArguments, 0, `{\"a\":`)), event(callDelta(1, "c2", "g", "")),
		event(text(llm.DeltaArguments, 0, `\"é\\n\"}`)), event(text(llm.DeltaArguments, 1, `{\"b\"`)), event(text(llm.DeltaEnd, 0, "")),
		event(callDelta(2, "c3", "h", `[1]`)),
		{Schema: llm.SchemaAnthropic, Ended: 1, Finish: llm.FinishTools, Usage: llm.Usage{Known: true, Input: 1, Output: 2}}, ends,
	}},
	{"text behind a call", []*llm.Event{
		event(callDelta(0, "c1", "f", `{\n\t\"a\":\r\n\"\\n\"}`)), event(callDelta(1, "c2", "g", `{`)), event(text(llm.DeltaText, 2, "so")),
		{Schema: llm.SchemaAnthropic, Ended: 1, Finish: llm.FinishStop}, ends,
	}},
	{"two choices, a refusal, a picture and what nobody else has", []*llm.Event{
		event(text(llm.DeltaText, 0, "a"), llm.Delta{Kind: llm.DeltaRefusal, Choice: 1, Block: 1, Text: llm.Escaped("no")}),
		event(text(llm.DeltaOther, 2, "x")), event(llm.Delta{Kind: llm.DeltaMedia, Block: 3, Name: llm.Escaped("image/png"), Text: llm.Escaped("iVBO")}),
		{Schema: llm.SchemaAnthropic, Ended: 2, Finish: llm.FinishFilter}, {Schema: llm.SchemaAnthropic, Ended: 1, Finish: llm.FinishOther}, ends,
	}},
	{"an error in the middle", []*llm.Event{
		event(text(llm.DeltaText, 0, "a")), {Schema: llm.SchemaAnthropic, Err: &llm.Error{Code: llm.CodeStreamCut, Message: "it broke", Detail: []byte(`{"attempts":[]}`)}},
	}},
}

func TestCompose(t *testing.T) {
	var out strings.Builder
	for _, c := range composed {
		out.WriteString("# " + c.name + "\n")
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaGemini, Stream: true, WantUsage: true})
		var stream []byte
		for _, e := range c.events {
			stream = w.Append(stream, e, &codec.Answer{ID: "id-1", Model: "author/model", Created: 7})
		}
		var framer sse.Framer
		frame := func(f sse.Frame) {
			if !json.Valid(f.Data) || !strings.HasSuffix(string(f.Raw), "\r\n\r\n") {
				t.Errorf("%s: %q", c.name, f.Raw)
			}
			out.WriteString("stream " + string(f.Data) + "\n")
		}
		if err := framer.Write(stream, frame); err != nil || framer.Close(frame) != 0 {
			t.Errorf("%s: %q", c.name, stream)
		}
		whole := &llm.Event{Schema: llm.SchemaAnthropic, Whole: true, Choices: true}
		for _, e := range c.events {
			whole.Deltas = append(whole.Deltas, e.Deltas...)
			if e.Finish != llm.FinishNone {
				whole.Finish, whole.Ended, whole.Spoke = e.Finish, 1, 1
			}
			if e.Usage.Known {
				whole.Usage = e.Usage
			}
			whole.Err = e.Err
		}
		doc := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaGemini, WantCost: true}).Append(nil, whole, &codec.Answer{ID: "id-1", Model: "author/model", Cost: 5, Priced: true})
		if !json.Valid(doc) {
			t.Errorf("%s: no JSON: %s", c.name, doc)
		}
		out.WriteString("whole " + string(doc) + "\n\n")
	}
	golden(t, "testdata/compose.txt", out.String())
}

// TestComposeOthers writes what other operations answer.
func TestComposeOthers(t *testing.T) {
	vector := func(i int, s string) llm.Delta {
		return llm.Delta{Kind: llm.DeltaEmbedding, Choice: i, Block: i, Text: llm.Escaped(s)}
	}
	e := &llm.Event{Schema: llm.SchemaOpenAI, Whole: true, Deltas: []llm.Delta{vector(0, "[1,2e-3]"), vector(1, "[3]")}, Usage: llm.Usage{Known: true, Input: 4}}
	for _, c := range []struct {
		op         llm.Operation
		body, want string
	}{
		{llm.OperationEmbeddings, `{"content":{"parts":[{"text":"a"}]}}`, `{"embedding":{"values":[1,2e-3]},"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":0,"totalTokenCount":4},"modelVersion":"a/b"}`},
		{llm.OperationEmbeddings, `{"requests":[{"content":{"parts":[{"text":"a"}]}}]}`, `{"embeddings":[{"values":[1,2e-3]},{"values":[3]}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":0,"totalTokenCount":4},"modelVersion":"a/b"}`},
		{llm.OperationCountTokens, `{"contents":[{"parts":[{"text":"a"}]}]}`, `{"totalTokens":4,"modelVersion":"a/b"}`},
	} {
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: c.op}, []byte(c.body))
		if refusal != nil {
			t.Fatal(refusal)
		}
		if got := string(Codec{}.NewWriter(req).Append(nil, e, &codec.Answer{Model: "a/b"})); got != c.want {
			t.Errorf("%v: %s", c.op, got)
		}
		p, _ := Codec{}.ReadPrompt(req)
		if c.op == llm.OperationEmbeddings && (len(p.Inputs) != 1 || string(p.Inputs[0]) != "a") {
			t.Errorf("inputs %q", p.Inputs)
		}
	}
}

// TestTakenUp goes on with a stream that another endpoint of this schema has begun.
func TestTakenUp(t *testing.T) {
	req := &llm.Request{Schema: llm.SchemaGemini, Stream: true}
	w := Codec{}.NewWriter(req)
	var out []byte
	a := &codec.Answer{ID: "ours", Model: "a/b"}
	read := func(doc string) {
		r := Codec{}.NewReader(req, true)
		if err := r.Read([]byte("data: "+doc+"\n\n"), func(e *llm.Event) { out = w.Append(out, e, a) }); err != nil {
			t.Fatal(err)
		}
	}
	read(`{"candidates":[{"content":{"parts":[{"text":"Hello"}]}}],"responseId":"theirs"}`)
	a.Resumed, a.SkipText = true, len("Hel")
	read(`{"candidates":[{"content":{"parts":[{"text":"Hello"}]}}],"responseId":"other"}`)
	a.SkipText, a.Lead = 0, []byte("\"")
	read(`{"candidates":[{"content":{"parts":[{"text":" world"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"totalTokenCount":3},"responseId":"other"}`)
	out = w.Append(out, &llm.Event{Schema: llm.SchemaGemini, Done: true}, &codec.Answer{Model: "a/b"})
	const want = `data: {"modelVersion":"a/b","candidates":[{"content":{"parts":[{"text":"Hello"}]}}],"responseId":"theirs"}` + "\n\n" +
		`data: {"candidates":[{"content":{"parts":[{"text":"lo"}],"role":"model"},"index":0}],"modelVersion":"a/b","responseId":"theirs"}` + "\r\n\r\n" +
		`data: {"candidates":[{"content":{"parts":[{"text":"\" world"}],"role":"model"},"index":0}],"modelVersion":"a/b","responseId":"theirs"}` + "\r\n\r\n" +
		`data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},"modelVersion":"a/b","responseId":"theirs"}` + "\r\n\r\n"
	if got := strings.Replace(string(out), `"candidatesTokenCount":0,"thoughtsTokenCount":2`, `"candidatesTokenCount":2`, 1); got != want {
		t.Errorf("written\n%s\nwant\n%s", got, want)
	}
}

// TestDeltas reads answers for callers of other schemas.
func TestDeltas(t *testing.T) {
	const doc = `{"candidates":[{"content":{"parts":[{"text":"t","thought":true,"thoughtSignature":"c2ln"},{"text":"a"},{"text":"b","thoughtSignature":"dHh0"},` +
		`{"functionCall":{"id":"x","name":"f","args":{"a":"\"" }},"thoughtSignature":"b3du"},{"functionCall":{"name":"g"}},{"executableCode":{"code":"1"}}]},"finishReason":"STOP"}]}`
	r := Codec{}.NewReader(&llm.Request{Schema: llm.SchemaOpenAI}, false)
	if err := r.Read([]byte(doc), func(*llm.Event) {}); err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := r.Close(func(e *llm.Event) {
		for _, d := range e.Deltas {
			line, _ := json.Marshal([]any{d.Kind, d.Block, string(d.Text), string(d.ID), string(d.Name), string(d.Signature), d.Origin.String()})
			got = append(got, string(line))
		}
		if e.Finish != llm.FinishTools {
			t.Errorf("finish %v", e.Finish)
		}
	}); err != nil {
		t.Fatal(err)
	}
	const want = `[2,0,"t","","","",""]
[3,0,"c2ln","","","","gemini"]
[1,1,"a","","","",""]
[1,1,"b","","","",""]
[6,2,"{\\\"a\\\":\\\"\\\\\\\"\\\" }","x","f","b3du","gemini"]
[9,2,"","","","",""]
[6,3,"{}","","g","","gemini"]
[9,3,"","","","",""]
[11,4,"","","","",""]`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("deltas\n%s", s)
	}
}

// TestChoicesEndEach: of several choices each has its own reason to end, in a whole answer and
// in a stream, read and written.
func TestChoicesEndEach(t *testing.T) {
	const doc = `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","index":0},{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP","index":1},{"content":{"parts":[{"text":"c"}]},"finishReason":"MAX_TOKENS","index":2},{"content":{"parts":[{"text":"d"}]},"finishReason":"STOP","index":3}]}`
	want := []llm.Finish{llm.FinishStop, llm.FinishTools, llm.FinishLength, llm.FinishStop}
	foreign := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}
	caller := &llm.Request{Schema: llm.SchemaGemini, Operation: llm.OperationChat}
	check := func(e *llm.Event) {
		var got []llm.Finish
		for _, d := range e.Deltas {
			if d.Kind == llm.DeltaEnd && d.Finish != llm.FinishNone && d.Choice == len(got) {
				got = append(got, d.Finish)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("whole %v: %v", e.Whole, got)
		}
		other := *e
		other.Schema, other.Raw = llm.SchemaOpenAI, nil
		asked := *caller
		asked.Stream = !e.Whole
		w := Codec{}.NewWriter(&asked)
		out := string(w.Append(w.Append(nil, &other, &codec.Answer{Model: "m"}), &llm.Event{Schema: llm.SchemaOpenAI, Done: !e.Whole, Dropped: e.Whole}, &codec.Answer{Model: "m"}))
		if strings.Count(out, `"finishReason":"STOP"`) != 3 || !strings.Contains(out, `"finishReason":"MAX_TOKENS","index":2`) {
			t.Errorf("whole %v: %s", e.Whole, out)
		}
	}
	for _, stream := range []bool{false, true} {
		text := doc
		if stream {
			text = "data: " + doc + "\r\n\r\n"
		}
		r := Codec{}.NewReader(foreign, stream)
		events := 0
		each := func(e *llm.Event) {
			if e.Choices {
				events++
				check(e)
			}
		}
		if err := r.Read([]byte(text), each); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(each); err != nil || events != 1 {
			t.Errorf("%d events, %v", events, err)
		}
	}
}

// TestOneEndIsTheEvents: of a choice alone the event says how it has ended.
func TestOneEndIsTheEvents(t *testing.T) {
	r := Codec{}.NewReader(&llm.Request{Schema: llm.SchemaOpenAI}, true)
	err := r.Read([]byte("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\",\"index\":0}]}\n\n"), func(e *llm.Event) {
		for _, d := range e.Deltas {
			if d.Kind == llm.DeltaEnd {
				t.Errorf("%+v", d)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestArgumentsAreBounded: calls that never end are not kept for ever.
func TestArgumentsAreBounded(t *testing.T) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaGemini, Stream: true})
	a := &codec.Answer{Model: "m"}
	out := w.Append(nil, event(callDelta(0, "c", "f", `{\"a\":\"`)), a)
	piece := strings.Repeat("x", 1<<20)
	for range 15 {
		out = w.Append(out, event(text(llm.DeltaArguments, 0, piece)), a)
	}
	if len(out) > 0 {
		t.Fatalf("written too early: %.100s", out)
	}
	out = w.Append(out, event(text(llm.DeltaText, 1, "so"), text(llm.DeltaArguments, 0, piece)), a)
	if !strings.HasPrefix(string(out), `data: {"error":{"code":502,`) || strings.Contains(string(out), "so\"") || !strings.HasSuffix(string(out), lineEnds) {
		t.Errorf("%.300s", out)
	}
	if more := w.Append(nil, event(text(llm.DeltaText, 1, "so")), a); len(more) > 0 {
		t.Errorf("it goes on with %s", more)
	}
	if more := w.Append(nil, ends, a); len(more) > 0 {
		t.Errorf("it ends with %s", more)
	}
}

// TestManyCallsAreNotHeld: calls that are complete do not count.
func TestManyCallsAreNotHeld(t *testing.T) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaGemini, Stream: true})
	args := `{\"a\":\"` + strings.Repeat("x", 1<<20) + `\"}`
	for i := range 40 {
		out := string(w.Append(nil, event(callDelta(i, "c", "f", args), text(llm.DeltaEnd, i, "")), &codec.Answer{Model: "m"}))
		if !strings.Contains(out, `"functionCall"`) {
			t.Fatalf("call %d: %.200s", i, out)
		}
	}
	if n := len(w.(*writer).calls); n != 0 || w.(*writer).held != 0 {
		t.Errorf("%d calls are kept, %d bytes", n, w.(*writer).held)
	}
}
