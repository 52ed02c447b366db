package wazerohost

import (
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi/abitest"
)

// caller carries calls to one instance, as they are.
type caller struct {
	t *testing.T
	i *instance
}

// Call implements abitest.Caller.
func (c caller) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	return c.i.call(c.t.Context(), request{method, handle, control, raw})
}

// TestVectors runs the golden vectors of the boundary, each on a new instance.
func TestVectors(t *testing.T) {
	h := newHost(t, Options{})
	abitest.Run(t, "../abi/testdata", func(t *testing.T) abitest.Caller {
		i, err := h.instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { i.end(t.Context(), ErrClosed) })
		return caller{t, i}
	})
}

// driver runs scenarios through a host.
type driver struct {
	t *testing.T
	h *Host
	x *Exchange
}

func (d *driver) Configure(config []byte) error {
	_, err := d.h.ConfigureAfresh(d.t.Context(), config)
	return err
}

func (d *driver) Fold(s stats.Sample) error { return d.h.Fold(s) }

func (d *driver) Open(c router.Call) (err error) {
	d.x, err = d.h.Open(d.t.Context(), c)
	return err
}

func (d *driver) Step(now time.Time, ev exchange.Event) ([]string, error) {
	cmds, err := d.x.Step(d.t.Context(), now, ev)
	return abitest.Describe(cmds), err
}

// TestScenariosAreEqual runs every scenario of the core through the module.
func TestScenariosAreEqual(t *testing.T) {
	h := newHost(t, Options{})
	exchangetest.Run(t, "../../core/exchange/testdata", func(t *testing.T) exchangetest.Driver {
		return &driver{t: t, h: h}
	})
}
