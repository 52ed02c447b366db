package scan

import "strconv"

// Limits of a document. Whoever passes one gets an [Error].
const (
	// MaxDepth is how many arrays and objects may lie in each other, the outermost included.
	MaxDepth = 128
	// MaxKeys is how many members an object may have that is walked member by member.
	MaxKeys = 4096
)

// Kind says what a value is (RFC 8259 §3).
type Kind uint8

// The kinds of values. KindNone is that of the zero Value: there is none.
const (
	KindNone Kind = iota
	KindNull
	KindFalse
	KindTrue
	KindNumber
	KindString
	KindArray
	KindObject
)

// Value is a span of a document: doc[Start:End], without white space around it. The zero Value is none.
// It stays good as long as the document is unchanged.
type Value struct {
	Kind       Kind
	Start, End int // byte places
}

// Raw returns the bytes of v in doc, the document that v was found in: a string with its quotes, an
// object with its braces. They are a part of doc, not a copy.
func (v Value) Raw(doc []byte) []byte { return doc[v.Start:v.End:v.End] }

// within reports whether v can be a span of doc. Spans of another document are thereby not harmful,
// only senseless.
func (v Value) within(doc []byte) bool {
	return 0 <= v.Start && v.Start < v.End && v.End <= len(doc)
}

// Error says why a document is refused. Every error of this package is an *Error.
type Error struct {
	Offset int    // where, in bytes from the start of the document
	Msg    string // what is wrong there, such as `duplicate key "model"`
}

// Error returns a sentence such as `invalid JSON at byte 17: duplicate key "model"`.
func (e *Error) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.Msg
}

// Valid reports why doc is not one JSON document under the rules of this package, or nil if it is one.
func Valid(doc []byte) error {
	if peek(doc, skipSpace(doc, 0)) == '{' {
		m := Object(doc)
		for m.Next() {
		}
		return m.Err()
	}
	w := walk{doc: doc}
	end, _, msg := skipValue(doc, skipSpace(doc, 0), 0, nil)
	if msg != "" {
		w.fail(end, msg)
		return w.Err()
	}
	w.finish(end)
	return w.Err()
}
