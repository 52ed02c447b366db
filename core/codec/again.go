package codec

import (
	"bytes"
	"unicode/utf8"

	"strowger/core/llm"
)

// again knows a stream's last event of text, to recognize the next one, which most often differs
// in nothing but its text: then all that is to be known of it is known, and the bytes need not
// be read as JSON.
//
// A frame that begins where the one before ended, has the same bytes but in the gaps, and there
// what may stand in them, has the same lines and the same JSON. What the grammar makes of that
// is the same, as it said so of the event (llm.Event.Steady) and has read nothing since.
type again struct {
	raw    []byte    // the frame; empty: there is none
	event  llm.Event // as it was handed over last
	deltas [1]llm.Delta
	told   int    // how many of these it has
	gaps   []gap  // in their order
	rest   []byte // what is behind them
	room   [3]gap
	text   *gap        // that of the text
	place  *llm.Span   // where event says so: at Text or at Thought
	end    int         // of the object in the frame, as it was learned
	places [4]llm.Span // of others there, if they stand behind a gap
	late   bool        // they do
	misses int         // frames in succession that were learned for nothing
}

// gap is a place where frames of the same meaning may differ.
type gap struct {
	of         filling
	least      int
	front      []byte // what is between it and the gap before
	start, end int    // in the frame that was learned
	from, to   int    // in the one that was matched last
}

// filling is what may stand in a gap.
type filling uint8

const (
	digits  filling = iota // of a number that nobody reads
	spaces                 // between two tokens
	plainer                // the inside of a string, without escapes
)

// maxMisses is how many frames are learned for nothing before no more are.
const maxMisses = 16

// What makers of streams put into each event beside its text: OpenAI numbers the events of a
// response, and hides how long a text is with another one.
var (
	numbering = []byte(`"sequence_number":`)
	disguise  = []byte(`,"obfuscation":"`)
)

// learn takes the event e that has just been read, unless another like it would mean something
// else; asIs says that e.Raw is the frame as it came.
func (a *again) learn(e *llm.Event, asIs bool) {
	a.raw = a.raw[:0]
	if !e.Steady || !asIs || a.misses == maxMisses {
		return
	}
	at, place, other := e.Text, &a.event.Text, e.Thought
	if empty(at) {
		at, place, other = e.Thought, &a.event.Thought, e.Text
	}
	if empty(at) || !empty(other) || !only(e, at) {
		return
	}
	a.misses++
	a.raw = append(a.raw, e.Raw...)
	a.event, a.place, a.end = *e, place, e.Object.End
	a.event.Again = true
	copy(a.deltas[:], e.Deltas)
	a.told = len(e.Deltas)
	a.gaps, a.rest = a.room[:0], a.raw
	a.number(e.Object.Start, at.Start)
	a.gap(at.Start+1, at.End-1, plainer, 1)
	a.text = &a.gaps[len(a.gaps)-1]
	a.pad(at.End, e.Schema == llm.SchemaAnthropic)
	a.places = [...]llm.Span{e.Model, e.ID, e.Text, e.Thought}
	a.late = max(e.Model.End, e.ID.End, other.End) > a.gaps[0].start
}

// empty reports whether the place of a string holds no text.
func empty(at llm.Span) bool { return at.End-at.Start <= len(`""`) }

// only reports whether e is a whole frame with nothing in it but the text at a place.
func only(e *llm.Event, at llm.Span) bool {
	text := e.Raw[at.Start+1 : at.End-1]
	switch {
	case e.Raw[at.Start] != '"' || e.Raw[at.End-1] != '"' || e.Raw[len(e.Raw)-1] != '\n':
		return false
	case !e.Content || !e.Plain || e.Size != len(text) || e.Tool || e.Whole || e.Done || e.Dropped || e.Err != nil:
		return false
	case e.Finish != llm.FinishNone || e.Ended != 0 || e.Usage.Known || !e.Bill.Empty() || e.Matched != nil:
		return false
	case len(e.Deltas) == 0:
		return true
	}
	d := &e.Deltas[0]
	return len(e.Deltas) == 1 && (d.Kind == llm.DeltaText || d.Kind == llm.DeltaThought) && bytes.Equal(d.Text, text)
}

