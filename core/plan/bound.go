package plan

import (
	"strowger/core/catalog"
	"strowger/core/llm"
)

// Bound is the most that r can cost at e, rounded up; without a limit to its output it is
// an estimate, and as far as r.InputBound is one. It is 0 where the price is unknown. What Plan.Reserve is the highest of.
func Bound(r *llm.Request, e *catalog.Endpoint) catalog.MicroDollars {
	m := maker{d: &Decision{Request: summarize(r)}}
	return m.mostCost(&e.Price)
}

// Expected is what r is expected to cost at e, rounded up; 0 where the price is unknown.
func Expected(r *llm.Request, e *catalog.Endpoint) catalog.MicroDollars {
	m := maker{d: &Decision{Request: summarize(r)}}
	return m.expectedCost(&e.Price)
}
