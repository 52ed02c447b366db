package provider

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// RateLimit lets so many requests through in each window of Per, which opens with the first request in
// it; the rest get 429 with Retry-After until the window is over. Zero Requests is no limit, zero Per is
// a minute.
type RateLimit struct {
	Requests int
	Per      time.Duration
}

// window counts the requests of a RateLimit.
type window struct {
	mu   sync.Mutex
	ends time.Time
	used int
}

// admit counts a request at now, sets the x-ratelimit-* headers, and says no when the window is full.
func (w *window) admit(l RateLimit, now time.Time, h http.Header) *failure {
	per := l.Per
	if per <= 0 {
		per = time.Minute
	}
	w.mu.Lock()
	if !now.Before(w.ends) {
		w.ends, w.used = now.Add(per), 0
	}
	left := l.Requests - w.used
	if left > 0 {
		w.used++
	}
	resets := w.ends.Sub(now)
	w.mu.Unlock()

	h.Set("X-Ratelimit-Limit-Requests", strconv.Itoa(l.Requests))
	h.Set("X-Ratelimit-Remaining-Requests", strconv.Itoa(max(left-1, 0)))
	h.Set("X-Ratelimit-Reset-Requests", resets.Round(time.Millisecond).String())
	if left > 0 {
		return nil
	}
	f := simulated(http.StatusTooManyRequests, "")
	f.retryAfter = strconv.Itoa(int((resets + time.Second - 1) / time.Second))
	return f
}
