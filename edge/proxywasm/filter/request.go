package filter

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"strowger/core/llm"
	"strowger/core/router"
)

// request is what a caller asks for, as far as its headers say.
type request struct {
	fields []Field
	method string
	path   string // without the query
	query  string
	schema llm.Schema // that it is to be answered in
	entry  router.Entry
	served bool // something is served at the path
}

func (r *request) header(name string) string { return get(r.fields, name) }

func readRequest(fields []Field, on *router.Router) request {
	r := request{fields: fields, method: get(fields, ":method")}
	path, query, _ := strings.Cut(get(fields, ":path"), "?")
	r.path, r.query = "/"+strings.TrimLeft(unescaped(path), "/"), query // a base URL that ends in a slash makes two of them
	if r.entry, r.served = on.EntryOf(r.path); r.served {
		r.schema = r.entry.Schema
	} else {
		r.schema = router.SchemaOf(r.path, r.header)
	}
	return r
}

// unescaped is a path without its percent-encoding; one that is not encoded as RFC 3986 says stays as
// it is, and nothing is served there. net/url would make the filter larger.
func unescaped(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	b := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] != '%' {
			b = append(b, path[i])
			continue
		}
		n, err := strconv.ParseUint(path[i+1:min(i+3, len(path))], 16, 8)
		if err != nil || i+2 >= len(path) {
			return path
		}
		b, i = append(b, byte(n)), i+2
	}
	return string(b)
}

// refused is what is wrong with a call before its body is there; nil if nothing is.
func (r *request) refused(maxBody int) *llm.Error {
	if e := r.header("content-encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return &llm.Error{Code: llm.CodeInvalidRequest, Status: 415, Message: "content-encoding " + llm.Clip(e, 40) + " is not supported here: send the body as it is"}
	}
	if n, err := strconv.ParseInt(r.header("content-length"), 10, 64); err == nil && n > int64(maxBody) {
		return tooLarge(maxBody)
	}
	// Without alt=sse Gemini streams a JSON array, which no SDK asks for.
	if r.schema == llm.SchemaGemini && r.entry.Stream && r.parameter("alt") != "sse" {
		return &llm.Error{Code: llm.CodeInvalidRequest, Param: "alt", Message: "streams are server-sent events here: add ?alt=sse to the URL"}
	}
	return nil
}

func tooLarge(maxBody int) *llm.Error {
	return &llm.Error{Code: llm.CodeTooLarge, Message: "the body is larger than " + strconv.Itoa(maxBody) + " bytes"}
}

// newID is a UUID of version 7 (RFC 9562, 5.7).
func newID(now time.Time, high, low uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixMilli())<<16|high&0xfff|0x7000)
	binary.BigEndian.PutUint64(b[8:], low>>2|1<<63)
	id := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			id = append(id, '-')
		}
		id = append(id, digits[c>>4], digits[c&15])
	}
	return string(id)
}
