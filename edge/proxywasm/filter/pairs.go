package filter

import "encoding/binary"

// Fields cross the boundary as one run of bytes: how many there are, the two lengths of each, and
// then names and values, each with a zero behind it (ABI 0.2.1, serialization).

const (
	maxFields     = 4096
	maxFieldBytes = 16 << 20
)

// AppendFields appends fields in that form.
func AppendFields(dst []byte, fields []Field) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(fields)))
	for _, f := range fields {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(f.Name)))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(f.Value)))
	}
	for _, f := range fields {
		dst = append(append(dst, f.Name...), 0)
		dst = append(append(dst, f.Value...), 0)
	}
	return dst
}

// DecodeFields reads that form, whatever byte stands behind names and values, as MOSN has another;
// no bytes, or a single zero, are no fields. It reports false for
// what is neither, or too much.
func DecodeFields(b []byte) (fields []Field, ok bool) {
	if len(b) == 0 || len(b) == 1 && b[0] == 0 {
		return nil, true
	}
	if len(b) < 4 || len(b) > maxFieldBytes {
		return nil, false
	}
	count := binary.LittleEndian.Uint32(b)
	if count > maxFields || uint64(len(b)) < 4+8*uint64(count) {
		return nil, false
	}
	lengths, text := b[4:4+8*count], b[4+8*count:]
	part := func() (string, bool) {
		n := binary.LittleEndian.Uint32(lengths)
		lengths = lengths[4:]
		if uint64(n)+1 > uint64(len(text)) {
			return "", false
		}
		s := string(text[:n])
		text = text[n+1:]
		return s, true
	}
	fields = make([]Field, 0, count)
	for range count {
		name, ok1 := part()
		value, ok2 := "", false
		if ok1 {
			value, ok2 = part()
		}
		if !ok2 {
			return nil, false
		}
		fields = append(fields, Field{name, value})
	}
	return fields, true
}
