package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"strowger/core/llm"
)

func corpus(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("STROWGER_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded traffic in %s: set STROWGER_SHARED (%v)", dir, err)
	}
	return dir
}

// Every token that a provider has stated is counted, in every recording.
func TestRecordings(t *testing.T) {
	var out bytes.Buffer
	wrong, err := run(&out, corpus(t))
	if err != nil {
		t.Fatal(err)
	}
	if wrong > 0 {
		t.Errorf("%d recordings are wrong", wrong)
	}
	t.Logf("\n%s", out.String())
}

// file is a recording as it lies in a corpus.
func file(api, body, sse string) []byte {
	answer := `"body":` + body
	if sse != "" {
		answer = `"sse":` + strconv.Quote(sse)
	}
	return []byte(`{"id":"x","provider":"p","api":"` + api + `","response":{"status":200,` + answer + `}}`)
}

// What a recording states is understood by its shape, without the readers.
func TestStated(t *testing.T) {
	for name, c := range map[string]struct {
		api, body, sse string
		want           stated
	}{
		"nothing": {api: "openai.chat", body: `{"choices":[]}`, want: nothing()},
		"chat": {api: "openai.chat", body: `{"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}}`,
			want: stated{schema: chat, total: 11, input: 5, output: 6, read: 2, written: -1, reasons: 3, hour: -1}},
		"responses": {api: "openai.chat", sse: "event: a\ndata: {\"type\":\"a\",\"response\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":6,\"total_tokens\":11}}}\n\n",
			want: stated{schema: responses, total: 11, input: 5, output: 6, read: -1, written: -1, reasons: -1, hour: -1}},
		"messages": {api: "anthropic.messages", sse: "data: {\"message\":{\"usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":4,\"cache_creation\":{\"ephemeral_1h_input_tokens\":3},\"output_tokens\":1}}}\n\ndata: {\"usage\":{\"output_tokens\":9}}\n\n",
			want: stated{schema: anthropic, total: -1, input: 5, output: 9, read: -1, written: 4, reasons: -1, hour: 3}},
		"gemini": {api: "gemini.streamGenerateContent", sse: "data: {\"usageMetadata\":{\"promptTokenCount\":5,\"toolUsePromptTokenCount\":2,\"candidatesTokenCount\":6,\"thoughtsTokenCount\":1,\"totalTokenCount\":14}}\r\n\r\n",
			want: stated{schema: gemini, total: 14, input: 7, output: 7, read: -1, written: -1, reasons: 1, hour: -1}},
		"bedrock": {api: "bedrock.converse", body: `{"usage":{"inputTokens":1}}`, want: stated{why: "Bedrock's converse, which is no schema of ours", total: -1, input: -1, output: -1, read: -1, written: -1, reasons: -1, hour: -1}},
		"cohere":  {api: "cohere.chat", body: `{"usage":{"billed_units":{"input_tokens":1}}}`, want: stated{why: "Cohere's own chat, which is no schema of ours", total: -1, input: -1, output: -1, read: -1, written: -1, reasons: -1, hour: -1}},
	} {
		r, err := decode(file(c.api, c.body, c.sse))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, ok := statedBy(&r); got != c.want || ok != (c.want != nothing()) {
			t.Errorf("%s: %v %+v, want %+v", name, ok, got, c.want)
		}
		if res := check(&r); len(res.faults) > 0 {
			t.Errorf("%s: %s", name, res.why())
		}
	}
}

// What is no JSON states nothing, and is not passed over in silence.
func TestBrokenRecording(t *testing.T) {
	r, err := decode(file("openai.responses", "", "data: {\"response\":{\"usage\":{\"input_tokens\":5}}\n\ndata: [DONE]\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := check(&r); !got.stated || got.unread == "" || len(got.faults) > 0 {
		t.Errorf("%+v", got)
	}
}

// A single token that is counted wrongly is reported, in whichever bucket.
func TestWrongIsSeen(t *testing.T) {
	s := stated{schema: chat, total: 30, input: 20, output: 10, read: 4, written: 3, reasons: 2, hour: -1}
	right := llm.Usage{Known: true, Input: 13, CacheRead: 4, CacheWrite: 3, Output: 8, Reasoning: 2}
	for name, change := range map[string]func(*llm.Usage){
		"":       func(*llm.Usage) {},
		"input":  func(u *llm.Usage) { u.Input++ },
		"read":   func(u *llm.Usage) { u.CacheRead--; u.Input++ },
		"write":  func(u *llm.Usage) { u.CacheWrite--; u.Input++ },
		"moved":  func(u *llm.Usage) { u.Input--; u.Output++ },
		"reason": func(u *llm.Usage) { u.Output--; u.Reasoning++ },
		"none":   func(u *llm.Usage) { *u = llm.Usage{} },
	} {
		got := right
		change(&got)
		var out result
		out.compare(s, got)
		if (len(out.faults) == 0) != (name == "") || (out.off == 0) != (name == "") {
			t.Errorf("%s: %d tokens, %q", name, out.off, out.why())
		}
	}
	s = stated{schema: anthropic, total: -1, input: 20, output: 10, read: 4, written: 3, reasons: -1, hour: 1}
	var out result
	if out.compare(s, llm.Usage{Known: true, Input: 20, CacheRead: 4, CacheWrite: 3, Output: 10}); out.off != 1 {
		t.Errorf("an hour's cache: %s", out.why())
	}
}

// The report counts and names what is wrong and what is not read.
func TestReport(t *testing.T) {
	var p report
	one := &recording{id: "one", provider: "p", api: "a"}
	p.add(result{recording: one, stated: true, total: true, tokens: 5})
	p.add(result{recording: one, stated: true, tokens: 7, off: 2, faults: []string{"the total is 7, stated 5"}})
	p.add(result{recording: &recording{provider: "q", api: "b"}, stated: true, unread: "something else"})
	p.add(result{recording: one})
	p.add(result{recording: one, stated: true, odd: []string{"too much"}})
	var out bytes.Buffer
	p.print(&out)
	for _, want := range []string{"wrong: one: the total is 7, stated 5", "not read: something else, 1 recordings",
		"not compared: p states too much, 1 recordings", "12 tokens in 3 recordings, of which 1 state a total; 2 tokens wrong in 1 recordings; 1 recordings not read; 1 without usage"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	dir := t.TempDir()
	for args, want := range map[string]int{"-corpus " + dir: exitUsage, "-nonsense": exitUsage, "too much": exitUsage, "-help": exitRight} {
		if code := command(&out, io.Discard, strings.Fields(args)); code != want {
			t.Errorf("%s: exit code %d, want %d", args, code, want)
		}
	}
	bad := filepath.Join(dir, "p", "openai.chat")
	if err := os.MkdirAll(bad, 0o755); err != nil {
		t.Fatal(err)
	}
	text := file("openai.chat", `{"choices":[],"usage":{"prompt_tokens":-5,"completion_tokens":6,"total_tokens":1}}`, "")
	if !json.Valid(text) || os.WriteFile(filepath.Join(bad, "x.json"), text, 0o644) != nil {
		t.Fatal("cannot write")
	}
	if code := command(&out, io.Discard, []string{"-corpus", dir}); code != exitWrong {
		t.Errorf("an impossible count: exit code %d", code)
	}
}
