package wazerohost

import (
	"context"
	"errors"
	"math"
	"time"

	"strowger/core/exchange"
	"strowger/core/router"
	"strowger/edge/abi"
)

// Exchange is one client request on its instance. It is used by one goroutine at a time,
// as an exchange.Exchange is.
type Exchange struct {
	host   *Host
	on     *instance
	handle uint32
	closed bool
	money
}

// Open makes the exchange of a call; the body is copied. Close it when it has finished,
// or is given up.
func (h *Host) Open(ctx context.Context, c router.Call) (*Exchange, error) {
	i, err := h.acquire(ctx)
	if err != nil {
		return nil, err
	}
	r, err := i.result(ctx, abi.KindOpened, request{method: methodOpen, control: abi.AppendOpen(nil, c), raw: c.Body})
	if err != nil {
		h.leave(ctx, i)
		return nil, err
	}
	return &Exchange{host: h, on: i, handle: r.Handle}, nil
}

// Step tells the exchange what happened and gives what is to be done. The commands are
// the caller's to keep. Of Started nothing is looked at: the module has its own statistics
// and accounts. A Lookup waits for Cached: a caller without a cache says at once that there
// is no hit. An error that is ErrLost is the end of the exchange.
func (x *Exchange) Step(ctx context.Context, now time.Time, ev exchange.Event) ([]abi.Command, error) {
	if x.closed {
		return nil, ErrClosed
	}
	if now.After(x.now) {
		x.now = now
	}
	var cmds []abi.Command
	var err error
	if _, first := ev.(exchange.Started); first {
		err = x.host.accounts.decide(ctx, x.on, x.now, func() (err error) {
			cmds, err = x.tell(ctx, now, ev)
			return err
		}, func() { x.admit(cmds) })
	} else {
		cmds, err = x.tell(ctx, now, ev)
	}
	if err != nil {
		if errors.Is(err, ErrLost) || errors.Is(err, ErrClosed) {
			x.lose()
		}
		return nil, x.host.dropLost(ctx, x.on, err)
	}
	x.note(cmds)
	x.host.measured(cmds, x.on)
	return cmds, nil
}

// tell makes the call that a step is.
func (x *Exchange) tell(ctx context.Context, now time.Time, ev exchange.Event) ([]abi.Command, error) {
	b, err := x.on.call(ctx, stepOf(x.handle, now, ev))
	if err != nil {
		return nil, err
	}
	cmds, err := abi.DecodeCommands(b)
	return cmds, x.on.check(err)
}

// stepOf is the request that tells of an event.
func stepOf(handle uint32, now time.Time, ev exchange.Event) request {
	if ev, ok := ev.(exchange.Data); ok && ev.Attempt > 0 && ev.Attempt <= math.MaxUint32 {
		return request{method: methodData, handle: handle, attempt: uint32(ev.Attempt), now: now.UnixMicro(), raw: ev.Bytes}
	}
	control, raw := abi.AppendEvent(nil, now, ev)
	return request{method: methodStep, handle: handle, control: control, raw: raw}
}

// Close gives up what the exchange holds. If it has not finished, step Left first.
func (x *Exchange) Close(ctx context.Context) error {
	if x.closed {
		return nil
	}
	x.closed = true
	_, err := x.on.result(ctx, abi.KindClosed, request{method: methodClose, handle: x.handle})
	x.host.leave(ctx, x.on)
	if err == nil {
		x.settle(x.spent)
	}
	x.lose()
	if errors.Is(err, ErrLost) || errors.Is(err, ErrClosed) {
		return nil // gone with its instance
	}
	return err
}
