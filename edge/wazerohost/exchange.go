package wazerohost

import (
	"context"
	"errors"
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
}

// Open makes the exchange of a call; the body is copied. Close it when it has finished,
// or is given up.
func (h *Host) Open(ctx context.Context, c router.Call) (*Exchange, error) {
	i, err := h.acquire(ctx)
	if err != nil {
		return nil, err
	}
	r, err := i.result(ctx, abi.KindOpened, request{method: "open", control: abi.AppendOpen(nil, c), raw: c.Body})
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
	control, raw := abi.AppendEvent(nil, now, ev)
	b, err := x.on.call(ctx, request{method: "step", handle: x.handle, control: control, raw: raw})
	if err != nil {
		return nil, x.host.dropLost(ctx, x.on, err)
	}
	cmds, err := abi.DecodeCommands(b)
	if err != nil {
		return nil, x.host.dropLost(ctx, x.on, x.on.check(err))
	}
	x.host.measured(cmds, x.on)
	return cmds, nil
}

// Close gives up what the exchange holds. If it has not finished, step Left first.
func (x *Exchange) Close(ctx context.Context) error {
	if x.closed {
		return nil
	}
	x.closed = true
	_, err := x.on.result(ctx, abi.KindClosed, request{method: "close", handle: x.handle})
	x.host.leave(ctx, x.on)
	if errors.Is(err, ErrLost) || errors.Is(err, ErrClosed) {
		return nil // gone with its instance
	}
	return err
}
