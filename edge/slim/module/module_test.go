package module

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
)

// Memory that is written and read again is the same, but for zeros at its end.
func TestDataRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		image := make([]byte, rng.IntN(3000))
		for at := 0; at < len(image); at += 1 + rng.IntN(120) {
			image[at] = byte(rng.UintN(256))
		}
		got, err := readData(appendData(nil, image))
		if err != nil || !bytes.Equal(got, bytes.TrimRight(image, "\x00")) {
			t.Fatalf("%v: read again as\n%x, was\n%x", err, got, image)
		}
	}
}

func TestVarint(t *testing.T) {
	for _, v := range []int64{0, 1, 63, 64, -1, -64, -65, 1 << 20, -(1 << 20), 1<<31 - 1, -1 << 31} {
		b := appendVarint(nil, v)
		if got, n := varint(b); got != v || n != len(b) {
			t.Errorf("%d is %x, which is %d of %d bytes", v, b, got, n)
		}
		if _, n := varint(b[:len(b)-1]); n != 0 {
			t.Errorf("%d cut off is taken for a number", v)
		}
	}
}

// function is what a record says.
type function struct {
	name                   string
	stack, file, line      uint32
	unsafe, pointers       uint32
	locals, inlined, shown uint32 // funcdata
}

// tableOf is memory with a table of those functions, whose values and funcdata are given by place.
func tableOf(values, data string, functions ...function) []byte {
	var names, index, records, buckets []byte
	count := len(functions)
	for i, f := range functions {
		number := uint32(firstFunction + i)
		index = binary.LittleEndian.AppendUint32(index, number)
		index = binary.LittleEndian.AppendUint32(index, uint32(8*count+8+len(records)))
		record := make([]byte, recordSize+8+4*6)
		for at, v := range map[int]uint32{0: number, recordName: uint32(len(names)), recordStack: f.stack, recordFile: f.file, recordLine: f.line, recordPCData: 2,
			recordUnit: 3, recordUnit + 4: 30, recordSize: f.unsafe, recordSize + 4: f.pointers,
			recordSize + 8: nowhere, recordSize + 12: f.locals, recordSize + 16: nowhere, recordSize + 20: f.inlined, recordSize + 24: nowhere, recordSize + 28: f.shown} {
			binary.LittleEndian.PutUint32(record[at:], v)
		}
		record[recordFuncData] = 6
		records = append(append(records, record...), make([]byte, sizeOf(record)-len(record))...)
		names = append(append(names, f.name...), 0)
		for range 16 {
			buckets = append(binary.LittleEndian.AppendUint32(buckets, uint32(i)), make([]byte, 16)...)
		}
	}
	index = append(binary.LittleEndian.AppendUint32(index, uint32(firstFunction+count)), 0, 0, 0, 0)
	const at = 8
	units := at + headSize + len(names)
	valuesAt := units + len("unit")
	recordsAt := valuesAt + len(values)
	funcData := recordsAt + len(index) + len(records)
	image := append([]byte("before, "), make([]byte, headSize)...)
	copy(image[at:], tableMagic)
	for place, v := range map[int]int{headFuncs: count, headFuncNames: headSize, headUnits: units - at, headValues: valuesAt - at, headRecords: recordsAt - at} {
		binary.LittleEndian.PutUint64(image[at+place:], uint64(v))
	}
	for _, part := range [][]byte{names, []byte("unit"), []byte(values), index, records, []byte(data), buckets} {
		image = append(image, part...)
	}
	end := len(image)
	lead := make([]byte, (8-end%8)%8+leadWords*8)
	for word, v := range map[int]int{0: at, leadNames: at + headSize, leadValues: valuesAt, leadRecords: recordsAt, leadIndex: recordsAt, leadIndex + 1: count + 1,
		leadBuckets: end - len(buckets), leadFuncData: funcData, leadEnd: end} {
		binary.LittleEndian.PutUint64(lead[(8-end%8)%8+word*8:], uint64(v))
	}
	return append(image, lead...)
}

var sample = []function{
	{"f", 1, 4, 9, 12, 15, 0, 4, 12},
	{"g[go.shape.int]", 1, 0, 0, 0, 1, 16, nowhere, 4},
	{"h", 15, 0, 0, 0, 0, nowhere, 8, nowhere},
}

const (
	sampleValues = "\x00" + "\x02\x05\x00" + "\x04\x07\x06\x01\x00" + "\x08\x09\x00" + "\x0a\x0b\x00" + "\x00\x0d\x00"
	sampleData   = "locA" + "inlA" + "inlC" + "show" + "locB"
)

