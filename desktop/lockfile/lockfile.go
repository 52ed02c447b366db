// Package lockfile holds a file for one process at a time, with a note in it that says how to
// reach that process. The hold ends with the process, however that ends; what is left in the
// file then is stale, which whoever takes the file next knows by having got it.
package lockfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// ErrHeld says that another process holds the file.
var ErrHeld = errors.New("another process holds it")

// ErrNoNote says that there is no note in the file: nobody holds it, or whoever does has not
// written one yet.
var ErrNoNote = errors.New("nobody says in it how to be reached")

// maxNote bounds what is read of a note, in bytes.
const maxNote = 4 << 10

// Who finds a file held tries again so often, with such rests.
const (
	tries   = 4
	tryRest = 5 * time.Millisecond
)

// Lock is a file that this process holds.
type Lock struct{ f *os.File }

// Take holds the file at path, which is made if there is none, readable by the user alone. A note
// left in it is removed. The error is ErrHeld if another process holds it, else why the file
// cannot be used.
func Take(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for try := 0; lockFile(f) != nil; try++ { // who only looks, holds it for a moment
		if try == tries {
			return nil, errors.Join(ErrHeld, f.Close())
		}
		time.Sleep(tryRest)
	}
	// A file that was made by hand may be open to others; a note can be a secret.
	if err := errors.Join(f.Chmod(0o600), f.Truncate(0)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Lock{f}, nil
}

// Note writes what others are to know, as JSON, in place of what was there. It must be short:
// whoever reads gets all of it or, for a moment, nothing that can be read.
func (l *Lock) Note(note any) error {
	text, err := json.Marshal(note)
	if err != nil {
		return err
	}
	if len(text) > maxNote {
		return fmt.Errorf("%s: a note of %d bytes is longer than %d", l.f.Name(), len(text), maxNote)
	}
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err = l.f.WriteAt(text, 0)
	return err
}

// Release removes the note and lets go of the file, which stays where it is.
func (l *Lock) Release() error { return errors.Join(l.f.Truncate(0), l.f.Close()) }

// Read reads the note of the process that holds the file at path into note. ErrNoNote says that there
// is none: nobody holds it, though a process that was killed may have left a note, or no note is
// written yet.
func Read(path string, note any) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return ErrNoNote
	}
	if err != nil {
		return err
	}
	defer f.Close() // which lets go of it, too
	if lockFile(f) == nil {
		return ErrNoNote
	}
	text, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err != nil {
		return err
	}
	if json.Unmarshal(text, note) != nil {
		return ErrNoNote
	}
	return nil
}
