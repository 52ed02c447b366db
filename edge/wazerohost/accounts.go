package wazerohost

import (
	"context"
	"fmt"
	"sync"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/policy"
	"strowger/core/router"
	"strowger/edge/abi"
)

// accounts are what all instances together have reserved and spent, and how often requests
// came. They outlive every instance: one takes them over before it decides.
type accounts struct {
	mu      sync.RWMutex
	limited bool // the catalog limits something
	ledger  limits.Ledger
}

// decide has an instance decide under the accounts as they are. Where something is limited,
// nobody else decides until book, which may be nil, has noted what that reserves.
func (a *accounts) decide(ctx context.Context, on *instance, now time.Time, decide func() error, book func()) error {
	a.mu.RLock()
	if !a.limited {
		defer a.mu.RUnlock()
		return decide()
	}
	a.mu.RUnlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err := on.result(ctx, abi.KindAccounts, request{
		method: methodAccounts, control: fmt.Appendf(nil, `{"now_us":%d}`, now.UnixMicro()), raw: abi.AppendAccounts(nil, &a.ledger, now),
	})
	if err != nil {
		return err
	}
	if err := decide(); err != nil {
		return err
	}
	if book != nil {
		book()
	}
	return nil
}

// change has the instances take another catalog, between two decisions.
func (a *accounts) change(doc []byte, reset bool, configure func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := configure(); err != nil {
		return err
	}
	cfg, err := catalog.ReadJSON(doc)
	if err != nil {
		return err // the instances have read it
	}
	a.limited = policy.Limited(&cfg)
	if reset {
		a.ledger = limits.Ledger{}
	}
	return nil
}

// money is what an exchange has reserved, unless that is settled, and what it has cost.
type money struct {
	reserved *limits.Admission
	spent    catalog.MicroDollars // by attempts that are over
	now      time.Time            // of the last step
}

// admit books what a first step reserves. The accounts are locked.
func (x *Exchange) admit(cmds []abi.Command) {
	for _, cmd := range cmds {
		if cmd, ok := cmd.Command.(exchange.Admit); ok {
			x.host.accounts.ledger.Admit(x.now, cmd.Admission)
			x.reserved = &cmd.Admission
		}
	}
}

// note takes what a step has cost, and settles if that was the end.
func (x *Exchange) note(cmds []abi.Command) {
	for _, cmd := range cmds {
		switch cmd := cmd.Command.(type) {
		case exchange.Record:
			x.spent += cmd.Sample.Cost
		case exchange.Settle:
			x.settle(cmd.Spent)
		}
	}
}

// settle ends what admit began, once.
func (x *Exchange) settle(spent catalog.MicroDollars) {
	if x.reserved == nil {
		return
	}
	a := &x.host.accounts
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ledger.Settle(x.now, *x.reserved, spent)
	x.reserved = nil
}

// lose settles for an exchange that is lost. What it had reserved counts as spent: nobody
// knows any more what its attempt costs.
func (x *Exchange) lose() {
	if x.reserved != nil {
		x.settle(max(x.spent, x.reserved.Amount))
	}
}

// Recall makes a recorded decision again from its JSON, under the configuration as it is; equal: to
// the byte. The error is an *abi.Error of code decision where that cannot be.
func (h *Host) Recall(ctx context.Context, decision []byte) (again []byte, equal bool, err error) {
	i, err := h.acquire(ctx)
	if err != nil {
		return nil, false, err
	}
	defer h.leave(ctx, i)
	r, err := i.result(ctx, abi.KindRecalled, request{method: methodRecall, control: []byte("{}"), raw: decision})
	return r.Raw, r.Equal, err
}

// Decide is the decision on a call at now, as JSON, without anything being sent. The
// error is an *abi.Refusal when it is the caller's.
func (h *Host) Decide(ctx context.Context, c router.Call, now time.Time) ([]byte, error) {
	i, err := h.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer h.leave(ctx, i)
	var r abi.Result
	err = h.accounts.decide(ctx, i, now, func() (err error) {
		r, err = i.result(ctx, abi.KindDecided, request{method: methodDecide, control: abi.AppendDecide(nil, c, now), raw: c.Body})
		return err
	}, nil)
	return r.Raw, err
}
