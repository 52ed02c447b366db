package scan

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote appends to dst what the string literal raw, its quotes included, stands for. An escape of a
// lone surrogate becomes U+FFFD, as in encoding/json. If raw is not one valid literal and nothing else,
// it returns dst as it was, and false.
func Unquote(dst, raw []byte) ([]byte, bool) {
	if peek(raw, 0) != '"' {
		return dst, false
	}
	end, escaped, msg := skipString(raw, 0)
	if msg != "" || end != len(raw) {
		return dst, false
	}
	if !escaped {
		return append(dst, raw[1:end-1]...), true
	}
	return appendDecoded(dst, raw, 1), true
}

// appendDecoded appends what a checked string literal stands for, from place i up to its last byte,
// the closing quote.
func appendDecoded(dst, raw []byte, i int) []byte {
	end := len(raw) - 1
	for {
		n := bytes.IndexByte(raw[i:end], '\\')
		if n < 0 {
			return append(dst, raw[i:end]...)
		}
		dst = append(dst, raw[i:i+n]...)
		var r rune
		r, i = Unescape(raw, i+n)
		dst = utf8.AppendRune(dst, r)
	}
}

// Unescape returns the character that the checked escape at i stands for, and the place behind it. Two
// escapes that are a surrogate pair make one character (RFC 8259 §7).
func Unescape(raw []byte, i int) (r rune, next int) {
	switch c := raw[i+1]; c {
	case 'u':
		r = hex4(raw, i+2)
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'n':
		return '\n', i + 2
	case 'r':
		return '\r', i + 2
	case 't':
		return '\t', i + 2
	default:
		return rune(c), i + 2
	}
	if !utf16.IsSurrogate(r) {
		return r, i + 6
	}
	if peek(raw, i+6) == '\\' && peek(raw, i+7) == 'u' {
		if pair := utf16.DecodeRune(r, hex4(raw, i+8)); pair != utf8.RuneError {
			return pair, i + 12
		}
	}
	return utf8.RuneError, i + 6
}

// Bytes returns what the string v of doc stands for, as a part of doc if it is written without
// escapes; false if v is no string.
func Bytes(doc []byte, v Value) ([]byte, bool) {
	if v.Kind != KindString || !v.within(doc) {
		return nil, false
	}
	raw := v.Raw(doc)
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1 : len(raw)-1], true
	}
	return Unquote(nil, raw)
}

// String returns what the string v of doc stands for; false if v is no string.
func String(doc []byte, v Value) (string, bool) {
	if v.Kind != KindString || !v.within(doc) {
		return "", false
	}
	raw := v.Raw(doc)
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	var short [64]byte
	text, ok := Unquote(short[:0], raw)
	return string(text), ok
}

// Float returns the number that raw is; false if raw is no JSON number or is beyond float64.
func Float(raw []byte) (float64, bool) {
	if !isNumber(raw) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, false
	}
	return f, true
}

// Int returns the number that raw is, exactly; false if raw is no JSON number, is not integral or is
// beyond int64. How it is written does not matter: 1e3 and 1.0 are integers.
func Int(raw []byte) (int64, bool) {
	if n, ok := digits(raw); ok {
		return n, true
	}
	if !isNumber(raw) {
		return 0, false
	}
	negative := raw[0] == '-'
	if negative {
		raw = raw[1:]
	}
	n, ok := natural(raw)
	switch {
	case ok && negative && n <= 1<<63:
		return -int64(n), true
	case ok && !negative && n < 1<<63:
		return int64(n), true
	}
	return 0, false
}

// digits returns the number that raw is, if that is all that there is, as in most numbers.
func digits(raw []byte) (n int64, ok bool) {
	if len(raw) == 0 || len(raw) > 18 || raw[0] == '0' && len(raw) > 1 {
		return 0, false
	}
	for _, c := range raw {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return n, true
}

func isNumber(raw []byte) bool {
	if c := peek(raw, 0); c != '-' && (c < '0' || c > '9') {
		return false
	}
	end, msg := skipNumber(raw, 0)
	return msg == "" && end == len(raw)
}

// natural returns the number that raw, a checked number without its sign, is; false if it is not
// integral or beyond uint64. It counts zeros instead of writing them out, so that 0e999999999 is quick.
func natural(raw []byte) (n uint64, ok bool) {
	var exp int64     // the power of ten that the digits without their point are to be multiplied by
	var pending int64 // how many zeros have been read that are not in n yet
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		exp, _ = exponent(raw[i+1:])
		raw = raw[:i]
	}
	point := len(raw)
	if i := bytes.IndexByte(raw, '.'); i >= 0 {
		point = i
	}
	for i, c := range raw {
		switch {
		case c == '.':
			continue
		case i > point:
			exp--
		}
		if c == '0' {
			pending++
			continue
		}
		if n, ok = shift(n, pending+1); !ok || n > n+uint64(c-'0') {
			return 0, false
		}
		n += uint64(c - '0')
		pending = 0
	}
	if n == 0 {
		return 0, true
	}
	return shift(n, pending+exp)
}

// shift returns n with exp zeros behind it; false if exp is negative or the result beyond uint64.
func shift(n uint64, exp int64) (uint64, bool) {
	for ; exp > 0 && n > 0; exp-- {
		if n > (1<<64-1)/10 {
			return 0, false
		}
		n *= 10
	}
	return n, exp >= 0
}

// exponent returns what follows the e of a checked number. Beyond 18 digits, which is beyond
// any document's length, it stops counting, as no digits could make up for it, and says so.
func exponent(raw []byte) (n int64, long bool) {
	negative := raw[0] == '-'
	if negative || raw[0] == '+' {
		raw = raw[1:]
	}
	for _, c := range raw {
		if n >= 1e17 {
			long = true
			break
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, long
}

// Behind is the place in raw, a string literal with its quotes, behind the first n bytes of
// what it stands for, as Unquote gives it: behind the whole of an escape or a character that
// they end in. It is that of the closing quote if there are no more.
func Behind(raw []byte, n int) int {
	at, end := 1, len(raw)-1
	for at < end && n > 0 {
		if raw[at] != '\\' {
			at, n = at+1, n-1
			continue
		}
		next := at + 2
		if at+1 < end && raw[at+1] == 'u' {
			next = at + 6
			if isPair(raw, at) {
				next = at + 12
			}
		}
		next = min(next, end)
		text, _ := Unquote(nil, append(append([]byte{'"'}, raw[at:next]...), '"'))
		at, n = next, n-len(text)
	}
	for at < end && raw[at]&0xC0 == 0x80 { // not within a character
		at++
	}
	return max(min(at, end), 0)
}

// isPair reports whether two escapes at i are a surrogate pair.
func isPair(raw []byte, i int) bool {
	if i+12 > len(raw) || raw[i+6] != '\\' || raw[i+7] != 'u' {
		return false
	}
	high, low := hex4(raw, i+2), hex4(raw, i+8)
	return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000
}
