package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/core/llm"
	"strowger/core/stats"
)

// unraced leaves a test of many rows to the run without the race detector, which takes a tenth of
// the time: what it does at the same time others do with few rows.
func unraced(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("many rows: see the task test:go, which runs it without the race detector")
	}
}

// openT opens a store in a folder of its own and closes it with the test.
func openT(t *testing.T, o Options, tune tuning) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", FileName)
	s, err := open(path, o, tune)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, path
}

// settled waits until nothing is queued.
func settled(t *testing.T, s *Store) Counters {
	t.Helper()
	return until(t, s, "an empty queue", func(c Counters) bool { return c.Queued == 0 })
}

// until waits for counters that satisfy ok.
func until(t *testing.T, s *Store, what string, ok func(Counters) bool) Counters {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if c := s.Counters(); ok(c) {
			return c
		}
	}
	t.Fatalf("no %s: %+v", what, s.Counters())
	return Counters{}
}

// entry is a usual exchange: one attempt, measured, with a document of 1.5 KB.
func entry(seq int64) Entry {
	at := time.UnixMicro(1_790_000_000_000_000 + seq*1000).UTC()
	return Entry{
		Decision: Decision{
			Seq: seq, ID: fmt.Sprintf("0199%08x-7%03x-8000-8000-%012x", seq>>12, seq&0xfff, seq), At: at,
			Asked: "openai/gpt-4o", Model: "openai/gpt-4o", Provider: "azure", Endpoint: "azure/gpt-4o",
			Strategy: "priority", Key: "laptop", Route: "/chat", Cache: "off",
			Status: 200, Outcome: "ok", Stream: seq%2 == 0, Attempts: 1,
			FirstToken: 310 * time.Millisecond, Total: 2150 * time.Millisecond,
			Cost: 1234, Priced: true, FailedPriced: true,
			Tokens: Tokens{Input: 812, CacheRead: 4096, Output: 377, Reasoning: 1200},
			Doc:    document,
		},
		Attempts: []Attempt{{
			N: 1, Endpoint: "azure/gpt-4o", Provider: "azure", Model: "openai/gpt-4o", Outcome: "ok", Status: 200,
			Start: 2 * time.Millisecond, FirstToken: 308 * time.Millisecond, Total: 2148 * time.Millisecond,
		}},
		Samples: []stats.Sample{{
			Endpoint: "azure/gpt-4o", At: at.Add(2150 * time.Millisecond), Outcome: stats.OutcomeOK, Stream: seq%2 == 0,
			Status: 200, FirstToken: 308 * time.Millisecond, Total: 2148 * time.Millisecond,
			Usage: llm.Usage{Known: true, Input: 812, CacheRead: 4096, Output: 377, Reasoning: 1200},
			Price: stats.Price{Known: true, Input: 2_500_000, CacheRead: 1_250_000, Output: 10_000_000, Reasoning: 10_000_000},
			Cost:  1234,
		}},
	}
}

var document = []byte(`{"candidates":[` + strings.Repeat(`{"endpoint":"azure/gpt-4o","score":0.5},`, 36) + `{}]}`)

// full is an entry with a value in each field, and two attempts.
func full(seq int64) Entry {
	e := entry(seq)
	e.Decision.Tokens = Tokens{Input: 1, CacheRead: 2, CacheWrite: 3, CacheWriteHour: 6, Output: 4, Reasoning: 5, Images: 7, Estimated: true}
	e.Decision.Failed, e.Decision.Saved, e.Decision.Resumed, e.Decision.Dropped = 17, -5, "replay", 3
	e.Decision.Attempts = 2
	e.Attempts = []Attempt{
		{
			N: 1, Endpoint: "openai/gpt-4o", Provider: "openai", Model: "openai/gpt-4o", Outcome: "rate_limited", Status: 429,
			Start: time.Millisecond, Total: 80 * time.Millisecond, Error: "rate limit reached für gpt-4o",
		},
		{
			N: 2, Endpoint: "azure/gpt-4o", Provider: "azure", Model: "openai/gpt-4o", Outcome: "ok", Status: 200,
			Start: 82 * time.Millisecond, FirstToken: 300 * time.Millisecond, Total: time.Second,
		},
	}
	at := e.Decision.At
	e.Samples = []stats.Sample{
		{
			Endpoint: "openai/gpt-4o", At: at.Add(81 * time.Millisecond), Outcome: stats.OutcomeRateLimited, Stream: true,
			Status: 429, Total: 80 * time.Millisecond, RetryAt: at.Add(20 * time.Second), Account: "openai",
		},
		{
			Endpoint: "azure/gpt-4o", At: at.Add(time.Second), Outcome: stats.OutcomeOK, Status: 200,
			FirstToken: 300 * time.Millisecond, Total: time.Second, Resumed: true,
			Usage: llm.Usage{Known: true, Estimated: true, Input: 1, CacheRead: 2, CacheWrite: 3, CacheWriteHour: 6, Output: 4, Reasoning: 5, Images: 7},
			Price: stats.Price{Known: true, Input: 1, CacheRead: 2, CacheWrite: 3, CacheWriteHour: 9, Output: 4, Reasoning: 5, Request: 6, Image: 8},
			Cost:  99,
		},
	}
	return e
}

