package store

import (
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkBatch is what the writer pays for an entry: of batches of 256 it packs the documents, inserts the
// rows and counts them; the counts of all are written once, as they are once a second.
func BenchmarkBatch(b *testing.B) {
	s, err := open(filepath.Join(b.TempDir(), FileName), Options{}, tuning{rest: -1, patience: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	in, err := newInserter(s.conn, 0)
	if err != nil {
		b.Fatal(err)
	}
	s.folder.follow(0)
	batch := make([]Entry, 0, 256)
	write := func(from, to int) {
		b.StopTimer()
		for batch = batch[:0]; from < to; from++ {
			e := entry(int64(from + 1))
			e.bound()
			batch = append(batch, e)
		}
		b.StartTimer()
		lost, err := in.write(batch, func(*conn) error { return nil })
		if err != nil || lost > 0 {
			b.Fatal(lost, err)
		}
		s.folder.gather(in.recorded, false)
	}
	const warm = 256
	write(0, warm)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += len(batch) {
		write(warm+i, warm+min(b.N, i+cap(batch)))
	}
	if n, _, err := s.folder.step(b.Context(), 1000, time.Now()); err != nil || n != int64(warm+b.N) {
		b.Fatalf("%d of %d counted: %v", n, warm+b.N, err)
	}
}
