package main

import (
	"errors"
	"fmt"
	"log"
	"reflect"
	"strconv"
	"strings"
	"time"

	"mosn.io/proxy-wasm-go-host/proxywasm/common"
	v1 "mosn.io/proxy-wasm-go-host/proxywasm/v1"
	"mosn.io/proxy-wasm-go-host/wasmer"
)

const mosnRoot = 1

// mosn is MOSN's library with its 0.1.0 binding. As in MOSN, proxy_on_configure is never called,
// and what a callback answers does not matter: a call of its own is waited for instead.
type mosn struct {
	instance common.WasmInstance
	options  options
	contexts int32
}

func newMOSN(o options) (host, error) {
	module := wasmer.NewWasmerVM().NewModule(o.wasm)
	if module == nil {
		return nil, errors.New("the module does not compile")
	}
	m := &mosn{instance: module.NewInstance(), options: o, contexts: mosnRoot}
	v1.RegisterImports(m.instance)
	for _, s := range o.stub {
		if err := m.stub(s); err != nil {
			return nil, err
		}
	}
	if err := m.instance.Start(); err != nil {
		return nil, err
	}
	c := m.enter(nil)
	defer m.instance.Unlock()
	if err := c.call("proxy_on_context_create", int32(mosnRoot), int32(0)); err != nil {
		return nil, err
	}
	ok, err := c.abi.ProxyOnVmStart(mosnRoot, int32(c.GetVmConfig().Len()))
	if err == nil && ok == 0 {
		err = errors.New("proxy_on_vm_start answers false")
	}
	return m, err
}

// stub registers a function with so many parameters that answers Unimplemented.
func (m *mosn) stub(s string) error {
	name, count, _ := strings.Cut(s, "=")
	n, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("%q is not NAME=PARAMETERS", s)
	}
	number := reflect.TypeFor[int32]()
	in := []reflect.Type{reflect.TypeFor[common.WasmInstance]()}
	for range n {
		in = append(in, number)
	}
	f := reflect.MakeFunc(reflect.FuncOf(in, []reflect.Type{number}, false), func([]reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(int32(v1.WasmResultUnimplemented))}
	})
	return m.instance.RegisterFunc("env", name, f.Interface())
}

// mosnCall is what the library asks about one request.
type mosnCall struct {
	v1.DefaultImportsHandler
	mosn     *mosn
	abi      *v1.ABIContext
	x        *exchange
	over     bool
	id       int32
	request  *mosnMessage
	response *mosnMessage
	answer   *mosnMessage
	calls    int32
	pending  []func()
}

type mosnMessage struct {
	headers common.CommonHeader
	body    common.IoBuffer
}

func newMosnMessage(m message) *mosnMessage {
	headers := common.CommonHeader{}
	for _, f := range m.headers {
		headers[f[0]] = f[1]
	}
	return &mosnMessage{headers, common.NewIoBufferBytes(m.body)}
}

func (m *mosnMessage) message() (plain message) {
	for name, value := range m.headers {
		plain.headers = append(plain.headers, [2]string{name, value})
	}
	plain.body = m.body.Bytes()
	return plain
}

// enter locks the instance for a request.
func (m *mosn) enter(x *exchange) *mosnCall {
	c := &mosnCall{mosn: m, x: x}
	c.abi = &v1.ABIContext{Imports: c, Instance: m.instance}
	m.instance.Lock(c.abi)
	return c
}

// call runs a callback if the module has it.
func (c *mosnCall) call(name string, args ...any) error {
	if f, err := c.mosn.instance.GetExportsFunc(name); err != nil || f == nil {
		return nil
	}
	_, _, err := c.abi.CallWasmFunction(name, args...)
	return err
}

func (m *mosn) serve(x *exchange) (err error) {
	c := m.enter(x)
	defer m.instance.Unlock()
	m.contexts++
	c.id = m.contexts
	c.request = newMosnMessage(x.request)
	step := func(name string, args ...any) {
		if err == nil && !c.over {
			err = c.call(name, append([]any{c.id}, args...)...)
		}
	}
	take := func(which string, message *mosnMessage) {
		end := int32(0)
		if message.body.Len() == 0 {
			end = 1
		}
		step("proxy_on_"+which+"_headers", int32(len(message.headers)), end)
		if end == 0 {
			step("proxy_on_"+which+"_body", int32(message.body.Len()), int32(1))
		}
	}
	step("proxy_on_context_create", int32(mosnRoot))
	take("request", c.request)
	if err == nil && !c.over {
		x.request = c.request.message()
		if err = x.forward(); err == nil {
			c.response = newMosnMessage(x.response)
			take("response", c.response)
		}
	}
	if err == nil && !c.over {
		x.response = c.response.message()
	}
	c.over = false
	step("proxy_on_done")
	step("proxy_on_log")
	step("proxy_on_delete")
	return err
}

