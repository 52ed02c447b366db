package openai

import (
	"bytes"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

func ignore(*llm.Event) {}

// An HTML page in place of a stream is told at its first byte: the next candidate need
// not wait for the end of the page.
func TestStreamThatIsHTMLFailsAtOnce(t *testing.T) {
	r := Codec{}.NewReader(&llm.Request{Stream: true}, true)
	if err := r.Read([]byte("\n"), ignore); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Read([]byte("<html>"), ignore); err == nil || !strings.Contains(err.Error(), "HTML") {
			t.Errorf("read: %v", err)
		}
	}
	if err := r.Close(ignore); err == nil {
		t.Error("closed well")
	}
}

func TestEventThatIsTooLong(t *testing.T) {
	r := Codec{}.NewReader(&llm.Request{Stream: true}, true)
	piece := bytes.Repeat([]byte("x"), 1<<20)
	err := r.Read([]byte("data: "), ignore)
	for n := 0; err == nil && n <= 2*codec.MaxFrame; n += len(piece) {
		err = r.Read(piece, ignore)
	}
	e, ok := err.(*llm.Error)
	if !ok || e.Code != llm.CodeBadAnswer || r.Close(ignore) == nil {
		t.Errorf("error %v", err)
	}
}

// A chunk is read and written without allocating.
func TestChunkDoesNotAllocate(t *testing.T) {
	req := &llm.Request{Schema: llm.SchemaOpenAI, Stream: true, WantUsage: true, WantCost: true}
	r, w := Codec{}.NewReader(req, req.Stream), Codec{}.NewWriter(req)
	chunk := []byte(strings.Replace(benchChunk, `"usage":null`, `"usage":{"prompt_tokens":1,"completion_tokens":1}`, 1))
	var out []byte
	emit := func(e *llm.Event) { out = w.Append(out[:0], e, &codec.Answer{Model: "a/b", Cost: 5, Priced: true}) }
	if n := testing.AllocsPerRun(100, func() {
		if err := r.Read(chunk, emit); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if !bytes.Contains(out, []byte(`"cost":0.000005}`)) {
		t.Errorf("written %s", out)
	}
}
