package recall_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"strowger/core/catalog"
	"strowger/core/plan"
	"strowger/core/recall"
	"strowger/core/stats"
)

// mutate changes what a configuration says of routing, prices and endpoints.
func mutate(cfg *catalog.Config, rng *rand.Rand) {
	r := &cfg.Routing
	if rng.IntN(2) == 0 {
		r.Strategy = catalog.StrategyNamed(catalog.StrategyNames()[rng.IntN(6)])
	}
	if rng.IntN(2) == 0 {
		r.MaxAttempts = 1 + rng.IntN(4)
	}
	if rng.IntN(3) == 0 {
		r.Fallback = nil
	}
	if rng.IntN(3) == 0 {
		r.Strict = new(bool)
		*r.Strict = rng.IntN(2) == 0
	}
	for i := range cfg.Models {
		for j := range cfg.Models[i].Endpoints {
			e := &cfg.Models[i].Endpoints[j]
			switch rng.IntN(6) {
			case 0:
				e.MaxOutput = rng.Int64N(500) + 1
			case 1:
				e.Price.Output += rng.Int64N(5_000_000)
			case 2:
				e.Context = rng.Int64N(5000) + 1
			}
		}
	}
	for i := range cfg.Routes {
		if rt := &cfg.Routes[i]; len(rt.Arms) > 1 && rng.IntN(3) == 0 && len(rt.Routing.Fallback) == 0 {
			rt.Failover = !rt.Failover
		}
	}
}