// Log prints what the module logs.
func (c *mosnCall) Log(_ v1.LogLevel, message string) v1.WasmResult {
	log.Println("log:", message)
	return v1.WasmResultOk
}

// GetVmConfig is the configuration, as MOSN gives it.
func (c *mosnCall) GetVmConfig() common.IoBuffer {
	return common.NewIoBufferBytes(common.EncodeMap(map[string]string{"config": string(c.mosn.options.config)}))
}

func (c *mosnCall) GetHttpRequestHeader() common.HeaderMap { return headersOf(c.request) }

func (c *mosnCall) GetHttpRequestBody() common.IoBuffer { return bodyOf(c.request) }

func (c *mosnCall) GetHttpResponseHeader() common.HeaderMap { return headersOf(c.response) }

func (c *mosnCall) GetHttpResponseBody() common.IoBuffer { return bodyOf(c.response) }

func (c *mosnCall) GetHttpCallResponseHeaders() common.HeaderMap { return headersOf(c.answer) }

func (c *mosnCall) GetHttpCallResponseBody() common.IoBuffer { return bodyOf(c.answer) }

// headersOf is nil, and not an interface that holds nil, where there is no message.
func headersOf(m *mosnMessage) common.HeaderMap {
	if m == nil {
		return nil
	}
	return m.headers
}

func bodyOf(m *mosnMessage) common.IoBuffer {
	if m == nil {
		return nil
	}
	return m.body
}

// SetEffectiveContextID knows the one context that there is.
func (c *mosnCall) SetEffectiveContextID(int32) v1.WasmResult { return v1.WasmResultOk }

// HttpCall notes a call, which is made when the callback is through.
func (c *mosnCall) HttpCall(cluster string, headers common.HeaderMap, body common.IoBuffer, _ common.HeaderMap, millis int32) (int32, v1.WasmResult) {
	if _, ok := c.mosn.options.clusters[cluster]; !ok || c.x == nil {
		return 0, v1.WasmResultBadArgument
	}
	request := (&mosnMessage{headers.Clone().(common.CommonHeader), common.NewIoBufferBytes([]byte(string(body.Bytes())))}).message()
	within := timeout
	if millis > 0 {
		within = time.Duration(millis) * time.Millisecond
	}
	c.calls++
	id := c.calls
	c.pending = append(c.pending, func() {
		m, err := c.x.fetch(cluster, request, within)
		if err != nil {
			m = message{}
		}
		c.answer = newMosnMessage(m)
		if err := c.call("proxy_on_http_call_response", int32(mosnRoot), id, int32(len(m.headers)), int32(len(m.body)), int32(0)); err != nil {
			log.Println("error:", err)
		}
		c.answer = nil
	})
	return id, v1.WasmResultOk
}

// Wait is called after every callback.
func (c *mosnCall) Wait() v1.Action {
	for len(c.pending) > 0 {
		next := c.pending[0]
		c.pending = c.pending[1:]
		next()
	}
	return v1.ActionContinue
}

// ResumeHttpRequest has nothing to do: nothing is paused.
func (c *mosnCall) ResumeHttpRequest() v1.WasmResult { return v1.WasmResultOk }

// ResumeHttpResponse is ResumeHttpRequest for the response.
func (c *mosnCall) ResumeHttpResponse() v1.WasmResult { return v1.WasmResultOk }

// SendHttpResp answers in the place of the upstream.
func (c *mosnCall) SendHttpResp(status int32, _, body common.IoBuffer, headers common.HeaderMap, _ int32) v1.WasmResult {
	if c.x == nil {
		return v1.WasmResultBadArgument
	}
	var p pairs
	headers.Range(func(name, value string) bool {
		p = append(p, [2]string{name, value})
		return true
	})
	c.x.local(uint32(status), p, []byte(string(body.Bytes())))
	c.over = true
	return v1.WasmResultOk
}
