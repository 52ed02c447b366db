package openai

import (
	"bytes"

	"strowger/core/scan"
)

// cursor walks JSON that package scan has checked: it looks only for what it is asked
// for, goes over each byte once, and neither allocates nor fails. Beyond the end of its
// document it finds closing brackets, so that it always comes to an end.
//
//	if c.enter('{') {
//		for c.next() {
//			switch string(c.key()) {
//			case "role":
//				role = c.value()
//			default:
//				c.skip()
//			}
//		}
//	}
type cursor struct {
	doc  []byte
	at   int
	name [64]byte // a key that is written with escapes, decoded
}

// cursorAt is a cursor in front of the value that begins at start.
func cursorAt(doc []byte, start int) cursor { return cursor{doc: doc, at: start} }

// peek is the byte the cursor stands at, white space passed over; 0 at the end.
func (c *cursor) peek() byte {
	for c.at < len(c.doc) {
		switch b := c.doc[c.at]; b {
		case ' ', '\t', '\r', '\n':
			c.at++
		default:
			return b
		}
	}
	return 0
}

// enter steps into the object or array in front of the cursor, or over whatever else
// is there, and reports which of the two.
func (c *cursor) enter(open byte) bool {
	if c.peek() != open {
		c.skip()
		return false
	}
	c.at++
	return true
}

// next moves to the next member or element, or out of the object or array.
func (c *cursor) next() bool {
	switch c.peek() {
	case ',', ':':
		c.at++
		c.peek()
		return true
	case '}', ']', 0:
		c.at++
		return false
	}
	return true
}

// key is the name of the member in front of the cursor, which then stands in front of
// its value. It is good until the next key.
func (c *cursor) key() []byte {
	start := c.at
	c.skip()
	raw := c.doc[start:min(c.at, len(c.doc))]
	if c.peek() == ':' {
		c.at++
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
	name, _ := scan.Unquote(c.name[:0], raw)
	return name
}

// value is the value in front of the cursor, which steps over it.
func (c *cursor) value() []byte {
	c.peek()
	start := min(c.at, len(c.doc))
	c.skip()
	return c.doc[start:min(c.at, len(c.doc))]
}

// skip steps over the value in front of the cursor.
func (c *cursor) skip() {
	depth := 0
	for b := c.peek(); b != 0; b = c.peek() {
		switch b {
		case '"':
			c.skipString()
		case '{', '[':
			depth++
			c.at++
		case '}', ']':
			if depth--; depth >= 0 {
				c.at++
			}
		case ',', ':':
			if depth > 0 {
				c.at++
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
func (c *cursor) skipPlain() {
	for c.at < len(c.doc) {
		switch c.doc[c.at] {
		case ',', '}', ']', ':', ' ', '\t', '\r', '\n':
			return
		}
		c.at++
	}
}

// skipString steps over the string whose opening quote is in front of the cursor.
func (c *cursor) skipString() {
	from := c.at + 1
	for {
		n := bytes.IndexByte(c.doc[from:], '"')
		if n < 0 {
			c.at = len(c.doc)
			return
		}
		from += n + 1
		slash := from - 2
		for c.doc[slash] == '\\' { // stops at the opening quote
			slash--
		}
		if (from-2-slash)%2 == 0 {
			c.at = from
			return
		}
	}
}

// length is how many bytes the string in front of the cursor has, as written; 0 for
// whatever else is there. It steps over it.
func (c *cursor) length() int {
	v := c.value()
	if len(v) < 2 || v[0] != '"' {
		return 0
	}
	return len(v) - 2
}

// base64 is how many bytes of data the string in front of the cursor has: all of it if it is
// bare or a data: URL (RFC 2397), else none. It steps over it.
func (c *cursor) base64(bare bool) int {
	c.peek()
	start := c.at
	n := c.length()
	if bare || bytes.HasPrefix(c.doc[min(start, len(c.doc)):], []byte(`"data:`)) {
		return n
	}
	return 0
}

// filled reports whether the value in front of the cursor is an object or array that
// is not empty. It does not move.
func (c *cursor) filled() bool {
	inner := cursor{doc: c.doc, at: c.at}
	if b := inner.peek(); b != '{' && b != '[' {
		return false
	}
	inner.at++
	return inner.next()
}
