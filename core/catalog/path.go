package catalog

import (
	"slices"
	"strings"

	"strowger/core/llm"
)

// reserved are the paths of the data plane and of the control plane. No route may answer
// one of them.
var reserved = answered{
	exact: []string{
		"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
		"/api/v1/chat/completions", "/api/v1/completions", "/api/v1/embeddings", "/api/v1/responses", "/api/v1/messages", "/api/v1/messages/count_tokens",
	},
	trees: []string{"/v1/models", "/api/v1/models", "/v1beta/models", "/_"},
}

// Reserved reports whether path belongs to the data plane, if it is served or not.
func Reserved(path string) bool {
	return !strings.HasPrefix(path, "/_") && (slices.Contains(reserved.exact, path) || reserved.below(path))
}

// answered are the paths that something answers: those of exact, and those of trees with
// all that is below.
type answered struct{ exact, trees []string }

// pathsOf are the paths that a route answers.
func pathsOf(r *Route) answered {
	a := answered{exact: []string{r.Path}, trees: []string{r.Path + "/models", r.Path + "/v1/models"}}
	if r.Schema == llm.SchemaGemini {
		a.trees = append(a.trees, r.Path+"/v1beta/models")
	}
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

// Action is what a path asks for beside its schema. Gemini's paths name the model and say
// whether the answer is to be a stream.
type Action struct {
	Operation llm.Operation
	Model     string
	Stream    bool
}

// suffix is what an SDK adds to its base URL for an operation.
type suffix struct {
	path      string
	operation llm.Operation
}

// suffixes are those of a schema's operations, without the version: a base URL may end in
// /v1 or not. Gemini's are all below /models, see modelAction.
func suffixes(s llm.Schema) []suffix {
	switch s {
	case llm.SchemaOpenAI:
		return []suffix{{"/chat/completions", llm.OperationChat}, {"/completions", llm.OperationCompletion}, {"/embeddings", llm.OperationEmbeddings}}
	case llm.SchemaResponses:
		return []suffix{{"/responses", llm.OperationChat}}
	case llm.SchemaAnthropic:
		return []suffix{{"/messages", llm.OperationChat}, {"/messages/count_tokens", llm.OperationCountTokens}}
	}
	return nil
}

// Versioned is a path of the data plane behind its version, which is /v1, /api/v1 or, of
// Gemini's, /v1beta; false if there is none.
func Versioned(path string) (rest string, beta, ok bool) {
	if rest, ok = strings.CutPrefix(path, "/v1beta"); ok {
		return rest, true, true
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(path, "/api"), "/v1")
	return rest, false, ok
}

// ActionOf is what rest, a path behind its version, asks for in a schema; false if that has
// no such path.
func ActionOf(s llm.Schema, rest string) (Action, bool) {
	if s == llm.SchemaGemini {
		return modelAction(rest)
	}
	for _, suffix := range suffixes(s) {
		if suffix.path == rest {
			return Action{Operation: suffix.operation}, true
		}
	}
	return Action{}, false
}

// modelAction is what /models/{model}:{action} asks for (ai.google.dev/api). A model's name
// may hold slashes and colons: the last one separates. For one with a slash @ai-sdk/google and
// LangChain take the name to be that of a whole resource, and leave out models/.
func modelAction(rest string) (a Action, ok bool) {
	rest, ok = strings.CutPrefix(rest, "/")
	rest, named := strings.CutPrefix(rest, "models/")
	colon := strings.LastIndexByte(rest, ':')
	if !ok || colon <= 0 || !named && (strings.HasPrefix(rest, "v1") || !strings.Contains(rest, "/")) {
		return Action{}, false
	}
	a.Model = rest[:colon]
	switch rest[colon+1:] {
	case "generateContent":
		a.Operation = llm.OperationChat
	case "streamGenerateContent":
		a.Operation, a.Stream = llm.OperationChat, true
	case "countTokens":
		a.Operation = llm.OperationCountTokens
	case "embedContent", "batchEmbedContents":
		a.Operation = llm.OperationEmbeddings
	default:
		return Action{}, false
	}
	return a, true
}

// RouteOf is the route that calls to path come by, and what they ask for: the route's own
// path, alone or with what an SDK of its schema adds to a base URL. It is nil if path is
// no route's.
func (c *Catalog) RouteOf(path string) (*Route, Action) {
	if i, ok := c.routes[path]; ok {
		return &c.config.Routes[i], Action{Operation: llm.OperationChat}
	}
	for _, r := range c.above(path) {
		if a, ok := ActionOf(r.Schema, r.behind(path)); ok {
			return r, a
		}
	}
	return nil, Action{}
}

// behind is what stands in a path behind the route's own and the version, if there is one.
func (r *Route) behind(path string) string {
	rest := path[len(r.Path):]
	if beta, ok := strings.CutPrefix(rest, "/v1beta/"); ok && r.Schema == llm.SchemaGemini {
		return "/" + beta
	}
	return strings.TrimPrefix(rest, "/v1")
}

// ModelsOf is the route whose list of models path is about, with what stands behind the
// list's own path: nothing, or a slash and more. The route is nil if there is none.
func (c *Catalog) ModelsOf(path string) (r *Route, rest string) {
	for _, r := range c.above(path) {
		rest, ok := strings.CutPrefix(r.behind(path), "/models")
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
