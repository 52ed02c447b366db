// Package others runs a proxy-wasm module in hosts that others wrote: those of the command in
// the folder independent, which is a Go module of its own.
//
//	hosts := others.Build(t) // or the test is skipped, and says why
//	p, err := hosts.Start(ctx, others.Options{Host: others.MOSN, Module: wasm, Config: config, Clusters: …})
//	resp, err := http.Post(p.URL+"/v1/chat/completions", …)
//	p.Close(); p.Log()
package others

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The hosts.
const (
	Tetrate = "tetrate" // the emulator of Tetrate's Go SDK, on wazero
	MOSN    = "mosn"    // MOSN's library, on Wasmer
)

// Options say what is run.
type Options struct {
	Host           string
	Module, Config []byte
	Clusters       map[string]string // name to base URL
	RouteHeader    string            // names the cluster
	DefaultCluster string
	// Stubs are functions that the host lacks and that answer Unimplemented nevertheless, with
	// the number of their parameters. Only MOSN can have some.
	Stubs map[string]int
}

// Process is a running host.
type Process struct {
	URL   string
	stdin io.Closer
	cmd   *exec.Cmd

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes what the process says.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log.Len() > 1<<20 {
		return len(b), nil
	}
	return p.log.Write(b)
}

// Log is what the process has said so far: what the module logs, and errors.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// Hosts is the command that runs them.
type Hosts struct{ dir, binary string }

// Build builds the hosts into a folder of the test's. Where there is no C compiler, or what they
// depend on cannot be had, the test is skipped; not so in continuous integration, where CI is set.
func Build(t testing.TB) *Hosts {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	source, dir := filepath.Join(filepath.Dir(file), "..", "independent"), t.TempDir()
	if err := missing(t.Context(), source); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the independent hosts cannot be built: %v", err)
		}
		t.Skipf("the independent hosts cannot be built: %v", err)
	}
	h := &Hosts{dir, filepath.Join(dir, "independent")}
	if out, err := command(t.Context(), source, "build", "-o", h.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the independent hosts: %v: %s", err, bytes.TrimSpace(out))
	}
	return h
}

// missing says what is not at hand that the hosts are built with.
func missing(ctx context.Context, source string) error {
	compiler, err := command(ctx, source, "env", "CC").Output()
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(strings.TrimSpace(string(compiler)), " ")
	if _, err := exec.LookPath(name); err != nil {
		return fmt.Errorf("no C compiler: %w", err)
	}
	if out, err := command(ctx, source, "list", "-deps", ".").CombinedOutput(); err != nil { // downloads modules
		return fmt.Errorf("no modules: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// command is one of go's in the module of the hosts.
func command(ctx context.Context, source string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir, c.Env = source, append(os.Environ(), "GOWORK=off", "CGO_ENABLED=1")
	return c
}

// Start starts a host. An error says why it does not take the module.
func (h *Hosts) Start(ctx context.Context, o Options) (*Process, error) {
	args, err := h.arguments(o)
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.CommandContext(ctx, h.binary, args...)}
	p.cmd.Stderr = p
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	if p.URL = strings.TrimSpace(line); p.URL == "" {
		_ = p.cmd.Wait() // it has told why
		return nil, fmt.Errorf("%s does not take the module: %s", o.Host, strings.TrimSpace(p.Log()))
	}
	return p, nil
}

// arguments writes the files of a process and names them.
func (h *Hosts) arguments(o Options) ([]string, error) {
	dir, err := os.MkdirTemp(h.dir, o.Host)
	if err != nil {
		return nil, err
	}
	module, config := filepath.Join(dir, "module.wasm"), filepath.Join(dir, "config")
	args := []string{"-host", o.Host, "-wasm", module, "-config", config, "-route", o.RouteHeader, "-default", o.DefaultCluster}
	for name, url := range o.Clusters {
		args = append(args, "-cluster", name+"="+url)
	}
	for name, parameters := range o.Stubs {
		args = append(args, "-stub", fmt.Sprintf("%s=%d", name, parameters))
	}
	return args, errors.Join(os.WriteFile(module, o.Module, 0o600), os.WriteFile(config, o.Config, 0o600))
}

// Close ends the process.
func (p *Process) Close() error { return errors.Join(p.stdin.Close(), p.cmd.Wait()) }
