package proxy

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/policy"
)

// Books keep what is reserved and spent where a crash does not reach it. They are called
// only for requests that a limit on money per day or month holds for. They may be used by
// many goroutines.
type Books interface {
	// Reserve returns once the reservation would be found again after a crash.
	Reserve(id string, windows []limits.Standing, amount catalog.MicroDollars) error
	// Settle puts what was spent in the place of the reservation; it does not wait.
	Settle(id string, windows []limits.Standing, spent catalog.MicroDollars)
}

// Restore says before the first request what had been spent in a window.
func (p *Proxy) Restore(account string, per catalog.Per, start time.Time, spent catalog.MicroDollars) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Ledger.Restore(account, per, start, spent)
}

// Standings are the accounts of every limit about a day or a month, as they stand now.
func (p *Proxy) Standings() []limits.Standing {
	return p.windows(policy.Limits(p.setup.Load().Router.Catalog().Config()))
}

// windows are the accounts of limits, each as it stands now.
func (p *Proxy) windows(all []policy.Limit) (ws []limits.Standing) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range all {
		if s, ok := p.state.Ledger.Standing(now, all[i:i+1]); ok {
			ws = append(ws, s)
		}
	}
	return ws
}

// admit writes a reservation down before anything that costs money is sent. If that fails
// the limit still holds, in memory, until this process ends.
func (c *carrier) admit(cmd exchange.Admit) {
	if cmd.Amount == 0 || c.p.o.Books == nil {
		return
	}
	err := c.p.o.Books.Reserve(c.id, c.p.windows(cmd.Limits), cmd.Amount)
	if failing := err != nil; c.p.unwritten.Swap(failing) != failing {
		if failing {
			c.p.o.Log.Error("what is spent cannot be written down: limits hold, but a crash would forget it", "problem", err.Error())
		} else {
			c.p.o.Log.Info("what is spent is written down again")
		}
	}
}

func (c *carrier) settle(cmd exchange.Settle) {
	if cmd.Amount != 0 && c.p.o.Books != nil {
		c.p.o.Books.Settle(c.id, c.p.windows(cmd.Limits), cmd.Spent)
	}
}
