package scan

import (
	"math/bits"
	"slices"
	"unicode/utf8"
)

// AppendQuote appends s as a JSON string literal. Escaped are the quote, the backslash, control
// characters and U+2028 and U+2029, which end a line in older JavaScript; <, > and & are not. A byte
// that is not UTF-8 becomes \ufffd.
func AppendQuote(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(slices.Grow(dst, len(s)+2), '"')
	if isPlain(s) {
		return append(append(dst, s...), '"')
	}
	from := 0 // what precedes is written
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			for i++; len(s)-i >= 8; i += 8 {
				if hit := special(wordOf(s[i:])); hit != 0 {
					i += bits.TrailingZeros64(hit) / 8
					break
				}
			}
			continue
		}
		size := 1
		var r rune
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if (r != utf8.RuneError || size > 1) && r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		i += size
		from = i
		switch {
		case r == utf8.RuneError:
			dst = append(dst, `\ufffd`...)
		case r != 0:
			dst = append(dst, `\u202`...)
			dst = append(dst, hex[r&0xF])
		case short(c) != 0:
			dst = append(dst, '\\', short(c))
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&0xF])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// isPlain reports whether no byte of s needs a look. The last word of s may overlap the one before.
func isPlain(s string) bool {
	n := len(s)
	switch {
	case n >= 8:
		for i := 0; i < n-8; i += 8 {
			if special(wordOf(s[i:])) != 0 {
				return false
			}
		}
		return special(wordOf(s[n-8:])) == 0
	case n >= 4:
		return special(halfOf(s)|halfOf(s[n-4:])<<32) == 0
	}
	x := uint64(ones * ' ')
	for i := range n {
		x = x<<8 | uint64(s[i])
	}
	return special(x) == 0
}

// short returns the letter of the two-character escape for c (RFC 8259 §7), or 0 if it has none.
func short(c byte) byte {
	switch c {
	case '"', '\\':
		return c
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}
