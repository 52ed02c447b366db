package gemini

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
	"strowger/core/scan"
)

// recorded are the recordings of an operation, with the facts that they are played with.
func recorded(t testing.TB, api string) ([]codectest.Recording, codectest.Facts) {
	switch api {
	case "gemini.countTokens":
		return codectest.Recordings(t, api), count
	case "gemini.embed":
		return codectest.Recordings(t, api), embed
	case "gemini.streamGenerateContent":
		return codectest.Recordings(t, api), stream
	}
	return codectest.Recordings(t, api), chat
}

var apis = []string{"gemini.generateContent", "gemini.streamGenerateContent", "gemini.countTokens", "gemini.embed"}

// TestRecordedRequests: every request that clients have really sent is read and goes on byte
// for byte, and read in full and written anew it says the same.
func TestRecordedRequests(t *testing.T) {
	n := map[string]int{}
	for _, api := range apis {
		all, facts := recorded(t, api)
		for _, r := range all {
			if r.Request == nil {
				continue
			}
			n[api]++
			req, refusal := Codec{}.ReadRequest(facts.Asked, r.Request)
			if refusal != nil {
				t.Errorf("%s is refused: %v", r.ID, refusal)
				continue
			}
			codectest.Check(t, Codec{}, facts, req, "up-model")
			if sent := (Codec{}).AppendRequest(nil, req, codec.Form{Name: "up-model", Stream: req.Stream}); !bytes.Equal(sent, r.Request) && !bytes.Contains(r.Request, []byte(`"model"`)) {
				t.Errorf("%s: bytes changed without need", r.ID)
			}
			for name, f := range map[string]llm.Feature{"image_in": llm.FeatureImages, "audio_in": llm.FeatureAudio, "tools": llm.FeatureTools, "structured": llm.FeatureJSONObject | llm.FeatureJSONSchema} {
				if has := req.Features&f != 0; slices.Contains(r.Features, name) != has && (facts.Asked.Operation == llm.OperationChat) {
					t.Logf("%s: %s %v", r.ID, name, has)
				}
			}
			checkAnew(t, r.ID, req)
		}
	}
	t.Log(n)
}

// checkAnew writes a request anew, reads that and writes it once more: nothing may be lost.
func checkAnew(t *testing.T, id string, req *llm.Request) {
	prompt, refusal := Codec{}.ReadPrompt(req)
	if refusal != nil {
		t.Errorf("%s: %v", id, refusal)
		return
	}
	if req.Operation == llm.OperationChat && len(prompt.Messages) == 0 || len(prompt.Unknown) > 0 {
		t.Errorf("%s: %d messages, unknown %q", id, len(prompt.Messages), prompt.Unknown)
	}
	for _, name := range []string{"gemini-2.5-flash", "gemini-3-pro-preview"} {
		asked := codec.Asked{Operation: req.Operation, Model: "m"}
		f := codec.Form{Name: name, Prompt: prompt}
		body := translate(nil, req, f)
		if err := scan.Valid(body); err != nil || !json.Valid(body) {
			t.Errorf("%s: %v: %s", id, err, body)
			return
		}
		again, refusal := Codec{}.ReadRequest(asked, body)
		if refusal != nil {
			t.Errorf("%s: written anew it is refused: %v: %s", id, refusal, body)
			return
		}
		if f.Prompt, refusal = (Codec{}).ReadPrompt(again); refusal != nil {
			t.Errorf("%s: %v", id, refusal)
			return
		}
		if twice := translate(nil, again, f); !bytes.Equal(twice, body) {
			t.Errorf("%s: twice\n got  %s\n want %s", id, twice, body)
		}
	}
}

// TestRecordedAnswers: every recorded answer is read to its end in whatever pieces, and goes
// on under the name of the model.
func TestRecordedAnswers(t *testing.T) {
	n := map[string]int{}
	for _, api := range apis {
		all, facts := recorded(t, api)
		for _, r := range all {
			if r.Status != 200 {
				e := Codec{}.ReadError(r.Status, r.Body)
				if e.Raw == nil || e.Type == "" {
					t.Errorf("%s: an error that is not read as Google's: %+v", r.ID, e)
				}
				continue
			}
			n[api]++
			req := &llm.Request{Schema: llm.SchemaGemini, Operation: facts.Asked.Operation, Stream: r.Stream(), WantUsage: true, WantCost: true, Body: []byte("{}")}
			got := codectest.Play(t, Codec{}, facts, req, r.Answer(), 40)
			fails := bytes.Contains(r.Answer(), []byte("UNEXPECTED_TOOL_CALL"))
			if got.Err != "" || got.Failed != fails || got.Complete == fails || !got.Content && api != "gemini.countTokens" || !got.Usage.Known && api != "gemini.embed" {
				t.Errorf("%s: %+v", r.ID, got)
			}
			if fails {
				continue
			}
			checkRecomposed(t, &r, req)
		}
	}
	t.Log(n)
}

// checkRecomposed reads an answer for a caller of another schema, writes its deltas as if they
// came from there, and compares what that says.
func checkRecomposed(t *testing.T, r *codectest.Recording, req *llm.Request) {
	other := *req
	other.Schema = llm.SchemaOpenAI
	was, written := retold(t, r.Answer(), &other, req)
	is, _ := retold(t, written, &other, req)
	if was != is {
		t.Errorf("%s is told otherwise\n got  %s\n want %s\n in %s", r.ID, is, was, written)
	}
}

// retold reads an answer to other, says what it says, and writes it anew for req.
func retold(t *testing.T, body []byte, other, req *llm.Request) (said string, written []byte) {
	var text, thought, calls strings.Builder
	var finish llm.Finish
	var usage llm.Usage
	w := Codec{}.NewWriter(req)
	reader := Codec{}.NewReader(other, other.Stream)
	a := &codec.Answer{ID: "id", Model: "author/model"}
	take := func(e *llm.Event) {
		if e.Done || e.Err != nil {
			return
		}
		for _, d := range e.Deltas {
			switch d.Kind {
			case llm.DeltaText:
				text.Write(d.Text)
			case llm.DeltaThought:
				thought.Write(d.Text)
			case llm.DeltaCall:
				var args bytes.Buffer // white space may differ
				if err := json.Compact(&args, []byte(codec.Plain(d.Text))); err != nil {
					t.Fatal(err)
				}
				calls.WriteString(string(d.Name) + "(" + args.String() + ")")
			case llm.DeltaEmbedding:
				text.Write(d.Text)
			}
		}
		if e.Finish != llm.FinishNone {
			finish = e.Finish
		}
		if e.Usage.Known && e.Usage != (llm.Usage{Known: true}) { // of embeddings nobody has counted
			usage = e.Usage
		}
		foreign := *e
		foreign.Schema = llm.SchemaNone
		foreign.Raw = nil
		written = w.Append(written, &foreign, a)
	}
	if err := reader.Read(bytes.Clone(body), take); err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(take); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if other.Stream {
		written = w.Append(written, &llm.Event{Done: true}, a)
	}
	all, _ := json.Marshal([]any{text.String(), thought.String(), calls.String(), finish.String(), usage})
	return string(all), written
}
