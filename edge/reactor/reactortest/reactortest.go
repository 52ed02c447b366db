// Package reactortest builds the module for tests, as it is built to be shipped.
package reactortest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"strowger/edge/slim/module"
)

// Build gives the bytes of the module, built anew from what is in the tree. tags add to
// the build: strowger_panic gives it the export strowger_panic.
func Build(t testing.TB, tags ...string) []byte {
	t.Helper()
	depend(t)
	file := filepath.Join(t.TempDir(), "reactor.wasm")
	if err := module.Build(file, tags...); err != nil {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// depend reads the module's own files, so that a test result is not taken from go test's
// cache after one of them has changed. The packages below are noticed by themselves.
func depend(t testing.TB) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "strowger/edge/reactor").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	for _, file := range files {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
}
