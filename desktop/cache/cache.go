// Package cache keeps complete answers by the question they answer, on disk and the
// newest in memory too, and lets those who ask the same at the same time wait for one of
// them. What is lost is asked again: nothing here is worth waiting for a disk or failing
// a request. What a question is, and which answers may be kept, others decide.
//
//	body, hit, lease := c.Lookup(ctx, key, true)
//	if hit {
//		return body
//	}
//	defer lease.Release() // on every path, or those who wait do so in vain
//	body = ask()
//	lease.Keep(body, time.Hour)
package cache

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// FileName is the database's name in the data folder.
const FileName = "cache.db"

// Options are a cache's bounds. The zero value is good.
type Options struct {
	// MaxBytes is how much of the file is used; 0 is 256 MiB. While it is being written
	// the file may have about a megabyte more, and it has a log beside it.
	MaxBytes int64
	// Memory is how many bytes of answers are held in memory; 0 is 16 MiB.
	Memory int64
	// MaxEntry is the longest answer that is kept; 0 is 4 MiB.
	MaxEntry int64
	// Log is told when the disk begins to fail and when it works again; nil for nobody.
	Log *slog.Logger
}

// Counters say how the cache does. Every Lookup that has returned is a hit or a miss.
type Counters struct {
	Hits, Misses int64
	Waits        int64 // lookups that waited for another's answer, whatever came of it
	Entries      int   // on disk; without one, in memory
	Bytes        int64 // used of the file
	Memory       int64 // bytes held in memory
	Evictions    int64 // answers that made room for others, on disk; without one, in memory
	Refused      int64 // answers that were too long to be kept
	Dropped      int64 // answers that did not get to the disk, because too many were waiting
	Failed       int64 // times the disk could not be read or written in time
	// LastError is the newest failure's text; empty if there was none.
	LastError string
}

// hash stands for a question.
type hash = [sha256.Size]byte

// maxTTL is the longest that an answer is kept.
const maxTTL = 366 * 24 * time.Hour

// answer is what is kept. It is good from kept until just before until, both unix
// microseconds. An answer from the future is none: the clock was set back, nobody knows
// by how much, and it would be good for longer than twice its time.
type answer struct {
	key         hash
	body        []byte
	kept, until int64
}

func (a *answer) good(now int64) bool { return a.kept <= now && now < a.until }

// Cache is an open cache. A nil *Cache keeps nothing and lets nobody wait, so that a host
// whose cache is off need not ask. All methods may be called from any goroutine.
type Cache struct {
	maxEntry int64
	now      func() time.Time
	disk     *disk // nil: memory only

	mu      sync.Mutex // guards what follows
	memory  memory
	flights map[hash]*flight
	cleared int // how often
	count   Counters
}

// Open opens the file at path, or creates it (mode 0600) and its folder (0700). One that
// cannot be read is deleted and begun anew; the error is that even so there is none, or
// that it belongs to another program. An empty path is a cache in memory only. One process
// at a time uses a file; that is for the host to see to.
func Open(path string, o Options) (*Cache, error) {
	return open(path, o, tuning{})
}

// tuning is what only tests change; 0 is the value in filled.
type tuning struct {
	now      func() time.Time
	lazy     time.Duration // how long what was used waits to be written
	patience time.Duration // how long a read may take
	rest     time.Duration // how long the disk is not read after that or a failure
	queue    int64         // bytes that may wait to be written
}

func (t tuning) filled() tuning {
	if t.now == nil {
		t.now = time.Now
	}
	if t.lazy == 0 {
		t.lazy = 5 * time.Second
	}
	if t.patience == 0 {
		t.patience = 200 * time.Millisecond
	}
	if t.rest == 0 {
		t.rest = time.Second
	}
	if t.queue == 0 {
		t.queue = 16 << 20
	}
	return t
}

