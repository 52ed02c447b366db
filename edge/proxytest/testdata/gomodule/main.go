// Command gomodule is a proxy-wasm module in plain Go, for the tests of the host: it collects
// garbage, uses goroutines and a map, and panics if it is asked to.
package main

import (
	"runtime"
	"unsafe"
)

//go:wasmimport env proxy_log
func proxyLog(level uint32, message unsafe.Pointer, size uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func getField(id uint32, name unsafe.Pointer, nameSize uint32, value, size unsafe.Pointer) uint32

//go:wasmimport env proxy_add_header_map_value
func addField(id uint32, name unsafe.Pointer, nameSize uint32, value unsafe.Pointer, valueSize uint32) uint32

// given is what the host was given and this module has not taken yet.
var given = map[uint32][]byte{}

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) uint32 {
	b := make([]byte, size)
	at := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
	given[at] = b
	return at
}

//go:wasmexport proxy_abi_version_0_2_1
func version() {}

//go:wasmexport proxy_on_vm_start
func start(_, _ uint32) uint32 { return 1 }

//go:wasmexport proxy_on_configure
func configure(_, _ uint32) uint32 { return 1 }

//go:wasmexport proxy_on_request_headers
func headers(_, _, _ uint32) uint32 {
	path := ":path"
	var at, size uint32
	getField(0, unsafe.Pointer(unsafe.StringData(path)), uint32(len(path)), unsafe.Pointer(&at), unsafe.Pointer(&size))
	value := given[at]
	delete(given, at)
	if string(value) == "/panic" {
		panic("asked to")
	}
	reversed := make(chan string)
	go func() {
		b := make([]byte, 0, len(value))
		for i := range value {
			b = append(b, value[len(value)-1-i])
		}
		reversed <- string(b)
	}()
	runtime.GC()
	name, text := "x-filter", <-reversed
	addField(0, unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)), unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)))
	return 0
}

func main() {}
