// Package verify holds hosts of the core against each other: the native core on one side,
// the WebAssembly module in any of its hosts on the other. Both are given the same calls of
// the boundary (package abi), and what they answer has to be the same, byte for byte.
//
//	h, _ := wazerohost.New(ctx, wasm, wazerohost.Options{})
//	sums, err := verify.Run(sources, verify.NewComparer(verify.OnWazero(ctx, h)), verify.Options{})
//
// A Source makes calls: it drives a Recorder, which holds the native core, and goes by what
// that answers. Each call goes on, with its answer, to a Sink: a Comparer makes it once more
// on another Host and stops at the first difference; a Writer writes it down, as a script for
// hosts in any language; a Recorder takes a script that was written without answers.
//
// Calls come in cases, which have names: to find a difference again, only its case is run.
// A case begins by configuring afresh, so that it does not depend on those before it, and
// some begin on a new machine, which keeps memory bounded on hosts that have little.
//
// # Scripts
//
// A script is for hosts that are not written in Go: it holds each call and the bytes that the
// native core answers. It begins with the 18 bytes "strowger script 1\n"; then come entries,
// up to the end. Numbers are 32 bits, little-endian; text and bytes stand behind their length.
//
//	'C' u8 fresh, name               a case begins; fresh 1: make a new instance of the module first
//	'M' u8 method, u32 handle, control, raw, want
//
// The method is its place in abi.Methods. want is what the module has to return. Of the method
// data, the control message is {"attempt":1,"now_us":1}: a carrier gives both as numbers.
// The first case is always fresh, so a script can be cut in front of each fresh case.
package verify
