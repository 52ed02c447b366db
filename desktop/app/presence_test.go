package app_test

import (
	"errors"
	"testing"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/lockfile"
	"strowger/desktop/store"
)

// A window finds whoever records in the folder, gets in without knowing the admin token, and
// does not start a second one beside it.
func TestPresence(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	cfg.Admin.Token, cfg.Admin.Listen = "literal:open-sesame", "127.0.0.1:0"
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	path, err := app.Database(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Holder(path)
	if err != nil || p != a.Presence() || "http://"+p.Listen != a.URL() || "http://"+p.Admin != a.AdminURL() {
		t.Fatalf("%+v, %v", p, err)
	}
	if status, _ := ask(t, a.AdminURL()+"/_/api/status", "Authorization", "Bearer "+p.Token); status != 200 {
		t.Error("the token of the lock file does not open the dashboard:", status)
	}
	_, err = app.Start(t.Context(), app.Options{Config: cfg, DataDir: dir, Alone: true})
	var open *store.OpenError
	if !errors.As(err, &open) || open.Reason != store.ReasonBusy {
		t.Errorf("a second one: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if p, err := store.Holder(path); !errors.Is(err, lockfile.ErrNoNote) {
		t.Errorf("after the end: %+v, %v", p, err)
	}
}

// Who listens on every address is reached at the loopback.
func TestPresenceEverywhere(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "[::]:0"} {
		cfg, _ := simulate(t, provider.Options{})
		cfg.Admin.Token, cfg.Admin.Listen = "literal:open-sesame", listen
		a := start(t, cfg, t.TempDir(), nil)
		p := a.Presence()
		if status, _ := ask(t, "http://"+p.Admin+"/_/health", "Authorization", "Bearer "+p.Token); status != 200 {
			t.Errorf("%s at %s: %d", listen, p.Admin, status)
		}
	}
}
