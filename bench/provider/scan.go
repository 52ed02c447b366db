package provider

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"unicode/utf8"
)

// maxDepth is how deep JSON may nest; encoding/json draws the line at the same place.
const maxDepth = 10_000

// cursor walks a JSON text once, strictly, without decoding it: this provider is the far end of
// benchmarks, and encoding/json would take longer than all the rest of it. Each method consumes one
// thing and reports whether it was there; after a false the cursor is of no more use.
type cursor struct {
	b     []byte
	i     int
	depth int
}

// space skips white space and returns the byte that follows, 0 at the end.
func (c *cursor) space() byte {
	for ; c.i < len(c.b); c.i++ {
		switch ch := c.b[c.i]; ch {
		case ' ', '\t', '\n', '\r':
		default:
			return ch
		}
	}
	return 0
}

// eat consumes ch if it comes next.
func (c *cursor) eat(ch byte) bool {
	if c.i < len(c.b) && c.b[c.i] == ch {
		c.i++
		return true
	}
	return false
}

// end reports whether only white space is left.
func (c *cursor) end() bool { return c.space() == 0 && c.i == len(c.b) }

// span consumes a value and returns its bytes.
func (c *cursor) span() ([]byte, bool) {
	c.space()
	from := c.i
	ok := c.skip()
	return c.b[from:c.i], ok
}

// skip consumes any value.
func (c *cursor) skip() bool {
	switch ch := c.space(); ch {
	case '"':
		_, _, ok := c.text()
		return ok
	case '{':
		return c.object(func([]byte) bool { return c.skip() })
	case '[':
		return c.array(c.skip)
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	default:
		return c.number()
	}
}

// object consumes an object; member is called with each key and must consume its value.
func (c *cursor) object(member func(key []byte) bool) bool {
	if c.space() != '{' || c.depth == maxDepth {
		return false
	}
	c.i++
	c.depth++
	if c.space() == '}' {
		c.i++
		c.depth--
		return true
	}
	for {
		c.space()
		key, _, ok := c.text()
		if !ok || c.space() != ':' {
			return false
		}
		c.i++
		if !member(plainKey(key)) {
			return false
		}
		switch c.space() {
		case ',':
			c.i++
		case '}':
			c.i++
			c.depth--
			return true
		default:
			return false
		}
	}
}

// array consumes an array; item must consume each element.
func (c *cursor) array(item func() bool) bool {
	if c.space() != '[' || c.depth == maxDepth {
		return false
	}
	c.i++
	c.depth++
	if c.space() == ']' {
		c.i++
		c.depth--
		return true
	}
	for {
		if !item() {
			return false
		}
		switch c.space() {
		case ',':
			c.i++
		case ']':
			c.i++
			c.depth--
			return true
		default:
			return false
		}
	}
}

// word consumes a literal.
func (c *cursor) word(w string) bool {
	if len(c.b)-c.i < len(w) || string(c.b[c.i:c.i+len(w)]) != w {
		return false
	}
	c.i += len(w)
	return true
}

// number consumes a number in JSON's own grammar: no leading zero, no plus, no bare point.
func (c *cursor) number() bool {
	c.eat('-')
	if !c.eat('0') && !c.digits() {
		return false
	}
	if c.eat('.') && !c.digits() {
		return false
	}
	if c.eat('e') || c.eat('E') {
		if !c.eat('+') {
			c.eat('-')
		}
		return c.digits()
	}
	return true
}

func (c *cursor) digits() bool {
	from := c.i
	for c.i < len(c.b) && '0' <= c.b[c.i] && c.b[c.i] <= '9' {
		c.i++
	}
	return c.i > from
}

// text consumes a string. raw is what stands between the quotes, size its length in bytes once decoded.
func (c *cursor) text() (raw []byte, size int, ok bool) {
	if !c.eat('"') {
		return nil, 0, false
	}
	from := c.i
	for {
		stop := special(c.b, c.i)
		size += stop - c.i
		c.i = stop
		switch {
		case stop == len(c.b) || c.b[stop] < ' ':
			return nil, 0, false
		case c.b[stop] == '"':
			c.i++
			return c.b[from:stop], size, true
		}
		n, ok := c.escape()
		if !ok {
			return nil, 0, false
		}
		size += n
	}
}

// escape consumes an escape sequence and returns how many bytes it stands for.
func (c *cursor) escape() (size int, ok bool) {
	if c.i++; c.i == len(c.b) {
		return 0, false
	}
	c.i++
	switch c.b[c.i-1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1, true
	case 'u':
	default:
		return 0, false
	}
	if len(c.b)-c.i < 4 {
		return 0, false
	}
	var r rune
	for _, ch := range c.b[c.i : c.i+4] {
		switch {
		case '0' <= ch && ch <= '9':
			r = r<<4 | rune(ch-'0')
		case 'a' <= ch|0x20 && ch|0x20 <= 'f':
			r = r<<4 | rune(ch|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	c.i += 4
	if size = utf8.RuneLen(r); size < 0 {
		size = 2 // half of a surrogate pair, which takes four bytes
	}
	return size, true
}

// special returns where, at i or after it, the first quote, backslash or control byte stands; len(b) if
// there is none. It looks at eight bytes at a time: prompts are long.
func special(b []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^ones*'"', x^ones*'\\'
		hit := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & tops
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(b); i++ {
		if ch := b[i]; ch == '"' || ch == '\\' || ch < ' ' {
			return i
		}
	}
	return i
}

// plainKey undoes escapes in a key, which hardly any client writes.
func plainKey(raw []byte) []byte {
	for _, ch := range raw {
		if ch == '\\' {
			return []byte(decoded(raw))
		}
	}
	return raw
}

// decoded is the text of a string's raw bytes, which the cursor has found well formed.
func decoded(raw []byte) string {
	var s string
	if json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &s) != nil {
		return string(raw)
	}
	return s
}

// appendEscaped appends s as it must stand between the quotes of a JSON string.
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	from := 0
	for i := 0; i < len(s); i++ {
		ch := s[i]
		if ch >= ' ' && ch != '"' && ch != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		switch ch {
		case '"', '\\':
			dst = append(dst, '\\', ch)
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[ch>>4], hex[ch&15])
		}
		from = i + 1
	}
	return append(dst, s[from:]...)
}
