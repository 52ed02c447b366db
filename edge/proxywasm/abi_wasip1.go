//go:build !strowger_mosn

package main

//lint:file-ignore U1000 the host calls the exports

import (
	"unsafe"

	"strowger/edge/proxywasm/filter"
)

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmimport env proxy_continue_stream
func proxyContinue(d filter.Direction) filter.Status

//go:wasmimport env proxy_close_stream
func proxyClose(d filter.Direction) filter.Status

//go:wasmimport env proxy_send_local_response
func proxyRespond(status uint32, details unsafe.Pointer, detailsSize uint32, body unsafe.Pointer, bodySize uint32, headers unsafe.Pointer, headersSize uint32, grpc int32) filter.Status
