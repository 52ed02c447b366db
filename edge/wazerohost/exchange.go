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

	// Of the last chunk that gave a Write alone: what the module said, and as commands. The next
	// chunk is said in the same place.
	said []byte
	cmds []abi.Command
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

// Step tells the exchange what happened and gives what is to be done. The commands are valid
// until the next Step of this exchange, and so are the bytes of a Write: whoever keeps them
// copies them. A Send is good until the exchange is closed. It is as with an
// exchange.Exchange. Of Started nothing is looked at: the module has its own statistics and
// accounts. A Lookup waits for Cached: a caller without a cache says at once that there is
// no hit. An error that is ErrLost is the end of the exchange.
func (x *Exchange) Step(ctx context.Context, now time.Time, ev exchange.Event) ([]abi.Command, error) {
	if d, ok := ev.(exchange.Data); ok && isAttempt(d.Attempt) {
		written, cmds, err := x.Data(ctx, now, d.Attempt, d.Bytes)
		if len(written) > 0 {
			x.cmds = append(x.cmds[:0], abi.Command{Command: exchange.Write{Bytes: written}})
			cmds = x.cmds
		}
		return cmds, err
	}
	if x.closed {
		return nil, ErrClosed
	}
	x.moment(now)
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
	return x.told(ctx, cmds, err)
}

// Data is Step with exchange.Data. Where all there is to say is one Write, as with nearly every chunk of
// a stream, the bytes are given as they are, and no commands; they are good until the next step.
func (x *Exchange) Data(ctx context.Context, now time.Time, attempt int, p []byte) (written []byte, cmds []abi.Command, err error) {
	if !isAttempt(attempt) {
		cmds, err = x.Step(ctx, now, exchange.Data{Attempt: attempt, Bytes: p})
		return nil, cmds, err
	}
	if x.closed {
		return nil, nil, ErrClosed
	}
	x.moment(now)
	said := x.said[:0]
	x.said = nil // what a Send points into is not written again
	said, err = x.on.appendCall(ctx, said, request{
		method: methodData, handle: x.handle, attempt: uint32(attempt), now: now.UnixMicro(), raw: p,
	})
	if err == nil {
		var alone bool
		if written, alone = abi.Written(said); alone || len(said) == 0 {
			x.said = said
			return written, nil, nil
		}
		cmds, err = abi.DecodeCommands(said)
		err = x.on.check(err)
	}
	cmds, err = x.told(ctx, cmds, err)
	return nil, cmds, err
}

// isAttempt reports whether an attempt can have that number.
func isAttempt(n int) bool { return n > 0 && n <= math.MaxUint32 }

func (x *Exchange) moment(now time.Time) {
	if now.After(x.now) {
		x.now = now
	}
}

// tell makes the call that a step is.
func (x *Exchange) tell(ctx context.Context, now time.Time, ev exchange.Event) ([]abi.Command, error) {
	control, raw := abi.AppendEvent(nil, now, ev)
	b, err := x.on.call(ctx, request{method: methodStep, handle: x.handle, control: control, raw: raw})
	if err != nil {
		return nil, err
	}
	cmds, err := abi.DecodeCommands(b)
	return cmds, x.on.check(err)
}

// told takes what a call of the exchange gave.
func (x *Exchange) told(ctx context.Context, cmds []abi.Command, err error) ([]abi.Command, error) {
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
