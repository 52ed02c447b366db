//go:build !strowger_clockless

package main

import "strowger/edge/proxywasm/filter"

//go:wasmimport env proxy_get_current_time_nanoseconds
func proxyTime(at *uint64) filter.Status