func open(path string, o Options, t tuning) (*Cache, error) {
	t = t.filled()
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.Memory <= 0 {
		o.Memory = 16 << 20
	}
	if o.MaxEntry <= 0 {
		o.MaxEntry = 4 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Cache{
		maxEntry: o.MaxEntry,
		now:      t.now,
		memory:   newMemory(o.Memory),
		flights:  map[hash]*flight{},
	}
	if path == "" {
		return c, nil
	}
	var err error
	c.disk, err = openDisk(path, o, t)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Lookup gives the answer that is kept for the question; it is shared and must not be
// changed. If there is none, the caller has a lease: it is to ask elsewhere, Keep what it
// gets, and Release the lease in any case. With wait, while somebody else asks the same,
// Lookup waits for that one's answer, and at most as long as ctx; behind that, or if none is
// kept, it is a miss like any other.
func (c *Cache) Lookup(ctx context.Context, key []byte, wait bool) (body []byte, hit bool, lease *Lease) {
	if c == nil {
		return nil, false, nil
	}
	h := sha256.Sum256(key)
	c.mu.Lock()
	now := c.now().UnixMicro() // behind the lock: what is kept meanwhile is not from the future
	if a := c.memory.get(h, now); a != nil {
		c.count.Hits++
		c.mu.Unlock()
		c.disk.touch(h)
		return a.body, true, nil
	}
	f, cleared := c.flights[h], c.cleared
	if wait && f != nil {
		return c.await(ctx, h, f)
	}
	c.mu.Unlock()

	a := c.disk.read(ctx, h, now)

	c.mu.Lock()
	now = c.now().UnixMicro() // reading took some time
	if newer := c.memory.get(h, now); newer != nil {
		a = newer
	} else if a != nil && !a.good(now) {
		a = nil
	} else if a != nil && cleared == c.cleared {
		c.memory.put(a)
	}
	if a != nil {
		c.count.Hits++
		c.mu.Unlock()
		c.disk.touch(h)
		return a.body, true, nil
	}
	f = c.flights[h]
	if wait && f != nil {
		return c.await(ctx, h, f)
	}
	defer c.mu.Unlock()
	c.count.Misses++
	lease = &Lease{cache: c, key: h}
	if f == nil {
		c.flights[h] = &flight{leader: lease}
	}
	return nil, false, lease
}

// Keep keeps an answer that was asked for without a Lookup, as Lease.Keep does.
func (c *Cache) Keep(key, body []byte, ttl time.Duration) {
	if c != nil {
		(&Lease{cache: c, key: sha256.Sum256(key)}).Keep(body, ttl)
	}
}

// keep puts an answer into memory and on its way to the disk, and gives it to those who
// wait for it.
func (c *Cache) keep(h hash, body []byte, ttl time.Duration) {
	now := c.now()
	a := &answer{
		key: h, body: slices.Clone(body),
		kept: now.UnixMicro(), until: now.Add(min(ttl, maxTTL)).UnixMicro(),
	}
	c.mu.Lock()
	evicted := c.memory.put(a)
	if c.disk == nil {
		c.count.Evictions += int64(evicted)
	}
	if f := c.flights[h]; f != nil {
		delete(c.flights, h)
		c.count.Hits += int64(len(f.waiters))
		for _, w := range f.waiters {
			w <- handed{body: a.body}
		}
	}
	c.mu.Unlock()
	c.disk.put(a)
}

// Counters are the counters now.
func (c *Cache) Counters() Counters {
	if c == nil {
		return Counters{}
	}
	c.mu.Lock()
	n := c.count
	n.Memory, n.Entries = c.memory.bytes, len(c.memory.items)
	c.mu.Unlock()
	c.disk.counters(&n)
	return n
}

// Clear forgets all that is kept, in memory and on disk, and gives the disk its space
// back. After an error some may still be on disk.
func (c *Cache) Clear() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	c.memory.clear()
	c.mu.Unlock()
	err := c.disk.clear()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory.clear() // what was read from the disk meanwhile
	c.cleared++      // and what is being read
	return err
}

// Close writes what is waiting, in at most 5 s, and closes the file. Lookups go on with
// what is in memory.
func (c *Cache) Close() error {
	if c == nil {
		return nil
	}
	return c.disk.close()
}
