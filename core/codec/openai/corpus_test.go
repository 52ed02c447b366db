package openai

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

// notChat are recordings of this API that are something else, by the first words of
// their ids: they were recorded under a wrong name.
var notChat = map[string]string{
	"cohere.openai.chat.cohere_":                        "Cohere's own chat and rerank API",
	"google-vertex.openai.chat.google_vertex_embedding": "embeddings",
	"togetherai.openai.chat.togetherai_reranking":       "reranking",
	"open-responses.openai.chat.":                       "the responses API",
	"xai.openai.chat.xai_code_execution_tool_1":         "the responses API",
	"xai.openai.chat.xai_file_search_tool_1":            "the responses API",
	"xai.openai.chat.xai_image_generation_tool_1":       "the responses API",
	"xai.openai.chat.xai_web_search_tool_1":             "the responses API",
	"pydantic-gateway.openai.chat.test_text_response":   "an answer of text, from a test of a gateway",
}

func isChat(r *codectest.Recording) bool {
	for prefix := range notChat {
		if strings.HasPrefix(r.ID, prefix) {
			return false
		}
	}
	return true
}

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

// TestRecordedRequests: every request that clients have really sent is read, and goes on
// byte for byte but for the changes that are named.
func TestRecordedRequests(t *testing.T) {
	n := tally{}
	for _, r := range codectest.Recordings(t, "openai.chat") {
		if r.Request == nil {
			continue
		}
		n["requests"]++
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, r.Request)
		if refusal != nil {
			t.Errorf("%s is refused: %v", r.ID, refusal)
			continue
		}
		sent := codectest.Check(t, Codec{}, facts, req, "up-model")
		if err := checkSent(req, "up-model", sent); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
		if same := (Codec{}).AppendRequest(nil, req, codec.Form{Name: req.Model, Stream: req.Stream}); !req.Stream && req.Extensions.Models == nil &&
			req.Extensions.Provider == nil && !bytes.Contains(r.Request, []byte(`"usage"`)) && !bytes.Equal(same, r.Request) {
			t.Errorf("%s: bytes changed without need", r.ID)
		}
		if req.InputTokens <= 0 || req.InputTokens > int64(len(r.Request)+20*codec.ImageTokens) {
			t.Errorf("%s: %d tokens in %d bytes", r.ID, req.InputTokens, len(r.Request))
		}
		checkFeatures(t, &r, req, n)
	}
	t.Log(n)
}

// checkFeatures compares the features read with what the recording says of itself.
func checkFeatures(t *testing.T, r *codectest.Recording, req *llm.Request, n tally) {
	for name, f := range map[string]llm.Feature{
		"image_in": llm.FeatureImages, "audio_in": llm.FeatureAudio, "tools": llm.FeatureTools,
	} {
		said := slices.Contains(r.Features, name)
		if said {
			n[name]++
		}
		if said && !req.Features.Has(f) {
			t.Errorf("%s: %s is not seen", r.ID, name)
		}
	}
	if said := slices.Contains(r.Features, "include_usage"); said != req.WantUsage && !req.WantCost {
		t.Errorf("%s: include_usage %v, read %v", r.ID, said, req.WantUsage)
	}
	if req.Stream {
		n["streams"]++
	}
}

// TestRecordedAnswers: every answer that providers have really given is read, whatever
// the pieces it comes in, and goes on with the model's name changed and nothing else.
func TestRecordedAnswers(t *testing.T) {
	n := tally{}
	for _, r := range codectest.Recordings(t, "openai.chat") {
		switch {
		case !isChat(&r):
			n["not chat"]++
		case r.Status >= 400:
			n["error answers"]++
			checkRecordedError(t, &r)
		case r.Answer() != nil:
			checkRecordedAnswer(t, &r, n)
		}
	}
	t.Log(n)
}

func checkRecordedError(t *testing.T, r *codectest.Recording) {
	err := Codec{}.ReadError(r.Status, r.Body)
	if err.Status != r.Status || strings.HasPrefix(err.Message, "the provider answered") {
		t.Errorf("%s: %d %q from %s", r.ID, err.Status, err.Message, r.Body)
	}
	var body struct{ Error json.RawMessage }
	if json.Unmarshal(r.Body, &body) == nil && len(body.Error) > 0 && !bytes.Equal(err.Raw, r.Body) {
		t.Errorf("%s: passed on as %s", r.ID, err.Raw)
	}
}

