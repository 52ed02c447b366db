package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
)

// The control plane sees and ends what is going on in the data plane, switches providers off over
// a restart, and counts; no key is anywhere but in its last four characters.
func TestPlanes(t *testing.T) {
	cfg, ps := simulate(t, provider.Options{Key: "sk-0123456789-ABCD"}, provider.Options{})
	dir := t.TempDir()
	var log journaltest.Journal
	a := start(t, cfg, dir, &log)

	ended := make(chan string, 1)
	go func() {
		_, text := post(t, a.URL(), body(true, `sim: fault=stall after=1 text="one two"`))
		ended <- text
	}()
	var going struct{ Rows []struct{ ID, Stage string } }
	for len(going.Rows) == 0 || going.Rows[0].Stage != "streaming" {
		get(t, a.URL()+"/_/api/inflight", &going)
	}
	if status, text, _ := call(t, "DELETE", a.URL()+"/_/api/inflight/"+going.Rows[0].ID, ""); status != 204 {
		t.Fatal(status, text)
	}
	if text := <-ended; !strings.Contains(text, "cancelled by hand") {
		t.Error(text)
	}
	if status, text, _ := call(t, "POST", a.URL()+"/_/api/providers/p1/disable", `{"seconds":600,"why":"a test"}`); status != 200 || !strings.Contains(text, `"last4":"ABCD"`) || !strings.Contains(text, `"ref":"literal"`) {
		t.Error(status, text)
	}
	everything := ""
	for _, path := range []string{"api/status", "api/providers", "api/catalog", "api/attention", "api/fallbacks", "api/stats?by=provider", "api/budgets", "metrics", "api/decisions/export?format=csv", "api/decisions/export?format=ndjson"} {
		status, text, _ := call(t, "GET", a.URL()+"/_/"+path, "")
		if status != 200 {
			t.Errorf("%s: %d %s", path, status, text)
		}
		everything += text
	}
	if strings.Contains(everything+log.String(), "0123456789") {
		t.Error("a key is shown")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = start(t, cfg, dir, nil)
	if status, _ := post(t, a.URL(), body(false, "sim: text=well")); status != 200 || ps[1].Requests() != 1 {
		t.Errorf("%d: the provider is not off after a restart", status)
	}
	var s struct {
		Addresses []string
		Today     *int64 `json:"today_micro"`
	}
	if get(t, a.URL()+"/_/api/status", &s); len(s.Addresses) != 1 || s.Addresses[0] != a.URL() || s.Today == nil {
		t.Errorf("%+v", s)
	}
}

// What auto mode has chosen is counted by kind of work and difficulty.
func TestChosen(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	a := start(t, cfg, t.TempDir(), nil)
	automatic(t, a, "write a function in Go that reverses a string")
	automatic(t, a, "why is the xylophone blue")
	var got struct {
		Auto struct {
			Models    []string
			Decisions []struct {
				Category, Difficulty, Model string
				Requests                    int
			}
		}
	}
	end := time.Now().Add(10 * time.Second)
	for n := 0; n < 2 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		get(t, a.URL()+"/_/api/catalog", &got)
		n = 0
		for _, d := range got.Auto.Decisions {
			n += d.Requests
		}
	}
	if len(got.Auto.Models) != 1 || len(got.Auto.Decisions) == 0 || got.Auto.Decisions[0].Model != model || got.Auto.Decisions[0].Difficulty == "" || got.Auto.Decisions[0].Category == "" {
		t.Errorf("%+v", got)
	}
}

// A key that is missing, and then there and refused, is seen as that.
func TestKeyStates(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	file := filepath.Join(t.TempDir(), "strowger.yaml")
	server, err := provider.Serve(provider.New(provider.Options{Key: "sk-0123456789-ABCD"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	write := func(more string) {
		text := fmt.Sprintf("providers:\n  p1: {schema: openai, base_url: %q, api_key: \"file:%s\"}\nmodels:\n  %s:\n    endpoints: [{provider: p1}]\n%s", server.BaseURL("openai"), key, model, more)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	a, err := app.Start(context.Background(), app.Options{ConfigPath: file, DataDir: t.TempDir(), Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	state := func() string {
		var v struct {
			Providers []struct {
				State string
				Key   struct{ State, Last4 string }
			}
		}
		get(t, a.URL()+"/_/api/providers", &v)
		return v.Providers[0].State + " " + v.Providers[0].Key.State + " " + v.Providers[0].Key.Last4
	}
	if got := state(); got != "no_key missing " {
		t.Error(got)
	}
	if err := os.WriteFile(key, []byte("sk-wrong-0123456789-WXYZ\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _ := post(t, a.URL(), body(false, "x")); status != http.StatusUnauthorized {
		t.Error(status)
	}
	for end := time.Now().Add(20 * time.Second); state() != "rejected rejected WXYZ" && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	if got := state(); got != "rejected rejected WXYZ" {
		t.Error(got)
	}
}
