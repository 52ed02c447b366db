package limits_test

import (
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/limits"
	"strowger/core/policy"
)

// TestLoad: what one ledger gives another takes over, and both then say the same.
func TestLoad(t *testing.T) {
	now := at(t, "2026-01-30T12:00:00Z")
	a := limits.Admission{Key: "k", Rate: catalog.Rate{Requests: 1, Per: time.Minute}, Limits: []policy.Limit{day(10), month(100)}, Amount: 4}
	var one, other limits.Ledger
	spend(&other, now, 9, day(10)) // is forgotten
	one.Admit(now, a)
	spend(&one, now, 3, a.Limits...)
	accounts, dues := one.Accounts(now)
	other.Load(accounts, dues)
	if len(accounts) != 2 || len(dues) != 1 {
		t.Fatalf("%+v %+v", accounts, dues)
	}
	for name, l := range map[string]*limits.Ledger{"one": &one, "other": &other} {
		if s := standing(t, l, now, day(10)); s.Spent != 3 || s.Reserved != 4 || s.Left != 3 {
			t.Errorf("%s: %+v", name, s)
		}
		if wait, short := l.May(now, a); wait != time.Minute || short != nil {
			t.Errorf("%s: waits %v, %+v", name, wait, short)
		}
		later := now.Add(time.Minute)
		if wait, short := l.May(later, a); wait != 0 || short == nil || short.Per != catalog.PerDay {
			t.Errorf("%s: later waits %v, %+v", name, wait, short)
		}
		if b := (limits.Admission{Limits: a.Limits, Amount: 3}); func() bool { _, short := l.May(later, b); return short != nil }() {
			t.Errorf("%s: what is left is too little", name)
		}
		if _, dues := l.Accounts(later); len(dues) != 0 {
			t.Errorf("%s: %+v are due", name, dues)
		}
	}
	other.Load(nil, nil)
	if accounts, dues := other.Accounts(now); len(accounts)+len(dues) != 0 {
		t.Errorf("%+v %+v remain", accounts, dues)
	}
}