// gap adds a gap behind those before, of least so many bytes.
func (a *again) gap(start, end int, of filling, least int) {
	from := len(a.raw) - len(a.rest)
	a.gaps = append(a.gaps, gap{of: of, least: least, front: a.raw[from:start], start: start, end: end})
	a.rest = a.raw[end:]
}

// number finds the event's number, a member of the object that begins at start, in front of end.
func (a *again) number(start, end int) {
	at := bytes.Index(a.raw[start:end], numbering)
	if at < 0 || bytes.IndexByte(a.raw[start+1:start+at], '{') >= 0 || bytes.IndexByte(a.raw[start:start+at], '[') >= 0 {
		return
	}
	at += start + len(numbering)
	if n := run(a.raw[at:], digits); n > 0 && at+n < end && a.raw[at+n] == ',' {
		a.gap(at, at+n, digits, 1)
	}
}

// pad finds what means nothing behind the text, which ends at a place: the last member of the
// object, or, as in Anthropic's, spaces between its brackets.
func (a *again) pad(from int, spaced bool) {
	if at := bytes.LastIndex(a.raw[from:], disguise); at >= 0 {
		at += from + len(disguise)
		end := at + run(a.raw[at:], plainer)
		if rest := a.raw[end:]; bytes.HasPrefix(rest, []byte(`"}`)) && len(bytes.TrimRight(rest, "\r\n")) == len(`"}`) {
			a.gap(at, end, plainer, 0)
			return
		}
	}
	if spaced && a.raw[from] == '}' {
		from++
		a.gap(from, from+run(a.raw[from:], spaces), spaces, 0)
	}
}

// match is how many bytes of p are the next frame, if that is like the last one, which there is; else 0.
func (a *again) match(p []byte) int {
	size, rest := len(p), p
	for i := range a.gaps {
		g := &a.gaps[i]
		if !bytes.HasPrefix(rest, g.front) {
			return 0
		}
		rest = rest[len(g.front):]
		n := run(rest, g.of)
		if n < g.least {
			return 0
		}
		g.from = size - len(rest)
		g.to = g.from + n
		rest = rest[n:]
	}
	if size -= len(rest) - len(a.rest); size > MaxFrame || !bytes.HasPrefix(rest, a.rest) {
		return 0
	}
	a.misses = 0
	return size
}

// run is how many bytes p begins with that may stand in a gap; 0, too, if they are no text or
// no number.
func run(p []byte, of filling) (n int) {
	switch of {
	case digits:
		for n < len(p) && p[n] >= '0' && p[n] <= '9' {
			n++
		}
		if n > 1 && p[0] == '0' {
			return 0
		}
	case spaces:
		for n < len(p) && p[n] == ' ' {
			n++
		}
	case plainer:
		var all byte
		for n < len(p) && p[n] >= ' ' && p[n] != '"' && p[n] != '\\' {
			all |= p[n]
			n++
		}
		if all >= utf8.RuneSelf && !utf8.Valid(p[:n]) {
			return 0
		}
	}
	return n
}

// read is the event of the frame that was matched, which takes the place of the one before.
func (a *again) read(frame []byte) *llm.Event {
	e, text := &a.event, a.text
	e.Raw, e.Size, e.Content = frame, text.to-text.from, true
	e.Object.End = a.end + len(frame) - len(a.raw)
	if a.late {
		for i, place := range [...]*llm.Span{&e.Model, &e.ID, &e.Text, &e.Thought} {
			*place = a.moved(a.places[i])
		}
	}
	*a.place = llm.Span{Start: text.from - 1, End: text.to + 1}
	if a.told > 0 {
		a.deltas[0].Text = frame[text.from:text.to:text.to]
	}
	e.Deltas = a.deltas[:a.told] // which those who take events may replace, as they may Content
	return e
}

// moved is where a place in the frame that was learned is in the one that was matched.
func (a *again) moved(place llm.Span) llm.Span {
	by := 0
	for i := range a.gaps {
		if g := &a.gaps[i]; g.end <= place.Start {
			by = g.to - g.end
		}
	}
	return llm.Span{Start: place.Start + by, End: place.End + by}
}
