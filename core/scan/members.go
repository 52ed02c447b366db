package scan

// Members walks the members of an object. Use it by pointer, and copy it at most before the first Next.
type Members struct {
	walk
	start, keyEnd int // the current member's first byte, and the place behind its key's closing quote
	decoded       int // bytes of the current key in small or big; -1 if the key stands in doc as it is
	small         [64]byte
	big           []byte // for keys too long for small
	keys          keys
}

// Object walks the object that doc consists of. The whole of doc is checked on the way, each byte once.
// What was seen counts only once Next has returned false and Err nil.
func Object(doc []byte) Members { return Members{walk: walk{doc: doc}} }

// ObjectAt walks the object v of doc, v being a value that was found in doc. Two members of one name are
// refused here too, although the document is valid with them. All places are those of doc. If v is no
// object, Next returns false and Err says so.
func ObjectAt(doc []byte, v Value) Members {
	return Members{walk: walkAt(doc, v, KindObject, msgObject)}
}

// Keep has the places where the strings of large values end kept, as many as there is reason to: a
// Cursor that Members gives does not look for them again.
func (m *Members) Keep() {
	if n := min(len(m.doc)/bytesPerString, mostEnds); n >= fewEnds {
		m.ends = &ends{of: make([]ending, 0, n)}
	}
}

// Cursor stands in front of the current value.
func (m *Members) Cursor() Cursor {
	c := CursorAt(m.doc, m.val.Start)
	c.ends = m.ends.from(m.val.Start)
	return c
}

// Next moves to the next member and reports whether there is one: false at the end and at an error.
func (m *Members) Next() bool {
	if m.done {
		return false
	}
	if !m.step('{', '}', msgObject, msgInObject) {
		if m.err == nil && m.keys.many != nil {
			m.judge(m.keys.settle(m.doc))
		}
		return false
	}
	keyEnd, next, escaped, msg := skipKey(m.doc, m.pos)
	if msg != "" {
		return m.fail(next, msg)
	}
	m.start, m.keyEnd, m.decoded = m.pos, keyEnd, -1
	if escaped {
		m.decode()
	}
	if at, v := m.keys.add(m.doc, m.start, m.Key()); v != fine {
		return m.judge(at, v)
	}
	return m.value(next)
}

// judge turns what keys has found into an error.
func (m *Members) judge(at int, v verdict) bool {
	switch v {
	case tooMany:
		return m.fail(at, msgKeys)
	case duplicate:
		end, _, _ := skipString(m.doc, at)
		name, _ := Unquote(nil, m.doc[at:end])
		const shown = 64
		if len(name) > shown {
			name = append(name[:shown], "…"...)
		}
		return m.fail(at, string(AppendQuote([]byte("duplicate key "), string(name))))
	}
	return true
}

// decode decodes the current key into small, or into big if it may be too long for that.
func (m *Members) decode() {
	raw := m.doc[m.start:m.keyEnd]
	if len(raw) <= len(m.small) { // what is decoded is never longer than what it is decoded from
		name, _ := Unquote(m.small[:0], raw)
		m.decoded = len(name)
		return
	}
	m.big, _ = Unquote(m.big[:0], raw)
	m.decoded = len(m.big)
}

// Key returns the current member's name, decoded. It is good until Next, and is a part of the document
// if the name is written without escapes.
func (m *Members) Key() []byte {
	switch {
	case m.decoded < 0:
		return m.doc[m.start+1 : m.keyEnd-1 : m.keyEnd-1]
	case m.keyEnd-m.start <= len(m.small):
		return m.small[:m.decoded:m.decoded]
	}
	return m.big
}

// KeyIs reports whether the current member's name is s, however it is spelled.
func (m *Members) KeyIs(s string) bool { return string(m.Key()) == s }

// Span returns where the current member lies, from its name's opening quote to the end of its value:
// without the comma and the white space around it.
func (m *Members) Span() (start, end int) { return m.start, m.val.End }
