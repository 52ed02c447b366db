package main

//lint:file-ignore U1000 the host calls the exports

import (
	"unsafe"

	"strowger/edge/proxywasm/filter"
	_ "strowger/edge/reactor/exports" // what strowger verify calls
)

// The module's only instance. Package-level values are unavoidable here: exports are functions,
// and what they work on has to be somewhere.
var (
	proxy  host
	plugin = filter.New(&proxy)
)

func main() {} // a filter has no program of its own

//go:wasmexport proxy_on_memory_allocate
func onMemoryAllocate(size uint32) unsafe.Pointer { return proxy.allocate(size) }

//go:wasmexport malloc
func malloc(size uint32) unsafe.Pointer { return proxy.allocate(size) }

//go:wasmexport proxy_on_context_create
func onContextCreate(id, parent uint32) { plugin.Create(id, parent) }

//go:wasmexport proxy_on_vm_start
func onVMStart(id, size uint32) bool { return plugin.Start(id, int(size)) }

//go:wasmexport proxy_on_configure
func onConfigure(id, size uint32) bool { return plugin.Configure(id, int(size)) }

//go:wasmexport proxy_on_tick
func onTick(id uint32) { plugin.Tick(id) }

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(id, _ uint32, end bool) filter.Action { return plugin.RequestHeaders(id, end) }

//go:wasmexport proxy_on_request_body
func onRequestBody(id, size uint32, end bool) filter.Action {
	return plugin.RequestBody(id, int(size), end)
}

//go:wasmexport proxy_on_request_trailers
func onRequestTrailers(id, _ uint32) filter.Action { return plugin.RequestTrailers(id) }

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(id, _ uint32, end bool) filter.Action { return plugin.ResponseHeaders(id, end) }

//go:wasmexport proxy_on_response_body
func onResponseBody(id, size uint32, end bool) filter.Action {
	return plugin.ResponseBody(id, int(size), end)
}

//go:wasmexport proxy_on_response_trailers
func onResponseTrailers(id, _ uint32) filter.Action { return plugin.ResponseTrailers(id) }

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(_, number, headers, body, _ uint32) {
	plugin.CallResponse(number, int(headers), int(body))
}

//go:wasmexport proxy_on_done
func onDone(id uint32) bool {
	plugin.Done(id)
	return true
}

//go:wasmexport proxy_on_log
func onLog(uint32) {}

//go:wasmexport proxy_on_delete
func onDelete(id uint32) { plugin.Delete(id) }
