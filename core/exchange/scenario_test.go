package exchange_test

import (
	"testing"

	"strowger/core/exchange/exchangetest"
)

func TestScenarios(t *testing.T) {
	exchangetest.Run(t, "testdata", func(*testing.T) exchangetest.Driver { return &exchangetest.Native{} })
}
