//go:build strowger_mosn

package main

//lint:file-ignore U1000 the host calls the exports

import (
	"unsafe"

	"strowger/edge/proxywasm/filter"
)

// MOSN has the functions of ABI 0.2.0 under the marker of 0.1.0, but for these, and a module
// that imports one it does not have is not loaded. It begins with _start (edge/slim).
//
//go:wasmexport proxy_abi_version_0_1_0
func abiVersion() {}

//go:wasmimport env proxy_resume_http_response
func resumeResponse() filter.Status

func proxyContinue(filter.Direction) filter.Status { return resumeResponse() }

func proxyClose(filter.Direction) filter.Status { return filter.Unimplemented }

//go:wasmimport env proxy_send_http_response
func proxyRespond(status uint32, details unsafe.Pointer, detailsSize uint32, body unsafe.Pointer, bodySize uint32, headers unsafe.Pointer, headersSize uint32, grpc int32) filter.Status
