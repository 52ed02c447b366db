package limits

import (
	"time"

	"strowger/core/catalog"
)

func (l *Ledger) zone() *time.Location {
	if l == nil || l.Zone == nil {
		return time.UTC
	}
	return l.Zone
}

// begin is when the day or month of t began.
func (l *Ledger) begin(per catalog.Per, t time.Time) time.Time {
	year, month, day := t.In(l.zone()).Date()
	if per == catalog.PerMonth {
		day = 1
	}
	return midnight(year, month, day, l.zone())
}

// end is the first moment behind the window that began at start: the next midnight, which
// may be 23 or 25 hours away. A window that began at no midnight of the zone is one of
// another zone and lasts as long as any can.
func (l *Ledger) end(per catalog.Per, start time.Time) time.Time {
	if !l.begin(per, start).Equal(start) {
		return start.Add(longest(per))
	}
	for year, month, day := start.In(l.zone()).Date(); ; {
		if per == catalog.PerMonth {
			month, day = month+1, 1
		} else {
			day++
		}
		// Not after start is only a day that was left out, as at the date line.
		if t := midnight(year, month, day, l.zone()); t.After(start) {
			return t
		}
	}
}

// longest is how long a day or a month can be.
func longest(per catalog.Per) time.Duration {
	if per == catalog.PerMonth {
		return (31*24 + 1) * time.Hour
	}
	return 25 * time.Hour
}

// midnight is when a day begins. Where clocks are put forward at midnight there is none,
// and the day begins when they are.
func midnight(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if t.Hour() > 12 { // in the evening before: time.Date read the clock that was put forward
		_, t = t.ZoneBounds()
	}
	return t.UTC()
}
