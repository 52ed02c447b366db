package proxytest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const rootContext = 1

// whileRestricted are the functions that answer while a module initialises or allocates, as in
// Envoy's host. The last line is of those that only GoWASI offers.
var whileRestricted = []string{
	"proxy_log", "fd_write", "clock_time_get", "random_get", "args_get", "args_sizes_get", "environ_get", "environ_sizes_get",
	"fd_prestat_get", "fd_prestat_dir_name", "poll_oneoff", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_close", "sched_yield",
}

type vmKey struct{}

// vm is one running module. Its lock is held for the time of a callback, so that one thread is
// inside at a time, as in a real worker.
type vm struct {
	host   *Host
	worker int
	module api.Module

	mu         sync.Mutex
	dead       error
	restricted string // why most host calls are refused; empty if they are not
	callback   string // the export that runs
	current    uint32 // the context it runs for
	effective  uint32 // the context that host calls act on
	flow       *flow  // of the callback
	after      []func()
	contexts   uint32 // the last id given
	streams    map[uint32]*stream
	calls      map[uint32]bool // dispatched, not answered
	lastCall   uint32
	answer     *answer // while proxy_on_http_call_response runs
	ticker     *time.Timer
	period     time.Duration
}

func newVM(h *Host, worker int) *vm {
	return &vm{host: h, worker: worker, streams: map[uint32]*stream{}, calls: map[uint32]bool{}, contexts: rootContext}
}

// trapped reports whether the VM has ended.
func (v *vm) trapped() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dead != nil
}

// initialise makes the module and runs its start function.
func (v *vm) initialise(ctx context.Context) (err error) {
	name := v.host.opts.Profile.start()
	v.restricted = "while the module initialises"
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	if v.module, err = v.host.runtime.InstantiateModule(ctx, v.host.code, config); err != nil {
		return fmt.Errorf("instantiating: %w", err)
	}
	v.call(name, 0)
	if name == "_initialize" {
		v.call("main", 0, 0, 0) // it is there for modules that configure themselves so
	}
	if v.dead != nil {
		return v.dead
	}
	v.restricted = ""
	return nil
}

// start brings a module up to where it takes streams.
func (v *vm) start(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.initialise(ctx); err != nil {
		return err
	}
	v.call("proxy_on_context_create", rootContext, rootContext, 0)
	if ok, _ := v.call("proxy_on_vm_start", rootContext, rootContext, uint64(len(v.host.opts.VMConfig))); ok == 0 && v.dead == nil {
		return fmt.Errorf("proxy_on_vm_start answers false")
	}
	if !v.host.opts.Profile.ConfigAtVMStart && v.dead == nil {
		if ok, _ := v.call("proxy_on_configure", rootContext, rootContext, uint64(len(v.host.opts.PluginConfig))); ok == 0 && v.dead == nil {
			return fmt.Errorf("proxy_on_configure answers false")
		}
	}
	return v.dead
}

// call runs a callback for a context; the VM is locked. An export that is missing answers 1 for
// those that say whether all is well, and continue for the others.
func (v *vm) call(name string, id uint32, args ...uint64) (result uint32, called bool) {
	if v.dead != nil {
		return 0, false
	}
	f := v.module.ExportedFunction(name)
	if f == nil {
		if name == "proxy_on_vm_start" || name == "proxy_on_configure" || name == "proxy_on_done" {
			return 1, false
		}
		return actionContinue, false
	}
	v.callback, v.current, v.effective = name, id, id
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), vmKey{}, v), v.host.opts.CallbackTimeout)
	results, err := f.Call(ctx, args...)
	cancel()
	v.callback, v.current, v.effective = "", 0, 0
	after := v.after
	v.after = nil
	if err != nil {
		v.fail(name, err)
		return 0, true
	}
	for _, f := range after {
		f()
	}
	if len(results) > 0 {
		return uint32(results[0]), true
	}
	return 0, true
}

// fail ends the VM after a trap: every stream on it is told.
func (v *vm) fail(name string, err error) {
	first, _, _ := strings.Cut(err.Error(), "\n")
	v.dead = fmt.Errorf("%s trapped: %s", name, first)
	v.host.violate("worker %d: %v", v.worker, v.dead)
	for _, s := range v.streams {
		s.poke()
	}
}

// stop takes the root context down and ends the VM.
func (v *vm) stop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ticker != nil {
		v.ticker.Stop()
	}
	if v.module == nil || v.restricted != "" {
		return
	}
	if done, _ := v.call("proxy_on_done", rootContext, rootContext); done != 0 {
		v.call("proxy_on_log", rootContext, rootContext)
		v.call("proxy_on_delete", rootContext, rootContext)
	}
	if v.dead == nil {
		v.dead = fmt.Errorf("the host is closed")
	}
	for id, s := range v.streams {
		if s.finishing {
			v.host.violate("worker %d: context %d answered false to proxy_on_done and never called proxy_done", v.worker, id)
		}
		s.poke()
	}
}

// setTick calls proxy_on_tick from now on, until another period is set.
func (v *vm) setTick(period time.Duration) {
	if v.ticker != nil {
		v.ticker.Stop()
	}
	if v.period = period; period == 0 {
		return
	}
	v.ticker = time.AfterFunc(period, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.period != period || v.dead != nil {
			return
		}
		v.call("proxy_on_tick", rootContext, rootContext)
		if v.period == period && v.dead == nil {
			v.ticker.Reset(period)
		}
	})
}

// allocate asks the module for memory.
func (v *vm) allocate(ctx context.Context, size int) (uint32, bool) {
	name, other := "proxy_on_memory_allocate", "malloc"
	if v.host.opts.Profile.Malloc {
		name, other = other, name
	}
	f := v.module.ExportedFunction(name)
	if f == nil {
		name = other
		f = v.module.ExportedFunction(name)
	}
	v.restricted = "inside of the allocator"
	results, err := f.Call(ctx, uint64(size))
	if err != nil {
		panic(err) // the module has trapped; so has the callback
	}
	v.restricted = ""
	at := uint32(results[0])
	if at == 0 || uint64(at)+uint64(size) > uint64(v.module.Memory().Size()) {
		v.host.violate("%s in %s: it answered %d for %d bytes, which is outside of the memory", name, v.callback, at, size)
		return 0, false
	}
	return at, true
}
