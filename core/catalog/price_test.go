package catalog

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"strowger/core/llm"
)

func TestCost(t *testing.T) {
	p := Price{Known: true, Input: 2_500_000, CacheRead: 1_250_000, CacheWrite: 3_125_000, CacheWriteHour: 5_000_000, Output: 10_000_000, Reasoning: 10_000_000, Request: 7, Image: 2_000}
	for _, c := range []struct {
		u    llm.Usage
		want MicroDollars
	}{
		{llm.Usage{}, 7},
		{llm.Usage{Input: 1_000_000}, 2_500_007},
		{llm.Usage{CacheRead: 1_000_000}, 1_250_007},
		{llm.Usage{CacheWrite: 1_000_000}, 3_125_007},
		{llm.Usage{CacheWriteHour: 1_000_000}, 5_000_007},
		{llm.Usage{Output: 1_000_000}, 10_000_007},
		{llm.Usage{Reasoning: 1_000_000}, 10_000_007},
		{llm.Usage{Images: 3}, 6_007},
		{llm.Usage{Images: 1, Input: 12}, 2_037},
		{llm.Usage{Images: -1}, 7},
		{llm.Usage{Input: 12, Output: 34}, 377},              // 30 + 340
		{llm.Usage{Input: 1}, 10},                            // 2.5 is rounded up
		{llm.Usage{CacheRead: 1}, 8},                         // 1.25 is rounded down
		{llm.Usage{Input: -5, Output: -1, Reasoning: -1}, 7}, // a provider's nonsense costs nothing
	} {
		if got := p.Cost(c.u); got != c.want {
			t.Errorf("Cost(%+v) = %d, want %d", c.u, got, c.want)
		}
	}
}

// A billion tokens at $10,000 per million are ten million dollars.
func TestCostOfMuch(t *testing.T) {
	const billion, price = 1_000_000_000, 10_000_000_000
	p := Price{Known: true, Input: price, CacheRead: price, CacheWrite: price, Output: price, Reasoning: price}
	u := llm.Usage{Input: billion, CacheRead: billion, CacheWrite: billion, Output: billion, Reasoning: billion}
	if got := p.Cost(u); got != 50_000_000_000_000 {
		t.Errorf("got %d", got)
	}
	const most = math.MaxInt64
	p = Price{Input: most, CacheRead: most, CacheWrite: most, Output: most, Reasoning: most, Request: most, Image: most}
	u = llm.Usage{Input: most, CacheRead: most, CacheWrite: most, Output: most, Reasoning: most, Images: most}
	if got := p.Cost(u); got != most {
		t.Errorf("got %d, not the largest amount", got)
	}
	if got := p.Cost(llm.Usage{Input: 1_000_000}); got != most {
		t.Errorf("got %d, not the largest amount", got)
	}
}

func TestCostIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := func() int64 { return int64(rng.Uint64()>>1) >> rng.IntN(63) }
	for range 20_000 {
		p := Price{Input: n(), CacheRead: n(), CacheWrite: n(), CacheWriteHour: n(), Output: n(), Reasoning: n(), Request: n(), Image: n()}
		u := llm.Usage{Input: n(), CacheRead: n(), CacheWrite: n(), CacheWriteHour: n(), Output: n(), Reasoning: n(), Images: n() % 10_000}
		sum := new(big.Int)
		for _, f := range [][2]int64{{u.Input, p.Input}, {u.CacheRead, p.CacheRead}, {u.CacheWrite, p.CacheWrite}, {u.CacheWriteHour, p.CacheWriteHour}, {u.Output, p.Output}, {u.Reasoning, p.Reasoning}, {1_000_000, p.Request}, {u.Images * 1_000_000, p.Image}} {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(f[0]), big.NewInt(f[1])))
		}
		sum.Add(sum, big.NewInt(500_000))
		sum.Div(sum, big.NewInt(1_000_000))
		want := int64(math.MaxInt64)
		if sum.IsInt64() {
			want = sum.Int64()
		}
		if got := p.Cost(u); got != want {
			t.Fatalf("%+v at %+v costs %d, want %d", u, p, got, want)
		}
	}
}

// The most that something costs is its cost rounded up, and never below what it is charged.
func TestMost(t *testing.T) {
	p := Price{Known: true, Input: 1, Output: 999_999, Request: 3}
	for _, c := range []struct {
		u    llm.Usage
		most MicroDollars
	}{
		{llm.Usage{}, 3}, {llm.Usage{Input: 1}, 4}, {llm.Usage{Input: 1_000_000}, 4}, {llm.Usage{Input: 1_000_001}, 5},
		{llm.Usage{Input: 1, Output: 1}, 4}, {llm.Usage{Input: 2, Output: 1}, 5}, {llm.Usage{Output: math.MaxInt64, Input: math.MaxInt64}, math.MaxInt64},
	} {
		if got := p.Most(c.u); got != c.most || got < p.Cost(c.u) {
			t.Errorf("%+v: at most %d, want %d; charged %d", c.u, got, c.most, p.Cost(c.u))
		}
	}
}
