package lockfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type note struct{ Address string }

func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	var got note
	if err := Read(path, &got); !errors.Is(err, ErrNoNote) {
		t.Errorf("no file: %v", err)
	}
	l, err := Take(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(path); !errors.Is(err, ErrHeld) {
		t.Errorf("a second time: %v", err)
	}
	if err := Read(path, &got); !errors.Is(err, ErrNoNote) {
		t.Errorf("before a note: %v", err)
	}
	for _, address := range []string{"127.0.0.1:8787", "[::1]:1"} { // the second is shorter
		if err := l.Note(note{address}); err != nil {
			t.Fatal(err)
		}
		if err := Read(path, &got); err != nil || got.Address != address {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if err := l.Note(note{strings.Repeat("x", maxNote)}); err == nil {
		t.Error("a note without an end was taken")
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if err := Read(path, &got); !errors.Is(err, ErrNoNote) {
		t.Errorf("after the release: %v", err)
	}
}

// What a process that was killed leaves is neither in the way nor believed.
func TestStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	if err := os.WriteFile(path, []byte(`{"Address":"127.0.0.1:1"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var got note
	if err := Read(path, &got); !errors.Is(err, ErrNoNote) {
		t.Errorf("a note that nobody holds: %+v, %v", got, err)
	}
	l, err := Take(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := Read(path, &got); !errors.Is(err, ErrNoNote) {
		t.Errorf("the note of the one before: %+v, %v", got, err)
	}
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", s.Mode(), err)
	}
}
