package module

import "encoding/binary"

// Go copies and clears memory with the instructions for that, of whatever size. On wazero those
// are calls out of the module, clearing one for each doubling of the size, and most sizes are small.
// Functions take their place that do the small ones themselves.

// addBulk adds the functions to a module, behind all others, and has them called.
func addBulk(sections *[sectionCount][]byte) error {
	imported, known := importedFuncs(sections[sectionImport])
	kinds, types := vector(sections[sectionType])
	count, functions := vector(sections[sectionFunction])
	bodies, code := vector(sections[sectionCode])
	if !known || kinds >= 1<<7-1 || count != bodies {
		return errFunctions
	}
	sections[sectionType] = append(append(binary.AppendUvarint(nil, kinds+1), types...), 0x60, 3, typeI32, typeI32, typeI32, 0)
	sections[sectionFunction] = append(append(binary.AppendUvarint(nil, count+2), functions...), byte(kinds), byte(kinds))
	out := binary.AppendUvarint(make([]byte, 0, len(code)), bodies+2)
	add := func(body []byte) { out = append(binary.AppendUvarint(out, uint64(len(body))), body...) }
	for range bodies {
		size, rest := vector(code)
		body, ok := callBulk(rest[:size], imported+count)
		if !ok {
			return errFunctions
		}
		add(body)
		code = rest[size:]
	}
	add(copier())
	add(filler())
	sections[sectionCode] = out
	return nil
}

// callBulk is the body of a function that calls the function of that number where it copied, and the
// next one where it filled.
func callBulk(body []byte, number uint64) (out []byte, ok bool) {
	r := reader{rest: body}
	for n := r.number(); n > 0 && !r.bad; n-- {
		r.number()
		r.skip(1)
	}
	out = append(out, body[:len(body)-len(r.rest)]...)
	list, ok := instructions(r.rest)
	for _, in := range list {
		switch {
		case in.op == opMore && in.n == moreCopy:
			out = binary.AppendUvarint(append(out, opCall), number)
		case in.op == opMore && in.n == moreFill:
			out = binary.AppendUvarint(append(out, opCall), number+1)
		default:
			out = append(out, in.bytes...)
		}
	}
	return out, ok && !r.bad
}

// What the functions are given, and their variables.
const (
	to   = iota
	from // of filler: with what
	many
	last // how far the last word is
)

// copier copies up to 32 bytes, all of which it has read before it writes any.
func copier() []byte {
	c := code{1, 1, typeI32}
	words := func(size, load, store byte) { // two that may overlap, if at least one is to be copied
		c.atLeast(size)
		c.op(opGet, many, opI32Const, size, opSub, opSet, last)
		c.op(opGet, to, opGet, last, opAdd, opGet, from, opGet, last, opAdd, load, 0, 0)
		c.op(opGet, to, opGet, from, load, 0, 0, store, 0, 0)
		c.op(store, 0, 0, opReturn, opEnd)
	}
	c.most(32)
	c.atLeast(17)
	c.op(opGet, many, opI32Const, 16, opSub, opSet, last)
	for _, at := range [...]byte{0, 8} {
		c.op(opGet, to, opGet, last, opAdd, opGet, from, opGet, last, opAdd, opLoad64, 0, at)
	}
	for _, at := range [...]byte{0, 8} {
		c.op(opGet, to, opGet, from, opLoad64, 0, at)
	}
	for _, at := range [...]byte{8, 0, 8, 0} {
		c.op(opStore64, 0, at)
	}
	c.op(opReturn, opEnd)
	words(8, opLoad64, opStore64)
	words(4, opLoad, opStore)
	words(2, opLoad16, opStore16)
	c.atLeast(1)
	c.op(opGet, to, opGet, from, opLoad8, 0, 0, opStore8, 0, 0, opEnd)
	c.op(opReturn, opEnd)
	c.op(opGet, to, opGet, from, opGet, many, opMore, moreCopy, 0, 0, opEnd)
	return c
}

// filler fills up to 512 bytes with zeros, word by word and the last 8 bytes again.
func filler() []byte {
	c := code{1, 1, typeI32}
	c.op(opGet, from, opIsZero, opGet, many, opI32Const, 8, opSub)
	c.constant(512 - 8)
	c.op(opLessEqual, opAnd, opIf, typeNone)
	c.op(opGet, to, opGet, many, opAdd, opI32Const, 8, opSub, opSet, last)
	c.op(opLoop, typeNone)
	c.op(opGet, to, opI64Const, 0, opStore64, 0, 0)
	c.op(opGet, to, opI32Const, 8, opAdd, opTee, to, opGet, last, opLess, opBranchIf, 0, opEnd)
	c.op(opGet, last, opI64Const, 0, opStore64, 0, 0, opReturn, opEnd)
	c.op(opGet, to, opGet, from, opGet, many, opMore, moreFill, 0, opEnd)
	return c
}

// atLeast begins what is for so many bytes or more.
func (c *code) atLeast(n byte) {
	c.op(opGet, many, opI32Const, n, opGreaterEqual, opIf, typeNone)
}

// most begins what is for so many bytes or fewer.
func (c *code) most(n byte) { c.op(opGet, many, opI32Const, n, opLessEqual, opIf, typeNone) }
