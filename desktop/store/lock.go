package store

import (
	"errors"
	"os"
	"path/filepath"

	"strowger/desktop/lockfile"
)

// lockName is the file beside the database that says who records.
const lockName = "strowger.lock"

// Presence is what the process that records in a folder says of itself in its lock file, for a
// window that is to show it.
type Presence struct {
	PID     int    `json:"pid"`
	Listen  string `json:"listen"` // host:port of the data plane, as it can be reached from this machine
	Admin   string `json:"admin"`  // host:port of what is under /_/; the same if both share a listener
	Token   string `json:"token"`  // opens /_/ as admin.token does, for as long as the process lives
	Version string `json:"version"`
}

// Lock takes the folder of the database file for the one process that records in it; two
// would mix their decisions. It is let go by Release, and when the process ends. The
// error is an *OpenError; with ReasonBusy another process holds the folder. Reading
// needs no lock.
func Lock(path string) (*lockfile.Lock, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &OpenError{Path: path, Reason: ReasonFolder, Err: err}
	}
	l, err := lockfile.Take(filepath.Join(dir, lockName))
	switch {
	case errors.Is(err, lockfile.ErrHeld):
		return nil, &OpenError{Path: path, Reason: ReasonBusy, Err: err}
	case err != nil:
		return nil, &OpenError{Path: path, Reason: reasonOf(err), Err: err}
	}
	return l, nil
}

// Holder is what the process that records beside the database file says of itself.
// lockfile.ErrNoNote: there is none, or it has not said anything yet.
func Holder(path string) (Presence, error) {
	var p Presence
	err := lockfile.Read(filepath.Join(filepath.Dir(path), lockName), &p)
	return p, err
}
