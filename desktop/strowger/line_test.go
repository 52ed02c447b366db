package main

import (
	"testing"

	"strowger/core/exchange"
)

// What failed stands apart in a request's line, and what is not known is never a number.
func TestCostInLine(t *testing.T) {
	for want, r := range map[string]exchange.Report{
		"$0.0012":                     {Served: 1, Cost: 1200, Priced: true},
		"$0":                          {}, // nothing served
		"unpriced":                    {Served: 1},
		"$0.0012 + $0.000007 failed":  {Served: 2, Cost: 1200, Priced: true, Wasted: 7},
		"$0 + $0.000007 failed":       {Wasted: 7},
		"unpriced + $0.000007 failed": {Served: 2, Wasted: 7},
		"$0 + unpriced failed":        {Served: 2, Priced: true, WastedUnknown: true},
	} {
		if got := cost(&r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
