package pool

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"strowger/core/auto"
	"strowger/core/codec"
	"strowger/core/llm"
)

// pieces are what texts are made of that can be cut in a wrong place.
var pieces = []string{"a", " ", `\n`, `\\`, `\"`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, `\\u0041`, "é", "言", "😀", "word", `\/`}

func randomText(r *rand.Rand, n int) llm.Escaped {
	var b strings.Builder
	for range n {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return llm.Escaped(b.String())
}

// TestCut: wherever a text is to be cut, what it stands for stays the same, and the place is
// not far behind the one that was asked for.
func TestCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text := randomText(r, r.IntN(40))
		for n := range len(text) + 1 {
			at := cut(text, n)
			if at < n || at > n+40 {
				t.Fatalf("%s: cut at %d instead of %d", text, at, n)
			}
			first, ok1 := codec.Unescape(nil, text[:at])
			rest, ok2 := codec.Unescape(nil, text[at:])
			if got := string(first) + string(rest); !ok1 || !ok2 || got != codec.Plain(text) {
				t.Fatalf("%s cut at %d: %q", text, at, got)
			}
		}
	}
}

// readingOf is the reading of one user's message.
func readingOf(text llm.Escaped) (r auto.Reading) {
	var words auto.Text
	ms := []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartText, Text: text}}}}
	addWords(&words, ms, len(text))
	words.Read(&r)
	return r
}

// TestEscapesAreRead: how a text is escaped does not matter.
func TestEscapesAreRead(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		text := randomText(r, 1+r.IntN(400))
		plain := codec.Plain(text)
		if plain == "" {
			continue
		}
		quoted, _ := json.Marshal(plain)
		var want auto.Reading
		var words auto.Text
		words.Add([]byte(plain))
		words.Read(&want)
		for _, form := range []llm.Escaped{text, llm.Escaped(quoted[1 : len(quoted)-1]), ascii(plain)} {
			if got := readingOf(form); got != want {
				t.Fatalf("%s\n got  %+v\n want %+v", form, got, want)
			}
		}
	}
}

// ascii escapes all that is not ASCII, as Python's json does.
func ascii(s string) llm.Escaped {
	var b strings.Builder
	for _, r := range s {
		units := []rune{r}
		if r > 0xFFFF {
			units = []rune{0xD800 + (r-0x10000)>>10, 0xDC00 + (r-0x10000)&0x3FF}
		} else if r < 0x80 && r != '"' && r != '\\' && r >= 0x20 {
			b.WriteRune(r)
			continue
		}
		for _, u := range units {
			const digits = "0123456789ABCDEF"
			b.WriteString(`\u` + string([]byte{digits[u>>12&15], digits[u>>8&15], digits[u>>4&15], digits[u&15]}))
		}
	}
	return llm.Escaped(b.String())
}

// TestLongTextsAreRead: of a text of megabytes the beginning and the end count.
func TestLongTextsAreRead(t *testing.T) {
	begin, end := strings.Repeat("Prove the theorem about rings. ", 200), strings.Repeat("Then write the code in Go. ", 200)
	if got, want := readingOf(llm.Escaped(begin+strings.Repeat("filler ", 1<<20)+end)), readingOf(llm.Escaped(begin+strings.Repeat("filler ", 1<<13)+end)); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if readingOf(llm.Escaped(begin+end)) == readingOf(llm.Escaped(strings.Repeat("filler ", 2000))) {
		t.Error("the words do not matter")
	}
}

func TestFailed(t *testing.T) {
	for text, want := range map[string]bool{
		"Error: no such file": true, "error": true, "[ERROR] x": true, `\n  Traceback (most recent call last)`: true,
		"<tool_use_error>String not found": true, `{\"error\": \"denied\"}`: true, `{\"error\":{\"code\":5}}`: true, "Failed to read": true, "fatal: not a git repository": true,
		"": false, "ok": false, "errors: 0": false, `{\"error\": null}`: false, `{\"error\":\"\"}`: false, `{\"error\":false,\"x\":1}`: false,
		`{\"result\":\"error\"}`: false, "no error": false, "errorless": false, "12 tests passed": false, `{\"errors\":[\"a\"]}`: false, `\\`: false, "{": false,
	} {
		p := llm.Part{Kind: llm.PartResult, Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped(text)}}}
		if failed(&p) != want {
			t.Errorf("%s: got %v", text, !want)
		}
	}
	if !failed(&llm.Part{Kind: llm.PartResult, Failed: true}) {
		t.Error("the mark of a failure is passed over")
	}
}
