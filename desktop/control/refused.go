package control

import (
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// limit is a limit on money in one of its windows.
type limit struct {
	policy.Limit
	reset int64 // when the window ends, in seconds since 1970
}

// refusals are the requests that a limit refused in a window, since the process began.
type refusals struct {
	requests int64
	since    time.Time            // the first
	need     catalog.MicroDollars // what the last could cost at least
}

// maxOver bounds of how many limits refusals are counted.
const maxOver = 1000

// refuse counts a request that a limit refused because of what had been spent. One that could cost
// more than the whole limit says nothing of how that stands.
func (f *Feed) refuse(r *exchange.Report) {
	if r.Error == nil || r.Error.Code != llm.CodeCostLimit || r.Decision == nil || r.Decision.Funds == nil {
		return
	}
	l := r.Decision.Funds.Limit
	if need, lack := lacking(r.Decision, l.Most); lack {
		window := limits.Ledger{Zone: f.today.place()}
		s, _ := window.Standing(r.Decision.At, []policy.Limit{l})
		f.refused(limit{l, s.Reset.Unix()}, need, r.Decision.At)
	}
}

// lacking is the least that a limit of most could hold and did not, if an endpoint was left out for
// want of that.
func lacking(d *plan.Decision, most catalog.MicroDollars) (need catalog.MicroDollars, lack bool) {
	for i := range d.Candidates {
		if e := &d.Candidates[i].Excluded; e.Code == plan.ExcludedFunds && e.N <= most && (!lack || e.N < need) {
			need, lack = e.N, true
		}
	}
	return need, lack
}

// refused counts one more that a limit refused at a moment.
func (f *Feed) refused(l limit, need catalog.MicroDollars, at time.Time) {
	n, known := f.over[l]
	if !known && len(f.over) >= maxOver { // of windows that are over
		clear(f.over)
	}
	if n.since.IsZero() || at.Before(n.since) {
		n.since = at
	}
	n.requests, n.need = n.requests+1, need
	f.over[l] = n
}

// refusedBy are the requests that a limit has refused in the window that goes on.
func (f *Feed) refusedBy(s *limits.Standing) refusals {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over[limit{s.Limit, s.Reset.Unix()}]
}

// usual is what requests of an account have cost on average, of those that are held; 0 if none of
// them did.
func (f *Feed) usual(account string) catalog.MicroDollars {
	key, ofKey := strings.CutPrefix(account, policy.AccountKey)
	route, ofRoute := strings.CutPrefix(account, policy.AccountRoute)
	var sum, n int64
	rows, _ := f.held(0, 0, kept)
	for _, r := range rows {
		d := &r.entry().Decision
		if cost := d.Cost + d.Failed; cost > 0 && (!ofKey || d.Key == key) && (!ofRoute || d.Route == route) {
			sum, n = sum+cost, n+1
		}
	}
	return sum / max(n, 1)
}
