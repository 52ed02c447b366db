// Package core_test holds the boundary of the core: what it may not reach, and why.
package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// banned packages may not be reached from the core, not even through another package.
var banned = map[string]string{
	"net":           "the host does I/O; the core says what is to be done",
	"net/http":      "the host carries bytes; and it costs the edge module half a megabyte",
	"os":            "no files, environment or processes: the edge has none",
	"log":           "the core returns decisions, the host logs them",
	"log/slog":      "the core returns decisions, the host logs them",
	"sync":          "one goroutine at a time uses an exchange; hosts guard what they share",
	"context":       "cancelling is an event (Left), not a value passed along",
	"math/rand":     "chance comes in as a seed, so that a decision can be made again",
	"math/rand/v2":  "chance comes in as a seed, so that a decision can be made again",
	"crypto/rand":   "chance comes in as a seed, so that a decision can be made again",
	"encoding/json": "reflection; and it costs the edge module 300 KB",
	"fmt":           "reflection; and it costs the edge module 130 KB",
	"regexp":        "unbounded work on a caller's bytes",
	"unsafe":        "nothing here is worth it",
}

// bannedDirect are what the standard library itself needs, but the core must not use.
var bannedDirect = map[string]bool{"os": true, "sync": true, "unsafe": true, "context": true}

// bannedCalls are functions of allowed packages that would make the core impure.
var bannedCalls = map[string]string{
	"time.Now":          "time is an argument",
	"time.Since":        "time is an argument",
	"time.Until":        "time is an argument",
	"time.After":        "the core asks to be woken with Wake",
	"time.NewTimer":     "the core asks to be woken with Wake",
	"time.NewTicker":    "the core asks to be woken with Wake",
	"time.Sleep":        "the core never waits",
	"time.AfterFunc":    "the core asks to be woken with Wake",
	"time.LoadLocation": "reads files of the host",
}

func packages(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var core []string
	for _, pkg := range strings.Fields(string(out)) {
		if !strings.HasSuffix(pkg, "test") { // codectest and its like serve tests only
			core = append(core, pkg)
		}
	}
	return core
}

func TestReachesNothingBanned(t *testing.T) {
	args := append([]string{"list", "-deps", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}"}, packages(t)...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		ours := strings.HasPrefix(f[0], "strowger/")
		for _, dep := range f[1:] {
			why, bad := banned[dep]
			if bad && ours {
				t.Errorf("%s imports %s: %s", f[0], dep, why)
			}
			if strings.HasPrefix(dep, "strowger/") && !strings.HasPrefix(dep, "strowger/core") {
				t.Errorf("%s imports %s: the core imports no host", f[0], dep)
			}
		}
		if why, bad := banned[f[0]]; bad && !bannedDirect[f[0]] {
			t.Errorf("the core reaches %s: %s", f[0], why)
		}
	}
}

func TestBuildsWithoutTagsForEveryHost(t *testing.T) {
	for _, pkg := range packages(t) {
		dir := filepath.Join("..", strings.TrimPrefix(pkg, "strowger/"))
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", dir, err)
		}
		for _, file := range files {
			checkFile(t, file)
		}
	}
}

func checkFile(t *testing.T, file string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:build") {
				t.Errorf("%s: %s: the core is the same everywhere", file, c.Text)
			}
		}
	}
	if strings.HasSuffix(file, "_test.go") {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s: starts a goroutine: the core is a state machine", file)
		case *ast.SendStmt, *ast.ChanType, *ast.SelectStmt:
			t.Errorf("%s: uses channels: events come in by Step", file)
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				t.Errorf("%s: has an init function: nothing happens before it is asked for", file)
			}
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok {
				if why, bad := bannedCalls[pkg.Name+"."+n.Sel.Name]; bad {
					t.Errorf("%s: %s.%s: %s", file, pkg.Name, n.Sel.Name, why)
				}
			}
		}
		return true
	})
}

// TestSizes holds the limits that keep the house livable.
func TestSizes(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../*/*.go", "../*/*/*.go", "../*/*/*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "node_modules") {
			continue
		}
		if n := set.Position(f.End()).Line; n > 400 {
			t.Errorf("%s has %d lines, more than 400", file, n)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok && i.Methods.NumFields() > 5 {
				t.Errorf("%s: an interface with %d methods, more than 5", set.Position(i.Pos()), i.Methods.NumFields())
			}
			return true
		})
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := set.Position(fn.Pos()).Line, set.Position(fn.End()).Line
			if to-from+1 > 60 && !isData(fn) {
				t.Errorf("%s: %s has %s lines, more than 60", file, fn.Name.Name, strconv.Itoa(to-from+1))
			}
		}
	}
}

// isData reports whether a function does nothing but give a literal: a table is not code.
func isData(fn *ast.FuncDecl) bool {
	if fn.Body == nil || len(fn.Body.List) != 1 {
		return false
	}
	r, ok := fn.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return false
	}
	result := r.Results[0]
	if u, ok := result.(*ast.UnaryExpr); ok {
		result = u.X
	}
	_, ok = result.(*ast.CompositeLit)
	return ok
}
