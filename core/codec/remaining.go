package codec

import (
	"strowger/core/llm"
	"strowger/core/scan"
)

// Remaining are the deltas of e that the caller does not have yet, with the text that goes
// before them, as a says. Of an answer that nobody takes up they are e's own.
func Remaining(e *llm.Event, a *Answer) []llm.Delta {
	if a.SkipText == 0 && a.SkipThought == 0 && len(a.Lead) == 0 {
		return e.Deltas
	}
	text, thought := a.SkipText, a.SkipThought
	var left []llm.Delta
	led := len(a.Lead) == 0
	for _, d := range e.Deltas {
		switch d.Kind {
		case llm.DeltaText:
			d.Text, text = behind(d.Text, text)
			if !led {
				d.Text, led = append(Escape(string(a.Lead)), d.Text...), true
			}
		case llm.DeltaThought:
			d.Text, thought = behind(d.Text, thought)
		}
		if (d.Kind == llm.DeltaText || d.Kind == llm.DeltaThought) && len(d.Text) == 0 {
			continue
		}
		left = append(left, d)
	}
	return left
}

// behind is text without the first n bytes of what it stands for, and how many of them are
// still to be left out.
func behind(text llm.Escaped, n int) (rest llm.Escaped, more int) {
	if n == 0 {
		return text, 0
	}
	quoted := AppendString(nil, text)
	at := scan.Behind(quoted, n)
	had, _ := scan.Unquote(nil, append(quoted[:at:at], '"'))
	return llm.Escaped(quoted[at : len(quoted)-1]), max(n-len(had), 0)
}
