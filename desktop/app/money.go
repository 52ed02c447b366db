package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"strowger/core/catalog"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/desktop/proxy"
	"strowger/desktop/store"
)

// books writes reservations and what was spent into the record.
type books struct{ store *store.Store }

// newBooks are those of a store; none without one.
func newBooks(db *store.Store) proxy.Books {
	if db == nil {
		return nil
	}
	return books{db}
}

// writeTime bounds how long a request waits for its reservation to be written.
const writeTime = 2 * time.Second

// Reserve implements proxy.Books.
func (b books) Reserve(id string, windows []limits.Standing, amount catalog.MicroDollars) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	return b.store.Reserve(ctx, id, accounts(windows), amount)
}

// Settle implements proxy.Books.
func (b books) Settle(id string, windows []limits.Standing, spent catalog.MicroDollars) {
	b.store.Settle(id, accounts(windows), spent)
}

func accounts(windows []limits.Standing) []store.Account {
	as := make([]store.Account, len(windows))
	for i, w := range windows {
		as[i] = store.Account{Name: w.Account, Per: w.Per.String(), Start: w.Start}
	}
	return as
}

// errNoBooks says why limits on money cannot be kept.
var errNoBooks = errors.New("cost_limit: what is spent could not be written down, so that limits would begin at 0 and not be shared; " +
	"stop the other strowger, or give this one a folder of its own with --data")

// spends reports whether a limit on money per day or month is configured.
func spends(c *catalog.Config) bool {
	return slices.ContainsFunc(policy.Limits(c), func(l policy.Limit) bool { return l.Per.Lasts() })
}

// restoreMoney tells the data plane what had been spent when the last process ended.
func (a *App) restoreMoney(ctx context.Context, db *store.Store) {
	if db == nil {
		return
	}
	all, err := db.Accounts(ctx)
	if err != nil {
		a.warn("what was spent before cannot be read, so limits begin anew: " + err.Error())
		return
	}
	for _, s := range all {
		a.proxy.Restore(s.Name, catalog.PerNamed(s.Per), s.Start, s.Spent)
		if s.Orphaned > 0 {
			a.log.Warn("requests that a crash ended count as spent in full", "account", s.Name, "per", s.Per,
				"usd", llm.Dollars(s.Orphaned))
		}
	}
}
