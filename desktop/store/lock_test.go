package store

import (
	"errors"
	"path/filepath"
	"testing"

	"strowger/desktop/lockfile"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deeper", FileName)
	held, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(path)
	var open *OpenError
	if !errors.As(err, &open) || open.Reason != ReasonBusy {
		t.Fatalf("a second lock: %v", err)
	}
	said := Presence{PID: 1, Listen: "127.0.0.1:8787", Admin: "127.0.0.1:8788", Token: "t", Version: "v"}
	if err := held.Note(said); err != nil {
		t.Fatal(err)
	}
	if got, err := Holder(path); err != nil || got != said {
		t.Errorf("%+v, %v", got, err)
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	if got, err := Holder(path); !errors.Is(err, lockfile.ErrNoNote) {
		t.Errorf("after the release: %+v, %v", got, err)
	}
	held, err = Lock(path)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
}
