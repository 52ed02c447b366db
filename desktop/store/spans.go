package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// ErrQuery says that a query asks for what there is not.
var ErrQuery = errors.New("this cannot be asked")

// spanned is a time in whole buckets.
type spanned struct {
	from, to int64 // unix time in seconds
	unit     int64 // aMinute, anHour
	sums     bool  // of hours sums are enough
}

// table is where the counts of the time are.
func (p spanned) table() string {
	switch {
	case p.unit == aMinute:
		return "minutes"
	case p.sums:
		return "sums"
	}
	return "hours"
}

// units is what the time is counted by.
func (p spanned) units() string {
	if p.unit == aMinute {
		return "minutes"
	}
	return "hours"
}

// buckets is the time from from to to in whole minutes if there are minutes of it and they are
// wanted, else in whole hours.
func buckets(from, to, now time.Time, minutes bool) (spanned, error) {
	p := spanned{from: from.Unix(), to: to.Unix(), unit: anHour}
	if !from.Before(to) {
		return p, fmt.Errorf("%w: from %s is not before to %s", ErrQuery, from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if to.Sub(from) > MaxSpan {
		return p, fmt.Errorf("%w: from and to are more than %d days apart", ErrQuery, MaxSpan/(24*time.Hour))
	}
	// Minutes are there of whole ones only that are younger than the oldest by one.
	if minutes && from.After(now.Add(-minutesKept+2*time.Minute)) {
		p.unit = aMinute
	}
	if to.Nanosecond() > 0 {
		p.to++
	}
	p.from -= modulo(p.from, p.unit)
	p.to += modulo(-p.to, p.unit)
	return p, nil
}

// each reads the packed counts of the time, each with its bucket's beginning, then what is not
// packed yet, and tells how much of that was left out.
func (p spanned) each(ctx context.Context, c querier, each func(at int64) readers) (behind int64, err error) {
	err = rowsOf(ctx, c, "SELECT at, data FROM "+p.table()+" WHERE at >= ? AND at < ? ORDER BY at", integers(nil, p.from, p.to),
		func(v []driver.Value) error { return each(num(v[0])).read(blob(v[1])) })
	if err != nil {
		return 0, err
	}
	mark, err := numberOf(ctx, c, readMark)
	if err != nil {
		return 0, err
	}
	fresh := map[int64]*roll{}
	take := func(second int64) *roll {
		if second < p.from || second >= p.to {
			return nil
		}
		if fresh[second] == nil {
			fresh[second] = newRoll()
		}
		return fresh[second]
	}
	to := counted{hour: take}
	if p.unit == aMinute {
		to = counted{minute: take}
	}
	r := reader{c, map[int64]kindNames{}}
	last, rows, err := r.read(ctx, mark, maxTail, to)
	if err != nil {
		return 0, err
	}
	if rows == maxTail {
		if behind, err = numberOf(ctx, c, "SELECT max(seq) FROM decisions"); err != nil {
			return 0, err
		}
		behind -= last
	}
	for second, r := range fresh {
		each(second).take(r)
	}
	return behind, nil
}
