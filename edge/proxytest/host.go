// Package proxytest is a small, strict host for proxy-wasm modules, for tests: the published
// ABI 0.2.1 on wazero, with a real HTTP side. Profiles say what real hosts do differently.
//
//	h, err := proxytest.New(ctx, wasm, proxytest.Options{
//		Profile: proxytest.Envoy(), PluginConfig: config,
//		Clusters: map[string]string{"openai": upstream.URL}, RouteHeader: "x-cluster",
//	})
//	front := httptest.NewServer(h)
//	…
//	h.Close()
//	if v := h.Violations(); len(v) > 0 { t.Error(v) }
//
// It is strict where real hosts crash, misbehave or merely shrug: a host call that cannot work
// in its phase is answered as a real host would and noted as a violation, which names the
// function, the callback it came from and what was wrong. A test asks for them at its end.
//
// A request's body is carried on once all of it has been released, a response is streamed.
// Queues, gRPC and foreign functions link and answer Unimplemented.
package proxytest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const (
	wasiModule    = "wasi_snapshot_preview1"
	maxViolations = 100
	maxCalls      = 64 // dispatched by a VM and not answered
	maxShared     = 16 << 20
	maxHeaders    = 60 << 10 // as Envoy's max_request_headers_kb
	pageSize      = 64 << 10
)

// Options say how a module is run; all but the clusters have defaults.
type Options struct {
	Profile  Profile
	Clusters map[string]string // name to the base URL of an upstream
	// RouteHeader is the request header that names the cluster; without one, or where it is
	// missing, the host looks at :authority, and then takes DefaultCluster.
	RouteHeader    string
	DefaultCluster string
	PluginConfig   []byte
	VMConfig       []byte
	Properties     map[string][]byte // by path, its parts joined by NUL
	// Workers is the number of VMs, by default 1. Streams go round them. Negative: none, for
	// those who only want machines.
	Workers int
	// Log takes what the module logs, at any time and from any goroutine.
	Log func(level uint32, message string)
	// MaxBody bounds what a stream holds back, by default 1 MiB as in Envoy.
	MaxBody int
	// MaxMemory bounds a VM's memory, by default 256 MiB.
	MaxMemory uint32
	// CallbackTimeout bounds a callback, by default 10 s; StreamTimeout a stream, by default 30 s.
	CallbackTimeout, StreamTimeout time.Duration
	// Interpreter runs the module without compiling it: slower, but there sooner.
	Interpreter bool
	// Cache is for compiled code, if it is to be shared.
	Cache wazero.CompilationCache
}

// Host runs one module in several VMs. It is an http.Handler, safe for concurrent use.
type Host struct {
	opts    Options
	runtime wazero.Runtime
	code    wazero.CompiledModule
	client  *http.Transport
	quit    chan struct{}
	running sync.WaitGroup // calls of modules
	serving sync.WaitGroup // requests

	turn sync.Mutex // comes before a VM's lock, and that before mu
	vms  []*vm
	next int

	mu         sync.Mutex
	closed     bool // no request is taken any more
	violations []string
	shared     map[string]sharedValue
	sharedSize int
	cas        uint32
	metrics    []metric
}

type sharedValue struct {
	data []byte
	cas  uint32
}

type metric struct {
	kind  uint32
	name  string
	value uint64
}

// New loads a module, starts its VMs and configures them. The module is refused if a host of
// the profile would not link it.
func New(ctx context.Context, wasm []byte, opts Options) (*Host, error) {
	opts = opts.withDefaults()
	cfg := wazero.NewRuntimeConfig()
	if opts.Interpreter {
		cfg = wazero.NewRuntimeConfigInterpreter()
	}
	cfg = cfg.WithMemoryLimitPages(opts.MaxMemory / pageSize).WithCloseOnContextDone(true)
	if opts.Cache != nil {
		cfg = cfg.WithCompilationCache(opts.Cache)
	}
	h := &Host{
		opts: opts, runtime: wazero.NewRuntimeWithConfig(ctx, cfg), quit: make(chan struct{}),
		client: &http.Transport{DisableCompression: true, MaxConnsPerHost: 256}, shared: map[string]sharedValue{},
	}
	if err := h.load(ctx, wasm); err != nil {
		return nil, errors.Join(fmt.Errorf("proxytest: %w", err), h.Close())
	}
	return h, nil
}

