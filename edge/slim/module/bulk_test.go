package module

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/tetratelabs/wazero"
)

// page is all the memory that there is.
const page = 1 << 16

// The functions copy and fill as the instructions do, wherever and however many, and trap where
// those do.
func TestBulk(t *testing.T) {
	plain, bulk := bulks(t)
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(t.Context())
	rng := rand.New(rand.NewPCG(5, 6))
	was, before := mover(t, r, plain)
	is, after := mover(t, r, bulk)
	for i := range page {
		before()[i] = byte(rng.Uint32())
	}
	copy(after(), before())
	for i := range uint32(40_000) {
		n := i % 600
		if i%50 == 0 {
			n = 4000 + i/50%200
		}
		to, from := rng.Uint32N(4096), rng.Uint32N(4096)
		if i%3 == 0 { // they overlap
			from = to + rng.Uint32N(2*n+1) - min(n, to)
		}
		if i%1000 == 0 { // the end of memory
			to = page - n - rng.Uint32N(2)
		}
		if err := was("c", to, from, n); err != nil {
			t.Fatal(err)
		}
		if err := is("c", to, from, n); err != nil || !bytes.Equal(before(), after()) {
			t.Fatalf("copying %d bytes from %d to %d: %v", n, from, to, err)
		}
		if i%4 == 0 {
			value := uint32(0)
			if i%16 == 0 {
				value = i
			}
			_, _ = was("f", to, value, n), is("f", to, value, n)
			if !bytes.Equal(before(), after()) {
				t.Fatalf("filling %d bytes at %d with %d", n, to, value)
			}
			from, n = rng.Uint32N(page-9000), n+900
			_, _ = was("c", to, from, n), is("c", to, from, n) // something else to fill
		}
	}
	for _, n := range []uint32{1, 3, 7, 8, 16, 17, 32, 33, 64, 65, 600, 4096, 4097} {
		for _, place := range []uint32{page - n + 1, page, 1<<32 - 1} {
			if is("c", place, 0, n) == nil || is("c", 0, place, n) == nil || is("f", place, 0, n) == nil {
				t.Errorf("%d bytes at %d are taken", n, place)
			}
		}
	}
}

// bulks is a module that copies and fills, as it was and with the functions.
func bulks(t *testing.T) (plain, bulk []byte) {
	t.Helper()
	section := func(s string) []byte { return []byte(s) }
	body := func(code string) string { return string(rune(len(code)+1)) + "\x00" + code }
	sections := [sectionCount][]byte{
		sectionType:     section("\x01\x60\x03\x7f\x7f\x7f\x00"),
		sectionFunction: section("\x02\x00\x00"),
		5:               section("\x01\x00\x01"),
		sectionExport:   section("\x03\x01c\x00\x00\x01f\x00\x01\x01m\x02\x00"),
		sectionCode: section("\x02" + body("\x20\x00\x20\x01\x20\x02\xfc\x0a\x00\x00\x0b") +
			body("\x20\x00\x20\x01\x20\x02\xfc\x0b\x00\x0b")),
	}
	plain = join(sections)
	if err := addBulk(&sections); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sections[sectionCode][:30], []byte{opMore, moreCopy}) {
		t.Fatal("the instruction is still there")
	}
	return plain, join(sections)
}

// mover is an instance of one.
func mover(t *testing.T, r wazero.Runtime, wasm []byte) (call func(name string, to, from, n uint32) error, memory func() []byte) {
	m, err := r.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	return func(name string, to, from, n uint32) error {
			_, err := m.ExportedFunction(name).Call(t.Context(), uint64(to), uint64(from), uint64(n))
			return err
		}, func() []byte {
			b, _ := m.Memory().Read(0, page)
			return b
		}
}
