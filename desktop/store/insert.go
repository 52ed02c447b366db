package store

import (
	"context"
	"database/sql/driver"
	"strings"

	"strowger/core/stats"
)

// inserter turns entries into rows. Only the writer's goroutine uses it.
type inserter struct {
	c         *conn
	endpoints *lookup[endpointKey]
	kinds     *lookup[kindKey]
	prices    *lookup[stats.Price]

	decisions, plain, docs, attempts, samples *table
	packs                                     packs

	bodies *keeper

	// What of the batch is to be counted.
	recorded []recorded
	tries    []try
}

// sampleColumns are those of samples and edge_samples behind their keys.
const sampleColumns = "endpoint, at, outcome, flags, status, first, total, input, cache_read, cache_write, output, reasoning, price, cost, retry_at, images, cache_write_1h, account"

// newInserter prepares all statements.
func newInserter(c *conn, bodies int64) (*inserter, error) {
	in := &inserter{c: c}
	var err error
	if in.bodies, err = newKeeper(c, bodies); err != nil {
		return nil, err
	}
	if in.endpoints, err = newEndpoints(c); err != nil {
		return nil, err
	}
	if in.kinds, err = newKinds(c); err != nil {
		return nil, err
	}
	if in.prices, err = newPrices(c); err != nil {
		return nil, err
	}
	for _, t := range []struct {
		to            **table
		name, columns string
	}{
		{&in.decisions, "decisions", "seq, id, at, asked, kind, status, stream, attempts, first, total, cost, input, cache_read, cache_write, output, reasoning, estimated, failed, cache_write_1h, images, resumed, dropped, saved"},
		{&in.plain, "decisions", "seq, id, at, asked, kind, status, stream, first, total, cost, input, cache_read, cache_write, output, reasoning, saved, start, token, took, ended, price, attempts = 1, estimated = 0"},
		{&in.docs, "doc_rows", "seq, doc"},
		{&in.attempts, "attempt_rows", "seq, n, endpoint, outcome, status, start, first, total, error"},
		{&in.samples, "sample_rows", "seq, n, " + sampleColumns},
	} {
		if *t.to, err = newTable(c, t.name, t.columns); err != nil {
			return nil, err
		}
	}
	if in.packs, err = newPacks(c); err != nil {
		return nil, err
	}
	return in, nil
}

// write puts the batch into the database in one transaction, all or nothing, and tells
// how many entries were left out because their seq was taken; in.recorded is what was written.
// before runs first in the transaction; it is there for tests.
func (in *inserter) write(batch []Entry, before func(*conn) error) (lost int, err error) {
	in.recorded, in.tries = in.recorded[:0], in.tries[:0]
	in.bodies.append(batch)
	in.packs.make(batch)
	err = in.c.transact(context.Background(), func() error {
		if err := before(in.c); err != nil {
			return err
		}
		for i := range batch {
			if err := in.entry(&batch[i]); err != nil {
				return err
			}
		}
		written, err := in.flush()
		lost = len(batch) - int(written)
		if err != nil {
			return err
		}
		if err := in.packs.write(batch, lost > 0, in.docs); err != nil {
			return err
		}
		return in.bodies.flush()
	})
	for _, t := range in.tables() {
		t.drop()
	}
	if err == nil {
		in.packs.written()
	} else {
		in.endpoints.forget()
		in.kinds.forget()
		in.prices.forget()
	}
	return lost, err
}

// flush inserts the rows that were appended and tells how many decisions were taken.
func (in *inserter) flush() (written int64, err error) {
	for _, t := range in.tables() {
		n, err := t.flush()
		if err != nil {
			return 0, err
		}
		if t == in.decisions || t == in.plain {
			written += n
		}
	}
	return written, nil
}

func (in *inserter) tables() [5]*table {
	return [...]*table{in.decisions, in.plain, in.docs, in.attempts, in.samples}
}

