package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/rows/made"
	"strowger/desktop/store"
)

// What is made up adds up, read as rows and as counts, and all that is asked has an answer.
func TestRows(t *testing.T) {
	const n = 20_000
	path := filepath.Join(t.TempDir(), store.FileName)
	now := time.Now()
	var out bytes.Buffer
	if err := made.Fill(t.Context(), path, n, 3, now, &out); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for by := store.ByNothing; by <= store.ByDay; by++ {
		type sums struct {
			requests, cost, failed, output, time, unpriced int64
		}
		want := map[string]sums{}
		var h store.Histogram
		err := s.Each(t.Context(), store.Query{}, func(d store.Decision) error {
			name := [...]string{"", d.Provider, d.Model, d.Key, d.Route, d.Strategy, d.Outcome, d.At.Format(time.DateOnly)}[by]
			w := want[name]
			w.requests++
			w.cost += d.Cost
			w.failed += d.Failed
			w.output += d.Tokens.Output
			if d.Outcome == "ok" || d.Cache == "hit" {
				w.time++
			}
			if !d.Priced || !d.FailedPriced {
				w.unpriced++
			}
			want[name] = w
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Series(t.Context(), store.SeriesQuery{From: now.Add(-made.Span - time.Hour), To: now.Add(time.Hour), Step: time.Hour, By: by})
		if err != nil || r.Total.Requests != n || len(r.Groups) != len(want) {
			t.Fatalf("%s: %d requests, %d groups, want %d, %v", by, r.Total.Requests, len(r.Groups), len(want), err)
		}
		for _, g := range r.Groups {
			got := sums{g.Total.Requests, g.Total.Cost, g.Total.FailedCost, g.Total.Tokens.Output, g.Total.Time.Count(), g.Total.Unpriced}
			if got != want[g.Name] {
				t.Errorf("%s %q: %+v, want %+v", by, g.Name, got, want[g.Name])
			}
			if c := g.Total; c.FirstTry+c.AfterFallback+c.Failed+c.Left+c.Refused+c.Cached+c.Cancelled != c.Requests {
				t.Errorf("%s %q: %+v does not add up", by, g.Name, c)
			}
		}
		h = r.Total.Time
		if p50, p95 := h.Percentile(50), h.Percentile(95); p50 < 100_000 || p95 < p50 || p95 > 100_000_000 {
			t.Errorf("p50 %d µs, p95 %d µs", p50, p95)
		}
	}
}

// A run measures all questions; whether in time is not for a test.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if _, err := run(t.Context(), []string{"-n", "3000", "-data", dir, "-rounds", "2", "-idle", "100ms"}, &out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"filled 3000 of 3000", "3000 decisions", "opened in", "list rare key", "series month by hours, provider", "lanes of a month", "flows of a month", "purge preview", "headless, an empty record: first answer after ", "headless, this record: first answer after "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if code, err := run(t.Context(), []string{"-n", "1"}, &out); code != 2 || err == nil {
		t.Errorf("without a folder: %d, %v", code, err)
	}
}
