package exchange

import (
	"testing"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/stats"
)

// What caches have saved is what the answer would have cost without them, less what it did cost.
func TestSaved(t *testing.T) {
	priced := catalog.Price{Known: true, Input: 1_000_000, CacheRead: 100_000, CacheWrite: 1_250_000, CacheWriteHour: 2_000_000, Output: 4_000_000}
	for _, c := range []struct {
		name        string
		price       catalog.Price
		stage       stage
		operation   llm.Operation
		usage       llm.Usage
		cost, saved int64
	}{
		{"nothing was cached", priced, stageSent, 0, llm.Usage{Known: true, Input: 100, Output: 10}, 140, 0},
		{"the provider's cache was read", priced, stageSent, 0, llm.Usage{Known: true, Input: 100, CacheRead: 1000, Output: 10}, 240, 900},
		{"it was written", priced, stageSent, 0, llm.Usage{Known: true, CacheWrite: 100, CacheWriteHour: 50}, 225, -75},
		{"an answer of ours", priced, stageCached, 0, llm.Usage{Known: true, Input: 100, CacheRead: 1000, Output: 10}, 0, 240},
		{"one of which the usage was not stated", priced, stageCached, 0, llm.Usage{}, 0, 0},
		{"no price", catalog.Price{}, stageSent, 0, llm.Usage{Known: true, CacheRead: 1000}, 0, 0},
		{"tokens counted only", priced, stageSent, llm.OperationCountTokens, llm.Usage{Known: true, CacheRead: 1000}, 0, 0},
	} {
		a := attempt{candidate: &plan.Candidate{Endpoint: &catalog.Endpoint{Price: c.price}}, stage: c.stage, outcome: stats.OutcomeOK, usage: c.usage}
		a.settle(&llm.Request{Operation: c.operation})
		if a.cost != c.cost || a.saved != c.saved {
			t.Errorf("%s: cost %d, want %d; saved %d, want %d", c.name, a.cost, c.cost, a.saved, c.saved)
		}
	}
}
