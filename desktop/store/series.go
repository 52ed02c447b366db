package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"time"
)

// By is what a series is told apart by.
type By uint8

// What a series can be told apart by.
const (
	ByNothing By = iota
	ByProvider
	ByModel
	ByKey
	ByRoute
	ByStrategy
	ByOutcome
	ByDay
)

var byNames = [...]string{"none", "provider", "model", "key", "route", "strategy", "outcome", "day"}

// String is the name of b.
func (b By) String() string {
	if int(b) < len(byNames) {
		return byNames[b]
	}
	return ""
}

// ByNamed is what has that name; false if nothing has. Empty is ByNothing.
func ByNamed(name string) (By, bool) {
	i := slices.Index(byNames[:], name)
	return By(max(i, 0)), i >= 0 || name == ""
}

const (
	// MaxPoints is how many points a series may have.
	MaxPoints = 1500
	// MaxGroups is how many groups a series tells apart; the others are one, which is Rest.
	MaxGroups = 50
	// maxTail is how many decisions that are not counted yet are counted while a series is read.
	maxTail = 10_000
	// MaxSpan is the longest time that a series is read of.
	MaxSpan = 366 * 24 * time.Hour
)

// SeriesQuery says what a series is of. Empty texts are any.
type SeriesQuery struct {
	// From is where it begins and To where it ends, both moved outwards to whole minutes or hours.
	From, To time.Time
	// Step is how far its points are apart: whole hours, or whole minutes if From is not older than
	// two days. 0 is one point for all.
	Step time.Duration
	By   By
	// Location says where days begin; nil is UTC.
	Location *time.Location

	Provider, Model, Outcome, Key, Route, Strategy, Cache string
}

// Series are counts over time.
type Series struct {
	From, To time.Time // as they are counted
	Step     time.Duration
	Total    Counts
	Groups   []Group // those with the most requests first
	// Behind is how many decisions are not counted yet and not in it: an older database is being
	// counted. 0 else.
	Behind int64
}

// Group is the part of a series that has a name in common.
type Group struct {
	Name   string // a provider's, …, a day's as 2026-01-02; empty with ByNothing
	Rest   bool   // what is not told apart
	Total  Counts
	Points []Point // in order of time, those with requests only
}

// Point counts what began from At on until a step later.
type Point struct {
	At time.Time
	Counts
}

// Series are the counts that q asks for.
func (s *Store) Series(ctx context.Context, q SeriesQuery) (Series, error) {
	b, err := newSeries(q, time.Now())
	if err != nil || s == nil {
		return b.series, err
	}
	err = s.snapshot(ctx, func(c querier) error {
		if err := b.readKinds(ctx, c, &q); err != nil {
			return err
		}
		if err := b.readEndpoints(ctx, c, &q); err != nil {
			return err
		}
		b.series.Behind, err = b.span.each(ctx, c, b.readers)
		return err
	})
	if err != nil {
		return b.series, wrap("series", err)
	}
	b.finish()
	return b.series, nil
}

// seriesBuilder adds a series up.
type seriesBuilder struct {
	span   spanned
	step   int64 // seconds; 0: one point
	by     By
	where  *time.Location
	series Series
	sums   By                   // what sums are read by, if the span has sums
	only   string               // of those sums, unless empty
	kinds  map[int64]seriesKind // those meant
	names  []string             // of groups
	groups map[string]int       // by name, the place in names
	points map[int64][]*tally   // by the point's number, then as names
	// The groups of endpoints, if what failed is counted where it failed; else nil, and it is
	// counted where the decision was served.
	endpoints map[int64]int
}

type seriesKind struct {
	class class
	group int
}

