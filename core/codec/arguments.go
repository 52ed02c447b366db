package codec

import (
	"bytes"

	"strowger/core/llm"
	"strowger/core/scan"
)

// AppendArguments appends the arguments of a call, which are JSON in a text, as an object: none
// at all are an empty one. What is no object stands in one, and it reports false.
func AppendArguments(dst []byte, text llm.Escaped) ([]byte, bool) {
	at := len(dst)
	dst, ok := Unescape(dst, text)
	switch args := bytes.TrimSpace(dst[at:]); {
	case ok && Blank(args):
		return append(dst[:at], "{}"...), true
	case ok && isWhole(args):
		OneLine(args)
		return append(dst[:at], args...), true
	}
	return append(AppendString(append(dst[:at], `{"arguments":`...), text), '}'), false
}

// ReadArguments are the arguments of a call in a history, as AppendArguments has them; that
// they were no object is noted.
func ReadArguments(p *llm.Prompt, text llm.Escaped) []byte {
	args, ok := AppendArguments(nil, text)
	if !ok {
		p.Fields.Add(llm.FieldArguments)
	}
	return args
}

// WholeArguments reports whether the arguments of a call are an object.
func WholeArguments(text llm.Escaped) bool {
	args, ok := Unescape(nil, text)
	return ok && isWhole(args)
}

func isWhole(args []byte) bool {
	c := scan.CursorAt(args, 0)
	return c.Peek() == '{' && scan.Valid(args) == nil
}

// CutOff reports whether a call of a choice that has ended so is none to be executed: its
// arguments are broken, or the limit on the output was reached in front of them. Schemas whose
// arguments are an object leave it out.
func CutOff(f llm.Finish, arguments llm.Escaped) bool {
	return !WholeArguments(arguments) && (f == llm.FinishLength || !White(arguments))
}

// FailBroken makes an error of a whole answer with a call whose arguments are broken, though the
// answer is not cut off, where the caller's schema has them as an object. Of streams the call is
// left out, see CutOff: there may have been content before.
func FailBroken(e *llm.Event, caller llm.Schema) {
	if !e.Whole || caller != llm.SchemaAnthropic && caller != llm.SchemaGemini {
		return
	}
	for i := range e.Deltas {
		d := &e.Deltas[i]
		if f := e.FinishOf(d.Choice); d.Kind == llm.DeltaCall && f != llm.FinishLength && CutOff(f, d.Text) {
			e.Err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the arguments of a call are no JSON object"}
			e.Choices, e.Deltas = false, nil
			return
		}
	}
}