// What the runtime unwinds and collects by stays, under new places; the rest is gone, or comes
// again when it is unpacked.
func TestSlimTable(t *testing.T) {
	image := tableOf(sampleValues, sampleData, sample...)
	whole := bytes.Clone(image)
	at, err := slimTable(image)
	if err != nil {
		t.Fatal(err)
	}
	part := func(from, to int, want string) {
		t.Helper()
		if got := string(image[from:to]); strings.TrimRight(got, "\x00") != strings.TrimRight(want, "\x00") {
			t.Errorf("kept %q, want %q", got, want)
		}
	}
	part(at.names, at.units, "f\x00g[...]\x00h\x00")
	part(at.values, at.records, "\x00"+"\x02\x05\x00"+"\x00\x0d\x00")
	part(at.units, at.values, "")
	part(at.funcData, at.buckets, "locA"+strings.Repeat("\x00", 12)+"locB")
	part(at.buckets, at.buckets+2*functionSpace, "")
	part(at.records, at.records+2*8, "")
	part(at.buckets+2*functionSpace, len(image), string(whole[at.buckets+2*functionSpace:]))

	at.unpack(func(at int, v uint32) { binary.LittleEndian.PutUint32(image[at:], v) })
	if !bytes.Equal(image[at.buckets:], whole[at.buckets:]) || !bytes.Equal(image[at.records:at.first], whole[at.records:at.first]) {
		t.Error("the indexes are not unpacked as they were")
	}
	for i, want := range []function{
		{stack: 1, pointers: 4, inlined: nowhere, shown: nowhere},
		{stack: 1, pointers: 1, locals: 16, inlined: nowhere, shown: nowhere},
		{stack: 4, locals: nowhere, inlined: nowhere, shown: nowhere},
	} {
		r, err := at.record(i)
		if err != nil {
			t.Fatal(err)
		}
		word := func(at int) uint32 { return binary.LittleEndian.Uint32(r[at:]) }
		got := function{stack: word(recordStack), file: word(recordFile), line: word(recordLine), unsafe: word(recordSize), pointers: word(recordSize + 4),
			locals: word(recordSize + 12), inlined: word(recordSize + 20), shown: word(recordSize + 28)}
		if got != want || word(0) != uint32(firstFunction+i) || word(recordUnit) != 0 || word(recordUnit+4) != 0 {
			t.Errorf("function %d says %+v, want %+v", i, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	wasm := func(sections ...string) []byte { return []byte(preamble + strings.Join(sections, "")) }
	for name, c := range map[string]struct {
		wasm []byte
		want string
	}{
		"nothing":       {nil, "no wasm module"},
		"a component":   {[]byte("\x00asm\x0d\x00\x01\x00"), "no wasm module"},
		"no data":       {wasm("\x01\x01\x00"), "no data"},
		"cut off":       {wasm("\x0b\x05\x00"), "cut off"},
		"another Go":    {wasm("\x0b\x0e\x01\x00\x41\x00\x0b\x08go1.27.1"), "not built by go1.26"},
		"no table":      {wasm("\x0b\x0e\x01\x00\x41\x00\x0b\x08go1.26.1"), "table of functions"},
		"a data count":  {wasm("\x0c\x01\x01", "\x0b\x07\x01\x00\x41\x00\x0b\x01x"), "number 12"},
		"a start":       {wasm("\x08\x01\x00"), "number 8"},
		"one twice":     {wasm("\x01\x01\x00", "\x01\x01\x00"), "number 1"},
		"passive data":  {wasm("\x0b\x04\x01\x01\x01x"), "not laid out"},
		"far away data": {wasm("\x0b\x0b\x01\x00\x41\xff\xff\xff\xff\x07\x0b\x01x"), "not laid out"},
	} {
		if _, err := Slim(c.wasm, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want something about %q", name, err, c.want)
		}
	}
	for at := range tableOf(sampleValues, sampleData, sample...) {
		for _, bits := range []byte{0xff, 1, 0x80} {
			broken := tableOf(sampleValues, sampleData, sample...)
			broken[at] ^= bits
			_, _ = slimTable(broken) // an error or not: no panic
		}
	}
}

// A function more is behind those that there are, of a type that there is, and started.
func TestAddStart(t *testing.T) {
	sections := [sectionCount][]byte{
		sectionType:     []byte("\x03" + "\x60\x01\x7f\x01\x7f" + "\x60\x00\x01\x7f" + "\x60\x00\x00"),
		sectionImport:   []byte("\x01" + "\x04wasi\x04exit" + "\x00\x00"),
		sectionFunction: []byte("\x02\x00\x01"),
		sectionCode:     []byte("\x02" + "\x02\x00\x0b" + "\x02\x00\x0b"),
	}
	for id := sectionType; id <= sectionCode; id++ {
		for end := range sections[id] {
			broken := sections
			broken[id] = sections[id][:end]
			_ = addStart(&broken, nil) // an error or not: no panic
		}
	}
	if err := addStart(&sections, []byte("\x00\x01\x0b")); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[int]string{
		sectionFunction: "\x03\x00\x01\x02",
		sectionStart:    "\x03",
		sectionCode:     "\x03" + "\x02\x00\x0b" + "\x02\x00\x0b" + "\x03\x00\x01\x0b",
	} {
		if got := string(sections[id]); got != want {
			t.Errorf("section %d is %q, want %q", id, got, want)
		}
	}
	for name, c := range map[string]struct {
		id      int
		section string
	}{
		"no such type":      {sectionType, "\x01\x60\x01\x7f\x00"},
		"a memory imported": {sectionImport, "\x01\x01m\x01m\x02\x00\x01"},
		"a body missing":    {sectionCode, "\x02\x02\x00\x0b"},
	} {
		broken := sections
		broken[c.id] = []byte(c.section)
		if err := addStart(&broken, nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
