package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"strowger/core/stats"
)

// began is when the entries of varied begin.
var began = time.Now().Add(-100 * time.Hour).Truncate(time.Hour).UTC()

// varied are n entries over 100 hours, up to now, with all that is counted.
func varied(n int64, seed uint64) []Entry {
	rng := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	list := make([]Entry, n)
	for i := range list {
		e := entry(int64(i) + 1)
		d := &e.Decision
		d.Seq = int64(i) + 1
		d.At = began.Add(time.Duration(int64(i)*int64(100*time.Hour)/n) - time.Duration(rng.IntN(60_000))*time.Millisecond).Truncate(time.Microsecond)
		d.ID = fmt.Sprintf("%012x-7%03x", d.At.UnixMilli(), rng.IntN(4096))
		d.Asked, d.Model = pick("a/one", "a/two", "auto"), pick("a/one", "a/two")
		d.Provider = pick("openai", "azure", "groq")
		d.Endpoint = d.Provider + "/" + d.Model
		d.Key, d.Route, d.Strategy, d.Cache = pick("", "laptop", "ci"), pick("", "/chat"), pick("priority", "cost"), pick("off", "off", "miss", "hit")
		d.Stream = rng.IntN(2) == 0
		d.Total = time.Duration(rng.ExpFloat64() * float64(3*time.Second)).Truncate(time.Microsecond)
		d.FirstToken = d.Total / 3 / time.Microsecond * time.Microsecond
		d.Cost, d.Priced = rng.Int64N(20_000), rng.IntN(20) > 0
		d.Saved = rng.Int64N(9_000) - 1_000
		d.Tokens.Estimated = rng.IntN(9) == 0
		d.Doc = nil
		e.Attempts[0].Provider, e.Attempts[0].Model, e.Attempts[0].Endpoint = d.Provider, d.Model, d.Endpoint
		e.Attempts[0].Total = d.Total
		e.Samples[0].Endpoint = d.Endpoint
		switch rng.IntN(12) {
		case 0:
			d.Outcome, d.Status = "failed", 502
			e.Attempts[0].Outcome, e.Samples[0].Outcome = "provider_error", stats.OutcomeProviderError
		case 1:
			d.Outcome, d.Status = "left", 0
			e.Attempts[0].Outcome, e.Samples[0].Outcome = "left", stats.OutcomeLeft
		case 2:
			d.Outcome, d.Status = "client_error", 400
			e.Attempts[0].Outcome, e.Samples[0].Outcome = "client_error", stats.OutcomeClientError
		case 3, 4:
			d.Attempts, d.Failed, d.FailedPriced = 2, 77, rng.IntN(3) > 0
			again := e.Attempts[0]
			e.Attempts[0].Provider, e.Attempts[0].Endpoint = "flaky", "flaky/"+d.Model
			e.Attempts[0].Outcome, e.Samples[0].Outcome = "rate_limited", stats.OutcomeRateLimited
			e.Attempts[0].Total = 80 * time.Millisecond
			again.N, again.Start = 2, 90*time.Millisecond
			e.Attempts = append(e.Attempts, again)
			e.Samples = append(e.Samples, e.Samples[0])
			e.Samples[0].Endpoint, e.Samples[1].Outcome = "flaky/"+d.Model, stats.OutcomeOK
		case 5:
			if rng.IntN(4) == 0 {
				d.Outcome, d.Status = "cancelled", 499
				e.Attempts[0].Outcome, e.Samples[0].Outcome = "abandoned", stats.OutcomeAbandoned
			}
			if rng.IntN(20) == 0 {
				d.Provider, d.Cost, d.Asked = "rare", 900_000, "a/rare"
				d.Endpoint = "rare/x"
			}
		}
		if d.Outcome != "ok" {
			d.Cache = "miss"
		}
		if !d.Priced {
			d.Cost = 0
		}
		if !d.FailedPriced {
			d.Failed = 0
		}
		e.Samples[0].Cost = d.Failed
		e.Samples[len(e.Samples)-1].Cost = d.Cost
		list[i] = e
	}
	return list
}

