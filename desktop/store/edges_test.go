package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"strowger/core/stats"
)

// takeT takes a batch and wants to be told whether it had come before.
func takeT(t *testing.T, s *Store, b EdgeBatch, again bool) {
	t.Helper()
	if got, err := s.TakeBatch(t.Context(), b); got != again || err != nil {
		t.Errorf("%s of %s: again %v, %v", b.Batch, b.Edge, got, err)
	}
}

func allSamples(t *testing.T, s *Store) (list []stats.Sample) {
	t.Helper()
	if err := s.Samples(t.Context(), time.Time{}, 0, func(m stats.Sample) error { list = append(list, m); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

// A batch is written once, with every field, and read among the samples of this host in the order
// of their times; pruned, it is gone with its samples.
func TestEdgeBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	own := entry(1)
	s.Add(own)
	settled(t, s)
	here := allSamples(t, s)
	first := slices.Clone(own.Samples)
	for i := range first {
		first[i].At = first[i].At.Add(-time.Hour).UTC()
	}
	came := time.UnixMicro(1700000000_000000).UTC()
	takeT(t, s, EdgeBatch{Edge: "a", Batch: "1", At: came, Samples: first, Unknown: 3, Dropped: 4}, false)
	takeT(t, s, EdgeBatch{Edge: "a", Batch: "1", At: came.Add(time.Hour), Samples: first}, true)
	takeT(t, s, EdgeBatch{Edge: "b", Batch: "1", At: came.Add(time.Minute)}, false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeBatch(t.Context(), EdgeBatch{Edge: "a", Batch: "2"}); err == nil {
		t.Error("a closed store took a batch")
	}
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	takeT(t, s, EdgeBatch{Edge: "a", Batch: "1", Samples: first}, true)
	if got, want := allSamples(t, s), slices.Concat(first, here); !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	counts, err := s.EdgeCounts(t.Context())
	if want := []EdgeCount{{"a", came, 1, int64(len(first)), 3, 4}, {"b", came.Add(time.Minute), 1, 0, 0, 0}}; !slices.Equal(counts, want) || err != nil {
		t.Errorf("%+v, %v", counts, err)
	}
	for i := range 20 {
		takeT(t, s, EdgeBatch{Edge: "c", Batch: string(rune('a' + i)), At: came, Samples: first}, false)
	}
	if _, err := s.Prune(t.Context(), came.Add(time.Second), nil); err != nil {
		t.Error(err)
	}
	left, err := s.EdgeCounts(t.Context())
	if len(left) != 1 || left[0].Edge != "b" || err != nil {
		t.Errorf("left %+v, %v", left, err)
	}
	if got := allSamples(t, s); !slices.Equal(got, here) {
		t.Errorf("left\n%+v", got)
	}
}
