package module

import "encoding/binary"

// The instructions that matter here (webassembly.github.io/spec/core/binary/instructions.html).
const (
	opUnreachable     = 0x00
	opNothing         = 0x01
	opBlock           = 0x02
	opIf              = 0x04
	opElse            = 0x05
	opBranch          = 0x0c
	opBranchTable     = 0x0e
	opReturn          = 0x0f
	opCall            = 0x10
	opCallIndirect    = 0x11
	opSelect          = 0x1b
	opGetGlobal       = 0x23
	opSetGlobal       = 0x24 // the last that is about a variable
	opLoad64          = 0x29
	opLoad16          = 0x2f
	opLoad8In64       = 0x31
	opLoad16In64      = 0x33
	opLoad32In64      = 0x35
	opStore64         = 0x37
	opStore8          = 0x3a
	opStore16         = 0x3b
	opLastAccess      = 0x3e // a load or a store
	opMemorySize      = 0x3f
	opMemoryGrow      = 0x40
	opI64Const        = 0x42
	opF32Const        = 0x43
	opF64Const        = 0x44
	opIsZero          = 0x45
	opEqual           = 0x46
	opGreater         = 0x4b // without a sign, as are opLess and the next two
	opLessEqual       = 0x4d
	opGreaterEqual    = 0x4f
	opIsZero64        = 0x50
	opNotEqual64      = 0x52
	opGreaterEqualF64 = 0x66 // the last that compares
	opLeading         = 0x67 // zeros
	opOnes            = 0x69
	opRotate          = 0x78
	opLeading64       = 0x79
	opOnes64          = 0x7b
	opAdd64           = 0x7c
	opOr64            = 0x84
	opXor64           = 0x85
	opRotate64        = 0x8a
	opWrap            = 0xa7 // the first that converts
	opExtend          = 0xad
	opLastPlain       = 0xc4
	opMore            = 0xfc
	moreConvert       = 7 // the last of those that convert
	moreCopy          = 10
	moreFill          = 11
)

// instruction is one of a function's.
type instruction struct {
	op    byte
	n     int64  // what it is about: a constant, or the number of a variable or a block
	bytes []byte // as it is written
}

// instructions are those that code consists of; false if one is not known or cut off.
func instructions(code []byte) (list []instruction, ok bool) {
	list = make([]instruction, 0, len(code)/2)
	r := reader{rest: code}
	for len(r.rest) > 0 && !r.bad {
		begin := r.rest
		in := instruction{op: r.byte()}
		in.n = r.operands(in.op)
		in.bytes = begin[:len(begin)-len(r.rest)]
		list = append(list, in)
	}
	return list, !r.bad
}

// reader reads what is written in a module; bad once that is cut off or not known.
type reader struct {
	rest []byte
	bad  bool
}

// operands reads what is behind an instruction; n is the first of it, or of a table how many blocks it
// lists before the last.
func (r *reader) operands(op byte) (n int64) {
	switch {
	case op == opI32Const, op == opI64Const:
		return r.signed()
	case op == opF32Const:
		r.skip(4)
	case op == opF64Const:
		r.skip(8)
	case op == opBlock, op == opLoop, op == opIf:
		r.bad = r.byte() >= 0x80 || r.bad // a type of its own
	case op == opMemorySize, op == opMemoryGrow:
		r.skip(1)
	case op == opBranch, op == opBranchIf, op == opCall, opGet <= op && op <= opSetGlobal:
		return r.number()
	case op == opCallIndirect, opLoad <= op && op <= opLastAccess:
		n = r.number()
		r.number()
	case op == opBranchTable:
		n = r.number()
		for i := int64(0); i <= n && !r.bad; i++ {
			r.number()
		}
	case op == opMore:
		switch n = r.number(); {
		case n == moreCopy:
			r.skip(2)
		case n == moreFill:
			r.skip(1)
		case n > moreConvert:
			r.bad = true
		}
	default:
		r.bad = r.bad || !plain(op)
	}
	return n
}

// plain reports whether nothing is behind an instruction.
func plain(op byte) bool {
	switch op {
	case opUnreachable, opNothing, opElse, opEnd, opReturn, opDrop, opSelect:
		return true
	}
	return opIsZero <= op && op <= opLastPlain
}

func (r *reader) byte() (b byte) {
	if len(r.rest) > 0 {
		b = r.rest[0]
	}
	r.skip(1)
	return b
}

func (r *reader) skip(n int) {
	if n > len(r.rest) {
		r.rest, r.bad = nil, true
		return
	}
	r.rest = r.rest[n:]
}

func (r *reader) number() int64 {
	v, n := binary.Uvarint(r.rest)
	r.bad = r.bad || n <= 0 || v > 1<<32
	r.skip(max(n, 0))
	return int64(v)
}

func (r *reader) signed() int64 {
	v, n := varint(r.rest)
	r.bad = r.bad || n <= 0
	r.skip(n)
	return v
}
