package codec

import (
	"slices"

	"strowger/core/llm"
	"strowger/core/scan"
)

// Strip removes from a body what is for the router.
func Strip(ed *scan.Editor, r *llm.Request) {
	for _, at := range r.Marks[MarkProvider : MarkSession+1] {
		if !at.Empty() {
			ed.Remove(at.Start, at.End)
		}
	}
}

// OnlyNamed reports whether a body names its model, and has nothing that is for the router.
func OnlyNamed(r *llm.Request) bool {
	for _, at := range r.Marks[MarkProvider : MarkSession+1] {
		if !at.Empty() {
			return false
		}
	}
	return !r.Marks[MarkModel].Empty()
}

// AppendNamed appends the body of such a request with another model's name, and as it is otherwise.
func AppendNamed(dst []byte, r *llm.Request, name string) []byte {
	at := r.Marks[MarkModel]
	dst = slices.Grow(dst, len(r.Body)+len(name)+2)
	dst = append(dst, r.Body[:at.Start]...)
	if r.Model == name {
		return append(dst, r.Body[at.Start:]...)
	}
	return append(scan.AppendQuote(dst, name), r.Body[at.End:]...)
}

// SetStream says in a body whether the answer is to be a stream, otherwise than the caller, who
// has said so at the place stream. Without one there may be no options for it
// (platform.openai.com/docs/api-reference/chat/create, stream_options).
func SetStream(ed *scan.Editor, on bool, stream, options llm.Span) {
	value := "false"
	if on {
		value = "true"
	}
	if stream.Empty() {
		ed.Insert([]byte(`"stream":` + value))
	} else {
		ed.Set(ValueAt(stream), []byte(value))
	}
	if !on && !options.Empty() {
		ed.Set(ValueAt(options), []byte("null"))
	}
}

// ValueAt is the value at a place, for an editor.
func ValueAt(at llm.Span) scan.Value { return scan.Value{Start: at.Start, End: at.End} }
