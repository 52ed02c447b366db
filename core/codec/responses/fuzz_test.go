package responses

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

// FuzzPrompt: what has been accepted is decoded or refused, and what is written of it is
// accepted again.
func FuzzPrompt(f *testing.F) {
	for _, dir := range []string{"testdata", "testdata/prompt"} {
		for _, body := range codectest.Requests(f, dir) {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		req, refusal := Codec{}.ReadRequest(facts.Asked, body)
		if refusal != nil {
			return
		}
		before := bytes.Clone(body)
		p, refusal := Codec{}.ReadPrompt(req)
		if refusal != nil {
			return
		}
		form := codec.Form{Name: "m", Prompt: p, Stream: req.Stream, BaseURL: "http://localhost"}
		sent := Codec{}.AppendRequest(nil, &llm.Request{Schema: llm.SchemaGemini}, form)
		if !bytes.Equal(before, body) {
			t.Fatalf("the body has become %q", body)
		}
		if !json.Valid(sent) {
			t.Fatalf("%q is written as %q", body, sent)
		}
		if _, refusal := (Codec{}).ReadRequest(facts.Asked, sent); refusal != nil && len(refusal.Param) > 0 {
			t.Fatalf("%q is written as %q, which is refused: %v", body, sent, refusal)
		}
	})
}

// FuzzCompose: what is written anew of any stream is a stream, with one end.
func FuzzCompose(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var body []byte
		for line := range bytes.Lines(text) {
			if more, ok := bytes.CutPrefix(line, []byte("answer:")); ok {
				body = append(body, bytes.TrimPrefix(more, []byte(" "))...)
			} else if bytes.HasPrefix(line, []byte("request")) && len(body) > 0 {
				f.Add(bytes.Clone(body))
				body = body[:0]
			}
		}
		f.Add(bytes.Clone(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		req := &llm.Request{Schema: llm.SchemaResponses, Stream: true}
		reader, writer := Codec{}.NewReader(req, true), Codec{}.NewWriter(req)
		var written []byte
		complete := false
		take := func(e *llm.Event) {
			if complete || e.Err != nil || e.Dropped {
				return
			}
			bare := llm.Event{Schema: llm.SchemaAnthropic, Deltas: e.Deltas, Finish: e.Finish, Usage: e.Usage, Done: e.Done}
			written = writer.Append(written, &bare, given)
			complete = complete || e.Done
		}
		if reader.Read(body, take) == nil {
			reader.Close(take)
		}
		if complete {
			checkGrammar(t, "written anew", written)
		}
	})
}
