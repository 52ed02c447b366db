package recall_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/codec/openai"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/plan/plantest"
	"strowger/core/policy"
	"strowger/core/recall"
	"strowger/core/router"
	"strowger/core/stats"
)

// input makes the input of a generated case, with its route and key, attempts in flight and
// turns had; every third asks for auto. nil: the request is refused.
func input(t testing.TB, seed uint64) *plan.Input {
	t.Helper()
	return under(t, seed, generate(seed).Config)
}

// generate is a case of plantest with prices of images.
func generate(seed uint64) plantest.Case {
	c := plantest.Generate(seed)
	prices := rand.New(rand.NewPCG(seed, 3))
	for i := range c.Config.Models {
		for j := range c.Config.Models[i].Endpoints {
			if p := &c.Config.Models[i].Endpoints[j].Price; p.Known {
				p.Image = prices.Int64N(3000)
			}
		}
	}
	return c
}

// under is input with another configuration.
func under(t testing.TB, seed uint64, cfg catalog.Config) *plan.Input {
	t.Helper()
	c := generate(seed)
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	req, bad := openai.Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, c.Body)
	if bad != nil {
		return nil
	}
	if seed%3 == 0 {
		req.Model = []string{"auto", "auto:speed", "auto:cost", "auto:quality"}[seed/3%4]
	}
	route, _ := cat.RouteOf(c.Route)
	pol, bad := policy.Make(cat, req, policy.Given{Header: c.Header, Route: route, Key: c.Key})
	if bad != nil {
		return nil
	}
	board := c.Board()
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	for i := range c.Config.Models {
		for _, e := range c.Config.Models[i].Endpoints {
			e.ID = e.Provider + "/" + e.Name
			for range rng.IntN(6) / 3 {
				board.Begin(e.ID, e.Provider, c.Now)
			}
			board.Pick(e.ID, int64(rng.IntN(5)))
		}
	}
	if seed%5 == 0 { // somebody has switched a provider off
		board.Off = map[string]stats.Moment{c.Config.Providers[0].Name: stats.MomentOf(c.Now.Add(time.Hour))}
	}
	var tables [llm.SchemaCount]*codec.Table
	for s := range tables {
		tables[s] = router.Table(llm.Schema(s))
	}
	said := exchange.Translate(cat, &pol, req, openai.Codec{}, &tables)
	in := &plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: board, Now: c.Now.Add(time.Duration(rng.IntN(1000))), Seed: c.Seed, Funds: c.Funds, Lost: said.Lost}
	if pol.Auto != nil {
		task := pool.Read(req, said.Said, c.Key)
		in.Task = &task
		if rng.IntN(3) > 0 {
			in.Last = &pool.Turn{Model: pol.Auto.Pool[rng.IntN(len(pol.Auto.Pool))], At: c.Now.Add(-time.Duration(rng.Int64N(int64(10 * time.Minute)))), Warm: rng.Int64N(3000)}
		}
		if rng.IntN(2) > 0 {
			in.Learned = &pool.Learned{Rev: "abc", Outcomes: 7, Models: map[string]int32{pol.Auto.Pool[0]: int32(rng.IntN(60) - 30)}}
			for i := range in.Learned.Features {
				in.Learned.Features[i] = int16(rng.IntN(21) - 10)
			}
		}
	}
	return in
}

