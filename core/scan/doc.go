// Package scan reads JSON bodies without decoding them, and splices changes into them.
//
// A request body is read for a few members (model, stream, the parameters in use) and passed on with a
// few bytes changed. So a document is walked, not built: members and elements come out as spans of it,
// and an [Editor] replaces, removes and adds members while every other byte stays what it was.
//
// The walk is strict, because the provider behind will parse the same bytes with another parser, and
// whatever two parsers read differently is a way around a rule (RFC 8259 §4, §8.1). Refused are: what
// RFC 8259 does not allow, invalid UTF-8, more than [MaxDepth] levels, more than [MaxKeys] members and
// two members of one name in the outermost object, however the name is spelled. Accepted, as in
// encoding/json, are escapes of lone surrogates. Names are not compared in nested objects, unless these
// are walked with [ObjectAt].
//
// What has been checked once need not be checked again: a [Cursor] goes through it for the members it is
// asked for, without judging.
//
// It does not decode into Go values beyond single strings and numbers, and it does no I/O. Nothing here
// allocates, but for names beyond the 32nd of one object, long names written with escapes, strings
// handed out as string, and errors.
//
//	var ed scan.Editor
//	ed.Reset(body)
//	m := scan.Object(body)
//	for m.Next() {
//		switch {
//		case m.KeyIs("model"):
//			ed.Set(m.Value(), []byte(`"gpt-4o"`))
//		case m.KeyIs("strowger"):
//			ed.Remove(m.Span())
//		}
//	}
//	if err := m.Err(); err != nil {
//		return err // whatever was seen before does not count
//	}
//	out = ed.Append(out[:0])
package scan
