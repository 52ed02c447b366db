package store

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/desktop/journaltest"
)

// eager is tuning for tests in which writing fails.
func eager(before func(*conn) error) tuning {
	return tuning{flush: time.Millisecond, backoff: time.Millisecond, pause: 5 * time.Millisecond, tries: 3, before: before}
}

// The disk fills up under load, stays full for a while, and has room again.
func TestFullDisk(t *testing.T) {
	var pages atomic.Int64
	pages.Store(1 << 30)
	var log journaltest.Journal
	s, path := openT(t, Options{Log: log.Log()}, eager(func(c *conn) error {
		if pages.Load() == 1 { // it cannot shrink: no page more than there are
			return c.exec(t.Context(), "PRAGMA max_page_count = 1")
		}
		return c.exec(t.Context(), "PRAGMA max_page_count = 1000000000")
	}))
	seq := int64(0)
	add := func(n int) {
		for range n {
			seq++
			s.Add(entry(seq))
		}
	}
	add(300)
	good := settled(t, s).Written
	if good != 300 {
		t.Fatalf("before: %+v", s.Counters())
	}
	pages.Store(1)
	for s.Counters().Failed == 0 {
		add(20)
		time.Sleep(time.Millisecond)
	}
	c := settled(t, s)
	if !c.Failing || !strings.Contains(c.LastError, "full") || c.Dropped != 0 {
		t.Errorf("full: %+v", c)
	}
	if list, err := listOf(s.Decisions(t.Context(), Query{})); err != nil || len(list) != defaultPage {
		t.Errorf("reading while full: %d, %v", len(list), err)
	}
	pages.Store(1 << 30)
	add(100)
	c = settled(t, s)
	if c.Failing || c.LastError == "" || c.Written < good+100 || c.Written+c.Failed != seq {
		t.Errorf("room again, %d added: %+v", seq, c)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	sound(t, path, c.Written)
	if a, b := log.Count("writing fails"), log.Count("writing works again"); a != 1 || b != 1 {
		t.Errorf("logged %d and %d times\n%s", a, b, log.String())
	}
}

// sound checks that the database is, and that its entries are whole.
func sound(t *testing.T, path string, decisions int64) {
	t.Helper()
	c, err := connect(t.Context(), path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if v, err := c.value(t.Context(), "PRAGMA integrity_check"); v != "ok" || err != nil {
		t.Errorf("integrity: %v, %v", v, err)
	}
	for _, name := range []string{"decisions", "docs", "attempts", "samples"} {
		if n, err := c.number(t.Context(), "SELECT count(*) FROM "+name); n != decisions || err != nil {
			t.Errorf("%s: %d rows, want %d, %v", name, n, decisions, err)
		}
	}
	n, err := c.number(t.Context(), `SELECT count(*) FROM decisions d JOIN kinds k ON k.id = d.kind JOIN endpoints e ON e.id = k.endpoint
		JOIN samples s ON s.seq = d.seq JOIN prices p ON p.id = s.price JOIN endpoints se ON se.id = s.endpoint
		WHERE k.outcome = 'ok' AND e.name = 'azure/gpt-4o' AND se.name = e.name AND p.output = 10000000`)
	if n != decisions || err != nil {
		t.Errorf("%d decisions with all they refer to, want %d, %v", n, decisions, err)
	}
}

// A passing failure costs nothing; a lookup row that was rolled back is written again.
func TestRetry(t *testing.T) {
	var calls atomic.Int64
	s, path := openT(t, Options{}, eager(nil))
	s.Close()
	s, err := open(path, Options{}, eager(func(*conn) error {
		if calls.Add(1) <= 2 {
			return errors.New("hiccup")
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Add(entry(1))
	if c := settled(t, s); c.Written != 1 || c.Failing || c.LastError != "hiccup" {
		t.Errorf("%+v", c)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	sound(t, path, 1)
}

func TestRolledBackNamesAreForgotten(t *testing.T) {
	s, path := openT(t, Options{}, eager(nil))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, c, err := openFile(t.Context(), path, tuning{}.filled())
	if err != nil {
		t.Fatal(err)
	}
	in, err := newInserter(c, 0)
	if err != nil {
		t.Fatal(err)
	}
	batch := []Entry{entry(1)}
	// The names are new to the first try, which fails when its rows are inserted.
	if err := c.exec(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	big := entry(2)
	big.Decision.Doc = make([]byte, 500_000)
	if _, err := in.write([]Entry{big}, tuning{}.filled().before); err == nil {
		t.Fatal("written to a full disk")
	}
	if err := c.exec(t.Context(), "PRAGMA max_page_count = 1000000000"); err != nil {
		t.Fatal(err)
	}
	if lost, err := in.write(batch, tuning{}.filled().before); lost != 0 || err != nil {
		t.Fatal(lost, err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	sound(t, path, 1)
}

// Closed while the disk is full, a store says what was lost, at once.
func TestCloseWhileFailing(t *testing.T) {
	var tries atomic.Int64
	s, _ := openT(t, Options{}, eager(func(*conn) error { tries.Add(1); return errors.New("disk on fire") }))
	for i := range int64(1000) {
		s.Add(entry(i + 1))
	}
	until(t, s, "failure", func(c Counters) bool { return c.Failed > 0 })
	began, tried := time.Now(), tries.Load()
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("close took %s", took)
	}
	if n := tries.Load() - tried; n > 4 {
		t.Errorf("%d batches were tried in vain", n)
	}
	if c := s.Counters(); c.Failed != 1000 || c.Queued != 0 || !c.Failing {
		t.Errorf("%+v", c)
	}
}

// Room again between a failed batch and Close: what is queued is still written.
func TestCloseAfterFailing(t *testing.T) {
	var bad atomic.Bool
	bad.Store(true)
	tune := eager(func(*conn) error {
		if bad.Load() {
			return errors.New("disk on fire")
		}
		return nil
	})
	tune.pause = time.Hour
	s, _ := openT(t, Options{}, tune)
	s.Add(entry(1))
	until(t, s, "failure", func(c Counters) bool { return c.Failed == 1 })
	for i := range int64(500) {
		s.Add(entry(i + 2))
	}
	bad.Store(false)
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if c := s.Counters(); c.Written != 500 || c.Failed != 1 || c.Failing {
		t.Errorf("%+v", c)
	}
}

// A disk that is too slow for Close: what fits is written, the rest is counted.
func TestCloseOnASlowDisk(t *testing.T) {
	tune := eager(func(*conn) error { time.Sleep(30 * time.Millisecond); return nil })
	tune.patience = 300 * time.Millisecond
	s, path := openT(t, Options{}, tune)
	for i := range int64(6000) {
		s.Add(entry(i + 1))
	}
	if err := s.Close(); err == nil {
		t.Error("closed without an error")
	}
	<-s.done // on a busy machine the last batch may end after Close did
	c := s.Counters()
	if c.Written == 0 || c.Failed == 0 || c.Written+c.Failed != 6000 || c.LastError != "closed before all was written" {
		t.Errorf("%+v", c)
	}
	sound(t, path, c.Written)
}
