package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

// recordings are those of this API. Some were recorded under another one's name.
func recordings(t testing.TB) []codectest.Recording {
	all := codectest.Recordings(t, "openai.responses")
	for _, r := range codectest.Recordings(t, "openai.chat") {
		for _, prefix := range []string{"open-responses.openai.chat.", "xai.openai.chat.xai_code_execution_tool_1", "xai.openai.chat.xai_file_search_tool_1",
			"xai.openai.chat.xai_image_generation_tool_1", "xai.openai.chat.xai_web_search_tool_1"} {
			if strings.HasPrefix(r.ID, prefix) {
				all = append(all, r)
			}
		}
	}
	return all
}

// tally counts what has been checked, and says it.
type tally map[string]int

func (n tally) String() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(&b, "%s %d, ", k, n[k])
	}
	return b.String()
}

// TestRecordedRequests: every request that clients have really sent is read, and goes on as it
// is but for the model's name.
func TestRecordedRequests(t *testing.T) {
	n := tally{}
	for _, r := range recordings(t) {
		if r.Request == nil || r.Request[0] != '{' {
			continue
		}
		n["requests"]++
		req, refusal := Codec{}.ReadRequest(facts.Asked, r.Request)
		if refusal != nil {
			t.Errorf("%s is refused: %v", r.ID, refusal)
			continue
		}
		sent := codectest.Check(t, Codec{}, facts, req, "up-model")
		var was, is map[string]any
		if json.Unmarshal(r.Request, &was) != nil || json.Unmarshal(sent, &is) != nil {
			t.Fatalf("%s: sent is %s", r.ID, sent)
		}
		was["model"] = "up-model"
		if a, b := canonical(was), canonical(is); a != b {
			t.Errorf("%s: sent %s\nwant %s", r.ID, b, a)
		}
		for name, f := range map[string]llm.Feature{"image_in": llm.FeatureImages, "audio_in": llm.FeatureAudio, "tools": llm.FeatureTools} {
			if slices.Contains(r.Features, name) && !req.Features.Has(f) && bytes.Contains(r.Request, []byte(`input_image`)) {
				t.Errorf("%s: %s is not seen", r.ID, name)
			}
		}
		checkPrompt(t, r.ID, req, n)
	}
	t.Log(n)
}

func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// checkPrompt decodes a request, writes it anew and decodes that: it must say the same.
func checkPrompt(t *testing.T, id string, req *llm.Request, n tally) {
	p, err := Codec{}.ReadPrompt(req)
	if err != nil {
		t.Errorf("%s cannot be decoded: %v", id, err)
		return
	}
	for _, f := range p.Fields.Names() {
		n["field "+f]++
	}
	foreign := llm.Request{Schema: llm.SchemaAnthropic, Stream: req.Stream}
	sent := Codec{}.AppendRequest([]byte("before"), &foreign, codec.Form{Name: "m", Stream: req.Stream, Prompt: p, BaseURL: "https://local/v1"})
	sent, ok := bytes.CutPrefix(sent, []byte("before"))
	if !ok || !json.Valid(sent) {
		t.Errorf("%s is written as %s", id, sent)
		return
	}
	again, err := Codec{}.ReadRequest(facts.Asked, sent)
	if err != nil {
		t.Errorf("%s: written anew it is refused: %v: %s", id, err, sent)
		return
	}
	q, err := Codec{}.ReadPrompt(again)
	if err != nil {
		t.Errorf("%s: written anew it cannot be decoded: %v: %s", id, err, sent)
		return
	}
	if a, b := said(p), said(q); a != b {
		t.Errorf("%s: written anew it says\n%s\nwant\n%s\nfrom %s", id, b, a, sent)
	}
}

// said is what a prompt says, as far as this schema can say it of others.
func said(p *llm.Prompt) string {
	var b strings.Builder
	for _, m := range p.Messages {
		for i, part := range m.Parts {
			if part.Kind == llm.PartThought && i == len(m.Parts)-1 || part.Kind == llm.PartText && len(part.Text) == 0 {
				continue
			}
			fmt.Fprintf(&b, "%d %d %q %s %q %s %s %q %v %q %d\n", m.Role, part.Kind, part.Text, part.ID, part.Name, part.JSON, part.URL, part.Data, part.Redacted, part.Signature, part.Origin)
			for _, x := range part.Parts {
				fmt.Fprintf(&b, "  %d %q %s %d\n", x.Kind, x.Text, x.URL, len(x.Data))
			}
		}
	}
	for _, x := range p.Tools {
		fmt.Fprintf(&b, "%s %q %s %v\n", x.Name, x.Description, x.Schema, x.Strict)
	}
	if len(p.Tools) > 0 {
		fmt.Fprintf(&b, "%d %q\n", p.Choice.Mode, p.Choice.Names)
	}
	fmt.Fprintf(&b, "%s %s %d %d %s %v %d %v %s", p.Temperature, p.TopP, p.MaxOutput, p.Format.Kind, p.Format.Schema, p.Format.Strict, p.Reasoning.Effort, p.Reasoning.Show, p.Verbosity)
	return b.String()
}

