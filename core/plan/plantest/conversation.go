package plantest

import (
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/jsonout"
)

// asks are what users ask for: easy and hard, in several languages, and what goes on with
// what was said before.
var asks = []string{
	"go on", "yes", "thanks, and now do it again", "hi",
	"What is the capital of France?", "Translate into German: \"the cat sat on the mat\".",
	"Prove that every finite integral domain is a field, and give a counterexample for infinite ones.",
	"Write a poem about the sea\nin four lines, with rhymes, in the style of Heine.",
	"The test in main.go fails:\n```go\nfunc TestX(t *testing.T) { t.Fatal(\"x\") }\n```\nFind out why and fix it.",
	"Löse x^3 - 6x^2 + 11x - 6 = 0 und erkläre jeden Schritt.", "このコードを説明してください。", "请证明根号二是无理数。",
	"<system-reminder>The file has changed.</system-reminder>Refactor the parser so that it reports every error with its place.",
}

var callable = []string{"read_file", "edit_file", "bash", "search", "frobnicate"}

var results = []string{"done", "package main", "Error: no such file", `{"error": "denied"}`, ""}

// Conversation makes the bodies of the requests of a conversation, for models that auto mode
// chooses: each goes on from the one before it, by what the user says or by a tool's results,
// or is the same once more. None of them is a stream.
func (c *Case) Conversation(turns int) (bodies [][]byte) {
	g := generator{random: random{c.Seed}}
	var head, messages jsonout.Writer
	head.Begin('{')
	head.String("model", g.of("auto", "auto", "auto:cost", "auto:quality", "auto:speed", "auto:floor"))
	if g.one(2) {
		head.BeginAt("model_routing_config", '{')
		if models := g.some(ids(&c.Config)); len(models) > 0 {
			head.Strings("models", models)
		}
		head.String("preference", g.of(pool.PreferenceNames()...))
		head.End('}')
	}
	if g.one(3) {
		head.String("session_id", "s")
	}
	if g.one(2) {
		head.Raw("tools", []byte(`[{"type":"function","function":{"name":"read_file","parameters":{"type":"object"}}}]`))
	}
	if g.one(4) {
		head.Raw("provider", g.provider(&c.Config))
	}
	say := func(role, text string) {
		messages.Begin('{')
		messages.String("role", role)
		messages.String("content", text)
		messages.End('}')
	}
	if g.one(2) {
		say("system", strings.Repeat("You are an agent. ", g.below(200)))
	}
	say("user", strings.Repeat(g.of(asks...)+" ", 1+g.below(3)*g.below(100)))
	for n := range turns {
		switch {
		case n == 0 || g.one(6): // the same once more
		case g.one(2):
			g.calls(&messages, n)
		default:
			say("assistant", "Well.")
			say("user", g.of(asks...))
		}
		body := append(append(head.Buf[:len(head.Buf):len(head.Buf)], `,"messages":[`...), messages.Buf...)
		bodies = append(bodies, append(body, "]}"...))
	}
	return bodies
}

// calls is a message with calls of tools, and their results.
func (g *generator) calls(w *jsonout.Writer, n int) {
	calls := 1 + g.below(3)
	id := func(i int) string { return string(rune('a'+n)) + string(rune('a'+i)) }
	w.Begin('{')
	w.String("role", "assistant")
	w.BeginAt("tool_calls", '[')
	for i := range calls {
		w.Begin('{')
		w.String("id", id(i))
		w.String("type", "function")
		w.BeginAt("function", '{')
		w.String("name", g.of(callable...))
		w.String("arguments", g.of(`{"path":"a"}`, `{"path":"b"}`))
		w.End('}')
		w.End('}')
	}
	w.End(']')
	w.End('}')
	for i := range calls {
		w.Begin('{')
		w.String("role", "tool")
		w.String("tool_call_id", id(i))
		w.String("content", g.of(results...))
		w.End('}')
	}
}

// Answer is a whole answer of a provider of that schema.
func Answer(schema string) []byte {
	switch schema {
	case "anthropic":
		return []byte(`{"id":"m","type":"message","role":"assistant","model":"up","content":[{"type":"text","text":"Well."}],"stop_reason":"end_turn","usage":{"input_tokens":90,"output_tokens":5}}`)
	case "gemini":
		return []byte(`{"candidates":[{"content":{"role":"model","parts":[{"text":"Well."}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":90,"candidatesTokenCount":5,"totalTokenCount":95}}`)
	case "openai-responses":
		return []byte(`{"id":"r","object":"response","status":"completed","model":"up","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Well.","annotations":[]}]}],"usage":{"input_tokens":90,"output_tokens":5,"total_tokens":95}}`)
	}
	return []byte(`{"id":"c","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant","content":"Well."},"finish_reason":"stop"}],"usage":{"prompt_tokens":90,"completion_tokens":5,"total_tokens":95}}`)
}
