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
	to = iota
	from
	many
	last         // where the last words go
	lasts        // where they come from
	with  = from // of filler
)

// copier copies up to 64 bytes: the first words and the last ones, which overlap where there are
// fewer, all read before any is written.
func copier() []byte {
	c := code{1, 2, typeI32}
	c.most(16)
	for _, w := range [...]width{{8, opLoad64, opStore64}, {4, opLoad, opStore}, {2, opLoad16, opStore16}} {
		c.atLeast(w.bytes)
		c.words(w, 1)
	}
	c.atLeast(1)
	c.op(opGet, to, opGet, from, opLoad8, 0, 0, opStore8, 0, 0, opEnd)
	c.op(opReturn, opEnd)
	for n := 2; n <= 4; n *= 2 {
		c.most(2 * 8 * n)
		c.words(width{8, opLoad64, opStore64}, n)
	}
	c.op(opGet, to, opGet, from, opGet, many, opMore, moreCopy, 0, 0, opEnd)
	return c
}

// width is how many bytes a load and a store are about.
type width struct{ bytes, load, store byte }

// words copies the first n words and the last n, returns, and ends what is for so many bytes. The
// farthest is accessed first: what is nearer needs no check of its bounds then.
func (c *code) words(w width, n int) {
	size := int(w.bytes)
	c.end(last, to, n*size)
	c.end(lasts, from, n*size)
	for _, pair := range [...][2]byte{{last, lasts}, {to, from}} {
		if n > 1 {
			c.op(opGet, pair[0])
			c.access(opLoad8, n*size-1)
			c.op(opDrop)
		}
		for at := n - 1; at >= 0; at-- {
			c.op(opGet, pair[0], opGet, pair[1])
			c.access(w.load, at*size)
		}
	}
	for at := range 2 * n {
		c.access(w.store, at%n*size)
	}
	c.op(opReturn, opEnd)
}

// end notes in a variable where the last so many bytes of a place are.
func (c *code) end(variable, place byte, bytes int) {
	c.op(opGet, place, opGet, many, opAdd)
	c.constant(bytes)
	c.op(opSub, opSet, variable)
}

// filler fills up to 4096 bytes with zeros: the first words and the last ones, and those between.
func filler() []byte {
	c := code{1, 1, typeI32}
	c.op(opGet, with, opIsZero, opGet, many, opI32Const, 8, opSub)
	c.constant(4096 - 8)
	c.op(opLessEqual, opAnd, opIf, typeNone)
	for n := 1; n <= 4; n *= 2 {
		c.most(2 * 8 * n)
		c.zeros(to, n)
		c.end(last, to, 8*n)
		c.zeros(last, n)
		c.op(opReturn, opEnd)
	}
	c.end(last, to, 64)
	c.op(opLoop, typeNone)
	c.zeros(to, 8)
	c.op(opGet, to)
	c.constant(64)
	c.op(opAdd, opTee, to, opGet, last, opLess, opBranchIf, 0, opEnd)
	c.zeros(last, 8)
	c.op(opReturn, opEnd)
	c.op(opGet, to, opGet, with, opGet, many, opMore, moreFill, 0, opEnd)
	return c
}

// zeros stores n words of zeros, the farthest first.
func (c *code) zeros(place byte, n int) {
	for at := n - 1; at >= 0; at-- {
		c.op(opGet, place, opI64Const, 0)
		c.access(opStore64, 8*at)
	}
}

// atLeast begins what is for so many bytes or more.
func (c *code) atLeast(n byte) {
	c.op(opGet, many, opI32Const, n, opGreaterEqual, opIf, typeNone)
}

// most begins what is for so many bytes or fewer.
func (c *code) most(n int) {
	c.op(opGet, many)
	c.constant(n)
	c.op(opLessEqual, opIf, typeNone)
}
