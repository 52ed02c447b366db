package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"strowger/desktop/store"
)

// The marks of our file, in its header: "StrC", and the version of the schema. There are
// no migrations: a file of another version is begun anew.
const (
	appID   = 0x53747243
	version = 1
)

// The bodies are apart, so that noting that one was used does not write it again. used
// rises with each batch of the writer, sum is answer.sum.
const schema = `
CREATE TABLE answers (
  id    INTEGER PRIMARY KEY,
  key   BLOB NOT NULL UNIQUE, -- SHA-256 of the question
  kept  INTEGER NOT NULL,     -- unix microseconds
  until INTEGER NOT NULL,
  used  INTEGER NOT NULL,
  size  INTEGER NOT NULL,
  sum   INTEGER NOT NULL
) STRICT;
CREATE INDEX answers_used ON answers (used, id, size);
CREATE INDEX answers_until ON answers (until);
CREATE TABLE bodies (
  id   INTEGER PRIMARY KEY, -- answers.id
  body BLOB NOT NULL
) STRICT;`

// errUnreadable is why a file is begun anew though SQLite has no complaint.
var errUnreadable = errors.New("it was written by another version, or is damaged")

// errForeign is why a file is left alone.
var errForeign = errors.New("it is a database of another program: move it away")

// openDisk opens the file, or a new one in its place, and starts its writer.
func openDisk(path string, o Options, t tuning) (*disk, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	d, err := attach(path, o, t)
	if unreadable(err) {
		o.Log.Warn("cache: begun anew", "file", path, "err", err)
		if err := remove(path); err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		d, err = attach(path, o, t)
	}
	if err != nil {
		return nil, fmt.Errorf("cache: %s: %w", path, err)
	}
	go d.run()
	return d, nil
}

// unreadable tells that the file is of no use: damaged, not a database, or with other
// tables than ours.
func unreadable(err error) bool {
	if errors.Is(err, errUnreadable) || damaged(err) {
		return true
	}
	se, ok := errors.AsType[*sqlite.Error](err)
	return ok && se.Code() == sqlite3.SQLITE_ERROR
}

// attach opens the file as it is.
func attach(path string, o Options, t tuning) (d *disk, err error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	wal, _ := os.Stat(path + "-wal")
	db, err := connect(path)
	if err != nil {
		return nil, err
	}
	t.queue = min(t.queue, o.MaxBytes/4) // what comes in one go must not push all else out
	d = &disk{
		path: path, maxBytes: o.MaxBytes, tune: t, log: o.Log, db: db,
		wake: make(chan struct{}, 1), soon: make(chan struct{}, 1), clears: make(chan chan error),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err := bringUp(ctx, conn, wal != nil && wal.Size() > 0); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if d.w, err = newWriter(ctx, conn); err != nil {
		return nil, err
	}
	if d.find, err = db.Prepare(findQuery); err != nil {
		return nil, errors.Join(err, d.w.close())
	}
	d.count.Entries, d.count.Bytes = d.w.entries, d.w.bytes
	return d, nil
}

// makeFile sees to it that there is a file that only its owner reads.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// connect opens the file for a few readers and the writer.
func connect(path string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(store.DSN(path, fmt.Sprintf(
		"_busy_timeout=1000&_synchronous=NORMAL&_pragma=page_size(8192)&_pragma=temp_store(memory)&_pragma=journal_size_limit(%d)", 4<<20)))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(5)
	db.SetMaxIdleConns(3)
	return db, nil
}

// bringUp checks that the file is ours, or empty, and makes its tables.
func bringUp(ctx context.Context, conn *sql.Conn, thorough bool) error {
	var app, ver, tables int64
	err := conn.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)").
		Scan(&app, &ver, &tables)
	switch {
	case err != nil:
		return err
	case app != appID && (app != 0 || tables != 0):
		return errForeign
	case app == appID && ver != version:
		return errUnreadable
	}
	if thorough {
		if err := quickCheck(ctx, conn); err != nil {
			return err
		}
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if app == appID {
		return nil
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", schema, appID, version))
	if err != nil {
		conn.ExecContext(ctx, "ROLLBACK")
	}
	return err
}

// quickCheck looks for damage in a file that was not closed, for a quarter of a second at
// most: what it does not reach shows itself when it is used.
func quickCheck(ctx context.Context, conn *sql.Conn) error {
	limited, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	var text string
	err := conn.QueryRowContext(limited, "PRAGMA quick_check(1)").Scan(&text)
	switch {
	case limited.Err() != nil:
		return nil
	case err != nil:
		return err
	case text != "ok":
		return errUnreadable
	}
	return nil
}
