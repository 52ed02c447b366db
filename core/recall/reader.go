package recall

import (
	"math"
	"slices"
	"strconv"
	"time"

	"strowger/core/llm"
	"strowger/core/scan"
)

// reader reads the members of JSON objects; the first error stays.
type reader struct {
	doc []byte
	err error
}

// problem is why a document is no record of a decision: the place in it, and what is wrong there.
type problem struct{ place, text string }

// Error is the place with what is wrong.
func (p *problem) Error() string {
	if p.place == "" {
		return p.text
	}
	return p.place + ": " + p.text
}

// fail notes a problem; place may be as long as the document has it.
//
//go:noinline
func (r *reader) fail(place, text string) {
	if r.err == nil {
		r.err = &problem{llm.Clip(place, 200), text}
	}
}

// form are the names of an object's members: those that are always there, then those that may be.
type form struct {
	place string
	must  []string
	may   []string
}

// object calls each with the members of v that the form names, in the order of the document.
func (r *reader) object(v scan.Value, f *form, each func(key string, v scan.Value)) {
	if v.Kind != scan.KindObject {
		r.fail(f.place, "expected an object")
		return
	}
	seen, at := uint64(0), 0
	for m := scan.ObjectAt(r.doc, v); ; {
		if !m.Next() {
			if err := m.Err(); err != nil {
				r.fail(f.place, err.Error())
			}
			break
		}
		key := m.Key()
		if at >= len(f.must) || f.must[at] != string(key) { // mostly they stand in their order
			at = slices.Index(f.must, string(key))
		}
		if at >= 0 {
			seen |= 1 << at
			each(f.must[at], m.Value())
			at++
			continue
		}
		at = slices.Index(f.may, string(key))
		if at < 0 {
			r.fail(f.place, "unknown member "+strconv.Quote(llm.Clip(string(key), 64)))
			return
		}
		each(f.may[at], m.Value())
		at = len(f.must)
	}
	for i, name := range f.must {
		if seen&(1<<i) == 0 {
			r.fail(under(f.place, name), "missing")
		}
	}
}

// under is the place of a member.
func under(place, key string) string {
	if place == "" {
		return key
	}
	return place + "." + key
}

// array calls each with the elements of an array.
func (r *reader) array(v scan.Value, place string, each func(scan.Value)) {
	if v.Kind != scan.KindArray {
		r.fail(place, "expected an array")
		return
	}
	for a := scan.ArrayAt(r.doc, v); a.Next() && r.err == nil; {
		each(a.Value())
	}
}

// int is a whole number from least to most.
func (r *reader) int(v scan.Value, place string, least, most int64) int64 {
	n, ok := scan.Int(v.Raw(r.doc))
	if !ok || n < least || n > most {
		r.fail(place, "expected a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10))
		return least
	}
	return n
}

// count is a whole number that is not below zero.
func (r *reader) count(v scan.Value, place string) int64 { return r.int(v, place, 0, math.MaxInt64) }

// permille is a share.
func (r *reader) permille(v scan.Value, place string) int64 { return r.int(v, place, 0, 1000) }

// mostMicros is the longest time there is.
const mostMicros = math.MaxInt64 / int64(time.Microsecond)

// micros is a duration in microseconds, least or more.
func (r *reader) micros(v scan.Value, place string, least int64) time.Duration {
	return time.Duration(r.int(v, place, least, mostMicros)) * time.Microsecond
}

func (r *reader) bool(v scan.Value, place string) bool {
	if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
		r.fail(place, "expected true or false")
	}
	return v.Kind == scan.KindTrue
}

func (r *reader) text(v scan.Value, place string) string {
	s, ok := scan.String(r.doc, v)
	if !ok {
		r.fail(place, "expected a string")
	}
	return s
}

// texts is an array of strings; nil if it is empty.
func (r *reader) texts(v scan.Value, place string) (list []string) {
	r.array(v, place, func(v scan.Value) { list = append(list, r.text(v, place)) })
	return list
}

// known reports a name that means nothing.
func (r *reader) known(ok bool, v scan.Value, place string) {
	if !ok {
		r.fail(place, "unknown name "+llm.Clip(string(v.Raw(r.doc)), 64))
	}
}

// hex is a number of 16 hexadecimal digits.
func (r *reader) hex(v scan.Value, place string) uint64 {
	s := r.text(v, place)
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != 16 {
		r.fail(place, "expected 16 hexadecimal digits")
	}
	return n
}

// time is a moment in whole microseconds; the zero time for null.
func (r *reader) time(v scan.Value, place string) time.Time {
	if v.Kind == scan.KindNull {
		return time.Time{}
	}
	t, err := time.Parse("2006-01-02T15:04:05.000000Z", r.text(v, place))
	if err != nil {
		r.fail(place, "expected a moment such as 2025-06-01T12:00:00.000000Z")
	}
	return t
}
