// Package limits keeps what may be spent and how often requests may come. Money is
// reserved when a request is admitted and settled when it has ended, so that requests at
// the same time cannot spend the same dollar. There is no clock and no lock here.
//
//	if s, ok := ledger.Standing(now, limits); !ok || s.Left >= amount {
//		ledger.Admit(now, a)         // a.Amount is amount
//		…
//		ledger.Settle(now, a, spent) // what it really was
//	}
package limits

import (
	"cmp"
	"math"
	"slices"
	"time"

	"strowger/core/catalog"
	"strowger/core/policy"
)

// Ledger holds the accounts. The zero value is a beginning, with windows in UTC; a nil
// Ledger reads as one in which nothing has been spent.
type Ledger struct {
	// Zone is where days and months begin at midnight; nil is UTC. If it changes, a window
	// that is open goes on for a whole day or month, so that nothing spent is forgotten.
	Zone *time.Location

	accounts []entry // few, as they are configured
	rates    []rated
}

// account is what one window of money is kept under.
type account struct {
	name string
	per  catalog.Per
}

// entry is an account in the window that began at start.
type entry struct {
	account
	start    time.Time
	spent    catalog.MicroDollars
	reserved catalog.MicroDollars // of requests still open, whenever they were admitted
}

// Admission is what one request is admitted with: Amount is reserved in every account of
// Limits that is about a day or a month.
type Admission struct {
	Key    string
	Rate   catalog.Rate
	Limits []policy.Limit
	Amount catalog.MicroDollars
}

// Standing is how an account stands against a limit. Of one that Standings lists, Most and
// Left are not known and 0.
type Standing struct {
	policy.Limit
	Start, Reset    time.Time // the window; Reset is the first moment behind it
	Spent, Reserved catalog.MicroDollars
	Left            catalog.MicroDollars // at least 0, even if more was spent than may be
}

// Standing is that of the limits about a day or a month with the least left; of several,
// the one that is reset last. It is false if no limit is about either.
func (l *Ledger) Standing(now time.Time, limits []policy.Limit) (least Standing, found bool) {
	for _, limit := range limits {
		if !limit.Per.Lasts() {
			continue
		}
		s := l.standing(now, account{limit.Account, limit.Per})
		s.Limit = limit
		s.Left = max(limit.Most-add(s.Spent, s.Reserved), 0)
		if !found || s.Left < least.Left || s.Left == least.Left && s.Reset.After(least.Reset) {
			least, found = s, true
		}
	}
	return least, found
}

// Standings lists every account, by name and then by length of the window. What has been
// spent in a window that is over is not in it.
func (l *Ledger) Standings(now time.Time) []Standing {
	if l == nil {
		return nil
	}
	all := make([]Standing, 0, len(l.accounts))
	for i := range l.accounts {
		all = append(all, l.standing(now, l.accounts[i].account))
	}
	slices.SortFunc(all, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Per, b.Per))
	})
	return all
}

func (l *Ledger) standing(now time.Time, a account) Standing {
	e := l.at(now, a)
	return Standing{
		Limit: policy.Limit{Account: a.name, CostLimit: catalog.CostLimit{Per: a.per}},
		Start: e.start, Reset: l.end(a.per, e.start), Spent: e.spent, Reserved: e.reserved,
	}
}

// Admit counts a request against its rate and reserves its amount. It does not ask whether
// there is so much: that is for who decides.
func (l *Ledger) Admit(now time.Time, a Admission) {
	l.count(now, a.Key, a.Rate)
	l.book(now, a.Limits, func(e *entry) { e.reserved = add(e.reserved, max(a.Amount, 0)) })
}

// Settle ends what Admit began: the amount is free again, and what was spent is counted in
// the window of now, even if it is more than the amount.
func (l *Ledger) Settle(now time.Time, a Admission, spent catalog.MicroDollars) {
	l.book(now, a.Limits, func(e *entry) {
		e.reserved = max(e.reserved-max(a.Amount, 0), 0)
		e.spent = add(e.spent, max(spent, 0))
	})
}

// book changes every account of the limits, each once.
func (l *Ledger) book(now time.Time, limits []policy.Limit, change func(*entry)) {
	for i, limit := range limits {
		a := account{limit.Account, limit.Per}
		same := func(other policy.Limit) bool { return account{other.Account, other.Per} == a }
		if !a.per.Lasts() || slices.ContainsFunc(limits[:i], same) {
			continue
		}
		e := l.at(now, a)
		change(&e)
		*l.entry(a) = e
	}
}

// entry is the account, opened if it is new.
func (l *Ledger) entry(a account) *entry {
	i := l.find(a)
	if i < 0 {
		i = len(l.accounts)
		l.accounts = append(l.accounts, entry{account: a})
	}
	return &l.accounts[i]
}

// find is the account's place, or -1.
func (l *Ledger) find(a account) int {
	if l != nil {
		for i := range l.accounts {
			if l.accounts[i].account == a {
				return i
			}
		}
	}
	return -1
}

// Restore says after a restart what had been spent in the window that began at start. It
// counts until that window is over, and not if a later one is known.
func (l *Ledger) Restore(name string, per catalog.Per, start time.Time, spent catalog.MicroDollars) {
	if !per.Lasts() {
		return
	}
	if e := l.entry(account{name, per}); !e.start.After(start) {
		e.start, e.spent = start, max(spent, 0)
	}
}

// at is the account as it is at now: in a window that is over nothing has been spent.
func (l *Ledger) at(now time.Time, a account) entry {
	i := l.find(a)
	if i < 0 {
		return entry{account: a, start: l.begin(a.per, now)}
	}
	e := l.accounts[i]
	switch {
	case !now.Before(l.end(a.per, e.start)):
		e.start, e.spent = l.begin(a.per, now), 0
	case e.start.Sub(now) > longest(a.per):
		// The clock was set back by more than a window: it had been wrong. What was spent
		// counts in the window that it shows now. By less, the later window stays open.
		e.start = l.begin(a.per, now)
	}
	return e
}

// add is the sum of amounts that are not below 0, or the largest amount.
func add(a, b catalog.MicroDollars) catalog.MicroDollars {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
