package llm_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"strowger/core/llm"
)

// redacted is one of the cases in testdata/redact.json, which hold for a host in any language.
type redacted struct {
	Why, Text, Clean string
	Secrets          []string
}

func TestRedact(t *testing.T) {
	b, err := os.ReadFile("testdata/redact.json")
	var cases []redacted
	if err == nil {
		err = json.Unmarshal(b, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := string(llm.Redact([]byte(c.Text), c.Secrets)); got != c.Clean {
			t.Errorf("%s: %q becomes %q, want %q", c.Why, c.Text, got, c.Clean)
		}
	}
}

// What was JSON stays JSON, and says nothing of the secret once it is read.
func FuzzRedact(f *testing.F) {
	f.Add("sk-0123456789", `bad key: `, ` and`)
	f.Add(`s"k\-0123456`, `\`, `\u00`)
	f.Fuzz(func(t *testing.T, secret, before, behind string) {
		if len(secret) < 8 || !utf8.ValidString(secret) || strings.ContainsFunc(secret, odd) {
			return
		}
		doc, err := json.Marshal(map[string]string{"error": before + secret + behind})
		if err != nil {
			t.Fatal(err)
		}
		var read struct{ Error string }
		got := llm.Redact(doc, []string{secret})
		if err := json.Unmarshal(got, &read); err == nil && strings.Contains(read.Error, secret) || strings.Contains(string(got), secret) {
			t.Errorf("%q in %s stays in %s (%v)", secret, doc, got, err)
		}
	})
}

// odd reports what is in no header, or stands in a text for something else.
func odd(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune("\\…\ufffd", r)
}

func BenchmarkRedact(b *testing.B) {
	text := []byte(strings.Repeat(`{"error":{"message":"no key, no answer: see the page of keys"}} `, 1<<10))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		llm.Redact(text, []string{"sk-of-a-provider-0123456789"})
	}
}
