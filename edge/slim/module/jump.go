package module

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var errJump = errors.New("it does not jump as Go does it")

// straighten is a code section in which jumps that go down go straight.
//
// Go compiles a function to blocks behind a table. To get from one to another it sets a variable and
// goes back to the table, by which calls return to the middle of a function, and that is slow where
// nothing but a jump is meant. The blocks lie so that each one further down stands behind the end
// of one that is still open:
//
//	loop                                ;; where jumps go
//	  block … block block               ;; one for each section
//	    local.get 0  br_table 0 1 …     ;; what is set says which
//	  end
//	  …                                 ;; section 0
//	  i32.const 2  local.set 0  br 2    ;; to section 2, where br 1 goes too
//	  end
//	  …                                 ;; section 1
//	  end
//	  …                                 ;; section 2
func straighten(section []byte, least int) ([]byte, error) {
	count, rest := vector(section)
	out := binary.AppendUvarint(make([]byte, 0, len(section)), count)
	for i := range count {
		size, body := vector(rest)
		if body == nil || size > uint64(len(body)) {
			return nil, errJump
		}
		straight, err := straightBody(body[:size], least)
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
		out = append(binary.AppendUvarint(out, uint64(len(straight))), straight...)
		rest = body[size:]
	}
	return append(out, rest...), nil
}

// straightBody is the body of a function in which jumps that go down go straight and addresses are
// direct.
func straightBody(body []byte, least int) ([]byte, error) {
	r := reader{rest: body}
	for n := r.number(); n > 0 && !r.bad; n-- { // its variables: how many of which type
		r.number()
		r.skip(1)
	}
	locals := body[:len(body)-len(r.rest)]
	list, ok := instructions(r.rest)
	if !ok || r.bad {
		return nil, errJump
	}
	j, keeps := jumps{list: list}, keepsStack(list)
	if keeps {
		j.list = direct(list)
	}
	if !j.head() {
		for _, in := range j.list {
			j.out = append(j.out, in.bytes...)
		}
	} else if err := j.rewrite(); err != nil {
		return nil, err
	}
	if keeps {
		list, _ = instructions(j.out)
		j.out = nearer(list, least)
	}
	return append(locals[:len(locals):len(locals)], j.out...), nil
}

// jumps is a function whose jumps are made straight.
type jumps struct {
	list   []instruction
	first  int   // where its sections begin in list
	last   int   // number of the last section
	places []int // where a jump goes, by what is set before it
	out    []byte
}

// head finds the table; false if the function has none or does not jump.
func (j *jumps) head() bool {
	at := 0
	next := func(op byte, n int64) bool {
		is := at < len(j.list) && j.list[at].op == op && j.list[at].n == n
		if is {
			at++
		}
		return is
	}
	if !next(opGetGlobal, 0) || !next(opSet, 1) { // the stack's end, as in every function of Go's
		return false
	}
	next(opBlock, 0) // whose end unwinds
	if !next(opLoop, 0) {
		return false
	}
	for j.last = -1; next(opBlock, 0); j.last++ {
	}
	if !next(opGet, 0) || at == len(j.list) || j.list[at].op != opBranchTable {
		return false
	}
	r := reader{rest: j.list[at].bytes[1:]}
	for n := r.number(); n >= 0; n-- {
		j.places = append(j.places, int(r.number()))
	}
	at++
	ok := next(opEnd, 0) && slices.Max(j.places) == j.last
	j.first = at
	return ok
}

// rewrite writes the function with straight jumps. Most calls begin a function at its start: to ask
// for that first is faster than the table, where a processor has to guess what is behind it.
func (j *jumps) rewrite() error {
	for _, in := range j.list[:j.first] {
		if in.op == opBranchTable {
			j.out = append(j.out, opIsZero, opBranchIf, 0, opGet, 0)
		}
		j.out = append(j.out, in.bytes...)
	}
	section, open := 0, int64(0) // open are the blocks within the section
	for at := j.first; at < len(j.list); at++ {
		in := &j.list[at]
		if section <= j.last {
			taken, err := j.jump(at, section, open)
			if err != nil {
				return err
			}
			if taken > 0 {
				at += taken - 1
				continue
			}
		}
		switch {
		case in.op == opBlock || in.op == opLoop || in.op == opIf:
			open++
		case in.op == opEnd && open > 0:
			open--
		case in.op == opEnd:
			section++
		}
		j.out = append(j.out, in.bytes...)
	}
	return nil
}

// jump writes the jump that begins there, if one does that goes down, and tells how many instructions
// it was. One that stands alone in an if needs none.
func (j *jumps) jump(at, section int, open int64) (taken int, err error) {
	list, op := j.list[at:], byte(opBranch)
	if list[0].op == opGet && list[0].n == 0 && !j.scratch(at) {
		return 0, errJump
	}
	alone := len(list) > 4 && list[0].op == opIf && isJump(list[1:]) && list[4].op == opEnd
	if alone {
		list, op, taken = list[1:], opBranchIf, 2
	}
	if !isJump(list) {
		return 0, nil
	}
	to := j.places[min(uint64(list[0].n), uint64(len(j.places)-1))]
	within := int64(taken / 2) // the if
	if list[2].n != open+within+int64(j.last-section) {
		return 0, errJump
	}
	if to <= section {
		return 0, nil
	}
	j.out = binary.AppendUvarint(append(j.out, op), uint64(open)+uint64(to-section-1))
	return taken + 3, nil
}

// isJump reports whether list begins with a jump.
func isJump(list []instruction) bool {
	return len(list) >= 3 && list[0].op == opI32Const && list[1].op == opSet && list[1].n == 0 && list[2].op == opBranch
}

// scratch reports whether what is set before a jump is read there only as it is set for a moment, as
// for a call of what a variable holds: a straight jump sets nothing.
func (j *jumps) scratch(at int) bool {
	set, zero := &j.list[at-2], &j.list[at-1]
	return set.op == opSet && set.n == 0 && zero.op == opI32Const && zero.n == 0
}
