// Package store is the durable record of what the exchange did: decisions, their
// attempts, the samples that statistics are rebuilt from, verdicts on answers, and the money
// that was spent, in one SQLite file.
//
// It stands beside the traffic, never in its way: Add does not block and does not fail.
// One goroutine writes what was added, in batches; when the disk cannot take it, entries
// are lost and counted, and writing goes on by itself once the disk can. Money, verdicts and what
// edge hosts send are the exception: Reserve, Judge and TakeBatch return when it is written, or say
// that it is not. Reads have connections of their own. The package neither decides what is recorded nor looks into
// a decision's document, and that one process records at a time is for the host to see to:
// it takes Lock first.
//
//	s, err := store.Open(filepath.Join(dir, store.FileName), store.Options{})
//	if err != nil {
//		log.Warn("not recording", "err", err) // s is nil and may be used all the same
//	}
//	defer s.Close()
//	s.Add(store.Entry{Decision: d, Attempts: a, Samples: m})
package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Options are a store's limits. The zero value is good.
type Options struct {
	// Queue is how many entries may wait to be written; 0 is 8192. Whatever it says,
	// about 64 MiB is the most that waits.
	Queue int
	// Batch is how many rows a transaction takes; 0, and what is above, is 256. An entry
	// that has more rows is written alone.
	Batch int
	// Retention is how old decisions may get: at the start and every hour what is older
	// is pruned. 0 keeps all.
	Retention time.Duration
	// Bodies is how many bytes all requests and answers may take, compressed; 0 is 1 GiB. Beyond,
	// the oldest go.
	Bodies int64
	// Log is told when writing begins to fail and when it works again, and how many
	// decisions were too old; nil for nobody.
	Log *slog.Logger
}

// Counters say how recording goes. Every entry added is in exactly one of Written,
// Dropped, Failed and Queued.
type Counters struct {
	Written int64 // entries in the database
	Dropped int64 // entries refused by Add: the queue was full, or the store closed
	Failed  int64 // entries given up, because the database did not take them
	Queued  int   // entries waiting
	// Unsettled is how many requests have ended whose money is not written yet.
	Unsettled int
	// Failing: the last thing tried did not work; the next is being tried.
	Failing bool
	// LastError is the newest failure's text, kept when writing works again; empty if
	// there was none.
	LastError string
}

// Store is an open record. A nil *Store is one that records nothing and holds nothing,
// so that a host whose store did not open need not ask: Add does nothing and counts
// nothing, Counters are zero, Close is nil, reads find nothing. All methods may be
// called from any goroutine.
type Store struct {
	queue    *queue
	money    *money
	pruner   *pruner
	verdicts *verdicts
	edges    *edges
	folder   *folder
	conn     *conn // writes
	path     string
	read     *sql.DB
	stop     chan struct{} // closed by Close
	done     chan struct{} // closed when all has been written, and conn closed
	patience time.Duration // of Close
	look     time.Duration // how long a page may take to be found
	leave    func()        // ends the pruning and the counting
	close    func() error  // shut, once
}

// Open opens the database file, creates it (mode 0600) and its folder (0700) if need
// be, and brings its schema up to date. Every error is an *OpenError; the Store is nil
// then. Options.Log is not told about those.
func Open(path string, o Options) (*Store, error) {
	return open(path, o, tuning{})
}

// tuning is what only tests change; 0 is the value in filled.
type tuning struct {
	flush    time.Duration // the longest an entry waits for others to join its batch
	backoff  time.Duration // before the second try of a batch, doubled before each further one
	tries    int           // of one batch
	pause    time.Duration // before each batch while writing fails
	busy     time.Duration // how long a lock of another process is waited for
	patience time.Duration // how long Close waits
	hourly   time.Duration // between two prunings
	rest     time.Duration // how long decisions wait to be counted with others; below 0 they are not counted
	look     time.Duration // how long a page may take to be found
	memory   int           // bytes that may wait
	before   func(c *conn) error
}

func (t tuning) filled() tuning {
	or := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	or(&t.flush, 250*time.Millisecond)
	or(&t.backoff, 50*time.Millisecond)
	or(&t.pause, time.Second)
	or(&t.busy, 2*time.Second)
	or(&t.patience, 5*time.Second)
	or(&t.hourly, time.Hour)
	or(&t.rest, foldRest)
	or(&t.look, 100*time.Millisecond)
	if t.tries == 0 {
		t.tries = 5
	}
	if t.memory == 0 {
		t.memory = 64 << 20
	}
	if t.before == nil {
		t.before = func(*conn) error { return nil }
	}
	return t
}

