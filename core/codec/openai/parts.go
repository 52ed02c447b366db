package openai

import (
	"bytes"

	"strowger/core/llm"
	"strowger/core/scan"
)

// parts settles what of the event could be written anew. It is Plain if it has no choice
// or one, with the index 0 or none, and this choice says nothing but text and reasoning,
// each as one string: reasoning under two names is the same twice. Whatever else a message
// holds counts, known or not, unless it is null, false or empty; so do logprobs, and a
// message beside the delta, which repeats it. A reason to end does not, nor does anything
// outside the message: an event that has only a role, a reason or usage is Plain.
//
// Reasoning may have other forms too: OpenRouter repeats it as reasoning_details, Mistral
// has it as a part of the content. Such an event is not Plain, but it is Reasoned.
func (o *object) parts() {
	e := o.e
	one := e.Err == nil && !e.Tool && !o.more && o.count <= 1
	e.Plain = one && !o.odd
	e.Steady = e.Plain && o.thoughts <= 1
	e.Reasoned = one && e.Content && !o.worded
	if o.count > 1 {
		e.Text, e.Thought = llm.Span{}, llm.Span{}
	}
}

// words is how many bytes of text the value in front of c has, and where they are.
func (o *object) words(c *scan.Cursor, place *llm.Span) int {
	open, start := c.Peek(), c.At
	n := text(c, 0)
	switch open {
	case '"':
		at := llm.Span{Start: o.at + start, End: o.at + c.At}
		switch {
		case place.Empty() || place.End-place.Start == len(`""`):
			*place = at
		case n > 0 && !bytes.Equal(o.e.Raw[place.Start:place.End], o.doc[start:c.At]):
			o.odd = o.odd || place == &o.e.Thought
			o.more = o.more || place != &o.e.Thought
		}
	case 'n': // null
	default:
		thinks := onlyThinks(o.doc, start)
		o.odd, o.more = o.odd || thinks, o.more || !thinks
	}
	return n
}

// onlyThinks reports whether the value at a place of doc is an array of parts of which each
// is reasoning, as in Mistral's answers.
func onlyThinks(doc []byte, at int) bool {
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return false
	}
	all := false
	for c.Next() {
		thinks := false
		if c.Enter('{') {
			for c.Next() {
				if string(c.Key()) == "type" {
					thinks = string(c.Value()) == `"thinking"`
				} else {
					c.Skip()
				}
			}
		}
		if !thinks {
			return false
		}
		all = true
	}
	return all
}

// beside passes over a value that is neither text nor reasoning.
func (o *object) beside(c *scan.Cursor) {
	some := c.Filled()
	switch v := c.Value(); string(v) {
	case `null`, `""`, `false`:
	default:
		o.more = o.more || some || v[0] != '[' && v[0] != '{'
	}
}