// Twelve thousand generated decisions are made again from their JSON and the catalog, to the byte.
func TestAgain(t *testing.T) {
	cases, seen := uint64(12_000), map[string]int{}
	if testing.Short() {
		cases = 1500
	}
	for seed := range cases {
		in := input(t, seed)
		if in == nil {
			continue
		}
		p, d := plan.Make(*in)
		doc := d.AppendJSON(nil)
		r, err := recall.Read(doc)
		if err != nil {
			t.Fatalf("case %d: %v: %s", seed, err, doc)
		}
		q, again, err := r.Again(in.Catalog)
		if err != nil {
			t.Fatalf("case %d: %v: %s", seed, err, doc)
		}
		if got := again.AppendJSON(nil); !bytes.Equal(got, doc) {
			t.Fatalf("case %d: decided\n%s\nand again\n%s", seed, doc, got)
		}
		if p.Pick != q.Pick || p.Count != q.Count || p.Reserve != q.Reserve {
			t.Fatalf("case %d: planned %+v and again %+v", seed, p, q)
		}
		seen[d.Policy.Strategy.String()]++
		for what, is := range map[string]bool{"auto": d.Auto != nil, "learned": d.Auto != nil && d.Auto.Learned != nil, "drawn": len(d.Drawn) > 0, "funds": d.Funds != nil,
			"cannot": bytes.Contains(doc, []byte(`"cannot":`)), "losses": bytes.Contains(doc, []byte(`"losses":[{`)), "refused": len(d.Plan) == 0,
			"shift": bytes.Contains(doc, []byte("learned_difficulty"))} {
			if is {
				seen[what]++
			}
		}
	}
	for _, what := range strings.Fields("priority cost latency throughput balanced value weighted auto learned shift drawn funds cannot losses refused") {
		if seen[what] < int(cases)/300 {
			t.Errorf("%s occurs in %d of %d cases", what, seen[what], cases)
		}
	}
}

// natural is the candidate that stands first but for chance.
func natural(d *plan.Decision) int {
	switch {
	case len(d.Plan) == 0:
		return -1
	case d.Explored && len(d.Plan) > 1:
		return d.Plan[1]
	}
	return d.Plan[0]
}

