package llm

// Event is one step of an answer. In a stream it is one frame; of an answer that is
// not a stream there is exactly one event, with Whole set.
//
// Raw, Deltas and the texts are valid only during the call that hands the event over.
type Event struct {
	// Raw are the provider's own bytes in Schema, with the place of the model's value
	// (quotes included) and of the first byte behind the object's opening brace, so
	// that a writer of the same schema splices instead of rebuilding.
	Raw    []byte
	Schema Schema
	Model  Span
	Object Span // the JSON object in Raw; empty when there is none
	Bill   Span // the usage object in Raw
	// ID is the place of the answer's id, quotes included. Text and Thought are those of the
	// JSON strings that the only choice adds to the text and to the reasoning. Plain says
	// that the event has no content but what is in them, if it has any, and so could be
	// written anew; comments and the end mark are Plain, unreadable events and errors not.
	ID, Text, Thought Span
	Plain             bool
	// Steady: to the reader an event right behind this one that differs from it only in the text
	// or the reasoning, which is not empty, means the same but for that.
	Steady bool
	// Again: the event is such a one, and to be written under the same name as that before.
	Again bool
	// Reasoned says that all of the content is reasoning, in whatever form.
	Reasoned bool

	// Deltas are the same content in the neutral form, for writers of another schema and for
	// answers that are taken up. A reader whose request has its own schema may leave them out
	// if its writer does without.
	Deltas []Delta
	// Matched is the stop text that the answer ended at, if the provider names it.
	Matched Escaped

	Whole bool // Raw is a complete answer
	// Printed: the answer has a member for OpenAI's system_fingerprint.
	Printed bool
	Content bool // carries text, reasoning, a refusal or a tool call
	Size    int  // bytes of that content, about four to a token
	// Tool: the content is a tool call or part of one.
	Tool bool
	// Choices: the frame holds at least one choice.
	Choices bool
	// Spoke and Ended are sets of choices by index (bit 63 stands for all from there):
	// those in the frame, and those of them that gave a reason to end.
	Spoke, Ended uint64
	Finish       Finish
	Usage        Usage // Known when the frame carries usage
	Err          *Error
	Done         bool // the stream's end mark
	Dropped      bool // an unreadable event: nothing of it goes on
}

// FinishOf is how a choice that the event ends has ended.
func (e *Event) FinishOf(choice int) Finish {
	for i := range e.Deltas {
		if d := &e.Deltas[i]; d.Finish != FinishNone && d.Kind == DeltaEnd && d.Choice == choice {
			return d.Finish
		}
	}
	return e.Finish
}

// Finish is why an answer ended.
type Finish uint8

// The finish reasons. FinishNone: the answer goes on, or never said.
const (
	FinishNone Finish = iota
	FinishStop
	FinishLength
	FinishTools
	FinishFilter
	FinishOther
)

var finishNames = [...]string{"", "stop", "length", "tool_calls", "content_filter", "other"}

// String is the finish reason's name.
func (f Finish) String() string {
	if int(f) < len(finishNames) {
		return finishNames[f]
	}
	return ""
}

// Usage counts tokens in disjoint buckets: Input is what was neither read from nor
// written to a prompt cache, Output is what was not reasoning.
type Usage struct {
	Known     bool // stated by the provider
	Estimated bool // counted by us, because the provider stated nothing

	Input      int64
	CacheRead  int64
	CacheWrite int64 // for as long as a cache lasts by itself, which is some minutes
	// CacheWriteHour are those written to last an hour, which costs more: no part of CacheWrite.
	CacheWriteHour int64
	Output         int64
	Reasoning      int64
	Images         int64 // of the input, beside their tokens: no part of Total
}

// Total is the number of tokens in all buckets.
func (u Usage) Total() int64 {
	return u.Input + u.CacheRead + u.CacheWrite + u.CacheWriteHour + u.Output + u.Reasoning
}
