package plan_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// number is a whole number of any size that may occur, small ones and extremes too.
func number(rng *rand.Rand) int64 {
	switch rng.IntN(12) {
	case 0:
		return 0
	case 1:
		return math.MaxInt64
	}
	return rng.Int64N(1 << (1 + rng.IntN(40)))
}

// The reserve is exact, rounded up, for any numbers; and what is used within its bounds
// never costs more.
func TestReserve(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	in := input(t, catalog.StrategyPriority, 0)
	in.Policy.Arms = append([]catalog.Endpoint{}, in.Catalog.Model("a/x").Endpoints...)
	in.Funds = &plan.Funds{Left: math.MaxInt64, Limit: policy.Limit{Account: "all", CostLimit: catalog.CostLimit{Most: 1, Per: catalog.PerDay}}}
	for range 20_000 {
		p := catalog.Price{Known: true, Input: number(rng), CacheRead: number(rng), CacheWrite: number(rng), CacheWriteHour: number(rng), Output: number(rng), Reasoning: number(rng), Request: number(rng), Image: number(rng)}
		in.Policy.Arms[0].Price = p
		in.Request.InputBound, in.Request.MaxOutput, in.Request.Choices = number(rng), number(rng), number(rng)
		in.Request.Images = min(number(rng), 1<<40)
		got, d := plan.Make(*in)
		out := in.Request.MaxOutput
		if out == 0 {
			out = 400
		}
		most := in.Request.InputBound
		wrote := min64(mul(out, max(in.Request.Choices, 1)))
		sum := new(big.Int).Add(mul(most, max(p.Input, p.CacheRead, p.CacheWrite, p.CacheWriteHour)), mul(wrote, max(p.Output, p.Reasoning)))
		sum.Add(sum, mul(p.Request, 1_000_000)).Add(sum, mul(in.Request.Images*1_000_000, p.Image))
		sum.Add(sum, big.NewInt(999_999)).Quo(sum, big.NewInt(1_000_000))
		if want := min64(sum); got.Reserve != want || d.Reserve != want {
			t.Fatalf("%+v %+v: reserved %d, want %d", p, d.Request, got.Reserve, want)
		}
		u := llm.Usage{Input: part(rng, &most), CacheRead: part(rng, &most), CacheWrite: part(rng, &most), CacheWriteHour: part(rng, &most), Output: part(rng, &wrote), Reasoning: part(rng, &wrote), Images: in.Request.Images}
		if cost := p.Cost(u); cost > got.Reserve {
			t.Fatalf("%+v of %+v: %+v costs %d, reserved %d", p, d.Request, u, cost, got.Reserve)
		}
	}
}

// Whatever tiers a price has, what is used within the bounds of the request never costs more
// than what is reserved, and the dearest use costs that.
func TestReserveInTiers(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	in := input(t, catalog.StrategyPriority, 0)
	in.Policy.Arms = append([]catalog.Endpoint{}, in.Catalog.Model("a/x").Endpoints...)
	in.Funds = &plan.Funds{Left: math.MaxInt64, Limit: policy.Limit{Account: "all", CostLimit: catalog.CostLimit{Most: 1, Per: catalog.PerDay}}}
	price := func() catalog.Price {
		n := func() int64 { return rng.Int64N(20_000_000) }
		return catalog.Price{Known: true, Input: n(), CacheRead: n(), CacheWrite: n(), CacheWriteHour: n(), Output: n(), Reasoning: n(), Request: n(), Image: n()}
	}
	reached := 0
	for range 3000 {
		p := price()
		for above := rng.Int64N(4000); len(p.Tiers) < rng.IntN(4); above += 1 + rng.Int64N(4000) {
			p.Tiers = append(p.Tiers, catalog.Tier{Above: 1 + above, Price: price()})
		}
		in.Policy.Arms[0].Price = p
		r := in.Request
		r.InputBound, r.MaxOutput, r.Images = rng.Int64N(9000), 1+rng.Int64N(900), rng.Int64N(3)
		got, _ := plan.Make(*in)
		var dearest int64
		lengths := []int64{r.InputBound}
		for _, t := range p.Tiers {
			lengths = append(lengths, min(t.Above, r.InputBound), min(t.Above+1, r.InputBound))
		}
		for i := range 60 {
			u := llm.Usage{Images: r.Images}
			input, output := []*int64{&u.Input, &u.CacheRead, &u.CacheWrite, &u.CacheWriteHour}, []*int64{&u.Output, &u.Reasoning}
			*input[i%4], *output[i/4%2] = lengths[i/8%len(lengths)], r.MaxOutput
			dearest = max(dearest, p.Most(u))
			most, wrote := r.InputBound, r.MaxOutput
			u = llm.Usage{Input: part(rng, &most), CacheRead: part(rng, &most), CacheWriteHour: part(rng, &most), Output: part(rng, &wrote), Reasoning: part(rng, &wrote), Images: r.Images}
			if cost := p.Cost(u); cost > got.Reserve {
				t.Fatalf("%+v: %+v costs %d, reserved %d", p, u, cost, got.Reserve)
			}
		}
		if dearest != got.Reserve {
			t.Fatalf("%+v of %+v: reserved %d, the dearest use costs %d", p, r, got.Reserve, dearest)
		}
		if len(p.Tiers) > 0 && r.InputBound > p.Tiers[0].Above {
			reached++
		}
	}
	if reached < 500 {
		t.Errorf("only %d requests can reach a tier", reached)
	}
}

