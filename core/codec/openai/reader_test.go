package openai

import (
	"strings"
	"testing"
	"unicode/utf8"

	"strowger/core/codec"
	"strowger/core/llm"
)

func TestAnswerThatIsTooLarge(t *testing.T) {
	for _, stream := range []bool{false, true} {
		r := Codec{}.NewReader(&llm.Request{Stream: stream}, stream)
		piece := []byte("{" + strings.Repeat(" ", 8<<20))
		var err error
		for n := 0; err == nil && n <= 2*codec.MaxAnswer; n += len(piece) {
			err = r.Read(piece, ignore)
		}
		if err == nil || !strings.Contains(err.Error(), "64 MiB") {
			t.Errorf("stream %v: error %v", stream, err)
		}
	}
}

func TestCostThatIsUnknownIsNull(t *testing.T) {
	req := &llm.Request{Schema: llm.SchemaOpenAI, WantCost: true}
	r, w := Codec{}.NewReader(req, req.Stream), Codec{}.NewWriter(req)
	if err := r.Read([]byte(`{"model":"x","choices":[{}],"usage":{"prompt_tokens":1}}`), ignore); err != nil {
		t.Fatal(err)
	}
	var out []byte
	if err := r.Close(func(e *llm.Event) { out = w.Append(nil, e, &codec.Answer{Model: "a/b"}) }); err != nil {
		t.Fatal(err)
	}
	if want := `{"model":"a/b","system_fingerprint":"","choices":[{}],"usage":{"prompt_tokens":1,"cost":null}}`; string(out) != want {
		t.Errorf("written %s", out)
	}
}

// However long an unreadable body is, little of it is repeated, and no half character.
func TestUnreadableBodyIsRepeatedInPart(t *testing.T) {
	for i := range 5 {
		body := strings.Repeat("x", 196+i) + strings.Repeat("€😀", 1000)
		e := Codec{}.ReadError(500, []byte(body))
		text := strings.TrimPrefix(e.Message, "the provider answered 500 with text: ")
		if !utf8.ValidString(text) || strings.Contains(text, "?") || len(text) > codec.MaxOpening || len(text) < codec.MaxOpening-4 {
			t.Errorf("%d bytes in front: %d bytes %q", 196+i, len(text), text)
		}
	}
}

func TestErrorThatIsANumber(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":0,"choices":[]}`: false, `{"error":500,"message":"it broke"}`: true, `{"error":false}`: false, `{"error":[]}`: false,
	} {
		var e llm.Event
		if err := codec.ReadBody(grammar{}, &e, []byte(body)); err != nil || (e.Err != nil) != want {
			t.Errorf("%s: %v, error %v", body, err, e.Err)
		}
	}
}
