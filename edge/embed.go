// Package edge holds what strowger export writes for edge hosts: the built modules, and the programs
// that run them.
//
// The modules are built by `go tool task wasm`, which `go tool task build` does first. Until then dist
// holds only .gitkeep, everything still compiles, and Module says so.
package edge

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed all:dist worker/*.mjs examples/node.mjs examples/deno.ts examples/main.go
var files embed.FS

// ErrNotBuilt is the error of a module that was not there when this program was built.
var ErrNotBuilt = errors.New("built without the module: build with go tool task build, or say --module FILE")

// Module is the module of that name, strowger.wasm say.
func Module(name string) ([]byte, error) {
	packed, err := files.ReadFile("dist/" + name + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("the module %s: %w", name, err)
	}
	return io.ReadAll(r)
}

// Source is a file of a host's program.
type Source struct {
	Name string // without a folder
	Text []byte
}

// imported finds what a file of JavaScript or TypeScript imports from beside it.
var imported = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:\bfrom|\bimport)\s*\(?\s*['"](\.\.?/[^'"]+\.mjs)['"]`)
})

// Program is the files in this folder that are needed to run those of entries, these included, as they
// stand side by side in one folder.
func Program(entries ...string) (all []Source, err error) {
	from := slices.Clone(entries)
	for i := 0; i < len(from); i++ {
		text, err := files.ReadFile(from[i])
		if err != nil {
			return nil, fmt.Errorf("built without the host's program: %w", err)
		}
		for _, m := range imported().FindAllSubmatch(text, -1) {
			if file := path.Join(path.Dir(from[i]), string(m[1])); !slices.Contains(from, file) {
				from = append(from, file)
			}
		}
		// What lies in a folder beside worker imports from there.
		all = append(all, Source{path.Base(from[i]), bytes.ReplaceAll(text, []byte("../worker/"), []byte("./"))})
	}
	slices.SortFunc(all, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}
