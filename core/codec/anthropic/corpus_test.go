package anthropic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

// tally counts what has been checked, and says it.
type tally map[string]int

func (n tally) String() string {
	keys := make([]string, 0, len(n))
	for k := range n {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s %d", k, n[k])
	}
	return strings.Join(keys, ", ")
}

func decoded(doc []byte) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	err := json.Unmarshal(doc, &m)
	return m, err
}

// TestRecordedRequests: every request that clients have really sent is read, and goes on byte
// for byte but for the model's name; in the neutral form it is complete, and a request written
// from that is valid and means the same.
func TestRecordedRequests(t *testing.T) {
	n := tally{}
	for _, r := range codectest.Recordings(t, "anthropic.messages") {
		if r.Request == nil || !bytes.Contains(r.Request, []byte(`"messages"`)) {
			continue
		}
		n["requests"]++
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, r.Request)
		if refusal != nil {
			t.Errorf("%s is refused: %v", r.ID, refusal)
			continue
		}
		codectest.Check(t, Codec{}, facts, req, "up-model")
		same := Codec{}.AppendRequest(nil, req, codec.Form{Name: req.Model, Stream: req.Stream})
		if !bytes.Equal(same, r.Request) {
			t.Errorf("%s: bytes changed without need", r.ID)
		}
		for name, f := range map[string]llm.Feature{"image_in": llm.FeatureImages, "tools": llm.FeatureTools, "file_in": llm.FeatureFiles, "structured": llm.FeatureJSONSchema} {
			if slices.Contains(r.Features, name) {
				n[name]++
				if !req.Features.Has(f) && name != "structured" {
					t.Errorf("%s: %s is not seen", r.ID, name)
				}
			}
		}
		checkAnew(t, &r, req, n)
	}
	t.Log(n)
}

// checkAnew decodes a request, writes it from the neutral form, and compares.
func checkAnew(t *testing.T, r *codectest.Recording, req *llm.Request, n tally) {
	p, refusal := Codec{}.ReadPrompt(req)
	if refusal != nil {
		t.Errorf("%s cannot be decoded: %v", r.ID, refusal)
		return
	}
	foreign := *req
	foreign.Schema = llm.SchemaOpenAI
	sent := Codec{}.AppendRequest(nil, &foreign, codec.Form{Name: req.Model, Stream: req.Stream, Prompt: p})
	if !json.Valid(sent) {
		t.Errorf("%s: written anew as no JSON: %s", r.ID, sent)
		return
	}
	// A budget for a whole task, in beta, is Anthropic's alone: callers elsewhere are told.
	p.Unknown = slices.DeleteFunc(p.Unknown, func(name string) bool { return name == "output_config.task_budget" })
	if len(p.Unknown) > 0 {
		t.Errorf("%s: unknown fields %v", r.ID, p.Unknown)
	}
	again, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, sent)
	if refusal != nil {
		t.Errorf("%s: written anew it is refused: %v: %s", r.ID, refusal, sent)
		return
	}
	q, refusal := Codec{}.ReadPrompt(again)
	if refusal != nil {
		t.Errorf("%s: written anew it cannot be decoded: %v", r.ID, refusal)
		return
	}
	for _, f := range []llm.Field{llm.FieldServerTools, llm.FieldOpaque, llm.FieldState, llm.FieldCitations, llm.FieldFileID} {
		if p.Fields.Has(f) {
			n["with what only Anthropic has"]++
			return
		}
	}
	if want, got := said(p), said(q); want != got {
		t.Errorf("%s\n says %s\n said %s", r.ID, got, want)
	}
	n["written anew"]++
}

// said is what a prompt says, in order.
func said(p *llm.Prompt) string {
	var b strings.Builder
	system, turns := codec.Turns(p)
	for _, part := range system {
		fmt.Fprintf(&b, "\nsystem %s", describe(part))
	}
	for _, m := range turns {
		fmt.Fprintf(&b, "\n%d", m.Role)
		for _, part := range m.Parts {
			b.WriteString(" | " + describe(part))
		}
	}
	for _, tool := range p.Tools {
		fmt.Fprintf(&b, "\ntool %s %s %v", tool.Name, tool.Description, tool.Strict)
	}
	fmt.Fprintf(&b, "\n%s %v %d %s", p.Temperature, p.Choice.Mode, p.Format.Kind, p.Stop)
	return b.String()
}

func describe(p llm.Part) string {
	s := fmt.Sprintf("%d %s %s %s %s %s %s %s %v %s %s", p.Kind, p.Text, p.ID, p.Name, p.JSON, p.Media, p.Data, p.URL, p.Failed, p.Signature, p.Cache)
	for _, inner := range p.Parts {
		if inner.Kind != llm.PartText || len(inner.Text) > 0 {
			s += " (" + describe(inner) + ")"
		}
	}
	return s
}

// TestRecordedAnswers: every answer that Anthropic has really given is read, whatever the
// pieces it comes in, and goes on with the model's name changed and nothing else; composed
// anew, it says the same by Anthropic's grammar of events.
func TestRecordedAnswers(t *testing.T) {
	n := tally{}
	for _, r := range codectest.Recordings(t, "anthropic.messages") {
		switch {
		case r.Status >= 400:
			n["error answers"]++
			if e := (Codec{}).ReadError(r.Status, r.Body); e.Status != r.Status || len(e.Raw) == 0 || e.Type == "error" || e.Type == "" {
				t.Errorf("%s: %+v", r.ID, e)
			}
		case r.SSE == nil && !bytes.Contains(r.Body, []byte(`"stop_reason"`)):
			n["no messages"]++
		default:
			for _, answer := range answersOf(r.Answer(), r.Stream()) {
				checkRecordedAnswer(t, &r, answer, n)
			}
		}
	}
	t.Log(n)
}

