package app_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"strowger/bench/provider"
)

var (
	method     = regexp.MustCompile("`(GET|POST|PUT|PATCH|DELETE)[` ]")
	documented = regexp.MustCompile("(/_/api/[^`? ]*)")
	mounted    = regexp.MustCompile(`"(GET|POST|PUT|PATCH|DELETE) (/_/api/|" \+ base \+ "|" \+ samplesPath)([^" ]*)"?`)
	parameter  = regexp.MustCompile(`\{[a-z]+\}`)
)

// Every path of the API is in the table of docs/reference/control.md with the methods that it takes,
// and everything there is served.
func TestPathsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference/control.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]map[string]bool{} // methods by path
	for line := range strings.Lines(string(text)) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		path := documented.FindString(cell)
		if !strings.HasPrefix(line, "| `") || path == "" {
			continue
		}
		if table[path] == nil {
			table[path] = map[string]bool{}
		}
		for _, m := range method.FindAllStringSubmatch(cell, -1) {
			table[path][m[1]] = true
		}
	}
	source := map[string]map[string]bool{}
	if err := filepath.WalkDir("../control", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range mounted.FindAllStringSubmatch(string(code), -1) {
			at := "/_/api/" + m[3]
			if strings.Contains(m[2], "samplesPath") {
				at = "/_/api/samples"
			}
			if source[at] == nil {
				source[at] = map[string]bool{}
			}
			source[at][m[1]] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(source)) {
		if !maps.Equal(source[path], table[path]) {
			t.Errorf("%s takes %v, the table has %v", path, slices.Sorted(maps.Keys(source[path])), slices.Sorted(maps.Keys(table[path])))
		}
	}
	c, _ := simulate(t, provider.Options{})
	a := start(t, c, t.TempDir(), nil)
	for path, methods := range table {
		status, _, h := call(t, "PATCH", a.URL()+parameter.ReplaceAllString(path, "x"), "")
		allowed := strings.Split(h.Get("allow"), ", ")
		if slices.Sort(allowed); status != 405 || !slices.Equal(allowed, slices.Sorted(maps.Keys(methods))) {
			t.Errorf("%s: %d, served are %v, the table has %v", path, status, allowed, slices.Sorted(maps.Keys(methods)))
		}
	}
}
