package exchange

import (
	"testing"
	"time"
)

func TestRetryDelay(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for body, want := range map[string]time.Duration{
		`{"retryDelay":"34.074824224s"}`: 34074824224, `x "retryDelay" : "1s"`: time.Second, `{"retryDelay":"99999s"}`: maxWindow,
		``: 0, `"retryDelay"`: 0, `"retryDelay":"`: 0, `"retryDelay":5,"a":"1s"`: 0, `"retryDelay":"-1s"`: 0, `"retryDelay":"soon"`: 0, `{"retryDelay":"1s`: 0,
	} {
		at := retryDelay(now, []byte(body))
		if got := at.Sub(now); want == 0 && !at.IsZero() || want != 0 && got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}
