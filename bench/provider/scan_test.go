package provider

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzCursor holds the cursor against encoding/json: the same texts are well formed, and a string has the
// same length.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `true`, `false`, `tru`, ``, ` `, `{"a":1,"a":[1,2,{"b":null}]} `, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`,
		`0`, `-0`, `01`, `1.`, `.5`, `-`, `1e`, `1e+`, `1E-7`, `1.5e+10`, `+1`, `1 2`,
		`"plain"`, `"eight or more plain bytes"`, `"esc\"aped \\ \/ \b\f\n\r\t"`, `"\u00e9\ud83d\ude00\ud83d"`, `"\u12"`, `"\x"`, `"open`, `"open\`, "\"raw\nline\"",
		"\"1234567\x01\"", `"ünïcödé 電話"`, `{"a" : "b" , "c" :[ ] }`, `{"a"}`, `{1:2}`, `[1 2]`, strings.Repeat("[", 20), `{"a\u0062":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := cursor{b: b}
		got := c.skip() && c.end()
		if want := json.Valid(b); got != want {
			t.Fatalf("%q: well formed %v, encoding/json says %v", b, got, want)
		}
		var s string
		if !got || b[0] != '"' || json.Unmarshal(b, &s) != nil || strings.ContainsRune(s, '\uFFFD') {
			return // encoding/json replaces what is not UTF-8, the cursor counts what is there
		}
		c = cursor{b: b}
		raw, size, _ := c.text()
		if size != len(s) || decoded(raw) != s {
			t.Fatalf("%q: size %d text %q, want %d %q", b, size, decoded(raw), len(s), s)
		}
		if back := appendEscaped([]byte{'"'}, s); !json.Valid(append(back, '"')) {
			t.Fatalf("%q: escaped again as %s", s, back)
		}
	})
}

func TestCursorDepth(t *testing.T) {
	for _, depth := range []int{maxDepth, maxDepth + 1} {
		text := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		c := cursor{b: []byte(text)}
		if got, want := c.skip(), json.Valid([]byte(text)); got != want {
			t.Errorf("depth %d: well formed %v, want %v", depth, got, want)
		}
	}
}

func TestSpecial(t *testing.T) {
	for at := range 40 {
		for _, ch := range []byte{'"', '\\', 0, 0x1f} {
			b := []byte(strings.Repeat("x\x7f\x80\xff !#[]", 5))[:40]
			b[at] = ch
			if got := special(b, 0); got != at {
				t.Fatalf("%#x at %d found at %d", ch, at, got)
			}
			if got := special(b, at+1); got != len(b) {
				t.Fatalf("%#x at %d found again at %d", ch, at, got)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a tool"}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"city":{"type":["string"],"enum":["x"]}}}}}],"tool_choice":{"type":"function","function":{"name":"f"}},"stream_options":{"include_usage":true},"max_tokens":3}`))
	f.Add([]byte(`{"messages":[1],"model":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var q chat
		fail := q.read(b)
		if fail == nil && !json.Valid(b) {
			t.Fatalf("%q: accepted", b)
		}
		if fail != nil {
			if !json.Valid(fail.append(nil)) {
				t.Fatalf("%q: error is not JSON: %s", b, fail.append(nil))
			}
			return
		}
		if c, ok, fail := q.toolCall(); fail == nil && ok && !json.Valid([]byte(c.args)) {
			t.Fatalf("%q: arguments %q", b, c.args)
		}
	})
}
