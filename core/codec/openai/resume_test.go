package openai

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// rewritten is what becomes of the last chunk of a stream, the others written as they are.
func rewritten(t *testing.T, req *llm.Request, a *codec.Answer, chunks ...string) string {
	t.Helper()
	req.Schema, req.Stream = llm.SchemaOpenAI, true
	w := Codec{}.NewWriter(req)
	var out []byte
	for i, chunk := range chunks {
		r := Codec{}.NewReader(req, true) // another endpoint's stream each
		with := &codec.Answer{Model: "a/b"}
		if i == len(chunks)-1 {
			with = a
		}
		emit := func(e *llm.Event) { out = w.Append(out[:0], e, with) }
		if err := r.Read([]byte("data: "+chunk+"\r\n\r\n"), emit); err != nil {
			t.Fatal(err)
		}
	}
	data, ok := strings.CutPrefix(string(out), "data: ")
	data, ended := strings.CutSuffix(data, "\r\n\r\n")
	if !ok || !ended {
		t.Fatalf("written %q", out)
	}
	return data
}

const begins = `{"id":"one","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`

// An answer that another endpoint goes on with stays one answer.
func TestResumedChunk(t *testing.T) {
	on := &codec.Answer{Model: "c/d", Resumed: true}
	for name, c := range map[string]struct {
		a         *codec.Answer
		was, want string
	}{
		"id, time and role": {on,
			`{"id":"two","created": 2 ,"choices":[{"delta":{"role":"assistant","content":"x"},"index":0}],"model":"n"}`,
			`{"id":"one","created": 1 ,"choices":[{"delta":{"content":"x"},"index":0}],"model":"c/d"}`},
		"role alone": {on, `{"id":"two","model":"n","choices":[{"delta":{"role":"assistant"}}]}`, `{"id":"one","model":"c/d","choices":[{"delta":{}}]}`},
		"role last":  {on, `{"model":"n","choices":[{"delta":{"content":"x" , "role":"assistant"}}]}`, `{"model":"c/d","choices":[{"delta":{"content":"x" }}]}`},
		"no model":   {on, `{"choices":[{"delta":{"content":"x"}}]}`, `{"choices":[{"delta":{"content":"x"}}],"model":"c/d"}`},
		"begun here": {&codec.Answer{Model: "c/d", SkipText: 1},
			`{"id":"two","model":"n","choices":[{"delta":{"role":"assistant","content":"xy"}}]}`,
			`{"id":"two","model":"c/d","choices":[{"delta":{"role":"assistant","content":"y"}}]}`},
		"text": {&codec.Answer{Model: "c/d", Resumed: true, SkipText: 4},
			`{"id":"two","model":"n","choices":[{"delta":{"reasoning":"é","content":"\u00e9\"\nz😀"}}]}`,
			`{"id":"one","model":"c/d","choices":[{"delta":{"reasoning":"é","content":"z😀"}}]}`},
		"within a character": {&codec.Answer{Model: "c/d", SkipText: 1}, `{"model":"n","choices":[{"delta":{"content":"é!"}}]}`, `{"model":"c/d","choices":[{"delta":{"content":"!"}}]}`},
		"half a pair":        {&codec.Answer{Model: "c/d", SkipText: 2}, `{"model":"n","choices":[{"delta":{"content":"é \ud83d"}}]}`, `{"model":"c/d","choices":[{"delta":{"content":" \ud83d"}}]}`},
		"a lead":             {&codec.Answer{Model: "c/d", Lead: []byte("a\"")}, `{"model":"n","choices":[{"delta":{"content":"\u00e9"}}]}`, `{"model":"c/d","choices":[{"delta":{"content":"a\"\u00e9"}}]}`},
		"all and more":       {&codec.Answer{Model: "c/d", SkipText: 9}, `{"model":"n","choices":[{"delta":{"content":"é"}}]}`, `{"model":"c/d","choices":[{"delta":{"content":""}}]}`},
		"less than nothing":  {&codec.Answer{Model: "c/d", SkipText: -9, SkipThought: -1}, `{"model":"n","choices":[{"delta":{"content":"é"}}]}`, `{"model":"c/d","choices":[{"delta":{"content":"é"}}]}`},
		"reasoning": {&codec.Answer{Model: "c/d", SkipThought: 1, SkipText: 1},
			`{"model":"n","choices":[{"delta":{"reasoning":"ab","reasoning_content":"ab","content":null}}]}`,
			`{"model":"c/d","choices":[{"delta":{"reasoning":"b","reasoning_content":"b","content":null}}]}`},
		"reasoning under one name": {&codec.Answer{Model: "c/d", SkipThought: 1},
			`{"model":"n","choices":[{"delta":{"reasoning":"","reasoning_content":"ab","content":"cd"}}]}`,
			`{"model":"c/d","choices":[{"delta":{"reasoning":"","reasoning_content":"b","content":"cd"}}]}`},
	} {
		if got := rewritten(t, &llm.Request{}, c.a, begins, c.was); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, c.want)
		}
	}
	req := &llm.Request{WantUsage: true, WantCost: true}
	paid := &codec.Answer{Model: "c/d", Resumed: true, Cost: 5, Priced: true}
	got := rewritten(t, req, paid, begins, `{"id":"two","usage":{"prompt_tokens":1},"model":"n","choices":[]}`)
	if want := `{"id":"one","usage":{"prompt_tokens":1,"cost":0.000005},"model":"c/d","choices":[]}`; got != want {
		t.Errorf("the cost:\n got  %s\n want %s", got, want)
	}
}

