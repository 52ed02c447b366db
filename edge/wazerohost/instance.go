package wazerohost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero/api"

	"strowger/edge/abi"
)

// methods are the exports that take and give what package abi says.
var methods = [...]string{"configure", "fold", "decide", "open", "step", "close", "models", "abort", "admit", "settle", "accounts"}

// request is one call of a method.
type request struct {
	method       string
	handle       uint32 // of step and close
	control, raw []byte
}

// instance is one running module.
type instance struct {
	id uint64 // from 1

	// Guarded by the host.
	users   int // calls and exchanges on it
	retired bool
	seen    uint64 // how many of the host's samples it was given

	mu      sync.Mutex // held for the time of a call
	module  api.Module
	alloc   api.Function
	methods map[string]api.Function
	stack   [3]uint64
	lost    error // why; nil while all is well
}

// instantiate makes an instance; the host is locked or not shared yet.
func (h *Host) instantiate(ctx context.Context) (*instance, error) {
	m, err := h.runtime.InstantiateModule(ctx, h.code, h.moduleConfig())
	if err != nil {
		return nil, err
	}
	h.made++
	i := &instance{id: h.made, module: m, alloc: m.ExportedFunction("strowger_alloc"), methods: map[string]api.Function{}}
	for _, name := range methods {
		i.methods[name] = m.ExportedFunction("strowger_" + name)
	}
	if err := i.speaks(ctx); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return i, nil
}

// speaks checks that the module is one of strowger and of this version.
func (i *instance) speaks(ctx context.Context) error {
	version := i.module.ExportedFunction("strowger_abi_version")
	if version == nil || i.alloc == nil {
		return errors.New("not a module of strowger")
	}
	got, err := version.Call(ctx)
	if err != nil {
		return err
	}
	if got[0] != abi.Version {
		return fmt.Errorf("the module speaks version %d, this host %d", got[0], abi.Version)
	}
	for name, f := range i.methods {
		if f == nil {
			return errors.New("the module lacks " + name)
		}
	}
	return nil
}

// end closes the module; later calls answer with why.
func (i *instance) end(ctx context.Context, why error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.lose(why)
	_ = i.module.Close(ctx) // nothing is left to be done about it
}

func (i *instance) lose(why error) {
	if i.lost == nil {
		i.lost = why
	}
}

// state tells whether the instance is lost, and the size of its memory in bytes.
func (i *instance) state() (lost bool, size uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lost != nil {
		return true, 0
	}
	return false, i.module.Memory().Size()
}

func (i *instance) configure(ctx context.Context, catalog []byte, reset bool) (rev string, err error) {
	r, err := i.result(ctx, abi.KindConfigured, request{
		method: "configure", control: abi.AppendConfigure(nil, reset), raw: catalog,
	})
	return r.Rev, err
}

// fold gives samples that others have measured.
func (i *instance) fold(ctx context.Context, samples [][]byte) error {
	for _, s := range samples {
		if _, err := i.call(ctx, request{method: "fold", control: []byte("{}"), raw: s}); err != nil {
			return err
		}
	}
	return nil
}

// result makes a call that returns one record of that kind.
func (i *instance) result(ctx context.Context, kind string, req request) (abi.Result, error) {
	b, err := i.call(ctx, req)
	if err != nil {
		return abi.Result{}, err
	}
	r, err := abi.DecodeResult(b, kind)
	return r, i.check(err)
}

// check notes when the module's own error means that it is of no more use.
func (i *instance) check(err error) error {
	var e *abi.Error
	if !errors.As(err, &e) || e.Code != abi.CodeDead && e.Code != abi.CodeRecord {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.lose(fmt.Errorf("%w: %w", ErrLost, e))
	return i.lost
}

// call makes one call. The result is the caller's.
func (i *instance) call(ctx context.Context, req request) ([]byte, error) {
	if size := len(req.control) + len(req.raw); size > abi.MaxControl+abi.MaxRaw {
		return nil, &abi.Error{Code: abi.CodeLimit, Message: fmt.Sprintf("%s: %d bytes are too many", req.method, size)}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lost != nil {
		return nil, i.lost
	}
	b, err := i.carry(ctx, req)
	if err != nil {
		i.lose(fmt.Errorf("%w: %s: %w", ErrLost, req.method, err))
		return nil, i.lost
	}
	return b, nil
}

// carry moves a request into the module and its result out. An error is a trap, or a
// module that breaks its word.
func (i *instance) carry(ctx context.Context, req request) ([]byte, error) {
	control, raw := uint64(len(req.control)), uint64(len(req.raw))
	i.stack[0] = control + raw
	if err := i.alloc.CallWithStack(ctx, i.stack[:]); err != nil {
		return nil, err
	}
	at := uint32(i.stack[0])
	memory := i.module.Memory()
	if at == 0 || !memory.Write(at, req.control) || !memory.Write(at+uint32(control), req.raw) {
		return nil, errors.New("no room for the call")
	}
	switch req.method {
	case "step":
		i.stack = [3]uint64{uint64(req.handle), control, raw}
	case "close":
		i.stack[0] = uint64(req.handle)
	default: // models and abort do not look at the second
		i.stack[0], i.stack[1] = control, raw
	}
	if err := i.methods[req.method].CallWithStack(ctx, i.stack[:]); err != nil {
		return nil, err
	}
	result, ok := memory.Read(uint32(i.stack[0]>>32), uint32(i.stack[0]))
	if !ok {
		return nil, errors.New("the result lies outside of the memory")
	}
	return bytes.Clone(result), nil
}
