package control

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/desktop/store"
)

// A day begins when the limits' day does: where clocks go forward at midnight it has 23 hours from
// 01:00 on, and a clock that is set back over midnight forgets nothing.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		zone   string
		day    time.Time // one on which there is no midnight
		begins string
	}{
		{"America/Havana", time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC), "2026-03-08T05:00:00Z"},
		{"America/Santiago", time.Date(2025, 9, 7, 12, 0, 0, 0, time.UTC), "2025-09-07T04:00:00Z"},
		{"Atlantic/Azores", time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC), "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC), "2026-03-28T23:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		d := today{zone: func() *time.Location { return zone }}
		_, since := d.of(accountSpent, c.day)
		if got := since.UTC().Format(time.RFC3339); got != c.begins {
			t.Errorf("%s: the day begins at %s, not %s", c.zone, got, c.begins)
		}
		before := since.Add(-30 * time.Minute) // the day before, in its last hour
		for range 3 {
			d = today{zone: d.zone}
			d.add(&exchange.Report{Cost: 5, Wasted: 2}, before)
			if n, _ := d.of(accountSpent, before.Add(time.Minute)); n != 7 {
				t.Errorf("%s: %d spent in the last hour of the day before", c.zone, n)
			}
		}
		if n, _ := d.of(accountSpent, since); n != 0 {
			t.Errorf("%s: %d of the day before", c.zone, n)
		}
		d.add(&exchange.Report{Cost: 9}, since.Add(time.Minute))
		if n, _ := d.of(accountSpent, before); n != 9 {
			t.Errorf("%s: set back over midnight, %d are spent", c.zone, n)
		}
		if n, _ := d.of(accountSpent, since.Add(2*time.Minute)); n != 9 {
			t.Errorf("%s: and on again, %d are spent", c.zone, n)
		}
	}
}

// slow answers when it is told to, and counts.
type slow struct {
	asked atomic.Int64
	ready chan string
}

func (s *slow) Resolve(string) (string, error) {
	s.asked.Add(1)
	if v := <-s.ready; v != "" {
		return v, nil
	}
	return "", errors.New("not set")
}

// Of a key there is never more than one lookup going on, nobody waits for a slow one twice, and
// what was found is looked up again after a while.
func TestKeysAreLookedUpOnce(t *testing.T) {
	s := &slow{ready: make(chan string)}
	k := NewKeys(s, NewFeed(nil, 0), func() *catalog.Catalog { return nil })
	k.kept = time.Millisecond
	for i := range 3 {
		began := time.Now()
		if got := k.behind("keyring:x"); got.State != KeyLocked {
			t.Errorf("%+v", got)
		}
		if took := time.Since(began); i > 0 && took > keysWait/2 {
			t.Errorf("waited %v for what others had waited for", took)
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Fatalf("%d lookups go on at once", n)
	}
	first := k.lookup("keyring:x")
	s.ready <- "sk-0123456789abcdOLDX"
	<-first.done
	go func() { s.ready <- "sk-0123456789abcdNEWX" }()
	time.Sleep(2 * k.kept)
	if got := k.behind("keyring:x"); got.Last4 != "NEWX" || s.asked.Load() != 2 {
		t.Errorf("%+v after %d lookups", got, s.asked.Load())
	}
}

var noon = time.Unix(1_700_000_000, 0).UTC()

// recorded is a control plane with three decisions, an hour apart.
func recorded(t *testing.T) *Control {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for n := int64(1); n <= 3; n++ {
		db.Add(store.Entry{Decision: store.Decision{Seq: n, ID: fmt.Sprint(n), At: noon.Add(time.Duration(n) * time.Hour), Provider: "p1", Endpoint: "p1/m", Outcome: "ok"}})
	}
	for end := time.Now().Add(10 * time.Second); db.Counters().Written < 3 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	return &Control{o: Options{Store: db}}
}

// What is read beside the point of a page is read as far as there is time, and what was not is not
// taken for nothing.
func TestReadingIsBounded(t *testing.T) {
	c := recorded(t)
	from, to := noon, noon.Add(9*time.Hour)
	for within, partial := range map[time.Duration]bool{time.Minute: false, 0: true} {
		n, err := c.countIn(t.Context(), within, from, to)
		if err != nil || n.partial != partial || len(n.unpriced) == 0 != partial {
			t.Errorf("within %v: %v %+v", within, err, n)
		}
		p := past{totals: map[string]*store.Counts{"p1": {}}, examples: map[string][2]string{}}
		if err := p.find(t.Context(), c.o.Store, within, store.Query{From: from, To: to, Limit: 10}, []string{"p1"}); err != nil || len(p.examples) == 0 != partial {
			t.Errorf("within %v: %v %+v", within, err, p.examples)
		}
	}
}

// How far back was looked is when the next decision was.
func TestLookedTo(t *testing.T) {
	c := recorded(t)
	if got := c.lookedTo(t.Context(), 3); !got.Equal(noon.Add(2 * time.Hour)) {
		t.Errorf("looked to %v", got)
	}
	if got := c.lookedTo(t.Context(), 1); !got.IsZero() {
		t.Errorf("nothing is older, and looked to %v", got)
	}
}

// Text that a spreadsheet could take for a formula is made text, wherever it ends cells.
func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"openai/gpt-4o": "openai/gpt-4o", "a-b": "a-b", "": "", "=1": "'=1", "  =1": `"  '=1"`, "\u00a0+1": "\"\u00a0'+1\"", "\u200b@x": "\u200b'@x",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "a;=1": `"a;'=1"`, "a\t-1": "\"a\t'-1\"", "a;b": `"a;b"`, "a,b": `"a,b"`, "a\n=1": "\"a\n'=1\"",
		`"=1`: `"""'=1"`, "\x00=1": "\x00'=1", "\r\n=1": "\"\r\n'=1\"",
	} {
		if got := quoted(plain(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
