package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The layout of the table of functions of Go 1.20 and later for wasm: its first eight bytes
// (magic number, two zeros, size of an instruction, size of a pointer), and the places of
// what is needed in its head and in the record of a function (runtime/symtab.go,
// runtime/runtime2.go: pcHeader, _func).
const (
	tableMagic = "\xf1\xff\xff\xff\x00\x00\x01\x08"

	headFuncs     = 8
	headFuncNames = 32
	headUnits     = 40
	headValues    = 56
	headRecords   = 64
	headSize      = 72

	recordStack     = 16
	recordFile      = 20
	recordLine      = 24
	recordPCData    = 28
	recordFuncData  = 43
	recordSize      = 44
	pointerMapIndex = 1 // PCDATA_StackMapIndex
	boundsIndex     = 4 // PCDATA_PanicBounds
	maxPCData       = 16
)

var errTable = errors.New("its table of functions is not laid out as Go 1.26 does it")

// slimTable leaves out of the table of functions in memory the values that only tracebacks
// read. Those of the stack's depth, of pointers on it and of bounds stay. The tree of what is
// inlined is read by runtime.gorecover too, which counts the frames between a panic and who
// recovers: a function without the tree is one frame. That is right where the deferred function
// itself recovers, as the compiler inlines none that does (cmd/compile/internal/inline, ORECOVER).
func slimTable(image []byte) error {
	at := bytes.Index(image, []byte(tableMagic))
	if at < 0 || bytes.Contains(image[at+1:], []byte(tableMagic)) {
		return errTable
	}
	t := table{all: image[at:]}
	if err := t.open(); err != nil {
		return err
	}
	for i := range t.count {
		if err := t.function(i); err != nil {
			return err
		}
	}
	clear(t.all[t.units:t.valuesAt]) // names of files, by compilation unit
	clear(t.values)
	copy(t.values, t.kept)
	return nil
}

// table is a table of functions being made smaller. Values of a function are a list of
// differences, ended by a zero, at a place in values; 0 is the place of none.
type table struct {
	all             []byte
	count           int
	units, valuesAt int
	values, records []byte
	kept            []byte            // the values that stay
	places          map[uint32]uint32 // of those, by where they were
}

func (t *table) open() error {
	if len(t.all) < headSize {
		return errTable
	}
	word := func(at int) int { return int(min(binary.LittleEndian.Uint64(t.all[at:]), maxMemory)) }
	t.count, t.units, t.valuesAt = word(headFuncs), word(headUnits), word(headValues)
	records := word(headRecords)
	if word(headFuncNames) != headSize || t.units > t.valuesAt || t.valuesAt >= records || records > len(t.all) || t.count*8 > len(t.all)-records {
		return errTable
	}
	t.values, t.records = t.all[t.valuesAt:records], t.all[records:]
	t.kept, t.places = []byte{0}, map[uint32]uint32{0: 0}
	return nil
}

// function makes the record of function number i smaller.
func (t *table) function(i int) error {
	at := int(binary.LittleEndian.Uint32(t.records[i*8+4:]))
	if at+recordSize > len(t.records) {
		return errTable
	}
	r := t.records[at:]
	n := int(binary.LittleEndian.Uint32(r[recordPCData:]))
	if n > maxPCData || recordSize+n*4+int(r[recordFuncData])*4 > len(r) {
		return errTable
	}
	clear(r[recordFile : recordLine+4])
	if err := t.keep(r[recordStack:]); err != nil {
		return fmt.Errorf("function %d: %w", i, err)
	}
	for j := range n {
		place := r[recordSize+j*4:]
		if j != pointerMapIndex && j != boundsIndex {
			clear(place[:4])
		} else if err := t.keep(place); err != nil {
			return fmt.Errorf("function %d: %w", i, err)
		}
	}
	return nil
}

// keep keeps the values that the place in front of b names, and names their new one.
func (t *table) keep(b []byte) error {
	old := binary.LittleEndian.Uint32(b)
	place, ok := t.places[old]
	if !ok {
		if int(old) >= len(t.values) {
			return errTable
		}
		list := t.values[old:]
		size, err := length(list)
		if err != nil {
			return err
		}
		place = uint32(len(t.kept))
		t.places[old] = place
		t.kept = append(t.kept, list[:size]...)
		if len(t.kept) > len(t.values) {
			return errTable
		}
	}
	binary.LittleEndian.PutUint32(b, place)
	return nil
}

// length is how many bytes a list of values has: pairs of a difference of the value and one
// of the place in the code, until a difference of the value is zero that is not the first.
func length(list []byte) (int, error) {
	for at, first := 0, true; ; first = false {
		value, n := binary.Uvarint(list[at:])
		if n <= 0 {
			return 0, errTable
		}
		at += n
		if value == 0 && !first {
			return at, nil
		}
		if _, n = binary.Uvarint(list[at:]); n <= 0 {
			return 0, errTable
		}
		at += n
	}
}
