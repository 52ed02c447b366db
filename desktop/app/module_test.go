package app

import (
	"errors"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/edge"
)

// The module leaves memory when nobody asks it, comes back, and ends with the program.
func TestModuleRests(t *testing.T) {
	m := &module{folder: t.TempDir(), keep: 50 * time.Millisecond}
	cat, err := catalog.New(catalog.Config{Providers: []catalog.Provider{{Name: "p", Schema: llm.SchemaNamed("openai"), BaseURL: "http://127.0.0.1:9"}},
		Models: []catalog.Model{{ID: "a/b", Endpoints: []catalog.Endpoint{{Provider: "p"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	doc := catalog.AppendJSON(nil, *cat.Config())
	if _, err := edge.Module(moduleName); errors.Is(err, edge.ErrNotBuilt) {
		if _, err := m.Again(t.Context(), doc, nil); err == nil {
			t.Error("there is no module to ask")
		}
		t.Skip("the module is not built: go tool task wasm")
	}
	running := func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.host != nil
	}
	for range 2 {
		if _, err := m.Again(t.Context(), doc, []byte("{}")); err == nil {
			t.Error("that is no record")
		}
		for end := time.Now().Add(20 * time.Second); running(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it does not rest")
			}
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Again(t.Context(), doc, nil); err == nil || running() {
		t.Errorf("after Close: %v", err)
	}
}
