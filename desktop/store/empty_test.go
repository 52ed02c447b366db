package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write migrations/empty.gz")

// migrated is a file that the migrations alone made, with nothing left over in it.
func migrated(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, nil, 0o600); err != nil { // what is there is not replaced
		t.Fatal(err)
	}
	ctx := context.Background()
	_, c, err := openFile(ctx, path, tuning{busy: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.exec(ctx, "VACUUM"); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// contents are what a file says of itself and all that is in it, as text.
func contents(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", DSN(path, "mode=ro"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var b strings.Builder
	for _, name := range []string{"application_id", "user_version", "page_size", "auto_vacuum", "journal_mode", "freelist_count", "encoding", "integrity_check"} {
		var value string
		if err := db.QueryRow("PRAGMA " + name).Scan(&value); err != nil {
			t.Fatal(name, err)
		}
		fmt.Fprintf(&b, "%s %s\n", name, value)
	}
	tables := column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	fmt.Fprintln(&b, strings.Join(column(t, db, "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name"), "\n"))
	for _, name := range tables {
		n := column(t, db, "SELECT count(*) FROM "+name)
		fmt.Fprintln(&b, name, n)
	}
	fmt.Fprintln(&b, column(t, db, "SELECT name || ' ' || value FROM marks ORDER BY name"))
	return b.String()
}

// column is the first of each row.
func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(query, err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(query, err)
	}
	return all
}

// The record that is laid down where there is none is the one that the migrations make.
func TestEmptyRecord(t *testing.T) {
	path := migrated(t)
	if *update {
		made, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // there is that level
		if _, err := w.Write(made); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("migrations/empty.gz", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	laid := filepath.Join(t.TempDir(), FileName)
	if err := lay(laid); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(laid); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if got, want := contents(t, laid), contents(t, path); got != want {
		t.Errorf("it is to be made anew with -update. It is\n%s\nand the migrations make\n%s", got, want)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(laid), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lay(path); err == nil {
		t.Error("a file that is there is laid over")
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a file that is there is changed: %v", err)
	}
}
