package plan_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/codec/openai"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/plan/plantest"
	"strowger/core/policy"
	"strowger/core/router"
	"strowger/core/stats"
)

var noon = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// prepare makes the input of a generated case, with attempts in flight and turns had, at
// a time that is not in whole microseconds; nil when the request is refused.
func prepare(t testing.TB, c *plantest.Case) (*plan.Input, *llm.Error) {
	t.Helper()
	cat, err := catalog.New(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	req, bad := openai.Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, c.Body)
	if bad != nil {
		return nil, bad
	}
	pol, bad := policy.Make(cat, req, policy.Given{Header: c.Header})
	if bad != nil {
		return nil, bad
	}
	bridge(c, cat, req, &pol)
	board := c.Board()
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	for i := range c.Config.Models {
		for _, e := range cat.Model(c.Config.Models[i].ID).Endpoints {
			for range rng.IntN(6) / 3 {
				board.Begin(e.ID, e.Provider, c.Now)
			}
			board.Pick(e.ID, int64(rng.IntN(5)))
		}
	}
	now := c.Now.Add(time.Duration(rng.IntN(1000))).In(time.FixedZone("", 3600))
	var tables [llm.SchemaCount]*codec.Table
	for s := range tables {
		tables[s] = router.Table(llm.Schema(s))
	}
	said := exchange.Translate(cat, &pol, req, openai.Codec{}, &tables)
	return &plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: board, Now: now, Seed: c.Seed, Funds: c.Funds, Lost: said.Lost}, nil
}

// bridge fills in what the case's route, key and preferences mean, where policy.Make has
// not.
func bridge(c *plantest.Case, cat *catalog.Catalog, req *llm.Request, p *policy.Policy) {
	rng := rand.New(rand.NewPCG(c.Seed, 2))
	if len(p.Preferred) == 0 {
		for range rng.IntN(8) / 5 {
			p.Preferred = append(p.Preferred,
				policy.Preference{Latency: true, Percentile: []int{50, 75, 90, 99}[rng.IntN(4)], Value: 200_000 + rng.Int64N(2_000_000)},
				policy.Preference{Percentile: []int{50, 75, 90, 99}[rng.IntN(4)], Value: rng.Int64N(200_000)})
		}
	}
	if len(p.Limits) == 0 {
		limits := slices.Clone(cat.Config().CostLimits)
		for _, k := range cat.Config().Keys {
			if k.Name == c.Key {
				limits = append(limits, k.CostLimits...)
			}
		}
		for _, l := range limits {
			p.Limits = append(p.Limits, policy.Limit{Account: "all", CostLimit: l})
		}
	}
	at := slices.IndexFunc(cat.Config().Routes, func(r catalog.Route) bool { return r.Path == c.Route })
	if p.Route != "" || at < 0 {
		return
	}
	r := &cat.Config().Routes[at]
	p.Route, p.Key, p.Cache.TTL = r.Path, c.Key, r.Cache.TTL
	for _, a := range r.Arms {
		for _, e := range cat.Model(p.Model).Endpoints {
			if e.Provider == a.Provider {
				e.Weight = a.Weight
				p.Arms = append(p.Arms, e)
				break
			}
		}
	}
	p.AllowFallbacks = p.AllowFallbacks && (r.Failover || len(r.Arms) < 2)
	if r.LoadBalancing {
		p.Strategy = catalog.StrategyWeighted
	}
	if r.Sticky != catalog.StickyNone {
		for _, b := range []byte(req.User) {
			p.Stick = p.Stick*31 + uint64(b)
		}
	}
}

// document is a decision as a reader of its JSON sees it.
type document struct {
	At         time.Time
	Seed       string
	Request    struct{ Schema, Operation string }
	Candidates []struct {
		Endpoint string
		Group    int
		Rank     int
		Excluded *struct{ Code, Text string }
		Resting  *struct{ Code, Text string }
		Score    *int64
		Reading  struct {
			Stream, Whole  *speed
			Uptime         int64 `json:"uptime_permille"`
			Samples        int64 `json:"samples_milli"`
			Failures       int
			Circuit        string
			Until, Limited *time.Time
			InFlight       int64 `json:"in_flight"`
			Probes, Picked int64
		}
	}
	Plan     []string
	Explored bool
	Why      string
}

type speed struct {
	Samples int64  `json:"samples_milli"`
	Mean    int64  `json:"mean_us"`
	Tokens  int64  `json:"tokens_per_ks"`
	P50     uint32 `json:"p50_us"`
	P75     uint32 `json:"p75_us"`
	P90     uint32 `json:"p90_us"`
	P99     uint32 `json:"p99_us"`
	T50     uint32 `json:"p50_tokens_per_ks"`
	T75     uint32 `json:"p75_tokens_per_ks"`
	T90     uint32 `json:"p90_tokens_per_ks"`
	T99     uint32 `json:"p99_tokens_per_ks"`
}

func parse(t testing.TB, doc []byte) *document {
	t.Helper()
	d := &document{}
	if err := json.Unmarshal(doc, d); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return d
}

// frozen are the readings that the document holds.
func (d *document) frozen() stats.Frozen {
	f := stats.Frozen{}
	for _, c := range d.Candidates {
		r := &c.Reading
		reading := stats.Reading{Uptime: r.Uptime, Samples: r.Samples, Failures: r.Failures, Circuit: stats.StateNamed(r.Circuit),
			InFlight: r.InFlight, Probes: r.Probes, Picked: r.Picked}
		if r.Stream != nil {
			reading.Stream = stats.Speed(*r.Stream)
		}
		if r.Whole != nil {
			reading.Whole = stats.Speed(*r.Whole)
		}
		if r.Until != nil {
			reading.Until = stats.MomentOf(*r.Until)
		}
		if r.Limited != nil {
			reading.Limited = stats.MomentOf(*r.Limited)
		}
		f[c.Endpoint] = reading
	}
	return f
}
