// Package growthtest judges how the time that work takes grows with what it is done to.
package growthtest

import (
	"testing"
	"time"
)

// Linear fails unless the work that a number of things makes goes with their number: eight
// times as many may take three times as long each, by the best of several tries, since other
// work on the machine only ever makes one longer. What is quadratic takes eight times.
func Linear(t testing.TB, things int, work func(things int)) {
	t.Helper()
	best := func(things int, least time.Duration) time.Duration {
		began := time.Now()
		work(things)
		if took := time.Since(began); least == 0 || took < least {
			return took
		}
		return least
	}
	var few, many time.Duration
	for range 6 {
		few, many = best(things, few), best(8*things, many)
		if many <= 24*few {
			return
		}
	}
	t.Errorf("%d take %v, and eight times as many %v", things, few, many)
}
