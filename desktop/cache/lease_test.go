package cache

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A hundred ask the same at once: one at a time leads, those who fail hand on, and when
// one keeps an answer all others have it.
func TestCoalescing(t *testing.T) {
	for _, failures := range []int64{0, 1, 7, 99} {
		t.Run(fmt.Sprintf("failures=%d", failures), func(t *testing.T) {
			c := openT(t, newPath(t), Options{}, tuning{})
			var asking, asked, hits atomic.Int64
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
					if n := asking.Add(1); n != 1 {
						t.Errorf("%d ask at once", n)
					}
					time.Sleep(time.Millisecond)
					asking.Add(-1)
					if asked.Add(1) > failures {
						lease.Keep([]byte("a"), time.Hour)
					}
				})
			}
			all.Wait()
			n := c.Counters()
			if asked.Load() != failures+1 || hits.Load() != 99-failures || n.Hits != hits.Load() || n.Misses != asked.Load() {
				t.Errorf("%d asked, %d had it; %+v", asked.Load(), hits.Load(), n)
			}
			if len(c.flights) != 0 {
				t.Errorf("%d flights are left", len(c.flights))
			}
		})
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
	stay2 := waiting(t, c, t.Context(), 1)
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
	next.lease.Keep([]byte("a"), time.Hour)
	leader.Keep([]byte("too late"), time.Hour)
	if got := <-stay2; string(got.body) != "a" || got.lease != nil {
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

// An answer that is too long for the cache hands the lease on.
func TestRefusedHandsOn(t *testing.T) {
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
