package limits

import (
	"time"

	"strowger/core/catalog"
)

// Account is what a window of money holds, for a ledger elsewhere.
type Account struct {
	Name            string
	Per             catalog.Per
	Start           time.Time
	Spent, Reserved catalog.MicroDollars
}

// Due is when all requests that have come with a key have had their share of the time.
type Due struct {
	Key string
	At  time.Time
}

// Accounts lists every account, and every key whose requests have to wait or may not come
// all at once, as Load takes them.
func (l *Ledger) Accounts(now time.Time) (accounts []Account, dues []Due) {
	for i := range l.accounts {
		e := l.at(now, l.accounts[i].account)
		accounts = append(accounts, Account{e.name, e.per, e.start, e.spent, e.reserved})
	}
	for _, r := range l.rates {
		if r.due.After(now) {
			dues = append(dues, Due{r.key, r.due})
		}
	}
	return accounts, dues
}

// Load makes the ledger what another one was. Where several instances serve the same limits,
// one of them keeps the accounts, and the others load them before they decide.
func (l *Ledger) Load(accounts []Account, dues []Due) {
	l.accounts, l.rates = l.accounts[:0], l.rates[:0]
	for _, a := range accounts {
		if a.Per.Lasts() {
			*l.entry(account{a.Name, a.Per}) = entry{
				account: account{a.Name, a.Per}, start: a.Start, spent: max(a.Spent, 0), reserved: max(a.Reserved, 0),
			}
		}
	}
	for _, d := range dues[:min(len(dues), maxKeys)] {
		l.rates = append(l.rates, rated{d.Key, d.At})
	}
}

// May tells whether a request may be admitted: how long it has to wait, and, where that is
// not at all, the limit that has too little left for its amount.
func (l *Ledger) May(now time.Time, a Admission) (wait time.Duration, short *Standing) {
	if wait = l.Wait(now, a.Key, a.Rate); wait > 0 {
		return wait, nil
	}
	if s, limited := l.Standing(now, a.Limits); limited && s.Left < a.Amount {
		return 0, &s
	}
	return 0, nil
}
