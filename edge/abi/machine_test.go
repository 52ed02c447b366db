package abi_test

import (
	"testing"

	"strowger/core/exchange/exchangetest"
	"strowger/edge/abi/abitest"
)

func TestVectors(t *testing.T) {
	abitest.Run(t, "testdata", func(*testing.T) abitest.Caller { return &abitest.Native{} })
}

// TestScenarios runs the core's own scenarios over the boundary, with chunks as the method data
// and as an event of step.
func TestScenarios(t *testing.T) {
	for _, steps := range []bool{false, true} {
		exchangetest.Run(t, "../../core/exchange/testdata", func(*testing.T) exchangetest.Driver {
			return &abitest.Driver{Caller: &abitest.Native{}, Steps: steps}
		})
	}
}
