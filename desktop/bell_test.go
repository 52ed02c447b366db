package main

import (
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"strowger/desktop/lockfile"
)

// A second window says to the first what it is to do; who does not know the token says nothing.
func TestBell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "window.lock")
	b, err := hang(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hang(path); !errors.Is(err, lockfile.ErrHeld) {
		t.Fatalf("a second one: %v", err)
	}
	for _, word := range []string{wordShow, wordQuit} {
		if err := tell(path, word); err != nil {
			t.Fatal(err)
		}
		select {
		case heard := <-b.words:
			if heard != word {
				t.Errorf("%q instead of %q", heard, word)
			}
		case <-time.After(time.Second):
			t.Errorf("%q was not heard", word)
		}
	}
	var note bellNote
	if err := lockfile.Read(path, &note); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		token, word string
	}{{"", wordQuit}, {note.Token + "x", wordQuit}, {note.Token, wordLoad}, {note.Token, ""}} {
		if post(http.DefaultClient, bellNote{Address: note.Address, Token: c.token}, c.word) == nil || len(b.words) > 0 {
			t.Errorf("%q was heard", c)
		}
	}
	for range 20 { // nobody listens
		b.ring(wordShow)
	}
	if err := b.close(); err != nil {
		t.Fatal(err)
	}
	if again, err := hang(path); err != nil || again.close() != nil {
		t.Errorf("after the end: %v", err)
	}
}
