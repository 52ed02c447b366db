package exchange

import (
	"strings"
	"time"
)

// Remaining is what an answer says is left of one of its provider's limits.
type Remaining struct {
	What  string // what is limited, such as requests or input-tokens; empty if it does not say
	Left  int64
	Limit int64     // 0: it does not say
	Reset time.Time // when it lets something in again; zero: it does not say
}

// RemainingOf reads what the headers of an answer say of limits. Header gives a header's value by
// its lower-case name; beside HeaderNames it is asked for LimitNames.
func RemainingOf(now time.Time, header func(name string) string) (all []Remaining) {
	seen := ""
	for i := range limitHeaders {
		h := &limitHeaders[i]
		left, ok := number(header(h.left))
		if !ok || h.left == seen && header(h.reset) == "" {
			continue
		}
		r := Remaining{What: limited(h.left), Left: int64(min(left, 1e15))}
		if most, ok := number(header(limitName(h.left))); ok {
			r.Limit = int64(min(most, 1e15))
		}
		if t, ok := moment(now, header(h.reset)); ok && t.After(now) {
			r.Reset = t
		}
		if h.left == seen { // the second reset of one
			all[len(all)-1].Reset = r.Reset
			continue
		}
		seen, all = h.left, append(all, r)
	}
	return all
}

// LimitNames are the headers that say how much a limit lets in at most, in lower case.
func LimitNames() (names []string) {
	for i := range limitHeaders {
		names = append(names, limitName(limitHeaders[i].left))
	}
	return names
}

// limitName is the header that says the most of what left says the rest of.
func limitName(left string) string { return strings.Replace(left, "remaining", "limit", 1) }

// limited is what a header with a rest is about: requests in x-ratelimit-remaining-requests.
func limited(left string) string {
	for _, word := range [...]string{"anthropic-", "x-", "ratelimit", "remaining", "bysize"} {
		left = strings.Replace(left, word, "", 1)
	}
	return strings.Trim(strings.ReplaceAll(left, "--", "-"), "-")
}
