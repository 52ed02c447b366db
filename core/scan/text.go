package scan

import (
	"math/bits"
	"unicode/utf8"
)

const (
	ones = 0x0101010101010101 // a byte spread over a word: ones * b
	tops = 0x8080808080808080 // the top bit of each byte
)

// special sets the top bit of the first byte of x that needs a look: a quote, a backslash, a control
// character or a part of a non-ASCII character. Bytes before it are clear, those behind it may be wrong
// (a subtraction borrows only from bytes behind one that is set). With its second bit turned over a
// quote stands right behind the control characters, and nothing else is among them.
func special(x uint64) uint64 {
	return ((x ^ ones*('"'^' ')) - ones*(' '+1) | ((x ^ ones*'\\') - ones) | x) & tops
}

// word returns the eight bytes that b begins with, the first one lowest.
func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// wordOf is word of a text.
func wordOf(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// halfOf is wordOf of four bytes.
func halfOf(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// skipPlain returns the place of the first byte from i on that needs a look, or some place near the
// end of doc from which on single bytes must be looked at.
func skipPlain(doc []byte, i int) int {
	b := doc[i:]
	for n := 0; len(b) >= 8; n++ {
		if n == 4 { // a long text
			for len(b) >= 32 && special(word(b))|special(word(b[8:]))|special(word(b[16:]))|special(word(b[24:])) == 0 {
				b = b[32:]
			}
			continue
		}
		if hit := special(word(b)); hit != 0 {
			return len(doc) - len(b) + bits.TrailingZeros64(hit)/8
		}
		b = b[8:]
	}
	return len(doc) - len(b)
}

// skipString checks the string whose opening quote is at i (RFC 8259 §7, §8.1).
func skipString(doc []byte, i int) (end int, escaped bool, msg string) {
	i++
	for {
		i = skipPlain(doc, i)
		if i >= len(doc) {
			return i, escaped, msgEnd
		}
		switch c := doc[i]; {
		case c == '"':
			return i + 1, escaped, ""
		case c == '\\':
			escaped = true
			if e := peek(doc, i+1); e == 'n' || e == '"' || e == 't' { // most are
				i += 2
			} else if i, msg = skipEscape(doc, i); msg != "" {
				return i, escaped, msg
			}
		case c < ' ':
			return i, escaped, msgControl
		case c >= utf8.RuneSelf:
			if i, msg = skipWide(doc, i); msg != "" {
				return i, escaped, msg
			}
		default:
			i++
		}
	}
}

// skipEscape checks the escape whose backslash is at i. That a surrogate has its pair is not asked for.
func skipEscape(doc []byte, i int) (end int, msg string) {
	switch peek(doc, i+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, ""
	case 'u':
		if hex4(doc, i+2) >= 0 {
			return i + 6, ""
		}
	}
	return i, msgEscape
}

// hex4 returns the number that the four hexadecimal digits at i make, or -1 if they are none.
func hex4(doc []byte, i int) rune {
	if len(doc)-i < 4 {
		return -1
	}
	var r rune
	for _, c := range doc[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|' ' && c|' ' <= 'f':
			c = c | ' ' - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// skipWide checks the non-ASCII characters from i on and returns the place of the first ASCII one.
// Characters of two and three bytes are told by their bits here, as that is most of the world's text;
// those behind E0 and ED, whose followers are restricted (RFC 3629 §4), and all others by the library.
func skipWide(doc []byte, i int) (end int, msg string) {
	for i < len(doc) && doc[i] >= utf8.RuneSelf {
		b := doc[i:]
		if len(b) >= 3 && b[0]&0xF0 == 0xE0 && b[1]&0xC0 == 0x80 && b[2]&0xC0 == 0x80 &&
			b[0] != 0xE0 && b[0] != 0xED {
			i += 3
			continue
		}
		if len(b) >= 2 && 0xC2 <= b[0] && b[0] < 0xE0 && b[1]&0xC0 == 0x80 {
			i += 2
			continue
		}
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			return i, msgUTF8
		}
		i += size
	}
	return i, ""
}
