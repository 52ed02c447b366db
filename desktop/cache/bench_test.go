package cache

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkHit is a hit with a question of 8 KB, of which hashing is most, and an answer
// of 4 KB.
func BenchmarkHit(b *testing.B) {
	question := []byte(strings.Repeat("q", 8000))
	for _, from := range []string{"memory", "disk"} {
		b.Run("from="+from, func(b *testing.B) {
			o := Options{}
			if from == "disk" {
				o.Memory = 1
			}
			c := openT(b, newPath(b), o, tuning{})
			keep(b, c, string(question), strings.Repeat("a", 4000), time.Hour)
			until(b, c, "entry", entries(1))
			b.ReportAllocs()
			for b.Loop() {
				if _, hit, _ := c.Lookup(b.Context(), question, true); !hit {
					b.Fatal("a miss")
				}
			}
		})
	}
}

// BenchmarkMiss is the disk asked in vain, among 10,000 answers.
func BenchmarkMiss(b *testing.B) {
	c := openT(b, newPath(b), Options{}, tuning{queue: 1 << 30})
	fillUp(b, c, 10_000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		_, hit, lease := c.Lookup(b.Context(), fmt.Append(nil, "miss", n), true)
		if hit {
			b.Fatal("a hit")
		}
		lease.Release()
	}
}

// fillUp keeps n answers of 4 KB and waits until they are written.
func fillUp(b *testing.B, c *Cache, n int) {
	body := []byte(strings.Repeat("a", 4000))
	for i := range n {
		l := &Lease{cache: c, key: hash{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24), 1}}
		l.Keep(body, time.Hour)
		for i%1000 == 999 && c.Counters().Entries+int(c.Counters().Evictions) < i {
			time.Sleep(time.Millisecond)
		}
	}
	until(b, c, "entries", func(c Counters) bool { return c.Entries+int(c.Evictions) == n })
}

// BenchmarkKeep is what the caller pays, and what writing takes, eviction included.
func BenchmarkKeep(b *testing.B) {
	b.Run("caller", func(b *testing.B) {
		c := openT(b, "", Options{}, tuning{})
		body := []byte(strings.Repeat("a", 4000))
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			(&Lease{cache: c, key: hash{byte(n), byte(n >> 8), byte(n >> 16)}}).Keep(body, time.Hour)
		}
	})
	b.Run("written", func(b *testing.B) {
		c := openT(b, newPath(b), Options{MaxBytes: 64 << 20}, tuning{})
		b.ReportAllocs()
		fillUp(b, c, b.N)
		if n := c.Counters(); n.Dropped+n.Failed > 0 {
			b.Fatalf("%+v", n)
		}
	})
}
