package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"strowger/core/exchange"
)

func TestRemaining(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		headers map[string]string
		want    string
	}{
		{map[string]string{}, "[]"},
		{map[string]string{"x-ratelimit-remaining-requests": "59", "x-ratelimit-limit-requests": "60", "x-ratelimit-reset-requests": "1s"},
			"[{requests 59 60 2026-01-02 03:04:06 +0000 UTC}]"},
		{map[string]string{"x-ratelimit-remaining-tokens": "5", "x-rate-limit-reset-tokens": "2"}, // Azure
			"[{tokens 5 0 2026-01-02 03:04:07 +0000 UTC}]"},
		{map[string]string{"anthropic-ratelimit-input-tokens-remaining": "7", "anthropic-ratelimit-input-tokens-limit": "9", "anthropic-ratelimit-input-tokens-reset": "2026-01-02T03:05:05Z"},
			"[{input-tokens 7 9 2026-01-02 03:05:05 +0000 UTC}]"},
		{map[string]string{"x-ratelimit-remaining": "-1", "ratelimit-remaining": "x"}, "[]"},
		{map[string]string{"x-ratelimit-remaining": "3", "x-ratelimit-limit": "10"}, "[{ 3 10 0001-01-01 00:00:00 +0000 UTC}]"},
	} {
		got := fmt.Sprint(exchange.RemainingOf(now, func(name string) string { return c.headers[name] }))
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.headers, got, c.want)
		}
	}
}