// entry appends the entry's rows.
func (in *inserter) entry(e *Entry) error {
	d := &e.Decision
	endpoint, err := in.endpoints.id(keyOf(d.Endpoint, d.Provider, d.Model))
	if err != nil {
		return err
	}
	kind, err := in.kinds.id(kindKey{
		endpoint: endpoint,
		outcome:  cut(d.Outcome, MaxName),
		strategy: cut(d.Strategy, MaxName),
		key:      cut(d.Key, MaxName),
		route:    cut(d.Route, MaxName),
		cache:    cut(d.Cache, MaxName),
	})
	if err != nil {
		return err
	}
	if e.simple {
		in.note(e, kind, func(int) int64 { return endpoint })
		return in.one(e, kind)
	}
	in.decision(d, kind)
	endpoints := make([]int64, len(e.Attempts))
	for i := range e.Attempts {
		a := &e.Attempts[i]
		endpoint, err := in.endpoints.id(keyOf(a.Endpoint, a.Provider, a.Model))
		if err != nil {
			return err
		}
		endpoints[i] = endpoint
		t := in.attempts
		t.integer(d.Seq, e.number(i), endpoint)
		t.add(cut(a.Outcome, MaxName))
		t.integer(int64(a.Status), micros(a.Start))
		t.optional(micros(a.FirstToken), a.FirstToken > 0)
		t.integer(micros(a.Total))
		t.text(cut(a.Error, MaxError))
	}
	for i := range e.Samples {
		if e.Samples[i].Outcome == stats.OutcomeNone {
			continue
		}
		if err := in.sample(e, i); err != nil {
			return err
		}
	}
	in.note(e, kind, func(i int) int64 { return endpoints[i] })
	return nil
}

// plain tells whether the decision's row says all of the entry's one attempt and its sample, and has
// nothing in most of its columns: that is so of most exchanges.
func (e *Entry) plain() bool {
	if len(e.Attempts) != 1 || len(e.Samples) != 1 {
		return false
	}
	d, a, s := &e.Decision, &e.Attempts[0], &e.Samples[0]
	u := s.Usage
	return a.N <= 1 && a.Outcome == "ok" && s.Outcome == stats.OutcomeOK && d.Attempts == 1 &&
		a.Endpoint == d.Endpoint && a.Provider == d.Provider && a.Model == d.Model && s.Endpoint == a.Endpoint &&
		a.Status == d.Status && s.Status == d.Status && a.Error == "" && s.Stream == d.Stream && !s.Resumed && d.Resumed == "" &&
		a.FirstToken == s.FirstToken && a.Total == s.Total && !s.At.Before(d.At) && s.RetryAt.IsZero() && s.Account == "" &&
		u.Known && !u.Estimated && u.CacheWriteHour == 0 && u.Images == 0 && d.Dropped == 0 &&
		d.Tokens == Tokens{Input: u.Input, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite, Output: u.Output, Reasoning: u.Reasoning} &&
		s.Price.Known == d.Priced && (!d.Priced || s.Cost == d.Cost) && d.FailedPriced && d.Failed == 0
}

// one appends the row of a plain entry.
func (in *inserter) one(e *Entry, kind int64) (err error) {
	d, a, s := &e.Decision, &e.Attempts[0], &e.Samples[0]
	var price int64
	if s.Price.Known {
		if price, err = in.prices.id(s.Price); err != nil {
			return err
		}
	}
	t, u := in.plain, &d.Tokens
	in.begin(t, d, kind)
	t.optional(micros(d.FirstToken), d.FirstToken > 0)
	t.integer(micros(d.Total))
	t.optional(d.Cost, d.Priced)
	t.integer(u.Input, u.CacheRead, u.CacheWrite, u.Output, u.Reasoning, d.Saved, micros(a.Start))
	t.optional(micros(a.FirstToken), a.FirstToken > 0)
	t.integer(micros(a.Total), s.At.UnixMicro()-d.At.UnixMicro())
	t.optional(price, s.Price.Known)
	return nil
}

// begin appends the first columns of a row in decisions, up to stream.
func (in *inserter) begin(t *table, d *Decision, kind int64) {
	t.integer(d.Seq)
	t.add(cut(d.ID, MaxName))
	t.integer(d.At.UnixMicro())
	t.add(cut(d.Asked, MaxName))
	t.integer(kind, int64(d.Status), bit(d.Stream, 1))
}

// decision appends the row in decisions of an entry that is not plain.
func (in *inserter) decision(d *Decision, kind int64) {
	t, u := in.decisions, &d.Tokens
	in.begin(t, d, kind)
	t.integer(int64(d.Attempts))
	t.optional(micros(d.FirstToken), d.FirstToken > 0)
	t.integer(micros(d.Total))
	t.optional(d.Cost, d.Priced)
	t.integer(u.Input, u.CacheRead, u.CacheWrite, u.Output, u.Reasoning, bit(u.Estimated, 1))
	t.optional(d.Failed, d.FailedPriced)
	t.integer(u.CacheWriteHour, u.Images)
	t.text(cut(d.Resumed, MaxName))
	t.integer(int64(d.Dropped), d.Saved)
}