// What a record says would have been decided under another configuration is what is decided
// there, wherever the record says enough of the endpoints.
func TestUnderAnotherCatalog(t *testing.T) {
	cases, compared, changed := uint64(6000), 0, 0
	if testing.Short() {
		cases = 1000
	}
	for seed := range cases {
		in := input(t, seed)
		if in == nil {
			continue
		}
		_, d := plan.Make(*in)
		r, err := recall.Read(d.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		cfg := generate(seed).Config
		mutate(&cfg, rand.New(rand.NewPCG(seed, 9)))
		if _, err := catalog.New(cfg); err != nil {
			continue
		}
		there := under(t, seed, cfg)
		if there == nil {
			continue
		}
		there.Stats = in.Stats
		if there.Funds = nil; in.Funds != nil { // what is left of the same limit, of another amount
			for _, l := range there.Policy.Limits {
				if of := in.Funds.Limit; l.Account == of.Account && l.Per == of.Per && there.Funds == nil {
					there.Funds = &plan.Funds{Left: in.Funds.Left + l.Most - of.Most, Limit: l}
				}
			}
		}
		want := decided(there)
		if !covered(&d, want) {
			continue
		}
		_, got, bad := r.Under(there.Catalog, recall.Change{})
		if bad != nil {
			t.Fatalf("case %d: %v: %s", seed, bad, d.AppendJSON(nil))
		}
		got.Policy.Warnings, want.Policy.Warnings = nil, nil
		for i := range want.Candidates { // nobody asks what is lost where all of a schema is off
			if want.Candidates[i].Endpoint.Disabled && len(got.Candidates) > i {
				got.Candidates[i].Lost, want.Candidates[i].Lost = &plan.Lost{}, &plan.Lost{}
			}
		}
		if a, b := got.AppendJSON(nil), want.AppendJSON(nil); !bytes.Equal(a, b) {
			at := 0
			for a[at] == b[at] {
				at++
			}
			t.Fatalf("case %d: recalled\n…%s\nand decided\n…%s", seed, a[max(at-200, 0):min(at+400, len(a))], b[max(at-200, 0):min(at+400, len(b))])
		}
		compared++
		if !slices.Equal(ids(&d), ids(&got)) {
			changed++
		}
	}
	if compared < int(cases)/3 || changed < int(cases)/20 {
		t.Errorf("%d were compared, and %d changed", compared, changed)
	}
}

func decided(in *plan.Input) *plan.Decision {
	_, d := plan.Make(*in)
	return &d
}

// covered reports whether all candidates of a decision are in a recorded one too.
func covered(recorded, d *plan.Decision) bool {
	for i := range d.Candidates {
		if !slices.ContainsFunc(recorded.Candidates, func(c plan.Candidate) bool { return c.Endpoint.ID == d.Candidates[i].Endpoint.ID }) {
			return false
		}
	}
	return len(d.Candidates) > 0
}

func ids(d *plan.Decision) (list []string) {
	for _, i := range d.Plan {
		list = append(list, d.Candidates[i].Endpoint.ID)
	}
	return list
}

// Overrides do what they say: a circuit that is open puts an endpoint last, one that is closed
// back; a price, a time or a share of successes moves it; and nothing that is shared is changed.
func TestOverrides(t *testing.T) {
	moved := map[string]int{}
	for seed := range uint64(2000) {
		in := input(t, seed)
		if in == nil {
			continue
		}
		_, d := plan.Make(*in)
		if len(d.Plan) < 2 || d.Auto != nil {
			continue
		}
		doc := d.AppendJSON(nil)
		r, err := recall.Read(doc)
		if err != nil {
			t.Fatal(err)
		}
		id := d.Candidates[d.Plan[0]].Endpoint.ID
		for what, o := range map[string]recall.Override{
			"slower": {Latency: 50_000}, "dearer": {Price: 50_000}, "failing": {Success: 1}, "open": {Circuit: recall.CircuitOpen}, "closed": {Circuit: recall.CircuitClosed},
		} {
			o.Endpoint = id
			_, got, _ := r.Under(in.Catalog, recall.Change{Endpoints: []recall.Override{o}})
			if len(got.Plan) == 0 || got.Candidates[got.Plan[0]].Endpoint.ID != id {
				moved[what]++
			}
			for i := range got.Candidates {
				c := &got.Candidates[i]
				if c.Endpoint.ID != id {
					continue
				}
				if what == "open" && c.Reading.Circuit != stats.Open || what == "closed" && c.Resting != nil {
					t.Fatalf("case %d: %s: %s", seed, what, got.AppendJSON(nil))
				}
			}
		}
		for s := catalog.StrategyPriority; s < catalog.StrategyWeighted; s++ {
			if _, got, _ := r.Under(in.Catalog, recall.Change{Strategy: s}); got.Policy.Strategy != s {
				t.Fatal(got.Policy.Strategy)
			}
		}
		if _, again, _ := r.Again(in.Catalog); !bytes.Equal(again.AppendJSON(nil), doc) {
			t.Fatalf("case %d: something that is shared has changed", seed)
		}
	}
	for _, what := range []string{"slower", "dearer", "failing", "open"} {
		if moved[what] < 10 {
			t.Errorf("%s moved %d", what, moved[what])
		}
	}
	if moved["closed"] > 0 {
		t.Errorf("a closed circuit moved %d from the first place", moved["closed"])
	}
}

// BenchmarkUnder is a decision with eight candidates or more that is made again with another state
// of an endpoint; BenchmarkFlips is what would have tipped it.
func BenchmarkUnder(b *testing.B) {
	in, r, d := eight(b)
	change := recall.Change{Endpoints: []recall.Override{{Endpoint: d.Candidates[0].Endpoint.ID, Latency: 1500, Price: 500}}}
	for b.Loop() {
		_, _, _ = r.Under(in.Catalog, change)
	}
}

func BenchmarkFlips(b *testing.B) {
	_, _, d := eight(b)
	for b.Loop() {
		d.Flips()
	}
}

func BenchmarkRead(b *testing.B) {
	_, _, d := eight(b)
	doc := d.AppendJSON(nil)
	for b.Loop() {
		_, _ = recall.Read(doc)
	}
}

func eight(b *testing.B) (*plan.Input, *recall.Record, *plan.Decision) {
	b.Helper()
	for seed := uint64(1); ; seed++ {
		in := input(b, seed)
		if in == nil || in.Policy.Auto != nil || in.Policy.Strategy != catalog.StrategyLatency {
			continue
		}
		if _, d := plan.Make(*in); len(d.Plan) >= 4 && len(d.Candidates) >= 8 && len(d.Candidates) < 10 {
			r, err := recall.Read(d.AppendJSON(nil))
			if err != nil {
				b.Fatal(err)
			}
			return in, r, &d
		}
	}
}
