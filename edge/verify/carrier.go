package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"strowger/edge/abi"
	"strowger/edge/wazerohost"
)

// Carrier carries calls over the boundary to one machine. A result is good until the next
// call; an error is one of carrying it.
type Carrier interface {
	// Call makes a call of any method but data.
	Call(method string, handle uint32, control, raw []byte) ([]byte, error)
	// Data makes a call of data.
	Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error)
	Close() error
}

// carry has a carrier make a call.
func carry(c Carrier, call *Call) ([]byte, error) {
	if call.Method != "data" {
		return c.Call(call.Method, call.Handle, call.Control, call.Raw)
	}
	var d struct {
		Attempt uint32 `json:"attempt"`
		NowUS   int64  `json:"now_us"`
	}
	if err := json.Unmarshal(call.Control, &d); err != nil {
		return nil, err
	}
	return c.Data(call.Handle, d.Attempt, d.NowUS, call.Raw)
}

// appendData appends what stands for a control message where data is written down.
func appendData(dst []byte, attempt uint32, nowUS int64) []byte {
	dst = strconv.AppendUint(append(dst, `{"attempt":`...), uint64(attempt), 10)
	return append(strconv.AppendInt(append(dst, `,"now_us":`...), nowUS, 10), '}')
}

// Host makes carriers.
type Host interface {
	// Name says what it is, for people.
	Name() string
	// New makes a machine that nothing has been told yet.
	New() (Carrier, error)
}

// Methods are the methods of the boundary; a script names them by their place.
func Methods() []string {
	return []string{"configure", "fold", "decide", "open", "step", "data", "close", "models", "abort", "admit", "settle", "accounts"}
}

// Native is the Host of the core itself.
type Native struct{}

// Name implements Host.
func (Native) Name() string { return "native" }

// New implements Host.
func (Native) New() (Carrier, error) { return &machine{}, nil }

// machine carries calls to the core in this process.
type machine struct{ abi.Machine }

func (m *machine) Close() error { return nil }

// Call implements Carrier.
func (m *machine) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	switch method {
	case "configure":
		return m.Configure(nil, control, raw), nil
	case "fold":
		return m.Fold(nil, control, raw), nil
	case "decide":
		return m.Decide(nil, control, raw), nil
	case "open":
		return m.Open(nil, control, raw), nil
	case "step":
		return m.Step(nil, handle, control, raw), nil
	case "close":
		return m.Machine.Close(nil, handle), nil
	case "models":
		return m.Models(nil, control), nil
	case "abort":
		return m.Abort(nil, control), nil
	case "admit":
		return m.Admit(nil, control, raw), nil
	case "settle":
		return m.Settle(nil, control, raw), nil
	case "accounts":
		return m.Accounts(nil, control, raw), nil
	}
	return nil, fmt.Errorf("unknown method %q", method)
}

// Data implements Carrier.
func (m *machine) Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return m.Machine.Data(nil, handle, attempt, nowUS, raw), nil
}

// OnWazero is the Host of a module that runs on wazero.
func OnWazero(ctx context.Context, h *wazerohost.Host) Host { return wazero{ctx, h} }

type wazero struct {
	ctx  context.Context
	host *wazerohost.Host
}

func (w wazero) Name() string { return "wazero" }

func (w wazero) New() (Carrier, error) {
	raw, err := w.host.Raw(w.ctx)
	return carried{w.ctx, raw}, err
}

type carried struct {
	ctx context.Context
	raw *wazerohost.Raw
}

func (c carried) Close() error {
	c.raw.Close(c.ctx)
	return nil
}

func (c carried) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	return c.raw.Call(c.ctx, method, handle, control, raw)
}

func (c carried) Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return c.raw.Data(c.ctx, handle, attempt, nowUS, raw)
}
