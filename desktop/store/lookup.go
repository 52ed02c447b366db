package store

import (
	"database/sql/driver"

	"strowger/core/stats"
)

// cached is how many rows of a lookup table are remembered; beyond, all are forgotten.
const cached = 4096

// lookup numbers values that repeat: each is a row in a table of its own.
type lookup[K comparable] struct {
	ids          map[K]int64
	find, insert stmt
	args         func(to []driver.NamedValue, k K) []driver.NamedValue
	buf          []driver.NamedValue
}

// id is k's number; a new one gets a row, in the transaction that is open.
func (l *lookup[K]) id(k K) (int64, error) {
	if id, ok := l.ids[k]; ok {
		return id, nil
	}
	l.buf = l.args(l.buf[:0], k)
	v, err := l.find.find(l.buf)
	if err != nil {
		return 0, err
	}
	id, ok := v.(int64)
	if !ok {
		res, err := l.insert.exec(l.buf)
		if err != nil {
			return 0, err
		}
		if id, err = res.LastInsertId(); err != nil {
			return 0, err
		}
	}
	if len(l.ids) >= cached {
		clear(l.ids)
	}
	l.ids[k] = id
	return id, nil
}

// forget is for when a transaction was rolled back: its rows are not there.
func (l *lookup[K]) forget() { clear(l.ids) }

// endpointKey is a row of endpoints, kindKey one of kinds.
type (
	endpointKey struct{ name, provider, model string }
	kindKey     struct {
		endpoint                             int64
		outcome, strategy, key, route, cache string
	}
)

func newLookup[K comparable](c *conn, find, insert string, args func([]driver.NamedValue, K) []driver.NamedValue) (*lookup[K], error) {
	l := &lookup[K]{ids: map[K]int64{}, args: args}
	var err error
	if l.find, err = c.prepare(find); err != nil {
		return nil, err
	}
	if l.insert, err = c.prepare(insert); err != nil {
		return nil, err
	}
	return l, nil
}

func newEndpoints(c *conn) (*lookup[endpointKey], error) {
	return newLookup(c,
		"SELECT id FROM endpoints WHERE name = ? AND provider = ? AND model = ?",
		"INSERT INTO endpoints (name, provider, model) VALUES (?, ?, ?)",
		func(to []driver.NamedValue, k endpointKey) []driver.NamedValue {
			return texts(to, k.name, k.provider, k.model)
		})
}

func newKinds(c *conn) (*lookup[kindKey], error) {
	return newLookup(c,
		"SELECT id FROM kinds WHERE endpoint = ? AND outcome = ? AND strategy = ? AND key = ? AND route = ? AND cache = ?",
		"INSERT INTO kinds (endpoint, outcome, strategy, key, route, cache) VALUES (?, ?, ?, ?, ?, ?)",
		func(to []driver.NamedValue, k kindKey) []driver.NamedValue {
			return texts(integers(to, k.endpoint), k.outcome, k.strategy, k.key, k.route, k.cache)
		})
}

func newPrices(c *conn) (*lookup[stats.Price], error) {
	return newLookup(c,
		"SELECT id FROM prices WHERE input = ? AND cache_read = ? AND cache_write = ? AND cache_write_1h = ? AND output = ? AND reasoning = ? AND request = ? AND image = ?",
		"INSERT INTO prices (input, cache_read, cache_write, cache_write_1h, output, reasoning, request, image) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		func(to []driver.NamedValue, p stats.Price) []driver.NamedValue {
			return integers(to, p.Input, p.CacheRead, p.CacheWrite, p.CacheWriteHour, p.Output, p.Reasoning, p.Request, p.Image)
		})
}

func texts(to []driver.NamedValue, values ...string) []driver.NamedValue {
	for _, v := range values {
		to = append(to, driver.NamedValue{Value: v})
	}
	return to
}

func integers(to []driver.NamedValue, values ...int64) []driver.NamedValue {
	for _, v := range values {
		to = append(to, driver.NamedValue{Value: v})
	}
	return to
}
