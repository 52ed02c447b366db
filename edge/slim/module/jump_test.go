package module

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

const (
	opI64Sub = 0x7d
	opI64Mul = 0x7e
	opI64And = 0x83
)

// maze is a function as Go lays it out: sections that note where they are and jump by what has been
// noted until the steps are used up.
type maze struct {
	code
	rng   *rand.Rand
	last  int
	table []byte // sections by what is set before a jump
}

// globals of a maze.
const (
	stack = iota
	noted
	steps
)

func (m *maze) section(s int) {
	m.note(s)
	m.op(opGetGlobal, steps, opIsZero64, opIf, typeNone, opI32Const, 0, opReturn, opEnd)
	m.op(opGetGlobal, steps, opI64Const, 1, opI64Sub, opSetGlobal, steps)
	if m.rng.IntN(3) == 0 {
		m.op(opGet, 1, opI32Const, 8, opSub, opTee, 1, opSetGlobal, stack)
	}
	for range m.rng.IntN(3) {
		m.write()
	}
	if m.rng.IntN(8) == 0 { // as before a function returns
		for range 2 {
			m.op(opGet, 1, opI32Const, 8, opAdd, opTee, 1, opSetGlobal, stack)
		}
		m.op(opI32Const, 0, opReturn)
	}
	for range m.rng.IntN(3) {
		m.by(1 << m.rng.IntN(6))
		switch m.rng.IntN(4) {
		case 0: // an if that holds more than the jump
			m.op(opIf, typeNone)
			m.note(60)
			m.jump(s, 1)
			m.op(opEnd)
		case 1: // a jump from deeper down
			m.op(opIf, typeNone, opBlock, typeNone)
			m.by(1)
			m.op(opIf, typeNone)
			m.jump(s, 3)
			m.op(opEnd, opEnd, opEnd)
		default:
			m.op(opIf, typeNone)
			m.jump(s, 1)
			m.op(opEnd)
		}
		m.note(61)
	}
	if m.rng.IntN(3) == 0 {
		m.jump(s, 0)
	}
}

// place is a sum of the stack's end.
func (m *maze) place() {
	m.op(opGet, 1, opExtend, opI64Const, byte(m.rng.IntN(8)*8), opAdd64, opWrap)
}

// write writes to the stack, and notes what is there.
func (m *maze) write() {
	m.place()
	switch m.rng.IntN(5) {
	case 0: // something between the place and what uses it
		m.op(opGetGlobal, noted, opGetGlobal, steps, opAdd64, opI64Const, 7, opI64Mul)
	case 1: // what stands at another place
		m.place()
		m.op(opLoad64, 3, 8)
	case 2: // a place is written
		m.place()
		m.op(opExtend)
	case 3: // something else happens to the place
		m.op(opTee, 2, opGetGlobal, noted)
	case 4:
		m.op(opI32Const, 8, opAdd, opGetGlobal, noted)
	}
	m.op(opStore64, 3, byte(m.rng.IntN(2)*16))
	m.op(opGetGlobal, noted)
	m.place()
	m.op(opLoad64, 3, byte(m.rng.IntN(2)*16), opAdd64, opSetGlobal, noted)
}

// note adds to what has been noted.
func (m *maze) note(n int) {
	m.op(opGetGlobal, noted, opI64Const, 31, opI64Mul, opI64Const, byte(n), opAdd64, opSetGlobal, noted)
}

// by asks for a bit of what has been noted.
func (m *maze) by(bit byte) { m.op(opGetGlobal, noted, opI64Const, bit&0x3f, opI64And, opIsZero64) }

// jump jumps from section s and that many blocks in it to some other.
func (m *maze) jump(s, open int) {
	m.constant(m.rng.IntN(len(m.table)))
	m.op(opSet, 0, opBranch, byte(open+m.last-s))
}