// The first id that is one counts, whatever comes later.
func TestFirstID(t *testing.T) {
	on := &codec.Answer{Model: "c/d", Resumed: true}
	empty := `{"id":"","choices":[],"model":""}`
	other := `{"id":"three","model":"m","choices":[{"delta":{"content":"x"}}]}`
	want := `{"id":"one","model":"c/d","choices":[{"delta":{"content":"x"}}]}`
	if got := rewritten(t, &llm.Request{}, on, empty, begins, other, other); got != want {
		t.Errorf("written %s", got)
	}
	if got := rewritten(t, &llm.Request{}, on, `{"choices":[{"delta":{}}]}`, other); got != strings.Replace(want, "one", "three", 1) {
		t.Errorf("without a first id: %s", got)
	}
}

// What an event says apart from text and reasoning makes it no plain one.
func TestPlain(t *testing.T) {
	for chunk, want := range map[string]bool{
		`{"choices":[]}`: true,
		`{"choices":[],"usage":{"prompt_tokens":1}}`:                               true,
		`{"choices":[{"delta":{"role":"assistant"}}]}`:                             true,
		`{"choices":[{"delta":{},"finish_reason":"stop"}]}`:                        true,
		`{"choices":[{"delta":{"content":"a"},"index":0}]}`:                        true,
		`{"choices":[{"delta":{"content":null}}]}`:                                 true,
		`{"choices":[{"delta":{"tool_calls":[ ]}}]}`:                               true,
		`{"choices":[{"delta":{"x":{ },"y":"","z":false}}]}`:                       true,
		`{"choices":[{"delta":{"content":"a"},"index":1}]}`:                        false,
		`{"choices":[{"delta":{}},{"delta":{}}]}`:                                  false,
		`{"choices":[{"delta":{"content":[]}}]}`:                                   false,
		`{"choices":[{"delta":{"content":7}}]}`:                                    false,
		`{"choices":[{"delta":{"refusal":"a"}}]}`:                                  false,
		`{"choices":[{"delta":{"tool_calls":[{}]}}]}`:                              false,
		`{"choices":[{"delta":{"function_call":{"a":1}}}]}`:                        false,
		`{"choices":[{"delta":{"audio":{"id":"a"}}}]}`:                             false,
		`{"choices":[{"delta":{"images":[1]}}]}`:                                   false,
		`{"choices":[{"delta":{"reasoning_details":[1]}}]}`:                        false,
		`{"choices":[{"delta":{"annotations":[{}]}}]}`:                             false,
		`{"choices":[{"delta":{"new":1}}]}`:                                        false,
		`{"choices":[{"delta":{"new":true}}]}`:                                     false,
		`{"choices":[{"delta":{},"logprobs":{"a":1}}]}`:                            false,
		`{"choices":[{"delta":{},"message":{}}]}`:                                  false,
		`{"choices":[{"delta":{"content":"a","content":"b"}}]}`:                    false,
		`{"choices":[{"delta":{"reasoning":"a","reasoning_content":"b"}}]}`:        false,
		`{"choices":[{"delta":{"reasoning":"a","reasoning_content":"a"}}]}`:        true,
		`{"choices":[{"delta":{"reasoning":"","reasoning_content":"a"}}]}`:         true,
		`{"error":{"message":"a"}}`:                                                false,
		`{"choices":[{"delta":{"content":"a"},"content_filter_results":{"a":1}}]}`: true,
	} {
		var e llm.Event
		e.Raw = []byte(chunk)
		if err := readObject(&e, e.Raw, 0); err != nil || e.Plain != want {
			t.Errorf("%s is plain: %v (%v)", chunk, e.Plain, err)
		}
	}
}

