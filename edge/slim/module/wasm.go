// Package module builds the wasm module and makes it smaller and faster.
//
// What runs does the same in another way: where a function jumps further down it does so at once, and
// not by way of a table (straighten), where it writes to the stack it says the offset, and does not add
// it up (direct), and accesses the farthest place first (nearer), and where it copies or clears memory
// it calls a function that does little of it better (addBulk).
//
// Left out of the runtime's table of functions (runtime.pclntab) is what only a traceback reads, files
// and lines and arguments and what was inlined: a table that is not there is one that says nothing, and
// functions are named still. What of the table follows from the rest is left out too, and written again
// by a start function, before anything else runs. The tree of what is inlined is read by recover as
// well (runtime.gorecover), which does without it where a deferred function itself recovers: none that
// does is inlined. What the package does not know it refuses, and any other version of Go, as that may
// lay the tables out or read them otherwise.
package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Slim is the module with straight jumps, direct addresses and functions that copy and compare, without
// what only tracebacks read (files, lines, what was inlined where), and with a start function that says again
// what follows from the rest. What is added for speed to an access to the stack, a few bytes each, is
// added where it saves at least so many checks of bounds: 1 is the fastest. The error says what about
// the module is not as Go makes it.
func Slim(wasm []byte, least int) ([]byte, error) {
	sections, err := split(wasm)
	if err != nil {
		return nil, err
	}
	image, err := readData(sections[sectionData])
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(image, []byte(version)) {
		return nil, errors.New("it is not built by " + version)
	}
	t, err := slimTable(image)
	if err != nil {
		return nil, err
	}
	if sections[sectionCode], err = straighten(sections[sectionCode], least); err != nil {
		return nil, err
	}
	if sections[sectionCode], err = compareWords(sections[sectionCode]); err != nil {
		return nil, err
	}
	if err := addBulk(&sections); err != nil {
		return nil, err
	}
	if err := addStart(&sections, t.code()); err != nil {
		return nil, err
	}
	sections[sectionData] = appendData(nil, image)
	return join(sections), nil
}

// join is the module of those sections.
func join(sections [sectionCount][]byte) []byte {
	out := []byte(preamble)
	for id, content := range sections {
		if content != nil {
			out = binary.AppendUvarint(append(out, byte(id)), uint64(len(content)))
			out = append(out, content...)
		}
	}
	return out
}

// The parts of the format that matter here (webassembly.github.io/spec/core/binary).
const (
	preamble        = "\x00asm\x01\x00\x00\x00"
	sectionCustom   = 0
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionExport   = 7
	sectionStart    = 8
	sectionElement  = 9
	sectionCode     = 10
	sectionData     = 11
	sectionCount    = 12 // of segments of data would be next
	opI32Const      = 0x41
	opEnd           = 0x0b
)

// split is a module's sections by their number, which is their order; custom ones, which say who
// built it and with what, are left out. nil is none.
func split(wasm []byte) (sections [sectionCount][]byte, err error) {
	if len(wasm) < len(preamble) || string(wasm[:len(preamble)]) != preamble {
		return sections, errors.New("it is no wasm module of version 1")
	}
	last := 0
	for at := len(preamble); at < len(wasm); {
		id := int(wasm[at])
		size, n := binary.Uvarint(wasm[at+1:])
		begin := at + 1 + n
		if n <= 0 || size > uint64(len(wasm)-begin) {
			return sections, fmt.Errorf("section at byte %d is cut off", at)
		}
		at = begin + int(size)
		switch {
		case id == sectionCustom:
			continue
		case id <= last || id >= sectionCount || id == sectionStart:
			return sections, fmt.Errorf("it has a section of number %d where no module of Go's has it", id)
		}
		sections[id], last = wasm[begin:at], id
	}
	if sections[sectionData] == nil {
		return sections, errors.New("it has no data")
	}
	return sections, nil
}

// version is how the runtime's own version begins (runtime.buildVersion) where the table of
// functions is known to be laid out, and read, as it says here.
const version = "go1.26"

// maxMemory bounds the memory that data may be laid out in, in bytes.
const maxMemory = 1 << 28

var errData = errors.New("its data is not laid out as Go does it")

// readData is the beginning of memory as the data section fills it.
func readData(content []byte) ([]byte, error) {
	count, n := binary.Uvarint(content)
	if n <= 0 {
		return nil, errData
	}
	var image []byte
	for at := n; count > 0; count-- {
		if at+2 > len(content) || content[at] != 0 || content[at+1] != opI32Const {
			return nil, errData
		}
		place, n := varint(content[at+2:])
		at += 2 + n
		if n <= 0 || place < 0 || place > maxMemory || at >= len(content) || content[at] != opEnd {
			return nil, errData
		}
		size, n := binary.Uvarint(content[at+1:])
		at += 1 + n
		if n <= 0 || size > uint64(len(content)-at) || uint64(place)+size > maxMemory {
			return nil, errData
		}
		end := int(place) + int(size)
		image = append(image, make([]byte, max(end-len(image), 0))...)
		copy(image[place:end], content[at:])
		at += int(size)
	}
	return image, nil
}

// fewestZeros is how many zeros are left out rather than written: fewer compress to less than the
// head of the segment behind them.
const fewestZeros = 64

// appendData appends the data section of that memory, zeros left out.
func appendData(dst, image []byte) []byte {
	var body []byte
	count := uint64(0)
	for at := 0; at < len(image); {
		if image[at] == 0 {
			at++
			continue
		}
		end := at
		for zeros := 0; end < len(image) && zeros < fewestZeros; end++ {
			if zeros++; image[end] != 0 {
				zeros = 0
			}
		}
		part := image[at:end]
		for len(part) > 0 && part[len(part)-1] == 0 {
			part = part[:len(part)-1]
		}
		body = append(body, 0, opI32Const)
		body = append(appendVarint(body, int64(at)), opEnd)
		body = append(binary.AppendUvarint(body, uint64(len(part))), part...)
		count++
		at = end
	}
	return append(binary.AppendUvarint(dst, count), body...)
}

// varint reads a signed LEB128 number; n is how many bytes it takes, 0 if it is cut off.
func varint(b []byte) (v int64, n int) {
	for shift := uint(0); n < len(b) && shift < 64; shift += 7 {
		c := b[n]
		n++
		v |= int64(c&0x7f) << shift
		if c < 0x80 {
			if c&0x40 != 0 && shift+7 < 64 {
				v |= -1 << (shift + 7)
			}
			return v, n
		}
	}
	return 0, 0
}

func appendVarint(dst []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(dst, c)
		}
		dst = append(dst, c|0x80)
	}
}
