package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/store"
)

// serving is a Strowger with one simulated provider and an admin token, in the folder dir.
func serving(t *testing.T, dir string) *app.App {
	t.Helper()
	a, err := app.Start(t.Context(), app.Options{ConfigPath: configuration(t), DataDir: dir, Listen: "127.0.0.1:0", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func configuration(t *testing.T) string {
	t.Helper()
	s, err := provider.Serve(provider.New(provider.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {token: 'literal:open-sesame'}\nproviders: {north: {schema: openai, base_url: %q}}\nmodels: {demo/a: {endpoints: [{provider: north}]}}\n", s.URL+"/v1")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opened is a window on the folder dir, as far as it needs no screen.
func opened(t *testing.T, dir string) (*window, http.Handler) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	b, err := hang(filepath.Join(dir, "window.lock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.DiscardHandler)
	s := settings{data: dir, config: configuration(t)}
	w := &window{s: s, log: log, home: newHome(s, log), kept: openKept(log), bell: b}
	if err := w.home.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.home.close(); err != nil {
			t.Error(err)
		}
	})
	return w, dashboard(w.home, w.own())
}

// ask is a request as the web view sends it.
func ask(h http.Handler, method, path, body, origin string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "wails"
	r.Header.Set("Origin", origin)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const chat = `{"model":"demo/a","messages":[{"role":"user","content":"hello"}]}`

// The window's own Strowger and one that was there look the same in it, and the token of the
// configuration is not asked for. Pages of others get nothing.
func TestDashboard(t *testing.T) {
	for _, attached := range []bool{false, true} {
		dir := t.TempDir()
		if attached {
			serving(t, dir)
		}
		w, h := opened(t, dir)
		if w.home.attached() != attached {
			t.Fatalf("attached: %v", w.home.attached())
		}
		for _, c := range []struct {
			method, path, body, origin string
			status                     int
			says                       string
		}{
			{"GET", "/", "", "", 200, `content="0;url=/_/"`},
			{"GET", "/_/", "", "wails://wails", 200, "<html"},
			{"GET", "/_/api/status", "", "wails://wails", 200, `"version":`},
			{"GET", "/_/api/status", "", "http://wails.localhost:34115", 200, `"version":`},
			{"POST", "/v1/chat/completions", chat, "wails://wails", 200, `"choices"`},
			{"GET", "/_/api/status", "", "https://evil.example", 403, "evil.example"},
			{"GET", "/_/api/status", "", "http://wails.localhost.evil.example", 403, "evil.example"},
			{"GET", "/_/api/status", "", "wails://evil", 403, "wails://evil"},
			{"GET", "/_/api/status", "", "null", 403, "null"},
			{"GET", "/_/window/settings", "", "https://evil.example", 403, "other pages"},
			{"GET", "/_/window/state", "", "wails://wails", 200, fmt.Sprintf(`"attached":%v,"up":true`, attached)},
			{"GET", "/_/window/nothing", "", "", 404, "/_/window/nothing"},
		} {
			if status, text := ask(h, c.method, c.path, c.body, c.origin); status != c.status || !strings.Contains(text, c.says) {
				t.Errorf("attached %v: %s %s from %q: %d %.300s", attached, c.method, c.path, c.origin, status, text)
			}
		}
	}
}

// In a browser there is nothing of the window's: that is how the page tells.
func TestNoWindow(t *testing.T) {
	a := serving(t, t.TempDir())
	for _, path := range []string{"settings", "state"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+windowBase+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("any", "open-sesame")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 404 {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// When the process that a window is attached to ends, the window says so, takes another that comes,
// and starts its own when it is asked to. Closing the window leaves the other one alone.
func TestOtherEnds(t *testing.T) {
	dir := t.TempDir()
	first := serving(t, dir)
	w, h := opened(t, dir)
	go w.home.watch(t.Context(), func() { w.bell.ring(wordLoad) })
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	hear(t, w, wordLoad)
	if status, text := ask(h, "GET", "/_/", "", ""); status != 200 || !strings.Contains(text, "Strowger has ended") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := ask(h, "GET", "/_/api/status", "", ""); status != 502 || !strings.Contains(text, `"code":"bad_gateway"`) {
		t.Errorf("%d %s", status, text)
	}
	second := serving(t, dir)
	hear(t, w, wordLoad)
	if at, up := w.home.where(); !up || at.Listen != second.Presence().Listen {
		t.Errorf("%+v, %v", at, up)
	}
	if err := w.home.close(); err != nil {
		t.Fatal(err)
	}
	if !w.home.answers(second.Presence()) {
		t.Fatal("the window ended what it does not own")
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	hear(t, w, wordLoad)
	if status, text := ask(h, "POST", "/_/window/start", "", "wails://wails"); status != 204 {
		t.Fatalf("%d %s", status, text)
	}
	hear(t, w, wordLoad)
	if w.home.attached() {
		t.Error("still attached")
	}
	if status, text := ask(h, "GET", "/_/api/status", "", ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
}

func hear(t *testing.T, w *window, want string) {
	t.Helper()
	select {
	case word := <-w.bell.words:
		if word != want {
			t.Fatalf("%q instead of %q", word, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%q does not come", want)
	}
}

// Who holds the folder and says nothing is named, and no second one is started beside it.
func TestSilentHolder(t *testing.T) {
	dir := t.TempDir()
	path, err := app.Database(dir)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := store.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	h := newHome(settings{data: dir, config: configuration(t)}, slog.New(slog.DiscardHandler))
	if err := h.start(); !store.Busy(err) || !strings.Contains(err.Error(), "does not say where it serves") {
		t.Errorf("%v", err)
	}
}

// What a process that was killed has left is not believed: another program may have its port by now.
func TestNoteOfTheDead(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprint(w, `{"status":"ok"}`)
	}))
	defer other.Close()
	dir := t.TempDir()
	path, err := app.Database(dir)
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(other.URL, "http://")
	note := fmt.Sprintf(`{"pid":1,"listen":%q,"admin":%q,"token":"secret"}`, addr, addr)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "strowger.lock"), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHome(settings{data: dir, config: configuration(t)}, slog.New(slog.DiscardHandler))
	if h.find() || asked > 0 {
		t.Errorf("a program that asks for nothing was asked %d times", asked)
	}
}

// What a request of the window waits for ends properly when the window's Strowger is closed.
func TestQuitEndsRequests(t *testing.T) {
	s, err := provider.Serve(provider.New(provider.Options{Behaviour: provider.Behaviour{Latency: time.Second, Tokens: 3}}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, _ := opened(t, t.TempDir())
	text := fmt.Sprintf("listen: 127.0.0.1:0\nproviders: {north: {schema: openai, base_url: %q}}\nmodels: {demo/a: {endpoints: [{provider: north}]}}\n", s.URL+"/v1")
	if err := os.WriteFile(w.s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.home.close(); err != nil {
		t.Fatal(err)
	}
	if err := w.home.start(); err != nil {
		t.Fatal(err)
	}
	h := dashboard(w.home, w.own())
	type answer struct {
		status int
		text   string
	}
	got := make(chan answer, 1)
	go func() {
		status, text := ask(h, "POST", "/v1/chat/completions", chat, "wails://wails")
		got <- answer{status, text}
	}()
	time.Sleep(300 * time.Millisecond) // the provider has it
	if err := w.home.close(); err != nil {
		t.Fatal(err)
	}
	if a := <-got; a.status != 200 || !json.Valid([]byte(a.text)) || !strings.Contains(a.text, "finish_reason") {
		t.Errorf("%d %s", a.status, a.text)
	}
}
