package module

import (
	"bytes"
	"encoding/binary"
)

// What unpack gives a function is told by its number and by where the names and the records in
// front of its own end: its number in its record and in the index by number, the places of its name
// and of its record, and its buckets in the index by place in the code, which are its number
// alone, as a function has 65536 places. The last function is left as it is, as it has fewer.

// pack clears what unpack gives, once it has seen that unpack gives the same.
func (t *table) pack() error {
	whole := bytes.Clone(t.image)
	t.unpack(func(at int, _ uint32) { clear(t.image[at : at+4]) })
	again := bytes.Clone(t.image)
	t.unpack(func(at int, v uint32) { binary.LittleEndian.PutUint32(again[at:], v) })
	if !bytes.Equal(again, whole) {
		return errTable
	}
	return nil
}

// unpack gives each of its words to set, with its address. It is what the code of unpacking does.
func (t *table) unpack(set func(at int, v uint32)) {
	name, record := t.names, t.first
	for i := range t.count - 1 {
		size := sizeOf(t.image[record:])
		set(record, uint32(i+firstFunction))
		set(record+recordName, uint32(name-t.names))
		set(t.records+i*8, uint32(i+firstFunction))
		set(t.records+i*8+4, uint32(record-t.records))
		for at := 0; at < functionSpace; at += bucketSize {
			set(t.buckets+i*functionSpace+at, uint32(i))
		}
		name += bytes.IndexByte(t.image[name:], 0) + 1
		record += size
	}
}

// The instructions that the code of unpacking is made of.
const (
	opLoop     = 0x03
	opBranchIf = 0x0d
	opDrop     = 0x1a
	opGet      = 0x20
	opSet      = 0x21
	opTee      = 0x22
	opLoad     = 0x28
	opLoad8    = 0x2d
	opStore    = 0x36
	opLess     = 0x49
	opAdd      = 0x6a
	opSub      = 0x6b
	opAnd      = 0x71
	opShift    = 0x74
	typeI32    = 0x7f
	typeNone   = 0x40
)

// Its variables.
const (
	number = iota
	nameAt
	recordAt
	indexAt
	bucketAt
	variables
)

// code is the body of a function without parameters and results that unpacks.
func (t *table) code() []byte {
	c := code{1, variables, typeI32}
	for _, v := range [...]struct {
		name byte
		at   int
	}{{nameAt, t.names}, {recordAt, t.first}, {indexAt, t.records}, {bucketAt, t.buckets}} {
		c.constant(v.at)
		c.op(opSet, v.name)
	}
	c.op(opLoop, typeNone)
	function := func() { c.op(opGet, number); c.constant(firstFunction); c.op(opAdd) }
	c.store(recordAt, 0, function)
	c.store(recordAt, recordName, func() { c.op(opGet, nameAt); c.constant(t.names); c.op(opSub) })
	c.store(indexAt, 0, function)
	c.store(indexAt, 4, func() { c.op(opGet, recordAt); c.constant(t.records); c.op(opSub) })
	for at := 0; at < functionSpace; at += bucketSize {
		c.store(bucketAt, at, func() { c.op(opGet, number) })
	}
	c.op(opLoop, typeNone) // past the zero behind the name
	c.step(nameAt, 1)
	c.constant(1)
	c.op(opSub)
	c.access(opLoad8, 0)
	c.op(opBranchIf, 0, opEnd)
	c.size()
	c.op(opGet, recordAt, opAdd, opSet, recordAt)
	c.step(indexAt, 8)
	c.step(bucketAt, functionSpace)
	c.op(opDrop, opDrop)
	c.step(number, 1)
	c.constant(t.count - 1)
	c.op(opLess, opBranchIf, 0, opEnd, opEnd)
	return c
}

// code is code being written.
type code []byte

func (c *code) op(b ...byte) { *c = append(*c, b...) }

func (c *code) constant(v int) { *c = appendVarint(append(*c, opI32Const), int64(v)) }

// access is a load or a store at an offset; that it is aligned is not said.
func (c *code) access(op byte, offset int) {
	*c = binary.AppendUvarint(append(*c, op, 0), uint64(offset))
}

// store stores value at an offset from a variable.
func (c *code) store(variable byte, offset int, value func()) {
	c.op(opGet, variable)
	value()
	c.access(opStore, offset)
}

// step adds to a variable, and leaves the sum.
func (c *code) step(variable byte, by int) {
	c.op(opGet, variable)
	c.constant(by)
	c.op(opAdd, opTee, variable)
}

// size leaves the size of the record: see sizeOf.
func (c *code) size() {
	c.op(opGet, recordAt)
	c.access(opLoad, recordPCData)
	c.op(opGet, recordAt)
	c.access(opLoad8, recordFuncData)
	c.op(opAdd)
	c.constant(2)
	c.op(opShift)
	c.constant(recordSize + 7)
	c.op(opAdd)
	c.constant(^7)
	c.op(opAnd)
}
