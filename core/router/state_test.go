package router_test

import (
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/policy"
	"strowger/core/router"
	"strowger/core/stats"
)

// TestState: what a request reserves is reserved until it is settled, or its exchange is
// given up, when what was spent until then is counted.
func TestState(t *testing.T) {
	now := time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	day := policy.Limit{Account: "all", CostLimit: catalog.CostLimit{Most: 100, Per: catalog.PerDay}}
	a := limits.Admission{Limits: []policy.Limit{day}, Amount: 60}
	admit := []exchange.Command{exchange.Admit{Admission: a}, exchange.Send{Attempt: 1, Endpoint: &catalog.Endpoint{ID: "p/m"}}}
	record := []exchange.Command{exchange.Record{Sample: stats.Sample{Endpoint: "p/m", At: now, Outcome: stats.OutcomeOK, Cost: 20}}}
	settle := []exchange.Command{exchange.Settle{Admission: a, Spent: 30}, exchange.Finish{}}

	var s router.State
	expect := func(what string, spent, reserved, inFlight int64) {
		t.Helper()
		st, _ := s.Ledger.Standing(now, a.Limits)
		if st.Spent != spent || st.Reserved != reserved || s.Board.Reading("p/m", "p", now).InFlight != inFlight {
			t.Errorf("%s: %d spent, %d reserved, %d in flight", what, st.Spent, st.Reserved, s.Board.Reading("p/m", "p", now).InFlight)
		}
	}
	var p router.Pending
	apply := func(cmds []exchange.Command) { s.Apply(now, cmds); p.Note(cmds) }
	apply(admit)
	expect("admitted", 0, 60, 1)
	apply(record)
	apply(settle)
	expect("settled", 30, 0, 0)
	s.Abandon(now, &p)
	expect("nothing is pending", 30, 0, 0)

	apply(admit)
	apply(record)
	apply(admit[1:])
	s.Abandon(now, &p)
	expect("given up", 50, 0, 0)
	s.Abandon(now, &p)
	expect("given up once", 50, 0, 0)
}