func (o Options) withDefaults() Options {
	if o.Workers == 0 {
		o.Workers = 1
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	if o.MaxMemory == 0 {
		o.MaxMemory = 256 << 20
	}
	if o.CallbackTimeout == 0 {
		o.CallbackTimeout = 10 * time.Second
	}
	if o.StreamTimeout == 0 {
		o.StreamTimeout = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = func(uint32, string) {}
	}
	if o.Profile.Now == nil {
		o.Profile.Now = time.Now
	}
	if o.Profile.Rand == nil {
		o.Profile.Rand = rand.Reader
	}
	if o.Profile.FailStatus == 0 {
		o.Profile.FailStatus = http.StatusServiceUnavailable
	}
	if o.Profile.ConfigAtVMStart {
		o.VMConfig = Pairs{{"config", string(o.PluginConfig)}}.encodeWith('0')
	}
	return o
}

func (h *Host) load(ctx context.Context, wasm []byte) (err error) {
	if h.code, err = h.runtime.CompileModule(ctx, wasm); err != nil {
		return err
	}
	if err := checkModule(h.code, h.opts.Profile); err != nil {
		return err
	}
	if err := h.link(ctx); err != nil {
		return err
	}
	for i := range h.opts.Workers {
		v := newVM(h, i)
		h.vms = append(h.vms, v)
		if err := v.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// worker is the VM whose turn it is. Where the profile says so, another takes the place of one that
// has trapped.
func (h *Host) worker(ctx context.Context) *vm {
	h.turn.Lock()
	defer h.turn.Unlock()
	i := h.next % len(h.vms)
	h.next++
	if h.opts.Profile.Reload && h.vms[i].trapped() {
		v := newVM(h, i)
		if err := v.start(ctx); err != nil {
			h.violate("worker %d cannot be started again: %v", i, err)
			return h.vms[i]
		}
		h.vms[i] = v
	}
	return h.vms[i]
}

// link offers the functions of the profile under the names that modules import.
func (h *Host) link(ctx context.Context) error {
	imported := map[string]wazero.HostModuleBuilder{}
	for _, f := range h.code.ImportedFunctions() {
		from, name, _ := f.Import()
		builder := imported[from]
		if builder == nil {
			builder = h.runtime.NewHostModuleBuilder(from)
			imported[from] = builder
		}
		sig, _ := h.opts.Profile.function(from, name)
		builder.NewFunctionBuilder().WithGoModuleFunction(h.enter(from, name), valueTypes(sig[0]), valueTypes(sig[1])).Export(name)
	}
	for _, builder := range imported {
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// enter is a host function: whether it may be called now is asked before what it does.
func (h *Host) enter(from, name string) api.GoModuleFunction {
	call, wasi := hostcalls()[name], wasiCalls()[name]
	unimplemented := call.run == nil || slices.Contains(h.opts.Profile.Unimplemented, name)
	return api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
		v := ctx.Value(vmKey{}).(*vm)
		c := &crossing{vm: v, name: name, args: stack, memory: m.Memory(), ctx: func() context.Context { return ctx }}
		if v.restricted != "" && !slices.Contains(whileRestricted, name) {
			c.violate("may not be called %s", v.restricted)
			panic(name + " was called " + v.restricted) // a trap, as in Envoy
		}
		switch {
		case from == wasiModule:
			if r := wasi.run(c); name != "proc_exit" {
				stack[0] = uint64(r)
			}
		case unimplemented:
			stack[0] = uint64(Unimplemented)
		default:
			stack[0] = uint64(call.run(c))
		}
	})
}

// violate notes what a module did wrong.
func (h *Host) violate(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.violations) < maxViolations {
		h.violations = append(h.violations, fmt.Sprintf(format, args...))
	}
}

// Violations are what the module did wrong so far, oldest first. A request may be answered
// before its context is through: all is known after Close.
func (h *Host) Violations() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.violations)
}

// Shared is the value that the VMs share under a key.
func (h *Host) Shared(key string) (value []byte, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.shared[key]
	return v.data, ok
}

// Metric is the value of a metric, added up where several VMs defined it.
func (h *Host) Metric(name string) (value uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.metrics {
		if m.name == name {
			value, ok = value+m.value, true
		}
	}
	return value, ok
}

// take notes a request that is about to be served, unless the host is closed.
func (h *Host) take() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.serving.Add(1)
	}
	return !h.closed
}

// Close waits for the requests under way and ends the VMs. A context that the module has not
// given back by then is a violation.
func (h *Host) Close() error {
	h.mu.Lock()
	again := h.closed
	h.closed = true
	h.mu.Unlock()
	if again {
		return nil
	}
	h.serving.Wait()
	close(h.quit)
	for _, v := range h.vms {
		v.stop()
	}
	h.running.Wait()
	h.client.CloseIdleConnections()
	return h.runtime.Close(context.Background())
}
