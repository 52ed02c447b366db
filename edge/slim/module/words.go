package module

import (
	"encoding/binary"
	"errors"
)

// Go compares memory in WebAssembly from byte to byte (internal/bytealg: memeqbody), and does not put
// loads of bytes together to one of a word, so that nothing written in Go is much faster. The
// function that compares is replaced by one that does eight bytes at once, and 32 of many.

// byBytes is the body of Go's function: of two places and how many bytes, whether they are the same.
const byBytes = "\x00" + // no variables
	"\x20\x00\x20\x01\x51\x04\x40\x42\x01\x0f\x0b" + // one place
	"\x03\x40\x20\x02\x50\x04\x40\x42\x01\x0f\x0b" + // nothing is left
	"\x20\x00\xa7\x31\x00\x00\x20\x01\xa7\x31\x00\x00\x52\x04\x40\x42\x00\x0f\x0b" + // they differ
	"\x20\x00\x42\x01\x7c\x21\x00\x20\x01\x42\x01\x7c\x21\x01\x20\x02\x42\x01\x7d\x21\x02\x0c\x00\x0b\x00\x00\x0b"

var errCompare = errors.New("it does not compare memory as Go does it")

// compareWords is a code section whose function that compares does it in words.
func compareWords(section []byte) ([]byte, error) {
	count, rest := vector(section)
	out := binary.AppendUvarint(make([]byte, 0, len(section)+256), count)
	found := 0
	for range count {
		size, body := vector(rest)
		if body == nil || size > uint64(len(body)) {
			return nil, errCompare
		}
		body, rest = body[:size], body[size:]
		if string(body) == byBytes {
			body = comparer()
			found++
		}
		out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
	}
	if found != 1 {
		return nil, errCompare
	}
	return append(out, rest...), nil
}

// The variables of comparer, behind what it is given: two places and how many bytes, in 64 bits.
const (
	left = iota + 3
	right
	size
)

// comparer tells whether as many bytes at two places are the same: in words, of which the last ones
// overlap with those before.
func comparer() []byte {
	c := code{1, 3, typeI32}
	for i, v := range [...]byte{left, right, size} {
		c.op(opGet, byte(i), opWrap, opSet, v)
	}
	c.op(opGet, left, opGet, right, opEqual, opIf, typeNone, opI64Const, 1, opReturn, opEnd)
	c.op(opGet, size, opI32Const, 8, opGreaterEqual, opIf, typeNone)
	for _, n := range [...]byte{4, 1} {
		c.op(opLoop, typeNone, opGet, size, opI32Const, 8*n, opGreater, opIf, typeNone)
		c.differ(opLoad64, int(n))
		c.op(opI64Const, 0, opNotEqual64, opIf, typeNone, opI64Const, 0, opReturn, opEnd)
		c.op(opGet, left, opI32Const, 8*n, opAdd, opSet, left)
		c.op(opGet, right, opI32Const, 8*n, opAdd, opSet, right)
		c.op(opGet, size, opI32Const, 8*n, opSub, opSet, size)
		c.op(opBranch, 1, opEnd, opEnd)
	}
	c.toLast(8)
	c.differ(opLoad64, 1)
	c.op(opIsZero64, opExtend, opReturn, opEnd)
	for _, w := range [...]width{{4, opLoad32In64, 0}, {2, opLoad16In64, 0}} {
		c.op(opGet, size, opI32Const, w.bytes, opGreaterEqual, opIf, typeNone)
		c.differ(w.load, 1)
		c.toLast(w.bytes)
		c.differ(w.load, 1)
		c.op(opOr64, opIsZero64, opExtend, opReturn, opEnd)
	}
	c.op(opGet, size, opIsZero, opIf, typeNone, opI64Const, 1, opReturn, opEnd)
	c.differ(opLoad8In64, 1)
	c.op(opIsZero64, opExtend, opEnd)
	return c
}

// toLast moves both places to their last so many bytes.
func (c *code) toLast(bytes byte) {
	for _, v := range [...]byte{left, right} {
		c.op(opGet, v, opGet, size, opAdd, opI32Const, bytes, opSub, opSet, v)
	}
}

// differ leaves what n words at both places differ in: 0 if nothing. The farthest is first, as what
// is nearer needs no check of its bounds then.
func (c *code) differ(load byte, n int) {
	for at := n - 1; at >= 0; at-- {
		c.op(opGet, left)
		c.access(load, 8*at)
		c.op(opGet, right)
		c.access(load, 8*at)
		c.op(opXor64)
		if at < n-1 {
			c.op(opOr64)
		}
	}
}
