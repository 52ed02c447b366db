package catalog

import (
	"slices"
	"testing"

	"strowger/core/llm"
)

func TestPathsThatAreNotFree(t *testing.T) {
	for _, path := range []string{
		"", "/", "support", "//a", "/a//b", "/a/", "/a b", "/é", "/a%20b", "/a.b", "/:a", "/*",
		"/_", "/_/", "/_/api", "/v1", "/api", "/api/v1", "/v1/models", "/v1/models/x", "/api/v1/models/x", "/v1beta", "/v1beta/models", "/v1/chat/completions",
		"/v1/embeddings", "/api/v1/messages", "/v1/chat", // which would answer /v1/chat/completions
	} {
		if _, err := New(Config{Routes: []Route{{Path: path}}}); err == nil {
			t.Errorf("%q is accepted", path)
		}
	}
	for _, path := range []string{"/a", "/_a", "/a/b/c", "/A-_9", "/v1/support", "/v2", "/models", "/v1/talk", "/api/support"} {
		if _, err := New(Config{Routes: []Route{{Path: path}}}); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// However routes lie beneath each other, a path means one of them, in either order.
func TestNoPathMeansTwoRoutes(t *testing.T) {
	words := []string{"a", "v1", "models", "chat", "completions", "messages", "v1beta"}
	var paths []string
	for _, a := range words {
		paths = append(paths, "/a/"+a)
		for _, b := range words {
			paths = append(paths, "/a/"+a+"/"+b)
			for _, c := range words {
				paths = append(paths, "/a/"+a+"/"+b+"/"+c)
			}
		}
	}
	for n, below := range paths {
		schema := func(n int) llm.Schema { return llm.Schema(1 + n%int(llm.SchemaCount-1)) }
		up, down := Route{Path: "/a", Schema: schema(n)}, Route{Path: below, Schema: schema(n / 4)}
		_, err := New(Config{Routes: []Route{up, down}})
		_, other := New(Config{Routes: []Route{down, up}})
		if (err == nil) != (other == nil) {
			t.Errorf("%s: the order counts: %v, %v", below, err, other)
		}
		a, b := pathsOf(&up), pathsOf(&down)
		clash := slices.ContainsFunc(a.exact, func(p string) bool { return slices.Contains(b.exact, p) || b.below(p) }) ||
			slices.ContainsFunc(b.exact, a.below) || slices.ContainsFunc(a.trees, b.below) || slices.ContainsFunc(b.trees, a.below)
		if clash != (err != nil) {
			t.Errorf("%s: %v", below, err)
		}
	}
}
