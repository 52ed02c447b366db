package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"strowger/core/stats"
)

// EdgeBatch is what an edge host has measured and sent at once.
type EdgeBatch struct {
	Edge, Batch string // who sent it, and how it is called there
	At          time.Time
	Samples     []stats.Sample
	Unknown     int64 // samples left out because their endpoints are not known here
	Dropped     int64 // samples that the edge has lost since the batch before
}

// edges writes what edge hosts send.
type edges struct {
	conn      *conn
	batch     stmt
	samples   *table
	prune     [2]stmt // samples first: the batches tell which
	endpoints *lookup[endpointKey]
	prices    *lookup[stats.Price]
}

func newEdges(c *conn) (*edges, error) {
	e := &edges{conn: c}
	var err error
	if e.batch, err = c.prepare("INSERT OR IGNORE INTO edge_batches (edge, batch, at, samples, unknown, dropped) VALUES (?, ?, ?, ?, ?, ?)"); err != nil {
		return nil, err
	}
	if e.samples, err = newTable(c, "edge_samples", "batch, n, "+sampleColumns); err != nil {
		return nil, err
	}
	const old = " IN (SELECT id FROM edge_batches INDEXED BY edge_batches_at WHERE at < ? ORDER BY at LIMIT ?)"
	for i, text := range []string{"DELETE FROM edge_samples WHERE batch" + old, "DELETE FROM edge_batches WHERE id" + old} {
		if e.prune[i], err = c.prepare(text); err != nil {
			return nil, err
		}
	}
	if e.endpoints, err = newEndpoints(c); err != nil {
		return nil, err
	}
	e.prices, err = newPrices(c)
	return e, err
}

// TakeBatch writes a batch, all of it or nothing. It is written when TakeBatch returns nil, as
// with Reserve. again is true if a batch of that name had come from that edge before: then nothing
// changes.
func (s *Store) TakeBatch(ctx context.Context, b EdgeBatch) (again bool, err error) {
	if s == nil {
		return false, fmt.Errorf("writing samples: %w", ErrNoStore)
	}
	e := s.edges
	err = s.conn.transact(ctx, func() error {
		defer e.samples.drop()
		again, err = e.take(&b)
		if err != nil { // what it has looked up is not there any more
			e.endpoints.forget()
			e.prices.forget()
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("store: writing samples: %w", err)
	}
	return again, nil
}

// take writes a batch in the transaction that is open.
func (e *edges) take(b *EdgeBatch) (again bool, err error) {
	args := integers(texts(nil, cut(b.Edge, MaxName), cut(b.Batch, MaxName)), b.At.UnixMicro(), int64(len(b.Samples)), b.Unknown, b.Dropped)
	res, err := e.batch.exec(args)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return true, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return false, err
	}
	for i := range b.Samples {
		s := &b.Samples[i]
		endpoint, err := e.endpoints.id(keyOf(s.Endpoint, "", ""))
		if err != nil {
			return false, err
		}
		e.samples.integer(id, int64(i+1))
		if err := e.samples.sample(s, endpoint, e.prices); err != nil {
			return false, err
		}
	}
	_, err = e.samples.flush()
	return false, err
}

// batchesAtOnce is how many batches a step of pruning deletes: each may have hundreds of samples.
const batchesAtOnce = 8

// old deletes what came before a moment, in small steps as Prune does.
func (e *edges) old(ctx context.Context, before time.Time) error {
	return e.conn.sweep(ctx, batchesAtOnce, func() (driver.Result, error) {
		args := integers(nil, before.UnixMicro(), batchesAtOnce)
		if _, err := e.prune[0].exec(args); err != nil {
			return nil, err
		}
		return e.prune[1].exec(args)
	})
}

// EdgeCount is what has come from an edge host, of what is not pruned yet.
type EdgeCount struct {
	Edge                               string
	Last                               time.Time // when its newest batch came
	Batches, Samples, Unknown, Dropped int64
}

// EdgeCounts are the edge hosts that have sent samples, in the order of their names.
func (s *Store) EdgeCounts(ctx context.Context) ([]EdgeCount, error) {
	if s == nil {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, "SELECT edge, max(at), count(*), sum(samples), sum(unknown), sum(dropped) FROM edge_batches GROUP BY edge ORDER BY edge")
	if err != nil {
		return nil, wrap("edges", err)
	}
	defer rows.Close()
	var list []EdgeCount
	for rows.Next() {
		var c EdgeCount
		var last int64
		if err := rows.Scan(&c.Edge, &last, &c.Batches, &c.Samples, &c.Unknown, &c.Dropped); err != nil {
			return nil, wrap("edges", err)
		}
		c.Last = moment(last)
		list = append(list, c)
	}
	return list, wrap("edges", rows.Err())
}
