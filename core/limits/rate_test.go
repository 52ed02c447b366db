package limits_test

import (
	"strconv"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/limits"
)

func TestRate(t *testing.T) {
	var l limits.Ledger
	now := at(t, "2026-05-02T00:00:00Z")
	a := limits.Admission{Key: "k", Rate: catalog.Rate{Requests: 3, Per: time.Minute}}
	for i := range 3 {
		if d := l.Wait(now, a.Key, a.Rate); d != 0 {
			t.Fatalf("request %d waits %s", i, d)
		}
		l.Admit(now, a)
	}
	for _, c := range []struct {
		after, want time.Duration
	}{{0, 20 * time.Second}, {5 * time.Second, 15 * time.Second}, {20 * time.Second, 0}, {-time.Hour, 20 * time.Second}} {
		if d := l.Wait(now.Add(c.after), a.Key, a.Rate); d != c.want {
			t.Errorf("after %s: %s, want %s", c.after, d, c.want)
		}
	}
	if d := l.Wait(now, "other", a.Rate); d != 0 {
		t.Errorf("another key waits %s", d)
	}
	if d := l.Wait(now, a.Key, catalog.Rate{}); d != 0 {
		t.Errorf("without a limit: %s", d)
	}
}

// TestRateOverTime: whatever comes whenever it may, no span sees more than a burst and
// what the rate adds.
func TestRateOverTime(t *testing.T) {
	for _, rate := range []catalog.Rate{{Requests: 1, Per: time.Second}, {Requests: 7, Per: time.Minute}, {Requests: 60, Per: time.Hour}} {
		var l limits.Ledger
		now := at(t, "2026-05-02T00:00:00Z")
		var came []time.Time
		for range 5 * rate.Requests {
			now = now.Add(l.Wait(now, "k", rate))
			l.Admit(now, limits.Admission{Key: "k", Rate: rate})
			came = append(came, now)
		}
		for i := range came {
			for j := i; j < len(came); j++ {
				most := rate.Requests + int(came[j].Sub(came[i])*time.Duration(rate.Requests)/rate.Per)
				if n := j - i + 1; n > most {
					t.Fatalf("%v: %d requests in %s", rate, n, came[j].Sub(came[i]))
				}
			}
		}
		if took := came[len(came)-1].Sub(came[0]); took > 4*rate.Per+time.Microsecond {
			t.Errorf("%v: %d requests took %s", rate, len(came), took)
		}
	}
}

func TestKeysAreBounded(t *testing.T) {
	var l limits.Ledger
	now := at(t, "2026-05-02T00:00:00Z")
	rate := catalog.Rate{Requests: 1, Per: time.Minute}
	for i := range 10_000 {
		l.Admit(now.Add(time.Duration(i)), limits.Admission{Key: strconv.Itoa(i), Rate: rate})
	}
	l.Admit(now, limits.Admission{Key: "one more", Rate: rate})
	for key, wants := range map[string]bool{"0": false, "1": true, "5000": true, "9999": true, "one more": true} {
		if waits := l.Wait(now, key, rate) > 0; waits != wants {
			t.Errorf("key %s waits: %v", key, waits)
		}
	}
	later := now.Add(time.Hour) // nobody waits any more
	l.Admit(later, limits.Admission{Key: "later", Rate: rate})
	if l.Wait(later, "later", rate) == 0 {
		t.Error("a key is forgotten though there is room")
	}
}
