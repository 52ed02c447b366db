// Package e2e shows the page to a real browser and the window to a real display, over a
// real Strowger with simulated providers. Both need things that are installed and built
// first: `go tool task ui:test` and `go tool task test:window` do that.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/process"
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
	east := url(provider.Behaviour{Latency: 30 * time.Millisecond, TokensPerSecond: 300, Tokens: 24})
	good := url(provider.Behaviour{Latency: 30 * time.Millisecond, TokensPerSecond: 300, Tokens: 24})
	slow := url(provider.Behaviour{Latency: 1500 * time.Millisecond, Tokens: 4})
	bad := url(provider.Behaviour{Latency: 10 * time.Millisecond, Status: 503})
	text := fmt.Sprintf(`
providers:
  north: {schema: openai, base_url: %q}
  south: {schema: openai, base_url: %q}
  late: {schema: openai, base_url: %q}
  east: {schema: openai, base_url: %q}
models:
  demo/steady:
    endpoints: [{provider: north, price: {input: 2.5, output: 10}}]
  demo/fallback:
    endpoints:
      - {provider: south, price: {input: 0.1, output: 0.4}}
      - {provider: north, price: {input: 2.5, output: 10}}
  demo/slow:
    endpoints: [{provider: late, price: {input: 2.5, output: 10}}]
  demo/unpriced:
    endpoints: [{provider: north}]
  demo/choice:
    endpoints: # north first
      - {provider: north, price: {input: 2.5, output: 10}}
      - {provider: east, price: {input: 1, output: 4}}
routing:
  strategy: priority # until there is a reason
  circuit: {failures: 1000} # south fails on purpose
routes:
  - path: /support
    failover: true
    providers:
      - {provider: north, model: demo/choice, timeout: 20s} # the contract is with these
      - {provider: east, model: demo/choice} # the spare
      - {provider: south, model: demo/fallback, price: {input: 0.1, output: 0.4}}
`, good, bad, slow, east)
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
		t.Skip("needs Chromium and the built page: go tool task ui:test")
	}
	program := filepath.Join(t.TempDir(), "strowger")
	if err := process.Build(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	var urls []string
	for range 2 { // each makes half of the checks
		a, err := app.Start(t.Context(), app.Options{ConfigPath: config(t), DataDir: t.TempDir(), Listen: "127.0.0.1:0", Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}()
		urls = append(urls, a.URL())
	}
	run(t, []string{"STROWGER_URL=" + strings.Join(urls, " "), "STROWGER_PROGRAM=" + program, "STROWGER_MODEL=demo/steady", "STROWGER_FALLBACK_MODEL=demo/fallback"}, "node", "e2e/page.spec.mjs")
}
