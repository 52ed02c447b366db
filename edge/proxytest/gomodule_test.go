package proxytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoModule runs what the Go compiler makes, which the small modules of the other tests are
// far from: a runtime that wants a clock and randomness before anything else.
func TestGoModule(t *testing.T) {
	path := filepath.Join(t.TempDir(), "module.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-buildmode=c-shared", "-o", path, "./testdata/gomodule")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := Envoy()
	if _, err := New(t.Context(), wasm, Options{Profile: p}); err == nil || !strings.Contains(err.Error(), "wasi_snapshot_preview1") {
		t.Errorf("a strict host takes it: %v", err)
	}
	p.WASI = GoWASI()
	b := boot(t, wasm, Options{Profile: p})
	for range 3 {
		if status, _, header := b.ask(t, "GET", "/abc", ""); status != 200 || header.Get("X-Filter") != "cba/" {
			t.Errorf("got %d %v", status, header)
		}
	}
	if v := b.Violations(); len(v) > 0 {
		t.Error(v)
	}
	if status, _, _ := b.ask(t, "GET", "/panic", ""); status != 503 {
		t.Errorf("a panic: %d", status)
	}
	if v := b.Violations(); len(v) != 1 || !strings.Contains(v[0], "proxy_on_request_headers trapped") || !strings.Contains(strings.Join(b.logged(), ""), "asked to") {
		t.Errorf("a panic: %q, %q", v, b.logged())
	}
}
