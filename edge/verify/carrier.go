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

// Native is the Host of the core itself.
type Native struct{}

// Name implements Host.
func (Native) Name() string { return "native" }

// New implements Host.
func (Native) New() (Carrier, error) { return &machine{}, nil }

// machine carries calls to the core in this process.
type machine struct{ m abi.Machine }

func (m *machine) Close() error { return nil }

// Call implements Carrier.
func (m *machine) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	result, ok := m.m.Call(nil, method, handle, control, raw)
	if !ok {
		return nil, fmt.Errorf("unknown method %q", method)
	}
	return result, nil
}

// Data implements Carrier.
func (m *machine) Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return m.m.Data(nil, handle, attempt, nowUS, raw), nil
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
