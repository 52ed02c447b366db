// Command proxywasm is the core as a filter for proxies that speak proxy-wasm, ABI 0.2.x
// (github.com/proxy-wasm/spec), such as Envoy: package filter with the ABI's functions around
// it. It has the exports of edge/reactor as well, so that what runs on that runs on it.
//
//	go run ./edge/slim -proxy bin/strowger-proxy.wasm
//
// Proxies give a module little of WASI, and a clock of 0 at the start kills Go: the build
// replaces all of WASI but random_get and fd_write by functions in the module (edge/slim).
package main