func checkRecordedAnswer(t *testing.T, r *codectest.Recording, n tally) {
	req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: r.Stream(), WantUsage: true}
	got := codectest.Play(t, Codec{}, facts, req, r.Answer(), 16)
	n["answers"]++
	n["events"] += got.Events
	if bytes.Contains(r.SSE, []byte(`"error":{`)) {
		n["streams with an error"]++
		if !got.Failed {
			t.Errorf("%s: the error has not been seen", r.ID)
		}
		return
	}
	if got.Err != "" || got.Failed || !got.Complete {
		t.Errorf("%s cannot be read: %q, failed %v, complete %v", r.ID, got.Err, got.Failed, got.Complete)
		return
	}
	if !got.Content {
		n["without content"]++
	}
	var documents [][2][]byte
	if r.Stream() {
		n["streamed"]++
		documents = pairs(t, r.ID, r.SSE, got.Written)
	} else {
		documents = [][2][]byte{{r.Body, got.Written}}
	}
	var usage map[string]any
	for _, d := range documents {
		if err := checkRenamed(d[0], d[1]); err != nil {
			t.Errorf("%s: %v\n was %s\n now %s", r.ID, err, d[0], d[1])
		}
		var doc struct{ Usage map[string]any }
		if json.Unmarshal(d[0], &doc) == nil && doc.Usage != nil {
			usage = doc.Usage
		}
	}
	checkTotal(t, r, usage, got.Usage, n)
	if r.Stream() { // from a caller who did not ask, usage alone is kept
		req.WantUsage = false
		quiet := codectest.Play(t, Codec{}, facts, req, r.Answer(), 4)
		if quiet.Usage != got.Usage || len(quiet.Written) > len(got.Written) {
			t.Errorf("%s: unasked, usage is %v", r.ID, quiet.Usage)
		}
		if len(quiet.Written) < len(got.Written) {
			n["usage chunks kept back"]++
		}
	}
}

// checkTotal compares the buckets with the provider's own total.
func checkTotal(t *testing.T, r *codectest.Recording, stated map[string]any, got llm.Usage, n tally) {
	total, ok := stated["total_tokens"].(float64)
	if !ok {
		n["without usage"]++
		if got.Known {
			t.Errorf("%s: usage %v out of nothing", r.ID, got)
		}
		return
	}
	n["usage totals"]++
	if got.Total() != int64(total) {
		t.Errorf("%s: %d tokens in %+v, stated %v", r.ID, got.Total(), got, stated)
	}
	if p, _ := stated["prompt_tokens"].(float64); p+stated["completion_tokens"].(float64) != total {
		n["totals of more than prompt and completion"]++
	}
	if min(got.Input, got.CacheRead, got.CacheWrite, got.Output, got.Reasoning) < 0 {
		t.Errorf("%s: %+v", r.ID, got)
	}
}

// pairs puts each JSON document of a stream beside what became of it.
func pairs(t *testing.T, id string, was, is []byte) (all [][2][]byte) {
	data := func(stream []byte) (lines [][]byte) {
		for line := range bytes.Lines(stream) {
			if doc, ok := bytes.CutPrefix(line, []byte("data: ")); ok && doc[0] == '{' {
				lines = append(lines, bytes.TrimRight(doc, "\r\n"))
			}
		}
		return lines
	}
	from, to := data(was), data(is)
	if len(from) != len(to) || len(from) == 0 {
		t.Errorf("%s: %d chunks became %d", id, len(from), len(to))
		return nil
	}
	for i := range from {
		all = append(all, [2][]byte{from[i], to[i]})
	}
	return all
}

// checkRenamed checks that nothing but the model's name changed.
func checkRenamed(was, is []byte) error {
	from, err := decoded(was)
	if err != nil {
		return err
	}
	to, err := decoded(is)
	if err != nil {
		return err
	}
	want := `"` + codectest.Name() + `"`
	grown := len(want) - len(from["model"])
	if from["model"] == nil {
		grown += len(`"model":,`)
	}
	if _, had := from["system_fingerprint"]; !had && string(to["system_fingerprint"]) == `""` { // strict SDKs want it
		grown += len(`,"system_fingerprint":""`)
		delete(to, "system_fingerprint")
	}
	if string(to["model"]) != want || len(is) != len(was)+grown {
		return fmt.Errorf("model %s, %d bytes became %d", to["model"], len(was), len(is))
	}
	delete(from, "model")
	delete(to, "model")
	for key, v := range from {
		if !bytes.Equal(v, to[key]) {
			return fmt.Errorf("member %q became %s", key, to[key])
		}
	}
	return nil
}
