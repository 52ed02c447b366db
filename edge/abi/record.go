package abi

import "strowger/core/jsonout"

// Record is one piece of a result. Both parts point into the result.
type Record struct {
	Control []byte // a JSON object
	Raw     []byte
}

const lengthSize = 4

// AppendRecord appends a record with these parts, each shorter than 4 GB.
func AppendRecord(dst, control, raw []byte) []byte {
	dst = append(appendLength(dst, len(control)), control...)
	return append(appendLength(dst, len(raw)), raw...)
}

// Next takes the first record off result. It reports false if result does not begin
// with a whole record; an empty result has none.
func Next(result []byte) (r Record, rest []byte, ok bool) {
	if r.Control, rest, ok = part(result); !ok {
		return Record{}, result, false
	}
	if r.Raw, rest, ok = part(rest); !ok {
		return Record{}, result, false
	}
	return r, rest, true
}

// Lengths are written by hand: encoding/binary brings reflection into the module.

func appendLength(dst []byte, n int) []byte {
	return append(dst, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func length(b []byte) uint64 {
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
}

func part(b []byte) (p, rest []byte, ok bool) {
	if len(b) < lengthSize {
		return nil, nil, false
	}
	n := length(b)
	if b = b[lengthSize:]; n > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}

// The four below are called from everywhere: inlined they add 10 kB to the module.

// begin starts a record behind dst, with the control message still open.
//
//go:noinline
func (m *Machine) begin(dst []byte, kind string) {
	m.mark = len(dst)
	m.w = jsonout.Writer{Buf: append(dst, 0, 0, 0, 0)}
	m.w.Begin('{')
	m.w.String("kind", kind)
}

// body ends the control message. What is appended to its result is the raw bytes.
//
//go:noinline
func (m *Machine) body() []byte {
	m.w.End('}')
	m.seal(m.w.Buf)
	m.mark = len(m.w.Buf)
	return append(m.w.Buf, 0, 0, 0, 0)
}

// end ends the record: b is what body gave with the raw bytes behind it.
//
//go:noinline
func (m *Machine) end(b []byte) []byte {
	m.seal(b)
	m.w.Buf = nil
	return b
}

// seal writes the length of the part that ends with b.
func (m *Machine) seal(b []byte) {
	appendLength(b[:m.mark], len(b)-m.mark-lengthSize)
}

//go:noinline
func (m *Machine) fail(dst []byte, err *Error) []byte {
	m.begin(dst, KindError)
	m.w.String("code", string(err.Code))
	m.w.String("message", err.Message)
	return m.end(m.body())
}
