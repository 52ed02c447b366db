package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// module is the score running in wasm.
type module struct {
	runtime              wazero.Runtime
	m                    api.Module
	place, read, reading api.Function
}

// newModule builds the score for wasm and starts it on wazero.
func newModule(ctx context.Context) (*module, error) {
	dir, err := os.MkdirTemp("", "strowger-auto-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "auto.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-buildmode=c-shared", "-o", file, "strowger/bench/auto/wasm")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the score for wasm: %w\n%s", err, out)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := wazero.NewRuntime(ctx)
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	m, err := r.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().WithStartFunctions("_initialize").WithRandSource(rand.Reader))
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return &module{r, m, m.ExportedFunction("place"), m.ExportedFunction("read"), m.ExportedFunction("reading")}, nil
}

func (m *module) close(ctx context.Context) error { return m.runtime.Close(ctx) }

// put gives the module a text.
func (m *module) put(ctx context.Context, prompt string) error {
	at, err := m.place.Call(ctx, uint64(len(prompt)))
	if err == nil && !m.m.Memory().WriteString(uint32(at[0]), prompt) {
		err = errors.New("the module's memory is too small")
	}
	return err
}

// bytes are the module's reading of a text.
func (m *module) bytes(ctx context.Context, prompt string) ([]byte, error) {
	if err := m.put(ctx, prompt); err != nil {
		return nil, err
	}
	if _, err := m.read.Call(ctx); err != nil {
		return nil, err
	}
	packed, err := m.reading.Call(ctx)
	if err != nil {
		return nil, err
	}
	b, ok := m.m.Memory().Read(uint32(packed[0]>>32), uint32(packed[0]))
	if !ok {
		return nil, errors.New("the module's answer lies outside its memory")
	}
	return slices.Clone(b), nil
}

// time is how long a reading takes in the module.
func (m *module) time(ctx context.Context, prompt string) (time.Duration, error) {
	if err := m.put(ctx, prompt); err != nil {
		return 0, err
	}
	return median(func() error {
		_, err := m.read.Call(ctx)
		return err
	})
}

// median times f: the least of five medians, since other programs can only make it slower.
func median(f func() error) (time.Duration, error) {
	least := time.Hour
	for range 5 {
		var all []time.Duration
		for range 1000 {
			begin := time.Now()
			if err := f(); err != nil {
				return 0, err
			}
			all = append(all, time.Since(begin))
		}
		slices.Sort(all)
		least = min(least, all[len(all)/2])
	}
	return least, nil
}

// kilobytes4 is a prompt of 4 KiB of prose, code and formulas.
func kilobytes4() string {
	const paragraph = "Implement a lock-free hash map in Rust, with a resize that never blocks a reader; f(x) = 12.5*x^2 + 3 bounds its cost.\n" +
		"fn insert(&self, key: K, value: V) -> Option<V> { self.table.load(Ordering::Acquire) }\n" +
		"Why is the result right under every schedule? Explain which invariants hold, and compare it with a lock per bucket.\n\n"
	return strings.Repeat(paragraph, 4096/len(paragraph)+1)[:4096]
}
