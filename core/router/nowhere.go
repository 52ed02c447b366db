package router

import (
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// Nowhere is the error for a path at which nothing is served, with what may have been
// meant.
func (r *Router) Nowhere(path string) *llm.Error {
	const calls = "calls go to /v1/chat/completions, /v1/responses, /v1/messages or /v1beta/models/MODEL:generateContent"
	const longest = 256
	if catalog.Reserved(path) {
		return &llm.Error{Code: llm.CodeUnsupported, Message: path[:min(len(path), longest)] + " is not served by this version; " + calls}
	}
	var routes []string
	for i := range r.cat.Config().Routes {
		routes = append(routes, r.cat.Config().Routes[i].Path)
	}
	e := &llm.Error{Code: llm.CodeNotFound, Message: "no such path: " + strconv.Quote(path[:min(len(path), longest)])}
	if len(path) <= longest {
		if near := catalog.Nearest(strings.TrimRight(path, "/"), routes); near != "" {
			e.Message += "; did you mean the route " + near + "?"
			return e
		}
	}
	e.Message += "; " + calls
	if n := len(routes); n > 0 {
		const most = 5
		e.Message += " or to a route: " + strings.Join(routes[:min(n, most)], ", ")
		if n > most {
			e.Message += ", …"
		}
	}
	return e
}
