package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
)

// appID marks the file as ours in its header: "Strw".
const appID = 0x53747277

// pageSize is a new file's. Entries take 8 % less time to write than with SQLite's own
// 4096, because a document fits beside others, and reservations no more; with 16384 it
// would be 15 %, but each reservation twice the time, for it writes whole pages.
const pageSize = 8192

// openError gives err its reason, unless it has one.
func openError(path string, err error) error {
	if oe, ok := errors.AsType[*OpenError](err); ok {
		return oe
	}
	return &OpenError{Path: path, Reason: reasonOf(err), Err: err}
}

// openFile gives the file's absolute path and its writing connection, once it is known
// to be ours, sound, writable and up to date.
func openFile(ctx context.Context, path string, t tuning) (string, *conn, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path, nil, openError(path, err)
	}
	made, err := makeFile(abs)
	if err != nil {
		return abs, nil, openError(abs, err)
	}
	thorough := !made && checkable(abs)
	c, err := connect(ctx, abs, t.busy)
	if err != nil {
		return abs, nil, openError(abs, err)
	}
	if err := bringUp(ctx, c, abs, thorough); err != nil {
		c.close()
		return abs, nil, openError(abs, err)
	}
	return abs, c, nil
}

// makeFile sees to it that there is a file that only its owner reads, and tells whether it made
// it. It opens the file only if it is new: closing any descriptor of a file would take SQLite's
// locks away.
func makeFile(path string) (made bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return false, &OpenError{Path: path, Reason: ReasonOther, Err: errors.New("it is a folder")}
	case err == nil && !info.Mode().IsRegular():
		return false, &OpenError{Path: path, Reason: ReasonOther, Err: errors.New("it is not a file")}
	case err == nil && info.Size() > 0 && info.Size() < 512:
		// SQLite's smallest page; it would take what is shorter for empty and write over it.
		return false, &OpenError{Path: path, Reason: ReasonCorrupt, Err: fmt.Errorf("it has only %d bytes", info.Size())}
	case err == nil:
		if info.Mode().Perm()&0o077 != 0 {
			os.Chmod(path, 0o600) // as well as can be: some file systems have no modes
		}
		return false, nil
	case errors.Is(err, fs.ErrPermission):
		return false, err
	case !errors.Is(err, fs.ErrNotExist):
		return false, &OpenError{Path: path, Reason: ReasonFolder, Err: err}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r := reasonOf(err)
		if r == ReasonOther {
			r = ReasonFolder
		}
		return false, &OpenError{Path: path, Reason: r, Err: err}
	}
	if lay(path) == nil {
		return true, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// lay puts a record without entries in place, whole or not at all, unless there is a file by now.
// Making one by the migrations takes 13 ms and six times waiting for the disk; that is the way
// where this one fails, as where there are no links.
func lay(path string) error {
	image, err := emptyRecord()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // for the user alone
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, image)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// checkable tells whether reading the whole file to see if it is sound is worth its
// time: when it is small, and when it was not closed properly.
func checkable(path string) bool {
	if info, err := os.Stat(path); err == nil && info.Size() <= 8<<20 {
		return true
	}
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// bringUp checks the file before it changes anything in it, then updates its schema.
func bringUp(ctx context.Context, c *conn, path string, thorough bool) error {
	version, err := identify(ctx, c, path)
	if err != nil {
		return err
	}
	if thorough {
		if err := quickCheck(ctx, c, path); err != nil {
			return err
		}
	}
	// Before the first write, and of an empty file only: SQLite passes over it otherwise.
	if err := c.exec(ctx, fmt.Sprintf("PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL", pageSize)); err != nil {
		return err
	}
	// A file that cannot be written opens all the same, and BEGIN IMMEDIATE then begins
	// reading: only a write finds out.
	if err := c.exec(ctx, fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA user_version = %d; ROLLBACK", version)); err != nil {
		return err
	}
	// Where there can be no WAL the mode stays what it was, which is slower but works.
	if _, err := c.value(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	return migrate(ctx, c, version)
}

// identify is the file's schema version, 0 if it is empty; an error if it is not ours,
// or too new.
func identify(ctx context.Context, c *conn, path string) (int, error) {
	app, err := c.number(ctx, "PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	version, err := c.number(ctx, "PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	tables, err := c.number(ctx, "SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return 0, err
	}
	if app != appID && (app != 0 || version != 0 || tables != 0) {
		return 0, &OpenError{Path: path, Reason: ReasonForeign}
	}
	known, err := newest()
	if err != nil {
		return 0, err
	}
	if version > int64(known) {
		return 0, &OpenError{Path: path, Reason: ReasonNewer, Schema: int(version), Known: known}
	}
	return int(version), nil
}

// quickCheck looks for damage, for a quarter of a second at most: what it does not reach
// in that time shows itself when it is used.
func quickCheck(ctx context.Context, c *conn, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	v, err := c.value(ctx, "PRAGMA quick_check(1)")
	if interrupted(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if text, _ := v.(string); text != "ok" {
		return &OpenError{Path: path, Reason: ReasonCorrupt, Err: errors.New(cut(text, MaxError))}
	}
	return nil
}

// readerIdle is how long a connection that reads is kept when nobody asks: each holds up to a
// megabyte of pages, and another is open in a millisecond.
const readerIdle = 10 * time.Second

// openReader opens the pool of connections that only read.
func openReader(ctx context.Context, path string, t tuning) (*sql.DB, error) {
	params := fmt.Sprintf("mode=ro&_busy_timeout=%d&_query_only=1&_pragma=temp_store(memory)&_pragma=cache_size(-512)", t.busy.Milliseconds())
	connector, err := sqlite.NewConnector(DSN(path, params))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(2)
	db.SetConnMaxIdleTime(readerIdle)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
