package proxytest

import (
	"context"

	"github.com/tetratelabs/wazero/api"
)

// Machine is a module of its own that has been initialised and takes no streams: for tests of
// what it exports beside the callbacks. Its host calls are answered, and judged, as those of a
// callback.
type Machine struct{ v *vm }

// Machine makes one. It goes with the host, or earlier when it is closed.
func (h *Host) Machine(ctx context.Context) (*Machine, error) {
	v := newVM(h, -1)
	if err := v.initialise(ctx); err != nil {
		return nil, err
	}
	return &Machine{v}, nil
}

// Call calls an export.
func (m *Machine) Call(ctx context.Context, name string, args ...uint64) ([]uint64, error) {
	m.v.callback = name
	return m.v.module.ExportedFunction(name).Call(context.WithValue(ctx, vmKey{}, m.v), args...)
}

// Memory is the module's.
func (m *Machine) Memory() api.Memory { return m.v.module.Memory() }

// Close ends the module.
func (m *Machine) Close(ctx context.Context) error { return m.v.module.Close(ctx) }
