package exchange_test

import (
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/stats"
)

// The ways in which providers say when to come back, and what says nothing.
func TestRetryAfterForms(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        time.Duration
	}{
		{"retry-after", "7", 7 * time.Second},
		{"retry-after", " 1.5 ", 1500 * time.Millisecond},
		{"retry-after", "Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second},
		{"retry-after", "Friday, 02-Jan-26 03:04:35 GMT", 30 * time.Second},
		{"retry-after", "Fri Jan  2 03:04:35 2026", 30 * time.Second},
		{"retry-after-ms", "250", 250 * time.Millisecond},
		{"retry-after", "999999", time.Hour},
		{"retry-after", "Fri, 02 Jan 2026 03:04:00 GMT", 0},
		{"retry-after", "soon", 0},
		{"retry-after", "-1", 0},
		{"x-other", "7", 0},
	} {
		x, _ := opened(t, stats.Frozen{}, "")
		cmds := append([]exchange.Command(nil), x.Step(began, exchange.Headers{Attempt: 1, Status: 429, Header: func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		}})...)
		cmds = append(cmds, x.Step(began, exchange.Ended{Attempt: 1})...)
		var got time.Duration
		for _, cmd := range cmds {
			if r, ok := cmd.(exchange.Record); ok && !r.Sample.RetryAt.IsZero() {
				got = r.Sample.RetryAt.Sub(began)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s means %s, want %s", c.name, c.value, got, c.want)
		}
	}
}
