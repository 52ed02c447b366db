package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/desktop/journaltest"
)

// clock is a clock that tests set.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.add(1_790_000_000 * time.Second)
	return c
}

func (c *clock) add(d time.Duration) { c.at.Add(int64(d)) }
func (c *clock) now() time.Time      { return time.Unix(0, c.at.Load()) }

// openT opens a cache that is closed with the test.
func openT(t testing.TB, path string, o Options, tune tuning) *Cache {
	t.Helper()
	if tune.patience == 0 {
		tune.patience = 20 * time.Second // the machine may be busy
	}
	c, err := open(path, o, tune)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "data", FileName) }

// keep keeps the answer to the question.
func keep(t testing.TB, c *Cache, question, answer string, ttl time.Duration) {
	t.Helper()
	_, hit, lease := c.Lookup(t.Context(), []byte(question), false)
	if hit {
		t.Fatalf("%s: kept already", question)
	}
	lease.Keep([]byte(answer), ttl)
}

// lookup is the kept answer, or "-".
func lookup(t testing.TB, c *Cache, question string) string {
	t.Helper()
	body, hit, lease := c.Lookup(t.Context(), []byte(question), false)
	lease.Release()
	if hit == (lease != nil) {
		t.Errorf("%s: hit %t with lease %v", question, hit, lease)
	}
	if !hit {
		return "-"
	}
	return string(body)
}

// until waits for counters that satisfy ok.
func until(t testing.TB, c *Cache, what string, ok func(Counters) bool) Counters {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if n := c.Counters(); ok(n) {
			return n
		}
	}
	t.Fatalf("no %s: %+v", what, c.Counters())
	return Counters{}
}

func entries(n int) func(Counters) bool { return func(c Counters) bool { return c.Entries == n } }

// forgetful is a cache's memory emptied, so that its disk answers.
func forgetful(c *Cache) *Cache {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory.clear()
	return c
}

func TestLookup(t *testing.T) {
	for _, path := range []string{"", newPath(t)} {
		c := openT(t, path, Options{}, tuning{})
		if got := lookup(t, c, "q"); got != "-" {
			t.Errorf("empty: %s", got)
		}
		body := []byte("answer")
		_, _, lease := c.Lookup(t.Context(), []byte("q"), false)
		lease.Keep(body, time.Hour)
		copy(body, "abused")
		lease.Release()
		lease.Keep([]byte("again"), time.Hour)
		if got := lookup(t, c, "q"); got != "answer" {
			t.Errorf("kept: %s", got)
		}
		if got := lookup(t, c, "Q"); got != "-" {
			t.Errorf("another question: %s", got)
		}
		n := until(t, c, "entry", entries(1))
		if n.Hits != 1 || n.Misses != 3 || n.Memory != itemCost+6 || n.Failed != 0 || n.Dropped != 0 {
			t.Errorf("%+v", n)
		}
		if got := lookup(t, forgetful(c), "q"); path != "" && got != "answer" {
			t.Errorf("from disk: %s", got)
		}
	}
}

func TestNothing(t *testing.T) {
	var c *Cache
	body, hit, lease := c.Lookup(t.Context(), []byte("q"), true)
	if body != nil || hit || lease != nil {
		t.Error(body, hit, lease)
	}
	lease.Keep([]byte("a"), time.Hour)
	lease.Release()
	if c.Counters() != (Counters{}) || c.Clear() != nil || c.Close() != nil {
		t.Error("a nil cache has something")
	}
}

func TestTTL(t *testing.T) {
	const ttl = 10 * time.Second
	tests := []struct {
		name    string
		kept    time.Duration // ttl
		passed  time.Duration
		restart bool
		want    string
	}{
		{"just before", ttl, ttl - time.Microsecond, false, "a"},
		{"just then", ttl, ttl, false, "-"},
		{"long after", ttl, 400 * 24 * time.Hour, false, "-"},
		{"no time", 0, 0, false, "-"},
		{"less than none", -ttl, 0, false, "-"},
		{"longer than can be", 1<<63 - 1, maxTTL - time.Second, false, "a"},
		{"longer than that", 1<<63 - 1, maxTTL, false, "-"},
		{"clock set back a little", ttl, -time.Microsecond, false, "-"},
		{"clock set back far", ttl, -time.Hour, false, "-"},
		{"just before, restarted", ttl, ttl - time.Microsecond, true, "a"},
		{"just then, restarted", ttl, ttl, true, "-"},
		{"clock set back, restarted", ttl, -time.Second, true, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := newClock()
			path := newPath(t)
			c := openT(t, path, Options{}, tuning{now: clock.now})
			keep(t, c, "q", "a", tt.kept)
			if tt.restart {
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				clock.add(tt.passed)
				c = openT(t, path, Options{}, tuning{now: clock.now})
			} else {
				clock.add(tt.passed)
				if got := lookup(t, c, "q"); got != tt.want {
					t.Errorf("from memory: %s", got)
				}
			}
			if got := lookup(t, forgetful(c), "q"); got != tt.want && tt.want == "-" {
				t.Errorf("from disk: %s", got)
			}
			if tt.want != "-" {
				until(t, c, "entry", entries(1))
				if got := lookup(t, forgetful(c), "q"); got != tt.want {
					t.Errorf("from disk: %s", got)
				}
			}
		})
	}
}

