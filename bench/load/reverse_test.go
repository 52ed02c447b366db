package main

import (
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// TestCollectors: peers written in Go do not collect more often than strowger.
func TestCollectors(t *testing.T) {
	if os.Getenv("GOGC") != "" {
		t.Skip("GOGC is set")
	}
	const usual, most = 100, 400
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	if err := runReverse(t.Context(), strings.NewReader(""), io.Discard, "http://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if got := debug.SetGCPercent(usual); got != most {
		t.Errorf("ReverseProxy collects at %d %%", got)
	}
	if env := caddyEnv("/somewhere"); !slices.Contains(env, "GOGC=400") || !slices.Contains(env, "HOME=/somewhere") {
		t.Errorf("%q", env)
	}
}
