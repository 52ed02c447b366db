package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
)

// querier is a connection of the driver's own: values come as they are, without
// database/sql converting each, which would cost more than reading it.
type querier interface {
	driver.QueryerContext
	driver.ExecerContext
	driver.ConnPrepareContext
}

// snapshot runs f on a reading connection, in one transaction: all that f reads is of one moment.
func (s *Store) snapshot(ctx context.Context, f func(querier) error) error {
	c, err := s.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Raw(func(raw any) error {
		q, ok := raw.(querier)
		if !ok {
			return fmt.Errorf("the sqlite driver's connection is a %T", raw)
		}
		if _, err := q.ExecContext(ctx, "BEGIN", nil); err != nil {
			return err
		}
		defer q.ExecContext(context.Background(), "ROLLBACK", nil)
		return f(q)
	})
}

// rowsOf gives each row of a query to row, whose slice is used again.
func rowsOf(ctx context.Context, q driver.QueryerContext, query string, args []driver.NamedValue, row func([]driver.Value) error) error {
	rows, err := q.QueryContext(ctx, query, ordinals(args))
	if err != nil {
		return err
	}
	return drain(rows, row)
}

// drain gives each row to row and closes the rows.
func drain(rows driver.Rows, row func([]driver.Value) error) error {
	defer rows.Close()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := row(values); err != nil {
			return err
		}
	}
}

// numberOf is the first value of the first row, 0 if there is none.
func numberOf(ctx context.Context, q driver.QueryerContext, query string, args ...int64) (n int64, err error) {
	err = rowsOf(ctx, q, query, integers(nil, args...), func(v []driver.Value) error {
		n = num(v[0])
		return nil
	})
	return n, err
}

func ordinals(args []driver.NamedValue) []driver.NamedValue {
	for i := range args {
		args[i].Ordinal = i + 1
	}
	return args
}

// num, str and blob are a column's value; NULL is nothing.
func num(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func str(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func blob(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}
