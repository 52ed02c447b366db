// Package wazerohost runs the WebAssembly module of edge/reactor inside a Go program, on
// wazero: no cgo, no other process. It is for programs that want the core walled off, or
// exactly the artefact that runs at the edge; others hold an abi.Machine or the core
// itself, which is several times faster.
//
//	h, err := wazerohost.New(ctx, wasm, wazerohost.Options{CacheDir: dir})
//	rev, err := h.Configure(ctx, catalogJSON)
//	x, err := h.Open(ctx, call)
//	cmds, err := x.Step(ctx, now, exchange.Started{})
//
// Or, for a whole server of a deployment document: h.Handler(ctx, doc, wazerohost.Serving{}).
//
// An exchange stays on the instance that it was opened on. An instance that traps or
// panics is dropped with its exchanges; one that has grown beyond a watermark takes no
// new ones and goes when its last has gone, because a module's memory never shrinks. What
// the instances measure is handed on between them, and to those that come after. Limits hold
// for all of them together; what an exchange had reserved that is lost counts as spent.
package wazerohost

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"strowger/core/jsonout"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// ErrClosed is the error of every call after Close.
var ErrClosed = errors.New("wazerohost: closed")

// ErrLost says that the instance an exchange was on is gone, and the exchange with it.
var ErrLost = errors.New("wazerohost: the instance was lost")

// Options are all optional.
type Options struct {
	// CacheDir is a directory for compiled code, made if need be; without one the module
	// is compiled at every New, which takes about a second.
	CacheDir string
	// Instances is how many run side by side at most; 0 means 1.
	Instances int
	// Watermark is the size of an instance's memory in bytes from which on it is
	// replaced; 0 means 64 MiB.
	Watermark uint32
	// MemoryLimit bounds an instance's memory in bytes, rounded down to 64 KiB; 0 means
	// 1 GiB. An instance that needs more is lost.
	MemoryLimit uint32
	// Stderr takes what a failing module says; nil means nobody does.
	Stderr io.Writer
}

const pageSize = 64 << 10

func (o Options) withDefaults() Options {
	if o.Instances <= 0 {
		o.Instances = 1
	}
	if o.Watermark == 0 {
		o.Watermark = 64 << 20
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = 1 << 30
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	return o
}

// Host is a compiled module with its instances. It is safe for concurrent use; a call is
// not interrupted when its context ends.
type Host struct {
	opts    Options
	runtime wazero.Runtime
	cache   wazero.CompilationCache
	code    wazero.CompiledModule

	accounts accounts

	mu      sync.Mutex
	live    []*instance // those with a module, retired ones included
	raw     []*instance // those of Raw
	catalog []byte      // as configured last
	recent  samples
	made    uint64 // instances so far
	closed  bool
}

// New compiles the module and makes a first instance.
func New(ctx context.Context, wasm []byte, opts Options) (h *Host, err error) {
	h = &Host{opts: opts.withDefaults()}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("wazerohost: %w", err), h.release(ctx))
			h = nil
		}
	}()
	cfg := wazero.NewRuntimeConfig().WithMemoryLimitPages(h.opts.MemoryLimit / pageSize)
	if h.opts.CacheDir != "" {
		if h.cache, err = wazero.NewCompilationCacheWithDir(h.opts.CacheDir); err != nil {
			return h, err
		}
		cfg = cfg.WithCompilationCache(h.cache)
	}
	h.runtime = wazero.NewRuntimeWithConfig(ctx, cfg)
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, h.runtime); err != nil {
		return h, err
	}
	if h.code, err = h.runtime.CompileModule(ctx, wasm); err != nil {
		return h, err
	}
	if err = h.withoutProxy(ctx); err != nil {
		return h, err
	}
	first, err := h.instantiate(ctx)
	if err != nil {
		return h, err
	}
	h.live = append(h.live, first)
	return h, nil
}

// moduleConfig is what an instance gets of the world: clocks, random bytes and a place
// for its last words.
func (h *Host) moduleConfig() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").
		WithSysWalltime().WithSysNanotime().WithSysNanosleep().
		WithRandSource(rand.Reader).WithStderr(h.opts.Stderr)
}