// addAll adds the entries and waits until they are written.
func addAll(t *testing.T, s *Store, list []Entry) {
	t.Helper()
	for i := range list {
		for s.Counters().Queued > 4096 {
			time.Sleep(time.Millisecond)
		}
		s.Add(list[i])
	}
	settled(t, s)
}

// countedAll counts all that is written.
func countedAll(t *testing.T, s *Store) {
	t.Helper()
	for {
		n, _, err := s.folder.step(t.Context(), 300, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// naive adds up what q asks for from the entries themselves, by group and point.
func naive(list []Entry, q SeriesQuery, s Series) map[string]map[int64]*Counts {
	out := map[string]map[int64]*Counts{}
	of := func(group string, at time.Time) *Counts {
		point := s.From.Unix()
		if q.Step > 0 {
			point += int64(at.Sub(s.From)/q.Step) * int64(q.Step/time.Second)
		}
		if out[group] == nil {
			out[group] = map[int64]*Counts{}
		}
		if out[group][point] == nil {
			out[group][point] = &Counts{}
		}
		return out[group][point]
	}
	// What failed is counted where it failed, unless that is not known of what is asked.
	sums := q.Provider == "" && q.Model == "" || q.By == ByNothing || q.By == ByDay || q.By == ByProvider && q.Model == "" || q.By == ByModel && q.Provider == ""
	where := (sums || q.Step%time.Hour != 0) && (q.By == ByProvider || q.By == ByModel || q.By == ByNothing || q.By == ByDay) && (q.By == ByProvider || q.By == ByModel || q.Provider+q.Model != "") &&
		q.Key+q.Route+q.Strategy+q.Outcome+q.Cache == ""
	for i := range list {
		e := &list[i]
		d := &e.Decision
		if where && len(e.Attempts) > 1 && d.Failed > 0 && !d.At.Before(s.From) && d.At.Before(s.To) {
			a := &e.Attempts[0]
			if (q.Provider == "" || q.Provider == a.Provider) && (q.Model == "" || q.Model == a.Model) {
				of([...]string{"", a.Provider, a.Model, "", "", "", "", d.At.Format(time.DateOnly)}[q.By], d.At).FailedCost += d.Failed
			}
		}
		match := Query{From: s.From, To: s.To, Provider: q.Provider, Model: q.Model, Outcome: q.Outcome, Key: q.Key, Route: q.Route, Strategy: q.Strategy, Cache: q.Cache}
		if !match.Match(e) {
			continue
		}
		group := [...]string{"", d.Provider, d.Model, d.Key, d.Route, d.Strategy, d.Outcome, d.At.Format(time.DateOnly)}[q.By]
		c := of(group, d.At)
		c.Requests++
		switch {
		case d.Cache == "hit":
			c.Cached++
		case d.Outcome == "ok" && d.Attempts == 1:
			c.FirstTry++
		case d.Outcome == "ok":
			c.AfterFallback++
		case d.Outcome == "failed":
			c.Failed++
		case d.Outcome == "left":
			c.Left++
		case d.Outcome == "cancelled":
			c.Cancelled++
		default:
			c.Refused++
		}
		c.Cost += d.Cost
		if !where {
			c.FailedCost += d.Failed
		}
		c.Saved += d.Saved
		if !d.Priced || !d.FailedPriced {
			c.Unpriced++
		}
		c.Tokens.Input += d.Tokens.Input
		c.Tokens.CacheRead += d.Tokens.CacheRead
		c.Tokens.Output += d.Tokens.Output
		c.Tokens.Reasoning += d.Tokens.Reasoning
		if d.Tokens.Estimated {
			c.Estimated++
			c.Tokens.Estimated = true
		}
		if d.Stream && d.FirstToken > 0 {
			c.First.add(d.FirstToken.Microseconds())
		}
		if d.Outcome == "ok" || d.Cache == "hit" {
			c.Time.add(d.Total.Microseconds())
		}
	}
	return out
}

// sameSeries compares a series with what the entries themselves come to.
func sameSeries(t *testing.T, s *Store, list []Entry, q SeriesQuery) {
	t.Helper()
	got, err := s.Series(t.Context(), q)
	if err != nil || got.Behind != 0 {
		t.Fatalf("%+v: %v, %d behind", q, err, got.Behind)
	}
	want := naive(list, q, got)
	var requests int64
	for _, g := range got.Groups {
		points := want[g.Name]
		if len(g.Points) != len(points) {
			t.Fatalf("%+v: group %q has %d points, want %d", q, g.Name, len(g.Points), len(points))
		}
		for _, p := range g.Points {
			if w := points[p.At.Unix()]; w == nil || !reflect.DeepEqual(*w, p.Counts) {
				t.Fatalf("%+v: %q at %s:\n got %+v\nwant %+v", q, g.Name, p.At, p.Counts, w)
			}
			requests += p.Requests
		}
	}
	if len(got.Groups) != len(want) || requests != got.Total.Requests || requests == 0 && len(list) == 9000 {
		t.Errorf("%+v: %d groups, want %d; %d requests, in all %d", q, len(got.Groups), len(want), requests, got.Total.Requests)
	}
}

func seriesQueries() []SeriesQuery {
	now := time.Now().Add(time.Minute)
	var list []SeriesQuery
	for by := ByNothing; by <= ByDay; by++ {
		list = append(list, SeriesQuery{From: began.Add(-time.Hour), To: now, Step: time.Hour, By: by},
			SeriesQuery{From: began.Add(30*time.Hour + 20*time.Minute), To: now.Add(-20 * time.Hour), By: by})
	}
	for _, by := range []By{ByNothing, ByProvider, ByDay} { // what sums are enough for, and what not
		all := SeriesQuery{From: began.Add(-time.Hour), To: now, Step: 2 * time.Hour, By: by}
		for _, q := range []SeriesQuery{{Provider: "azure"}, {Model: "a/one"}, {Outcome: "failed"}, {Cache: "hit"}, {Provider: "azure", Outcome: "ok"}} {
			q.From, q.To, q.Step, q.By = all.From, all.To, all.Step, by
			list = append(list, q)
		}
	}
	return append(list,
		SeriesQuery{From: now.Add(-20 * time.Hour), To: now, Step: time.Minute, Provider: "azure"},
		SeriesQuery{From: now.Add(-40 * time.Hour), To: now.Add(-39*time.Hour - 13*time.Second), Step: 5 * time.Minute, By: ByKey},
		SeriesQuery{From: began, To: now, Step: 24 * time.Hour, By: ByModel, Outcome: "ok", Cache: "miss", Route: "/chat", Strategy: "cost", Key: "ci", Model: "a/one"})
}

// walkAll reads all pages.
func walkAll(t *testing.T, s *Store, q Query) (seqs []int64) {
	t.Helper()
	for {
		p, err := s.Decisions(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Decisions {
			seqs = append(seqs, d.Seq)
		}
		if p.Next == 0 {
			return seqs
		}
		if q.Before != 0 && p.Next >= q.Before {
			t.Fatalf("before %d comes %d", q.Before, p.Next)
		}
		q.Before = p.Next
	}
}

func filters(list []Entry) []Query {
	return []Query{
		{}, {Provider: "rare"}, {Asked: "a/rare"}, {CostMin: 900_000}, {CostMax: 100}, {CostMin: 19_000, CostMax: 19_500}, {Cause: "rate_limited"},
		{Cause: "cut"}, {Status: 502}, {Status: 200, Stream: Yes}, {Fallback: Yes}, {Fallback: No, Key: "ci"}, {Unpriced: Yes}, {Unpriced: No, Stream: No},
		{Key: "laptop", Route: "/chat", Strategy: "cost", Cache: "hit"}, {Provider: "nobody"}, {Outcome: "left", Cause: "left"},
		{From: began.Add(50 * time.Hour), To: began.Add(51 * time.Hour)}, {To: began.Add(time.Hour), Model: "a/two"},
		{TotalMin: 12 * time.Second}, {FirstMin: 5 * time.Second, Stream: Yes}, {ID: list[700].Decision.ID}, {ID: list[700].Decision.ID[:9]}, {ID: "x"},
		{Before: 4000, After: 3000, Provider: "azure"}, {After: int64(len(list)) - 5}, {CostMin: 1, Cause: "rate_limited", Provider: "groq", From: began.Add(20 * time.Hour)},
	}
}
