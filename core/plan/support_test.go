package plan_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/codec/openai"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/plan/plantest"
	"strowger/core/policy"
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
	req, bad := openai.Codec{}.ReadRequest(llm.OperationChat, c.Body)
	if bad != nil {
		return nil, bad
	}
	pol, bad := policy.Make(cat, req, c.Header)
	if bad != nil {
		return nil, bad
	}
	board := c.Board()
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	for i := range c.Config.Models {
		for _, e := range cat.Model(c.Config.Models[i].ID).Endpoints {
			for range rng.IntN(6) / 3 {
				board.Begin(e.ID)
			}
			board.Pick(e.ID, int64(rng.IntN(5)))
		}
	}
	now := c.Now.Add(time.Duration(rng.IntN(1000))).In(time.FixedZone("", 3600))
	return &plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: board, Now: now, Seed: c.Seed}, nil
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
	Samples int64 `json:"samples_milli"`
	Mean    int64 `json:"mean_us"`
	P50     int64 `json:"p50_us"`
	P90     int64 `json:"p90_us"`
	P99     int64 `json:"p99_us"`
	Tokens  int64 `json:"tokens_per_ks"`
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
			reading.Until = *r.Until
		}
		if r.Limited != nil {
			reading.Limited = *r.Limited
		}
		f[c.Endpoint] = reading
	}
	return f
}
