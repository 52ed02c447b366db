package policy

import (
	"testing"

	"strowger/core/catalog"
)

// provider.routing takes every strategy that can be asked for, and price for cost.
func TestRoutingNames(t *testing.T) {
	for name, want := range map[string]catalog.Strategy{
		"priority": catalog.StrategyPriority, "cost": catalog.StrategyCost, "price": catalog.StrategyCost, "latency": catalog.StrategyLatency,
		"throughput": catalog.StrategyThroughput, "balanced": catalog.StrategyBalanced, "value": catalog.StrategyValue,
	} {
		p, err := ask(testCatalog(t, nil), "gpt-4o", `{"routing":"`+name+`"}`, "", "")
		if err != nil || p.Strategy != want || p.StrategyFrom != FromBody {
			t.Errorf("%s: %s from %s, %v", name, p.Strategy, p.StrategyFrom, err)
		}
	}
	if p, err := ask(testCatalog(t, nil), "gpt-4o", `{"routing":"weighted"}`, "", ""); err == nil {
		t.Errorf("weights are a route's, and nobody's to ask for: %s", p.Strategy)
	}
}
