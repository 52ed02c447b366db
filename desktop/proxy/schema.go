package proxy

import (
	"net/http"
	"strings"

	"strowger/core/llm"
	"strowger/core/router"
)

// entryOf is what a request's path leads to, if it leads to an operation, and the schema that it
// is to be answered in, whatever it leads to.
func entryOf(on *router.Router, r *http.Request) (entry router.Entry, s llm.Schema, ok bool) {
	entry, ok = on.EntryOf(single(r.URL.Path))
	if s = entry.Schema; !ok {
		s = router.SchemaOf(r.URL.Path, r.Header.Get)
	}
	return entry, s, ok
}

// single is a path with one slash in front: a base URL that ends in one makes two of them.
func single(path string) string {
	if rest := strings.TrimLeft(path, "/"); len(rest) != len(path)-1 {
		return "/" + rest
	}
	return path
}

// Refuse answers a request that is not served, in the schema of its path.
func (p *Proxy) Refuse(w http.ResponseWriter, r *http.Request, e *llm.Error) {
	_, s, _ := entryOf(p.setup.Load().Router, r)
	writeError(w, s, e)
}

// writeError answers outside of any exchange, so that SDKs of schema s raise their own
// error with the message in it.
func writeError(w http.ResponseWriter, s llm.Schema, e *llm.Error) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("x-should-retry", "false")
	w.WriteHeader(e.HTTPStatus())
	_, _ = w.Write(router.Ingress(s).AppendError(nil, e))
}

// unstreamed is what is wrong with a call whose answer would have to be streamed otherwise
// than as server-sent events; nil if nothing is. Without alt=sse Gemini streams a JSON array
// (ai.google.dev/api/generate-content, streamGenerateContent), which no SDK asks for.
func unstreamed(r *http.Request, entry router.Entry) *llm.Error {
	if entry.Schema != llm.SchemaGemini || !entry.Stream || r.URL.Query().Get("alt") == "sse" {
		return nil
	}
	return &llm.Error{Code: llm.CodeInvalidRequest, Param: "alt", Message: "streams are server-sent events here: add ?alt=sse to the URL"}
}
