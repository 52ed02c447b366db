package main

import (
	"errors"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// tetrate is the emulator of Tetrate's SDK. There can be one in a process.
type tetrate struct {
	emulator proxytest.HostEmulator
	answered map[uint32]int // calls of a context that were answered
}

func newTetrate(o options) (host, error) {
	vm, err := proxytest.NewWasmVMContext(o.wasm)
	if err != nil {
		return nil, err
	}
	emulator, _ := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(vm).WithPluginConfiguration(o.config))
	t := &tetrate{emulator, map[uint32]int{}}
	if !bool(emulator.StartVM()) || !bool(emulator.StartPlugin()) {
		return nil, errors.New("the module refuses to start")
	}
	return t, nil
}

// step settles what a callback left: calls are answered; then it must not pause, unless more is
// to come or there is a local response.
func (t *tetrate) step(x *exchange, id uint32, action types.Action, more bool) (over bool, err error) {
	for _, from := range []uint32{id, proxytest.PluginContextID} {
		for {
			calls := t.emulator.GetCalloutAttributesFromContext(from)
			if t.answered[from] == len(calls) {
				break
			}
			c := calls[t.answered[from]]
			t.answered[from]++
			m, err := x.fetch(c.Upstream, message{c.Headers, c.Body}, timeout)
			if err != nil {
				m = message{}
			}
			t.emulator.CallOnHttpCallResponse(c.CalloutID, m.headers, nil, m.body)
			action = t.emulator.GetCurrentHttpStreamAction(id)
		}
	}
	if l := t.emulator.GetSentLocalResponse(id); l != nil {
		x.local(l.StatusCode, l.Headers, l.Data)
		return true, nil
	}
	for wait := time.Now().Add(timeout); action == types.ActionPause && !more; action = t.emulator.GetCurrentHttpStreamAction(id) {
		period := t.emulator.GetTickPeriod()
		if period == 0 || time.Now().After(wait) {
			return true, errors.New("the stream stays paused")
		}
		time.Sleep(time.Duration(period) * time.Millisecond)
		t.emulator.Tick()
	}
	return false, nil
}

func (t *tetrate) serve(x *exchange) error {
	e := t.emulator
	id := e.InitializeHttpContext()
	defer e.CompleteHttpContext(id)
	none := len(x.request.body) == 0
	if over, err := t.step(x, id, e.CallOnRequestHeaders(id, x.request.headers, none), !none); over {
		return err
	}
	if !none {
		if over, err := t.step(x, id, e.CallOnRequestBody(id, x.request.body, true), false); over {
			return err
		}
		x.request.body = e.GetCurrentRequestBody(id)
	}
	x.request.headers = e.GetCurrentRequestHeaders(id)
	if err := x.forward(); err != nil {
		return err
	}
	none = len(x.response.body) == 0
	if over, err := t.step(x, id, e.CallOnResponseHeaders(id, x.response.headers, none), !none); over {
		return err
	}
	if !none {
		if over, err := t.step(x, id, e.CallOnResponseBody(id, x.response.body, true), false); over {
			return err
		}
		x.response.body = e.GetCurrentResponseBody(id)
	}
	x.response.headers = e.GetCurrentResponseHeaders(id)
	return nil
}
