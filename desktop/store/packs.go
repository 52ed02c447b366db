package store

import (
	"context"
	"database/sql/driver"
	"errors"
)

// packs writes documents. Only the writer's goroutine uses it.
type packs struct {
	table  *table
	packer packer
	doc    []byte // the one that is being packed
	last   int64  // the highest seq of those written
	made   []pack
}

// pack is a row of packs.
type pack struct {
	first, last int64
	data        []byte
}

func newPacks(c *conn) (p packs, err error) {
	if p.table, err = newTable(c, "packs", "first, last, data"); err != nil {
		return p, err
	}
	p.last, err = c.number(context.Background(), "SELECT max(last) FROM packs")
	return p, err
}

// document is the entry's document, made in doc if it is yet to be made; empty if there is none.
func (e *Entry) document(doc []byte) []byte {
	if e.Document == nil {
		return e.Decision.Doc
	}
	if doc = e.Document.AppendJSON(doc[:0]); len(doc) > MaxDoc {
		return nil
	}
	return doc
}

// rising tells whether the batch may be packed: no two packs may have a seq between their ends in
// common.
func (p *packs) rising(batch []Entry) bool {
	last := p.last
	for i := range batch {
		seq := batch[i].Decision.Seq
		if seq <= last {
			return false
		}
		last = seq
	}
	return true
}

// make packs the documents of the batch, before a transaction begins.
func (p *packs) make(batch []Entry) {
	p.made = p.made[:0]
	p.packer.reset()
	if !p.rising(batch) {
		return
	}
	for i := range batch {
		doc := batch[i].document(p.doc)
		if batch[i].Document != nil {
			p.doc = doc[:0]
		}
		if len(doc) == 0 {
			continue
		}
		if p.packer.add(batch[i].Decision.Seq, doc); p.packer.full() {
			p.take()
		}
	}
	if p.packer.n > 0 {
		p.take()
	}
}

// take takes what was packed.
func (p *packs) take() {
	n := len(p.made)
	if n == cap(p.made) {
		p.made = append(p.made, pack{})
	}
	p.made = p.made[:n+1]
	to := &p.made[n]
	to.first, to.last, to.data = p.packer.first, p.packer.last, p.packer.append(to.data[:0])
	p.packer.reset()
}

// write writes the documents: alone, if not all of the batch was taken or it could not be packed.
func (p *packs) write(batch []Entry, lost bool, alone *table) error {
	t := p.table
	defer t.drop()
	if lost || !p.rising(batch) {
		for i := range batch {
			if doc := batch[i].document(nil); len(doc) > 0 {
				alone.integer(batch[i].Decision.Seq)
				alone.add(doc)
			}
		}
		_, err := alone.flush()
		return err
	}
	for i := range p.made {
		t.integer(p.made[i].first, p.made[i].last)
		t.add(p.made[i].data)
	}
	_, err := t.flush()
	return err
}

// written is told that the batch was committed. Of buffers only those of a usual size are kept.
func (p *packs) written() {
	if n := len(p.made); n > 0 {
		p.last = max(p.last, p.made[n-1].last)
	}
	if len(p.made) > 8 || cap(p.doc) > mostPacked || cap(p.packer.lists) > 2*mostPacked {
		p.made, p.doc, p.packer.lists = nil, nil, nil
	}
}

// thin takes documents out of the packs up to a seq whose decisions were deleted. Packs with none
// left go.
func (c *conn) thin(ctx context.Context, last int64) error {
	for next := int64(0); next <= last; {
		err := c.transact(ctx, func() error {
			var p pack
			err := c.rows(ctx, "SELECT first, last, data FROM packs WHERE first BETWEEN ? AND ? ORDER BY first LIMIT 1", integers(nil, next, last), func(v []driver.Value) error {
				p = pack{num(v[0]), num(v[1]), blob(v[2])}
				return nil
			})
			if err != nil || p.data == nil {
				next = last + 1
				return err
			}
			next = p.last + 1
			if err := c.thinOne(ctx, p); !errors.Is(err, errPacked) {
				return err
			}
			return nil // a damaged one goes when all its decisions have
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// thinOne writes a pack anew with what is left of it.
func (c *conn) thinOne(ctx context.Context, p pack) error {
	left := map[int64]bool{}
	err := c.rows(ctx, "SELECT seq FROM decisions WHERE seq BETWEEN ? AND ?", integers(nil, p.first, p.last), func(v []driver.Value) error {
		left[num(v[0])] = true
		return nil
	})
	if err != nil {
		return err
	}
	var fresh packer
	gone := len(left) == 0
	if !gone {
		err = unpack(p.data, func(seq int64) bool {
			gone = gone || !left[seq]
			return left[seq]
		}, func(seq int64, doc []byte) bool {
			fresh.add(seq, doc)
			return false
		})
	}
	if err != nil || !gone {
		return err
	}
	if err := c.rows(ctx, "DELETE FROM packs WHERE first = ?", integers(nil, p.first), nothing); err != nil || fresh.n == 0 {
		return err
	}
	return c.rows(ctx, "INSERT INTO packs (first, last, data) VALUES (?, ?, ?)",
		append(integers(nil, fresh.first, fresh.last), driver.NamedValue{Value: fresh.append(nil)}), nothing)
}

// nothing is for statements without rows.
func nothing([]driver.Value) error { return nil }

// rows gives each row of a query to row.
func (c *conn) rows(ctx context.Context, query string, args []driver.NamedValue, row func([]driver.Value) error) error {
	return rowsOf(ctx, c.c.(driver.QueryerContext), query, args, row)
}
