package responses

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// out appends JSON to buf and puts the commas. Keys are written as they are; an empty one
// stands for an element of an array. Its methods are called from everywhere: inlined they
// would double what the package adds to the edge module.
type out struct{ buf []byte }

//go:noinline
func (o *out) key(k string) {
	if n := len(o.buf); n > 0 {
		if b := o.buf[n-1]; b != '{' && b != '[' && b != ':' {
			o.buf = append(o.buf, ',')
		}
	}
	if k != "" {
		o.buf = append(append(append(o.buf, '"'), k...), `":`...)
	}
}

// open opens an object or an array as a value.
//
//go:noinline
func (o *out) open(k string, b byte) {
	o.key(k)
	o.buf = append(o.buf, b)
}

//go:noinline
func (o *out) shut(b byte) { o.buf = append(o.buf, b) }

// raw writes JSON as it is.
//
//go:noinline
func (o *out) raw(k string, v []byte) {
	o.key(k)
	o.buf = append(o.buf, v...)
}

// line writes JSON in one line, as an event has to have it: line ends in it are white space.
//
//go:noinline
func (o *out) line(k string, v []byte) {
	o.raw(k, v)
	codec.OneLine(o.buf[len(o.buf)-len(v):])
}

// lit writes JSON as it is.
//
//go:noinline
func (o *out) lit(k, v string) {
	o.key(k)
	o.buf = append(o.buf, v...)
}

// str writes a string.
//
//go:noinline
func (o *out) str(k, v string) {
	o.key(k)
	o.buf = scan.AppendQuote(o.buf, v)
}

// text writes a text that is escaped already.
//
//go:noinline
func (o *out) text(k string, v llm.Escaped) {
	o.key(k)
	o.buf = codec.AppendString(o.buf, v)
}

//go:noinline
func (o *out) num(k string, v int64) {
	o.key(k)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

//go:noinline
func (o *out) flag(k string, v bool) {
	o.key(k)
	o.buf = strconv.AppendBool(o.buf, v)
}
