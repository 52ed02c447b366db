package module

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/tetratelabs/wazero"
)

// Memory is compared as Go's own function does it, wherever and however much, up to the last byte that
// there is, whatever byte differs.
func TestCompareWords(t *testing.T) {
	for name, cfg := range map[string]wazero.RuntimeConfig{"interpreted": wazero.NewRuntimeConfigInterpreter(), "compiled": wazero.NewRuntimeConfig()} {
		t.Run(name, func(t *testing.T) { comparesWords(t, cfg) })
	}
}

func comparesWords(t *testing.T, cfg wazero.RuntimeConfig) {
	r := wazero.NewRuntimeWithConfig(t.Context(), cfg)
	defer r.Close(t.Context())
	plain, words := comparers(t)
	was, memory := compares(t, r, plain)
	is, other := compares(t, r, words)
	rng := rand.New(rand.NewPCG(7, 8))
	for n := range uint32(300) {
		for i := range uint32(40) {
			at, from := 1000+rng.Uint32N(32), 3000+rng.Uint32N(32)
			switch i {
			case 0:
				at = page - n
			case 1:
				from = page - n
			case 2:
				from = at
			case 3:
				at, from = page-n, page-n-min(n, 1)
			}
			for k := range n { // what is around them is never the same
				memory[at-1], memory[from-1] = 1, 2
				memory[at+k] = byte(rng.Uint32())
			}
			copy(memory[from:], memory[at:at+n])
			if differs := i%2 == 1 && n > 0; differs {
				memory[from+rng.Uint32N(n)] ^= 1 << rng.Uint32N(8)
			}
			copy(other, memory)
			want := bytes.Equal(memory[at:at+n], memory[from:from+n])
			if was(at, from, n) != want || is(at, from, n) != want {
				t.Fatalf("%d bytes at %d and %d: %v, want %v", n, at, from, is(at, from, n), want)
			}
		}
	}
}

// What compares otherwise than is known, or twice, is refused.
func TestCompareUnknown(t *testing.T) {
	known := string(rune(len(byBytes))) + byBytes
	for name, section := range map[string]string{
		"none": "\x01\x02\x00\x0b", "two": "\x02" + known + known, "cut off": "\x02" + known, "another": "\x01" + known[:len(known)-1] + "\x01",
	} {
		if _, err := compareWords([]byte(section)); !errors.Is(err, errCompare) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// comparers is a module that compares, as it was and in words.
func comparers(t *testing.T) (plain, words []byte) {
	t.Helper()
	sections := [sectionCount][]byte{
		sectionType:     []byte("\x01\x60\x03\x7e\x7e\x7e\x01\x7e"),
		sectionFunction: []byte("\x01\x00"),
		5:               []byte("\x01\x00\x01"),
		sectionExport:   []byte("\x02\x01e\x00\x00\x01m\x02\x00"),
		sectionCode:     []byte("\x01" + string(rune(len(byBytes))) + byBytes),
	}
	plain = join(sections)
	code, err := compareWords(sections[sectionCode])
	if err != nil {
		t.Fatal(err)
	}
	sections[sectionCode] = code
	return plain, join(sections)
}

// compares is an instance of one.
func compares(t *testing.T, r wazero.Runtime, wasm []byte) (equal func(at, from, n uint32) bool, memory []byte) {
	t.Helper()
	m, err := r.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	memory, _ = m.Memory().Read(0, page)
	return func(at, from, n uint32) bool {
		said, err := m.ExportedFunction("e").Call(t.Context(), uint64(at), uint64(from), uint64(n))
		if err != nil || said[0] > 1 {
			t.Fatalf("%d bytes at %d and %d: %d, %v", n, at, from, said, err)
		}
		return said[0] == 1
	}, memory
}
