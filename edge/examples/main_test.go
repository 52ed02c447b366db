package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/slim/module/moduletest"
)

// The example serves a folder, and keeps what it has compiled in the user's cache folder.
func TestStart(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprint(w, `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	}))
	defer up.Close()
	cat, err := catalog.New(catalog.Config{
		Providers: []catalog.Provider{{Name: "p", Schema: llm.SchemaOpenAI, BaseURL: up.URL, KeyRef: "env:K"}},
		Models:    []catalog.Model{{ID: "a/m", Endpoints: []catalog.Endpoint{{Provider: "p"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	doc := &deploy.Document{Document: document.Document{
		Rev: cat.Rev(), Catalog: catalog.AppendJSON(nil, *cat.Config()), Secrets: map[string]string{"env:K": "K_OF_TEST"}, Open: true, Limits: document.Limits{}.OrDefault(),
	}}
	dir := t.TempDir()
	wasm, config := filepath.Join(dir, "strowger.wasm"), filepath.Join(dir, document.FileName)
	for name, text := range map[string][]byte{wasm: moduletest.Reactor(t), config: doc.AppendJSON(nil)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("K_OF_TEST", "the-secret")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	handler, err := start(t.Context(), wasm, config)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	defer s.Close()
	resp, err := http.Post(s.URL+"/v1/messages", "application/json", strings.NewReader(`{"model":"a/m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || !strings.Contains(string(b), `"text":"hello"`) {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
	kept, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	_ = filepath.WalkDir(filepath.Join(kept, "strowger", "wasm"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return nil
	})
	if files == 0 {
		t.Error("no compiled code is kept in " + kept)
	}
}
