// Package jsonout appends JSON to a byte slice: the little that decisions, records and
// errors need, without reflection, in the order written, so that the same values are
// always the same bytes.
//
//	w := jsonout.Writer{Buf: dst}
//	w.Begin('{')
//	w.String("name", "x")
//	w.End('}')
package jsonout

import (
	"strconv"
	"time"

	"strowger/core/scan"
)

// Writer appends to Buf and puts the commas. What Buf held before the first write is left
// alone, whatever it ends with. The Writer does not check that what is opened is closed. A
// method whose key is empty writes an element of an array. Keys are names that the program
// has chosen: they are written as they are, nothing in them is escaped.
type Writer struct {
	Buf   []byte
	begun bool
}

// Begin opens an object '{' or an array '[' as the document or an array's element.
//
//go:noinline
func (w *Writer) Begin(open byte) { w.BeginAt("", open) }

// BeginAt and End are called from everywhere: inlined they add 10 kB to the edge module.

// BeginAt opens an object or array as the value of key.
//
//go:noinline
func (w *Writer) BeginAt(key string, open byte) {
	w.key(key)
	w.Buf = append(w.Buf, open)
}

// End closes what was opened.
//
//go:noinline
func (w *Writer) End(close byte) { w.Buf = append(w.Buf, close) }

// String writes a string.
func (w *Writer) String(key, value string) {
	w.key(key)
	w.Buf = scan.AppendQuote(w.Buf, value)
}

// OptString writes a string unless it is empty.
func (w *Writer) OptString(key, value string) {
	if value != "" {
		w.String(key, value)
	}
}

// Int writes an integer.
func (w *Writer) Int(key string, value int64) {
	w.key(key)
	if 0 <= value && value < 10 { // most are
		w.Buf = append(w.Buf, '0'+byte(value))
		return
	}
	w.Buf = strconv.AppendInt(w.Buf, value, 10)
}

// OptInt writes an integer unless it is zero.
func (w *Writer) OptInt(key string, value int64) {
	if value != 0 {
		w.Int(key, value)
	}
}

// IntOrNull writes an integer, or null where it is not known.
func (w *Writer) IntOrNull(key string, value int64, known bool) {
	if known {
		w.Int(key, value)
		return
	}
	w.Null(key)
}

// Bool writes true or false.
func (w *Writer) Bool(key string, value bool) {
	w.key(key)
	w.Buf = strconv.AppendBool(w.Buf, value)
}

// Null writes null.
//
//go:noinline
func (w *Writer) Null(key string) {
	w.key(key)
	w.Buf = append(w.Buf, "null"...)
}

// Raw writes JSON as it is; null if there is none.
func (w *Writer) Raw(key string, json []byte) {
	if len(json) == 0 {
		w.Null(key)
		return
	}
	w.key(key)
	w.Buf = append(w.Buf, json...)
}

// Literal writes JSON as it is.
//
//go:noinline
func (w *Writer) Literal(key, json string) {
	w.key(key)
	w.Buf = append(w.Buf, json...)
}

// Text writes a text that is escaped already, as a string.
//
//go:noinline
func (w *Writer) Text(key string, escaped []byte) {
	w.key(key)
	w.Buf = append(append(append(w.Buf, '"'), escaped...), '"')
}

// Time writes a moment in RFC 3339 with microseconds in UTC; null for the zero time.
func (w *Writer) Time(key string, t time.Time) {
	if t.IsZero() {
		w.Null(key)
		return
	}
	w.key(key)
	w.Buf = append(appendTime(append(w.Buf, '"'), t.UTC()), '"')
}

// appendTime is faster than time's own, which reads its layout anew each time.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05.000000Z")
	}
	hour, minute, second := t.Clock()
	dst = append(digits(dst, year, 4), '-')
	dst = append(digits(dst, int(month), 2), '-')
	dst = append(digits(dst, day, 2), 'T')
	dst = append(digits(dst, hour, 2), ':')
	dst = append(digits(dst, minute, 2), ':')
	dst = append(digits(dst, second, 2), '.')
	return append(digits(dst, t.Nanosecond()/1000, 6), 'Z')
}

// digits appends the last so many digits of v.
func digits(dst []byte, v, count int) []byte {
	dst = append(dst, "000000"[:count]...)
	for i := len(dst) - 1; v > 0; i-- {
		dst[i] = '0' + byte(v%10)
		v /= 10
	}
	return dst
}

// Micros writes a duration in whole microseconds.
func (w *Writer) Micros(key string, d time.Duration) { w.Int(key, d.Microseconds()) }

// Strings writes an array of strings, empty rather than null.
func (w *Writer) Strings(key string, values []string) {
	w.BeginAt(key, '[')
	for _, v := range values {
		w.String("", v)
	}
	w.End(']')
}

// key writes the comma and the key.
func (w *Writer) key(key string) {
	b := w.Buf
	if w.begun {
		if c := b[len(b)-1]; c != '{' && c != '[' && c != ':' {
			b = append(b, ',')
		}
	}
	w.begun = true
	if key != "" {
		b = append(append(append(b, '"'), key...), '"', ':')
	}
	w.Buf = b
}
