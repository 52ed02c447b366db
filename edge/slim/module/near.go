package module

import "encoding/binary"

// Whoever compiles a module for a machine without room for guards checks the bounds of each access to
// memory, but for one that is known to be nearer than another at the same address. On the stack the
// farthest is therefore accessed first, where its bounds would be checked more than once.

// access is one to the stack.
type access struct {
	from int   // where its address is got
	end  int64 // how far it reaches
}

// near finds the accesses in pieces of code, each of which is entered at its beginning alone and does
// not move the stack's end.
type near struct {
	list  []instruction
	users map[int]access // to come in the piece at hand, by where they are
	end   int64          // of the farthest in it
	begin int            // where the address of the first is got
	fewer int            // checks that one of the farthest saves
	least int            // of them, for it to be made
	front map[int]int64  // the farthest, by where it is to be accessed
}

// nearer is a function's instructions with the farthest access to the stack first, where that saves at
// least so many checks.
func nearer(list []instruction, least int) (out []byte) {
	n := near{list: list, least: least, users: map[int]access{}, front: map[int]int64{}}
	for at := range list {
		n.see(at)
	}
	n.flush()
	for at, in := range list {
		if end := n.front[at]; end > 0 {
			out = append(out, opGet, 1, opLoad8, 0)
			out = append(binary.AppendUvarint(out, uint64(end-1)), opDrop)
		}
		out = append(out, in.bytes...)
	}
	return out
}

// see takes note of an instruction.
func (n *near) see(at int) {
	if a, ok := n.users[at]; ok && a.end > n.end {
		if n.fewer++; n.end == 0 {
			n.begin, n.fewer = a.from, 0
		}
		n.end = a.end
	}
	switch in := &n.list[at]; {
	case in.op == opLoop, in.op == opElse, in.op == opEnd, (in.op == opSet || in.op == opTee) && in.n == 1:
		n.flush()
	case isStack(in):
		if user := userOf(n.list, at+1); user > 0 {
			n.users[user] = access{at, n.list[user].reach()}
		}
	}
}

// flush ends a piece.
func (n *near) flush() {
	if n.fewer >= n.least {
		n.front[n.begin] = n.end
	}
	n.end, n.fewer = 0, 0
	clear(n.users)
}

// widths are how many bytes loads and stores are about.
var widths = [...]int64{4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4}

// reach is how far from its address a load or a store reaches.
func (in *instruction) reach() int64 {
	r := reader{rest: in.bytes[1:]}
	r.number() // how it is aligned
	return r.number() + widths[in.op-opLoad]
}
