package cache

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk is the file with its writer. A nil one holds nothing. Nothing here fails a
// request: a failure is counted, told once, and a miss.
type disk struct {
	path     string
	maxBytes int64
	tune     tuning
	log      *slog.Logger

	db   *sql.DB
	find *sql.Stmt
	w    *writer

	// rests is until when the disk is not read, in unix nanoseconds; off is for ever.
	rests atomic.Int64

	mu      sync.Mutex // guards what follows
	queue   queue
	count   Counters
	failing [2]bool // reading, writing
	spoiled bool    // the file is damaged: it goes when it is closed

	wake, soon chan struct{}   // hold one: answers wait, what was used waits
	clears     chan chan error // calls of clear
	stop, done chan struct{}
	closing    sync.Once
	closed     error
}

// side is what is done with the file.
type side int

const (
	reading side = iota
	writing
)

func (s side) String() string { return [...]string{"reading", "writing"}[s] }

// off is a rest that does not end.
const off = 1<<63 - 1

// read is the answer, if there is a good one that can be read in time.
func (d *disk) read(ctx context.Context, h hash, now int64) *answer {
	if d == nil || d.rests.Load() > time.Now().UnixNano() {
		return nil
	}
	type result struct {
		a   *answer
		err error
	}
	// The time limit interrupts SQLite, but not a system call that hangs.
	limited, cancel := context.WithTimeout(ctx, d.tune.patience)
	got := make(chan result, 1)
	go func() {
		defer cancel()
		a, err := d.row(limited, h, now)
		got <- result{a, err}
	}()
	var r result
	select {
	case r = <-got:
	case <-limited.Done():
		r.err = limited.Err()
		select {
		case r = <-got: // cancel is called by who has it
		default:
		}
	}
	if r.err == nil {
		d.works(reading)
		return r.a
	}
	rests := d.rests.Load()
	if ctx.Err() != nil || rests == off { // the caller left, or Close was called
		return nil
	}
	d.rests.CompareAndSwap(rests, time.Now().Add(d.tune.rest).UnixNano())
	d.fail(reading, r.err)
	return nil
}

const findQuery = `SELECT a.kept, a.until, a.sum, b.body FROM answers a JOIN bodies b ON b.id = a.id
	WHERE a.key = ? AND a.kept <= ? AND a.until > ?`

// row reads the answer. One that is not what was written is deleted.
func (d *disk) row(ctx context.Context, h hash, now int64) (*answer, error) {
	a := &answer{key: h}
	var sum int64
	err := d.find.QueryRowContext(ctx, h[:], now, now).Scan(&a.kept, &a.until, &sum, &a.body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case sum != a.sum():
		d.mu.Lock()
		d.queue.bad = append(d.queue.bad, h)
		d.count.Failed++
		d.count.LastError = "an answer is not what was written"
		d.mu.Unlock()
		ring(d.wake)
		return nil, nil
	}
	return a, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is a checksum of all that is written of the answer.
func (a *answer) sum() int64 {
	b := binary.LittleEndian.AppendUint64(a.key[:], uint64(a.kept))
	b = binary.LittleEndian.AppendUint64(b, uint64(a.until))
	return int64(crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, a.body))
}

// fail counts a failure and tells the first.
func (d *disk) fail(s side, err error) {
	d.mu.Lock()
	d.count.Failed++
	d.count.LastError = s.String() + ": " + err.Error()
	first := !d.failing[s] && !d.spoiled
	d.failing[s] = true
	if damaged(err) && !d.spoiled {
		d.spoiled, first = true, true
		d.rests.Store(off)
	}
	d.mu.Unlock()
	if first {
		d.log.Warn("cache: the disk fails", "file", d.path, "at", s, "err", err)
	}
}

// works ends a failure.
func (d *disk) works(s side) {
	d.mu.Lock()
	was := d.failing[s]
	d.failing[s] = false
	d.mu.Unlock()
	if was {
		d.log.Info("cache: the disk works again", "file", d.path, "at", s)
	}
}

// damaged tells that the file is not, or no longer, a sound database.
func damaged(err error) bool {
	se, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return true
	}
	return se.Code() == sqlite3.SQLITE_IOERR_SHORT_READ
}

func (d *disk) counters(n *Counters) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n.Entries, n.Bytes, n.Evictions = d.count.Entries, d.count.Bytes, d.count.Evictions
	n.Dropped, n.Failed, n.LastError = d.count.Dropped, d.count.Failed, d.count.LastError
}

// clear deletes all, after what the writer is at.
func (d *disk) clear() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	d.queue.forget()
	d.mu.Unlock()
	answer := make(chan error, 1)
	select {
	case d.clears <- answer:
		return <-answer
	case <-d.done:
		return errors.New("clearing the cache: it is closed")
	}
}

// close ends the writer and closes the file.
func (d *disk) close() error {
	if d == nil {
		return nil
	}
	d.closing.Do(func() {
		d.rests.Store(off)
		d.mu.Lock()
		d.queue.closed = true
		d.mu.Unlock()
		close(d.stop)
		late := time.NewTimer(closeTime)
		defer late.Stop()
		select {
		case <-d.done:
		case <-late.C:
			d.closed = fmt.Errorf("cache: %s: not closed after %s", d.path, closeTime)
		}
	})
	return d.closed
}

// closeTime is how long Close waits.
const closeTime = 5 * time.Second

// end closes the file, and deletes it if it is damaged. It is the writer's last act.
func (d *disk) end() {
	if err := errors.Join(d.w.close(), d.find.Close(), d.db.Close()); err != nil {
		d.log.Warn("cache: closing", "file", d.path, "err", err)
	}
	d.mu.Lock()
	spoiled := d.spoiled
	d.mu.Unlock()
	if spoiled {
		remove(d.path)
	}
}

// remove deletes a database with what belongs to it.
func remove(path string) error {
	os.Remove(path + "-wal")
	os.Remove(path + "-shm")
	return os.Remove(path)
}
