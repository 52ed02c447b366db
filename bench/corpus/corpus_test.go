package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/llm"
)

// Every recorded call goes from its schema to each.
func TestRecordings(t *testing.T) {
	shared := os.Getenv("STROWGER_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded traffic in %s: set STROWGER_SHARED (%v)", dir, err)
	}
	var out bytes.Buffer
	wrong, err := run(&out, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if wrong > 0 {
		t.Errorf("%d checks have failed", wrong)
	}
	t.Logf("\n%s", out.String())
}

// A corpus of one recording that is what it says, and one that is not.
func TestVerdict(t *testing.T) {
	const good = `{"id":"x.01","provider":"p","api":"openai.chat","request":{"url":"https://x/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"hi"}]}},` +
		`"response":{"status":200,"body":{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}}}`
	for name, c := range map[string]struct {
		text string
		exit int
		says string
	}{
		"good":       {good, exitRight, "0 checks failed"},
		"no request": {strings.Replace(good, `"messages":[{"role":"user","content":"hi"}]`, `"messages":7`, 1), exitWrong, "request read: messages"},
		"no answer":  {strings.Replace(good, `"body":{"id":"c"`, `"body":"x","was":{"id":"c"`, 1), exitWrong, "WRONG"},
		"ineligible": {strings.Replace(good, `"model":"m","messages"`, `"model":"m","n":2,"messages"`, 1), exitRight, "not eligible for: n 1"},
		"aside":      {strings.Replace(good, `"content":"hi"`, `"content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]`, 1), exitRight, "compared but for: cache_control 1"},
		"no codec":   {strings.Replace(good, "openai.chat", "cohere.chat", 1), exitRight, "cohere.chat: no codec"},
	} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "p", "openai.chat"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "p", "openai.chat", "x.json"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		var out, log bytes.Buffer
		if exit := command(&out, &log, []string{"-corpus", dir}); exit != c.exit || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d, want %d and %q\n%s%s", name, exit, c.exit, c.says, out.String(), log.String())
		}
	}
	var out, log bytes.Buffer
	if exit := command(&out, &log, []string{"-corpus", t.TempDir()}); exit != exitUsage {
		t.Errorf("nothing to check: exit %d", exit)
	}
}

// What OpenAI requires, its own types tell.
func TestPublished(t *testing.T) {
	const whole = `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"logprobs":null,"message":{"role":"assistant","content":"yes","refusal":null},"finish_reason":"stop"}]}`
	const event = `data: {"type":"response.output_text.delta","sequence_number":1,"item_id":"i","output_index":0,"content_index":0,"delta":"a","logprobs":[]}` + "\n\n"
	for name, c := range map[string]struct {
		schema  llm.Schema
		stream  bool
		written string
		says    string // part of what is wrong; empty: nothing
	}{
		"whole":          {llm.SchemaOpenAI, false, whole, ""},
		"no id":          {llm.SchemaOpenAI, false, strings.Replace(whole, `"id":"c",`, ``, 1), ".id is missing"},
		"another object": {llm.SchemaOpenAI, false, strings.Replace(whole, "chat.completion", "chat", 1), ".object"},
		"a text as time": {llm.SchemaOpenAI, false, strings.Replace(whole, `"created":1`, `"created":"1"`, 1), ".created"},
		"no logprobs":    {llm.SchemaOpenAI, false, strings.Replace(whole, `"logprobs":null,`, ``, 1), "logprobs is missing"},
		"unknown":        {llm.SchemaOpenAI, false, strings.Replace(whole, `"id"`, `"x":1,"id"`, 1), ".x is unknown"},
		"event":          {llm.SchemaResponses, true, event, ""},
		"event, no item": {llm.SchemaResponses, true, strings.Replace(event, `"item_id":"i",`, ``, 1), ".item_id is missing"},
		"theirs":         {llm.SchemaGemini, false, `{}`, ""},
	} {
		err := published(c.schema, c.stream, []byte(c.written))
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