// part takes some of what is left, or all of it.
func part(rng *rand.Rand, left *int64) int64 {
	n := *left
	if n > 0 && rng.IntN(3) > 0 {
		n = rng.Int64N(n)
	}
	*left -= n
	return n
}

func mul(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

func min64(v *big.Int) int64 {
	if v.IsInt64() {
		return v.Int64()
	}
	return math.MaxInt64
}

// However limits are mixed: what is planned is within each, and what fell out for money
// is beyond one of them.
func TestLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	seen := map[string]int{}
	for range 5000 {
		prices := make([]int64, 1+rng.IntN(4))
		for i := range prices {
			prices[i] = rng.Int64N(30_000_000)
		}
		in := input(t, catalog.StrategyCost, prices...)
		in.Request.MaxOutput = rng.Int64N(2000)
		lowest := int64(math.MaxInt64)
		for range rng.IntN(3) {
			l := policy.Limit{Account: "all", CostLimit: catalog.CostLimit{Most: rng.Int64N(60_000), Per: catalog.PerRequest}}
			in.Policy.Limits = append(in.Policy.Limits, l)
			lowest = min(lowest, l.Most)
		}
		left := int64(math.MaxInt64)
		if rng.IntN(2) == 0 {
			left = rng.Int64N(100_000)
			in.Funds = &plan.Funds{Left: left, Limit: policy.Limit{Account: "key laptop", CostLimit: catalog.CostLimit{Most: 1_000_000, Per: catalog.PerDay}}}
		}
		p, d := plan.Make(*in)
		out := d.Request.OutputTokens
		if d.Request.MaxOutput > 0 {
			out = d.Request.MaxOutput
		}
		for i := range d.Candidates {
			c := &d.Candidates[i]
			price := c.Endpoint.Price.Input // of input and output alike
			fits := price*(1000+out) <= lowest*1_000_000 || lowest == math.MaxInt64
			covered := price*(4000+out) <= left*1_000_000 || left == math.MaxInt64
			if (c.Rank > 0) != (fits && covered) {
				t.Fatalf("limit %d, left %d: %s", lowest, left, d.AppendJSON(nil))
			}
			if c.Rank == 0 && c.Excluded.Code.String() != "cost_limit" {
				t.Fatalf("excluded by %s", c.Excluded)
			}
		}
		if d.OverLimit() != (len(p.Order) == 0) || d.Filtered() || p.Reserve > left {
			t.Fatalf("reserved %d of %d: %s", p.Reserve, left, d.AppendJSON(nil))
		}
		if d.OverLimit() {
			seen["over"]++
			if !strings.Contains(d.Why(), "cost") {
				t.Fatal(d.Why())
			}
		} else {
			seen["within"]++
		}
	}
	if seen["over"] < 500 || seen["within"] < 500 {
		t.Errorf("got %v", seen)
	}
}
