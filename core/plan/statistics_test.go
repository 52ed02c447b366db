package plan_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// input is that of a model with endpoints p0/x, p1/x, … of the given prices, and an input.
func input(t testing.TB, strategy catalog.Strategy, prices ...int64) *plan.Input {
	t.Helper()
	cfg := catalog.Config{Models: []catalog.Model{{ID: "a/x"}}}
	for i, price := range prices {
		name := "p" + strconv.Itoa(i)
		cfg.Providers = append(cfg.Providers, catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: "https://x"})
		cfg.Models[0].Endpoints = append(cfg.Models[0].Endpoints, catalog.Endpoint{Provider: name, Price: catalog.Price{Known: true, Input: price, Output: price}})
	}
	cfg.Routing.Strategy = strategy
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Model: "a/x", Stream: true, InputTokens: 1000, InputBound: 4000}
	pol, bad := policy.Make(cat, req, policy.Given{})
	if bad != nil {
		t.Fatal(bad)
	}
	return &plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: stats.Frozen{}, Now: noon}
}

// dollars are prices per million tokens.
func dollars(list ...int64) []int64 {
	for i := range list {
		list[i] *= 1_000_000
	}
	return list
}

// chi2 is Pearson's statistic of counts against expected shares.
func chi2(counts []int, shares []float64) (x float64) {
	n, sum := 0, 0.0
	for i := range counts {
		n += counts[i]
		sum += shares[i]
	}
	for i := range counts {
		want := float64(n) * shares[i] / sum
		d := float64(counts[i]) - want
		x += d * d / want
	}
	return x
}

// critical[k] is what chi² exceeds once in ten thousand with k degrees of freedom.
var critical = []float64{0, 15.14, 18.42, 21.11, 23.51, 25.74}

// The shares of value are in proportion to 1/price² among what is available, at the first
// place and at the second among those that are left; one that rests changes no proportion.
func TestValueShares(t *testing.T) {
	const draws = 40_000
	for _, c := range []struct {
		name    string
		prices  []int64
		resting int
	}{
		{"two", dollars(1, 3), -1},
		{"three", dollars(1, 2, 4), -1},
		{"the cheapest rests", dollars(1, 2, 4, 3), 0},
		{"one in the middle rests", dollars(5, 2, 4, 3, 3), 3},
		{"close to each other", dollars(10, 11, 12, 13, 14), -1},
		{"far apart", []int64{1000, 2000, 500_000_000}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := input(t, catalog.StrategyValue, c.prices...)
			if c.resting >= 0 {
				in.Stats = stats.Frozen{"p" + strconv.Itoa(c.resting) + "/x": {Uptime: 1000, Limited: stats.MomentOf(noon.Add(time.Minute))}}
			}
			counts, second := make([]int, len(c.prices)), make([]int, len(c.prices))
			for seed := range uint64(draws) {
				in.Seed = seed
				p, _ := plan.Make(*in)
				counts[p.Order[0]]++
				if p.Order[0] == 1 {
					second[p.Order[1]]++
				}
				if last := p.Order[len(p.Order)-1]; c.resting >= 0 && last != c.resting {
					t.Fatalf("endpoint %d is last, not the one that rests", last)
				}
			}
			fair(t, "first", counts, c.prices, c.resting)
			fair(t, "second", second, c.prices, c.resting, 1)
		})
	}
}

// fair holds counts against 1/price² of all endpoints but those that are out.
func fair(t *testing.T, place string, counts []int, prices []int64, out ...int) {
	t.Helper()
	var have []int
	var shares []float64
	for i, p := range prices {
		excluded := false
		for _, o := range out {
			excluded = excluded || o == i
		}
		if excluded {
			if counts[i] > 0 {
				t.Errorf("%s: endpoint %d was drawn", place, i)
			}
			continue
		}
		have, shares = append(have, counts[i]), append(shares, 1e18/float64(p)/float64(p))
	}
	x := chi2(have, shares)
	if len(have) > 1 && have[0]+have[1] > 0 && x > critical[len(have)-1] && shares[len(shares)-1]/shares[0] > 1e-6 {
		t.Errorf("%s: counts %v are not in the proportions %v: chi² is %.1f", place, have, shares, x)
	}
}

// Exploration takes one request in twenty, and none when everything is known.
func TestExplorationShare(t *testing.T) {
	const requests = 100_000
	known := stats.Reading{Uptime: 1000, Samples: 9000, Stream: stats.Speed{Samples: 9000, Mean: 300_000, Tokens: 50_000}}
	for _, strategy := range []catalog.Strategy{catalog.StrategyLatency, catalog.StrategyThroughput, catalog.StrategyPriority, catalog.StrategyCost, catalog.StrategyValue, catalog.StrategyBalanced} {
		for unknown := range 4 {
			in := input(t, strategy, dollars(1, 1, 1, 1)...)
			readings := stats.Frozen{}
			for i := unknown; i < 4; i++ {
				readings["p"+strconv.Itoa(i)+"/x"] = known
			}
			in.Stats = readings
			explored, counts := 0, make([]int, 4)
			for seed := range uint64(requests) {
				in.Seed = seed
				p, d := plan.Make(*in)
				if d.Explored {
					explored++
					counts[p.Order[0]]++
				} else if timed := strategy == catalog.StrategyLatency || strategy == catalog.StrategyThroughput; timed && p.Order[0] < unknown {
					t.Fatal("one that is unknown goes first, and not to be explored")
				}
			}
			want := 0
			if unknown > 0 && (strategy == catalog.StrategyLatency || strategy == catalog.StrategyThroughput) {
				want = requests / 20
			}
			if explored < want*95/100 || explored > want*105/100 {
				t.Errorf("%s with %d unknown: explored %d times, want %d", strategy, unknown, explored, want)
			}
			if want > 0 && unknown > 1 {
				if x := chi2(counts[:unknown], []float64{1, 1, 1}[:unknown]); x > critical[unknown-1] {
					t.Errorf("%s: explored %v times each", strategy, counts)
				}
			}
		}
	}
}

