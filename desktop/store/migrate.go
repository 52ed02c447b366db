package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
)

// migrations/NNNN_name.sql brings a database from version NNNN-1 to NNNN. One that was
// released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// empty is the file that all migrations make, compressed. go test ./desktop/store -run
// TestEmptyRecord -update makes it anew.
//
//go:embed migrations/empty.gz
var empty []byte

// emptyRecord gives a record without entries, of the newest schema version.
func emptyRecord() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(empty)) }

// scripts are the migrations in order.
func scripts() ([]string, error) {
	return fs.Glob(migrations, "migrations/*.sql")
}

// newest is the schema version this program reads and writes.
func newest() (int, error) {
	names, err := scripts()
	return len(names), err
}

// migrate brings the database from version to the newest, each step in a transaction
// that also counts it, so that a crash leaves it on a step.
func migrate(ctx context.Context, c *conn, version int) error {
	names, err := scripts()
	if err != nil {
		return err
	}
	for ; version < len(names); version++ {
		script, err := fs.ReadFile(migrations, names[version])
		if err != nil {
			return err
		}
		if err := step(ctx, c, string(script), version+1); err != nil {
			return fmt.Errorf("%s: %w", names[version], err)
		}
	}
	return nil
}

// step runs one script, unless another process did since the version was read.
func step(ctx context.Context, c *conn, script string, to int) error {
	return c.transact(ctx, func() error {
		now, err := c.number(ctx, "PRAGMA user_version")
		if err != nil || now >= int64(to) {
			return err
		}
		if err := c.exec(ctx, script); err != nil {
			return err
		}
		return c.exec(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", appID, to))
	})
}
