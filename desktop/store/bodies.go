package store

import (
	"context"
	"database/sql/driver"
)

// MaxBody is how many bytes of a request or an answer are kept.
const MaxBody = 1 << 20

// defaultBodies is how much all bodies may take, compressed.
const defaultBodies = 1 << 30

// Bodies are a request and its answer as they are kept.
type Bodies struct {
	Request, Answer []byte // nil: there was none
	// RequestSize and AnswerSize are how long they were, in bytes; above MaxBody they were cut.
	RequestSize, AnswerSize int64
}

// Bodies are those of the decision of that seq; ErrNotFound if none are kept.
func (s *Store) Bodies(ctx context.Context, seq int64) (b Bodies, err error) {
	if s == nil {
		return b, ErrNotFound
	}
	found := false
	err = s.snapshot(ctx, func(c querier) error {
		return rowsOf(ctx, c, "SELECT request, answer, request_size, answer_size FROM bodies WHERE seq = ?", integers(nil, seq), func(v []driver.Value) (err error) {
			found = true
			b.RequestSize, b.AnswerSize = num(v[2]), num(v[3])
			if b.Request, err = expand(blob(v[0]), MaxBody); err != nil {
				return err
			}
			b.Answer, err = expand(blob(v[1]), MaxBody)
			return err
		})
	})
	if err == nil && !found {
		return b, ErrNotFound
	}
	return b, wrap("bodies", err)
}

// ForgetBodies deletes all requests and answers that are kept, in small steps, and tells of how
// many decisions.
func (s *Store) ForgetBodies(ctx context.Context) (n int64, err error) {
	if s == nil {
		return 0, ErrNoStore
	}
	err = s.conn.sweep(ctx, firstStep, func() (driver.Result, error) {
		res, err := s.pruner.bodies.exec(integers(nil, firstStep))
		if err == nil {
			var k int64
			k, err = res.RowsAffected()
			n += k
		}
		return res, err
	})
	return n, wrap("bodies", err)
}

// keeper turns bodies into rows.
type keeper struct {
	squeezer
	most       int64 // all of them
	rows       *table
	taken, old stmt
}

func newKeeper(c *conn, most int64) (*keeper, error) {
	k := &keeper{most: most}
	if k.most <= 0 {
		k.most = defaultBodies
	}
	var err error
	if k.rows, err = newTable(c, "bodies", "seq, size, request_size, answer_size, request, answer"); err != nil {
		return nil, err
	}
	if k.taken, err = c.prepare("SELECT value FROM marks WHERE name = 'bodies'"); err != nil {
		return nil, err
	}
	k.old, err = c.prepare(oldestBodies)
	return k, err
}

const oldestBodies = "DELETE FROM bodies WHERE seq IN (SELECT seq FROM bodies ORDER BY seq LIMIT ?)"

// append appends the bodies of the batch, compressed, before a transaction begins.
func (k *keeper) append(batch []Entry) {
	k.rows.drop()
	for i := range batch {
		e := &batch[i]
		if len(e.Request) == 0 && len(e.Answer) == 0 {
			continue
		}
		request := k.squeeze(e.Request[:min(len(e.Request), MaxBody)])
		answer := k.squeeze(e.Answer[:min(len(e.Answer), MaxBody)])
		t := k.rows
		t.integer(e.Decision.Seq, int64(len(request)+len(answer)), max(e.RequestSize, int64(len(e.Request))), max(e.AnswerSize, int64(len(e.Answer))))
		for _, b := range [][]byte{request, answer} {
			if b == nil {
				t.add(nil)
			} else {
				t.add(b)
			}
		}
	}
}

// flush writes the rows and deletes the oldest bodies, if all are too many.
func (k *keeper) flush() error {
	if len(k.rows.args) == 0 {
		return nil
	}
	if _, err := k.rows.flush(); err != nil {
		return err
	}
	for {
		v, err := k.taken.find(nil)
		if err != nil || num(v) <= k.most {
			return err
		}
		res, err := k.old.exec(integers(nil, 1))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}