func TestRoundTrip(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond})
	ctx := t.Context()
	bare := Entry{Decision: Decision{Seq: 2, ID: "bare", At: time.UnixMicro(1).UTC()}}
	want := []Entry{full(1), bare}
	for _, e := range want {
		s.Add(e)
	}
	if c := settled(t, s); c != (Counters{Written: 2}) {
		t.Fatalf("counters %+v", c)
	}
	for _, e := range want {
		d, err := s.Decision(ctx, e.Decision.ID)
		if err != nil || !reflect.DeepEqual(d, e.Decision) {
			t.Errorf("decision %d: %v\n got %+v\nwant %+v", e.Decision.Seq, err, d, e.Decision)
		}
		for i := range e.Attempts {
			e.Attempts[i].Seq = e.Decision.Seq
		}
		a, err := s.Attempts(ctx, e.Decision.Seq, e.Decision.Seq)
		if err != nil || !reflect.DeepEqual(a, e.Attempts) {
			t.Errorf("attempts of %d: %v\n got %+v\nwant %+v", e.Decision.Seq, err, a, e.Attempts)
		}
	}
	var samples []stats.Sample
	err := s.Samples(ctx, time.Time{}, 0, func(m stats.Sample) error { samples = append(samples, m); return nil })
	if err != nil || !reflect.DeepEqual(samples, want[0].Samples) {
		t.Errorf("samples: %v\n got %+v\nwant %+v", err, samples, want[0].Samples)
	}
	list, err := listOf(s.Decisions(ctx, Query{}))
	if err != nil || len(list) != 2 || list[0].Seq != 2 || list[1].Doc != nil {
		t.Errorf("list: %v %+v", err, list)
	}
	if seq, err := s.LastSeq(ctx); seq != 2 || err != nil {
		t.Errorf("last seq %d, %v", seq, err)
	}
	if _, err := s.Decision(ctx, "none"); err != ErrNotFound {
		t.Errorf("a decision that is not there: %v", err)
	}
}

func TestBounds(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond})
	e := entry(1)
	e.Decision.Asked = strings.Repeat("ä", MaxName)
	e.Decision.Doc = make([]byte, MaxDoc+1)
	e.Decision.Cost, e.Decision.Priced = 7, false
	e.Attempts[0].Error = strings.Repeat("é", MaxError)
	e.Attempts[0].FirstToken = time.Nanosecond
	e.Attempts[0].Start = -time.Second
	for len(e.Attempts) < 100 {
		a := e.Attempts[0]
		a.N = 0
		e.Attempts = append(e.Attempts, a)
	}
	s.Add(e)
	settled(t, s)
	d, err := s.Decision(t.Context(), e.Decision.ID)
	if err != nil || d.Doc != nil || d.Asked != strings.Repeat("ä", MaxName/2) || d.Cost != 0 {
		t.Errorf("decision: %v %+v", err, d)
	}
	a, err := s.Attempts(t.Context(), 1, 1)
	if err != nil || len(a) != MaxAttempts || a[MaxAttempts-1].N != MaxAttempts {
		t.Fatalf("attempts: %v %d", err, len(a))
	}
	if len(a[0].Error) != MaxError || a[0].FirstToken != time.Microsecond || a[0].Start != 0 {
		t.Errorf("attempt: %+v", a[0])
	}
}

func TestSamplesInOrder(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond})
	base := time.UnixMicro(1_790_000_000_000_000).UTC()
	for i := range int64(100) {
		e := entry(i + 1)
		e.Samples[0].At = base.Add(time.Duration(i^1) * time.Second) // each two of them swapped
		s.Add(e)
	}
	settled(t, s)
	read := func(since time.Time, limit int) (at []int) {
		err := s.Samples(t.Context(), since, limit, func(m stats.Sample) error {
			at = append(at, int(m.At.Sub(base)/time.Second))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if got := read(time.Time{}, 4); !reflect.DeepEqual(got, []int{96, 97, 98, 99}) {
		t.Errorf("the newest 4: %v", got)
	}
	if got := read(base.Add(97*time.Second), 50); !reflect.DeepEqual(got, []int{97, 98, 99}) {
		t.Errorf("since 97: %v", got)
	}
	if got := read(base, 0); len(got) != 100 {
		t.Errorf("all: %d", len(got))
	}
	stop := errors.New("enough")
	n := 0
	if err := s.Samples(t.Context(), base, 0, func(stats.Sample) error { n++; return stop }); err != stop || n != 1 {
		t.Errorf("stopped: %v after %d", err, n)
	}
}

func TestTakenSeqIsCounted(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond})
	s.Add(entry(1))
	settled(t, s)
	again := entry(1)
	again.Decision.ID = "again"
	s.Add(again)
	s.Add(entry(2))
	if c := settled(t, s); c.Written != 2 || c.Failed != 1 || !strings.Contains(c.LastError, "seq") {
		t.Errorf("counters %+v", c)
	}
	if list, _ := listOf(s.Decisions(t.Context(), Query{})); len(list) != 2 || list[1].ID == "again" {
		t.Errorf("list %+v", list)
	}
}

