package openai

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// put adds one chunk to an assembler.
func put(t *testing.T, a codec.Assembler, chunk string) {
	t.Helper()
	e := llm.Event{Schema: llm.SchemaOpenAI, Raw: []byte(chunk)}
	if err := readObject(&e, e.Raw, 0); err != nil {
		t.Fatal(err)
	}
	a.Add(&e)
	clear(e.Raw)
}

// What a provider can make us hold is bounded, and an answer beyond is none.
func TestAssembledIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		chunk func(i int) string
		n     int
		want  string
	}{
		"bytes": {func(int) string { return `{"choices":[{"delta":{"content":"` + strings.Repeat("x", 1<<20) + `"}}]}` }, 65, "64 MiB"},
		"choices": {func(i int) string {
			return `{"choices":[{"index":` + strconv.Itoa(i) + `,"delta":{}}]}`
		}, 129, "128 choices"},
		"calls": {func(i int) string {
			return `{"choices":[{"delta":{"tool_calls":[{"index":` + strconv.Itoa(i) + `}]}}]}`
		}, 1025, "1024 tool calls"},
	} {
		a := Codec{}.NewAssembler(&llm.Request{})
		for i := range c.n {
			if i == c.n/2 {
				if _, err := a.Whole(); err != nil {
					t.Fatalf("%s: after %d: %v", name, i, err)
				}
			}
			put(t, a, c.chunk(i))
		}
		_, err := a.Whole()
		if e, ok := err.(*llm.Error); !ok || e.Code != llm.CodeBadAnswer || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := Codec{}.NewAssembler(&llm.Request{})
	for i := range 200 {
		put(t, a, `{"a`+strconv.Itoa(i)+`":1,"choices":[{"delta":{"b`+strconv.Itoa(i)+`":2}}]}`)
	}
	e, err := a.Whole()
	if err != nil || bytes.Count(e.Raw, []byte(`"a`)) != maxMembers+1 || bytes.Count(e.Raw, []byte(`"b`)) != maxMembers {
		t.Errorf("of 200 names, %v: %s", err, e.Raw)
	}
}

// An answer can be had at any time, and goes on.
func TestAssembledInBetween(t *testing.T) {
	a := Codec{}.NewAssembler(&llm.Request{})
	for i, want := range []string{
		`{"object":"chat.completion","choices":[]}`,
		`{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":null}]}`,
		`{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"finish_reason":"stop"}]}`,
	} {
		if e, err := a.Whole(); err != nil || string(e.Raw) != want || !e.Whole || e.Choices != (i > 0) {
			t.Errorf("%d: %v %s", i, err, e.Raw)
		}
		put(t, a, `{"id":"`+strconv.Itoa(i+1)+`","choices":[{"delta":{"content":"`+"abc"[i:i+1]+`"},"finish_reason":`+[]string{"null", `"stop"`, "null"}[i]+`}]}`)
	}
}