// Close drops everything. Calls that are under way end first.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	for _, i := range slices.Concat(h.live, h.raw) {
		i.end(ctx, ErrClosed)
	}
	h.live, h.raw = nil, nil
	return h.release(ctx)
}

func (h *Host) release(ctx context.Context) (err error) {
	if h.runtime != nil {
		err = h.runtime.Close(ctx)
	}
	if h.cache != nil {
		err = errors.Join(err, h.cache.Close(ctx))
	}
	return err
}

// Configure gives every instance a catalog in its canonical form, and tells its
// revision. What was measured is kept, and so are the accounts and open exchanges.
func (h *Host) Configure(ctx context.Context, catalog []byte) (rev string, err error) {
	return h.configure(ctx, catalog, false)
}

// ConfigureAfresh is Configure, but what was measured is forgotten, and what was spent.
func (h *Host) ConfigureAfresh(ctx context.Context, catalog []byte) (rev string, err error) {
	return h.configure(ctx, catalog, true)
}

func (h *Host) configure(ctx context.Context, catalog []byte, reset bool) (rev string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return "", ErrClosed
	}
	if h.serving() == 0 { // so that someone says whether it is valid
		if err := h.add(ctx); err != nil {
			return "", err
		}
	}
	err = h.accounts.change(catalog, reset, func() (err error) {
		rev, err = h.configureAll(ctx, catalog, reset)
		return err
	})
	if err != nil {
		return "", err
	}
	h.catalog = bytes.Clone(catalog)
	if reset {
		h.recent = samples{}
	}
	if rev == "" {
		return "", fmt.Errorf("%w while it was configured", ErrLost)
	}
	return rev, nil
}

// configureAll gives a catalog to the instances there are; rev is empty if all were lost.
func (h *Host) configureAll(ctx context.Context, catalog []byte, reset bool) (rev string, err error) {
	for _, i := range slices.Clone(h.live) {
		got, err := i.configure(ctx, catalog, reset)
		switch {
		case err == nil:
			rev = got
		case errors.Is(err, ErrLost):
			h.drop(ctx, i)
		default: // it says so of all: the catalog is not valid
			return "", err
		}
		if reset {
			i.seen = 0
		}
	}
	return rev, nil
}

// Fold takes a sample that was measured elsewhere or earlier. Instances are told before
// their next decision. A sample of an unknown endpoint has no effect.
func (h *Host) Fold(s stats.Sample) error {
	doc := abi.AppendSample(nil, s)
	if _, err := abi.ReadSample(doc); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.recent.add(doc, 0)
	return nil
}

// Memory is how many bytes the memories of the instances have together.
func (h *Host) Memory() (bytes uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, i := range h.live {
		_, size := i.state()
		bytes += uint64(size)
	}
	return bytes
}

// Models is the body that answers GET /v1/models, or, if id is not empty, that of one
// model; the error is an *abi.Error of abi.CodeNotFound if there is none.
func (h *Host) Models(ctx context.Context, id string) ([]byte, error) {
	return h.models(ctx, abi.AppendModels(nil, id))
}

// ModelsAt is the body that answers GET of a path that lists models or endpoints; the error is as
// that of Models.
func (h *Host) ModelsAt(ctx context.Context, path string) ([]byte, error) {
	var w jsonout.Writer
	w.Begin('{')
	w.String("path", path)
	w.End('}')
	return h.models(ctx, w.Buf)
}

func (h *Host) models(ctx context.Context, control []byte) ([]byte, error) {
	i, err := h.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer h.leave(ctx, i)
	r, err := i.result(ctx, abi.KindModels, request{method: methodModels, control: control})
	return r.Raw, err
}

// Abort is what ends a stream in its caller's schema that its exchange cannot end, as it is lost: an
// error event that says c.Refused. Of c nothing else counts but its id and its entry.
func (h *Host) Abort(ctx context.Context, c router.Call) ([]byte, error) {
	i, err := h.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer h.leave(ctx, i)
	r, err := i.result(ctx, abi.KindAborted, request{method: methodAbort, control: abi.AppendOpen(nil, c)})
	return r.Raw, err
}
