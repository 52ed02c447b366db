package wazerohost

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero/api"

	"strowger/edge/abi"
)

// method is an export that takes and gives what package abi says.
type method uint8

const (
	methodConfigure method = iota
	methodFold
	methodDecide
	methodOpen
	methodStep
	methodData
	methodClose
	methodModels
	methodAbort
	methodAdmit
	methodSettle
	methodAccounts
	methodRecall // which the filter of proxies does not have
	methodCount
)

var methods = [methodCount]string{"configure", "fold", "decide", "open", "step", "data", "close", "models", "abort", "admit", "settle", "accounts", "recall"}

// String is the method's name.
func (m method) String() string { return methods[m] }

// request is one call of a method.
type request struct {
	method       method
	handle       uint32 // of step, data and close
	attempt      uint32 // of data
	now          int64  // of data
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
	memory  api.Memory
	alloc   api.Function
	methods [methodCount]api.Function
	stack   [4]uint64
	place   uint32 // where input goes
	room    uint32 // how many bytes of it; 0: it is to be asked for
	lost    error  // why; nil while all is well
}

// instantiate makes an instance; the host is locked or not shared yet.
func (h *Host) instantiate(ctx context.Context) (*instance, error) {
	m, err := h.runtime.InstantiateModule(ctx, h.code, h.moduleConfig())
	if err != nil {
		return nil, err
	}
	h.made++
	i := &instance{id: h.made, module: m, memory: m.Memory(), alloc: m.ExportedFunction("strowger_alloc")}
	for n, name := range methods {
		i.methods[n] = m.ExportedFunction("strowger_" + name)
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
	for n, f := range i.methods {
		if f == nil && method(n) != methodRecall {
			return errors.New("the module lacks " + methods[n])
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
	return false, i.memory.Size()
}

func (i *instance) configure(ctx context.Context, catalog []byte, reset bool) (rev string, err error) {
	r, err := i.result(ctx, abi.KindConfigured, request{
		method: methodConfigure, control: abi.AppendConfigure(nil, reset), raw: catalog,
	})
	return r.Rev, err
}

// fold gives samples that others have measured.
func (i *instance) fold(ctx context.Context, samples [][]byte) error {
	for _, s := range samples {
		if _, err := i.call(ctx, request{method: methodFold, control: []byte("{}"), raw: s}); err != nil {
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
	if err == nil {
		return nil
	}
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
	return i.appendCall(ctx, nil, req)
}

// appendCall makes one call and appends its result to dst.
func (i *instance) appendCall(ctx context.Context, dst []byte, req request) ([]byte, error) {
	if size := len(req.control) + len(req.raw); size > abi.MaxControl+abi.MaxRaw {
		return nil, &abi.Error{Code: abi.CodeLimit, Message: fmt.Sprintf("%s: %d bytes are too many", req.method, size)}
	}
	if i.methods[req.method] == nil {
		return nil, &abi.Error{Code: abi.CodeNotFound, Message: "the module has no method " + req.method.String()}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lost != nil {
		return nil, i.lost
	}
	dst, err := i.carry(ctx, dst, &req)
	if err != nil {
		i.lose(fmt.Errorf("%w: %s: %w", ErrLost, req.method, err))
		return nil, i.lost
	}
	return dst, nil
}

// input is the place of so many bytes of input, asked for if need be. It stays good as package
// reactor says.
func (i *instance) input(ctx context.Context, size uint32) error {
	if size <= i.room {
		return nil
	}
	i.room = 0
	i.stack[0] = uint64(max(size, leastRoom))
	room := uint32(i.stack[0])
	if err := i.alloc.CallWithStack(ctx, i.stack[:]); err != nil {
		return err
	}
	if i.place = uint32(i.stack[0]); i.place == 0 {
		return errNoRoom
	}
	i.room = room
	return nil
}

// Rooms for input: leastRoom is asked for at least, more than mostRoom is gone after a call.
const (
	leastRoom = 16 << 10
	mostRoom  = 1 << 20
)

var errNoRoom = errors.New("no room for the call")

// carry moves a request into the module and its result out, behind dst. An error is a trap, or
// a module that breaks its word.
func (i *instance) carry(ctx context.Context, dst []byte, req *request) ([]byte, error) {
	control, raw := uint32(len(req.control)), uint32(len(req.raw))
	if err := i.input(ctx, control+raw); err != nil {
		return nil, err
	}
	if control > 0 && !i.memory.Write(i.place, req.control) || raw > 0 && !i.memory.Write(i.place+control, req.raw) {
		return nil, errNoRoom
	}
	switch req.method {
	case methodData:
		i.stack = [4]uint64{uint64(req.handle), uint64(req.attempt), api.EncodeF64(float64(req.now)), uint64(raw)}
	case methodStep:
		i.stack = [4]uint64{uint64(req.handle), uint64(control), uint64(raw)}
	case methodClose:
		i.stack[0] = uint64(req.handle)
	default: // models and abort do not look at the second
		i.stack[0], i.stack[1] = uint64(control), uint64(raw)
	}
	if req.method == methodOpen || i.room > mostRoom {
		i.room = 0
	}
	if err := i.methods[req.method].CallWithStack(context.Background(), i.stack[:]); err != nil {
		return nil, err
	}
	result, ok := i.memory.Read(uint32(i.stack[0]>>32), uint32(i.stack[0]))
	if !ok {
		return nil, errors.New("the result lies outside of the memory")
	}
	return append(dst, result...), nil
}
