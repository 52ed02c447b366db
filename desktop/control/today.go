package control

import (
	"context"
	"net/http"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/policy"
	"strowger/core/stats"
	"strowger/desktop/store"
)

// today counts what is spent on one day, as the limits per day do: in a ledger, where a day begins
// and ends by their rule and one that is open outlives a clock that is set back.
type today struct {
	zone   func() *time.Location // nil: UTC
	ledger limits.Ledger
}

// What today counts: micro-dollars, failed attempts included, and requests of which part of the
// cost is not known.
const (
	accountSpent    = "spent"
	accountUnpriced = "unpriced"
)

func daily(account string) []policy.Limit {
	return []policy.Limit{{Account: account, CostLimit: catalog.CostLimit{Per: catalog.PerDay}}}
}

// place is where days begin now; nil is UTC.
func (t *today) place() *time.Location {
	if t.zone == nil {
		return nil
	}
	return t.zone()
}

// of is how much of an account there was on the day of now, and when that began.
func (t *today) of(account string, now time.Time) (n int64, since time.Time) {
	t.ledger.Zone = t.place()
	s, _ := t.ledger.Standing(now, daily(account)) // every account per day has one
	return s.Spent, s.Start
}

func (t *today) add(r *exchange.Report, now time.Time) {
	t.ledger.Zone = t.place()
	t.ledger.Settle(now, limits.Admission{Limits: daily(accountSpent)}, r.Cost+r.Wasted)
	if unpriced(r) {
		t.ledger.Settle(now, limits.Admission{Limits: daily(accountUnpriced)}, 1)
	}
}

// unpriced reports whether part of what a request cost is not known.
func unpriced(r *exchange.Report) bool { return r.Served > 0 && !r.Priced || r.WastedUnknown }

// Today is what has been spent today, and of how many requests part of the cost is not known.
func (f *Feed) Today() (micro, unpriced int64) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	micro, _ = f.today.of(accountSpent, now)
	unpriced, _ = f.today.of(accountUnpriced, now)
	return micro, unpriced
}

// Begin has days begin in a zone, and counts what the record has of today. It is called before
// anything is recorded.
func (f *Feed) Begin(ctx context.Context, zone func() *time.Location) error {
	t, now := today{zone: zone}, time.Now()
	_, since := t.of(accountSpent, now)
	s, err := f.store.Series(ctx, store.SeriesQuery{From: since, To: now})
	t.ledger.Restore(accountSpent, catalog.PerDay, since, s.Total.Cost+s.Total.FailedCost)
	t.ledger.Restore(accountUnpriced, catalog.PerDay, since, s.Total.Unpriced)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.today = t
	return err
}

// manner is how an endpoint did last, as far as that says something of its key.
type manner struct {
	at       int64 // µs since 1970
	refused  bool  // the key
	answered bool  // at any time
	outcome  stats.Outcome
	ended    int64 // when the last attempt began, whatever became of it; µs since 1970
}

// maxKeyed bounds of how many endpoints that is remembered.
const maxKeyed = 10_000

// Note takes a sample measured earlier.
func (f *Feed) Note(s stats.Sample) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(&s)
}

// note remembers that an endpoint was asked, and whether its provider took or refused the key.
func (f *Feed) note(s *stats.Sample) {
	last, known := f.keyed[s.Endpoint]
	if !known && len(f.keyed) >= maxKeyed {
		return
	}
	took := s.Outcome == stats.OutcomeOK
	refused := s.Outcome == stats.OutcomeCredentials && s.Status != http.StatusPaymentRequired && s.Status >= 400 && s.Status < 429
	at := s.At.UnixMicro()
	if (took || refused) && at >= last.at {
		last.at, last.refused = at, refused
	}
	if at >= last.ended {
		last.ended, last.outcome = at, s.Outcome
	}
	last.answered = last.answered || took
	f.keyed[s.Endpoint] = last
}

// manner is how a provider did last, over all its endpoints; asked is false if it was not asked
// anything, as far as that is known.
func (f *Feed) manner(cat *catalog.Catalog, provider string) (last manner, asked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, m := range f.keyed {
		e := cat.Endpoint(id)
		if e == nil || e.Provider != provider {
			continue
		}
		asked, last.answered = true, last.answered || m.answered
		if m.at > last.at {
			last.at, last.refused = m.at, m.refused
		}
		if m.ended >= last.ended {
			last.ended, last.outcome = m.ended, m.outcome
		}
	}
	return last, asked
}