func newSeries(q SeriesQuery, now time.Time) (*seriesBuilder, error) {
	b := &seriesBuilder{by: q.By, where: q.Location, kinds: map[int64]seriesKind{}, groups: map[string]int{}, points: map[int64][]*tally{}}
	if b.where == nil {
		b.where = time.UTC
	}
	var err error
	minutes := q.By != ByDay && q.Step%time.Hour != 0 || q.Step == 0 && q.To.Sub(q.From) < 24*time.Hour
	if b.span, err = buckets(q.From, q.To, now, minutes); err != nil {
		return b, err
	}
	if q.Step < 0 || q.Step > 0 && q.Step%(time.Duration(b.span.unit)*time.Second) != 0 {
		return b, fmt.Errorf("%w: step %s: points of this time are whole %s apart", ErrQuery, q.Step, b.span.units())
	}
	b.step = int64(q.Step / time.Second)
	if b.step > 0 && (b.span.to-b.span.from)/b.step > MaxPoints {
		return b, fmt.Errorf("%w: step %s: more than %d points", ErrQuery, q.Step, MaxPoints)
	}
	b.sums, b.only, b.span.sums = q.sums()
	b.series = Series{From: time.Unix(b.span.from, 0).UTC(), To: time.Unix(b.span.to, 0).UTC(), Step: q.Step}
	return b, nil
}

// wants are the filters, as ByProvider and those behind it, and Cache.
func (q *SeriesQuery) wants() [ByOutcome + 1]string {
	return [...]string{q.Provider, q.Model, q.Key, q.Route, q.Strategy, q.Outcome, q.Cache}
}

// sums tells by what sums are read and which of them alone, if sums are enough: with a filter they
// are if nothing else is filtered or told apart.
func (q *SeriesQuery) sums() (by By, only string, ok bool) {
	whole := q.By == ByNothing || q.By == ByDay
	if by = q.By; whole {
		by = ByOutcome
	}
	for i, want := range q.wants() {
		if want == "" {
			continue
		}
		filter := By(i) + ByProvider
		if only != "" || filter > ByOutcome || !whole && filter != q.By {
			return 0, "", false
		}
		by, only = filter, want
	}
	return by, only, true
}

// readKinds reads the kinds that are meant, and which group each is of.
func (b *seriesBuilder) readKinds(ctx context.Context, c querier, q *SeriesQuery) error {
	want := q.wants()
	return rowsOf(ctx, c, `SELECT k.id, e.provider, e.model, k.key, k.route, k.strategy, k.outcome, k.cache
		FROM kinds k CROSS JOIN endpoints e ON e.id = k.endpoint`, nil, func(v []driver.Value) error {
		var has [len(want)]string
		for i := range has {
			if has[i] = str(v[i+1]); want[i] != "" && want[i] != has[i] {
				return nil
			}
		}
		k := seriesKind{class: (&kindNames{outcome: has[5], cache: has[6]}).class()}
		if b.by > ByNothing && b.by < ByDay {
			k.group = b.group(has[b.by-ByProvider])
		}
		b.kinds[num(v[0])] = k
		return nil
	})
}

// readEndpoints reads which group each endpoint is of, if providers or models are told apart. Attempts
// are counted without what else a decision is told apart by, and by hours beside the sums alone.
func (b *seriesBuilder) readEndpoints(ctx context.Context, c querier, q *SeriesQuery) error {
	apart := b.by == ByProvider || b.by == ByModel || (b.by == ByNothing || b.by == ByDay) && q.Provider+q.Model != ""
	if !apart || q.Key+q.Route+q.Strategy+q.Outcome+q.Cache != "" || !b.span.sums && b.span.unit != aMinute {
		return nil
	}
	b.endpoints = map[int64]int{}
	return rowsOf(ctx, c, "SELECT id, provider, model FROM endpoints", nil, func(v []driver.Value) error {
		provider, model, group := str(v[1]), str(v[2]), 0
		if q.Provider != "" && q.Provider != provider || q.Model != "" && q.Model != model {
			return nil
		}
		switch b.by {
		case ByProvider:
			group = b.group(provider)
		case ByModel:
			group = b.group(model)
		}
		b.endpoints[num(v[0])] = group
		return nil
	})
}

// group is the number of the group of that name.
func (b *seriesBuilder) group(name string) int {
	i, ok := b.groups[name]
	if !ok {
		i = len(b.names)
		b.names = append(b.names, name)
		b.groups[name] = i
	}
	return i
}

