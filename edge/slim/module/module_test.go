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

// tableOf is memory with a table of one function, whose values are given by place.
func tableOf(values []byte, stack, file, line, unsafe, pointers uint32) []byte {
	head := make([]byte, headSize)
	copy(head, tableMagic)
	units := uint64(headSize + 4)
	for at, v := range map[int]uint64{headFuncs: 1, headFuncNames: headSize, headUnits: units, headValues: units + 4, headRecords: units + 4 + uint64(len(values))} {
		binary.LittleEndian.PutUint64(head[at:], v)
	}
	image := append(append([]byte("before"), head...), "f\x00\x00\x00unit"...)
	image = append(image, values...)
	image = binary.LittleEndian.AppendUint64(image, 12<<32) // the record stands behind one entry and the end
	image = append(image, 0, 0, 0, 0)
	record := make([]byte, recordSize+8)
	for at, v := range map[int]uint32{recordStack: stack, recordFile: file, recordLine: line, recordPCData: 2, recordSize: unsafe, recordSize + 4: pointers} {
		binary.LittleEndian.PutUint32(record[at:], v)
	}
	return append(image, record...)
}

// What the runtime unwinds and collects by stays, under new places; the rest is gone.
func TestSlimTable(t *testing.T) {
	values := []byte("\x00" + "\x02\x05\x00" + "\x04\x07\x06\x01\x00" + "\x08\x09\x00" + "\x0a\x0b\x00" + "\x00\x0d\x00")
	image := tableOf(values, 1, 4, 9, 12, 15)
	if err := slimTable(image); err != nil {
		t.Fatal(err)
	}
	begin := len("before") + headSize + len("f\x00\x00\x00")
	want := "\x00\x00\x00\x00" + "\x00" + "\x02\x05\x00" + "\x00\x0d\x00"
	if got := string(image[begin : begin+4+len(values)]); got != want+strings.Repeat("\x00", len(values)-7) {
		t.Errorf("values are %q", got)
	}
	record := image[len(image)-recordSize-8:]
	for at, want := range map[int]uint32{recordStack: 1, recordFile: 0, recordLine: 0, recordSize: 0, recordSize + 4: 4} {
		if got := binary.LittleEndian.Uint32(record[at:]); got != want {
			t.Errorf("at %d of the record is %d, want %d", at, got, want)
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
		"a data count":  {wasm("\x0c\x01\x01", "\x0b\x07\x01\x00\x41\x00\x0b\x01x"), "counts its data"},
		"passive data":  {wasm("\x0b\x04\x01\x01\x01x"), "not laid out"},
		"far away data": {wasm("\x0b\x0b\x01\x00\x41\xff\xff\xff\xff\x07\x0b\x01x"), "not laid out"},
	} {
		if _, err := Slim(c.wasm); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want something about %q", name, err, c.want)
		}
	}
	image := tableOf([]byte("\x00\x02\x05\x00"), 1, 0, 0, 0, 1)
	for at := len("before") + len(tableMagic); at < len(image); at++ {
		broken := bytes.Clone(image)
		broken[at] ^= 0xff
		_ = slimTable(broken) // an error or not: no panic
	}
}
