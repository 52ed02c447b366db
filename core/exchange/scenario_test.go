package exchange_test

import (
	"testing"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
)

func TestScenarios(t *testing.T) {
	exchangetest.Run(t, "testdata", func(*testing.T) exchangetest.Driver { return &exchangetest.Native{} })
}

// An exchange in the memory of another, wherever that has stopped, is one like any.
func TestScenariosInOneMemory(t *testing.T) {
	worn := exchange.New()
	exchangetest.Run(t, "testdata", func(*testing.T) exchangetest.Driver { return &exchangetest.Native{Worn: worn} })
}
