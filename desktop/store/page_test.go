package store

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"strowger/core/stats"
)

// mixed are 600 decisions: 3 providers, 2 models, 2 strategies, a failure now and then,
// a provider that is seen twice.
func mixed(i int64) Entry {
	e := entry(i)
	d := &e.Decision
	d.Provider = []string{"openai", "azure", "groq"}[i%3]
	d.Model = []string{"openai/gpt-4o", "meta/llama"}[i/3%2]
	d.Strategy = []string{"cost", "latency"}[i/7%2]
	if i == 5 || i == 595 {
		d.Provider = "rare"
	}
	if i%50 == 0 {
		d.Outcome = "unreachable"
	}
	d.Endpoint = d.Provider + "/" + d.Model
	d.Doc = nil
	return e
}

func TestPaging(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond})
	const n = 600
	for i := range int64(n) {
		s.Add(mixed(i + 1))
	}
	settled(t, s)
	for _, q := range []Query{
		{}, {Provider: "azure"}, {Model: "meta/llama"}, {Outcome: "unreachable"}, {Provider: "rare"},
		{Provider: "groq", Model: "openai/gpt-4o"}, {Provider: "openai", Model: "meta/llama", Outcome: "ok"},
		{Provider: "nobody"}, {Outcome: "ok", After: 100}, {Before: 301, After: 299}, {Model: "meta/llama", After: 590},
	} {
		for _, limit := range []int{1, 7, 500} {
			if limit == 1 && q.Provider != "rare" && q.Outcome != "unreachable" {
				continue // a page for each row: where the rows are few
			}
			t.Run(fmt.Sprintf("%+v/%d", q, limit), func(t *testing.T) {
				var want []int64
				for i := int64(n); i > 0; i-- {
					d := mixed(i).Decision
					if (q.Provider == "" || q.Provider == d.Provider) && (q.Model == "" || q.Model == d.Model) &&
						(q.Outcome == "" || q.Outcome == d.Outcome) && i > q.After && (q.Before == 0 || i < q.Before) {
						want = append(want, i)
					}
				}
				if got := walk(t, s, q, limit); !reflect.DeepEqual(got, want) {
					t.Errorf("got %v\nwant %v", got, want)
				}
			})
		}
	}
	if list, err := s.Decisions(t.Context(), Query{}); err != nil || len(list.Decisions) != defaultPage {
		t.Errorf("page without a limit: %d, %v", len(list.Decisions), err)
	}
	if list, err := s.Decisions(t.Context(), Query{Limit: 9999, Outcome: "ok"}); err != nil || len(list.Decisions) != maxPage {
		t.Errorf("page with too high a limit: %d, %v", len(list.Decisions), err)
	}
}

// walk reads all pages and compares each row with what was added.
func walk(t *testing.T, s *Store, q Query, limit int) (seqs []int64) {
	t.Helper()
	q.Limit = limit
	for {
		page, err := s.Decisions(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Decisions {
			if want := mixed(d.Seq).Decision; !reflect.DeepEqual(d, want) {
				t.Fatalf("got %+v\nwant %+v", d, want)
			}
			seqs = append(seqs, d.Seq)
		}
		if len(page.Decisions) > limit {
			t.Fatalf("%d decisions", len(page.Decisions))
		}
		if page.Next == 0 {
			return seqs
		}
		q.Before = page.Next
	}
}

// BenchmarkRead is one page of a big history, and a start's worth of samples.
func BenchmarkRead(b *testing.B) {
	const n = 200_000
	s, err := open(filepath.Join(b.TempDir(), FileName), Options{}, tuning{patience: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := range int64(n) {
		for s.Counters().Queued > 4096 {
			time.Sleep(time.Millisecond)
		}
		s.Add(mixed(i + 1))
	}
	for s.Counters().Queued > 0 {
		time.Sleep(time.Millisecond)
	}
	for _, q := range []Query{
		{Limit: 100}, {Limit: 100, Before: n / 2}, {Limit: 100, Provider: "azure"}, {Limit: 100, Provider: "rare"},
		{Limit: 100, Outcome: "unreachable"}, {Limit: 100, Provider: "groq", Model: "meta/llama", Outcome: "ok"},
	} {
		b.Run(fmt.Sprintf("page=%+v", q), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Decisions(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("samples=50000", func(b *testing.B) {
		for b.Loop() {
			if err := s.Samples(b.Context(), time.Time{}, 50_000, discard); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func discard(stats.Sample) error { return nil }