// answersOf are the answers of a recording, some of which have several, one behind the other.
func answersOf(body []byte, stream bool) [][]byte {
	if !stream || bytes.Count(body, []byte(`"type":"message_start"`)) < 2 {
		return [][]byte{body}
	}
	var all [][]byte
	for _, event := range bytes.SplitAfter(body, []byte("\n\n")) {
		if bytes.Contains(event, []byte(`"type":"message_start"`)) {
			all = append(all, nil)
		}
		if len(all) > 0 && !bytes.Contains(event, []byte("[DONE]")) {
			all[len(all)-1] = append(all[len(all)-1], event...)
		}
	}
	return all
}

func checkRecordedAnswer(t *testing.T, r *codectest.Recording, answer []byte, n tally) {
	req := &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Stream: r.Stream(), WantUsage: true}
	got := codectest.Play(t, Codec{}, facts, req, answer, 16)
	n["answers"]++
	n["events"] += got.Events
	if got.Err != "" || got.Failed || !got.Complete {
		if r.Stream() && !bytes.Contains(answer, []byte(`"stop_reason":"`)) {
			n["cut short"]++
			return
		}
		t.Errorf("%s cannot be read: %q, failed %v, complete %v", r.ID, got.Err, got.Failed, got.Complete)
		return
	}
	if !r.Stream() {
		checkRenamed(t, r.ID, answer, got.Written)
	}
	events := eventsOf(t, answer, r.Stream())
	for _, origin := range []llm.Schema{llm.SchemaAnthropic, llm.SchemaGemini} {
		again := composed(t, r.ID, events, origin)
		if want, is := gist(events, origin), gist(eventsOf(t, again, true), origin); want != is {
			t.Errorf("%s composed\n says %s\n said %s", r.ID, is, want)
		}
		n["composed"]++
	}
}

func checkRenamed(t *testing.T, id string, was, is []byte) {
	from, err1 := decoded(was)
	to, err2 := decoded(is)
	if err1 != nil || err2 != nil || string(to["model"]) != `"`+codectest.Name()+`"` || len(is) != len(was)+len(to["model"])-len(from["model"]) {
		t.Errorf("%s: became %s", id, is)
		return
	}
	delete(from, "model")
	for key, v := range from {
		if !bytes.Equal(v, to[key]) {
			t.Errorf("%s: member %q became %s", id, key, to[key])
		}
	}
}

// eventsOf are the events of an answer, each with memory of its own.
func eventsOf(t *testing.T, answer []byte, stream bool) (all []*llm.Event) {
	reader := Codec{}.NewReader(&llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Stream: stream}, stream)
	take := func(e *llm.Event) {
		c := *e
		c.Raw, c.Matched = bytes.Clone(e.Raw), bytes.Clone(e.Matched)
		c.Deltas = slices.Clone(e.Deltas)
		for i := range c.Deltas {
			d := &c.Deltas[i]
			d.Text, d.ID, d.Name = bytes.Clone(d.Text), bytes.Clone(d.ID), bytes.Clone(d.Name)
		}
		all = append(all, &c)
	}
	if err := reader.Read(bytes.Clone(answer), take); err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(take); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return all
}

// composed is an answer written anew as a stream, as if a provider of that schema had given
// it, and checked for the grammar of events.
func composed(t *testing.T, id string, events []*llm.Event, origin llm.Schema) (out []byte) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: true})
	a := &codec.Answer{ID: "msg_x", Model: "author/model", Resumed: true}
	for _, e := range events {
		c := *e
		c.Schema, c.Raw, c.Whole = origin, nil, false
		out = w.Append(out, &c, a)
	}
	if last := events[len(events)-1]; !last.Done {
		out = w.Append(out, &llm.Event{Schema: origin, Done: true}, a)
	}
	if err := grammatical(out); err != nil {
		t.Errorf("%s: %v in %s", id, err, out)
	}
	return out
}

// gist is what an answer says, block by block, and how it ends.
func gist(events []*llm.Event, origin llm.Schema) string {
	type part struct {
		kind  llm.DeltaKind
		block int
		text  string
	}
	var parts []part
	var b strings.Builder
	var usage llm.Usage
	finish := llm.FinishNone
	for _, e := range events {
		for _, d := range e.Deltas {
			k := d.Kind
			switch k {
			case llm.DeltaEnd, llm.DeltaOther:
				continue
			case llm.DeltaArguments:
				k = llm.DeltaCall
			case llm.DeltaSignature:
				if origin != llm.SchemaAnthropic {
					continue
				}
			}
			if n := len(parts) - 1; n < 0 || parts[n].kind != k || parts[n].block != d.Block {
				parts = append(parts, part{kind: k, block: d.Block, text: string(d.ID) + string(d.Name)})
			}
			parts[len(parts)-1].text += string(d.Text)
		}
		if e.Finish != llm.FinishNone {
			finish = e.Finish
			fmt.Fprintf(&b, "matched %s ", e.Matched)
		}
		if e.Usage.Known {
			usage = e.Usage
		}
	}
	for _, p := range parts {
		fmt.Fprintf(&b, "\n%d %s", p.kind, p.text)
	}
	fmt.Fprintf(&b, "\n%v %v", finish, usage)
	return b.String()
}
