package abitest

import (
	"time"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// Driver runs scenarios of package exchangetest over the boundary.
type Driver struct {
	Caller Caller
	// Steps: chunks go the way of all events, not that of their own.
	Steps  bool
	handle uint32
}

var _ exchangetest.Driver = (*Driver)(nil)

// Configure implements exchangetest.Driver; it forgets what was measured before.
func (d *Driver) Configure(config []byte) error {
	_, err := d.result(abi.KindConfigured, "configure", abi.AppendConfigure(nil, true), config)
	return err
}

// Fold implements exchangetest.Driver.
func (d *Driver) Fold(s stats.Sample) error {
	_, err := d.result(abi.KindFolded, "fold", []byte("{}"), abi.AppendSample(nil, s))
	return err
}

// Open implements exchangetest.Driver.
func (d *Driver) Open(c router.Call) error {
	r, err := d.result(abi.KindOpened, "open", abi.AppendOpen(nil, c), c.Body)
	d.handle = r.Handle
	return err
}

// Step implements exchangetest.Driver.
func (d *Driver) Step(now time.Time, ev exchange.Event) ([]string, error) {
	result, err := d.step(now, ev)
	if err != nil {
		return nil, err
	}
	cmds, err := abi.DecodeCommands(result)
	return Describe(cmds), err
}

func (d *Driver) step(now time.Time, ev exchange.Event) ([]byte, error) {
	if ev, ok := ev.(exchange.Data); ok && !d.Steps {
		return d.Caller.Data(d.handle, uint32(ev.Attempt), now.UnixMicro(), ev.Bytes)
	}
	control, raw := abi.AppendEvent(nil, now, ev)
	return d.Caller.Call("step", d.handle, control, raw)
}

// Describe writes commands as a scenario shows them.
func Describe(cmds []abi.Command) []string {
	lines := make([]string, len(cmds))
	for i, cmd := range cmds {
		if f, ok := cmd.Command.(exchange.Finish); ok {
			lines[i] = exchangetest.DescribeFinish(cmd.Outcome, f.Cut, cmd.Report)
		} else {
			lines[i] = exchangetest.Describe(cmd.Command)
		}
	}
	return lines
}

func (d *Driver) result(kind, method string, control, raw []byte) (abi.Result, error) {
	result, err := d.Caller.Call(method, 0, control, raw)
	if err != nil {
		return abi.Result{}, err
	}
	return abi.DecodeResult(result, kind)
}