// turns drives the strategy balanced as a host does: each pick is noted and is in flight
// for a while.
type turns struct {
	t      *testing.T
	in     *plan.Input
	board  stats.Board
	rng    *rand.Rand
	flying []string
	counts map[string]int
}

func (r *turns) pick(n int) {
	for range n {
		r.in.Now = r.in.Now.Add(time.Millisecond)
		p, d := plan.Make(*r.in)
		id := d.Candidates[p.Order[0]].Endpoint.ID
		if p.Pick != id {
			r.t.Fatalf("the turn is %q's, and %q goes first", p.Pick, id)
		}
		r.board.Begin(id, "p", r.in.Now)
		r.board.Pick(p.Pick, p.Count)
		r.flying = append(r.flying, id)
		r.counts[id]++
		for len(r.flying) > 0 && r.rng.IntN(3) > 0 {
			i := r.rng.IntN(len(r.flying))
			r.end(r.flying[i], stats.OutcomeOK)
			r.flying = append(r.flying[:i], r.flying[i+1:]...)
		}
	}
}

func (r *turns) end(id string, o stats.Outcome) {
	r.board.Finish(id)
	r.board.Fold(stats.Sample{Endpoint: id, At: r.in.Now, Outcome: o, Stream: true, FirstToken: time.Millisecond, Total: 2 * time.Millisecond})
}

// even checks that the counts since the last check differ by at most one, or by two if
// that was in the middle of a round; but for one that was away.
func (r *turns) even(what string, allowed int, away ...string) {
	r.t.Helper()
	least, most := 1<<30, 0
	for i := range r.in.Catalog.Model("a/x").Endpoints {
		id := "p" + strconv.Itoa(i) + "/x"
		if len(away) > 0 && id == away[0] {
			if r.counts[id] != 0 {
				r.t.Errorf("%s: %s was picked %d times", what, id, r.counts[id])
			}
			continue
		}
		least, most = min(least, r.counts[id]), max(most, r.counts[id])
	}
	if most-least > allowed {
		r.t.Errorf("%s: picked %v", what, r.counts)
	}
	clear(r.counts)
}

func TestBalancedIsEven(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8} {
		r := &turns{t: t, in: input(t, catalog.StrategyBalanced, make([]int64, n)...), rng: rand.New(rand.NewPCG(1, uint64(n))), counts: map[string]int{}}
		r.in.Stats = &r.board
		for range 100 { // even at every moment, not only in the end
			r.pick(100)
			least, most := 1<<30, 0
			for i := range n {
				c := r.counts["p"+strconv.Itoa(i)+"/x"]
				least, most = min(least, c), max(most, c)
			}
			if most-least > 1 {
				t.Fatalf("%d endpoints: picked %v", n, r.counts)
			}
		}
		if n < 2 {
			continue
		}
		r.even("10,000 picks", 1)
		// p1 goes away for a thousand picks; the others are even among themselves.
		for range 3 {
			r.board.Begin("p1/x", "p1", r.in.Now)
			r.end("p1/x", stats.OutcomeOverloaded)
		}
		r.flying = nil
		r.pick(1000)
		r.even("one is away", 2, "p1/x")
		// It comes back, and gets its share from then on, not what it missed.
		r.board.Fold(stats.Sample{Endpoint: "p1/x", At: r.in.Now, Outcome: stats.OutcomeOK})
		for i := range 20 {
			r.pick(n)
			if r.counts["p1/x"] > i+2 {
				t.Errorf("%d endpoints: after %d rounds the one that was away was picked %d times", n, i+1, r.counts["p1/x"])
			}
		}
		clear(r.counts)
		r.pick(3000)
		r.even("after it came back", 2)
	}
}

// Fewest in flight decides between those of the same count.
func TestBalancedMindsWhatIsInFlight(t *testing.T) {
	in := input(t, catalog.StrategyBalanced, 0, 0, 0)
	board := &stats.Board{}
	in.Stats = board
	board.Begin("p0/x", "p0", in.Now)
	board.Begin("p0/x", "p0", in.Now)
	board.Begin("p1/x", "p1", in.Now)
	for _, want := range []int{2, 1, 0} {
		p, _ := plan.Make(*in)
		if p.Order[0] != want {
			t.Fatalf("picked %d, want %d", p.Order[0], want)
		}
		board.Pick(p.Pick, p.Count)
	}
}
