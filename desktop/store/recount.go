package store

import (
	"context"
	"database/sql/driver"
	"time"
)

// mostRecounted is how many decisions are counted again at most.
const mostRecounted = 1 << 20

// recount counts the hour and the minute that a moment is in again, after what is older was deleted:
// their counts are those of more than is left. It counts everything that was written before that,
// so that nothing is added later to what the deletion has emptied. An hour with more than
// mostRecounted decisions left is left as it is.
func (s *Store) recount(ctx context.Context, moment time.Time) error {
	f := s.folder
	f.folding.Lock()
	defer f.folding.Unlock()
	for {
		rows, _, err := f.stepLocked(ctx, maxStep, time.Now())
		if err != nil {
			return err
		}
		if rows < maxStep && f.gathers() {
			break
		}
	}
	second := moment.Unix()
	hour, minute := second-modulo(second, anHour), second-modulo(second, aMinute)
	fresh := newGathered()
	only := func(level int, begin int64) func(int64) *roll {
		r := fresh.roll(level, begin)
		return func(second int64) *roll {
			if second != begin {
				return nil
			}
			return r
		}
	}
	whole := true
	err := s.snapshot(ctx, func(c querier) (err error) {
		whole, err = readAgain(ctx, c, hour, counted{minute: only(0, minute), hour: only(1, hour)})
		return err
	})
	if err != nil || !whole {
		return err
	}
	return f.conn.transact(ctx, func() error {
		// What stands there already counts more than is left.
		work := folding{f: f, rolls: [2]map[int64]*roll{{minute: newRoll()}, {hour: newRoll()}}, sums: map[int64]*sums{hour: newSums()}, oldest: time.Now().Add(-minutesKept).Unix()}
		if err := work.merge(ctx, fresh); err != nil {
			return err
		}
		if minute < work.oldest {
			clear(work.rolls[0])
		}
		return work.write()
	})
}

// readAgain counts the decisions of an hour that were counted already; not if there are too many.
func readAgain(ctx context.Context, c querier, hour int64, to counted) (whole bool, err error) {
	mark, err := numberOf(ctx, c, readMark)
	if err != nil {
		return false, err
	}
	var rows, after, last int64
	err = rowsOf(ctx, c, "SELECT count(*), coalesce(min(seq), 0), coalesce(max(seq), 0) FROM decisions WHERE at >= ? AND at < ?",
		integers(nil, hour*1e6, (hour+anHour)*1e6), func(v []driver.Value) error {
			rows, after, last = num(v[0]), num(v[1])-1, min(num(v[2]), mark)
			return nil
		})
	if err != nil || rows > mostRecounted {
		return false, err
	}
	r := reader{c, map[int64]kindNames{}}
	for rows > 0 && after < last {
		n := int64(0)
		if after, n, err = r.read(ctx, after, min(maxStep, last-after), to); err != nil || n == 0 {
			return err == nil, err
		}
	}
	return true, nil
}

// gathers reports whether all that was written is counted or gathered.
func (f *folder) gathers() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live != nil
}
