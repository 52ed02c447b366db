package module

import (
	"bytes"
	"encoding/binary"
	"errors"
)

var errFunctions = errors.New("its functions are not laid out as Go does it")

// addStart adds a function of that body, behind all others so that none changes its number, and
// says that it runs when the module is instantiated.
func addStart(sections *[sectionCount][]byte, body []byte) error {
	kind, ok := plainType(sections[sectionType])
	imported, known := importedFuncs(sections[sectionImport])
	count, types := vector(sections[sectionFunction])
	bodies, code := vector(sections[sectionCode])
	if !ok || !known || count == 0 || bodies != count {
		return errFunctions
	}
	sections[sectionFunction] = append(append(binary.AppendUvarint(nil, count+1), types...), kind)
	code = append(binary.AppendUvarint(nil, count+1), code...)
	code = binary.AppendUvarint(code, uint64(len(body)))
	sections[sectionCode] = append(code, body...)
	sections[sectionStart] = binary.AppendUvarint(nil, imported+count)
	return nil
}

// vector is how many elements b begins with, and the elements; 0 if it is cut off.
func vector(b []byte) (count uint64, elements []byte) {
	count, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil
	}
	return count, b[n:]
}

// skip is what is behind as many bytes as b says; nil if it is cut off.
func skip(b []byte) []byte {
	size, rest := vector(b)
	if size > uint64(len(rest)) {
		return nil
	}
	return rest[size:]
}

// plainType is the number of the type of functions without parameters and results.
func plainType(section []byte) (number byte, ok bool) {
	count, types := vector(section)
	for i := range min(count, 1<<7) {
		if bytes.HasPrefix(types, []byte{0x60, 0, 0}) {
			return byte(i), true
		}
		if len(types) == 0 || types[0] != 0x60 {
			return 0, false
		}
		types = skip(skip(types[1:])) // its parameters, its results
	}
	return 0, false
}

// importedFuncs is how many functions are imported, if nothing else is.
func importedFuncs(section []byte) (count uint64, ok bool) {
	count, imports := vector(section)
	for range min(count, uint64(len(section))) {
		imports = skip(skip(imports)) // of which module, which
		if len(imports) == 0 || imports[0] != 0 {
			return 0, false
		}
		_, imports = vector(imports[1:])
	}
	return count, len(imports) == 0
}
