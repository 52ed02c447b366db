package catalog

import (
	"slices"
	"strings"

	"strowger/core/llm"
)

// reserved are the paths of the data plane, those of later versions too, and of the
// control plane. No route may answer one of them.
var reserved = answered{
	exact: []string{
		"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
		"/api/v1/chat/completions", "/api/v1/completions", "/api/v1/embeddings", "/api/v1/responses", "/api/v1/messages", "/api/v1/messages/count_tokens",
	},
	trees: []string{"/v1/models", "/api/v1/models", "/v1beta/models", "/_"},
}

// Reserved reports whether path belongs to the data plane, if only in a later version.
func Reserved(path string) bool {
	return !strings.HasPrefix(path, "/_") && (slices.Contains(reserved.exact, path) || reserved.below(path))
}

// answered are the paths that something answers: those of exact, and those of trees with
// all that is below.
type answered struct{ exact, trees []string }

// pathsOf are the paths that a route answers.
func pathsOf(r *Route) answered {
	a := answered{exact: []string{r.Path}, trees: []string{r.Path + "/models", r.Path + "/v1/models"}}
	for _, s := range suffixes(r.Schema) {
		a.exact = append(a.exact, r.Path+s.path, r.Path+"/v1"+s.path)
	}
	return a
}

// meets is a path that both answer; empty if there is none.
func (a answered) meets(b answered) string {
	for _, path := range b.exact {
		if slices.Contains(a.exact, path) || a.below(path) {
			return path
		}
	}
	for _, path := range a.exact {
		if b.below(path) {
			return path
		}
	}
	for _, root := range b.trees {
		if a.below(root) {
			return root
		}
	}
	return "" // a tree of a in one of b would be where the path of a's route is, too
}

// below reports whether path is in one of the trees.
func (a answered) below(path string) bool {
	for _, root := range a.trees {
		if rest, ok := strings.CutPrefix(path, root); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// suffix is what an SDK adds to its base URL for an operation.
type suffix struct {
	path      string
	operation llm.Operation
}

// suffixes are those of a schema's operations that are served, without the version: a base
// URL may end in /v1 or not.
func suffixes(s llm.Schema) []suffix {
	if s == llm.SchemaOpenAI {
		return []suffix{{"/chat/completions", llm.OperationChat}}
	}
	return nil
}

// RouteOf is the route that calls to path come by, and what they ask for: the route's own
// path, alone or with what an SDK of its schema adds to a base URL. It is nil if path is
// no route's.
func (c *Catalog) RouteOf(path string) (*Route, llm.Operation) {
	if i, ok := c.routes[path]; ok {
		return &c.config.Routes[i], llm.OperationChat
	}
	for _, r := range c.above(path) {
		rest := strings.TrimPrefix(path[len(r.Path):], "/v1")
		for _, s := range suffixes(r.Schema) {
			if s.path == rest {
				return r, s.operation
			}
		}
	}
	return nil, llm.OperationNone
}

// ModelsOf is the route whose list of models path is about, with what stands behind the
// list's own path: nothing, or a slash and more. The route is nil if there is none.
func (c *Catalog) ModelsOf(path string) (r *Route, rest string) {
	for _, r := range c.above(path) {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(path[len(r.Path):], "/v1"), "/models")
		if ok && (rest == "" || rest[0] == '/') {
			return r, rest
		}
	}
	return nil, ""
}

// above lists the routes that path is below of.
func (c *Catalog) above(path string) (routes []*Route) {
	for i := len(path) - 1; i > 0 && len(c.routes) > 0; i-- {
		if path[i] != '/' {
			continue
		}
		if n, ok := c.routes[path[:i]]; ok {
			routes = append(routes, &c.config.Routes[n])
		}
	}
	return routes
}
