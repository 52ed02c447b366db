package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkReserve is what a request with limits pays, alone and among others, without
// and with entries being written at the same time.
func BenchmarkReserve(b *testing.B) {
	for _, c := range []struct {
		callers int
		load    bool
	}{{1, false}, {64, false}, {1, true}, {64, true}} {
		b.Run(fmt.Sprintf("callers=%d,load=%t", c.callers, c.load), func(b *testing.B) {
			s, err := open(filepath.Join(b.TempDir(), FileName), Options{}, tuning{patience: time.Hour})
			if err != nil {
				b.Fatal(err)
			}
			stop := make(chan struct{})
			var others sync.WaitGroup
			if c.load {
				others.Go(func() { busy(s, stop) })
			}
			took := make([][]time.Duration, c.callers)
			var callers sync.WaitGroup
			b.ResetTimer()
			for i := range c.callers {
				callers.Go(func() {
					for n := i; n < b.N; n += c.callers {
						id := fmt.Sprint(n)
						began := time.Now()
						if err := s.Reserve(b.Context(), id, accounts, 1000); err != nil {
							b.Error(err)
						}
						took[i] = append(took[i], time.Since(began))
						s.Settle(id, accounts, 700)
					}
				})
			}
			callers.Wait()
			b.StopTimer()
			close(stop)
			others.Wait()
			all := slices.Concat(took...)
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(all[len(all)-1].Microseconds()), "max-µs")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// accounts are what a request with two limits counts in.
var accounts = []Account{
	{Name: "all", Per: "month", Start: time.Unix(1_790_000_000, 0).UTC()},
	{Name: "key laptop", Per: "day", Start: time.Unix(1_790_000_000, 0).UTC()},
}

// busy adds 5000 entries a second.
func busy(s *Store, stop <-chan struct{}) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for seq := int64(0); ; {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		for range 50 {
			seq++
			s.Add(entry(seq))
		}
	}
}