// sample appends the row of e.Samples[i].
func (in *inserter) sample(e *Entry, i int) error {
	s := &e.Samples[i]
	key := keyOf(s.Endpoint, "", "")
	if i < len(e.Attempts) && e.Attempts[i].Endpoint == s.Endpoint {
		key = keyOf(s.Endpoint, e.Attempts[i].Provider, e.Attempts[i].Model)
	}
	endpoint, err := in.endpoints.id(key)
	if err != nil {
		return err
	}
	in.samples.integer(e.Decision.Seq, e.number(i))
	return in.samples.sample(s, endpoint, in.prices)
}

// sample appends the sampleColumns of s.
func (t *table) sample(s *stats.Sample, endpoint int64, prices *lookup[stats.Price]) (err error) {
	var price int64
	if s.Price.Known {
		if price, err = prices.id(s.Price); err != nil {
			return err
		}
	}
	t.integer(endpoint, s.At.UnixMicro())
	t.add(s.Outcome.String())
	t.integer(bit(s.Stream, flagStream) | bit(s.Usage.Known, flagKnown) | bit(s.Usage.Estimated, flagEstimated) | bit(s.Resumed, flagResumed))
	t.integer(int64(s.Status))
	t.optional(micros(s.FirstToken), s.FirstToken > 0)
	t.integer(micros(s.Total))
	t.integer(s.Usage.Input, s.Usage.CacheRead, s.Usage.CacheWrite, s.Usage.Output, s.Usage.Reasoning)
	t.optional(price, s.Price.Known)
	t.optional(s.Cost, s.Price.Known)
	t.optional(s.RetryAt.UnixMicro(), !s.RetryAt.IsZero())
	t.integer(s.Usage.Images, s.Usage.CacheWriteHour)
	t.text(cut(s.Account, MaxName))
	return nil
}

// The bits of samples.flags.
const (
	flagStream = 1 << iota
	flagKnown
	flagEstimated
	flagResumed
)

func bit(on bool, value int64) int64 {
	if on {
		return value
	}
	return 0
}

func keyOf(name, provider, model string) endpointKey {
	return endpointKey{cut(name, MaxName), cut(provider, MaxName), cut(model, MaxName)}
}

// table collects rows and inserts them many at a time.
type table struct {
	columns int
	stmts   [len(sizes)]stmt // by sizes
	args    []driver.NamedValue
}

// sizes is how many rows an INSERT takes: the largest that still fit, in turn.
var sizes = [...]int{32, 8, 1}

// newTable prepares the statements. A column may have a value that is the same in all rows: those
// come last. A row whose key is taken is left out rather than failing all others with it.
func newTable(c *conn, name, columns string) (*table, error) {
	t := &table{}
	var values []string
	names := strings.Split(columns, ", ")
	for i, column := range names {
		name, value, same := strings.Cut(column, " = ")
		if !same {
			value = "?"
			t.columns++
		}
		names[i], values = name, append(values, value)
	}
	columns = strings.Join(names, ", ")
	row := "(" + strings.Join(values, ", ") + ")"
	for i, n := range sizes {
		var err error
		t.stmts[i], err = c.prepare("INSERT OR IGNORE INTO " + name + " (" + columns + ") VALUES " +
			strings.Repeat(row+", ", n-1) + row)
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *table) add(v driver.Value) { t.args = append(t.args, driver.NamedValue{Value: v}) }

func (t *table) integer(values ...int64) { t.args = integers(t.args, values...) }

// optional adds v, or NULL.
func (t *table) optional(v int64, ok bool) {
	if ok {
		t.add(v)
	} else {
		t.add(nil)
	}
}

// text adds s, or NULL for none.
func (t *table) text(s string) {
	if s == "" {
		t.add(nil)
	} else {
		t.add(s)
	}
}

// flush inserts the rows and tells how many were taken.
func (t *table) flush() (taken int64, err error) {
	rest := t.args
	for i, n := range sizes {
		for n *= t.columns; len(rest) >= n; rest = rest[n:] {
			res, err := t.stmts[i].exec(rest[:n])
			if err != nil {
				return taken, err
			}
			k, err := res.RowsAffected()
			if err != nil {
				return taken, err
			}
			taken += k
		}
	}
	return taken, nil
}

// drop forgets the rows.
func (t *table) drop() {
	clear(t.args)
	t.args = t.args[:0]
}
