package cache

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"strowger/desktop/journaltest"
)

// alter runs statements on the file behind the cache's back.
func alter(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

// kept is a closed cache with n answers "0" … to questions of the same name.
func kept(t *testing.T, n int) string {
	t.Helper()
	path := newPath(t)
	c := openT(t, path, Options{}, tuning{})
	for i := range n {
		keep(t, c, fmt.Sprint(i), strings.Repeat(fmt.Sprint(i), 1000), time.Hour)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRestart(t *testing.T) {
	path := kept(t, 100)
	c := openT(t, path, Options{}, tuning{})
	for i := range 100 {
		if got, want := lookup(t, c, fmt.Sprint(i)), strings.Repeat(fmt.Sprint(i), 1000); got != want {
			t.Errorf("%d: %.20s", i, got)
		}
	}
	if n := c.Counters(); n.Entries != 100 || n.Hits != 100 || n.Memory == 0 {
		t.Errorf("%+v", n)
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %s, %v", info.Mode(), err)
		}
	}
}

// The file keeps to its bound, and what was used last stays.
func TestEviction(t *testing.T) {
	const bound = 2 << 20
	path := newPath(t)
	c := openT(t, path, Options{MaxBytes: bound}, tuning{lazy: time.Millisecond})
	body := strings.Repeat("x", 3000)
	keep(t, c, "favourite", body, time.Hour)
	for i := range 2000 {
		keep(t, c, fmt.Sprint(i), body, time.Hour)
		if i%50 == 0 {
			if got := lookup(t, c, "favourite"); got == "-" {
				t.Fatalf("the favourite went at %d", i)
			}
			until(t, c, "writing", func(n Counters) bool { return n.Entries+int(n.Evictions) == i+2 })
		}
	}
	n := until(t, c, "room", func(n Counters) bool { return n.Entries+int(n.Evictions) == 2001 && n.Bytes <= bound })
	if n.Entries < bound/3000/2 || n.Failed != 0 || n.Dropped != 0 {
		t.Errorf("%+v", n)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > bound+maxChunk+100_000 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	c = openT(t, path, Options{MaxBytes: bound}, tuning{})
	if a, b, z := lookup(t, c, "favourite"), lookup(t, c, "1"), lookup(t, c, "1999"); a == "-" || b != "-" || z == "-" {
		t.Errorf("favourite %.1s, oldest %.1s, newest %.1s", a, b, z)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// A smaller bound holds from the start.
	c = openT(t, path, Options{MaxBytes: bound / 4}, tuning{})
	until(t, c, "room", func(n Counters) bool { return n.Bytes <= bound/4 && n.Entries > 0 })
}

// Whatever was in the file's place: the cache begins anew and works.
func TestUnreadable(t *testing.T) {
	noise := make([]byte, 20_000)
	for i := range noise {
		noise[i] = byte(i*i>>3) ^ 0x5a
	}
	for name, spoil := range map[string]func(path string) error{
		"text": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("no database\n", 900)), 0o644)
		},
		"noise":    func(path string) error { return os.WriteFile(path, noise, 0o600) },
		"one byte": func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"empty":    func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"half":     func(path string) error { return os.Truncate(path, 3*8192) },
		"version":  func(path string) error { alter(t, path, "PRAGMA user_version = 7"); return nil },
		"no table": func(path string) error { alter(t, path, "DROP TABLE bodies"); return nil },
		"columns":  func(path string) error { alter(t, path, "ALTER TABLE answers RENAME COLUMN sum TO crc"); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			path := kept(t, 100)
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				c := openT(t, path, Options{}, tuning{rest: time.Nanosecond})
				for i := range 100 {
					if got := lookup(t, c, fmt.Sprint(i)); got != "-" && got != strings.Repeat(fmt.Sprint(i), 1000) {
						t.Fatalf("served %.20q", got)
					}
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
			c := openT(t, path, Options{}, tuning{})
			keep(t, c, "new", "a", time.Hour)
			until(t, c, "entry", func(n Counters) bool { return n.Entries > 0 })
			if got := lookup(t, forgetful(c), "new"); got != "a" {
				t.Errorf("%s, %+v", got, c.Counters())
			}
		})
	}
}

// What belongs to somebody else, or cannot be a file, is left alone.
func TestNotOurs(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), FileName)
	alter(t, foreign, "CREATE TABLE precious (x)")
	before, _ := os.ReadFile(foreign)
	for _, path := range []string{foreign, t.TempDir()} {
		if c, err := Open(path, Options{}); err == nil || c != nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, %v", c, err)
		}
	}
	if after, err := os.ReadFile(foreign); err != nil || string(before) != string(after) {
		t.Errorf("it was changed, %v", err)
	}
}

