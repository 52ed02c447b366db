package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// conn is the writing connection: the driver's own, without database/sql between, whose
// pool one connection does not need and whose conversion of every value costs more than
// binding it. There is one, and whoever writes takes turns with it in transact: between
// goroutines a lock is handed on at once, while SQLite's own, between connections, is
// asked for again after a sleep.
type conn struct {
	c     driver.Conn
	stmts []driver.Stmt // prepared, to be closed first

	turn sync.Mutex // held during a transaction
	gone bool       // closed; guarded by turn
}

// errClosed is what a transaction gets after the end.
var errClosed = errors.New("the store is closed")

// DSN names the file at an absolute path to the driver, with its parameters.
func DSN(path, params string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?_error_rc=1&" + params
}

// connect opens the writing connection. It changes nothing in the file yet.
func connect(ctx context.Context, path string, busy time.Duration) (*conn, error) {
	params := fmt.Sprintf("_busy_timeout=%d&_synchronous=NORMAL&_pragma=temp_store(memory)&_pragma=journal_size_limit(%d)",
		busy.Milliseconds(), 16<<20)
	connector, err := sqlite.NewConnector(DSN(path, params))
	if err != nil {
		return nil, err
	}
	c, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c: c}, nil
}

// close ends the connection. With a statement left open SQLite would keep the file, its
// locks and its log.
func (c *conn) close() error {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.gone = true
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	c.stmts = nil
	return errors.Join(append(errs, c.c.Close())...)
}

// transact runs f in a transaction, when it is its turn: all of it is written, or, with
// an error, nothing.
func (c *conn) transact(ctx context.Context, f func() error) (err error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if c.gone {
		return errClosed
	}
	room(0)
	if err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.exec(context.Background(), "ROLLBACK") // there may be none left to roll back
		}
	}()
	if err := f(); err != nil {
		return err
	}
	return c.exec(ctx, "COMMIT")
}

// room makes the goroutine's stack as large as SQLite needs it while little is on it. It grows
// by being copied, for which the runtime reads what it knows of every function on it: deep in
// SQLite, four times over, that is a megabyte of the program that nobody needs otherwise.
//
//go:noinline
func room(i int) byte {
	var frame [20 << 10]byte
	return frame[i]
}

// exec runs statements without parameters.
func (c *conn) exec(ctx context.Context, sql string) error {
	_, err := c.c.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}

// value is the first value of the first row; nil if there is no row.
func (c *conn) value(ctx context.Context, sql string) (driver.Value, error) {
	rows, err := c.c.(driver.QueryerContext).QueryContext(ctx, sql, nil)
	if err != nil {
		return nil, err
	}
	return first(rows)
}

// shrink gives up memory that is not in use.
func (c *conn) shrink() {
	c.turn.Lock()
	defer c.turn.Unlock()
	if !c.gone {
		c.exec(context.Background(), "PRAGMA shrink_memory") // pages that stay cost memory, no more
	}
}

// number is value for an integer.
func (c *conn) number(ctx context.Context, sql string) (int64, error) {
	v, err := c.value(ctx, sql)
	n, _ := v.(int64)
	return n, err
}

// stmt is a statement of a conn, compiled when it is first run: of most a process that has just
// started needs none, and each takes memory and time.
type stmt struct {
	c   *conn
	sql string
	s   *compiled
}

// compiled is what a stmt becomes.
type compiled struct {
	driver.StmtExecContext
	driver.StmtQueryContext
}

// prepare gives a statement that lives as long as the connection. It is run by who has the turn.
func (c *conn) prepare(sql string) (stmt, error) {
	return stmt{c, sql, new(compiled)}, nil
}

// compile makes the statement ready to be run.
func (s stmt) compile() error {
	if s.s.StmtExecContext != nil {
		return nil
	}
	made, err := s.c.c.(driver.ConnPrepareContext).PrepareContext(context.Background(), s.sql)
	if err != nil {
		return fmt.Errorf("preparing %.40q: %w", s.sql, err)
	}
	s.c.stmts = append(s.c.stmts, made)
	exec, can := made.(driver.StmtExecContext)
	query, too := made.(driver.StmtQueryContext)
	if !can || !too {
		return errors.New("the sqlite driver's statements lack contexts")
	}
	s.s.StmtExecContext, s.s.StmtQueryContext = exec, query
	return nil
}

// exec runs the statement; the arguments' ordinals are set here.
func (s stmt) exec(args []driver.NamedValue) (driver.Result, error) {
	if err := s.compile(); err != nil {
		return nil, err
	}
	for i := range args {
		args[i].Ordinal = i + 1
	}
	return s.s.ExecContext(context.Background(), args)
}

// find is the first value of the first row; nil if there is no row.
func (s stmt) find(args []driver.NamedValue) (driver.Value, error) {
	if err := s.compile(); err != nil {
		return nil, err
	}
	for i := range args {
		args[i].Ordinal = i + 1
	}
	rows, err := s.s.QueryContext(context.Background(), args)
	if err != nil {
		return nil, err
	}
	return first(rows)
}

func first(rows driver.Rows) (driver.Value, error) {
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	switch err := rows.Next(row); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return row[0], nil
}