// An event of which all content is reasoning is told from others, whatever its form.
func TestReasoned(t *testing.T) {
	const thinks = `{"type":"thinking","thinking":[{"type":"text","text":"a"}]}`
	for chunk, want := range map[string]bool{
		`{"choices":[{"delta":{"reasoning_content":"a"}}]}`:                                         true,
		`{"choices":[{"delta":{"content":"","reasoning":"a","reasoning_details":[{"text":"a"}]}}]}`: true,
		`{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"a"}]}}]}`: true,
		`{"choices":[{"delta":{"reasoning":"a","reasoning_content":"b"}}]}`:                         true,
		`{"choices":[{"delta":{"content":[` + thinks + `]}}]}`:                                      true,
		`{"choices":[{"delta":{"content":[` + thinks + `,{"type":"text","text":"b"}]}}]}`:           false,
		`{"choices":[{"delta":{"content":[]}}]}`:                                                    false,
		`{"choices":[{"delta":{"content":"b","reasoning":"a"}}]}`:                                   false,
		`{"choices":[{"delta":{"reasoning":"a","content":"b","reasoning_details":[1]}}]}`:           false,
		`{"choices":[{"delta":{"reasoning":"a","refusal":"b"}}]}`:                                   false,
		`{"choices":[{"delta":{"reasoning":"a","tool_calls":[{}]}}]}`:                               false,
		`{"choices":[{"delta":{"reasoning":"a"},"index":1}]}`:                                       false,
		`{"choices":[{"delta":{"role":"assistant"}}]}`:                                              false,
		`{"choices":[{"delta":{"reasoning":"a"},"logprobs":{"a":1}}]}`:                              false,
		`{"choices":[]}`: false,
	} {
		var e llm.Event
		e.Raw = []byte(chunk)
		if err := readObject(&e, e.Raw, 0); err != nil || e.Reasoned != want {
			t.Errorf("%s is reasoning: %v (%v)", chunk, e.Reasoned, err)
		}
	}
}

// A server that wants to be told that an answer has begun is told; others would refuse it.
func TestPrefill(t *testing.T) {
	req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(`{"messages": [ {"role":"user"} ] ,"stream":null,"model":"m"}`))
	if refusal != nil {
		t.Fatal(refusal)
	}
	for url, prefix := range map[string]bool{
		"": false, "https://api.openai.com/v1": false, "http://127.0.0.1:8000/v1": false, "https://api.mistral.ai.example.com/v1": false,
		"https://api.mistral.ai/v1": true, "https://API.deepseek.com:443/beta": true, "https://codestral.mistral.ai": true,
	} {
		sent := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: "m", Stream: true, Prefill: []byte("a\"\n"), BaseURL: url}))
		want := `{"messages": [ {"role":"user"} ,{"role":"assistant","content":"a\"\n"}] ,"stream":true,"model":"m","stream_options":{"include_usage":true}}`
		if prefix {
			want = strings.Replace(want, `\n"}`, `\n","prefix":true}`, 1)
		}
		if strings.HasSuffix(codec.HostOf(url), "mistral.ai") { // which refuses them
			want = strings.Replace(want, `,"stream_options":{"include_usage":true}`, "", 1)
		}
		if sent != want {
			t.Errorf("%s is sent\n     %s\nwant %s", url, sent, want)
		}
	}
}

// Whether the answer is a stream can be said otherwise than the caller did.
func TestStreamTurned(t *testing.T) {
	for _, c := range []struct {
		body, want string
		stream     bool
	}{
		{`{"messages":[{}],"model":"m"}`, `{"messages":[{}],"model":"m","stream":true,"stream_options":{"include_usage":true}}`, true},
		{`{"messages":[{}],"model":"m","stream":false,"stream_options":null}`, `{"messages":[{}],"model":"m","stream":true,"stream_options":{"include_usage":true}}`, true},
		{`{"messages":[{}],"model":"m","stream":true,"stream_options":{"include_usage":true}}`, `{"messages":[{}],"model":"m","stream":false,"stream_options":null}`, false},
		{`{"messages":[{}],"model":"m","stream":true}`, `{"messages":[{}],"model":"m","stream":false}`, false},
	} {
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(c.body))
		if refusal != nil {
			t.Fatal(refusal)
		}
		if sent := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: "m", Stream: c.stream})); sent != c.want {
			t.Errorf("%s is sent\n     %s\nwant %s", c.body, sent, c.want)
		}
	}
}
