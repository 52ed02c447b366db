package exports

//lint:file-ignore U1000 the host calls the exports

import (
	"unsafe"

	"strowger/edge/abi"
)

// module is this module's only instance. A package-level value is unavoidable here:
// exports are functions, and what they work on has to be somewhere.
var module instance

// packed is what a result looks like to the host: place<<32 | length.
func packed(b []byte) uint64 {
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))<<32 | uint64(len(b))
}

//go:wasmexport strowger_abi_version
func exportVersion() uint32 { return abi.Version }

//go:wasmexport strowger_alloc
func exportAlloc(size uint32) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(module.alloc(size)))
}

//go:wasmexport strowger_free
func exportFree() { module.free() }

//go:wasmexport strowger_configure
func exportConfigure(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Configure))
}

//go:wasmexport strowger_fold
func exportFold(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Fold))
}

//go:wasmexport strowger_decide
func exportDecide(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Decide))
}

//go:wasmexport strowger_open
func exportOpen(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.open))
}

//go:wasmexport strowger_step
func exportStep(handle, control, raw uint32) uint64 {
	return packed(module.call(control, raw, func(dst, control, raw []byte) []byte {
		return module.machine.Step(dst, handle, control, raw)
	}))
}

// exportData takes the moment as a floating point number, which JavaScript has without a detour.
//
//go:wasmexport strowger_data
func exportData(handle, attempt uint32, now float64, raw uint32) uint64 {
	return packed(module.data(handle, attempt, now, raw))
}

//go:wasmexport strowger_close
func exportClose(handle uint32) uint64 {
	return packed(module.call(0, 0, func(dst, _, _ []byte) []byte {
		return module.machine.Close(dst, handle)
	}))
}

//go:wasmexport strowger_models
func exportModels(control uint32) uint64 {
	return packed(module.call(control, 0, func(dst, control, _ []byte) []byte {
		return module.machine.Models(dst, control)
	}))
}

//go:wasmexport strowger_abort
func exportAbort(control uint32) uint64 {
	return packed(module.call(control, 0, func(dst, control, _ []byte) []byte {
		return module.machine.Abort(dst, control)
	}))
}

//go:wasmexport strowger_admit
func exportAdmit(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Admit))
}

//go:wasmexport strowger_settle
func exportSettle(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Settle))
}

//go:wasmexport strowger_accounts
func exportAccounts(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Accounts))
}

// Recall is what strowger_recall does, for a module that exports it.
func Recall(control, raw uint32) uint64 {
	return packed(module.call(control, raw, module.machine.Recall))
}
