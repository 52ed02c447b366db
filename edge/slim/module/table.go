package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The layout of the table of functions of Go 1.26 for wasm: its first eight bytes (magic number,
// two zeros, size of an instruction, size of a pointer), and the places of what is needed in its
// head, in the record of a function (runtime/symtab.go, runtime/runtime2.go: pcHeader, _func) and
// in what leads to it (runtime/symtab.go: moduledata, in words of eight bytes).
const (
	tableMagic = "\xf1\xff\xff\xff\x00\x00\x01\x08"

	headFuncs     = 8
	headFuncNames = 32
	headUnits     = 40
	headValues    = 56
	headRecords   = 64
	headSize      = 72

	leadNames    = 1
	leadValues   = 10
	leadRecords  = 13
	leadIndex    = 16
	leadBuckets  = 19
	leadFuncData = 40
	leadEnd      = 41
	leadWords    = 42

	recordName      = 4
	recordStack     = 16
	recordFile      = 20
	recordLine      = 24
	recordPCData    = 28
	recordUnit      = 32
	recordFuncData  = 43
	recordSize      = 44
	pointerMapIndex = 1 // PCDATA_StackMapIndex
	boundsIndex     = 4 // PCDATA_PanicBounds
	maxPCData       = 16
	nowhere         = 1<<32 - 1 // as a place of funcdata: none

	firstFunction = 0x1000 // where the first function is (cmd/link/internal/wasm: funcValueOffset)

	// Of the index by place in the code: a bucket for 4096 places, sixteen for a function.
	bucketSize    = 20
	functionSpace = 16 * bucketSize
)

// told are the kinds of funcdata that only tracebacks read, by number: FUNCDATA_InlTree,
// FUNCDATA_ArgInfo, FUNCDATA_ArgLiveInfo. The others stay; a number beyond is refused.
var told = [...]bool{3: true, 5: true, 6: true, 7: false}

var errTable = errors.New("its table of functions is not laid out as Go 1.26 does it")

// table is a table of functions in memory, and what is kept of it. Numbers are addresses, which
// are places in image. Values of a function are a list of differences, ended by a zero, at a
// place counted from values; 0 is the place of none.
type table struct {
	image  []byte
	count  int // of functions
	names  int
	units  int
	values int
	// records begins with the index by number: the first place in the code and the record of each.
	records  int
	first    int // the record of the first function
	funcData int
	buckets  int
	end      int

	kept   []byte            // the values that stay
	places map[uint32]uint32 // of those, by where they were
	data   map[uint32]bool   // the places of funcdata, and whether it is needed
}

// slimTable leaves out of the table of functions in memory what only tracebacks read, and what can
// be told from the rest: unpack says it again. The values of the stack's depth, of pointers on it
// and of bounds stay. The tree of what is inlined is read by runtime.gorecover too, which counts
// the frames between a panic and who recovers: a function without the tree is one frame. That is
// right where the deferred function itself recovers, as the compiler inlines none that does
// (cmd/compile/internal/inline, ORECOVER).
func slimTable(image []byte) (*table, error) {
	t := &table{image: image, kept: []byte{0}, places: map[uint32]uint32{0: 0}, data: map[uint32]bool{}}
	if err := t.open(); err != nil {
		return nil, err
	}
	var names []byte
	for i := range t.count {
		r, err := t.record(i)
		if err != nil {
			return nil, err
		}
		if err := t.function(r); err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
		name, err := t.name(r)
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
		binary.LittleEndian.PutUint32(r[recordName:], uint32(len(names)))
		names = append(append(names, name...), 0)
	}
	if len(names) > t.units-t.names || len(t.kept) > t.records-t.values {
		return nil, errTable
	}
	clear(image[t.names:t.records]) // names of files among it, by compilation unit
	copy(image[t.names:], names)
	copy(image[t.values:], t.kept)
	t.dropData()
	return t, t.pack()
}

func (t *table) word(at int) int {
	return int(min(binary.LittleEndian.Uint64(t.image[at:]), maxMemory))
}

// open finds the table, and who leads to it.
func (t *table) open() error {
	at := bytes.Index(t.image, []byte(tableMagic))
	if at < 0 || len(t.image)-at < headSize || bytes.Contains(t.image[at+1:], []byte(tableMagic)) {
		return errTable
	}
	t.count, t.names, t.units = t.word(at+headFuncs), at+t.word(at+headFuncNames), at+t.word(at+headUnits)
	t.values, t.records = at+t.word(at+headValues), at+t.word(at+headRecords)
	lead, found := 0, false
	for i := 0; i+leadWords*8 <= len(t.image); i += 8 {
		word := func(n int) int { return t.word(i + n*8) }
		if word(0) != at || word(leadNames) != t.names || word(leadValues) != t.values || word(leadRecords) != t.records || word(leadIndex) != t.records || word(leadIndex+1) != t.count+1 {
			continue
		}
		if found {
			return errTable
		}
		lead, found = i, true
	}
	if !found {
		return errTable
	}
	t.funcData, t.buckets, t.end = t.word(lead+leadFuncData*8), t.word(lead+leadBuckets*8), t.word(lead+leadEnd*8)
	t.first = t.records + int(binary.LittleEndian.Uint32(t.image[t.records+4:]))
	order := []int{at + headSize, t.names, t.units, t.values, t.records, t.records + (t.count+1)*8 - 4, t.first, t.funcData, t.buckets, t.end, len(t.image)}
	if t.names != at+headSize || t.count < 2 || !slices.IsSorted(order) || t.end-t.buckets < (t.count-1)*functionSpace {
		return errTable
	}
	return nil
}

// record is the record of function number i, and what is behind it.
func (t *table) record(i int) ([]byte, error) {
	at := t.records + int(binary.LittleEndian.Uint32(t.image[t.records+i*8+4:]))
	if at+recordSize > t.funcData {
		return nil, errTable
	}
	r := t.image[at:t.funcData]
	n := binary.LittleEndian.Uint32(r[recordPCData:])
	if n > maxPCData || int(r[recordFuncData]) > len(told) || sizeOf(r) > len(r) {
		return nil, errTable
	}
	return r, nil
}

// sizeOf is the size of a record with what it says of its values and its funcdata.
func sizeOf(r []byte) int {
	return (recordSize + 4*int(binary.LittleEndian.Uint32(r[recordPCData:])) + 4*int(r[recordFuncData]) + 7) &^ 7
}

// function leaves out of a record what is not needed.
func (t *table) function(r []byte) error {
	clear(r[recordFile:recordPCData])   // file and line
	clear(r[recordUnit : recordUnit+8]) // and where both begin
	if err := t.keep(r[recordStack:]); err != nil {
		return err
	}
	n := int(binary.LittleEndian.Uint32(r[recordPCData:]))
	for i := range n {
		place := r[recordSize+i*4:]
		if i != pointerMapIndex && i != boundsIndex {
			clear(place[:4])
		} else if err := t.keep(place); err != nil {
			return err
		}
	}
	for i := range int(r[recordFuncData]) {
		place := r[recordSize+(n+i)*4:]
		at := binary.LittleEndian.Uint32(place)
		switch {
		case at == nowhere:
		case int(at) >= t.buckets-t.funcData:
			return errTable
		case told[i]:
			if _, known := t.data[at]; !known {
				t.data[at] = false
			}
			binary.LittleEndian.PutUint32(place, nowhere)
		default:
			t.data[at] = true
		}
	}
	return nil
}

// keep keeps the values that the place in front of b names, and names their new one.
func (t *table) keep(b []byte) error {
	old := binary.LittleEndian.Uint32(b)
	place, ok := t.places[old]
	if !ok {
		if int(old) >= t.records-t.values {
			return errTable
		}
		list := t.image[t.values+int(old) : t.records]
		size, err := length(list)
		if err != nil {
			return err
		}
		place = uint32(len(t.kept))
		t.places[old] = place
		t.kept = append(t.kept, list[:size]...)
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

// name is the name of the function of a record, as a traceback prints it: without the types that
// it is made for (runtime/traceback.go: funcNamePiecesForPrint).
func (t *table) name(r []byte) ([]byte, error) {
	at := int(binary.LittleEndian.Uint32(r[recordName:]))
	if at >= t.units-t.names {
		return nil, errTable
	}
	name, _, ended := bytes.Cut(t.image[t.names+at:t.units], []byte{0})
	if !ended {
		return nil, errTable
	}
	if i, j := bytes.IndexByte(name, '['), bytes.LastIndexByte(name, ']'); i >= 0 && i < j {
		name = slices.Concat(name[:i], []byte("[...]"), name[j+1:])
	}
	return name, nil
}

// dropData clears the funcdata that is not needed: it reaches to the next.
func (t *table) dropData() {
	places := make([]uint32, 0, len(t.data))
	for at := range t.data {
		places = append(places, at)
	}
	slices.Sort(places)
	for i, at := range places {
		end := t.buckets
		if i+1 < len(places) {
			end = t.funcData + int(places[i+1])
		}
		if !t.data[at] {
			clear(t.image[t.funcData+int(at) : end])
		}
	}
}
