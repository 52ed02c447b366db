package gemini

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/scan"
)

// list goes over a repeated field: an array, or an object alone, which the API takes for an
// array of one. Whatever else there is has no elements.
type list struct {
	c     *scan.Cursor
	array bool
	left  bool // the object alone has not been read
}

// listOf stands in front of the first element of the list in front of c.
func listOf(c *scan.Cursor) list {
	switch c.Peek() {
	case '[':
		return list{c: c, array: c.Enter('[')}
	case '{':
		return list{c: c, left: true}
	}
	c.Skip()
	return list{c: c}
}

// next goes to the next element, which then has to be read or passed over.
func (l *list) next() bool {
	if l.array {
		return l.c.Next()
	}
	was := l.left
	l.left = false
	return was
}

// camel is the name of a member in its usual spelling, mimeType for mime_type
// (https://protobuf.dev/programming-guides/json/).
func camel(name []byte) []byte {
	at := bytes.IndexByte(name, '_')
	if at < 1 {
		return name
	}
	usual := append(make([]byte, 0, len(name)), name[:at]...)
	for ; at < len(name); at++ {
		if name[at] == '_' && at+1 < len(name) && name[at+1] >= 'a' && name[at+1] <= 'z' {
			at++
			usual = append(usual, name[at]-'a'+'A')
		} else {
			usual = append(usual, name[at])
		}
	}
	return usual
}

// numeric is a number, which may be written as a string, as 64 bits are
// (https://protobuf.dev/programming-guides/json/).
func numeric(raw []byte) []byte {
	if raw[0] == '"' {
		return codec.Inner(raw)
	}
	return raw
}
