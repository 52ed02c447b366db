package trace

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"github.com/google/uuid"
)

// place is where an exchange's span stands: in which trace, and below what.
type place struct {
	trace  [16]byte
	parent [8]byte // of the caller; zero: the span is the first of its trace
	flags  byte    // of W3C: 1 sampled, 2 the trace's ID is random
}

// The flags of W3C's trace context that are known.
const (
	flagSampled = 1
	flagRandom  = 2
)

// childOf reads the traceparent headers of a request (https://www.w3.org/TR/trace-context/). What
// is not exactly one well-formed header says nothing.
func childOf(headers []string) (p place, ok bool) {
	if len(headers) != 1 || len(headers[0]) < 55 {
		return p, false
	}
	h := headers[0]
	var version, flags [1]byte
	if h[2] != '-' || h[35] != '-' || h[52] != '-' ||
		!hexed(version[:], h[:2]) || !hexed(p.trace[:], h[3:35]) || !hexed(p.parent[:], h[36:52]) || !hexed(flags[:], h[53:55]) {
		return place{}, false
	}
	switch v := version[0]; {
	case v == 0xff, v == 0 && len(h) != 55, len(h) > 55 && h[55] != '-':
		return place{}, false
	case p.trace == [16]byte{}, p.parent == [8]byte{}:
		return place{}, false
	}
	p.flags = flags[0] & (flagSampled | flagRandom)
	return p, true
}

// hexed reads lower case hexadecimal digits, two for each byte of dst.
func hexed(dst []byte, s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	n, err := hex.Decode(dst, []byte(s))
	return err == nil && n == len(dst)
}

// rootOf is the place of an exchange without a caller's trace. The trace has the ID of the
// decision, a UUIDv7, so that one is found by the other; its last 7 bytes are random.
func rootOf(decision string) place {
	id, err := uuid.Parse(decision)
	if err != nil { // not one of the proxy's
		binary.BigEndian.PutUint64(id[:8], rand.Uint64())
		binary.BigEndian.PutUint64(id[8:], max(rand.Uint64(), 1))
	}
	return place{trace: id, flags: flagRandom}
}

// newSpan is an ID for a span.
func newSpan() (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], max(rand.Uint64(), 1))
	return id
}

// Sampler says of which exchanges there are traces. The zero value: of all, but for those whose
// caller has a trace that is not sampled.
type Sampler struct {
	// Alone: what the caller has decided does not count.
	Alone bool
	// Left is the share that is left out, of 2^56; below a caller's trace it counts only with Alone.
	Left uint64
}

// shares is how many parts Sampler.Left counts.
const shares = 1 << 56

// place is where the exchange of a decision stands, and whether it is sampled.
func (s Sampler) place(decision string, parent []string) (p place, sampled bool) {
	p, child := childOf(parent)
	if !child {
		p = rootOf(decision)
	}
	if child && !s.Alone {
		return p, p.flags&flagSampled != 0
	}
	var last [8]byte
	copy(last[1:], p.trace[9:])
	p.flags |= flagSampled
	return p, binary.BigEndian.Uint64(last[:]) >= s.Left
}
