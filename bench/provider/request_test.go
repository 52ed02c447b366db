package provider

import (
	"strings"
	"testing"
)

const hello = `"model":"m","messages":[{"role":"user","content":"hello"}]`

func TestReadRequest(t *testing.T) {
	var q chat
	fail := q.read([]byte(`{
		"messages": [
			{"role": "system", "content": "1234"},
			{"content": [{"type": "text", "text": "sim: after=1"}, {"type": "image_url", "image_url": {"url": "data:,x"}}, {"type": "text", "text": "d\u00e9f"}], "role": "user"},
			{"role": "assistant", "content": null, "tool_calls": [{"id": "c"}]},
			{"role": "tool", "tool_call_id": "c", "content": "12"}
		],
		"max_tokens": null, "max_completion_tokens": 7, "unknown": {"deep": [1, {"model": "no"}]},
		"mod\u0065l": "a\/b", "stream": true, "stream_options": {"include_usage": true}, "tools": null
	}`))
	if fail != nil {
		t.Fatalf("%s", fail.append(nil))
	}
	if string(q.model) != `a\/b` || !q.stream || !q.usage || q.maxTokens != 7 || q.tools != nil || string(q.lastRole) != "tool" {
		t.Errorf("read %+v", q)
	}
	if want := 4 + len("sim: after=1") + len("déf") + 2; q.size != want || q.prompt != (want+3)/4 {
		t.Errorf("size %d, prompt %d tokens, want size %d", q.size, q.prompt, want)
	}
	if d, ok := q.directive(); !ok || d != "sim: after=1" {
		t.Errorf("directive %q %v", d, ok)
	}
}

// TestLastKeyWins holds duplicate keys to what encoding/json makes of them.
func TestLastKeyWins(t *testing.T) {
	var q chat
	fail := q.read([]byte(`{"model":"a","stream":true,"tools":[],"messages":[{"role":"user","content":"12345678"}],` +
		`"messages":[{"role":"system","content":"1234"}],"tools":null,"stream":null,"model":"b"}`))
	if fail != nil || string(q.model) != "b" || q.stream || q.tools != nil || q.prompt != 1 || q.lastUser != nil {
		t.Errorf("read %+v, %v", q, fail)
	}
}

func TestBadRequests(t *testing.T) {
	for _, c := range []struct{ body, param, message string }{
		{``, "", "parse"},
		{`[]`, "", "parse"},
		{`{` + hello, "", "parse"},
		{`{` + hello + `} x`, "", "parse"},
		{`{"messages":[{"role":"user"}]}`, "model", "model"},
		{`{"model":"m"}`, "messages", "messages"},
		{`{"model":"m","messages":[]}`, "messages", "messages"},
		{`{"model":1,"messages":[{}]}`, "model", "a string"},
		{`{"model":"m","messages":{}}`, "messages", "an array"},
		{`{"model":"m","messages":["x"]}`, "messages", "an array of objects"},
		{`{"model":"m","messages":[{"content":1}]}`, "messages.content", "a string"},
		{`{` + hello + `,"stream":"yes"}`, "stream", "a boolean"},
		{`{` + hello + `,"stream_options":true}`, "stream_options", "an object"},
		{`{` + hello + `,"max_tokens":0}`, "max_tokens", "over 0"},
		{`{` + hello + `,"max_completion_tokens":"9"}`, "max_completion_tokens", "over 0"},
	} {
		var q chat
		fail := q.read([]byte(c.body))
		if fail == nil {
			t.Errorf("%s: accepted", c.body)
		} else if fail.status != 400 || fail.param != c.param || !strings.Contains(fail.message, c.message) {
			t.Errorf("%s: %s", c.body, fail.append(nil))
		}
	}
}

func TestToolCalls(t *testing.T) {
	const (
		weather = `{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}}}}`
		other   = `{"type":"function","function":{"parameters":{"properties":{"unit \u00b0\"":{"enum":["C","F"],"type":"string"}}},"name":"convert"}}`
		bare    = `{"type":"function","function":{"name":"now"}}`
		custom  = `{"type":"custom","custom":{"name":"shell"}}`
		please  = `"messages":[{"role":"user","content":"use the Tool"}]`
		after   = `"messages":[{"role":"user","content":"use the tool"},{"role":"tool","content":"20"}]`
		plain   = `"messages":[{"role":"user","content":"too late"}]`
	)
	for _, c := range []struct{ name, body, want, args string }{
		{"the word asks for it", please + `,"tools":[` + weather + `,` + other + `]`, "get_weather", `{"city":"Paris"}`},
		{"nothing asks for it", plain + `,"tools":[` + weather + `]`, "", ""},
		{"no tools", please, "", ""},
		{"none", please + `,"tools":[` + weather + `],"tool_choice":"none"`, "", ""},
		{"auto", please + `,"tools":[` + custom + `,` + weather + `],"tool_choice":"auto"`, "get_weather", `{"city":"Paris"}`},
		{"required", plain + `,"tools":[` + weather + `],"tool_choice":"required"`, "get_weather", `{"city":"Paris"}`},
		{"named", plain + `,"tools":[` + weather + `,` + other + `],"tool_choice":{"type":"function","function":{"name":"convert"}}`, "convert", `{"unit °\"":"C"}`},
		{"unknown name", plain + `,"tools":[` + weather + `],"tool_choice":{"type":"function","function":{"name":"x"}}`, "error", ""},
		{"no parameters", please + `,"tools":[` + bare + `]`, "now", `{}`},
		{"after its result", after + `,"tools":[` + weather + `],"tool_choice":"required"`, "", ""},
	} {
		var q chat
		if fail := q.read([]byte(`{"model":"m",` + c.body + `}`)); fail != nil {
			t.Fatalf("%s: %s", c.name, fail.append(nil))
		}
		got, ok, fail := q.toolCall()
		switch {
		case fail != nil:
			if c.want != "error" || fail.param != "tool_choice" {
				t.Errorf("%s: %s", c.name, fail.append(nil))
			}
		case ok != (c.want != "") || string(got.name) != c.want || ok && got.args != c.args:
			t.Errorf("%s: %v %s(%s), want %s(%s)", c.name, ok, got.name, got.args, c.want, c.args)
		}
	}
}

func TestExampleArguments(t *testing.T) {
	for schema, want := range map[string]string{
		`{"type":"string"}`:              `"Paris"`,
		`{}`:                             `"Paris"`,
		`{"type":["integer","null"]}`:    `1`,
		`{"type":"number"}`:              `1`,
		`{"type":"boolean"}`:             `true`,
		`{"type":"array","items":{}}`:    `[]`,
		`{"type":"object"}`:              `{}`,
		`{"type":"null"}`:                `null`,
		`{"enum":[3,4],"type":"string"}`: `3`,
	} {
		c := cursor{b: []byte(schema)}
		if got, ok := example(&c); !ok || got != want {
			t.Errorf("%s: %s, want %s", schema, got, want)
		}
	}
}

func TestPieces(t *testing.T) {
	for text, want := range map[string]string{
		"one":                "one",
		"one two\n\nthree":   "one| two|\n\nthree",
		" leading, tail  \n": " leading,| tail  \n",
		"   ":                "   ",
	} {
		if got := strings.Join(pieces(nil, text), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := strings.Join(fragments(nil, `{"città":"電話"}`), "|"); strings.ReplaceAll(got, "|", "") != `{"città":"電話"}` || strings.Contains(got, "\uFFFD") || !strings.Contains(got, "|") {
		t.Errorf("fragments %q", got)
	}
}
