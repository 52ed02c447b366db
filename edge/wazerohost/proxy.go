package wazerohost

import (
	"context"

	"github.com/tetratelabs/wazero/api"
)

// proxy is the module whose functions a filter imports.
const proxy = "env"

// IsFilter reports whether the module is a proxy's filter, as that of edge/proxywasm is. Such a one
// runs here too, without a proxy.
func (h *Host) IsFilter() bool {
	for _, f := range h.code.ImportedFunctions() {
		if from, _, _ := f.Import(); from == proxy {
			return true
		}
	}
	return false
}

// withoutProxy offers the functions of a proxy that the module imports, as that of
// edge/proxywasm does. There is no proxy here, and what this host calls of the module needs
// none: to call one of them is a trap.
func (h *Host) withoutProxy(ctx context.Context) error {
	if !h.IsFilter() {
		return nil
	}
	builder := h.runtime.NewHostModuleBuilder(proxy)
	for _, f := range h.code.ImportedFunctions() {
		if from, name, _ := f.Import(); from == proxy {
			trap := api.GoModuleFunc(func(context.Context, api.Module, []uint64) { panic(name + " was called where no proxy is") })
			builder.NewFunctionBuilder().WithGoModuleFunction(trap, f.ParamTypes(), f.ResultTypes()).Export(name)
		}
	}
	_, err := builder.Instantiate(ctx)
	return err
}