// Add gives the entry to the writer. It never blocks: with the queue full, or the store
// closed, the entry is counted as dropped.
func (s *Store) Add(e Entry) {
	if s == nil {
		return
	}
	e.bound()
	s.queue.add(e)
}

// Counters are the counters now.
func (s *Store) Counters() Counters {
	if s == nil {
		return Counters{}
	}
	c := s.queue.counters()
	c.Unsettled = s.money.unsettled()
	return c
}

// Close writes what is queued and closes the database, in at most 5 s. What could not
// be written in that time, or is refused by the disk, is counted as failed and makes the
// error. Closing again changes nothing and has the same answer.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	return s.close()
}

// shut is Close the first time.
func (s *Store) shut() error {
	before := s.queue.shut()
	s.money.shut()
	s.leave()
	// Readers first: the last connection to go folds the log into the database, which
	// a reader may not.
	err := s.read.Close()
	close(s.stop)
	late := time.NewTimer(s.patience)
	defer late.Stop()
	select {
	case <-s.done:
	case <-late.C:
		return fmt.Errorf("store: not closed after %s: %d entries are not written yet", s.patience, s.queue.counters().Queued)
	}
	if after := s.queue.counters(); after.Failed > before.Failed {
		return fmt.Errorf("store: %d entries were not written: %s", after.Failed-before.Failed, after.LastError)
	}
	if n := s.money.unsettled(); n > 0 {
		return fmt.Errorf("store: what %d requests have cost was not written: what they reserved stands for it", n)
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// open is Open with the tuning.
func open(path string, o Options, t tuning) (*Store, error) {
	t = t.filled()
	if o.Queue <= 0 {
		o.Queue = 8192
	}
	if o.Batch <= 0 || o.Batch > 256 {
		o.Batch = 256
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	path, c, err := openFile(context.Background(), path, t)
	if err != nil {
		return nil, err
	}
	s, err := assemble(path, c, o, t)
	if err != nil {
		c.close()
		return nil, openError(path, err)
	}
	return s, nil
}

// assemble makes the store of an open file and starts what works in it.
func assemble(path string, c *conn, o Options, t tuning) (*Store, error) {
	ins, err := newInserter(c, o.Bodies)
	if err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	m, err := newMoney(c, t, o.Log, stop)
	if err != nil {
		return nil, err
	}
	p, err := newPruner(c)
	if err != nil {
		return nil, err
	}
	v, err := newVerdicts(c)
	if err != nil {
		return nil, err
	}
	e, err := newEdges(c)
	if err != nil {
		return nil, err
	}
	f, err := newFolder(c)
	if err != nil {
		return nil, err
	}
	read, err := openReader(context.Background(), path, t)
	if err != nil {
		return nil, err
	}
	s := &Store{
		queue:    newQueue(o.Queue, t.memory, o.Batch),
		money:    m,
		pruner:   p,
		verdicts: v,
		edges:    e,
		conn:     c,
		path:     path,
		read:     read,
		stop:     stop,
		done:     make(chan struct{}),
		patience: t.patience,
		look:     t.look,
		folder:   f,
	}
	s.close = sync.OnceValue(s.shut)
	s.start(&writer{queue: s.queue, ins: ins, tune: t, batch: o.Batch, log: o.Log, stop: stop, count: f}, o, t)
	return s, nil
}

// start starts what works in the store, until it is closed.
func (s *Store) start(w *writer, o Options, t tuning) {
	var work sync.WaitGroup
	work.Go(w.run)
	work.Go(s.money.run)
	ctx, cancel := context.WithCancel(context.Background())
	s.leave = cancel
	if o.Retention > 0 {
		work.Go(func() { s.retain(ctx, o.Retention, t.hourly, o.Log) })
	}
	if t.rest > 0 {
		work.Go(func() { s.folder.run(ctx, t.rest, o.Log) })
	}
	go func() {
		defer close(s.done)
		work.Wait()
		if err := s.conn.close(); err != nil {
			o.Log.Warn("store: closing", "err", err)
		}
	}()
}
