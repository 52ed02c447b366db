// Package edgetest makes modules that look like strowger's, for tests of what handles modules and
// does not run them.
package edgetest

import "encoding/binary"

// exports are what a module of strowger has, beside its memory.
var exports = []string{
	"abi_version", "alloc", "free", "configure", "fold", "decide", "open", "step", "data", "close", "models", "abort", "admit", "settle", "accounts",
}

// Module is a module with the exports of strowger's, all of which answer version. One for proxies
// imports a function of theirs.
func Module(version byte, filter bool) []byte {
	var imports []byte
	own := byte(0) // number of the only function that is not imported
	if filter {
		imports = append(append(text("env"), text("proxy_log")...), 0, 0)
		imports, own = section(2, 1, imports), 1
	}
	var list []byte
	for _, name := range exports {
		list = append(append(list, text("strowger_"+name)...), 0, own)
	}
	wasm := append([]byte("\x00asm\x01\x00\x00\x00"), section(1, 1, []byte{0x60, 0, 1, 0x7f})...) // () -> i32
	wasm = append(append(wasm, imports...), section(3, 1, []byte{0})...)
	wasm = append(wasm, section(7, len(exports), list)...)
	return append(wasm, section(10, 1, []byte{4, 0, 0x41, version, 0x0b})...) // i32.const version
}

func text(s string) []byte { return append([]byte{byte(len(s))}, s...) }

func section(id byte, count int, content []byte) []byte {
	content = append([]byte{byte(count)}, content...)
	return append(binary.AppendUvarint([]byte{id}, uint64(len(content))), content...)
}
