package http1

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// Those that get ready at the same time write one behind the other.
func TestTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n = 16
	var all Together
	wrote, broken := false, 0 // the last was a write; how often somebody got ready behind one
	var mu sync.Mutex
	var done sync.WaitGroup
	for range n {
		done.Go(func() {
			for begin := time.Now(); time.Since(begin) < 4*company; {
			}
			mu.Lock()
			if wrote {
				broken++
			}
			wrote = false
			mu.Unlock()
			all.Wait()
			mu.Lock()
			wrote = true
			mu.Unlock()
		})
	}
	done.Wait()
	if broken > n/4 { // now and then the runtime takes one out of its turn
		t.Errorf("%d of %d got ready right behind a write", broken, n)
	}
}

// Who is alone asks less and less, until others are there again.
func TestTogetherAlone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var all Together
	for i := 0; all.pause.Load() < maxPause; i++ {
		if i == 1_000_000 {
			t.Fatalf("after %d writes of one alone, only %d in a row do not ask", i, all.pause.Load())
		}
		all.Wait()
	}
	for range maxPause {
		if all.Wait(); all.skip.Load() < 0 {
			t.Fatal("less than none")
		}
	}
	var stop sync.WaitGroup
	end := make(chan struct{})
	stop.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
			}
			for begin := time.Now(); time.Since(begin) < 2*company; {
			}
			runtime.Gosched()
		}
	})
	defer stop.Wait()
	defer close(end)
	for i := 0; all.pause.Load() > 0; i++ {
		if i == 1_000_000 {
			t.Fatal("it never asks again")
		}
		all.Wait()
	}
}
