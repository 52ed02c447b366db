package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/plan/plantest"
	"strowger/core/stats"
)

// Ten thousand generated cases: the same input gives the same bytes, the bytes are JSON,
// the readings in them suffice to decide again, and every plan keeps the rules.
func TestGeneratedCases(t *testing.T) {
	cases := uint64(10_000)
	if testing.Short() {
		cases = 1000
	}
	seen := map[string]int{}
	for seed := range cases {
		c := plantest.Generate(seed)
		in, bad := prepare(t, &c)
		if bad != nil {
			seen["refused"]++
			continue
		}
		p, d := plan.Make(*in)
		doc := d.AppendJSON(nil)
		if !json.Valid(doc) {
			t.Fatalf("case %d: not JSON: %s", seed, doc)
		}
		again := plantest.Generate(seed)
		fresh, _ := prepare(t, &again)
		_, second := plan.Make(*fresh)
		if got := string(second.AppendJSON(nil)); got != string(doc) {
			t.Fatalf("case %d: decided\n%s\nand then\n%s", seed, doc, got)
		}
		remake(t, seed, in, &d, doc)
		check(t, seed, in, p, &d)
		count(seen, in, &d)
	}
	for _, what := range []string{
		"refused", "explored", "empty plan", "warning", "fallback model first", "resting first",
		"priority", "cost", "latency", "throughput", "balanced", "value", "mixed", "no fallbacks", "from header", "from suffix", "from body", "from global",
		"disabled", "ignored", "not_in_only", "max_price", "undeclared", "context_window", "max_output", "parameter", "fallbacks_off", "max_attempts", "circuit_open", "circuit_probing", "retry_after",
	} {
		if seen[what] < int(cases)/1000 {
			t.Errorf("%q occurs in %d of %d cases", what, seen[what], cases)
		}
	}
	if seen["refused"] > int(cases)/4 {
		t.Errorf("%d of %d cases are refused", seen["refused"], cases)
	}
}

// remake decides again from what the decision itself holds, and from its JSON.
func remake(t *testing.T, seed uint64, in *plan.Input, d *plan.Decision, doc []byte) {
	t.Helper()
	kept := stats.Frozen{}
	for i := range d.Candidates {
		kept[d.Candidates[i].Endpoint.ID] = d.Candidates[i].Reading
	}
	from := *in
	from.Now, from.Seed, from.Policy = d.At, d.Seed, d.Policy
	from.Request = &llm.Request{
		Model: d.Asked, Schema: d.Request.Schema, Operation: d.Request.Operation, Stream: d.Request.Stream, InputTokens: d.Request.InputTokens,
		MaxOutput: d.Request.MaxOutput, Features: d.Request.Features, Parameters: d.Request.Parameters,
	}
	parsed := parse(t, doc)
	from.Stats = kept
	_, second := plan.Make(from)
	if got := string(second.AppendJSON(nil)); got != string(doc) {
		t.Fatalf("case %d: decided\n%s\nand from its own readings\n%s", seed, doc, got)
	}
	from.Stats, from.Now = parsed.frozen(), parsed.At
	_, third := plan.Make(from)
	if got := string(third.AppendJSON(nil)); got != string(doc) {
		t.Fatalf("case %d: decided\n%s\nand from the readings in that\n%s", seed, doc, got)
	}
}

// check holds a plan against the rules that every strategy keeps.
func check(t *testing.T, seed uint64, in *plan.Input, p plan.Plan, d *plan.Decision) {
	t.Helper()
	pol := &in.Policy
	wrong := func(what string) {
		t.Helper()
		t.Fatalf("case %d: %s: %s", seed, what, d.AppendJSON(nil))
	}
	if d.At.Nanosecond()%1000 != 0 || d.At.Location() != time.UTC || d.At.After(in.Now) {
		wrong("the moment is not in whole microseconds")
	}
	if !slices.Equal(p.Order, d.Plan) {
		wrong("the plan is not the decision's")
	}
	want := len(in.Catalog.Model(pol.Model).Endpoints)
	for _, id := range pol.Fallback {
		want += len(in.Catalog.Model(id).Endpoints)
	}
	if len(d.Candidates) != want {
		wrong("a candidate has vanished")
	}
	if len(d.Plan) > pol.MaxAttempts {
		wrong("more attempts than allowed")
	}
	ranks, primaries := 0, 0
	for place, i := range d.Plan {
		c := &d.Candidates[i]
		if c.Rank != place+1 || c.Excluded.Code != plan.ReasonNone {
			wrong("a rank is not the place in the plan")
		}
		if c.Group == 0 {
			primaries++
		}
		if place == 0 {
			continue
		}
		before := &d.Candidates[d.Plan[place-1]]
		rested := before.Resting.Code != plan.ReasonNone
		if rested && c.Resting.Code == plan.ReasonNone {
			wrong("a resting endpoint stands before a healthy one")
		}
		if rested == (c.Resting.Code != plan.ReasonNone) && before.Group > c.Group && !pol.Mixed {
			wrong("a fallback model stands before the one it is for")
		}
	}
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if c.Rank > 0 {
			ranks++
		}
		if (c.Rank > 0) == (c.Excluded.Code != plan.ReasonNone) {
			wrong("a candidate is neither in the plan nor excluded")
		}
		if c.Score.Known && c.Score.Value < 0 {
			wrong("a score below nothing")
		}
	}
	if ranks != len(d.Plan) || !pol.AllowFallbacks && primaries > 1 {
		wrong("the wrong number of attempts")
	}
	if (p.Pick != "") != (pol.Strategy.String() == "balanced" && len(d.Plan) > 0) || p.Pick != "" && (p.Pick != d.Candidates[d.Plan[0]].Endpoint.ID || p.Count < 1) {
		wrong("the turn is not that of the first")
	}
	if why := d.Why(); why == "" || len(d.Plan) > 0 && !strings.HasPrefix(why, d.Candidates[d.Plan[0]].Endpoint.ID+" goes first: ") {
		wrong("why does not name the first")
	}
	if d.Explored && (d.Candidates[d.Plan[0]].Resting.Code != plan.ReasonNone || pol.Strategy.String() != "latency" && pol.Strategy.String() != "throughput") {
		wrong("explored without reason")
	}
}

// count notes what occurs in a case, so that the cases are known to be of every kind.
func count(seen map[string]int, in *plan.Input, d *plan.Decision) {
	note := func(what string, is bool) {
		if is {
			seen[what]++
		}
	}
	p := &in.Policy
	seen[p.Strategy.String()]++
	seen["from "+string(p.StrategyFrom)]++
	note("mixed", p.Mixed)
	note("no fallbacks", !p.AllowFallbacks)
	note("warning", len(p.Warnings) > 0)
	note("explored", d.Explored)
	note("empty plan", len(d.Plan) == 0)
	if len(d.Plan) > 0 {
		first := &d.Candidates[d.Plan[0]]
		note("fallback model first", first.Group > 0)
		note("resting first", first.Resting.Code != plan.ReasonNone)
	}
	for i := range d.Candidates {
		seen[d.Candidates[i].Excluded.Code.String()]++
		seen[d.Candidates[i].Resting.Code.String()]++
	}
}
