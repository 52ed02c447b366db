package limits

import (
	"time"

	"strowger/core/catalog"
)

// rated is a key with the moment at which the requests that have come with it would all
// have had their share of the time.
type rated struct {
	key string
	due time.Time
}

// maxKeys bounds how many keys are remembered. Keys are configured, so that there are
// hardly ever so many.
const maxKeys = 10_000

// Wait is how long a request with that key has to wait until it may come: 0 if it may now.
// So many as the rate says may come at once, and then one whenever its share of the time
// has passed (the generic cell rate algorithm, ITU-T I.371).
func (l *Ledger) Wait(now time.Time, key string, rate catalog.Rate) time.Duration {
	if l == nil || !limited(rate) {
		return 0
	}
	var due time.Time
	if i := l.rate(key); i >= 0 {
		due = l.rates[i].due
	}
	return max(clamp(due, now, rate).Sub(now)-shareOf(rate)*time.Duration(rate.Requests-1), 0)
}

// rate is the key's place, or -1.
func (l *Ledger) rate(key string) int {
	for i := range l.rates {
		if l.rates[i].key == key {
			return i
		}
	}
	return -1
}

// count notes that a request with that key came.
func (l *Ledger) count(now time.Time, key string, rate catalog.Rate) {
	if !limited(rate) {
		return
	}
	i := l.rate(key)
	if i < 0 {
		l.forget(now)
		i = len(l.rates)
		l.rates = append(l.rates, rated{key: key})
	}
	r := &l.rates[i]
	r.due = clamp(r.due, now, rate).Add(shareOf(rate))
}

// clamp is due, but not before now; and not further away than after a full burst, where it
// is if the clock was set back.
func clamp(due, now time.Time, rate catalog.Rate) time.Time {
	if due.Before(now) {
		return now
	}
	if most := now.Add(shareOf(rate) * time.Duration(rate.Requests)); due.After(most) {
		return most
	}
	return due
}

// forget makes room for a key if there is none: those that have nothing to wait for are as
// good as new. If there are none, the one with the least to wait for goes.
func (l *Ledger) forget(now time.Time) {
	if len(l.rates) < maxKeys {
		return
	}
	least, kept := 0, l.rates[:0]
	for _, r := range l.rates {
		if r.due.After(now) {
			kept = append(kept, r)
			if r.due.Before(kept[least].due) {
				least = len(kept) - 1
			}
		}
	}
	if len(kept) == maxKeys {
		kept[least] = kept[maxKeys-1]
		kept = kept[:maxKeys-1]
	}
	clear(l.rates[len(kept):])
	l.rates = kept
}

func limited(r catalog.Rate) bool { return r.Requests > 0 && r.Per > 0 }

// shareOf is the time between two requests that come evenly, rounded up.
func shareOf(r catalog.Rate) time.Duration {
	n := time.Duration(r.Requests)
	return (r.Per + n - 1) / n
}
