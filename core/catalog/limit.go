package catalog

import (
	"slices"
	"time"
)

// CostLimit is the most that may be spent per request, day or month.
type CostLimit struct {
	Most MicroDollars
	Per  Per
}

// Per is the span of time that a CostLimit is about. Days and months begin at midnight in
// the configured time zone.
type Per uint8

// The spans.
const (
	PerNone Per = iota
	PerRequest
	PerDay
	PerMonth
)

var perNames = [...]string{"", "request", "day", "month"}

// String is the span's name as written in a configuration.
func (p Per) String() string {
	if int(p) < len(perNames) {
		return perNames[p]
	}
	return ""
}

// Lasts reports whether the span is one of time, a day or a month.
func (p Per) Lasts() bool { return p == PerDay || p == PerMonth }

// PerNamed is the span of that name; PerNone if there is none.
func PerNamed(name string) Per {
	return Per(max(slices.Index(perNames[:], name), 0))
}

// PerNames lists the legal names.
func PerNames() []string { return append([]string(nil), perNames[1:]...) }

// Key is a client key: who may call, and how much. The key itself is not here.
type Key struct {
	Name       string
	SHA256     string // of the key, 64 lower-case hexadecimal digits
	CostLimits []CostLimit
	Rate       Rate
}

// Rate is how often requests may come; the zero value sets no limit.
type Rate struct {
	Requests int
	Per      time.Duration // a second, minute, hour or day
}
