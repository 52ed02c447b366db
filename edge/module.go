package edge

import (
	"context"
	"errors"

	"strowger/edge/wazerohost"
)

// filter is the name of the module that proxies run.
const filter = "strowger-proxy.wasm"

// CheckModule says whether a module is what goes by that name, strowger.wasm or strowger-proxy.wasm,
// and is of this program's version. It compiles the module, which takes about a second.
func CheckModule(ctx context.Context, name string, wasm []byte) error {
	h, err := wazerohost.New(ctx, wasm, wazerohost.Options{})
	if err != nil {
		return err
	}
	isFilter := h.IsFilter()
	if err := h.Close(ctx); err != nil {
		return err
	}
	switch {
	case isFilter && name != filter:
		return errors.New("it is the filter for proxies; what is needed here is " + name)
	case !isFilter && name == filter:
		return errors.New("it is not the filter for proxies; what is needed here is " + name)
	}
	return nil
}
