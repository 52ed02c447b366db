package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/plan/plantest"
	"strowger/core/policy"
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
		recalled(t, in, &d)
		check(t, seed, in, p, &d)
		count(seen, in, &d)
		for range 8 { // what chance does is rare
			in.Seed++
			p, d := plan.Make(*in)
			check(t, seed, in, p, &d)
			if d.Explored {
				seen["explored"]++
			}
		}
	}
	for _, what := range []string{
		"refused", "explored", "empty plan", "warning", "fallback model first", "resting first",
		"priority", "cost", "latency", "throughput", "balanced", "value", "weighted", "mixed", "arms", "stick", "funds", "limits", "missed first", "over the limit", "filtered", "no fallbacks", "from header", "from suffix", "from body", "from global",
		"disabled", "ignored", "not_in_only", "max_price", "undeclared", "context_window", "max_output", "parameter", "fallbacks_off", "max_attempts", "circuit_open", "circuit_probing", "retry_after",
		"unpriced_under_limit", "cost_limit", "missed_preference", "impossible", "strict", "foreign",
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
	from.Now, from.Seed, from.Policy, from.Funds, from.Lost = d.At, d.Seed, d.Policy, d.Funds, nil
	for i := range d.Candidates {
		from.Lost = append(from.Lost, *d.Candidates[i].Lost)
	}
	from.Request = &llm.Request{
		Model: d.Asked, Schema: d.Request.Schema, Operation: d.Request.Operation, Stream: d.Request.Stream, InputTokens: d.Request.InputTokens,
		InputBound: d.Request.InputBound, Images: d.Request.Images,
		MaxOutput: d.Request.MaxOutput, Choices: d.Request.Choices, Features: d.Request.Features, Parameters: d.Request.Parameters,
	}
	parsed := parse(t, doc)
	from.Stats, from.Drawn = kept, d.Drawn
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
	for _, i := range p.Order {
		if l := d.Candidates[i].Lost; l.Unserved || !l.Impossible.Empty() || l.Unreadable != nil || pol.Strict && len(l.Told) > 0 {
			wrong("an endpoint of a schema in which the request cannot be said")
		}
	}
	if !slices.Equal(p.Order, d.Plan) {
		wrong("the plan is not the decision's")
	}
	want := len(in.Catalog.Model(pol.Model).Endpoints)
	if pol.Arms != nil {
		want = len(pol.Arms)
	}
	for _, id := range pol.Fallback {
		want += len(in.Catalog.Model(id).Endpoints)
	}
	if len(d.Candidates) != want {
		wrong("a candidate has vanished")
	}
	if len(d.Plan) > pol.MaxAttempts {
		wrong("more attempts than allowed")
	}
	primaries := checkOrder(wrong, pol, d)
	ranks := 0
	checkMoney(wrong, in, p, d)
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
	if d.Explored && (d.Candidates[d.Plan[0]].Resting != nil || pol.Strategy.String() != "latency" && pol.Strategy.String() != "throughput") {
		wrong("explored without reason")
	}
}

// checkOrder holds the order of a plan against what comes before any score; it returns how
// many of the primary model are in it.
func checkOrder(wrong func(string), pol *policy.Policy, d *plan.Decision) (primaries int) {
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
		rested := before.Resting != nil
		if rested && c.Resting == nil {
			wrong("a resting endpoint stands before a healthy one")
		}
		if rested == (c.Resting != nil) && before.Group > c.Group && !pol.Mixed {
			wrong("a fallback model stands before the one it is for")
		}
		if rested == (c.Resting != nil) && (before.Group == c.Group || pol.Mixed) && len(pol.Order) == 0 &&
			before.Missed != nil && c.Missed == nil {
			wrong("what misses a preference stands before what does not")
		}
	}
	return primaries
}

// checkMoney holds a plan against what may be spent.
func checkMoney(wrong func(string), in *plan.Input, p plan.Plan, d *plan.Decision) {
	reserve := int64(0)
	for _, i := range d.Plan {
		price, r := d.Candidates[i].Endpoint.Price, &d.Request
		if (in.Funds != nil || len(in.Policy.Limits) > 0) && !price.Known {
			wrong("a price that is unknown under a limit")
		}
		out := r.OutputTokens
		if r.MaxOutput > 0 {
			out = r.MaxOutput
		}
		cost := func(in, at int64, p catalog.Price) int64 {
			return (in*at+out*r.Choices*max(p.Output, p.Reasoning)+999_999)/1_000_000 + p.Request + r.Images*p.Image
		}
		lengths := []int64{r.InputBound} // the longest of each tier
		for _, t := range price.Tiers {
			lengths = append(lengths, min(t.Above, r.InputBound))
		}
		for _, in := range lengths {
			at := price.At(llm.Usage{CacheRead: in})
			reserve = max(reserve, cost(in, max(at.Input, at.CacheRead, at.CacheWrite, at.CacheWriteHour), at))
		}
		at := price.At(llm.Usage{Input: r.InputTokens})
		expected := cost(r.InputTokens, at.Input, at)
		for _, l := range in.Policy.Limits {
			if l.Per == catalog.PerRequest && expected > l.Most {
				wrong("a request above its limit")
			}
		}
	}
	switch {
	case in.Funds == nil && (p.Reserve != 0 || d.Funds != nil):
		wrong("a reserve without funds")
	case in.Funds != nil && (p.Reserve != reserve || d.Reserve != reserve || reserve > max(in.Funds.Left, 0)):
		wrong("the reserve is not the most that it can cost")
	case d.OverLimit() && d.Filtered() || len(d.Plan) > 0 && (d.OverLimit() || d.Filtered()):
		wrong("an empty plan has one reason, and another has none")
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
	note("arms", p.Arms != nil)
	note("stick", p.Stick != 0 && p.Strategy == catalog.StrategyWeighted)
	note("funds", in.Funds != nil)
	note("limits", len(p.Limits) > 0)
	note("over the limit", d.OverLimit())
	note("filtered", d.Filtered())
	if len(d.Plan) > 0 {
		first := &d.Candidates[d.Plan[0]]
		note("foreign", first.Endpoint.Schema != llm.SchemaOpenAI)
		note("fallback model first", first.Group > 0)
		note("resting first", first.Resting != nil)
		note("missed first", first.Missed != nil)
	}
	for i := range d.Candidates {
		seen[d.Candidates[i].Excluded.Code.String()]++
		for _, r := range []*plan.Reason{d.Candidates[i].Resting, d.Candidates[i].Missed} {
			if r != nil {
				seen[r.Code.String()]++
			}
		}
	}
}
