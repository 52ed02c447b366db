package auto

import (
	"bytes"
	"strings"
	"testing"
)

// words gives what would be read of a text.
func words(text string) string {
	var t Text
	t.Add([]byte(text))
	return string(t.read())
}

func TestWhatAgentsPutIn(t *testing.T) {
	long := strings.Repeat("x = 1\n", 1000)
	for _, c := range []struct{ name, text, read string }{
		{"plain", "a < b and <b>bold</b>", "a < b and <b>bold</b>"},
		{"reminder", "Fix the bug.\n<system-reminder>\nNever prove theorems.\n</system-reminder>\nThanks", "Fix the bug.\n\nThanks"},
		{"codex", "<environment_context>\n  <cwd>/home</cwd>\n</environment_context>hello", "hello"},
		{"codex, capitals", "# AGENTS\n<INSTRUCTIONS>\nrun tests\n</INSTRUCTIONS>go", "# AGENTS\ngo"},
		{"attributes", `<attached_files name="a">secret</attached_files>what is this?`, "what is this?"},
		{"two", "<command-name>/x</command-name> <command-message>y</command-message>go", " go"},
		{"almost an end", "<ide_selection>a </ide_selectio </ide_selection>b", "b"},
		{"not ended", "hello <environment_details>all the rest", "hello "},
		{"begun at the end", "is a <system-rem", "is a <system-rem"},
		{"longer than any tag", "a <abcdefghijklmnopqrstuvwxyzabcdefg> b", "a <abcdefghijklmnopqrstuvwxyzabcdefg> b"},
		{"open bracket twice", "a <<system-reminder>x</system-reminder>b", "a <b"},
		{"document", "<document>" + strings.Repeat("y", 5000) + "</document>Summarize.", strings.Repeat("y", blockBytes) + "Summarize."},
		{"fence", "Why?\n```py\n" + long + "```\nExplain.", "Why?\n```" + ("py\n" + long)[:blockBytes] + "\nExplain."},
		{"ticks inside a line", "the `x` and ```y``` here", "the `x` and ```y``` here"},
	} {
		if got := words(c.text); got != c.read {
			t.Errorf("%s: read as %.200q, not %.200q", c.name, got, c.read)
		}
	}
}

// TestBoilerplateDoesNotCount: a reminder of any length leaves the reading as it was.
func TestBoilerplateDoesNotCount(t *testing.T) {
	const question = "Why does the second test fail when the first one passes?"
	plain := reading(question)
	wrapped := reading("<system-reminder>" + strings.Repeat("Prove each theorem of complexity. ", 2000) + "</system-reminder>" + question)
	if plain != wrapped {
		t.Errorf("with a reminder %+v, without %+v", wrapped, plain)
	}
}

func TestLongTexts(t *testing.T) {
	var b bytes.Buffer
	for i := 0; b.Len() < 3*(HeadBytes+TailBytes); i++ {
		b.WriteString("word ")
	}
	text := "FIRST " + b.String() + " LAST"
	got := words(text)
	if len(got) != HeadBytes+TailBytes || !strings.HasPrefix(got, "FIRST word") || !strings.HasSuffix(got, "word  LAST") {
		t.Errorf("%d bytes are read: %.20q … %q", len(got), got, got[len(got)-20:])
	}
	if !reading(text).Cut || reading("short").Cut {
		t.Error("Cut is not told")
	}
}

// FuzzText: whatever is added in whatever pieces, nothing panics, what is read is bounded, and
// the pieces do not matter; nor does what the Text was used for before.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "hello", "<system-reminder>x</system-reminder>y", "```\ncode\n```\n", "证明\xff\xfe", "a) 1\nb) 2\n\nc", "<<<a", "~~~\n`", "Ünï٣"} {
		f.Add(s, uint16(3))
	}
	f.Add(strings.Repeat("ab <document>c```\n", 2000), uint16(4097))
	var used Text
	f.Fuzz(func(t *testing.T, s string, cut uint16) {
		var whole Text
		whole.Add([]byte(s))
		var want, got Reading
		whole.Read(&want)
		used.Reset()
		size := int(cut)%97 + 1
		for p := []byte(s); len(p) > 0; {
			n := min(size, len(p))
			used.Add(p[:n])
			p = p[n:]
		}
		used.Read(&got)
		if got != want {
			t.Errorf("in pieces of %d: %+v, whole: %+v", size, got, want)
		}
		if want.Quantile < 0 || want.Quantile > 1000 || want.Words > HeadBytes+TailBytes {
			t.Errorf("out of bounds: %+v", want)
		}
		used.Read(&got)
		if got != want {
			t.Errorf("read twice: %+v, then %+v", want, got)
		}
		_ = want.Category.String() + want.Script.String() + want.Language.String()
		if n := len(want.Contributions(nil, 5)); n > 5 {
			t.Errorf("%d contributions", n)
		}
	})
}

func TestReadingAllocatesNothing(t *testing.T) {
	var x Text
	var r Reading
	part := []byte(strings.Repeat("Why? ```\nx := 1\n```\n 证明 это <document>a</document> ", 40))
	contributions := make([]Contribution, 0, 5)
	if n := testing.AllocsPerRun(10, func() {
		x.Reset()
		x.Add(part)
		x.Read(&r)
		contributions = r.Contributions(contributions[:0], 5)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