func TestNilStore(t *testing.T) {
	var s *Store
	ctx := t.Context()
	s.Add(entry(1))
	if c := s.Counters(); c != (Counters{}) {
		t.Errorf("counters %+v", c)
	}
	_, err := s.Decision(ctx, "x")
	list, err2 := listOf(s.Decisions(ctx, Query{}))
	attempts, err3 := s.Attempts(ctx, 0, 9)
	seq, err4 := s.LastSeq(ctx)
	err5 := s.Samples(ctx, time.Time{}, 0, func(stats.Sample) error { return errors.New("called") })
	if err != ErrNotFound || errors.Join(err2, err3, err4, err5, s.Close()) != nil || list != nil || attempts != nil || seq != 0 {
		t.Error("a nil store finds nothing and fails at nothing")
	}
}

func TestOverflowDropsAndNeverBlocks(t *testing.T) {
	gate := make(chan struct{})
	s, _ := openT(t, Options{Queue: 100}, tuning{before: func(*conn) error { <-gate; return nil }})
	const adders, each = 8, 2000
	began := time.Now()
	var wg sync.WaitGroup
	for a := range int64(adders) {
		wg.Go(func() {
			for i := range int64(each) {
				s.Add(entry(1 + a*each + i))
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("%d adds against a stuck disk took %s", adders*each, took)
	}
	if c := s.Counters(); c != (Counters{Dropped: adders*each - 100, Queued: 100}) {
		t.Errorf("stuck: %+v", c)
	}
	close(gate)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if c := s.Counters(); c != (Counters{Dropped: adders*each - 100, Written: 100}) {
		t.Errorf("closed: %+v", c)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	gate := make(chan struct{})
	s, _ := openT(t, Options{}, tuning{memory: 100_000, before: func(*conn) error { <-gate; return nil }})
	for i := range int64(200) {
		s.Add(entry(i + 1))
	}
	if c := s.Counters(); c.Queued < 30 || c.Queued > 50 || c.Queued+int(c.Dropped) != 200 {
		t.Errorf("stuck: %+v", c)
	}
	close(gate)
	before := settled(t, s)
	s.Add(entry(300))
	if c := settled(t, s); c.Dropped != before.Dropped || c.Written != before.Written+1 {
		t.Errorf("room again: %+v, before: %+v", c, before)
	}
}

func TestAddDuringClose(t *testing.T) {
	s, path := openT(t, Options{}, tuning{})
	var wg sync.WaitGroup
	const adders, each = 4, 3000
	for a := range int64(adders) {
		wg.Go(func() {
			for i := range int64(each) {
				s.Add(entry(1 + a*each + i))
				if i%500 == 0 {
					s.Decisions(context.Background(), Query{Outcome: "ok"}) // fails once closed
				}
			}
		})
	}
	time.Sleep(5 * time.Millisecond)
	first, second := s.Close(), s.Close()
	if first != nil || second != nil {
		t.Errorf("close: %v, again: %v", first, second)
	}
	wg.Wait()
	s.Add(entry(adders*each + 1))
	c := s.Counters()
	if c.Queued != 0 || c.Failed != 0 || c.Dropped == 0 || c.Written+c.Dropped != adders*each+1 {
		t.Errorf("counters %+v", c)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var n int64
	if err := s.read.QueryRow("SELECT count(*) FROM decisions").Scan(&n); err != nil || n != c.Written {
		t.Errorf("%d rows, %d written, %v", n, c.Written, err)
	}
}

func TestCloseIsBounded(t *testing.T) {
	gate := make(chan struct{})
	s, _ := openT(t, Options{}, tuning{patience: 100 * time.Millisecond, before: func(*conn) error { <-gate; return nil }})
	s.Add(entry(1))
	began := time.Now()
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "1 entries are not written") {
		t.Errorf("close against a stuck disk: %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("close took %s", took)
	}
	close(gate)
	<-s.done
}

// What is left of a store after Close: no goroutine, no journal, a file for its owner.
func TestNothingLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	name := "a b?c#d%e&ü"
	if runtime.GOOS == "windows" {
		name = "a b#c%d&ü" // ? is no letter of a name there
	}
	path := filepath.Join(t.TempDir(), name, "deep", FileName)
	for range 3 {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		last, err := s.LastSeq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Add(entry(last + 1))
		if _, err := listOf(s.Decisions(t.Context(), Query{Provider: "azure"})); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	end := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(end) {
		time.Sleep(5 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("files left: %v, %v", files, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v, %v", name, info.Mode().Perm(), want, err)
		}
	}
}

// listOf is a page without where it goes on.
func listOf(p Page, err error) ([]Decision, error) { return p.Decisions, err }
