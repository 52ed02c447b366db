package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var errModule = errors.New("not a wasm module")

// export is an entry of a module's export section.
type export struct {
	name  string
	kind  byte
	index uint64
}

// alias exports functions under second names, where these are not taken.
func alias(wasm []byte, names map[string]string) ([]byte, error) {
	if len(wasm) < 8 || string(wasm[:4]) != "\x00asm" {
		return nil, errModule
	}
	for at := 8; at < len(wasm); {
		size, n := binary.Uvarint(wasm[at+1:])
		begin := at + 1 + n
		end := begin + int(size)
		if n <= 0 || end > len(wasm) || end < begin {
			return nil, errModule
		}
		if wasm[at] == 7 {
			exports, err := readExports(wasm[begin:end])
			if err != nil {
				return nil, err
			}
			section := writeExports(withAliases(exports, names))
			return slices.Concat(wasm[:at+1], binary.AppendUvarint(nil, uint64(len(section))), section, wasm[end:]), nil
		}
		at = end
	}
	return nil, fmt.Errorf("%w: it exports nothing", errModule)
}

func withAliases(exports []export, names map[string]string) []export {
	find := func(name string) int {
		return slices.IndexFunc(exports, func(e export) bool { return e.name == name })
	}
	for second, first := range names {
		if i := find(first); i >= 0 && find(second) < 0 {
			e := exports[i]
			e.name = second
			exports = append(exports, e)
		}
	}
	return exports
}

func readExports(b []byte) ([]export, error) {
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	var exports []export
	for range number() {
		size := number()
		if size+1 > uint64(len(b)) {
			return nil, errModule
		}
		e := export{name: string(b[:size]), kind: b[size]}
		b = b[size+1:]
		e.index = number()
		exports = append(exports, e)
	}
	if len(b) > 0 {
		return nil, errModule
	}
	return exports, nil
}

func writeExports(exports []export) []byte {
	b := binary.AppendUvarint(nil, uint64(len(exports)))
	for _, e := range exports {
		b = append(binary.AppendUvarint(b, uint64(len(e.name))), e.name...)
		b = binary.AppendUvarint(append(b, e.kind), e.index)
	}
	return b
}
