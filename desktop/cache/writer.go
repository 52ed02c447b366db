package cache

import (
	"context"
	"database/sql"
	"errors"
)

// writer is the writing connection with its statements. Only run's goroutine uses it.
type writer struct {
	conn  *sql.Conn
	stmts []*sql.Stmt // all that follow

	begin, commit, size                   *sql.Stmt
	upsert, body, use, key, oldest, stale *sql.Stmt
	dropAnswer, dropBody                  *sql.Stmt

	last    int64 // id
	tick    int64 // of used
	entries int
	bytes   int64 // of the file that are in use
}

func newWriter(ctx context.Context, conn *sql.Conn) (*writer, error) {
	w := &writer{conn: conn}
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.size, "SELECT ((SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)) * (SELECT page_size FROM pragma_page_size)"},
		{&w.upsert, `INSERT INTO answers (id, key, kept, until, used, size, sum) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
			SET kept = excluded.kept, until = excluded.until, used = excluded.used, size = excluded.size, sum = excluded.sum RETURNING id`},
		{&w.body, "INSERT INTO bodies (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"},
		{&w.use, "UPDATE answers SET used = ? WHERE key = ?"},
		{&w.key, "SELECT id, size FROM answers WHERE key = ?"},
		{&w.oldest, "SELECT id, size FROM answers ORDER BY used, id LIMIT ?"},
		{&w.stale, "SELECT id, size FROM answers WHERE until <= ? LIMIT ?"},
		{&w.dropAnswer, "DELETE FROM answers WHERE id = ?"},
		{&w.dropBody, "DELETE FROM bodies WHERE id = ?"},
	} {
		var err error
		if *p.to, err = conn.PrepareContext(ctx, p.sql); err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.stmts = append(w.stmts, *p.to)
	}
	err := conn.QueryRowContext(ctx, "SELECT count(*), coalesce(max(id), 0), coalesce(max(used), 0) FROM answers").Scan(&w.entries, &w.last, &w.tick)
	if err == nil {
		err = w.size.QueryRow().Scan(&w.bytes)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// close gives the connection back. With a statement left open SQLite would keep the file,
// its locks and its log.
func (w *writer) close() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// transact runs f in a transaction: all of it is written, or, with an error, nothing.
func (w *writer) transact(f func() error) (err error) {
	ctx := context.Background()
	entries, last := w.entries, w.last
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			w.entries, w.last = entries, last
			w.conn.ExecContext(ctx, "ROLLBACK") // there may be none left to roll back
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if _, err := w.commit.ExecContext(ctx); err != nil {
		return err
	}
	// What cannot be told now is told the next time.
	_ = w.size.QueryRowContext(ctx).Scan(&w.bytes)
	return nil
}

// put writes answers, in the place of older ones to the same questions.
func (w *writer) put(answers []*answer) error {
	for _, a := range answers {
		var id int64
		err := w.upsert.QueryRow(w.last+1, a.key[:], a.kept, a.until, w.tick, len(a.body), a.sum()).Scan(&id)
		if err != nil {
			return err
		}
		if id > w.last {
			w.last = id
			w.entries++
		}
		if _, err := w.body.Exec(id, a.body); err != nil {
			return err
		}
	}
	return nil
}

// touch notes that answers were used.
func (w *writer) touch(used map[hash]struct{}) error {
	for h := range used {
		if _, err := w.use.Exec(w.tick, h[:]); err != nil {
			return err
		}
	}
	return nil
}

// delete deletes the answers to these questions.
func (w *writer) delete(questions []hash) error {
	for _, h := range questions {
		if _, err := w.drop(w.key, h[:]); err != nil {
			return err
		}
	}
	return nil
}

// expire deletes answers that are no longer good, and tells whether there may be more.
func (w *writer) expire(now int64) (more bool, err error) {
	n, err := w.drop(w.stale, now, maxRows)
	return n == maxRows, err
}

// evict deletes the answers that were used longest ago, until they had about so many
// bytes together or a step is done, and tells how many.
func (w *writer) evict(bytes int64) (int, error) {
	return w.dropUpTo(bytes, w.oldest, maxRows)
}

// clear deletes all.
func (w *writer) clear() error {
	w.entries = 0
	_, err := w.conn.ExecContext(context.Background(), "DELETE FROM answers; DELETE FROM bodies")
	return err
}

// drop deletes the answers whose ids and sizes the query gives.
func (w *writer) drop(query *sql.Stmt, args ...any) (int, error) {
	return w.dropUpTo(1<<62, query, args...)
}

// dropUpTo is drop that ends when what is deleted had so many bytes.
func (w *writer) dropUpTo(bytes int64, query *sql.Stmt, args ...any) (int, error) {
	rows, err := query.Query(args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() && bytes > 0 {
		var id, size int64
		if err := rows.Scan(&id, &size); err != nil {
			return 0, err
		}
		ids = append(ids, id)
		bytes -= size
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	for _, id := range ids {
		for _, s := range []*sql.Stmt{w.dropBody, w.dropAnswer} {
			if _, err := s.Exec(id); err != nil {
				return 0, err
			}
		}
	}
	w.entries -= len(ids)
	return len(ids), rows.Err()
}
