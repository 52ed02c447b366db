package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// ErrNoStore is what a nil Store answers to who relies on it.
var ErrNoStore = errors.New("there is no record: nothing is kept")

// Account is a window of an account: what money is counted in.
type Account struct {
	Name  string    // "all", "route /support", "key laptop"
	Per   string    // "day" or "month"
	Start time.Time // when the window began; kept to the second, read as UTC
}

// AccountSpent is what was spent in a window, in micro-dollars.
type AccountSpent struct {
	Account
	Spent int64
	// Orphaned is the part of Spent that was reserved by requests of an earlier run and
	// never settled: the most that they can have cost.
	Orphaned int64
}

// The most that one request and a window can come to, in micro-dollars: a billion
// dollars, and what a sum stays at rather than overflow.
const (
	maxAmount = 1 << 50
	maxSum    = 1 << 62
)

// addUp adds to a row of spent. Beyond 63 bits SQLite goes on with a float, which is
// more than the bound, too.
const addUp = "micro = min(micro + excluded.micro, 4611686018427387904)"

// Reserve keeps amount micro-dollars in each of the accounts for the request of that id,
// which is its alone, until Settle. It is written when Reserve returns nil: from then on
// the end of the process, kill -9 included, loses nothing; when the whole machine loses
// power the newest may be lost, because the log is not forced to the disk each time.
// Callers at the same time share a transaction. With an error, the end of ctx included,
// nothing is kept; Settle is still good then to say what was spent.
func (s *Store) Reserve(ctx context.Context, id string, accounts []Account, amount int64) error {
	if s == nil {
		return fmt.Errorf("reserving: %w", ErrNoStore)
	}
	if len(accounts) == 0 || amount <= 0 {
		return nil
	}
	r := reservation{id: id, amount: min(amount, maxAmount), at: time.Now(), windows: windowsOf(accounts), done: make(chan error, 1)}
	if err := s.money.reserve(r); err != nil {
		return fmt.Errorf("reserving: %w", err)
	}
	select {
	case err := <-r.done:
		if err != nil {
			return fmt.Errorf("reserving: %w", err)
		}
		return nil
	case <-ctx.Done():
		s.money.settle(id, nil, 0) // removes it, if it is or will be there
		return fmt.Errorf("reserving: %w", ctx.Err())
	}
}

// Settle ends what Reserve began: spent is counted in the accounts and the reservation
// removed, in one transaction, a moment later. Until then, and for ever if the process
// is killed before, the reservation stands for it. It does not block; while the disk
// takes nothing, what is spent is kept in memory and written when it can be.
func (s *Store) Settle(id string, accounts []Account, spent int64) {
	if s == nil {
		return
	}
	s.money.settle(id, windowsOf(accounts), min(max(spent, 0), maxAmount))
}

// window is an Account as the database has it.
type window struct {
	name, per string
	start     int64 // unix seconds
}

func windowsOf(accounts []Account) []window {
	w := make([]window, len(accounts))
	for i, a := range accounts {
		w[i] = window{a.Name, a.Per, a.Start.Unix()}
	}
	return w
}

// reservation is a waiting call of Reserve.
type reservation struct {
	id      string
	windows []window
	amount  int64
	at      time.Time
	done    chan error // holds one
}

// due is what the next transaction takes. Settlements are summed, so that a disk that
// takes nothing for long costs no memory but the ids.
type due struct {
	reserved []reservation
	ended    []string // ids
	spent    map[window]int64
}

// maxEnded is how many ids of ended requests wait; those of more stay in the database,
// where they count too much rather than too little.
const maxEnded = 1 << 17

func (d *due) add(w window, micro int64) {
	if d.spent == nil {
		d.spent = map[window]int64{}
	}
	d.spent[w] = min(d.spent[w]+micro, maxSum)
}

func (d *due) end(ids ...string) {
	d.ended = append(d.ended, ids[:min(len(ids), maxEnded-len(d.ended))]...)
}

