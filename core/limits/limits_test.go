package limits_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/limits"
	"strowger/core/policy"
)

const all = "all"

func day(most int64) policy.Limit {
	return policy.Limit{Account: all, CostLimit: catalog.CostLimit{Most: most, Per: catalog.PerDay}}
}

func month(most int64) policy.Limit {
	return policy.Limit{Account: all, CostLimit: catalog.CostLimit{Most: most, Per: catalog.PerMonth}}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// spend admits and settles a request at once.
func spend(l *limits.Ledger, now time.Time, micro int64, of ...policy.Limit) {
	a := limits.Admission{Limits: of, Amount: micro}
	l.Admit(now, a)
	l.Settle(now, a, micro)
}

func standing(t *testing.T, l *limits.Ledger, now time.Time, of ...policy.Limit) limits.Standing {
	t.Helper()
	s, ok := l.Standing(now, of)
	if !ok {
		t.Fatal("no standing")
	}
	return s
}

func TestStanding(t *testing.T) {
	var l limits.Ledger
	now := at(t, "2026-01-30T12:00:00Z")
	if _, ok := l.Standing(now, []policy.Limit{{Account: all, CostLimit: catalog.CostLimit{Most: 5, Per: catalog.PerRequest}}}); ok {
		t.Error("a limit of a request has an account")
	}
	var none *limits.Ledger
	for name, ledger := range map[string]*limits.Ledger{"none": none, "zero": {}} {
		s := standing(t, ledger, now, day(10), month(8))
		if s.Left != 8 || s.Per != catalog.PerMonth || s.Spent != 0 || !s.Reset.Equal(at(t, "2026-02-01T00:00:00Z")) {
			t.Errorf("%s: %+v", name, s)
		}
		if ledger.Wait(now, "k", catalog.Rate{Requests: 1, Per: time.Second}) != 0 || len(ledger.Standings(now)) != 0 {
			t.Errorf("%s: something is in it", name)
		}
	}
	a := limits.Admission{Limits: []policy.Limit{day(10), day(12), month(100)}, Amount: 4}
	l.Admit(now, a)
	if s := standing(t, &l, now, a.Limits...); s.Left != 6 || s.Reserved != 4 || s.Spent != 0 || s.Most != 10 {
		t.Errorf("admitted: %+v", s)
	}
	l.Settle(now, a, 15) // more than was reserved is said as it is
	if s := standing(t, &l, now, a.Limits...); s.Left != 0 || s.Reserved != 0 || s.Spent != 15 {
		t.Errorf("settled: %+v", s)
	}
	// Both have nothing left: the one that is reset later says when to come back.
	if s := standing(t, &l, now, day(10), month(15)); s.Per != catalog.PerMonth {
		t.Errorf("of two with nothing left: %+v", s)
	}
	list := l.Standings(now)
	if len(list) != 2 || list[0].Per != catalog.PerDay || list[1].Per != catalog.PerMonth || list[1].Spent != 15 ||
		!list[1].Start.Equal(at(t, "2026-01-01T00:00:00Z")) {
		t.Errorf("%+v", list)
	}
}

// TestTurn: what is outstanding at a turn of the window carries over, and counts where it
// is settled.
func TestTurn(t *testing.T) {
	var l limits.Ledger
	before, after := at(t, "2026-01-31T23:59:59Z"), at(t, "2026-02-01T00:00:00Z")
	a := limits.Admission{Limits: []policy.Limit{day(10), month(20)}, Amount: 7}
	spend(&l, before, 3, a.Limits...)
	l.Admit(before, a)
	if s := standing(t, &l, before, a.Limits...); s.Left != 0 {
		t.Errorf("before: %+v", s)
	}
	if s := standing(t, &l, after, a.Limits...); s.Left != 3 || s.Spent != 0 || s.Reserved != 7 {
		t.Errorf("after: %+v", s)
	}
	l.Settle(after, a, 5)
	if s := standing(t, &l, after, a.Limits...); s.Left != 5 || s.Spent != 5 || s.Reserved != 0 {
		t.Errorf("settled: %+v", s)
	}
}

func TestWindows(t *testing.T) {
	for _, c := range []struct{ zone, now, dayEnds, monthEnds string }{
		{"UTC", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"UTC", "2028-02-28T12:00:00Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"}, // leap year
		{"UTC", "2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"UTC", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"UTC", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		// 23 hours on the 29th of March, 25 on the 25th of October.
		{"Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-31T22:00:00Z"},
		{"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-31T23:00:00Z"},
		{"Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z", "2026-10-31T23:00:00Z"},
		// Clocks were put forward at midnight: the 15th of October begins at one, and the
		// 18th of February was entered twice at eleven in the evening.
		{"America/Sao_Paulo", "2017-10-14T12:00:00Z", "2017-10-15T03:00:00Z", "2017-11-01T02:00:00Z"},
		{"America/Sao_Paulo", "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z", "2017-11-01T02:00:00Z"},
		{"America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-18T03:00:00Z", "2018-03-01T03:00:00Z"},
		// The 30th of December 2011 did not take place.
		{"Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", "2011-12-31T10:00:00Z"},
	} {
		l, now := limits.Ledger{Zone: zone(t, c.zone)}, at(t, c.now)
		spend(&l, now, 1, day(9), month(9))
		for limit, ends := range map[policy.Limit]string{day(9): c.dayEnds, month(9): c.monthEnds} {
			end := at(t, ends)
			if s := standing(t, &l, now, limit); !s.Reset.Equal(end) || s.Spent != 1 {
				t.Errorf("%s %s per %s: ends %s with %d spent", c.zone, c.now, limit.Per, s.Reset, s.Spent)
			}
			if s := standing(t, &l, end.Add(-1), limit); s.Spent != 1 {
				t.Errorf("%s %s per %s: forgotten too early", c.zone, c.now, limit.Per)
			}
			if s := standing(t, &l, end, limit); s.Spent != 0 || !s.Start.Equal(end) {
				t.Errorf("%s %s per %s: at the end %+v", c.zone, c.now, limit.Per, s)
			}
		}
	}
}

func TestClockSetBack(t *testing.T) {
	var l limits.Ledger
	now := at(t, "2026-05-02T00:00:05Z")
	spend(&l, now, 6, day(10), month(100))
	// A little: the window that has begun stays open, or its money would be forgotten.
	if s := standing(t, &l, now.Add(-10*time.Second), day(10)); s.Spent != 6 || !s.Start.Equal(at(t, "2026-05-02T00:00:00Z")) {
		t.Errorf("a little: %+v", s)
	}
	// By years: it had been wrong, and must not close the account for so long.
	long := at(t, "2019-01-01T12:00:00Z")
	for _, limit := range []policy.Limit{day(10), month(100)} {
		s := standing(t, &l, long, limit)
		if s.Spent != 6 || s.Reset.Sub(long) > 31*24*time.Hour {
			t.Errorf("by years: %+v", s)
		}
	}
	spend(&l, long, 1, day(10))
	if s := standing(t, &l, long.Add(12*time.Hour), day(10)); s.Spent != 0 {
		t.Errorf("the next day: %+v", s)
	}
}

func TestRestore(t *testing.T) {
	start, now := at(t, "2026-05-02T00:00:00Z"), at(t, "2026-05-02T15:00:00Z")
	var l limits.Ledger
	l.Restore(all, catalog.PerDay, start, 4)
	l.Restore(all, catalog.PerDay, start.AddDate(0, 0, -1), 9) // older: not counted
	l.Restore(all, catalog.PerMonth, at(t, "2026-04-01T00:00:00Z"), 50)
	l.Restore(all, catalog.PerRequest, start, 50)
	if s := standing(t, &l, now, day(10)); s.Spent != 4 {
		t.Errorf("%+v", s)
	}
	if s := standing(t, &l, now, month(100)); s.Spent != 0 {
		t.Errorf("a window that is over: %+v", s)
	}
	if s := standing(t, &l, at(t, "2026-05-03T00:00:00Z"), day(10)); s.Spent != 0 {
		t.Errorf("the next day: %+v", s)
	}
}

// TestAnotherZone: wherever the clocks are after a restart, and whenever it is, what was
// spent in a window that was open is still known.
func TestAnotherZone(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "America/Sao_Paulo"}
	for _, from := range zones {
		for _, to := range zones {
			for h := range 24 * 40 {
				now := at(t, "2018-01-20T00:00:00Z").Add(time.Duration(h) * time.Hour)
				before := limits.Ledger{Zone: zone(t, from)}
				spend(&before, now, 5, day(10), month(10))
				after := limits.Ledger{Zone: zone(t, to)}
				for _, s := range before.Standings(now) {
					after.Restore(s.Account, s.Per, s.Start, s.Spent)
				}
				before.Zone = after.Zone // the same without a restart
				for _, l := range []*limits.Ledger{&before, &after} {
					d, m := standing(t, l, now, day(10)), standing(t, l, now, month(10))
					if d.Spent != 5 || m.Spent != 5 {
						t.Fatalf("%s to %s at %s: %d and %d", from, to, now, d.Spent, m.Spent)
					}
					if d.Reset.Sub(now) > 25*time.Hour || m.Reset.Sub(now) > 32*24*time.Hour {
						t.Fatalf("%s to %s at %s: until %s and %s", from, to, now, d.Reset, m.Reset)
					}
					if s := standing(t, l, now.AddDate(0, 2, 0), day(10)); s.Spent != 0 || !s.Start.Equal(s.Start.Truncate(time.Hour)) {
						t.Fatalf("%s to %s at %s: later %+v", from, to, now, s)
					}
				}
			}
		}
	}
}

// TestNeverOverspent: if a request is admitted only when its amount is left, and costs no
// more than that, no window sees more spent than its limit, however requests overlap.
func TestNeverOverspent(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		l := limits.Ledger{Zone: zone(t, []string{"UTC", "Europe/Berlin", "America/Sao_Paulo"}[seed%3])}
		of := []policy.Limit{day(1000), month(9000)}
		now := at(t, "2018-01-28T00:00:00Z")
		var open []limits.Admission
		admitted, refused := 0, 0
		for range 3000 {
			now = now.Add(time.Duration(rng.Int64N(int64(40 * time.Minute))))
			if rng.IntN(50) == 0 {
				now = now.Add(-time.Minute)
			}
			if n := len(open); n > 0 && rng.IntN(2) == 0 {
				i := rng.IntN(n)
				l.Settle(now, open[i], rng.Int64N(open[i].Amount+1))
				open[i] = open[n-1]
				open = open[:n-1]
			} else if a := (limits.Admission{Limits: of, Amount: 1 + rng.Int64N(200)}); standing(t, &l, now, of...).Left >= a.Amount {
				l.Admit(now, a)
				open = append(open, a)
				admitted++
			} else {
				refused++
			}
			for _, limit := range of {
				if s := standing(t, &l, now, limit); s.Spent+s.Reserved > limit.Most {
					t.Fatalf("seed %d: %+v", seed, s)
				}
			}
		}
		if admitted < 100 || refused < 100 {
			t.Fatalf("seed %d shows nothing: %d admitted, %d refused", seed, admitted, refused)
		}
	}
}
