package filter

import (
	"strconv"
	"strings"

	"strowger/core/llm"
	"strowger/core/router"
	"strowger/edge/proxywasm/sum"
)

// hash is that of a client key.
type hash = [sum.Size]byte

func readHash(text string) (h hash, ok bool) {
	if len(text) != 2*len(h) {
		return h, false
	}
	for i := range h {
		b, err := strconv.ParseUint(text[2*i:2*i+2], 16, 8)
		if err != nil {
			return h, false
		}
		h[i] = byte(b)
	}
	return h, true
}

// caller is the name of the client key that a request carries. Keys are told apart by their
// hashes, so that how long it takes says nothing.
func (s *setup) caller(r *request) (name string, refused *llm.Error) {
	given := router.ClientKey(r.header, r.parameter, r.schema)
	if given != "" && len(s.keys) > 0 {
		name = s.keys[sum.SHA256([]byte(given))]
	}
	return name, router.Refused(given, name, s.open, r.schema)
}

// parameter is one of the query; none of those that are asked for needs to be unescaped.
func (r *request) parameter(name string) string {
	for part := range strings.SplitSeq(r.query, "&") {
		if key, value, _ := strings.Cut(part, "="); key == name {
			return value
		}
	}
	return ""
}
