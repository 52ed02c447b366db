package cache

import (
	"context"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A hundred ask the same at once: one of them leads, and all others have its answer.
func TestCoalescing(t *testing.T) {
	c := openT(t, newPath(t), Options{}, tuning{})
	var asked, hits atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			body, hit, lease := c.Lookup(t.Context(), []byte("q"), true)
			if hit {
				hits.Add(1)
				if string(body) != "a" || lease != nil {
					t.Errorf("%s, %v", body, lease)
				}
				return
			}
			defer lease.Release()
			asked.Add(1)
			time.Sleep(time.Millisecond)
			lease.Keep([]byte("a"), time.Hour)
		})
	}
	all.Wait()
	n := c.Counters()
	if asked.Load() != 1 || hits.Load() != 99 || n.Hits != 99 || n.Misses != 1 {
		t.Errorf("%d asked, %d had it; %+v", asked.Load(), hits.Load(), n)
	}
	if len(c.flights) != 0 {
		t.Errorf("%d flights are left", len(c.flights))
	}
}

// Where there is no answer to keep, all who wait ask at once, and who comes later waits for
// one of them.
func TestNothingToKeep(t *testing.T) {
	for _, kept := range []int{0, 3} { // by the one that leads, and by another
		c := openT(t, "", Options{}, tuning{})
		_, _, leader := c.Lookup(t.Context(), []byte("q"), true)
		waits := waiting(t, c, t.Context(), 5)
		flight := c.flights[sha256.Sum256([]byte("q"))]
		leader.Release()
		leases := []*Lease{nil}
		for range 5 { // none of which has ended before the last is there
			got := <-waits
			if got.lease == nil || got.body != nil {
				t.Fatalf("%+v", got)
			}
			if got.lease == flight.leader {
				leases[0] = got.lease
			} else {
				leases = append(leases, got.lease)
			}
		}
		later := waiting(t, c, t.Context(), 1)
		leases[4].Release() // it did not lead
		select {
		case got := <-later:
			t.Errorf("one leads: %+v", got)
		case <-time.After(10 * time.Millisecond):
		}
		leases[kept].Keep([]byte("a"), time.Hour)
		if got := <-later; string(got.body) != "a" || got.lease != nil {
			t.Errorf("%+v", got)
		}
		for _, lease := range leases {
			lease.Release()
		}
		if n := c.Counters(); n.Hits != 1 || n.Misses != 6 || n.Waits != 6 || len(c.flights) != 0 {
			t.Errorf("%+v, %d flights are left", n, len(c.flights))
		}
	}
}

// waiting starts n lookups that wait, and tells when they do.
func waiting(t *testing.T, c *Cache, ctx context.Context, n int) <-chan handed {
	t.Helper()
	was := c.Counters().Waits
	got := make(chan handed, n)
	for range n {
		go func() {
			body, _, lease := c.Lookup(ctx, []byte("q"), true)
			got <- handed{body, lease}
		}()
	}
	until(t, c, "wait", func(now Counters) bool { return now.Waits == was+int64(n) })
	return got
}

func TestWaitersLeave(t *testing.T) {
	c := openT(t, "", Options{}, tuning{})
	_, _, leader := c.Lookup(t.Context(), []byte("q"), true)
	stay := waiting(t, c, t.Context(), 1)
	ctx, cancel := context.WithCancel(t.Context())
	leave := waiting(t, c, ctx, 5)
	cancel()
	for range 5 {
		if got := <-leave; got.body != nil || got.lease == nil {
			t.Errorf("%+v", got)
		} else {
			got.lease.Release() // which hands nothing on: it did not lead
		}
	}
	select {
	case got := <-stay:
		t.Errorf("the leader is still asking: %+v", got)
	case <-time.After(10 * time.Millisecond):
	}
	leader.Release()
	leader.Release()
	next := <-stay
	if next.lease == nil {
		t.Fatalf("%+v", next)
	}
	later := waiting(t, c, t.Context(), 1)
	next.lease.Keep([]byte("a"), time.Hour)
	leader.Keep([]byte("too late"), time.Hour)
	if got := <-later; string(got.body) != "a" || got.lease != nil {
		t.Errorf("%+v", got)
	}
	if got := lookup(t, c, "q"); got != "a" {
		t.Error(got)
	}
	if n := c.Counters(); n.Hits != 2 || n.Misses != 7 || n.Waits != 7 {
		t.Errorf("%+v", n)
	}
}

// Who does not wait asks at the same time, and what one keeps is good for all.
func TestWithoutWaiting(t *testing.T) {
	c := openT(t, "", Options{}, tuning{})
	_, _, first := c.Lookup(t.Context(), []byte("q"), false)
	_, hit, second := c.Lookup(t.Context(), []byte("q"), false)
	if hit || first == nil || second == nil {
		t.Fatal(hit, first, second)
	}
	waits := waiting(t, c, t.Context(), 1)
	second.Keep([]byte("a"), time.Hour)
	if got := <-waits; string(got.body) != "a" {
		t.Errorf("%+v", got)
	}
	first.Release()
	if got := lookup(t, c, "q"); got != "a" || len(c.flights) != 0 {
		t.Error(got, c.flights)
	}
}

// An answer that is too long for the cache lets those who wait ask.
func TestRefusedIsNotWaitedFor(t *testing.T) {
	c := openT(t, "", Options{MaxEntry: 1}, tuning{})
	_, _, lease := c.Lookup(t.Context(), []byte("q"), true)
	waits := waiting(t, c, t.Context(), 1)
	lease.Keep([]byte("long"), time.Hour)
	lease.Keep([]byte("long"), time.Hour)
	if got := <-waits; got.lease == nil {
		t.Errorf("%+v", got)
	} else {
		got.lease.Release()
	}
	if n := c.Counters(); n.Refused != 1 || len(c.flights) != 0 {
		t.Errorf("%+v", n)
	}
}

// An answer too big for memory reaches those who wait all the same.
func TestWaitersOfABigAnswer(t *testing.T) {
	c := openT(t, newPath(t), Options{Memory: 1}, tuning{})
	_, _, lease := c.Lookup(t.Context(), []byte("q"), true)
	waits := waiting(t, c, t.Context(), 3)
	lease.Keep([]byte("big"), time.Hour)
	for range 3 {
		if got := <-waits; string(got.body) != "big" {
			t.Errorf("%+v", got)
		}
	}
}
