package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reason opens the file, expects that to fail, and gives the error.
func reason(t *testing.T, path string) *OpenError {
	t.Helper()
	s, err := Open(path, Options{})
	if err == nil {
		s.Close()
		t.Fatal("opened")
	}
	oe, ok := errors.AsType[*OpenError](err)
	if !ok || s != nil {
		t.Fatalf("%T %v", err, err)
	}
	if !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not name the file: %v", err)
	}
	return oe
}

// written is a database with n entries, closed.
func written(t *testing.T, n int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		s.Add(entry(i + 1))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// alter runs statements on a database file behind the store's back.
func alter(t *testing.T, path, sql string) {
	t.Helper()
	c, err := connect(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// former is a database as the version of that schema made it.
func former(t *testing.T, schema int) (path string) {
	t.Helper()
	names, err := scripts()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), FileName)
	for i, name := range names[:schema] {
		script, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		alter(t, path, string(script)+fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = %d", appID, i+1))
	}
	return path
}

func TestNewerVersion(t *testing.T) {
	path := written(t, 1)
	alter(t, path, "PRAGMA user_version = 12")
	err := reason(t, path)
	want := path + " was written by a newer version of strowger (schema 12, this one knows 11): update strowger or start with another --data folder"
	if err.Reason != ReasonNewer || err.Schema != 12 || err.Known != 11 || err.Error() != want {
		t.Errorf("%+v\n got %v\nwant %s", err, err, want)
	}
	alter(t, path, "PRAGMA user_version = 11")
	if s, err := Open(path, Options{}); err != nil {
		t.Errorf("unharmed: %v", err)
	} else {
		s.Close()
	}
}

func TestForeignFile(t *testing.T) {
	for name, sql := range map[string]string{
		"application id": "PRAGMA application_id = 252006673; CREATE TABLE blobs (x)",
		"no id":          "CREATE TABLE decisions (x)",
		"id, empty":      "PRAGMA application_id = 252006673",
		"no id, version": "PRAGMA user_version = 5",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "other.db")
			alter(t, path, sql)
			before, _ := os.ReadFile(path)
			if err := reason(t, path); err.Reason != ReasonForeign {
				t.Errorf("reason %d: %v", err.Reason, err)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(before) != string(after) {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
}

func TestCorruptFile(t *testing.T) {
	noise := make([]byte, 20_000)
	for i := range noise {
		noise[i] = byte(i*i>>3) ^ 0x5a
	}
	for name, damage := range map[string]func(b []byte) []byte{
		"text":        func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 500)) },
		"one byte":    func([]byte) []byte { return []byte("x") },
		"noise":       func([]byte) []byte { return noise },
		"header only": func(b []byte) []byte { return b[:100] },
		"half":        func(b []byte) []byte { return b[:len(b)/2] },
		"schema":      func(b []byte) []byte { copy(b[100:4000], noise); return b },
		"in the middle": func(b []byte) []byte {
			for at := 4096; at < len(b); at += 4096 {
				copy(b[at:at+200], noise)
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, 200)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b = damage(b)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := reason(t, path); err.Reason != ReasonCorrupt || err.Err == nil {
				t.Errorf("reason %d: %v", err.Reason, err)
			}
		})
	}
}

func TestPathIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := reason(t, dir); err.Reason != ReasonOther || !strings.Contains(err.Error(), "folder") {
		t.Errorf("reason %d: %v", err.Reason, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, FileName), filepath.Join(file, "sub", FileName)} {
		if err := reason(t, path); err.Reason != ReasonFolder {
			t.Errorf("%s: reason %d: %v", path, err.Reason, err)
		}
	}
}

func TestEmptyFileIsNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestHeldFile(t *testing.T) {
	path := written(t, 1)
	c, err := connect(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, err = open(path, Options{}, tuning{busy: 1})
	oe, ok := errors.AsType[*OpenError](err)
	if !ok || oe.Reason != ReasonBusy {
		t.Fatalf("held by another: %v", err)
	}
}

func TestMigrations(t *testing.T) {
	names, err := scripts()
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for i, name := range names {
		if !strings.HasPrefix(name, fmt.Sprintf("migrations/%04d_", i+1)) {
			t.Errorf("%s is in place %d", name, i+1)
		}
	}
	path := written(t, 0)
	c, err := connect(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for sql, want := range map[string]any{
		"PRAGMA user_version":   int64(len(names)),
		"PRAGMA application_id": int64(appID),
		"PRAGMA journal_mode":   "wal",
		"PRAGMA synchronous":    int64(1),
		"SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name)": "attempt_rows blocks bodies catalogs configs decisions doc_rows edge_batches edge_samples endpoints hours kinds marks minutes packs prices reserved sample_rows spent sums verdicts",
	} {
		if got, err := c.value(t.Context(), sql); got != want || err != nil {
			t.Errorf("%s: %v, want %v, %v", sql, got, want, err)
		}
	}
	// A step that fails leaves the version, and nothing of itself.
	if err := step(t.Context(), c, "CREATE TABLE half (x); CREATE TABLE half (x)", len(names)+1); err == nil {
		t.Error("a bad script ran")
	}
	if n, err := c.number(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"); n != 0 || err != nil {
		t.Errorf("half a step is left: %d, %v", n, err)
	}
	if n, err := c.number(t.Context(), "PRAGMA user_version"); n != int64(len(names)) || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}

func TestDataDir(t *testing.T) {
	home := func() (string, error) { return filepath.FromSlash("/home/ann"), nil }
	homeless := func() (string, error) { return "", errors.New("no home") }
	for _, c := range []struct {
		goos, name, value string
		home              func() (string, error)
		want              string
	}{
		{"linux", "", "", home, "/home/ann/.local/share/strowger"},
		{"linux", "XDG_DATA_HOME", "/data", homeless, "/data/strowger"},
		{"linux", "XDG_DATA_HOME", "data", home, "/home/ann/.local/share/strowger"},
		{"linux", "", "", homeless, ""},
		{"freebsd", "", "", home, "/home/ann/.local/share/strowger"},
		{"darwin", "XDG_DATA_HOME", "/data", home, "/home/ann/Library/Application Support/Strowger"},
		{"windows", "LOCALAPPDATA", "/users/ann/local", home, "/users/ann/local/Strowger"},
		{"windows", "", "", home, ""},
	} {
		got, err := dataDir(c.goos, func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		}, c.home)
		if got != filepath.FromSlash(c.want) || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
	if dir, err := DefaultDir(); err == nil && !filepath.IsAbs(dir) {
		t.Errorf("default folder %q", dir)
	}
}

// modernc.org/sqlite works with the libc it was tested with, no other.
func TestLibcVersion(t *testing.T) {
	list := func(format, module string) string {
		out, err := exec.Command("go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Skipf("go list: %v", err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Skip(err)
	}
	if have := list("{{.Path}} {{.Version}}", "modernc.org/libc"); !strings.Contains(string(mod), have+"\n") {
		t.Errorf("%s is not what modernc.org/sqlite asks for", have)
	}
}