// newMaze is the body of a maze, and how many places it can be entered at.
func newMaze(rng *rand.Rand) (body []byte, entries int) {
	m := maze{rng: rng, last: rng.IntN(9)}
	for s := range m.last + 1 {
		for range 1 + rng.IntN(2) {
			m.table = append(m.table, byte(s))
		}
	}
	m.op(1, 2, typeI32, opGetGlobal, stack, opSet, 1, opBlock, typeNone, opLoop, typeNone)
	for range m.last + 1 {
		m.op(opBlock, typeNone)
	}
	m.op(opGet, 0, opBranchTable, byte(len(m.table)-1))
	m.op(m.table...)
	for s := range m.last + 1 {
		m.op(opEnd)
		m.section(s)
	}
	m.op(opI32Const, 1, opReturn)
	m.op(opEnd, 0, opEnd, opI32Const, 1, opEnd) // of the loop, of what unwinds, of the function
	return m.code, len(m.table)
}

// walked is what a function notes, entered at each of its places.
func walked(t *testing.T, body []byte, entries int) (noted []uint64) {
	t.Helper()
	wasm := []byte(preamble)
	add := func(id byte, content string) {
		wasm = append(binary.AppendUvarint(append(wasm, id), uint64(len(content))), content...)
	}
	add(sectionType, "\x01\x60\x01\x7f\x01\x7f")
	add(sectionFunction, "\x01\x00")
	add(5, "\x01\x00\x01")                                                                      // a page
	add(6, "\x03"+"\x7f\x01\x41\x80\x10\x0b"+"\x7e\x01\x42\x07\x0b"+"\x7e\x01\x42\xc0\x00\x0b") // globals
	add(7, "\x04"+"\x01f\x00\x00"+"\x01n\x03\x01"+"\x01s\x03\x02"+"\x01e\x03\x00")              // exports
	add(sectionCode, "\x01"+string(binary.AppendUvarint(nil, uint64(len(body))))+string(body))
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(t.Context())
	for entry := range entries {
		m, err := r.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			t.Fatalf("%v\n%x", err, body)
		}
		result, err := m.ExportedFunction("f").Call(t.Context(), uint64(entry))
		if err != nil {
			t.Fatal(err)
		}
		noted = append(noted, result[0], m.ExportedGlobal("n").Get(), m.ExportedGlobal("s").Get(), m.ExportedGlobal("e").Get())
	}
	return noted
}

// Whoever goes through a function comes by the same places and finds the same there, whether its
// jumps are straight and its addresses direct or not.
func TestStraightJumpsGoTheSameWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	shorter := 0
	for range 400 {
		body, entries := newMaze(rng)
		straight, err := straightBody(body, 1)
		if err != nil {
			t.Fatalf("%v\n%x", err, body)
		}
		if want, got := walked(t, body, entries), walked(t, straight, entries); !slices.Equal(got, want) {
			t.Fatalf("notes %v, want %v\n%x\n%x", got, want, body, straight)
		}
		if len(straight) < len(body) {
			shorter++
		}
	}
	if shorter < 200 {
		t.Errorf("only %d of 400 became shorter", shorter)
	}
}

