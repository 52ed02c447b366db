package module

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"strowger/edge/slim/stress"
)

// compiled is the module as Go makes it, with what tests need.
func compiled(t *testing.T) []byte {
	t.Helper()
	wasm, err := compile(filepath.Join(t.TempDir(), "module.wasm"), "strowger/edge/reactor", tagged([]string{"strowger_panic"})...)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// instance is a module of which nothing ran but its start function.
func instance(t *testing.T, cfg wazero.RuntimeConfig, wasm []byte) api.Module {
	t.Helper()
	r := wazero.NewRuntimeWithConfig(t.Context(), cfg)
	t.Cleanup(func() { _ = r.Close(t.Context()) })
	wasi_snapshot_preview1.MustInstantiate(t.Context(), r)
	m, err := r.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithStartFunctions().WithSysWalltime().WithSysNanotime())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Memory of the slimmed module is as the other's but for the table of functions, and each function
// of that is found where it was, with its name, its depth of stack and its pointers.
func TestMemoryIsTheSame(t *testing.T) {
	wasm := compiled(t)
	slim, err := Slim(wasm, 1)
	if err != nil {
		t.Fatal(err)
	}
	read := func(wasm []byte) (*table, api.Memory) {
		memory := instance(t, wazero.NewRuntimeConfigInterpreter(), wasm).Memory()
		image, _ := memory.Read(0, memory.Size())
		at := &table{image: image}
		if err := at.open(); err != nil {
			t.Fatal(err)
		}
		return at, memory
	}
	was, before := read(wasm)
	is, after := read(slim)
	if before.Size() != after.Size() || !bytes.Equal(was.image[:was.names], is.image[:is.names]) || !bytes.Equal(was.image[was.buckets:], is.image[is.buckets:]) {
		t.Fatal("memory outside of the table is not the same")
	}
	if !bytes.Equal(was.image[was.records:was.records+8*was.count+4], is.image[is.records:is.records+8*is.count+4]) {
		t.Fatal("the index by number is not the same")
	}
	for i := range was.count {
		if want, got := said(t, was, i), said(t, is, i); want != got {
			t.Fatalf("function %d is\n%q, was\n%q", i, got, want)
		}
	}
	t.Logf("%d functions", was.count)
}

// said is what the table says of a function that the runtime unwinds and collects by.
func said(t *testing.T, of *table, i int) string {
	t.Helper()
	r, err := of.record(i)
	if err != nil {
		t.Fatal(err)
	}
	name, err := of.name(r)
	if err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(name), 0)
	out = append(append(append(out, r[:recordName]...), r[recordName+4:recordStack]...), r[recordUnit+8:recordSize]...)
	list := func(b []byte) {
		at := int(binary.LittleEndian.Uint32(b))
		if at == 0 {
			out = append(out, "none;"...)
			return
		}
		values := of.image[of.values+at : of.records]
		size, err := length(values)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, values[:size]...)
	}
	n := int(binary.LittleEndian.Uint32(r[recordPCData:]))
	list(r[recordStack:])
	for _, kind := range []int{pointerMapIndex, boundsIndex} {
		if kind < n {
			list(r[recordSize+4*kind:])
		}
	}
	for kind := range int(r[recordFuncData]) {
		at := binary.LittleEndian.Uint32(r[recordSize+4*(n+kind):])
		if told[kind] {
			continue
		}
		out = binary.LittleEndian.AppendUint32(out, at)
		if at != nowhere { // a map of bits or a list of objects on the stack says its own size first
			data := of.image[of.funcData+int(at) : of.buckets]
			out = append(out, data[:min(len(data), dataSize(kind, data))]...)
		}
	}
	return string(out)
}

// dataSize is the size of funcdata that is needed (runtime/stkframe.go, runtime/symtab.go).
func dataSize(kind int, data []byte) int {
	switch kind {
	case 0, 1: // stackmap: how many maps, of how many bits
		maps, bits := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
		return 8 + int(maps*((bits+7)/8))
	case 2: // a count of stackObjectRecord
		return 8 + 16*int(binary.LittleEndian.Uint64(data))
	}
	return 2 // of deferred calls in open code: two numbers; of a wrapper: no more than that is looked at
}

// The slimmed module, the other and a program that is none do the same under stress.
func TestStress(t *testing.T) {
	const rounds, depth = 5, 300
	want := stress.Run(rounds, depth)
	if want == 0 || stress.Run(1, depth) == stress.Run(1, depth-1) {
		t.Fatal("stress says nothing")
	}
	wasm := compiled(t)
	slim, err := Slim(wasm, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, wasm := range map[string][]byte{"whole": wasm, "slim": slim} {
		m := instance(t, wazero.NewRuntimeConfig(), wasm)
		if _, err := m.ExportedFunction("_initialize").Call(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		got, err := m.ExportedFunction("strowger_stress").Call(t.Context(), rounds, depth)
		if err != nil || got[0] != want {
			t.Errorf("%s: %v %d, want %d", name, err, got, want)
		}
	}
}

// A module that is slim already is refused: it has no table as Go lays it out.
func TestTwice(t *testing.T) {
	slim, err := Slim(compiled(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Slim(slim, 1); err == nil || !strings.Contains(err.Error(), "section of number 8") {
		t.Errorf("slimmed twice: %v", err)
	}
}
