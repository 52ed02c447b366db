// Package e2e shows the page to a real browser and the window to a real display, over a
// real Strowger with simulated providers. Both need things that are installed and built
// first: `go tool task test:page` and `go tool task test:window` do that.
package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
)

// config writes a configuration with a model that answers and one that falls back.
func config(t *testing.T) string {
	t.Helper()
	url := func(b provider.Behaviour) string {
		s, err := provider.Serve(provider.New(provider.Options{Behaviour: b}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s.URL + "/v1"
	}
	good := url(provider.Behaviour{Latency: 30 * time.Millisecond, TokensPerSecond: 300, Tokens: 24})
	bad := url(provider.Behaviour{Latency: 10 * time.Millisecond, Status: 503})
	text := fmt.Sprintf(`
providers:
  north: {schema: openai, base_url: %q}
  south: {schema: openai, base_url: %q}
models:
  demo/steady:
    endpoints: [{provider: north, price: {input: 2.5, output: 10}}]
  demo/fallback:
    endpoints:
      - {provider: south, price: {input: 0.1, output: 0.4}}
      - {provider: north, price: {input: 2.5, output: 10}}
  demo/unpriced:
    endpoints: [{provider: north}]
routing: {circuit: {failures: 1000}}
`, good, bad)
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a command in the frontend's folder and shows what it prints.
func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), env...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestPage(t *testing.T) {
	if os.Getenv("STROWGER_E2E") == "" {
		t.Skip("needs Chromium and the built page: go tool task test:page")
	}
	a, err := app.Start(t.Context(), app.Options{ConfigPath: config(t), DataDir: t.TempDir(), Listen: "127.0.0.1:0", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	run(t, []string{"STROWGER_URL=" + a.URL(), "STROWGER_MODEL=demo/steady", "STROWGER_FALLBACK_MODEL=demo/fallback"}, "node", "e2e/page.spec.mjs")
}

// freeAddress is an address nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWindow(t *testing.T) {
	binary := os.Getenv("STROWGER_WINDOW")
	if binary == "" {
		t.Skip("needs Xvfb and the built window: go tool task test:window")
	}
	addr := freeAddress(t)
	hook := filepath.Join(t.TempDir(), "hook.sh")
	script := fmt.Sprintf(`#!/bin/sh
# Traffic for the window to show.
for model in demo/steady demo/fallback demo/unpriced demo/fallback demo/steady; do
  curl -sS -m 20 -o /dev/null http://%s/v1/chat/completions -H 'content-type: application/json' \
    -d '{"model":"'$model'","stream":true,"messages":[{"role":"user","content":"hello"}]}' || exit 1
done
sleep 1
`, addr)
	if err := os.WriteFile(hook, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOOK=" + hook, "LANG=C"}
	run(t, env, "sh", "e2e/window.sh", binary, "--config", config(t), "--data", t.TempDir(), "--listen", addr)
}
