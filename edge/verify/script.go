package verify

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"strowger/edge/abi"
)

const (
	head      = "strowger script 1\n"
	entryCase = 'C'
	entryCall = 'M'
	maxField  = 128 << 20 // more than any call of the boundary takes or gives
)

// Writer writes a script.
type Writer struct {
	w *bufio.Writer
	// Bare leaves out what the native core answers: for a Recorder to read.
	Bare bool
}

// NewWriter begins a script on w. Flush it.
func NewWriter(w io.Writer) *Writer {
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(head) // Flush says what went wrong
	return &Writer{w: b}
}

// Begin implements Sink.
func (w *Writer) Begin(name string, fresh bool) error {
	entry := []byte{entryCase, 0}
	if fresh {
		entry[1] = 1
	}
	_, err := w.w.Write(field(entry, []byte(name)))
	return err
}

// Take implements Sink.
func (w *Writer) Take(c Call) error {
	method := slices.Index(abi.Methods(), c.Method)
	if method < 0 {
		return fmt.Errorf("unknown method %q", c.Method)
	}
	want := c.Want
	if w.Bare {
		want = nil
	}
	entry := binary.LittleEndian.AppendUint32([]byte{entryCall, byte(method)}, c.Handle)
	for _, part := range [][]byte{c.Control, c.Raw, want} {
		entry = field(entry, part)
	}
	_, err := w.w.Write(entry)
	return err
}

// Flush ends the script.
func (w *Writer) Flush() error { return w.w.Flush() }

func field(dst, part []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(part))), part...)
}

// Read gives a script's calls to a sink.
func Read(script io.Reader, sink Sink) error {
	r := &reader{in: bufio.NewReader(script)}
	if string(r.bytes(len(head))) != head {
		return errors.Join(errors.New("not a script of strowger, or one of another version"), r.err)
	}
	for {
		kind, err := r.in.ReadByte()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch err := r.entry(kind, sink); {
		case r.err == io.EOF, r.err == io.ErrUnexpectedEOF:
			return errors.New("the script ends in the middle of an entry")
		case r.err != nil:
			return r.err
		case err != nil:
			return err
		}
	}
}

// reader reads parts; its first error stays.
type reader struct {
	in  *bufio.Reader
	err error
}

func (r *reader) entry(kind byte, sink Sink) error {
	switch kind {
	case entryCase:
		fresh := r.bytes(1)
		name := r.field()
		if r.err != nil {
			return r.err
		}
		return sink.Begin(string(name), fresh[0] == 1)
	case entryCall:
		method, handle := r.bytes(1), r.number()
		c := Call{Handle: handle, Control: r.field(), Raw: r.field(), Want: r.field()}
		if r.err != nil {
			return r.err
		}
		if int(method[0]) >= len(abi.Methods()) {
			return fmt.Errorf("the script has a method %d that this version does not know", method[0])
		}
		c.Method = abi.Methods()[method[0]]
		return sink.Take(c)
	}
	return fmt.Errorf("the script has an entry %q that this version does not know", kind)
}

func (r *reader) bytes(n int) []byte {
	if r.err != nil {
		return make([]byte, 1)
	}
	if n > 64<<10 { // only as much as there is: a length may be wrong
		var b bytes.Buffer
		_, r.err = io.CopyN(&b, r.in, int64(n))
		return b.Bytes()
	}
	b := make([]byte, n)
	_, r.err = io.ReadFull(r.in, b)
	return b
}

func (r *reader) number() uint32 {
	if b := r.bytes(4); r.err == nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) field() []byte {
	n := r.number()
	if n > maxField {
		r.err = fmt.Errorf("the script has a part of %d bytes", n)
	}
	return r.bytes(int(n))
}