// A jump down needs neither the table nor, alone, its if; one that goes up stays.
func TestStraighten(t *testing.T) {
	const (
		head = "\x00" + "\x23\x00\x21\x01" + "\x02\x40" + "\x03\x40" + "\x02\x40\x02\x40\x02\x40"
		tail = "\x41\x00\x0f" + "\x0b" + "\x00" + "\x0b" + "\x41\x01\x0b"
	)
	body := head + "\x20\x00" + "\x0e\x03\x00\x01\x01\x02" + "\x0b" +
		"\x20\x01\x04\x40" + "\x41\x03\x21\x00\x0c\x03" + "\x0b" + "\x0b" + // if: from section 0 to 2
		"\x41\x09\x21\x00\x0c\x01" + "\x0b" + // from 1 to 2, beyond the table
		"\x41\x02\x21\x00\x0c\x00" + tail // from 2 up to 1
	want := head + "\x20\x00" + "\x45\x0d\x00\x20\x00" + "\x0e\x03\x00\x01\x01\x02" + "\x0b" +
		"\x20\x01" + "\x0d\x01" + "\x0b" +
		"\x0c\x00" + "\x0b" +
		"\x41\x02\x21\x00\x0c\x00" + tail
	got, err := straighten([]byte("\x02"+string(byte(len(body)))+body+"\x02\x00\x0b"), 1)
	if err != nil {
		t.Fatal(err)
	}
	if want = "\x02" + string(byte(len(want))) + want + "\x02\x00\x0b"; string(got) != want {
		t.Errorf("got\n%x, want\n%x", got, want)
	}
	for at := range body {
		_, _ = straightBody([]byte(body[:at]), 1) // an error or not: no panic
		for _, bits := range []byte{0xff, 1, 0x80, 2} {
			broken := []byte(body)
			broken[at] ^= bits
			_, _ = straightBody(broken, 1)
		}
	}
	for name, broken := range map[string]string{
		"a jump elsewhere":         strings.Replace(body, "\x21\x00\x0c\x01", "\x21\x00\x0c\x00", 1),
		"what is set is read":      strings.Replace(body, "\x20\x01\x04", "\x20\x00\x04", 1),
		"an instruction not known": strings.Replace(body, tail, "\xfd\x00"+tail, 1),
	} {
		if _, err := straightBody([]byte(broken), 1); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

// Addresses on the stack become offsets where that is what they are for.
func TestDirect(t *testing.T) {
	const sum = "\x20\x01\xad\x42\x08\x7c\xa7"
	for _, c := range []struct{ name, code, want string }{
		{"a store", sum + "\x42\x05\x37\x03\x10", "\x20\x01\x42\x05\x37\x03\x18"},
		{"a load", sum + "\x28\x02\x78", "\x20\x01\x28\x02\x80\x01"},
		{"one in another", sum + sum + "\x29\x03\x00\x37\x03\x00", "\x20\x01\x20\x01\x29\x03\x08\x37\x03\x08"},
		{"several operands above", sum + "\x42\x01\x42\x02\x41\x01\x1b\x37\x03\x00", "\x20\x01\x42\x01\x42\x02\x41\x01\x1b\x37\x03\x08"},
		{"what is stored", "\x20\x02" + sum + "\x36\x02\x00", ""},
		{"a number", sum + "\x41\x08\x6a\x42\x05\x37\x03\x10", ""},
		{"kept", sum + "\x22\x02\x42\x05\x37\x03\x10", ""},
		{"over a block", sum + "\x02\x40\x0b\x42\x05\x37\x03\x10", ""},
		{"over a call", sum + "\x10\x05\x37\x03\x10", ""},
		{"a negative number", "\x20\x01\xad\x42\x78\x7c\xa7\x42\x05\x37\x03\x10", ""},
		{"another variable", "\x20\x02\xad\x42\x08\x7c\xa7\x42\x05\x37\x03\x10", ""},
		{"nothing", sum, ""},
		{"a return", "\x20\x01\x41\x20\x6a\x22\x01\x24\x00\x20\x01\x41\x08\x6a\x22\x01\x24\x00\x41\x00\x0f", "\x20\x01\x41\x28\x6a\x24\x00\x41\x00\x0f"},
		{"no return", "\x20\x01\x41\x20\x6a\x22\x01\x24\x00\x20\x01\x41\x08\x6a\x22\x01\x24\x00\x41\x00\x1a", ""},
	} {
		if c.want == "" {
			c.want = c.code
		}
		list, ok := instructions([]byte(c.code))
		var got string
		for _, in := range direct(list) {
			got += string(in.bytes)
		}
		if !ok || got != c.want {
			t.Errorf("%s:\n%x becomes\n%x, want\n%x", c.name, c.code, got, c.want)
		}
		for at := range list {
			direct(list[:at]) // no panic
		}
	}
}

// The farthest place on the stack is accessed first, where others would be checked before it.
func TestNearer(t *testing.T) {
	const (
		near, far, moved = "\x20\x01\x29\x03\x08", "\x20\x01\x28\x02\x14", "\x20\x01\x41\x08\x6b\x22\x01"
		stored           = "\x20\x01" + far + "\x37\x03\x20"
	)
	for _, c := range []struct{ name, code, want string }{
		{"far behind near", near + far, "\x20\x01\x2d\x00\x17\x1a" + near + far},
		{"near behind far", far + near, ""},
		{"only one", near, ""},
		{"as far", near + near, ""},
		{"three, beyond a branch", near + "\x0d\x01" + far + stored, "\x20\x01\x2d\x00\x27\x1a" + near + "\x0d\x01" + far + stored},
		{"what is stored first", stored + near, "\x20\x01\x20\x01\x2d\x00\x27\x1a" + stored[2:] + near},
		{"one moved between", near + moved + far, ""},
		{"one come to from elsewhere", near + "\x0b" + far, ""},
		{"a loop between", near + "\x03\x40" + far, ""},
		{"an else between", near + "\x05" + far, ""},
		{"another variable", near + "\x20\x02\x28\x02\x14", ""},
		{"no address", near + "\x20\x01\x1a", ""},
	} {
		if c.want == "" {
			c.want = c.code
		}
		list, ok := instructions([]byte(c.code))
		if got := string(nearer(list, 1)); !ok || got != c.want {
			t.Errorf("%s:\n%x becomes\n%x, want\n%x", c.name, c.code, got, c.want)
		}
		if got := string(nearer(list, 2)); (got != c.code) != strings.HasPrefix(c.name, "three") {
			t.Errorf("%s, to save two:\n%x becomes\n%x", c.name, c.code, got)
		}
	}
}

// A function that puts something else into variable 1 than the stack's end keeps its addresses.
func TestKeepsStack(t *testing.T) {
	const end = "\x23\x00\x21\x01"
	for code, want := range map[string]bool{
		end:                                      true,
		end + "\x1a" + end:                       true,
		end + "\x20\x01\x41\x08\x6b\x22\x01":     true,
		end + "\x20\x01\x41\x08\x6a\x22\x01\x1a": true,
		end + "\x20\x01\x41\x08\x71\x22\x01":     false,
		end + "\x20\x02\x41\x08\x6b\x22\x01":     false,
		end + "\x22\x01":                         false,
		end + "\x41\x08\x21\x01":                 false,
		end + "\x23\x01\x21\x01":                 false,
		"\x23\x01\x21\x01":                       false,
		"\x1a" + end:                             false,
		"\x23\x00":                               false,
		"":                                       false,
	} {
		if list, ok := instructions([]byte(code)); !ok || keepsStack(list) != want {
			t.Errorf("%x: %v", code, !want)
		}
	}
}

// Every instruction that Go writes is read as long as it is.
func TestInstructions(t *testing.T) {
	for _, code := range []string{
		"\x00", "\x02\x40", "\x04\x7f", "\x05", "\x0c\x80\x01", "\x0d\x01", "\x0e\x02\x00\x01\x81\x01", "\x0f", "\x10\x80\x80\x01", "\x11\x05\x00",
		"\x1a", "\x1b", "\x20\x80\x01", "\x24\x07", "\x28\x02\x80\x01", "\x3e\x00\x10", "\x3f\x00", "\x40\x00", "\x41\xff\x7e", "\x42\x80\x80\x01",
		"\x43\x0b\x0b\x0b\x0b", "\x44\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "\x45", "\xc4", "\xfc\x07", "\xfc\x0a\x00\x00", "\xfc\x0b\x00",
	} {
		list, ok := instructions([]byte(code + "\x0b"))
		if !ok || len(list) != 2 || string(list[0].bytes) != code {
			t.Errorf("%x is read as %v", code, list)
		}
		if len(code) > 1 {
			if _, ok := instructions([]byte(code[:len(code)-1])); ok {
				t.Errorf("%x cut off is taken for whole", code)
			}
		}
	}
	for _, code := range []string{"\xc5", "\xfc\x08\x00\x00", "\xfd\x00", "\x02\x80\x00"} {
		if _, ok := instructions([]byte(code)); ok {
			t.Errorf("%x is taken for an instruction of Go's", code)
		}
	}
}

// Every instruction is known by what stands in the specification; one that is not must not be
// read as if nothing were behind it.
func TestUnknownInstructions(t *testing.T) {
	known := func(op byte) bool {
		switch {
		case op <= 0x05, 0x0b <= op && op <= 0x11, op == 0x1a, op == 0x1b, 0x20 <= op && op <= 0x24, 0x28 <= op && op <= 0xc4, op == 0xfc:
			return true
		}
		return false
	}
	for op := range 256 {
		code := append([]byte{byte(op)}, make([]byte, 16)...) // operands of zero, and unreachable
		if _, ok := instructions(code); ok != known(byte(op)) {
			t.Errorf("%#x: known %v, want %v", op, ok, !ok)
		}
	}
}