// money writes reservations at once and settlements soon, on a goroutine of its own.
type money struct {
	conn *conn
	tune tuning
	log  *slog.Logger
	stop <-chan struct{}

	insert, remove, count stmt

	urgent, soon chan struct{} // hold one: a reservation waits, a settlement waits

	failing bool // the last transaction was; run's alone

	begun bool // something was reserved in this run; guarded by conn's turn

	mu      sync.Mutex // guards what follows
	due     due
	writing int // ended requests that are being written
	closed  bool
}

func newMoney(c *conn, t tuning, log *slog.Logger, stop <-chan struct{}) (*money, error) {
	m := &money{conn: c, tune: t, log: log, stop: stop, urgent: make(chan struct{}, 1), soon: make(chan struct{}, 1)}
	for _, p := range []struct {
		to  *stmt
		sql string
	}{
		{&m.insert, "INSERT INTO reserved (id, account, per, start, micro, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET micro = max(micro, excluded.micro)"},
		{&m.remove, "DELETE FROM reserved WHERE id = ?"},
		{&m.count, "INSERT INTO spent (account, per, start, micro) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET " + addUp},
	} {
		var err error
		if *p.to, err = c.prepare(p.sql); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *money) reserve(r reservation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	m.due.reserved = append(m.due.reserved, r)
	ring(m.urgent)
	return nil
}

func (m *money) settle(id string, windows []window, spent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return // the reservation stands for it
	}
	m.due.end(id)
	for _, w := range windows {
		m.due.add(w, spent)
	}
	ring(m.soon)
}

// ring wakes who waits for c, now or when it next looks.
func ring(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run writes until stopped, then what is left.
func (m *money) run() {
	var late <-chan time.Time
	for {
		select {
		case <-m.stop:
			m.commit()
			return
		case <-m.soon:
			if late == nil {
				late = time.After(m.tune.flush)
			}
			continue
		case <-m.urgent:
		case <-late:
		}
		late = nil
		if !m.commit() {
			late = time.After(m.tune.pause)
		}
	}
}

// commit writes what is due. What was reserved is answered either way; what was settled
// is due again if it failed.
func (m *money) commit() bool {
	m.mu.Lock()
	d := m.due
	m.due, m.writing = due{}, len(d.ended)
	m.mu.Unlock()
	if len(d.reserved) == 0 && len(d.ended) == 0 {
		return true
	}
	err := m.conn.transact(context.Background(), func() error { return m.write(&d) })
	for _, r := range d.reserved {
		r.done <- err
	}
	switch {
	case err != nil && !m.failing:
		m.log.Warn("store: writing money fails", "err", err)
	case err == nil && m.failing:
		m.log.Info("store: writing money works again")
	}
	m.failing = err != nil
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writing = 0
	if err != nil {
		m.due.end(d.ended...)
		for w, micro := range d.spent {
			m.due.add(w, micro)
		}
	}
	return err == nil
}

// write puts what is due into the open transaction. What was reserved comes first: its
// end may be there, too.
func (m *money) write(d *due) error {
	if err := m.tune.before(m.conn); err != nil {
		return err
	}
	m.begun = m.begun || len(d.reserved) > 0
	var args []driver.NamedValue
	for i := range d.reserved {
		r := &d.reserved[i]
		for _, w := range r.windows {
			args = integers(texts(args[:0], r.id, w.name, w.per), w.start, r.amount, r.at.Unix())
			if _, err := m.insert.exec(args); err != nil {
				return err
			}
		}
	}
	for _, id := range d.ended {
		args = texts(args[:0], id)
		if _, err := m.remove.exec(args); err != nil {
			return err
		}
	}
	for w, micro := range d.spent {
		args = integers(texts(args[:0], w.name, w.per), w.start, micro)
		if _, err := m.count.exec(args); err != nil {
			return err
		}
	}
	return nil
}

// shut refuses what comes from now on.
func (m *money) shut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}

// unsettled is how many ended requests are not written yet.
func (m *money) unsettled() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.due.ended) + m.writing
}
