//go:build !race

// The race detector compiles the module for minutes and sees nothing in it: one instance runs one call at a time.

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

// TestScenarios runs every scenario of the core through a host, whose commands in Go they have
// to be. That the module itself answers as the core does is for edge/verify to prove.
func TestScenarios(t *testing.T) {
	h := newHost(t, Options{})
	exchangetest.Run(t, "../../core/exchange/testdata", func(t *testing.T) exchangetest.Driver {
		return &driver{t: t, h: h}
	})
}
