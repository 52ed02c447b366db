package collector

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercentFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 3 << 20: 400, 6 << 20: 400, 12 << 20: 200, 24 << 20: 100, 1 << 30: 100} {
		if got := percentFor(live); got != want {
			t.Errorf("%d MiB live: %d %%, want %d", live>>20, got, want)
		}
	}
}

// TestPace has it follow what lives in this process.
func TestPace(t *testing.T) {
	if was := debug.SetGCPercent(usualPercent); was != usualPercent && was != mostPercent {
		debug.SetGCPercent(was)
		t.Skip("GOGC is set")
	}
	Pace()
	held := make([]byte, 96<<20)
	settles := func(want int) {
		t.Helper()
		for range 100 {
			runtime.GC()
			time.Sleep(5 * time.Millisecond) // finalizers run beside
			got := debug.SetGCPercent(usualPercent)
			debug.SetGCPercent(got)
			if got == want {
				return
			}
		}
		t.Fatalf("it is not %d %%", want)
	}
	settles(usualPercent)
	runtime.KeepAlive(held)
	held = nil
	settles(mostPercent)
}
