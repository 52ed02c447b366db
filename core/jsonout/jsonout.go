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
	"slices"
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
	w.key(key, 1)
	w.Buf = append(w.Buf, open)
}

// End closes what was opened.
//
//go:noinline
func (w *Writer) End(close byte) { w.Buf = append(w.Buf, close) }

// String writes a string.
func (w *Writer) String(key, value string) {
	w.key(key, len(value)+2)
	w.keep(scan.AppendQuote(w.Buf, value))
}

// OptString writes a string unless it is empty.
//
//go:noinline
func (w *Writer) OptString(key, value string) {
	if value != "" {
		w.String(key, value)
	}
}

// Int writes an integer.
func (w *Writer) Int(key string, value int64) {
	w.key(key, 20)
	switch {
	case 0 <= value && value < 10: // most are
		w.Buf = append(w.Buf, '0'+byte(value))
	case 0 < value && value < 1e8:
		w.keep(appendFew(w.Buf, uint32(value)))
	default:
		w.keep(strconv.AppendInt(w.Buf, value, 10))
	}
}

// appendFew appends a number of at most eight digits.
func appendFew(dst []byte, v uint32) []byte {
	count := 1
	for most := uint32(10); most <= v; most *= 10 {
		count++
	}
	n := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)[:n+count]
	for i := len(dst) - 1; i >= n; i-- {
		dst[i] = '0' + byte(v%10)
		v /= 10
	}
	return dst
}

// OptInt writes an integer unless it is zero.
//
//go:noinline
func (w *Writer) OptInt(key string, value int64) {
	if value != 0 {
		w.Int(key, value)
	}
}

// IntOrNull writes an integer, or null where it is not known.
//
//go:noinline
func (w *Writer) IntOrNull(key string, value int64, known bool) {
	if known {
		w.Int(key, value)
		return
	}
	w.Null(key)
}

// Bool writes true or false.
//
//go:noinline
func (w *Writer) Bool(key string, value bool) {
	w.key(key, 5)
	if value {
		w.Buf = append(w.Buf, 't', 'r', 'u', 'e')
	} else {
		w.Buf = append(w.Buf, 'f', 'a', 'l', 's', 'e')
	}
}

// Null writes null.
//
//go:noinline
func (w *Writer) Null(key string) {
	w.key(key, 4)
	w.Buf = append(w.Buf, 'n', 'u', 'l', 'l') // a text is copied by a call, bytes are stored at once
}

// Raw writes JSON as it is; null if there is none.
func (w *Writer) Raw(key string, json []byte) {
	if len(json) == 0 {
		w.Null(key)
		return
	}
	w.key(key, len(json))
	w.Buf = append(w.Buf, json...)
}

// Literal writes JSON as it is.
//
//go:noinline
func (w *Writer) Literal(key, json string) {
	w.key(key, len(json))
	w.Buf = append(w.Buf, json...)
}

// Text writes a text that is escaped already, as a string.
//
//go:noinline
func (w *Writer) Text(key string, escaped []byte) {
	w.key(key, len(escaped)+2)
	w.keep(append(append(append(w.Buf, '"'), escaped...), '"'))
}

// Time writes a moment in RFC 3339 with microseconds in UTC; null for the zero time.
func (w *Writer) Time(key string, t time.Time) {
	if t.IsZero() {
		w.Null(key)
		return
	}
	w.key(key, len(`"2006-01-02T15:04:05.000000Z"`))
	w.keep(append(appendTime(append(w.Buf, '"'), t.UTC()), '"'))
}

// appendTime is faster than time's own, which reads its layout anew each time.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05.000000Z")
	}
	hour, minute, second := t.Clock()
	dst = append(pair(pair(dst, year/100), year%100), '-')
	dst = append(pair(append(pair(dst, int(month)), '-'), day), 'T')
	dst = append(pair(append(pair(append(pair(dst, hour), ':'), minute), ':'), second), '.')
	micros := t.Nanosecond() / 1000
	return append(pair(pair(pair(dst, micros/10000), micros/100%100), micros%100), 'Z')
}

// pair appends the two digits of v.
func pair(dst []byte, v int) []byte { return append(dst, '0'+byte(v/10), '0'+byte(v%10)) }

// Micros writes a duration in whole microseconds.
//
//go:noinline
func (w *Writer) Micros(key string, d time.Duration) { w.Int(key, d.Microseconds()) }

// Strings writes an array of strings, empty rather than null.
func (w *Writer) Strings(key string, values []string) {
	w.BeginAt(key, '[')
	for _, v := range values {
		w.String("", v)
	}
	w.End(']')
}

// key writes the comma and the key, and makes room for so many bytes of a value.
//
//go:noinline
func (w *Writer) key(key string, room int) {
	n := len(w.Buf)
	if need := len(key) + 4 + room; cap(w.Buf)-n < need {
		w.Buf = slices.Grow(w.Buf, need)
	}
	b := w.Buf[:n+len(key)+4]
	if w.begun {
		if c := b[n-1]; c != '{' && c != '[' && c != ':' {
			b[n] = ','
			n++
		}
	}
	w.begun = true
	if key != "" {
		b[n] = '"'
		n += 1 + copy(b[n+1:], key)
		b[n], b[n+1] = '"', ':'
		n += 2
	}
	w.Buf = w.Buf[:n]
}

// keep takes b for Buf. Where it is the same memory, as it is when there was room, only its length
// is written: a pointer that is written costs more while the garbage is collected.
func (w *Writer) keep(b []byte) {
	if cap(b) == cap(w.Buf) {
		w.Buf = w.Buf[:len(b)]
	} else {
		w.Buf = b
	}
}
