package scan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestAppendQuote(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"abc", `"abc"`},
		{"\"\\/", `"\"\\/"`},
		{"\b\f\n\r\t\x00\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\""},
		{"<a>&b", `"<a>&b"`},
		{"a\u2028b\u2029c\u202a", `"a\u2028b\u2029c` + "\u202a\""},
		{"\xff\xfea\xe6\x95", `"\ufffd\ufffda\ufffd\ufffd"`},
		{"\ufffd größe 敏捷 😀", "\"\ufffd größe 敏捷 😀\""},
	} {
		if got := AppendQuote([]byte("> "), c.text); string(got) != "> "+c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// Whatever needs a look is seen wherever it stands, in texts around the eight bytes that are looked
// at together.
func TestAppendQuoteAnywhere(t *testing.T) {
	for n := range 40 {
		for at := range n {
			for c, want := range map[string]string{"\x00": `\u0000`, "\"": `\"`, "\\": `\\`, "\x1f": `\u001f`, "\xff": `\ufffd`, "é": "é", "\x7f": "\x7f"} {
				before, behind := strings.Repeat("a", at), strings.Repeat("b", n-at-1)
				if got := AppendQuote(nil, before+c+behind); string(got) != `"`+before+want+behind+`"` {
					t.Errorf("%q: %s", before+c+behind, got)
				}
			}
		}
	}
}

// FuzzAppendQuote compares with encoding/json, whose escapes are the same if HTML is left alone.
func FuzzAppendQuote(f *testing.F) {
	for _, s := range []string{"", "abc", "\"\\\b\f\n\r\t\x00\x7f", "<>&\u2028\u2029", "\xff\xe6\x95a\xed\xa0\x80", "敏捷😀\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		got := AppendQuote(nil, s)
		if string(got)+"\n" != want.String() {
			t.Errorf("%q: %s, want %s", s, got, want.String())
		}
	})
}
