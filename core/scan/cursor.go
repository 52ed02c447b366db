package scan

import (
	"bytes"
	"math/bits"
)

// Cursor walks JSON that this package has checked: it looks only for what it is asked
// for, goes over each byte once, and neither allocates nor fails. Beyond the end of its
// document it finds closing brackets, so that it always comes to an end.
//
//	if c.Enter('{') {
//		for c.Next() {
//			switch string(c.Key()) {
//			case "role":
//				role = c.Value()
//			default:
//				c.Skip()
//			}
//		}
//	}
type Cursor struct {
	At   int // the place in the document that it stands at
	doc  []byte
	ends []ending // of strings that begin further on, as far as they are known
	name [64]byte // a key that is written with escapes, decoded
}

// CursorAt is a cursor in front of the value that begins at start.
func CursorAt(doc []byte, start int) Cursor { return Cursor{doc: doc, At: start} }

// Peek is the byte the cursor stands at, white space passed over; 0 at the end.
func (c *Cursor) Peek() byte {
	for c.At < len(c.doc) {
		switch b := c.doc[c.At]; b {
		case ' ', '\t', '\r', '\n':
			c.At++
		default:
			return b
		}
	}
	return 0
}

// Enter steps into the object or array in front of the cursor, or over whatever else
// is there, and reports which of the two.
func (c *Cursor) Enter(open byte) bool {
	if c.Peek() != open {
		c.Skip()
		return false
	}
	c.At++
	return true
}

// Next moves to the next member or element, or out of the object or array.
func (c *Cursor) Next() bool {
	switch c.Peek() {
	case ',', ':':
		c.At++
		c.Peek()
		return true
	case '}', ']', 0:
		c.At++
		return false
	}
	return true
}

// Key is the name of the member in front of the cursor, which then stands in front of
// its value. It is good until the next key.
func (c *Cursor) Key() []byte {
	start := c.At
	if peek(c.doc, start) != '"' {
		return c.escapedKey()
	}
	i := start + 1
	if b := c.doc[i:]; len(b) >= 8 { // most names are short
		i += bits.TrailingZeros64(special(word(b))) / 8
	}
	for ; i < len(c.doc); i++ {
		switch c.doc[i] {
		case '"':
			if c.At = i + 1; c.Peek() == ':' {
				c.At++
			}
			return c.doc[start+1 : i]
		case '\\':
			return c.escapedKey()
		}
	}
	return c.escapedKey()
}

// escapedKey is Key of a name that is written with escapes, or is none.
//
//go:noinline
func (c *Cursor) escapedKey() []byte {
	start := c.At
	c.Skip()
	raw := c.doc[start:min(c.At, len(c.doc))]
	if c.Peek() == ':' {
		c.At++
	}
	if len(raw) < 2 {
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	if len(raw) > len(c.name) {
		return nil // longer than any name that is looked for
	}
	name, _ := Unquote(c.name[:0], raw)
	return name
}

// Value is the value in front of the cursor, which steps over it.
func (c *Cursor) Value() []byte {
	c.Peek()
	start := min(c.At, len(c.doc))
	c.Skip()
	return c.doc[start:min(c.At, len(c.doc))]
}

// Skip steps over the value in front of the cursor.
func (c *Cursor) Skip() {
	depth := 0
	if c.Peek() == '"' {
		c.skipString()
		return
	}
	for b := c.Peek(); b != 0; b = c.Peek() {
		switch b {
		case '"':
			c.skipString()
		case '{', '[':
			depth++
			c.At++
		case '}', ']':
			if depth--; depth >= 0 {
				c.At++
			}
		case ',', ':':
			if depth > 0 {
				c.At++
			}
		default:
			c.skipPlain()
		}
		if depth <= 0 {
			return
		}
	}
}

// skipPlain steps over a number or a literal.
func (c *Cursor) skipPlain() {
	for c.At < len(c.doc) {
		switch c.doc[c.At] {
		case ',', '}', ']', ':', ' ', '\t', '\r', '\n':
			return
		}
		c.At++
	}
}

// skipString steps over the string whose opening quote is in front of the cursor.
func (c *Cursor) skipString() {
	for len(c.ends) > 0 && int(c.ends[0].at) <= c.At {
		known := c.ends[0]
		if c.ends = c.ends[1:]; int(known.at) == c.At {
			c.At = int(known.end)
			return
		}
	}
	from := c.At + 1
	for {
		n := bytes.IndexByte(c.doc[from:], '"')
		if n < 0 {
			c.At = len(c.doc)
			return
		}
		from += n + 1
		slash := from - 2
		for c.doc[slash] == '\\' { // stops at the opening quote
			slash--
		}
		if (from-2-slash)%2 == 0 {
			c.At = from
			return
		}
	}
}

// Length is how many bytes the string in front of the cursor has, as written; 0 for
// whatever else is there. It steps over it.
func (c *Cursor) Length() int {
	v := c.Value()
	if len(v) < 2 || v[0] != '"' {
		return 0
	}
	return len(v) - 2
}

// Filled reports whether the value in front of the cursor is an object or array that
// is not empty. It does not move.
func (c *Cursor) Filled() bool {
	at := skipSpace(c.doc, c.At)
	if b := peek(c.doc, at); b != '{' && b != '[' {
		return false
	}
	b := peek(c.doc, skipSpace(c.doc, at+1))
	return b != '}' && b != ']' && b != 0
}
