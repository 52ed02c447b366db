package store

import (
	"context"
	"database/sql/driver"
)

// kindNames are what of a kind the counts need; of an entry that is counted as it is written,
// outcome, cache and provider.
type kindNames struct {
	outcome, cache, provider, model, key, route, strategy string
}

// by are the names that sums are told apart by, from ByProvider on.
func (k *kindNames) by() [ByOutcome]string {
	return [...]string{k.provider, k.model, k.key, k.route, k.strategy, k.outcome}
}

// fact is a decision as it is counted.
type fact struct {
	seq, kind, at, status, total int64
	first                        int64 // 0: none
	cost, failed                 int64 // -1: unpriced
	saved                        int64
	stream, fallback             bool
	id, asked                    string
	tokens                       Tokens
}

// try is an attempt as it is counted.
type try struct {
	endpoint int64
	outcome  string
	total    int64
	cost     int64
	unpriced bool // it used something, and what that cost is not known
}

// counted is where counts go; what is nil is not wanted, and so is a roll that is.
type counted struct {
	hour, minute func(at int64) *roll // at: of a bucket's beginning
	facts        func(block int64) *facts
}

// add counts a decision with its attempts.
func (to *counted) add(d *fact, tries []try, names func(kind int64) (kindNames, error)) error {
	if to.facts != nil {
		f := to.facts(d.seq >> blockShift)
		f.add(d)
		for i := range tries {
			f.causes = with(f.causes, tries[i].outcome)
		}
	}
	kind, err := names(d.kind)
	if err != nil {
		return err
	}
	key, lost := flowOf(d, tries, &kind)
	second := d.at / 1e6
	for _, level := range [...]struct {
		roll func(int64) *roll
		step int64
	}{{to.hour, anHour}, {to.minute, aMinute}} {
		if level.roll == nil {
			continue
		}
		if r := level.roll(second - modulo(second, level.step)); r != nil {
			r.count(d, tries, kind.class().answered())
			if key.trigger != "" {
				r.flow(key).merge(&lost)
			}
		}
	}
	return nil
}

func modulo(a, b int64) int64 { return ((a % b) + b) % b }

// flowOf is the way of a decision of which an attempt failed; without one its trigger is empty.
func flowOf(d *fact, tries []try, kind *kindNames) (k flowKey, c flowCell) {
	for i := range tries {
		if t := &tries[i]; t.outcome != "ok" {
			c.time += t.total
			if k.trigger == "" {
				k.trigger = t.outcome
			}
		}
	}
	if k.trigger == "" {
		return k, c
	}
	switch kind.outcome {
	case "left", "client_error", "cancelled":
		return flowKey{}, c // nobody was to step in
	case "ok":
		k.provider = kind.provider
	}
	k.asked = d.asked
	c.n, c.cost, c.unpriced = 1, max(d.failed, 0), bit(d.failed < 0, 1)
	return k, c
}

// count adds a decision to its kind, and its attempts. What an answer has cost that broke off is the
// decision's, not that of an attempt that was for nothing.
func (r *roll) count(d *fact, tries []try, answered bool) {
	c := at(r.kinds, d.kind)
	c.requests++
	c.fallback += bit(d.fallback, 1)
	c.cost += max(d.cost, 0)
	c.failed += max(d.failed, 0)
	c.saved += d.saved
	c.unpriced += bit(d.cost < 0 || d.failed < 0, 1)
	c.estimated += bit(d.tokens.Estimated, 1)
	c.tokens.add(&d.tokens)
	if d.stream && d.first > 0 {
		c.first.add(d.first)
	}
	serving := -1
	if answered {
		c.total.add(d.total)
	} else if d.cost > 0 {
		for i := range tries {
			if tries[i].cost == d.cost {
				serving = i
			}
		}
	}
	for i := range tries {
		t := &tries[i]
		end := endCell{n: 1, total: t.total}
		if t.outcome != "ok" && i != serving {
			end.cost, end.unpriced = t.cost, bit(t.unpriced, 1)
		}
		at(r.ends, endKey{t.endpoint, t.outcome}).merge(&end)
	}
}

// add adds other tokens.
func (t *Tokens) add(o *Tokens) {
	t.Input += o.Input
	t.CacheRead += o.CacheRead
	t.CacheWrite += o.CacheWrite
	t.CacheWriteHour += o.CacheWriteHour
	t.Output += o.Output
	t.Reasoning += o.Reasoning
	t.Images += o.Images
}

func (c *endCell) merge(o *endCell) {
	c.n, c.total, c.cost, c.unpriced = c.n+o.n, c.total+o.total, c.cost+o.cost, c.unpriced+o.unpriced
}

