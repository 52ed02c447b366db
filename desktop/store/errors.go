package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound says that there is no decision of that ID.
var ErrNotFound = errors.New("no such decision")

// Reason is why a store could not be opened.
type Reason uint8

// The reasons.
const (
	ReasonOther    Reason = iota
	ReasonNewer           // written by a newer version: see OpenError.Schema
	ReasonForeign         // a database of another program
	ReasonCorrupt         // damaged, or not a database at all
	ReasonReadOnly        // the file or its folder may not be written
	ReasonFull            // no space left
	ReasonFolder          // the folder is none, or cannot be created
	ReasonBusy            // another process holds it
)

// OpenError says why the store at Path could not be opened, and in Error what a person
// can do about it.
type OpenError struct {
	Path   string // the database file
	Reason Reason
	Err    error // the cause; nil for ReasonNewer and ReasonForeign
	// Schema is the file's schema version, Known the newest this program reads.
	Schema, Known int
}

// Error is the sentence for people, with the remedy.
func (e *OpenError) Error() string {
	switch e.Reason {
	case ReasonNewer:
		return fmt.Sprintf("%s was written by a newer version of strowger (schema %d, this one knows %d): update strowger or start with another --data folder",
			e.Path, e.Schema, e.Known)
	case ReasonForeign:
		return fmt.Sprintf("%s is a database of another program: move it away or start with another --data folder", e.Path)
	case ReasonCorrupt:
		return fmt.Sprintf("%s is damaged or not a database: move it away, strowger then begins a new one: %v", e.Path, e.Err)
	case ReasonReadOnly:
		return fmt.Sprintf("%s cannot be written: make the file and its folder writable or start with another --data folder: %v", e.Path, e.Err)
	case ReasonFull:
		return fmt.Sprintf("%s cannot be written, the disk is full: free some space or start with another --data folder: %v", e.Path, e.Err)
	case ReasonFolder:
		return fmt.Sprintf("%s: its folder cannot be used: name another --data folder: %v", e.Path, e.Err)
	case ReasonBusy:
		return fmt.Sprintf("%s is held by another process: stop that one or start with another --data folder: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s cannot be opened: %v", e.Path, e.Err)
}

// Unwrap is the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// Busy reports whether err says that another process holds the store.
func Busy(err error) bool {
	open, ok := errors.AsType[*OpenError](err)
	return ok && open.Reason == ReasonBusy
}

// reasonOf is what a failure while opening comes from.
func reasonOf(err error) Reason {
	if se, ok := errors.AsType[*sqlite.Error](err); ok {
		return reasonOfCode(se.Code())
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return ReasonFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ReasonReadOnly
	}
	return ReasonOther
}

// reasonOfCode is the same for SQLite's extended result codes.
func reasonOfCode(code int) Reason {
	switch code {
	case sqlite3.SQLITE_IOERR_SHMSIZE:
		return ReasonFull // the shared index could not be given its 32 KiB
	case sqlite3.SQLITE_IOERR_SHORT_READ:
		return ReasonCorrupt
	}
	switch code & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return ReasonCorrupt
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return ReasonReadOnly
	case sqlite3.SQLITE_FULL:
		return ReasonFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ReasonBusy
	}
	return ReasonOther
}

// interrupted tells that err is the end of a time limit of ours.
func interrupted(err error) bool {
	if se, ok := errors.AsType[*sqlite.Error](err); ok {
		return se.Code()&0xff == sqlite3.SQLITE_INTERRUPT
	}
	return errors.Is(err, context.DeadlineExceeded)
}
