package store

import (
	"errors"
	"os"
	"path/filepath"
)

// lockName is the file beside the database that says who records.
const lockName = "strowger.lock"

// errHeld is the cause of ReasonBusy.
var errHeld = errors.New("another strowger records here")

// Lock takes the folder of the database file for the one process that records in it; two
// would mix their decisions. It is let go by release, and when the process ends. The
// error is an *OpenError; with ReasonBusy another process holds the folder. Reading
// needs no lock.
func Lock(path string) (release func() error, err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &OpenError{Path: path, Reason: ReasonFolder, Err: err}
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &OpenError{Path: path, Reason: reasonOf(err), Err: err}
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(&OpenError{Path: path, Reason: ReasonBusy, Err: errHeld}, f.Close())
	}
	return f.Close, nil
}
