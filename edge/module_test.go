package edge

import (
	"errors"
	"strings"
	"testing"

	"strowger/edge/abi"
	"strowger/edge/edgetest"
)

// TestCheckModule: a module for another target, or of another version, is refused; those that are
// shipped are not.
func TestCheckModule(t *testing.T) {
	const reactor = "strowger.wasm"
	for name, c := range map[string]struct {
		as   string
		wasm []byte
		want string // "" for a good one
	}{
		"reactor":           {reactor, edgetest.Module(abi.Version, false), ""},
		"filter":            {filter, edgetest.Module(abi.Version, true), ""},
		"filter as reactor": {reactor, edgetest.Module(abi.Version, true), "it is the filter for proxies; what is needed here is strowger.wasm"},
		"reactor as filter": {filter, edgetest.Module(abi.Version, false), "it is not the filter for proxies; what is needed here is strowger-proxy.wasm"},
		"other version":     {reactor, edgetest.Module(abi.Version-1, false), "speaks version 3"},
		"another's":         {reactor, []byte("\x00asm\x01\x00\x00\x00"), "not a module of strowger"},
		"none":              {reactor, []byte("text"), "wazerohost: "},
	} {
		err := CheckModule(t.Context(), c.as, c.wasm)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; wanted %q", name, err, c.want)
		}
	}
	for _, name := range []string{reactor, filter} {
		wasm, err := Module(name)
		if errors.Is(err, ErrNotBuilt) {
			t.Logf("%s is not built: go tool task wasm", name)
			continue
		}
		if err := CheckModule(t.Context(), name, wasm); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
