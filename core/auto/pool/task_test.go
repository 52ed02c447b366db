package pool_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/router"
)

// task reads the task of a body.
func task(t testing.TB, s llm.Schema, body, key string) pool.Task {
	t.Helper()
	in := router.Ingress(s)
	r, err := in.ReadRequest(codec.Asked{Operation: llm.OperationChat, Model: "m"}, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body[:min(len(body), 300)], err)
	}
	p, err := in.ReadPrompt(r)
	if err != nil {
		t.Fatalf("%s: %v", body[:min(len(body), 300)], err)
	}
	return pool.Read(r, p, key)
}

// step is one message of a conversation: words of the user, words of the model, a call of the
// model, or a result.
type step struct{ user, says, call, result string }

const hard = "Prove that every finite integral domain is a field, and then write a Go program that checks the axioms for Z/nZ with n up to 1000; explain its complexity."

// conversations are some that every schema can say.
var conversations = map[string][]step{
	"one":  {{user: hard}},
	"easy": {{user: "What is the capital of France?"}},
	"carried": {
		{user: hard}, {says: "First the proof. Let R be a finite integral domain."}, {user: "go on"},
	},
	"loop": {
		{user: hard}, {call: "read_file"}, {result: "package main"}, {call: "edit_file"}, {result: "Error: no such file"},
	},
	"after": {
		{user: hard}, {call: "bash"}, {result: "ok"}, {says: "Done."}, {user: "Übersetze die Erklärung bitte noch ins Deutsche, mit „Anführungszeichen“ und <b>Fettschrift</b>."},
	},
}

// bodies writes a conversation in every schema, with a system prompt and the schemas of tools.
func bodies(steps []step, system string, tools int) map[llm.Schema]string {
	chat, items, blocks, contents := []any{}, []any{}, []any{}, []any{}
	if system != "" {
		chat = append(chat, obj{"role": "system", "content": system})
	}
	for i, s := range steps {
		id := fmt.Sprint("call_", i)
		args := obj{"path": "main.go"}
		switch {
		case s.user != "":
			chat = append(chat, obj{"role": "user", "content": s.user})
			items = append(items, obj{"role": "user", "content": []any{obj{"type": "input_text", "text": s.user}}})
			blocks = append(blocks, obj{"role": "user", "content": []any{obj{"type": "text", "text": s.user}}})
			contents = append(contents, obj{"role": "user", "parts": []any{obj{"text": s.user}}})
		case s.says != "":
			chat = append(chat, obj{"role": "assistant", "content": s.says})
			items = append(items, obj{"role": "assistant", "content": s.says})
			blocks = append(blocks, obj{"role": "assistant", "content": s.says})
			contents = append(contents, obj{"role": "model", "parts": []any{obj{"text": s.says}}})
		case s.call != "":
			quoted, _ := json.Marshal(args)
			chat = append(chat, obj{"role": "assistant", "tool_calls": []any{obj{"id": id, "type": "function", "function": obj{"name": s.call, "arguments": string(quoted)}}}})
			items = append(items, obj{"type": "function_call", "call_id": id, "name": s.call, "arguments": string(quoted)})
			blocks = append(blocks, obj{"role": "assistant", "content": []any{obj{"type": "tool_use", "id": id, "name": s.call, "input": args}}})
			contents = append(contents, obj{"role": "model", "parts": []any{obj{"functionCall": obj{"id": id, "name": s.call, "args": args}}}})
		default:
			id = fmt.Sprint("call_", i-1)
			chat = append(chat, obj{"role": "tool", "tool_call_id": id, "content": s.result})
			items = append(items, obj{"type": "function_call_output", "call_id": id, "output": s.result})
			blocks = append(blocks, obj{"role": "user", "content": []any{obj{"type": "tool_result", "tool_use_id": id, "content": s.result}}})
			contents = append(contents, obj{"role": "user", "parts": []any{obj{"functionResponse": obj{"id": id, "name": steps[i-1].call, "response": obj{"result": s.result}}}}})
		}
	}
	var ofChat, ofResponses, ofAnthropic, ofGemini []any
	for i := range tools {
		name, about, schema := fmt.Sprint("tool", i), strings.Repeat("Reads and writes a file. ", 30), obj{"type": "object", "properties": obj{"path": obj{"type": "string"}}}
		ofChat = append(ofChat, obj{"type": "function", "function": obj{"name": name, "description": about, "parameters": schema}})
		ofResponses = append(ofResponses, obj{"type": "function", "name": name, "description": about, "parameters": schema})
		ofAnthropic = append(ofAnthropic, obj{"name": name, "description": about, "input_schema": schema})
		ofGemini = append(ofGemini, obj{"name": name, "description": about, "parameters": schema})
	}
	return map[llm.Schema]string{
		llm.SchemaOpenAI:    write(obj{"model": "m", "messages": chat, "tools": ofChat}),
		llm.SchemaResponses: write(obj{"model": "m", "input": items, "instructions": system, "tools": ofResponses}),
		llm.SchemaAnthropic: write(obj{"model": "m", "max_tokens": 9, "messages": blocks, "system": system, "tools": ofAnthropic}),
		llm.SchemaGemini:    write(obj{"contents": contents, "systemInstruction": obj{"parts": []any{obj{"text": system}}}, "tools": []any{obj{"functionDeclarations": ofGemini}}}),
	}
}

