package edit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/desktop/config"
	"strowger/desktop/control/edit"
	"strowger/desktop/store"
)

// valid is a configuration with a key for its provider.
func valid(key string) string {
	return "providers:\n  north: {schema: openai, base_url: \"http://127.0.0.1:1/v1\", api_key: \"" + key + "\"}\nmodels:\n  demo/a: {endpoints: [{provider: north}]}\n"
}

// host serves by a file, and calls parsing whenever a text is looked at.
type host struct {
	t       *testing.T
	path    string
	parsing func()
}

func (h *host) InUse() edit.InUse {
	c, err := config.Parse(h.path, []byte(valid("env:NORTH")), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	c.Path = h.path
	return edit.InUse{Config: c, Rev: "r"}
}

func (h *host) Parse(path string, text []byte) (*config.Config, error) {
	if h.parsing != nil {
		h.parsing()
	}
	return config.Parse(path, text, nil)
}

func (h *host) Take(context.Context, string) {}

// rig is a Part over a file, and a way to call it.
func rig(t *testing.T, text string, s *store.Store) (h *host, call func(method, path string, body any) (int, map[string]any)) {
	t.Helper()
	h = &host{t: t, path: filepath.Join(t.TempDir(), "strowger.yaml")}
	h.write(text)
	mux := http.NewServeMux()
	for pattern, serve := range edit.New(edit.Options{Host: h, Store: s}).Routes() {
		mux.HandleFunc(pattern, serve)
	}
	return h, func(method, path string, body any) (int, map[string]any) {
		t.Helper()
		doc, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(method, path, bytes.NewReader(doc))
		r.Header.Set("content-type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Code, out
	}
}

func (h *host) write(text string) {
	h.t.Helper()
	if err := os.WriteFile(h.path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) read() string {
	h.t.Helper()
	text, err := os.ReadFile(h.path)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// TestChangedWhileSaving has somebody else write the file after the dashboard has looked whether it
// is still the same.
func TestChangedWhileSaving(t *testing.T) {
	h, call := rig(t, valid("env:A"), nil)
	_, doc := call("GET", "/_/api/config", nil)
	theirs := valid("env:A") + "# theirs\n"
	looked := 0
	h.parsing = func() {
		if looked++; looked == 1 {
			h.write(theirs)
		}
	}
	status, out := call("PUT", "/_/api/config", map[string]any{"stamp": doc["stamp"], "text": "# mine\n" + valid("env:A")})
	if status != http.StatusConflict || h.read() != theirs {
		t.Fatalf("%d, and the file says %q", status, h.read())
	}
	if out["merged"] != "# mine\n"+theirs || out["disk"] != theirs {
		t.Errorf("%v", out)
	}
}

// TestNotUTF8 does not take a text that JSON cannot carry as it is.
func TestNotUTF8(t *testing.T) {
	text := valid("env:A") + "# caf\xe9\n"
	h, call := rig(t, text, nil)
	_, doc := call("GET", "/_/api/config", nil)
	if doc["writable"] != false || !strings.Contains(doc["reason"].(string), "UTF-8") {
		t.Errorf("%v", doc)
	}
	if status, _ := call("PUT", "/_/api/config", map[string]any{"stamp": doc["stamp"], "text": doc["text"]}); status != http.StatusForbidden || h.read() != text {
		t.Errorf("%d %q", status, h.read())
	}
}

// TestUndoIsNotMisled goes back by what was saved, whatever is said about a change.
func TestUndoIsNotMisled(t *testing.T) {
	h, call := rig(t, valid("env:A"), nil)
	save := func(text, why string) map[string]any {
		t.Helper()
		_, doc := call("GET", "/_/api/config", nil)
		status, doc := call("PUT", "/_/api/config", map[string]any{"stamp": doc["stamp"], "text": text, "why": why})
		if status != http.StatusOK {
			t.Fatal(status, doc)
		}
		return doc
	}
	doc := save(valid("env:B"), "")
	first := doc["history"].([]any)[1].(map[string]any)["id"].(string)
	save(valid("env:C"), "")
	save(valid("env:D"), "undone: back to "+first)
	_, doc = call("GET", "/_/api/config", nil)
	if status, _ := call("POST", "/_/api/config/undo", map[string]any{"stamp": doc["stamp"]}); status != http.StatusOK || h.read() != valid("env:C") {
		t.Errorf("%d %q", status, h.read())
	}
}

// TestLiteralKeysAreNotKept keeps no text with a literal key in a database, whatever the key looks like.
func TestLiteralKeysAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "strowger.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const key = "open sesame, please"
	_, call := rig(t, valid(key), s)
	_, doc := call("GET", "/_/api/config", nil)
	status, doc := call("PUT", "/_/api/config", map[string]any{"stamp": doc["stamp"], "text": valid(key) + "# more\n"})
	if status != http.StatusOK {
		t.Fatal(status, doc)
	}
	for _, e := range doc["history"].([]any) {
		if e.(map[string]any)["kept"] != "memory" {
			t.Errorf("%v", e)
		}
	}
	list, err := s.Configs(t.Context(), 0)
	if err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
