package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the page changes is there at the next start, in a file for the user alone; what it does not
// name stays, and what nobody knows is refused.
func TestSettings(t *testing.T) {
	w, h := opened(t, t.TempDir())
	const usual = `{"close_to_background":null,"start_at_login":false,"notify":{"failover":true,"budget":true,"credentials":true,"rate_limited":false}}`
	if status, text := ask(h, "GET", "/_/window/settings", "", "wails://wails"); status != 200 || strings.TrimSpace(text) != usual {
		t.Errorf("%d %s", status, text)
	}
	for _, c := range []struct{ body, says string }{
		{`{"close_to_background":"yes"}`, "neither true nor false"},
		{`{"tray":true}`, "tray"},
		{`{"notify":{"all":true}}`, "all"},
		{`{} {}`, "one object"},
		{``, "EOF"},
		{`{"notify":` + strings.Repeat(" ", maxSettings) + `{}}`, "too large"},
	} {
		if status, text := ask(h, "PUT", "/_/window/settings", c.body, ""); status != 400 || !strings.Contains(text, c.says) {
			t.Errorf("%.40s: %d %s", c.body, status, text)
		}
	}
	const changed = `{"close_to_background":true,"start_at_login":true,"notify":{"failover":false,"budget":true,"credentials":true,"rate_limited":true}}`
	status, text := ask(h, "PUT", "/_/window/settings", `{"close_to_background":true,"start_at_login":true,"notify":{"failover":false,"rate_limited":true}}`, "wails://wails")
	if status != 200 || strings.TrimSpace(text) != changed {
		t.Errorf("%d %s", status, text)
	}
	k := openKept(slog.New(slog.DiscardHandler))
	if k.get() != w.kept.get() || k.get().CloseToBackground != yes {
		t.Errorf("%+v, %+v", k.get(), w.kept.get())
	}
	if s, err := os.Stat(k.path); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", s, err)
	}
	if files, _ := filepath.Glob(k.path + "*"); len(files) != 1 {
		t.Errorf("left: %v", files)
	}
	if status, _ := ask(h, "PUT", "/_/window/settings", `{"start_at_login":false,"close_to_background":false}`, ""); status != 200 || startsAtLogin() {
		t.Errorf("%d, at login: %v", status, startsAtLogin())
	}
}

// A file that cannot be read is as good as none, and a place that is none is not used.
func TestBrokenSettings(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	path := filepath.Join(dir, "strowger", keptName)
	for text, want := range map[string]place{
		`{"place":`: {},
		`{"place":{"x":1,"y":2,"width":800,"height":600}}`:      {X: 1, Y: 2, Width: 800, Height: 600},
		`{"place":{"x":1,"y":2,"width":3,"height":600}}`:        {},
		`{"place":{"x":1,"y":2,"width":800,"height":99999999}}`: {},
	} {
		if err := writeFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if k := openKept(slog.New(slog.DiscardHandler)).get(); k.Place != want || !k.Notify.Failover || k.Notify.RateLimited {
			t.Errorf("%s: %+v", text, k)
		}
	}
}

func TestPlaceOnScreen(t *testing.T) {
	for _, c := range []struct {
		p  place
		on bool
	}{
		{place{}, false},
		{place{X: 10, Y: 10, Width: 800, Height: 600}, true},
		{place{X: -700, Y: 0, Width: 800, Height: 600}, true},
		{place{X: -790, Y: 0, Width: 800, Height: 600}, false},
		{place{X: 1900, Y: 0, Width: 800, Height: 600}, false},
		{place{X: 0, Y: -10, Width: 800, Height: 600}, false},
		{place{X: 0, Y: 1070, Width: 800, Height: 600}, false},
	} {
		if c.p.on(1920, 1080) != c.on {
			t.Errorf("%+v", c.p)
		}
	}
}