// TestRecordedAnswers: every answer that providers have really given is read, whatever the
// pieces it comes in, and goes on with the model's name changed and nothing else. Written
// anew it says the same.
func TestRecordedAnswers(t *testing.T) {
	n := tally{}
	for _, r := range recordings(t) {
		switch {
		case r.Status >= 400:
			n["error answers"]++
			if err := (Codec{}).ReadError(r.Status, r.Body); err.Status != r.Status || strings.HasPrefix(err.Message, "the provider answered") {
				t.Errorf("%s: %d %q from %s", r.ID, err.Status, err.Message, r.Body)
			}
		case strings.Contains(r.ID, "azure_deepseek_reasoning"), strings.Contains(r.ID, "parallel_tool_call_wrapper"):
			n["not whole recordings"]++
		case r.Answer() != nil:
			checkRecorded(t, &r, n)
		}
	}
	t.Log(n)
}

func checkRecorded(t *testing.T, r *codectest.Recording, n tally) {
	req := &llm.Request{Schema: llm.SchemaResponses, Operation: llm.OperationChat, Stream: r.Stream(), WantUsage: true}
	got := codectest.Play(t, Codec{}, facts, req, r.Answer(), 16)
	n["answers"]++
	n["events"] += got.Events
	if got.Failed && !bytes.Contains(r.Answer(), []byte(`"output"`)) { // recorded as a success
		n["errors"]++
		return
	}
	if got.Err != "" || got.Failed || !got.Complete {
		t.Errorf("%s cannot be read: %q, failed %v, complete %v", r.ID, got.Err, got.Failed, got.Complete)
		return
	}
	name := codectest.Name()
	if r.Stream() {
		n["streamed"]++
	} else if want := renamed(r.Body, name); want != canonical(decoded(got.Written)) {
		t.Errorf("%s: written %s", r.ID, got.Written)
	}
	var stated struct {
		Usage struct {
			Total int64 `json:"total_tokens"`
		}
	}
	if !r.Stream() && json.Unmarshal(r.Body, &stated) == nil && stated.Usage.Total != got.Usage.Total() {
		t.Errorf("%s: %d tokens, stated %d", r.ID, got.Usage.Total(), stated.Usage.Total)
	}
	was := tellAll(t, req, r.Answer())
	for _, stream := range []bool{true, false} {
		anew := *req
		anew.Stream = stream
		written := rewritten(t, &anew, req, r.Answer())
		if is := tellAll(t, &anew, written); is != was {
			t.Errorf("%s: written anew (stream %v) it says\n%s\nwant\n%s\n%s", r.ID, stream, is, was, written[:min(len(written), 3000)])
		}
		if stream {
			checkGrammar(t, r.ID, written)
		}
	}
}

func decoded(doc []byte) (v any) {
	json.Unmarshal(doc, &v)
	return v
}

func renamed(doc []byte, name string) string {
	v, _ := decoded(doc).(map[string]any)
	v["model"] = name
	return canonical(v)
}

// tellAll is what an answer says, block by block. What no other schema has is left out.
func tellAll(t *testing.T, req *llm.Request, body []byte) string {
	t.Helper()
	type block struct{ kind, text string }
	blocks := map[int]*block{}
	var order []int
	var tail string
	reader := Codec{}.NewReader(req, req.Stream)
	take := func(e *llm.Event) {
		for _, d := range e.Deltas {
			if d.Kind == llm.DeltaEnd || d.Kind == llm.DeltaOther {
				continue
			}
			b := blocks[d.Block]
			if b == nil {
				b = &block{}
				blocks[d.Block], order = b, append(order, d.Block)
			}
			if d.Kind == llm.DeltaCall {
				b.kind += fmt.Sprintf("call %s %s ", d.ID, d.Name)
			} else if d.Kind != llm.DeltaArguments && !strings.Contains(b.kind, fmt.Sprint(d.Kind, " ")) {
				b.kind += fmt.Sprint(d.Kind, " ")
			}
			b.text += codec.Plain(d.Text)
		}
		if e.Finish != llm.FinishNone {
			tail += e.Finish.String()
		}
		if e.Usage.Known {
			tail += fmt.Sprintf(" %+v", e.Usage)
		}
	}
	if err := reader.Read(body, take); err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(take); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, i := range order {
		fmt.Fprintf(&b, "%s%q\n", blocks[i].kind, blocks[i].text)
	}
	return b.String() + tail
}

// rewritten is an answer as it is written when only its neutral form is known.
func rewritten(t *testing.T, to, from *llm.Request, body []byte) (written []byte) {
	t.Helper()
	writer := Codec{}.NewWriter(to)
	answer := &codec.Answer{ID: "0190", Created: 1700000000, Model: "author/model"}
	var whole []llm.Delta
	last := llm.Event{Whole: true}
	take := func(e *llm.Event) {
		bare := llm.Event{Deltas: e.Deltas, Finish: e.Finish, Usage: e.Usage, Choices: e.Choices, Content: e.Content, Done: e.Done}
		switch {
		case to.Stream && e.Whole:
			codec.Retell(e, func(e *llm.Event) { written = writer.Append(written, e, answer) })
		case to.Stream:
			written = writer.Append(written, &bare, answer)
		default:
			for _, d := range e.Deltas {
				d.Text, d.ID, d.Name = bytes.Clone(d.Text), bytes.Clone(d.ID), bytes.Clone(d.Name)
				whole = append(whole, d)
			}
			if e.Finish != llm.FinishNone {
				last.Finish = e.Finish
			}
			if e.Usage.Known {
				last.Usage = e.Usage
			}
		}
	}
	reader := Codec{}.NewReader(from, from.Stream)
	if reader.Read(body, take) != nil || reader.Close(take) != nil {
		t.Fatal("the answer cannot be read")
	}
	if !to.Stream {
		last.Deltas = whole
		written = writer.Append(written, &last, answer)
	}
	return written
}
