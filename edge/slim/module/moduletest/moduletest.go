// Package moduletest builds the modules for tests, as they are built to be shipped.
package moduletest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"strowger/edge/slim/module"
)

// built are the modules that this process has built, by their package and tags.
var built struct {
	sync.Mutex
	wasm map[string][]byte
}

// Reactor gives the bytes of the core's module, built anew from what is in the tree, once for all
// tests of a package. tags add to the build: strowger_panic gives it the export strowger_panic.
func Reactor(t testing.TB, tags ...string) []byte {
	t.Helper()
	return build(t, "strowger/edge/reactor", module.Build, tags)
}

// Proxy gives the bytes of the filter's module, as Reactor does. tags add to the build:
// strowger_panic lets a request have it panic, strowger_mosn is the module for MOSN.
func Proxy(t testing.TB, tags ...string) []byte {
	t.Helper()
	return build(t, "strowger/edge/proxywasm", module.BuildProxy, tags)
}

func build(t testing.TB, pkg string, into func(file string, tags ...string) error, tags []string) []byte {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	key := pkg + " " + strings.Join(tags, ",")
	if wasm := built.wasm[key]; wasm != nil {
		return wasm
	}
	depend(t, pkg)
	file := filepath.Join(t.TempDir(), "module.wasm")
	if err := into(file, tags...); err != nil {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if built.wasm == nil {
		built.wasm = map[string][]byte{}
	}
	built.wasm[key] = wasm
	return wasm
}

// depend reads what a module is built from, so that a test result is not taken from go test's
// cache after some of it has changed.
func depend(t testing.TB, pkg string) {
	t.Helper()
	const own = "{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}"
	list := exec.Command("go", "list", "-deps", "-f", own, pkg)
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	dirs, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for dir := range strings.FieldsSeq(string(dirs)) {
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}
