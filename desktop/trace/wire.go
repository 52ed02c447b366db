package trace

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// The wire types of protobuf (https://protobuf.dev/programming-guides/encoding/). Its library would
// read the program's own file at the start.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func tag(b []byte, field, wire uint64) []byte {
	return binary.AppendUvarint(b, field<<3|wire)
}

func varintField(b []byte, field, v uint64) []byte {
	return binary.AppendUvarint(tag(b, field, wireVarint), v)
}

func fixed64Field(b []byte, field, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(tag(b, field, wireFixed64), v)
}

func fixed32Field(b []byte, field uint64, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(tag(b, field, wireFixed32), v)
}

func bytesField(b []byte, field uint64, v []byte) []byte {
	return append(binary.AppendUvarint(tag(b, field, wireBytes), uint64(len(v))), v...)
}

// textField writes at most n bytes of s, as UTF-8, which whoever decodes it insists on.
func textField(b []byte, field uint64, s string, n int) []byte {
	if s = strings.ToValidUTF8(s, "\uFFFD"); len(s) > n {
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return bytesField(b, field, []byte(s))
}

// fieldOf is the first field of that number and wire type in a message: the number of a varint, or
// the bytes of what has a length; nothing if there is none.
func fieldOf(m []byte, field, wire uint64) (n uint64, bytes []byte) {
	for len(m) > 0 {
		key, size := binary.Uvarint(m)
		if size <= 0 {
			return 0, nil
		}
		m = m[size:]
		var v uint64
		var content []byte
		switch key & 7 {
		case wireVarint, wireBytes:
			if v, size = binary.Uvarint(m); size <= 0 {
				return 0, nil
			}
			if m = m[size:]; key&7 == wireBytes {
				if v > uint64(len(m)) {
					return 0, nil
				}
				content, m = m[:v], m[v:]
			}
		case wireFixed64, wireFixed32:
			size = 8
			if key&7 == wireFixed32 {
				size = 4
			}
			m = m[min(size, len(m)):]
		default:
			return 0, nil
		}
		if key == field<<3|wire {
			return v, content
		}
	}
	return 0, nil
}
