package pool

import (
	"slices"

	"strowger/core/auto"
	"strowger/core/llm"
)

// maxCalls is among how many of the calls before it a call is looked for.
const maxCalls = 64

// readTools counts the tool calls behind the user's newest words, which end at newest, and
// what they say of the difficulty.
func (t *Task) readTools(ms []llm.Message, newest int) {
	last := turnStart(ms, len(ms))
	t.Begins = last == 0
	var calls [maxCalls]uint64
	room := hashRoom
	for i := min(newest, last); i < len(ms); i++ {
		for k := range ms[i].Parts {
			switch p := &ms[i].Parts[k]; {
			case p.Kind == llm.PartCall && i >= newest:
				h := hash{room: room}
				h.text(p.Name)
				h.text(p.JSON)
				room = h.room
				t.call(p.Name, slices.Contains(calls[:min(t.Tools.Calls, maxCalls)], h.sum))
				calls[(t.Tools.Calls-1)%maxCalls] = h.sum
			case p.Kind == llm.PartResult:
				t.Begins = false
				wrong := (i >= newest || i >= last) && failed(p)
				if wrong && i >= newest {
					t.Tools.Failed++
				}
				t.Tools.Loop = t.Tools.Loop || i >= last
				t.Tools.LastFailed = t.Tools.LastFailed || wrong && i >= last
			}
		}
	}
	counts := auto.Tools{Calls: t.Tools.Calls, Errors: t.Tools.Failed, Repeated: t.Tools.Repeated, Reads: t.Tools.Reads, Writes: t.Tools.Writes}
	for _, a := range counts.Adjust(nil) {
		t.Difficulty += a.Points
	}
	t.Difficulty = min(max(t.Difficulty, 0), 1000)
}

// firstCall is the id of the first tool call, as the caller gave it; nil if none has one. It is
// looked for at the beginning, so that what comes later does not change it.
func firstCall(ms []llm.Message) []byte {
	for i := range ms[:min(len(ms), hashedMessages)] {
		for k := range ms[i].Parts {
			p := &ms[i].Parts[k]
			switch {
			case p.Kind != llm.PartCall:
			case len(p.Given) > 0:
				return p.Given
			default:
				return p.ID
			}
		}
	}
	return nil
}

func (t *Task) call(name llm.Escaped, again bool) {
	t.Tools.Calls++
	if again {
		t.Tools.Repeated++
	}
	switch auto.UseOf(string(name)) {
	case auto.ReadingUse:
		t.Tools.Reads++
	case auto.WritingUse:
		t.Tools.Writes++
	}
}

// errorWords are what results of calls that went wrong begin with, where their schema has no
// other way to say so.
var errorWords = [...]string{"error", "tool_use_error", "traceback", "exception", "failed", "failure", "fatal"}

// failed reports whether the result of a call says that the call went wrong: by its mark, or
// by the first word of its text, behind brackets and quotes: "Error: no such file", "[ERROR]",
// {"error": "denied"}, but neither "errors" nor {"error": null}.
func failed(p *llm.Part) bool {
	if p.Failed {
		return true
	}
	for i := range p.Parts {
		if q := &p.Parts[i]; q.Kind == llm.PartText {
			return wrong(q.Text)
		}
	}
	return false
}

func wrong(text llm.Escaped) bool {
	i, object := 0, false
	for i < len(text) && !letter(text[i]) {
		object = object || text[i] == '{'
		if text[i] == '\\' && i+1 < len(text) && text[i+1] != '"' { // a line end, a tab
			i++
		}
		if i++; i > 16 {
			return false
		}
	}
	n := i
	for n < len(text) && n < i+16 && (letter(text[n]) || text[n] == '_') {
		n++
	}
	for _, word := range errorWords {
		if n-i == len(word) && equalFold(text[i:n], word) {
			return !object || said(text[n:])
		}
	}
	return false
}

// said reports whether the value behind a member's name is neither null, false, 0 nor empty.
func said(text llm.Escaped) bool {
	for i, c := range text {
		switch {
		case letter(c):
			return c != 'n' && c != 'f'
		case c > '0' && c <= '9', c == '{', c == '[':
			return true
		case i > 12:
			return false
		}
	}
	return false
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func equalFold(text llm.Escaped, word string) bool {
	for i := range len(word) {
		if text[i] != word[i] && text[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}
