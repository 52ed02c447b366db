package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
	"time"
)

// MaxLanes is the most attempts that Lanes gives.
const MaxLanes = 5000

// Mark is an attempt that failed, as a lane shows it.
type Mark struct {
	Seq      int64 // the decision's
	N        int   // the attempt's number
	At       time.Time
	Provider string
	Endpoint string // the catalog's endpoint ID
	Outcome  string
	ID       string // the decision's
	Status   int    // 0 when there was none
	Total    time.Duration
	Served   string // the provider whose answer the exchange ended with; empty if none was
}

// LaneMarks are the attempts that failed in a time, newest exchange first.
type LaneMarks struct {
	Marks []Mark
	// Left is how many there are beside those, in the whole minutes or hours of the time; at least,
	// if Behind is not 0.
	Left   int64
	Behind int64 // as in Series
	// Next is the seq below which there may be more of the time; 0 if there are none. The attempts of
	// an exchange are never parted.
	Next int64
	Ends []End // how all attempts of the whole minutes or hours of the time ended
}

// End counts attempts of an endpoint that ended alike.
type End struct {
	Provider, Endpoint, Outcome string

	Attempts int64
	Time     time.Duration // of all of them
	Cost     int64         // micro-dollars that was paid for nothing, as far as it is known; of ok 0
	Unpriced int64         // attempts of which it is not known
}

// Lanes are the attempts that did not end well of exchanges that began from from on and before
// to; at most limit, 0 is 1000, and MaxLanes the most, and those that the last of them has beside.
func (s *Store) Lanes(ctx context.Context, from, to time.Time, limit int) (l LaneMarks, err error) {
	if limit <= 0 {
		limit = 1000
	}
	limit = min(limit, MaxLanes)
	span, err := buckets(from, to, time.Now(), to.Sub(from) < 24*time.Hour)
	if err != nil || s == nil {
		return l, err
	}
	span.sums = true
	err = s.snapshot(ctx, func(c querier) error {
		if l.Marks, l.Next, err = s.marks(ctx, c, from, to, 0, limit); err != nil {
			return err
		}
		ends := map[endKey]*endCell{}
		l.Behind, err = span.each(ctx, c, func(int64) readers {
			return readers{
				kind: noKind,
				end:  func(k endKey) *endCell { return at(ends, k) },
				flow: func(flowKey) *flowCell { return new(flowCell) },
			}
		})
		if err != nil {
			return err
		}
		l.Ends, err = named(ctx, c, ends)
		return err
	})
	for i := range l.Ends {
		if l.Ends[i].Outcome != "ok" {
			l.Left += l.Ends[i].Attempts
		}
	}
	l.Left = max(l.Left-int64(len(l.Marks)), 0)
	return l, wrap("attempts", err)
}

// marks reads the attempts that failed, of decisions below before, unless it is 0.
func (s *Store) marks(ctx context.Context, c querier, from, to time.Time, before int64, limit int) (list []Mark, next int64, err error) {
	more := false
	next, err = s.scan(ctx, c, Query{From: from, To: to, Before: before, failed: true}, s.look, `SELECT d.seq, a.n, d.at + a.start, e.provider, e.name, a.outcome, d.id, a.status, a.total, iif(k.outcome = 'ok', s.provider, '')
		FROM attempt_rows a CROSS JOIN decisions d ON d.seq = a.seq CROSS JOIN endpoints e ON e.id = a.endpoint
		CROSS JOIN kinds k ON k.id = d.kind CROSS JOIN endpoints s ON s.id = k.endpoint
		WHERE a.seq BETWEEN ?1 AND ?2`, " ORDER BY a.seq DESC, a.n DESC", func(v []driver.Value) (bool, error) {
		m := Mark{Seq: num(v[0]), N: int(num(v[1])), At: moment(num(v[2])), Provider: str(v[3]), Endpoint: str(v[4]), Outcome: str(v[5]),
			ID: str(v[6]), Status: int(num(v[7])), Total: span(num(v[8])), Served: str(v[9])}
		if more = len(list) >= limit && m.Seq != list[len(list)-1].Seq; !more {
			list = append(list, m)
		}
		return more, nil
	})
	if more {
		next = list[len(list)-1].Seq
	}
	return list, next, err
}

// named gives the ends their endpoints' names, in order.
func named(ctx context.Context, c querier, ends map[endKey]*endCell) ([]End, error) {
	names := map[int64][2]string{}
	err := rowsOf(ctx, c, "SELECT id, provider, name FROM endpoints", nil, func(v []driver.Value) error {
		names[num(v[0])] = [2]string{str(v[1]), str(v[2])}
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := make([]End, 0, len(ends))
	for k, v := range ends {
		n := names[k.endpoint]
		list = append(list, End{Provider: n[0], Endpoint: n[1], Outcome: k.outcome, Attempts: v.n, Time: span(v.total), Cost: v.cost, Unpriced: v.unpriced})
	}
	slices.SortFunc(list, func(a, b End) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(a.Outcome, b.Outcome))
	})
	return list, nil
}

// Flow counts exchanges that went the same way after an attempt had failed.
type Flow struct {
	Asked    string // the model as callers wrote it; empty for those that are not told apart
	Trigger  string // how the first attempt that failed ended
	Provider string // whose answer it was; empty if none was
	Requests int64
	Time     time.Duration // that the attempts that failed took
	Cost     int64         // micro-dollars that they cost, as far as it is known
	Unpriced int64         // exchanges of which it is not known
}

// FlowCounts are the flows of a time.
type FlowCounts struct {
	From, To time.Time // as they are counted
	Flows    []Flow    // those with the most requests first
	Behind   int64     // as in Series
}

// Flows count what exchanges did after an attempt had failed, of those that began from from on and
// before to, both moved outwards to whole minutes or hours. Those that their callers left, or that
// were refused as the callers' mistake, are not among them.
func (s *Store) Flows(ctx context.Context, from, to time.Time) (f FlowCounts, err error) {
	span, err := buckets(from, to, time.Now(), to.Sub(from) < 24*time.Hour)
	if err != nil || s == nil {
		return f, err
	}
	f.From, f.To = time.Unix(span.from, 0).UTC(), time.Unix(span.to, 0).UTC()
	span.sums = true
	flows := map[flowKey]*flowCell{}
	err = s.snapshot(ctx, func(c querier) error {
		f.Behind, err = span.each(ctx, c, func(int64) readers {
			return readers{
				kind: noKind,
				end:  func(endKey) *endCell { return new(endCell) },
				flow: func(k flowKey) *flowCell { return at(flows, k) },
			}
		})
		return err
	})
	for k, v := range flows {
		f.Flows = append(f.Flows, Flow{k.asked, k.trigger, k.provider, v.n, time.Duration(v.time) * time.Microsecond, v.cost, v.unpriced})
	}
	slices.SortFunc(f.Flows, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Asked, b.Asked), cmp.Compare(a.Trigger, b.Trigger), cmp.Compare(a.Provider, b.Provider))
	})
	return f, wrap("flows", err)
}
