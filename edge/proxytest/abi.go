package proxytest

import (
	"encoding/binary"
	"strings"
)

// Status is what a host function answers.
type Status uint32

// The statuses of ABI 0.2.1.
const (
	OK                  Status = 0
	NotFound            Status = 1
	BadArgument         Status = 2
	ParseFailure        Status = 4
	InvalidMemoryAccess Status = 6
	CASMismatch         Status = 8
	InternalFailure     Status = 10
	Unimplemented       Status = 12
)

// The buffers that a module can reach.
const (
	bufferRequestBody  = 0
	bufferResponseBody = 1
	bufferCallBody     = 4
	bufferVMConfig     = 6
	bufferPluginConfig = 7
	allBuffers         = 9
)

// The maps that a module can reach.
const (
	mapRequestHeaders   = 0
	mapRequestTrailers  = 1
	mapResponseHeaders  = 2
	mapResponseTrailers = 3
	mapCallHeaders      = 6
	mapCallTrailers     = 7
	allMaps             = 8
)

const (
	actionContinue = 0
	actionPause    = 1
)

// Pairs are header fields in their order; names are lower case, pseudo headers begin with a colon.
type Pairs [][2]string

// Get is the first value of a name.
func (p Pairs) Get(name string) (string, bool) {
	for _, f := range p {
		if f[0] == name {
			return f[1], true
		}
	}
	return "", false
}

// without is p less a name.
func (p Pairs) without(name string) Pairs {
	var rest Pairs
	for _, f := range p {
		if f[0] != name {
			rest = append(rest, f)
		}
	}
	return rest
}

// with is p with a value in the place of all that the name had.
func (p Pairs) with(name, value string) Pairs {
	for i, f := range p {
		if f[0] == name {
			rest := p[i+1:].without(name)
			return append(append(append(Pairs{}, p[:i]...), [2]string{name, value}), rest...)
		}
	}
	return append(append(Pairs{}, p...), [2]string{name, value})
}

// size is the sum of names and values in bytes.
func (p Pairs) size() (n int) {
	for _, f := range p {
		n += len(f[0]) + len(f[1])
	}
	return n
}

// encode is the form in which maps cross the boundary. An empty map is no bytes.
func (p Pairs) encode() []byte { return p.encodeWith(0) }

// encodeWith is encode with something else than NUL after names and values.
func (p Pairs) encodeWith(separator byte) []byte {
	if len(p) == 0 {
		return nil
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(p)))
	for _, f := range p {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f[0])))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f[1])))
	}
	for _, f := range p {
		b = append(append(append(append(b, f[0]...), separator), f[1]...), separator)
	}
	return b
}

// decodePairs reads what encode writes, to the last byte. Names become lower case.
func decodePairs(b []byte) (Pairs, bool) {
	if len(b) == 0 || len(b) == 1 && b[0] == 0 {
		return nil, true
	}
	if len(b) < 4 {
		return nil, false
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if 4+8*n > uint64(len(b)) {
		return nil, false
	}
	sizes, data := b[4:4+8*n], b[4+8*n:]
	take := func(at uint64) (string, bool) {
		size := uint64(binary.LittleEndian.Uint32(sizes[at:]))
		if size+1 > uint64(len(data)) || data[size] != 0 {
			return "", false
		}
		s := string(data[:size])
		data = data[size+1:]
		return s, true
	}
	var p Pairs
	for i := range n {
		name, ok1 := take(8 * i)
		value, ok2 := take(8*i + 4)
		if !ok1 || !ok2 {
			return nil, false
		}
		p = append(p, [2]string{strings.ToLower(name), value})
	}
	return p, len(data) == 0
}
