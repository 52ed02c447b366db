package reply

import (
	"errors"
	"strconv"
	"time"
)

var errMoment = errors.New("must be a time such as 2026-01-02T03:04:05Z, or in seconds since 1970")

// Moment reads a time of RFC 3339, or in seconds since 1970, in UTC. The error goes behind the
// name of what was read.
func Moment(text string) (time.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n < 1<<40 {
		return time.Unix(n, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errMoment
	}
	return t.UTC(), nil
}