func (c *flowCell) merge(o *flowCell) {
	c.n, c.time, c.cost, c.unpriced = c.n+o.n, c.time+o.time, c.cost+o.cost, c.unpriced+o.unpriced
}

// reader reads decisions to be counted.
type reader struct {
	c     querier
	kinds map[int64]kindNames // those met so far
}

const readFold = `SELECT seq, at, kind, status, stream, attempts, first, total, cost, failed, id, asked,
	input, cache_read, cache_write, cache_write_1h, output, reasoning, images, estimated, saved
	FROM decisions WHERE seq > ? ORDER BY seq LIMIT ?`

const readTries = `SELECT a.seq, a.endpoint, a.outcome, a.total, s.cost, s.input + s.cache_read + s.cache_write + s.cache_write_1h + s.output + s.reasoning, a.n
	FROM attempt_rows a LEFT JOIN sample_rows s ON s.seq = a.seq AND s.n = a.n WHERE a.seq > ?1 AND a.seq <= ?2
	UNION ALL
	SELECT d.seq, k.endpoint, 'ok', d.took, d.cost, d.input + d.cache_read + d.cache_write + d.output + d.reasoning, 1
	FROM decisions d CROSS JOIN kinds k ON k.id = d.kind WHERE d.seq > ?1 AND d.seq <= ?2 AND d.took IS NOT NULL
	ORDER BY 1, 7`

// read counts up to n decisions behind a seq, and tells how many there were and the last one's,
// the same seq if there are none.
func (r *reader) read(ctx context.Context, after int64, n int64, to counted) (last int64, rows int64, err error) {
	var decisions []fact
	err = rowsOf(ctx, r.c, readFold, integers(nil, after, n), func(v []driver.Value) error {
		decisions = append(decisions, factOf(v))
		return nil
	})
	if err != nil || len(decisions) == 0 {
		return after, 0, err
	}
	last = decisions[len(decisions)-1].seq
	var tries []try
	var seqs []int64
	err = rowsOf(ctx, r.c, readTries, integers(nil, after, last), func(v []driver.Value) error {
		seqs = append(seqs, num(v[0]))
		tries = append(tries, try{num(v[1]), str(v[2]), num(v[3]), num(v[4]), v[4] == nil && num(v[5]) > 0})
		return nil
	})
	if err != nil {
		return after, 0, err
	}
	names := func(kind int64) (kindNames, error) { return r.names(ctx, kind) }
	first := 0
	for i := range decisions {
		for first < len(seqs) && seqs[first] < decisions[i].seq {
			first++
		}
		end := first
		for end < len(seqs) && seqs[end] == decisions[i].seq {
			end++
		}
		if err := to.add(&decisions[i], tries[first:end], names); err != nil {
			return after, 0, err
		}
		first = end
	}
	return last, int64(len(decisions)), nil
}

// factOf is the decision of a row of readFold.
func factOf(v []driver.Value) fact {
	d := fact{seq: num(v[0]), at: num(v[1]), kind: num(v[2]), status: num(v[3]), stream: num(v[4]) != 0, fallback: num(v[5]) > 1,
		first: num(v[6]), total: num(v[7]), cost: -1, failed: -1, id: str(v[10]), asked: str(v[11]), saved: num(v[20]),
		tokens: Tokens{Input: num(v[12]), CacheRead: num(v[13]), CacheWrite: num(v[14]), CacheWriteHour: num(v[15]), Output: num(v[16]),
			Reasoning: num(v[17]), Images: num(v[18]), Estimated: num(v[19]) != 0}}
	if v[8] != nil {
		d.cost = num(v[8])
	}
	if v[9] != nil {
		d.failed = num(v[9])
	}
	return d
}

// names are those of a kind.
func (r *reader) names(ctx context.Context, kind int64) (names kindNames, err error) {
	names, ok := r.kinds[kind]
	if ok {
		return names, nil
	}
	err = rowsOf(ctx, r.c, "SELECT k.outcome, k.cache, e.provider, e.model, k.key, k.route, k.strategy FROM kinds k JOIN endpoints e ON e.id = k.endpoint WHERE k.id = ?",
		integers(nil, kind), func(v []driver.Value) error {
			names = kindNames{str(v[0]), str(v[1]), str(v[2]), str(v[3]), str(v[4]), str(v[5]), str(v[6])}
			return nil
		})
	if len(r.kinds) >= cached {
		clear(r.kinds)
	}
	r.kinds[kind] = names
	return names, err
}
