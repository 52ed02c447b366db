package module

import "encoding/binary"

// What Go writes to the stack at an offset, as an argument of a call, it addresses by a sum:
//
//	local.get 1  i64.extend_i32_u  i64.const 8  i64.add  i32.wrap_i64  …  i64.store
//
// A store has an offset of its own, which says the same, as the stack does not end where memory
// can: the four instructions are left out, and a compiler sees that all are stores near one address,
// and checks that for its bounds once.

// direct is a function's instructions with addresses on the stack said as offsets, and with what
// it gives back of the stack before it returns given back at once.
func direct(list []instruction) []instruction {
	out := make([]instruction, 0, len(list))
	more := map[int]int64{} // what is added to the offset of a store or a load, by its place
	for at := 0; at < len(list); at++ {
		in := list[at]
		switch by, user := sum(list[at:]); {
		case user > 0:
			more[at+user] += by
			out = append(out, in)
			at += sumSize - 1
			continue
		case more[at] > 0:
			in = in.farther(more[at])
		case leaves(list[at:]):
			out = append(out, in, constant(list[at+1].n+list[at+6].n))
			out = append(out, list[at+2], list[at+4])
			at += leaveSize - 1
			continue
		}
		out = append(out, in)
	}
	return out
}

const (
	sumSize   = 5
	leaveSize = 10
	mostBy    = 1 << 20 // that an address is said by
)

// sum tells by how much list begins with a sum of the stack's end, and how much further what loads
// or stores there stands; 0 if it does not, or if something else uses it.
func sum(list []instruction) (by int64, user int) {
	if len(list) <= sumSize || !isStack(&list[0]) || list[1].op != opExtend || list[2].op != opI64Const ||
		list[3].op != opAdd64 || list[4].op != opWrap || list[2].n < 0 || list[2].n > mostBy {
		return 0, 0
	}
	if user = userOf(list, sumSize); user == 0 {
		return 0, 0
	}
	return list[2].n, user
}

// userOf is where the operand that is on top before list[at] is used as the address of a load or a
// store; 0 if it is not.
func userOf(list []instruction, at int) int {
	above := 0 // operands that lie above the address
	for ; at < len(list); at++ {
		takes, gives, ok := list[at].operation()
		switch {
		case !ok:
			return 0
		case takes <= above:
			above += gives - takes
		case list[at].stores() && above == 1, list[at].loads() && above == 0:
			return at
		default:
			return 0
		}
	}
	return 0
}

// leaves reports whether list begins with what a function gives back before it returns: its own part
// of the stack, and the place of where it returns to.
func leaves(list []instruction) bool {
	return len(list) > leaveSize+1 && gives(list) && gives(list[leaveSize/2:]) &&
		list[leaveSize].op == opI32Const && list[leaveSize+1].op == opReturn
}

// gives reports whether list begins with moving the stack's end up.
func gives(list []instruction) bool {
	return isStack(&list[0]) && list[1].op == opI32Const && list[2].op == opAdd &&
		list[3].op == opTee && list[3].n == 1 && list[4].op == opSetGlobal && list[4].n == 0
}

// keepsStack reports whether variable 1 holds the stack's end all through a function, as in each that
// Go compiles. What is written by hand may be otherwise.
func keepsStack(list []instruction) bool {
	if len(list) < 2 || !isEnd(list) {
		return false
	}
	for at := 2; at < len(list); at++ {
		in := &list[at]
		moves := at > 4 && isStack(&list[at-3]) && list[at-2].op == opI32Const && (list[at-1].op == opAdd || list[at-1].op == opSub)
		if in.n == 1 && (in.op == opSet && !isEnd(list[at-1:]) || in.op == opTee && !moves) {
			return false
		}
	}
	return true
}

// isEnd reports whether list begins with putting the stack's end into variable 1.
func isEnd(list []instruction) bool {
	return list[0].op == opGetGlobal && list[0].n == 0 && list[1].op == opSet && list[1].n == 1
}

// isStack reports whether in gets the stack's end.
func isStack(in *instruction) bool { return in.op == opGet && in.n == 1 }

func (in *instruction) loads() bool  { return opLoad <= in.op && in.op < opStore }
func (in *instruction) stores() bool { return opStore <= in.op && in.op <= opLastAccess }

// farther is a load or a store at an address that is farther by so much.
func (in *instruction) farther(by int64) instruction {
	r := reader{rest: in.bytes[1:]}
	align, offset := r.number(), r.number()
	b := binary.AppendUvarint([]byte{in.op}, uint64(align))
	return instruction{in.op, in.n, binary.AppendUvarint(b, uint64(offset+by))}
}

// constant is one of 32 bits.
func constant(n int64) instruction {
	return instruction{opI32Const, n, appendVarint([]byte{opI32Const}, n)}
}

// operation is how many operands an instruction takes and gives; false if it may do more than that.
func (in *instruction) operation() (takes, gives int, ok bool) {
	switch op := in.op; {
	case op == opGet, op == opGetGlobal, opI32Const <= op && op <= opF64Const:
		return 0, 1, true
	case op == opSelect:
		return 3, 1, true
	case in.stores():
		return 2, 0, true
	case in.loads(), op == opIsZero, op == opIsZero64, opLeading <= op && op <= opOnes, opLeading64 <= op && op <= opOnes64,
		opWrap <= op && op <= opLastPlain:
		return 1, 1, true
	case opIsZero < op && op <= opGreaterEqualF64, opAdd <= op && op <= opRotate, opAdd64 <= op && op <= opRotate64:
		return 2, 1, true
	}
	return 0, 0, false
}
