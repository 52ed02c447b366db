package edge

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestModule(t *testing.T) {
	if _, err := Module("no.wasm"); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("a module that was never built: %v", err)
	}
	for _, name := range []string{"strowger.wasm", "strowger-proxy.wasm"} {
		switch wasm, err := Module(name); {
		case errors.Is(err, ErrNotBuilt):
			t.Logf("%s is not built: go tool task wasm", name)
		case err != nil || !bytes.HasPrefix(wasm, []byte("\x00asm")):
			t.Errorf("%s: %d bytes, %v", name, len(wasm), err)
		}
	}
}

// TestProgram: what is imported comes along, and is imported from the same folder.
func TestProgram(t *testing.T) {
	all, err := Program("examples/node.mjs")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
		if bytes.Contains(s.Text, []byte("'../")) {
			t.Errorf("%s imports from another folder", s.Name)
		}
	}
	for _, name := range []string{"node.mjs", "core.mjs", "local.mjs", "exchange.mjs", "wasi.mjs"} { // the last is imported by core.mjs only
		if !slices.Contains(names, name) {
			t.Errorf("%s is missing among %v", name, names)
		}
	}
	if slices.Contains(names, "worker.mjs") || slices.Contains(names, "ledger.mjs") {
		t.Errorf("what only Cloudflare has is among %v", names)
	}
	if _, err := Program("worker/nobody.mjs"); err == nil {
		t.Error("a program that does not exist")
	}
}
