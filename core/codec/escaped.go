package codec

import (
	"strowger/core/llm"
	"strowger/core/scan"
)

// Inner is the text of a string literal that has been checked, without its quotes; nil if raw
// is no string.
//
//go:noinline
func Inner(raw []byte) llm.Escaped {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	return llm.Escaped(raw[1 : len(raw)-1])
}

// Unescape appends what an escaped text stands for; false if it is none.
func Unescape(dst []byte, text llm.Escaped) ([]byte, bool) {
	quoted := append(append(append(make([]byte, 0, len(text)+2), '"'), text...), '"')
	return scan.Unquote(dst, quoted)
}

// Plain is what an escaped text stands for; empty if it is none.
//
//go:noinline
func Plain(text llm.Escaped) string {
	s, _ := Unescape(nil, text)
	return string(s)
}

// Escape is text as it stands in a JSON string.
func Escape(text string) llm.Escaped { return AppendEscaped(nil, text) }

// AppendEscaped appends text as it stands in a JSON string, without the quotes.
func AppendEscaped(dst []byte, text string) []byte {
	at := len(dst)
	dst = scan.AppendQuote(dst, text)
	copy(dst[at:], dst[at+1:len(dst)-1])
	return dst[:len(dst)-2]
}

// AppendString appends an escaped text as a string literal.
//
//go:noinline
func AppendString(dst []byte, text llm.Escaped) []byte {
	return append(append(append(dst, '"'), text...), '"')
}

// White reports whether a text has nothing but white space.
func White(text llm.Escaped) bool { return len(Trimmed(text)) == 0 }

// Trimmed is a text without the white space at its end.
func Trimmed(text llm.Escaped) llm.Escaped {
	for n := len(text); n > 0; n = len(text) {
		switch text[n-1] {
		case ' ':
			text = text[:n-1]
		case 'n', 't', 'r':
			slashes := 0
			for slashes < n-1 && text[n-2-slashes] == '\\' {
				slashes++
			}
			if slashes%2 == 0 {
				return text
			}
			text = text[:n-2]
		default:
			return text
		}
	}
	return text
}

// OneLine puts a JSON document on one line, as an event's data must be: strings have no raw
// line ends, so these are white space.
func OneLine(doc []byte) {
	for i, b := range doc {
		if b == '\n' || b == '\r' {
			doc[i] = ' '
		}
	}
}
