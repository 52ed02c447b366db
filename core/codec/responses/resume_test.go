package responses

import (
	"bytes"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// begunStream is the beginning of a stream as OpenAI sends it: reasoning, and a message that
// is cut off.
var begunStream = []string{
	`{"type":"response.created","sequence_number":0,"response":` + begunResponse + `}`,
	`{"type":"response.in_progress","sequence_number":1,"response":` + begunResponse + `}`,
	`{"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}`,
	`{"type":"response.reasoning_summary_part.added","sequence_number":3,"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}`,
	`{"type":"response.reasoning_summary_text.delta","sequence_number":4,"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"why"}`,
	`{"type":"response.reasoning_summary_text.done","sequence_number":5,"item_id":"rs_1","output_index":0,"summary_index":0,"text":"why"}`,
	`{"type":"response.reasoning_summary_part.done","sequence_number":6,"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"why"}}`,
	`{"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"why"}]}}`,
	`{"type":"response.output_item.added","sequence_number":8,"output_index":1,"item":{"type":"message","id":"msg_1","status":"in_progress","role":"assistant","content":[]}}`,
	`{"type":"response.content_part.added","sequence_number":9,"item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":""}}`,
	`{"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_1","output_index":1,"content_index":0,"delta":"The fir"}`,
	`{"type":"response.output_text.delta","sequence_number":11,"item_id":"msg_1","output_index":1,"content_index":0,"delta":"st \"half\""}`,
}

const begunResponse = `{"id":"resp_1","created_at":17,"model":"m","object":"response","status":"in_progress","error":null,"incomplete_details":null,"instructions":null,` +
	`"metadata":{},"output":[],"parallel_tool_calls":true,"temperature":1,"tool_choice":"auto","tools":[],"top_p":1,"usage":null,"reasoning":null,"text":null,"truncation":null,"user":null,"max_output_tokens":null}`

// TestTakenUp: an answer that has been spliced goes on in the place where it broke off,
// whoever goes on with it.
func TestTakenUp(t *testing.T) {
	for cut := 5; cut <= len(begunStream); cut++ {
		req := &llm.Request{Schema: llm.SchemaResponses, Stream: true}
		reader, writer := Codec{}.NewReader(req, true), Codec{}.NewWriter(req)
		var out []byte
		for _, doc := range begunStream[:cut] {
			kind, _, _ := strings.Cut(doc[len(`{"type":"`):], `"`)
			err := reader.Read([]byte("event: "+kind+"\ndata: "+doc+"\n\n"), func(e *llm.Event) { out = writer.Append(out, e, given) })
			if err != nil {
				t.Fatal(err)
			}
		}
		taken := *given
		taken.Resumed = true
		more := func(e llm.Event) { e.Schema = llm.SchemaAnthropic; out = writer.Append(out, &e, &taken) }
		more(llm.Event{Deltas: []llm.Delta{{Kind: llm.DeltaText, Block: 1, Text: codec.Escape(" and")}}})
		more(llm.Event{Deltas: []llm.Delta{{Kind: llm.DeltaText, Block: 1, Text: codec.Escape(" more")}, {Kind: llm.DeltaEnd, Block: 1}}})
		more(llm.Event{Finish: llm.FinishStop})
		more(llm.Event{Done: true})
		checkGrammar(t, begunStream[cut-1], out)
		said := tellAll(t, req, out)
		want := ""
		for _, doc := range begunStream[:cut] {
			if _, delta, ok := strings.Cut(doc, `output_text.delta`); ok {
				_, delta, _ = strings.Cut(delta, `"delta":"`)
				want += strings.TrimSuffix(delta, `"}`)
			}
		}
		if want += ` and more`; !strings.Contains(said, codec.Plain(llm.Escaped(strings.ReplaceAll(want, `\"`, `\\\"`)))) || !bytes.Contains(out, []byte(`"id":"resp_1"`)) {
			t.Errorf("cut behind %d: want %s in %s\n%s", cut, want, said, out)
		}
		if n := bytes.Count(out, []byte(`"response.output_item.added"`)); n != 2 {
			t.Errorf("cut behind %d: %d items", cut, n)
		}
	}
}

// TestLost: of what cannot be gone on with, such as an answer with a call, nothing is repeated.
func TestLost(t *testing.T) {
	item := func(at, kind, item string) string {
		return `{"type":"response.output_item.` + kind + `","output_index":` + at + `,"item":` + item + `}`
	}
	for name, doc := range map[string]string{
		"a call":         item("2", "done", `{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"}`),
		"something else": item("2", "done", `{"type":"web_search_call","id":"ws_1"}`),
		"a refusal":      `{"type":"response.refusal.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"no"}`,
		"":               `{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"x"}`,
	} {
		req := &llm.Request{Schema: llm.SchemaResponses, Stream: true}
		reader, writer := Codec{}.NewReader(req, true), Codec{}.NewWriter(req)
		for _, doc := range append(begunStream[:9:9], doc, begunStream[11], item("3", "done", `{"type":"reasoning","id":"rs_2","summary":[]}`)) {
			err := reader.Read([]byte("data: "+doc+"\n\n"), func(e *llm.Event) { writer.Append(nil, e, given) })
			if err != nil {
				t.Fatal(err)
			}
		}
		out := writer.Append(nil, &llm.Event{Err: &llm.Error{Code: llm.CodeProvider, Message: "broken"}}, given)
		for _, id := range []string{`"id":"rs_1"`, `"id":"rs_2"`} {
			if repeated := bytes.Contains(out, []byte(id)); repeated != (name == "") {
				t.Errorf("%s: the reasoning %s beside it is repeated: %v: %s", name, id, repeated, out)
			}
		}
	}
}

// TestUntold: a call of a tool that takes text is JSON even without any, of no kind or another.
func TestUntold(t *testing.T) {
	for _, input := range []string{``, `,"input":null`, `,"input":5`} {
		doc := `{"id":"r","object":"response","status":"completed","model":"m","output":[{"type":"custom_tool_call","id":"ctc_1","call_id":"c","name":"p"` + input + `}]}`
		got := ""
		r := Codec{}.NewReader(&llm.Request{Schema: llm.SchemaOpenAI}, false)
		keep := func(e *llm.Event) {
			for _, d := range e.Deltas {
				if d.Kind == llm.DeltaCall {
					got = codec.Plain(d.Text)
				}
			}
		}
		if err := r.Read([]byte(doc), keep); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(keep); err != nil {
			t.Fatal(err)
		}
		if got != `{"input":""}` {
			t.Errorf("%s: called with %s", input, got)
		}
	}
}

// TestCallsAllocateNothing: what is kept of calls is kept in rooms of many.
func TestCallsAllocateNothing(t *testing.T) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaResponses, Stream: true})
	call := []llm.Delta{{Kind: llm.DeltaCall, ID: llm.Escaped("call_1"), Name: llm.Escaped("f"), Text: llm.Escaped(`{}`)}, {Kind: llm.DeltaEnd}}
	event := &llm.Event{Schema: llm.SchemaGemini, Deltas: call}
	var out []byte
	n := testing.AllocsPerRun(2000, func() {
		out = w.Append(out[:0], event, given)
		call[0].Block++
		call[1].Block++
	})
	if n >= 1 {
		t.Errorf("%v allocations for a call", n)
	}
}
