package abi

import (
	"strconv"

	"strowger/core/scan"
)

// maxMicros is the largest number that JavaScript holds exactly; as microseconds it
// fits a time.Duration as well.
const maxMicros = 1<<53 - 1

// exact is n, or the nearest number that JavaScript holds exactly. Beyond are only sums
// that a provider made up.
func exact(n int64) int64 { return max(-maxMicros, min(n, maxMicros)) }

// The bounds of texts in a control message, in bytes.
const (
	maxName = 512
	maxText = 64 << 10
)

// fields reads the members of a JSON object; the first error stays.
type fields struct {
	doc []byte
	err *Error
}

func (f *fields) bad(key, msg string) {
	if f.err == nil {
		if len(key) > maxName {
			key = key[:maxName]
		}
		f.err = &Error{CodeControl, strconv.Quote(key) + ": " + msg}
	}
}

func (f *fields) unknown(key []byte) { f.bad(string(key), "unknown member") }

// end takes how the walk over an object ended.
//
//go:noinline
func (f *fields) end(err error) {
	if err != nil && f.err == nil {
		f.err = &Error{CodeControl, err.Error()}
	}
}

// int is a whole number from least to most.
func (f *fields) int(key string, v scan.Value, least, most int64) int64 {
	n, ok := scan.Int(v.Raw(f.doc))
	switch {
	case !ok:
		f.bad(key, "expected a whole number")
	case n < least || n > most:
		f.bad(key, "must be from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10))
	default:
		return n
	}
	return least
}

// micros is a moment or a duration.
func (f *fields) micros(key string, v scan.Value) int64 { return f.int(key, v, 0, maxMicros) }

// text is a string of at most most bytes.
func (f *fields) text(key string, v scan.Value, most int) string {
	return string(f.bytes(key, v, most))
}

// bytes is text that is good as long as the document, for what is only looked at.
func (f *fields) bytes(key string, v scan.Value, most int) []byte {
	if v.End-v.Start > 6*most+2 { // no escape is longer than six bytes
		f.bad(key, "longer than "+strconv.Itoa(most)+" bytes")
		return nil
	}
	s, ok := scan.Bytes(f.doc, v)
	switch {
	case !ok:
		f.bad(key, "expected a string")
	case len(s) > most:
		f.bad(key, "longer than "+strconv.Itoa(most)+" bytes")
	}
	return s
}

func (f *fields) flag(key string, v scan.Value) bool {
	if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
		f.bad(key, "expected true or false")
	}
	return v.Kind == scan.KindTrue
}

// seed is a 64-bit number as up to 16 hexadecimal digits.
func (f *fields) seed(key string, v scan.Value) (n uint64) {
	digits := f.bytes(key, v, 16)
	ok := len(digits) > 0
	for _, c := range digits {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|' ' && c|' ' <= 'f':
			c = c | ' ' - 'a' + 10
		default:
			ok = false
		}
		n = n<<4 | uint64(c)
	}
	if !ok {
		f.bad(key, "expected up to 16 hexadecimal digits")
	}
	return n
}

// need reports a member that must be there.
//
//go:noinline
func (f *fields) need(ok bool, key string) {
	if !ok {
		f.bad(key, "missing")
	}
}

// known reports a name that means nothing.
func (f *fields) known(ok bool, key string, v scan.Value) {
	if f.err == nil && !ok {
		f.bad(key, "unknown name "+string(v.Raw(f.doc)))
	}
}
