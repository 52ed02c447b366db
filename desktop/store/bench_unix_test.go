//go:build unix

package store

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// cpu is what the process has used so far.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkEntry is what an entry costs from Add to the disk: a decision with its
// document, an attempt and a sample, in full batches.
func BenchmarkEntry(b *testing.B) {
	for _, doc := range []string{"doc=1.5KB", "doc=none"} {
		b.Run(doc, func(b *testing.B) {
			s, err := open(filepath.Join(b.TempDir(), FileName), Options{}, tuning{patience: time.Hour})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			began := cpu(b)
			for i := range b.N {
				e := entry(int64(i + 1))
				e.Decision.Doc = nil
				if doc != "doc=none" {
					e.Document = numbered(i)
				}
				for s.Counters().Queued > 4096 {
					time.Sleep(time.Millisecond)
				}
				s.Add(e)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64((cpu(b)-began).Nanoseconds())/float64(b.N)/1e3, "cpu-µs/entry")
			if c := s.Counters(); c.Written != int64(b.N) {
				b.Fatalf("%+v", c)
			}
		})
	}
}

// BenchmarkAdd is what a request pays: the queue is emptied as if its entries were
// written.
func BenchmarkAdd(b *testing.B) {
	q := newQueue(1<<30, 1<<62, 256)
	e := entry(1)
	var spare []Entry
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e := e
		e.bound()
		q.add(e)
		if i%64 == 0 {
			spare = q.take(spare)
		}
	}
}

// BenchmarkCount is what counting a decision costs behind the writer's back.
func BenchmarkCount(b *testing.B) {
	s, err := open(filepath.Join(b.TempDir(), FileName), Options{}, tuning{rest: -1, patience: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	list := varied(50_000, 1)
	for i := range list {
		for s.Counters().Queued > 4096 {
			time.Sleep(time.Millisecond)
		}
		s.Add(list[i])
	}
	for s.Counters().Queued > 0 {
		time.Sleep(time.Millisecond)
	}
	for b.Loop() {
		if _, err := s.conn.value(b.Context(), "DELETE FROM marks"); err != nil {
			b.Fatal(err)
		}
		s.folder.lose()
		began, rows := cpu(b), int64(0)
		for {
			n, _, err := s.folder.step(b.Context(), 1000, time.Now())
			if err != nil {
				b.Fatal(err)
			}
			if rows += n; n == 0 {
				break
			}
		}
		b.ReportMetric(float64((cpu(b)-began).Nanoseconds())/float64(rows)/1e3, "cpu-µs/decision")
	}
}
