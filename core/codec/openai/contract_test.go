package openai

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/codec/codectest/shapetest"
	"strowger/core/llm"
)

// TestRecordedPrompts: every request that clients have really sent means the same when it is
// written from the neutral form and read again.
func TestRecordedPrompts(t *testing.T) {
	n := tally{}
	for _, r := range codectest.Recordings(t, "openai.chat") {
		if r.Request == nil || !isChat(&r) {
			continue
		}
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, r.Request)
		if refusal != nil {
			t.Errorf("%s: %v", r.ID, refusal)
			continue
		}
		p, refusal := Codec{}.ReadPrompt(req)
		if refusal != nil {
			t.Errorf("%s: %v", r.ID, refusal)
			continue
		}
		n["requests"]++
		for _, url := range []string{"", "https://openrouter.ai/api/v1"} {
			abroad := *req
			abroad.Schema, abroad.Body, abroad.Marks = llm.SchemaGemini, nil, [9]llm.Span{}
			form := codec.Form{Name: "m", Stream: req.Stream, BaseURL: url, Prompt: p}
			sent := Codec{}.AppendRequest(nil, &abroad, form)
			again, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, sent)
			if refusal != nil {
				t.Fatalf("%s: %v: %s", r.ID, refusal, sent)
			}
			q, refusal := Codec{}.ReadPrompt(again)
			if refusal != nil {
				t.Fatalf("%s: %v: %s", r.ID, refusal, sent)
			}
			table := *Table()
			if url != "" { // there more is kept
				for _, f := range []llm.Field{llm.FieldThoughts, llm.FieldSignatures, llm.FieldCacheControl, llm.FieldBudget, llm.FieldTopK} {
					table.Fields[f].Fate = codec.Kept
				}
			}
			for _, l := range table.Lacks(&abroad, form) {
				table.Fields[l.Field].Fate = l.Fate
			}
			if p.Format.Kind == llm.FormatSchema && len(p.Format.Name) == 0 { // which must have one
				p.Format.Name = llm.Escaped("answer")
			}
			if p.Reasoning.Budget > 0 && url == "" { // said in words
				q.Reasoning.Effort = llm.EffortUnset
			}
			was, is := prompttest.Comparable(p, llm.SchemaOpenAI, &table, 0), prompttest.Comparable(q, llm.SchemaOpenAI, &table, 0)
			if p.Fields.Has(llm.FieldToolMedia) { // which stands apart now
				n["tools that show pictures"]++
				continue
			}
			if err := prompttest.Same(was, is); err != nil {
				t.Errorf("%s to %q: %v", r.ID, url, err)
			}
			if p.Fields.Has(llm.FieldThoughts) {
				n["with reasoning"]++
			}
		}
		for _, name := range p.Unknown {
			n["unknown "+name]++
		}
	}
	t.Log(n)
}

// abroadly reads an answer as for a caller of another schema; each is handed every event, of
// which nothing is left but the neutral form.
func abroadly(t *testing.T, req *llm.Request, answer []byte, each func(*llm.Event)) {
	t.Helper()
	foreign := *req
	foreign.Schema = llm.SchemaAnthropic
	r := Codec{}.NewReader(&foreign, req.Stream)
	take := func(e *llm.Event) {
		if e.Done || e.Dropped || e.Object.Empty() && len(e.Deltas) == 0 {
			return
		}
		bare := llm.Event{
			Schema: llm.SchemaAnthropic, Deltas: slices.Clone(e.Deltas), Whole: e.Whole, Content: e.Content, Choices: e.Choices,
			Spoke: e.Spoke, Ended: e.Ended, Finish: e.Finish, Usage: e.Usage,
		}
		each(&bare)
	}
	err := r.Read(slices.Clone(answer), take)
	if err == nil {
		err = r.Close(take)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestRecordedAnswersComposed: every answer that providers have really given is one of OpenAI's
// published shape when it is written from the neutral form, as a whole and as a stream.
func TestRecordedAnswersComposed(t *testing.T) {
	n := tally{}
	a := &codec.Answer{ID: "x", Created: 7, Model: "a/b"}
	for _, r := range codectest.Recordings(t, "openai.chat") {
		if !isChat(&r) || r.Status >= 400 || r.Answer() == nil || bytes.Contains(r.SSE, []byte(`"error":{`)) {
			continue
		}
		n["answers"]++
		req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: r.Stream(), WantUsage: true}
		stream := *req
		stream.Stream = true
		w := Codec{}.NewWriter(&stream)
		var written, whole []byte
		calls := 0
		abroadly(t, req, r.Answer(), func(e *llm.Event) {
			for i := range e.Deltas {
				if d := &e.Deltas[i]; d.Kind == llm.DeltaCall {
					calls++
					if len(d.ID) == 0 {
						d.ID = llm.Escaped("call_x")
					}
				}
			}
			if e.Whole {
				whole = Codec{}.NewWriter(req).Append(nil, e, a)
				e.Whole = false
			}
			written = w.Append(written, e, a)
		})
		written = w.Append(written, &llm.Event{Schema: llm.SchemaOpenAI, Done: true}, a)
		if err := shapetest.Stream(llm.SchemaOpenAI, written); err != nil {
			t.Errorf("%s as a stream: %v: %s", r.ID, err, written)
		}
		if whole != nil {
			n["whole"]++
			if err := shapetest.Whole(llm.SchemaOpenAI, whole); err != nil {
				t.Errorf("%s: %v: %s", r.ID, err, whole)
			}
		}
		n["calls"] += calls
		if got := countCalls(t, written); got != calls {
			t.Errorf("%s: %d calls, was %d", r.ID, got, calls)
		}
	}
	t.Log(n)
}

// countCalls counts the tool calls that begin in a stream.
func countCalls(t *testing.T, stream []byte) (n int) {
	for line := range bytes.Lines(stream) {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data: {"))
		if !ok {
			continue
		}
		var doc struct {
			Choices []struct {
				Delta struct {
					Calls []struct{ ID string } `json:"tool_calls"`
				}
			}
		}
		if err := json.Unmarshal(append([]byte{'{'}, data...), &doc); err != nil {
			t.Fatal(err)
		}
		for _, c := range doc.Choices {
			for _, call := range c.Delta.Calls {
				if call.ID != "" {
					n++
				}
			}
		}
	}
	return n
}