// An answer that was altered on disk is a miss, and goes.
func TestAltered(t *testing.T) {
	for _, statement := range []string{
		"UPDATE bodies SET body = CAST('abused' AS BLOB)",
		"UPDATE answers SET until = until + 1",
		"UPDATE answers SET kept = kept - 1",
		"UPDATE answers SET key = CAST(zeroblob(31) || x'01' AS BLOB)",
	} {
		path := kept(t, 1)
		alter(t, path, statement)
		c := openT(t, path, Options{}, tuning{})
		if got := lookup(t, c, "0"); got != "-" {
			t.Errorf("%s: served %.20s", statement, got)
		}
		if !strings.Contains(statement, "key") { // another question's, which nobody asks
			if n := until(t, c, "deletion", entries(0)); n.Failed != 1 || n.LastError == "" {
				t.Errorf("%s: %+v", statement, n)
			}
		}
	}
}

// Damage that shows itself in use ends the use of the file, and the next start begins a
// new one.
func TestDamagedInUse(t *testing.T) {
	path := kept(t, 300)
	var log journaltest.Journal
	c := openT(t, path, Options{Log: log.Log()}, tuning{})
	until(t, c, "entries", entries(300))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 8192; at < len(b); at++ {
		b[at] ^= 0xa5
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if got := lookup(t, c, fmt.Sprint(i)); got != "-" && got != strings.Repeat(fmt.Sprint(i), 1000) {
			t.Fatalf("served %.20q", got)
		}
	}
	keep(t, c, "new", "a", time.Hour)
	if got := lookup(t, c, "new"); got != "a" {
		t.Errorf("memory: %s", got)
	}
	if n := c.Counters(); n.Failed == 0 || log.Count("the disk fails") != 1 {
		t.Errorf("%+v\n%s", n, log.String())
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

// While another process holds the file, what is kept is in memory only; told once.
func TestLocked(t *testing.T) {
	path := kept(t, 1)
	var log journaltest.Journal
	c := openT(t, path, Options{Log: log.Log()}, tuning{})
	until(t, c, "entry", entries(1))
	other, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)") // the writer may be at it
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE"); err != nil { // the writer may be at it
		t.Fatal(err)
	}
	for i := range int64(2) {
		keep(t, c, fmt.Sprint("new ", i), "a", time.Hour)
		until(t, c, "failure", func(n Counters) bool { return n.Dropped == i+1 })
	}
	if a, b := lookup(t, c, "new 0"), lookup(t, c, "0"); a != "a" || len(b) != 1000 {
		t.Errorf("while locked: %s, %.1s", a, b)
	}
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	keep(t, c, "free", "a", time.Hour)
	if n := until(t, c, "entry", entries(2)); n.Failed < 2 || n.Failed > 3 || !strings.Contains(n.LastError, "locked") {
		t.Errorf("%+v", n)
	}
	for end := time.Now().Add(10 * time.Second); log.Count("works again") == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if a, b := log.Count("the disk fails"), log.Count("works again"); a != 1 || b != 1 {
		t.Errorf("told %d and %d times\n%s", a, b, log.String())
	}
}

// A full disk, and more that waits than may: misses later, and counted.
func TestFull(t *testing.T) {
	var log journaltest.Journal
	c := openT(t, newPath(t), Options{Log: log.Log()}, tuning{queue: 200_000})
	until(t, c, "start", func(n Counters) bool { return n.Bytes > 0 })
	body := strings.Repeat("x", 50_000)
	pages := func(n int) {
		if _, err := c.disk.w.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	pages(1) // none more than there are
	for i := range 20 {
		keep(t, c, fmt.Sprint(i), body, time.Hour)
	}
	n := until(t, c, "failure", func(n Counters) bool { return n.Dropped == 20 && n.Failed > 0 })
	if n.Entries != 0 || !strings.Contains(n.LastError, "full") || log.Count("the disk fails") != 1 {
		t.Errorf("%+v\n%s", n, log.String())
	}
	if got := lookup(t, c, "3"); got != body {
		t.Error("not even in memory")
	}
	time.Sleep(5 * time.Millisecond)
	pages(1_000_000)
	keep(t, c, "room", "a", time.Hour)
	until(t, c, "entry", entries(1))
}

// A disk that takes too long is a miss, and is let rest.
func TestSlowDisk(t *testing.T) {
	path := kept(t, 1)
	c := openT(t, path, Options{}, tuning{patience: time.Nanosecond, rest: time.Hour})
	began := time.Now()
	if got := lookup(t, c, "0"); got != "-" {
		t.Errorf("served %.10s", got)
	}
	for range 100 {
		lookup(t, c, "0")
	}
	if n := c.Counters(); n.Failed != 1 || time.Since(began) > 5*time.Second {
		t.Errorf("%+v", n)
	}
}

// A hit from memory does not touch the file: not even a closed one matters.
func TestMemoryDoesNotRead(t *testing.T) {
	c := openT(t, newPath(t), Options{}, tuning{})
	keep(t, c, "q", "a", time.Hour)
	until(t, c, "entry", entries(1))
	if err := c.disk.find.Close(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if got := lookup(t, c, "q"); got != "a" {
			t.Fatal(got)
		}
	}
	if n := c.Counters(); n.Failed != 0 || n.Hits != 100 {
		t.Errorf("%+v", n)
	}
}