type obj map[string]any

// write is o as JSON, without members that say nothing.
func write(o obj) string {
	for k, v := range o {
		if v == "" || fmt.Sprint(v) == "[]" || k == "tools" && fmt.Sprint(v) == "[map[functionDeclarations:[]]]" || k == "systemInstruction" && fmt.Sprint(v) == "map[parts:[map[text:]]]" {
			delete(o, k)
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// what is what of a task does not depend on a schema.
func what(t pool.Task) string {
	return fmt.Sprintf("%+v %d %d %+v %t %t", t.Reading, t.Difficulty, t.Carried, t.Tools, t.Words, t.Begins)
}

// TestSchemasAreReadAlike: the same conversation is the same task in every schema, whatever
// stands in the system prompt and however many tools there are.
func TestSchemasAreReadAlike(t *testing.T) {
	long := strings.Repeat("You are a helpful agent. Prove theorems! ```go\nfunc main() {}\n``` Never fail. ", 260) // 20 KB
	for name, steps := range conversations {
		want := what(task(t, llm.SchemaOpenAI, bodies(steps, "", 0)[llm.SchemaOpenAI], ""))
		for _, tools := range []int{0, 40} {
			for _, system := range []string{"", long} {
				for s, body := range bodies(steps, system, tools) {
					if got := what(task(t, s, body, "")); got != want {
						t.Errorf("%s in %s with %d tools and %d bytes of instructions\n got  %s\n want %s", name, s, tools, len(system), got, want)
					}
				}
			}
		}
	}
}

func chatTask(t *testing.T, steps ...step) pool.Task {
	t.Helper()
	return task(t, llm.SchemaOpenAI, bodies(steps, "", 0)[llm.SchemaOpenAI], "")
}

// TestTools counts what has been called since the user's newest words.
func TestTools(t *testing.T) {
	call := func(name string) step { return step{call: name} }
	ok, bad := step{result: "fine"}, step{result: "Error: denied"}
	for name, c := range map[string]struct {
		steps []step
		want  pool.Tools
	}{
		"none":     {[]step{{user: hard}}, pool.Tools{}},
		"loop":     {[]step{{user: hard}, call("read"), ok}, pool.Tools{Calls: 1, Reads: 1, Loop: true}},
		"failed":   {[]step{{user: hard}, call("edit"), bad}, pool.Tools{Calls: 1, Writes: 1, Failed: 1, Loop: true, LastFailed: true}},
		"before":   {[]step{{user: hard}, call("edit"), bad, call("edit"), ok}, pool.Tools{Calls: 2, Writes: 2, Failed: 1, Repeated: 1, Loop: true}},
		"answered": {[]step{{user: hard}, call("edit"), bad, {says: "It failed."}, {user: "Then try something else please, with another editor and other rights than before."}}, pool.Tools{}},
		// Words of the user behind results do not end the loop: the results have not been answered.
		"interrupted": {[]step{{user: hard}, call("edit"), bad, {user: "Stop that, and write the result into another file instead of this one."}}, pool.Tools{Loop: true, LastFailed: true}},
		"short":       {[]step{{user: hard}, call("edit"), ok, {says: "Done."}, {user: "go on"}, call("read"), ok}, pool.Tools{Calls: 1, Reads: 1, Loop: true}},
		"reminded":    {[]step{{user: hard}, call("edit"), ok, {user: "<system-reminder>The file has changed.</system-reminder>"}}, pool.Tools{Calls: 1, Writes: 1, Loop: true}},
	} {
		if got := chatTask(t, c.steps...).Tools; got != c.want {
			t.Errorf("%s:\n got  %+v\n want %+v", name, got, c.want)
		}
	}
	many := []step{{user: hard}}
	for range 200 {
		many = append(many, call("read"), ok)
	}
	if got := chatTask(t, many...).Tools; got.Calls != 200 || got.Repeated != 199 {
		t.Errorf("got %+v", got)
	}
}

// TestDifficulty: tool calls that go wrong raise it, and turns that only say "go on" have the
// difficulty of what they go on with.
func TestDifficulty(t *testing.T) {
	one, easy := chatTask(t, step{user: hard}), chatTask(t, step{user: "hi"})
	on := chatTask(t, step{user: hard}, step{says: "Yes."}, step{user: "yes"}, step{says: "Well."}, step{user: "go on"})
	if one.Difficulty <= easy.Difficulty || on.Difficulty != one.Difficulty || on.Carried != 2 || on.Reading != one.Reading {
		t.Errorf("hard %d, easy %d, carried %d over %d", one.Difficulty, easy.Difficulty, on.Difficulty, on.Carried)
	}
	failing := chatTask(t, step{user: hard}, step{call: "edit"}, step{result: "Error: denied"}, step{call: "edit"}, step{result: "Error: denied"})
	want := one.Difficulty
	for _, a := range (auto.Tools{Calls: 2, Errors: 2, Repeated: 1, Writes: 2}).Adjust(nil) {
		want += a.Points
	}
	if want = min(max(want, 0), 1000); failing.Difficulty != want {
		t.Errorf("failing calls: %d, want %d", failing.Difficulty, want)
	}
	old := []step{{user: hard}}
	for range 6 {
		old = append(old, step{says: "Well."}, step{user: "go on"})
	}
	if got := chatTask(t, old...); got.Carried != 3 {
		t.Errorf("carried over %d turns of four", got.Carried)
	}
}

// TestConversation tells which requests belong together.
func TestConversation(t *testing.T) {
	base := `"model":"m","messages":[{"role":"system","content":"You help."},{"role":"user","content":"Prove it."}`
	next := base + `,{"role":"assistant","content":"No."},{"role":"user","content":"Why not?"}`
	read := func(body, key string) pool.Task { return task(t, llm.SchemaOpenAI, body, key) }
	first := read("{"+base+"]}", "ann")
	if first.Conversation == 0 || first.Conversation != first.Thread || !first.Begins || !first.Words {
		t.Fatalf("%+v", first)
	}
	for body, same := range map[string]bool{
		"{" + next + "]}":                  true,
		"{" + next + `],"user":"x"}`:       false,
		"{" + base + `],"temperature":1}`:  true,
		"{" + base + `],"session_id":"s"}`: false,
		`{"model":"m","messages":[{"role":"system","content":"You help."},{"role":"user","content":"Prove it!"}]}`: false,
		`{"model":"m","messages":[{"role":"system","content":"You harm."},{"role":"user","content":"Prove it."}]}`: false,
		`{"model":"m","messages":[{"role":"assistant","content":"You help."}]}`:                                    false,
		"{" + base + `,{"role":"user","content":"Now."}]}`:                                                         false,
		"{" + base + `,{"role":"assistant","content":"No."},{"role":"system","content":"Be brief."}],"top_p":0.5}`: true,
	} {
		got := read(body, "ann")
		if (got.Conversation == first.Conversation) != same {
			t.Errorf("%s: the same is %v", body, !same)
		}
	}
	if read("{"+base+"]}", "bob").Conversation == first.Conversation {
		t.Error("a conversation reaches across client keys")
	}
	if nothing := read(`{"model":"m","messages":[{"role":"assistant","content":"You help."}]}`, ""); nothing.Conversation != 0 || nothing.Thread != 0 {
		t.Errorf("a conversation of nothing: %+v", nothing)
	}
	// Named ones stay the same whatever is said; their threads begin alike.
	named, other := read("{"+next+`],"session_id":"s"}`, ""), read(`{"session_id":"s","model":"m","messages":[{"role":"user","content":"A title, please."}]}`, "")
	cached, again := read("{"+next+`],"prompt_cache_key":"s"}`, ""), read("{"+base+`],"session_id":"s"}`, "")
	tools := read("{"+base+`],"session_id":"s","tools":[{"type":"function","function":{"name":"f"}}]}`, "")
	if named.Conversation != other.Conversation || named.Conversation != cached.Conversation || named.Thread == other.Thread || named.Thread != again.Thread || tools.Thread == again.Thread {
		t.Errorf("named %x %x, other %x %x, again %x, with tools %x", named.Conversation, named.Thread, other.Conversation, other.Thread, again.Thread, tools.Thread)
	}
}

// TestQuestion: the same messages are the same question, anything else is another.
func TestQuestion(t *testing.T) {
	seen := map[uint64]string{}
	long := strings.Repeat("x", 300<<10)
	for _, messages := range []string{
		`{"role":"user","content":"a"}`,
		`{"role":"user","content":"b"}`,
		`{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"a"}`,
		`{"role":"user","content":"a"},{"role":"assistant","content":"c"},{"role":"user","content":"a"}`,
		`{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}`,
		`{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAB"}}]}`,
		`{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"x"}`,
		`{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"y"}`,
		`{"role":"user","content":"` + long + `"},{"role":"assistant","content":"b"},{"role":"user","content":"a"}`,
		`{"role":"user","content":"` + long + `"},{"role":"assistant","content":"b"},{"role":"user","content":"b"}`,
	} {
		q := task(t, llm.SchemaOpenAI, `{"model":"m","messages":[`+messages+`]}`, "").Question
		if was, ok := seen[q]; ok {
			t.Errorf("the same question:\n %s\n %s", was[:min(len(was), 100)], messages[:min(len(messages), 100)])
		}
		seen[q] = messages
		if again := task(t, llm.SchemaOpenAI, `{"temperature":0,"messages":[`+messages+`],"model":"n"}`, "x").Question; again != q {
			t.Errorf("%s: another question", messages[:min(len(messages), 100)])
		}
	}
}

// TestUnread: of a prompt that cannot be read nothing is known but whose it is, if it has a name.
func TestUnread(t *testing.T) {
	if got := pool.Read(&llm.Request{}, nil, "k"); got != (pool.Task{Unread: true}) {
		t.Errorf("got %+v", got)
	}
	body := `{"model":"m","session_id":"s","messages":[{"role":"user","content":"Why?"}]}`
	got, read := pool.Read(&llm.Request{Session: "s"}, nil, "k"), task(t, llm.SchemaOpenAI, body, "k")
	want := pool.Task{Unread: true, Named: true, Conversation: read.Conversation, Thread: read.Conversation}
	if got != want || read.Thread == read.Conversation || got.Calling([]byte("call_1")) != got.Thread {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestNothingSaid: who says nothing asks for nothing, unless there is something to look at.
func TestNothingSaid(t *testing.T) {
	for messages, want := range map[string]int32{
		`{"role":"system","content":"Prove it."},{"role":"user","content":" "}`:                                           0,
		`{"role":"user","content":"…"}`:                                                                                   0,
		`{"role":"user","content":[{"type":"text","text":""},{"type":"image_url","image_url":{"url":"http://x/y.png"}}]}`: 500,
		`{"role":"user","content":"<system-reminder>` + strings.Repeat("Prove it. ", 20) + `</system-reminder>"}`:         500,
		`{"role":"tool","tool_call_id":"a","content":"package main"}`:                                                     500,
	} {
		in := router.Ingress(llm.SchemaOpenAI)
		r, err := in.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(`{"model":"m","messages":[`+messages+`]}`))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := in.ReadPrompt(r)
		if got := pool.Read(r, p, ""); got.Difficulty != want || got.Unread || got.Conversation == 0 && got.Words {
			t.Errorf("%s: %d, want %d: %+v", messages[:min(len(messages), 100)], got.Difficulty, want, got)
		}
	}
}

// TestAgentsWithoutAName: instructions that change with every request do not matter where there
// are tools, and the first call tells those apart who were given the same task.
func TestAgentsWithoutAName(t *testing.T) {
	steps := []step{{user: hard}, {call: "read"}, {result: "ok"}, {says: "Done."}, {user: "Thanks. And now?"}}
	for s := range bodies(steps, "", 0) {
		read := func(n int, system string, tools int) pool.Task {
			return task(t, s, bodies(steps[:n], system, tools)[s], "k")
		}
		first, later := read(1, "It is 12:00.", 2), read(3, "It is 12:01.", 2)
		if first.Conversation != later.Conversation || first.Named || !first.Begins || later.Begins {
			t.Errorf("%s: %+v\n%+v", s, first, later)
		}
		if first.Thread != first.Conversation || later.Thread == first.Thread || later.Thread != first.Calling([]byte("call_1")) || later.Calling([]byte("call_9")) != later.Thread {
			t.Errorf("%s: %x, then %x", s, first.Thread, later.Thread)
		}
		if last := read(5, "It is 12:02.", 2); last.Thread != later.Thread {
			t.Errorf("%s: %x, then %x", s, later.Thread, last.Thread)
		}
		if a, b := read(1, "It is 12:00.", 0), read(1, "It is 12:01.", 0); a.Conversation == b.Conversation || a.Conversation == first.Conversation {
			t.Errorf("%s: instructions do not matter without tools", s)
		}
		if loop := read(3, "It is 12:03.", 0); loop.Conversation != first.Conversation {
			t.Errorf("%s: tools that are not declared again make another conversation", s)
		}
	}
}

// TestManyMessages: of more messages than are looked at the newest and their number count.
func TestManyMessages(t *testing.T) {
	say := func(n int, first, last string) uint64 {
		steps := []step{{user: first}}
		for range n {
			steps = append(steps, step{says: "Well."}, step{user: "And?"})
		}
		return chatTask(t, append(steps, step{says: "Well."}, step{user: last})...).Question
	}
	same := say(300, "Why?", "So?")
	if say(300, "Why?", "So?") != same || say(300, "Why?", "And so?") == same || say(301, "Why?", "So?") == same {
		t.Error("the newest message or how many there are does not count")
	}
	if say(20, "Why?", "So?") == say(20, "Who?", "So?") {
		t.Error("the first message of a few does not count")
	}
}

// agent is a request of about so many bytes as coding agents send them.
func agent(size int) string {
	steps := []step{{user: hard + strings.Repeat(" Also keep the \"style\" of the file.\n", 100)}}
	for n := 0; n < size; n += 2000 {
		steps = append(steps, step{call: "read_file"}, step{result: strings.Repeat("func main() {\n\tprintln(\"x\")\n}\n", 60)})
	}
	return bodies(steps, strings.Repeat("You are an agent. ", 200), 10)[llm.SchemaOpenAI]
}

// FuzzRead: whatever a codec lets through can be read, and says the same again.
func FuzzRead(f *testing.F) {
	for _, body := range []string{agent(3000), `{"messages":[{"role":"user","content":"\\\\\\ud83d\\ude00 <system-reminder>"},{"role":"tool","tool_call_id":"a","content":"{\\"error\\":"}],"session_id":"s"}`} {
		f.Add([]byte(body))
	}
	in := router.Ingress(llm.SchemaOpenAI)
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := in.ReadRequest(codec.Asked{Operation: llm.OperationChat, Model: "m"}, body)
		if err != nil {
			return
		}
		p, err := in.ReadPrompt(r)
		if err != nil {
			return
		}
		got := pool.Read(r, p, "k")
		if again := pool.Read(r, p, "k"); again != got || got.Difficulty < 0 || got.Difficulty > 1000 || got.Unread {
			t.Errorf("got %+v\nthen %+v", got, again)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for name, body := range map[string]string{
		"20KB":  agent(12_000),
		"words": `{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat(`Say why \"it\" is so.\n`, 900) + `"}]}`,
		"10MB":  agent(10 << 20),
		"turns": `{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat(`{"},{"role":"assistant","content":"a"},{"role":"user","content":"<system-reminder>no</system-reminder>`, 100_000) + `"}]}`,
	} {
		in := router.Ingress(llm.SchemaOpenAI)
		r, _ := in.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
		p, err := in.ReadPrompt(r)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for range b.N {
				pool.Read(r, p, "key")
			}
		})
	}
}
