package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// scripts are where the measurements in JavaScript are, from the project's folder.
const scripts = "edge/worker/test"

// node measures the same module in Node, whose engine is that of Workers.
func node(ctx context.Context, b *bench) error {
	cmd := exec.CommandContext(ctx, "node", filepath.Join(scripts, "speed.mjs"))
	cmd.Env = append(os.Environ(), "STROWGER_WASM="+b.file())
	cmd.Stdout, cmd.Stderr = b.out, os.Stderr
	return explained(cmd.Run())
}

// milliseconds are times of one kind, as cold.mjs prints them.
type milliseconds struct{ P50, Least, Most float64 }

// workerd measures how long a Worker takes to begin in a real workerd: its clock stands still
// while it computes, so that all is measured from outside, and what a warm one takes is taken off.
func workerd(ctx context.Context, b *bench) error {
	cmd := exec.CommandContext(ctx, "node", filepath.Join(scripts, "cold.mjs"), strconv.Itoa(b.o.rounds))
	cmd.Env = append(os.Environ(), "STROWGER_WASM="+b.file())
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return explained(err)
	}
	var found struct {
		First     milliseconds `json:"first_request_ms"`
		Warm      milliseconds `json:"request_ms"`
		Nothing   milliseconds `json:"nothing_ms"`
		Configure milliseconds `json:"instantiate_configure_ms"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	spread := func(m, less milliseconds) []float64 {
		return []float64{m.Least - less.P50, m.P50 - less.P50, m.Most - less.P50}
	}
	b.note("first request, beyond a warm one", "ms", 30, spread(found.First, found.Warm)...)
	b.note("of that, instantiate and configure", "ms", 0, spread(found.Configure, found.Nothing)...)
	b.note("a warm request with its provider's answer", "ms", 0, found.Warm.Least, found.Warm.P50, found.Warm.Most)
	return nil
}

// explained says what is missing where node or its packages are.
func explained(err error) error {
	if err != nil {
		err = fmt.Errorf("%w; it needs Node, the packages of edge (npm ci in edge), and the project's folder as the working one", err)
	}
	return err
}
