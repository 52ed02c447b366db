//go:build strowger_panic

package exports

//lint:file-ignore U1000 the host calls the exports

import "strowger/edge/slim/stress"

// exportPanic is in no module that is shipped: it lets a test see what a panic does.
//
//go:wasmexport strowger_panic
func exportPanic() uint64 {
	return packed(module.call(0, 0, func(_, _, _ []byte) []byte { panic("on request") }))
}

// exportStress lets a test see that stacks, panics and the collector work.
//
//go:wasmexport strowger_stress
func exportStress(rounds, depth uint32) uint64 { return stress.Run(int(rounds), int(depth)) }