// What a flip says is so: with the figure that it names the candidate is the first, and with one
// that is a unit short it is not.
func TestFlips(t *testing.T) {
	cases, seen := uint64(12_000), map[string]int{}
	if testing.Short() {
		cases = 1500
	}
	for seed := range cases {
		in := input(t, seed)
		if in == nil {
			continue
		}
		_, d := plan.Make(*in)
		if d.Auto != nil || d.Explored && len(d.Plan) < 2 {
			continue // the choice of a model is tested in core/auto/pool
		}
		r, err := recall.Read(d.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		flips, first := d.Flips(), natural(&d)
		told := map[int]bool{first: true}
		for _, f := range flips {
			told[f.Candidate] = true
			if f.Candidate == first || f.Text(&d) == "" {
				t.Fatalf("case %d: %+v", seed, f)
			}
			settable := f.Unit != plan.UnitPosition && f.From >= 0
			if !f.First || !settable {
				continue
			}
			seen[f.Quantity]++
			set := recall.Of(&d, f)
			_, flipped, _ := r.Under(in.Catalog, recall.Change{Settings: []recall.Setting{set}})
			if natural(&flipped) != f.Candidate {
				t.Fatalf("case %d: %s: it does not: %+v\n%s\n%s", seed, f.Text(&d), f, d.AppendJSON(nil), flipped.AppendJSON(nil))
			}
			if set.Value += short(f); f.To == set.Value {
				continue
			}
			_, flipped, _ = r.Under(in.Catalog, recall.Change{Settings: []recall.Setting{set}})
			if natural(&flipped) == f.Candidate {
				t.Fatalf("case %d: %s: so it would with %d: %+v\n%s", seed, f.Text(&d), set.Value, f, d.AppendJSON(nil))
			}
		}
		for i := range d.Candidates {
			if !told[i] {
				t.Fatalf("case %d: nothing is said of candidate %d: %s", seed, i, d.AppendJSON(nil))
			}
		}
	}
	for _, what := range strings.Fields("input output request image first_token whole_answer tokens_per_ks uptime picked in_flight circuit_open retry_after circuit_probing") {
		if seen[what] < int(cases)/1500 {
			t.Errorf("%s occurs in %d flips", what, seen[what])
		}
	}
}

// short is the step by which a flip falls short.
func short(f plan.Flip) int64 {
	switch {
	case f.Quantity == "circuit_open" || f.Quantity == "retry_after" || f.Quantity == "circuit_probing":
		return 0
	case f.To > f.From:
		return -1
	}
	return 1
}

// A reading never makes anything up: whatever is read can be decided on.
func FuzzRead(f *testing.F) {
	var cat *catalog.Catalog
	for seed := range uint64(40) {
		if in := input(f, seed); in != nil {
			_, d := plan.Make(*in)
			f.Add(d.AppendJSON(nil))
			cat = in.Catalog
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := recall.Read(doc)
		if err != nil {
			return
		}
		_, d := plan.Make(r.Input(cat))
		again := d.AppendJSON(nil)
		if s, err := recall.Read(again); err != nil || len(s.Lacks) > 0 {
			t.Fatalf("%v %v: %s", err, s, again)
		}
		d.Flips()
		_, d, _ = r.Under(cat, recall.Change{Endpoints: []recall.Override{{Endpoint: "openai/gpt-4o", Latency: 2000, Success: 500, Price: 10, Circuit: recall.CircuitOpen}}})
		d.AppendJSON(nil)
	})
}

// A record of before a decision said all of it can be made again unless it lacks what decided,
// and then says what; and one of another configuration says so.
func TestLacks(t *testing.T) {
	strip := regexp.MustCompile(`,"(allow_fallbacks_from|strict_from)":"[a-z]*"|,"drawn":\[[0-9,]*\]|,"cannot":\{[^}]*\}`)
	seen := map[string]int{}
	for seed := range uint64(3000) {
		in := input(t, seed)
		if in == nil {
			continue
		}
		_, d := plan.Make(*in)
		doc := d.AppendJSON(nil)
		old := strip.ReplaceAll(doc, nil)
		r, err := recall.Read(old)
		if err != nil {
			t.Fatalf("case %d: %v: %s", seed, err, old)
		}
		_, again, err := r.Again(in.Catalog)
		if err == nil {
			got := again.AppendJSON(nil)
			if got = strip.ReplaceAll(got, nil); !bytes.Equal(got, old) {
				t.Fatalf("case %d: it lacks nothing, decided\n%s\nand again\n%s", seed, old, got)
			}
			seen["again"]++
			continue
		}
		for _, field := range strings.Split(strings.TrimPrefix(err.Error(), "the record is of an older version, and lacks "), ", ") {
			seen[strings.TrimLeft(strings.TrimPrefix(field, "candidates["), "0123456789]")]++
		}
		if r.Rev = "0123456789abcdef"; seen["rev"] == 0 {
			_, _, err = r.Again(in.Catalog)
			if err.Error() != "it was decided under the configuration 0123456789abcdef, and this one is "+d.Rev {
				t.Fatal(err)
			}
			seen["rev"]++
		}
	}
	for _, what := range []string{"again", "policy.drawn", ".cannot", "rev"} {
		if seen[what] == 0 {
			t.Errorf("%s does not occur in %v", what, seen)
		}
	}
}

// What is no record is refused, with the place and what is wrong.
func TestRefuses(t *testing.T) {
	_, d := plan.Make(*input(t, 1))
	doc := string(d.AppendJSON(nil))
	for _, c := range []struct{ old, new, want string }{
		{`{"at":"`, `{"at":"x`, "at: expected a moment such as 2025-06-01T12:00:00.000000Z"},
		{`"seed":"`, `"seed":"z`, "seed: expected 16 hexadecimal digits"},
		{`"stream":`, `"streams":`, `request: unknown member "streams"`},
		{`"order":`, `"strict":true,"ordered":`, `policy: unknown member "ordered"`},
		{`"uptime_permille":`, `"uptime_permille":1`, "candidates.reading.uptime_permille: expected a whole number from 0 to 1000"},
		{`"plan":[`, `"plan":[1,`, "plan: expected a string"},
		{`"explored":`, `"at":null,"explored":`, "duplicate key"},
		{`"funds":`, `"fund":`, `unknown member "fund"`},
	} {
		if !strings.Contains(doc, c.old) {
			continue
		}
		_, err := recall.Read([]byte(strings.Replace(doc, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
	}
	if _, err := recall.Read([]byte(`[]`)); err == nil {
		t.Error("an array is read")
	}
	if _, err := recall.Read([]byte(`{}`)); err == nil || err.Error() != "at: missing" {
		t.Error(err)
	}
}
