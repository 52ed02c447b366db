package exchange

import (
	"strconv"
	"strings"
	"time"
)

// maxWindow bounds how long a provider can ask to be left alone.
const maxWindow = time.Hour

// retryAt reads when a provider asks to be tried again: retry-after-ms, retry-after in
// seconds or as a date (RFC 9110 section 10.2.3). Zero if it does not say.
func retryAt(now time.Time, header func(string) string) time.Time {
	if header == nil {
		return time.Time{}
	}
	if ms, err := strconv.ParseFloat(header("retry-after-ms"), 64); err == nil {
		return after(now, ms/1000)
	}
	value := strings.TrimSpace(header("retry-after"))
	if value == "" {
		return time.Time{}
	}
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		return after(now, s)
	}
	// GMT is written out: a zone by name would be looked up in the host's own time zone.
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, value); err == nil && t.After(now) {
			return minTime(t, now.Add(maxWindow))
		}
	}
	return time.Time{}
}

func after(now time.Time, seconds float64) time.Time {
	if !(seconds > 0) {
		return time.Time{}
	}
	return now.Add(time.Duration(min(seconds, maxWindow.Seconds()) * float64(time.Second)))
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
