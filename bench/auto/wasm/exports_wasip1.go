// Command wasm is the score as a wasip1 reactor of its own, to measure it and to compare it
// with the native one.
package main

import (
	"encoding/binary"
	"unsafe"

	"strowger/core/auto"
)

//lint:file-ignore U1000 the host calls the exports

// What the exports work on has to be somewhere.
var (
	input   []byte
	text    auto.Text
	reading auto.Reading
	output  []byte
)

func main() {} // a reactor has no program of its own

// exportPlace makes room for a text of that size.
//
//go:wasmexport place
func exportPlace(size uint32) unsafe.Pointer {
	input = make([]byte, size)
	return unsafe.Pointer(unsafe.SliceData(input))
}

// exportRead reads the text and gives its difficulty.
//
//go:wasmexport read
func exportRead() int32 {
	text.Reset()
	text.Add(input)
	text.Read(&reading)
	return reading.Difficulty
}

// exportReading gives all of the last reading, little end first: place<<32 | length.
//
//go:wasmexport reading
func exportReading() uint64 {
	output, _ = binary.Append(output[:0], binary.LittleEndian, &reading)
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(output))))<<32 | uint64(len(output))
}
