package openai

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

var deltaNames = [...]string{"none", "text", "thought", "signature", "redacted", "refusal", "call", "arguments", "media", "end", "embedding", "other"}

// TestDeltas reads the chunks of testdata/golden/deltas.txt as for a caller of another schema.
// A stream is made of lines that begin with chunk:, an answer that is none of one with answer:.
func TestDeltas(t *testing.T) {
	text, err := os.ReadFile("testdata/golden/deltas.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	req := &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Stream: true}
	show := func(e *llm.Event) {
		if e.Finish != llm.FinishNone {
			fmt.Fprintf(&out, "  finish %v\n", e.Finish)
		}
		for _, d := range e.Deltas {
			fmt.Fprintf(&out, "  %s %d.%d", deltaNames[d.Kind], d.Choice, d.Block)
			if len(d.ID)+len(d.Name) > 0 {
				fmt.Fprintf(&out, " %s %s", d.ID, d.Name)
			}
			fmt.Fprintf(&out, " %q", d.Text)
			if d.Finish != llm.FinishNone {
				fmt.Fprintf(&out, " %v", d.Finish)
			}
			out.WriteString("\n")
		}
	}
	r := Codec{}.NewReader(req, true)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line + "\n")
		verb, data, _ := strings.Cut(line, ": ")
		switch verb {
		case "chunk":
			err = r.Read([]byte("data: "+data+"\n\n"), show)
		case "answer":
			whole := Codec{}.NewReader(req, false)
			if err = whole.Read([]byte(data), show); err == nil {
				err = whole.Close(show)
			}
		default:
			r = Codec{}.NewReader(req, true)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	golden(t, "deltas.txt", out.String())
}

// The answer so far stands behind the prompt of a completion, if that is one text; nobody could
// go on with others.
func TestCompletionPrefill(t *testing.T) {
	for body, want := range map[string]string{
		`{"prompt": "Once \"" ,"model":"m"}`:      `{"prompt": "Once \" upon\n" ,"model":"m"}`,
		`{"prompt":[ "Once" ],"model":"m"}`:       `{"prompt":[ "Once upon\n" ],"model":"m"}`,
		`{"model":"m","prompt":["a","b"]}`:        "",
		`{"model":"m","prompt":[1,2]}`:            "",
		`{"model":"m","prompt":[[1,2]],"stop":1}`: "",
	} {
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationCompletion}, []byte(body))
		if refusal != nil {
			t.Fatal(refusal)
		}
		sent := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: "m", Prefill: []byte(" upon\n")}))
		if want != "" && sent != want || want == "" && sent != body {
			t.Errorf("%s is sent %s", body, sent)
		}
		plain := false
		r := Codec{}.NewReader(req, true)
		if err := r.Read([]byte(`data: {"choices":[{"text":"a","index":0}]}`+"\n\n"), func(e *llm.Event) { plain = e.Plain }); err != nil || plain != (want != "") {
			t.Errorf("%s: an event is plain: %v (%v)", body, plain, err)
		}
	}
}