// readers take a bucket's counts.
func (b *seriesBuilder) readers(second int64) readers {
	day, point := 0, int64(0)
	switch {
	case b.by == ByDay:
		day = b.group(time.Unix(second, 0).In(b.where).Format(time.DateOnly))
	case b.by == ByNothing:
		b.group("")
	}
	if b.step > 0 {
		point = (second - b.span.from) / b.step
	}
	of := func(group int) *tally {
		group += day
		tallies := b.points[point]
		for len(tallies) <= group {
			tallies = append(tallies, nil)
		}
		b.points[point] = tallies
		if tallies[group] == nil {
			tallies[group] = new(tally)
		}
		return tallies[group]
	}
	to := readers{
		by: b.sums,
		sum: func(name []byte) *tally {
			switch {
			case b.only != "" && b.only != string(name):
				return nil
			case b.by == ByNothing || b.by == ByDay:
				return of(0)
			}
			group, ok := b.groups[string(name)]
			if !ok {
				group = b.group(string(name))
			}
			return of(group)
		},
		kind: func(kind int64) *cell {
			k, ok := b.kinds[kind]
			if !ok {
				return nil
			}
			return &of(k.group).cell
		},
		added: func(kind, requests, fallback int64) {
			k := b.kinds[kind]
			of(k.group).add(k.class, requests, fallback)
		},
	}
	b.lost(&to, of)
	return to
}

// lost adds to readers those of attempts that did not end well, if they are counted.
func (b *seriesBuilder) lost(to *readers, of func(group int) *tally) {
	if b.endpoints == nil {
		return
	}
	var others endCell
	var flows flowCell
	to.flow = func(flowKey) *flowCell { return &flows }
	to.end = func(k endKey) *endCell {
		if group, ok := b.endpoints[k.endpoint]; ok && k.outcome != "ok" {
			return &of(group).ends
		}
		return &others
	}
}

// finish makes the series of what was added up.
func (b *seriesBuilder) finish() {
	all := make([]tally, len(b.names))
	for _, tallies := range b.points {
		for i, t := range tallies {
			if t != nil {
				if b.endpoints != nil {
					t.failed = t.ends.cost
				}
				all[i].merge(t)
			}
		}
	}
	order := make([]int, len(b.names))
	total := tally{}
	for i := range all {
		order[i] = i
		total.merge(&all[i])
	}
	total.count(&b.series.Total)
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(all[y].requests, all[x].requests), cmp.Compare(b.names[x], b.names[y]))
	})
	if b.by == ByDay {
		slices.SortFunc(order, func(x, y int) int { return cmp.Compare(b.names[x], b.names[y]) })
	}
	for len(order) > 0 && len(b.series.Groups) < MaxGroups {
		if g := &all[order[0]]; g.requests > 0 || g.failed > 0 {
			b.series.Groups = append(b.series.Groups, b.made(b.names[order[0]], order[:1]))
		}
		order = order[1:]
	}
	if g := b.made("", order); g.Total.Requests > 0 || g.Total.FailedCost > 0 {
		g.Rest = true
		b.series.Groups = append(b.series.Groups, g)
	}
}

// made is the group of those numbers.
func (b *seriesBuilder) made(name string, numbers []int) Group {
	g := Group{Name: name}
	points := make([]int64, 0, len(b.points))
	for point, tallies := range b.points {
		if slices.ContainsFunc(numbers, func(i int) bool {
			return i < len(tallies) && tallies[i] != nil && (tallies[i].requests > 0 || tallies[i].failed > 0)
		}) {
			points = append(points, point)
		}
	}
	slices.Sort(points)
	g.Points = make([]Point, len(points))
	var total, sum tally
	for i, point := range points {
		sum = tally{}
		for _, n := range numbers {
			if tallies := b.points[point]; n < len(tallies) && tallies[n] != nil {
				sum.merge(tallies[n])
			}
		}
		total.merge(&sum)
		g.Points[i].At = time.Unix(b.span.from+point*b.step, 0).UTC()
		sum.count(&g.Points[i].Counts)
	}
	total.count(&g.Total)
	return g
}
