package plan_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// sizes are how many candidates there are.
var sizes = []int{2, 8, 32, 128}

func BenchmarkMake(b *testing.B) {
	for _, strategy := range []catalog.Strategy{catalog.StrategyPriority, catalog.StrategyLatency, catalog.StrategyValue} {
		for _, n := range sizes {
			b.Run(strategy.String()+"/"+strconv.Itoa(n), func(b *testing.B) {
				in := warm(b, strategy, n)
				b.ReportAllocs()
				for b.Loop() {
					in.Seed++
					if p, _ := plan.Make(*in); len(p.Order) == 0 {
						b.Fatal("nothing is eligible")
					}
				}
			})
		}
	}
}

// A route with everything: weights, a choice that sticks, preferences and limits on money.
func BenchmarkMakeRoute(b *testing.B) {
	in := warm(b, catalog.StrategyPriority, 8)
	in.Policy.Route, in.Policy.Strategy, in.Policy.Arms = "/ab", catalog.StrategyWeighted, slices.Clone(in.Catalog.Model("a/x").Endpoints)
	for i := range in.Policy.Arms {
		in.Policy.Arms[i].Weight = 1 + i
	}
	limit := policy.Limit{Account: "all", CostLimit: catalog.CostLimit{Most: 1_000_000, Per: catalog.PerRequest}}
	in.Policy.Preferred = []policy.Preference{{Latency: true, Percentile: 90, Value: 180_000}}
	in.Policy.Limits = []policy.Limit{limit}
	in.Funds = &plan.Funds{Left: 1_000_000, Limit: limit}
	b.ReportAllocs()
	for b.Loop() {
		in.Seed++
		in.Policy.Stick++
		if p, _ := plan.Make(*in); len(p.Order) == 0 {
			b.Fatal("nothing is eligible")
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			_, d := plan.Make(*warm(b, catalog.StrategyLatency, n))
			var doc []byte
			b.ReportAllocs()
			for b.Loop() {
				doc = d.AppendJSON(doc[:0])
			}
			b.SetBytes(int64(len(doc)))
		})
	}
}

// warm is an input whose endpoints have all been tried.
func warm(b *testing.B, strategy catalog.Strategy, n int) *plan.Input {
	prices := make([]int64, n)
	for i := range prices {
		prices[i] = int64(1+i*7%n) * 1_000_000
	}
	in := input(b, strategy, prices...)
	in.Policy.MaxAttempts = 6
	board := &stats.Board{}
	for i := range n {
		for range 10 {
			first := time.Duration(100+i*7%n*20) * time.Millisecond
			board.Fold(stats.Sample{Endpoint: "p" + strconv.Itoa(i) + "/x", At: noon, Outcome: stats.OutcomeOK, Stream: true, FirstToken: first, Total: 2 * first})
		}
	}
	in.Stats, in.Now = board, noon.Add(5*time.Second)
	return in
}