// An answer that expires while it is read is not served.
func TestExpiresWhileRead(t *testing.T) {
	clock := newClock()
	calls := atomic.Int64{}
	c := openT(t, newPath(t), Options{}, tuning{now: func() time.Time {
		if calls.Add(-1) == 0 {
			clock.add(time.Minute)
		}
		return clock.now()
	}})
	keep(t, c, "q", "a", time.Minute)
	until(t, c, "entry", entries(1))
	forgetful(c)
	calls.Store(2) // the second look is after reading
	if got := lookup(t, c, "q"); got != "-" {
		t.Errorf("served %s", got)
	}
}

// What has expired leaves the disk, at the next writing and at the start.
func TestExpiredIsDeleted(t *testing.T) {
	clock := newClock()
	path := newPath(t)
	c := openT(t, path, Options{}, tuning{now: clock.now})
	for i := range 200 {
		keep(t, c, fmt.Sprint(i), "short", time.Minute)
	}
	keep(t, c, "long", "a", time.Hour)
	until(t, c, "entries", entries(201))
	clock.add(time.Minute)
	keep(t, c, "new", "a", time.Minute)
	until(t, c, "expiry", entries(2))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	clock.add(time.Minute)
	c = openT(t, path, Options{}, tuning{now: clock.now})
	if n := until(t, c, "expiry", entries(1)); n.Evictions != 0 {
		t.Errorf("%+v", n)
	}
	if got := lookup(t, c, "long"); got != "a" {
		t.Error(got)
	}
}

func TestReplaced(t *testing.T) {
	clock := newClock()
	path := newPath(t)
	c := openT(t, path, Options{}, tuning{now: clock.now})
	for i := range 5 {
		keep(t, c, "q", fmt.Sprint("answer ", i), time.Minute)
		until(t, c, "entry", entries(1))
		clock.add(time.Minute)
	}
	keep(t, c, "q", "the last", time.Minute)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openT(t, path, Options{}, tuning{now: clock.now})
	if got := lookup(t, c, "q"); got != "the last" {
		t.Error(got)
	}
	if n := until(t, c, "entry", entries(1)); n.Failed != 0 {
		t.Errorf("%+v", n)
	}
}

func TestTooLong(t *testing.T) {
	c := openT(t, newPath(t), Options{MaxEntry: 10, Memory: itemCost + 5}, tuning{})
	keep(t, c, "long", strings.Repeat("x", 11), time.Hour)
	keep(t, c, "fits", strings.Repeat("x", 10), time.Hour)
	n := until(t, c, "entry", entries(1))
	if n.Refused != 1 || n.Memory != 0 { // what fits on disk need not fit into memory
		t.Errorf("%+v", n)
	}
	if a, b := lookup(t, c, "long"), lookup(t, c, "fits"); a != "-" || len(b) != 10 {
		t.Errorf("%s, %s", a, b)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	c := openT(t, "", Options{Memory: 10 * (itemCost + 100)}, tuning{})
	for i := range 10 {
		keep(t, c, fmt.Sprint(i), strings.Repeat("x", 100), time.Hour)
	}
	lookup(t, c, "0")
	keep(t, c, "10", strings.Repeat("x", 100), time.Hour)
	n := c.Counters()
	if n.Memory != 10*(itemCost+100) || n.Entries != 10 || n.Evictions != 1 {
		t.Errorf("%+v", n)
	}
	if a, b := lookup(t, c, "0"), lookup(t, c, "1"); a == "-" || b != "-" {
		t.Errorf("used just now: %s, used longest ago: %s", a, b)
	}
}

func TestClear(t *testing.T) {
	for _, path := range []string{"", newPath(t)} {
		c := openT(t, path, Options{}, tuning{})
		for i := range 100 {
			keep(t, c, fmt.Sprint(i), strings.Repeat("x", 10_000), time.Hour)
		}
		until(t, c, "entries", entries(100))
		if err := c.Clear(); err != nil {
			t.Fatal(err)
		}
		if n := c.Counters(); n.Entries != 0 || n.Memory != 0 || n.Bytes > 64<<10 {
			t.Errorf("%+v", n)
		}
		if got := lookup(t, c, "1"); got != "-" {
			t.Errorf("served %.10s", got)
		}
		if path != "" {
			if info, err := os.Stat(path); err != nil || info.Size() > 64<<10 {
				t.Errorf("the file has %d bytes, %v", info.Size(), err)
			}
		}
		keep(t, c, "1", "new", time.Hour)
		until(t, c, "entry", entries(1))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := c.Clear(); path != "" && err == nil {
			t.Error("cleared a closed file")
		}
	}
}

// After Close memory goes on, and nothing is written.
func TestClosed(t *testing.T) {
	var log journaltest.Journal
	c := openT(t, newPath(t), Options{Log: log.Log()}, tuning{})
	keep(t, c, "q", "a", time.Hour)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	keep(t, c, "r", "b", time.Hour)
	if a, b, miss := lookup(t, c, "q"), lookup(t, c, "r"), lookup(t, c, "s"); a != "a" || b != "b" || miss != "-" {
		t.Error(a, b, miss)
	}
	if n := c.Counters(); n.Failed != 0 || n.Entries != 1 || log.Count("") != 1 {
		t.Errorf("%+v\n%s", n, log.String())
	}
}

// A caller that left is no failure of the disk.
func TestCallerLeft(t *testing.T) {
	c := openT(t, newPath(t), Options{}, tuning{})
	keep(t, c, "q", "a", time.Hour)
	until(t, c, "entry", entries(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, lease := forgetful(c).Lookup(ctx, []byte("q"), true)
	lease.Release()
	if got := lookup(t, c, "q"); got != "a" {
		t.Errorf("after one that left: %s, %+v", got, c.Counters())
	}
	if n := c.Counters(); n.Failed != 0 {
		t.Errorf("%+v", n)
	}
}
