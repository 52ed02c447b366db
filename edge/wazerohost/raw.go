package wazerohost

import (
	"context"
	"errors"
	"slices"
)

// Raw is an instance of its own that takes the calls of the boundary as they are: nothing is
// handed on between it and the host's others. It is for those who compare hosts. Close it.
type Raw struct {
	host *Host
	i    *instance
}

// Raw makes one.
func (h *Host) Raw(ctx context.Context) (*Raw, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	i, err := h.instantiate(ctx)
	if err != nil {
		return nil, err
	}
	h.raw = append(h.raw, i)
	return &Raw{h, i}, nil
}

// Call makes a call of any method but data; the result is the caller's. An error is ErrLost:
// the module has trapped, and takes no more.
func (r *Raw) Call(ctx context.Context, name string, handle uint32, control, raw []byte) ([]byte, error) {
	n := slices.Index(methods[:], name)
	if n < 0 {
		return nil, errors.New("the boundary has no method " + name)
	}
	return r.i.call(ctx, request{method: method(n), handle: handle, control: control, raw: raw})
}

// Data makes a call of data.
func (r *Raw) Data(ctx context.Context, handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return r.i.call(ctx, request{method: methodData, handle: handle, attempt: attempt, now: nowUS, raw: raw})
}

// Close ends the instance.
func (r *Raw) Close(ctx context.Context) {
	r.host.mu.Lock()
	defer r.host.mu.Unlock()
	r.host.raw = slices.DeleteFunc(r.host.raw, func(i *instance) bool { return i == r.i })
	r.i.end(ctx, ErrClosed)
}
