package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"strowger/desktop/journaltest"
)

// spentIn is what the accounts of a closed database say after opening it anew.
func spentIn(t *testing.T, path string) []AccountSpent {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// paid is what both accounts should have.
func paid(spent, orphaned int64) []AccountSpent {
	return []AccountSpent{{accounts[0], spent, orphaned}, {accounts[1], spent, orphaned}}
}

func TestMoney(t *testing.T) {
	tests := []struct {
		name string
		do   func(t *testing.T, s *Store)
		want []AccountSpent
	}{
		{"nothing", func(*testing.T, *Store) {}, nil},
		{"settled for less", func(t *testing.T, s *Store) {
			reserveT(t, s, "a", 500)
			s.Settle("a", accounts, 300)
		}, paid(300, 0)},
		{"settled for more", func(t *testing.T, s *Store) {
			reserveT(t, s, "a", 500)
			s.Settle("a", accounts, 900)
		}, paid(900, 0)},
		{"never settled", func(t *testing.T, s *Store) {
			reserveT(t, s, "a", 500)
			reserveT(t, s, "b", 70)
			reserveT(t, s, "c", 1)
			s.Settle("b", accounts, 60)
		}, paid(561, 501)},
		{"reserved again", func(t *testing.T, s *Store) {
			reserveT(t, s, "a", 500)
			reserveT(t, s, "a", 800)
			reserveT(t, s, "a", 200)
		}, paid(800, 800)},
		{"settled without a reservation", func(t *testing.T, s *Store) {
			s.Settle("a", accounts, 40)
			s.Settle("b", accounts, 2)
		}, paid(42, 0)},
		{"nothing to reserve", func(t *testing.T, s *Store) { reserveT(t, s, "a", 0) }, nil},
		{"released", func(t *testing.T, s *Store) {
			reserveT(t, s, "a", 500)
			s.Settle("a", accounts, -3)
		}, paid(0, 0)},
		{"too much to count", func(t *testing.T, s *Store) {
			reserveT(t, s, "a", 1<<62)
			for i := range 5000 { // 2^50 each is more than a sum holds
				s.Settle(fmt.Sprint(i), accounts, 1<<62)
			}
		}, paid(maxSum, maxAmount)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, path := openT(t, Options{}, tuning{})
			tt.do(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := spentIn(t, path); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
			for i := range tt.want {
				tt.want[i].Orphaned = 0 // they are told once
			}
			if got := spentIn(t, path); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("asked again\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func reserveT(t *testing.T, s *Store, id string, amount int64) {
	t.Helper()
	if err := s.Reserve(t.Context(), id, accounts, amount); err != nil {
		t.Error(err)
	}
}

// What this run has reserved is nobody's orphan.
func TestAccountsWhileReserved(t *testing.T) {
	s, path := openT(t, Options{}, tuning{})
	reserveT(t, s, "a", 500)
	if list, err := s.Accounts(t.Context()); len(list) != 0 || err != nil {
		t.Errorf("%+v, %v", list, err)
	}
	s.Settle("a", accounts, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := spentIn(t, path); !reflect.DeepEqual(got, paid(20, 0)) {
		t.Errorf("%+v", got)
	}
}

// Windows long over go, unless only the clock says that they are.
func TestOldWindows(t *testing.T) {
	day := 24 * time.Hour
	now := time.Now().Truncate(time.Second).UTC()
	window := func(ago time.Duration) []Account { return []Account{{"all", "day", now.Add(-ago)}} }
	s, path := openT(t, Options{}, tuning{})
	s.Settle("a", window(200*day), 1)
	s.Settle("b", window(150*day), 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := spentIn(t, path); len(got) != 2 {
		t.Errorf("nothing newer was spent: %+v", got)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Settle("c", window(40*day), 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := spentIn(t, path); len(got) != 1 || got[0].Spent != 3 || !got[0].Start.Equal(now.Add(-40*day)) {
		t.Errorf("%+v", got)
	}
}

// Many at the same time share transactions, and each is answered.
func TestReserveTogether(t *testing.T) {
	var transactions atomic.Int64
	s, path := openT(t, Options{}, eager(func(*conn) error {
		transactions.Add(1)
		time.Sleep(5 * time.Millisecond)
		return nil
	}))
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			reserveT(t, s, fmt.Sprint(i), 10)
			s.Settle(fmt.Sprint(i), accounts, 3)
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := transactions.Load(); n > 60 {
		t.Errorf("%d transactions", n)
	}
	if got := spentIn(t, path); !reflect.DeepEqual(got, paid(600, 0)) {
		t.Errorf("%+v", got)
	}
}

// While the disk takes nothing, who reserves is told at once, and what is settled waits.
func TestMoneyWhileFailing(t *testing.T) {
	var bad atomic.Bool
	var log journaltest.Journal
	s, path := openT(t, Options{Log: log.Log()}, eager(func(*conn) error {
		if bad.Load() {
			return errors.New("disk on fire")
		}
		return nil
	}))
	reserveT(t, s, "a", 100)
	bad.Store(true)
	if err := s.Reserve(t.Context(), "b", accounts, 100); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("reserved: %v", err)
	}
	s.Settle("a", accounts, 60)
	s.Settle("b", accounts, 7) // it went on all the same
	time.Sleep(20 * time.Millisecond)
	if c := s.Counters(); c.Unsettled != 2 {
		t.Errorf("%+v", c)
	}
	bad.Store(false)
	until(t, s, "settlement", func(c Counters) bool { return c.Unsettled == 0 })
	bad.Store(true)
	s.Settle("c", accounts, 1)
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "1 requests") {
		t.Errorf("close: %v", err)
	}
	if got := spentIn(t, path); !reflect.DeepEqual(got, paid(67, 0)) {
		t.Errorf("%+v", got)
	}
	if a, b := log.Count("writing money fails"), log.Count("writing money works again"); a != 2 || b != 1 {
		t.Errorf("logged %d and %d times\n%s", a, b, log.String())
	}
}

// Who gives up waiting has reserved nothing, though it was written a little later.
func TestReserveGivenUp(t *testing.T) {
	var slow atomic.Bool
	s, path := openT(t, Options{}, eager(func(*conn) error {
		if slow.Load() {
			time.Sleep(50 * time.Millisecond)
		}
		return nil
	}))
	slow.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Reserve(ctx, "a", accounts, 100); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reserved: %v", err)
	}
	until(t, s, "end", func(c Counters) bool { return c.Unsettled == 0 })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := spentIn(t, path); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestMoneyAfterClose(t *testing.T) {
	s, path := openT(t, Options{}, tuning{})
	reserveT(t, s, "a", 100)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Reserve(t.Context(), "b", accounts, 1); !errors.Is(err, errClosed) {
		t.Error(err)
	}
	if _, err := s.Accounts(t.Context()); err == nil {
		t.Error("accounts of a closed store")
	}
	s.Settle("a", accounts, 1)
	if got := spentIn(t, path); !reflect.DeepEqual(got, paid(100, 100)) {
		t.Errorf("%+v", got)
	}
}

func TestNoStore(t *testing.T) {
	var s *Store
	s.Settle("a", accounts, 1)
	if err := s.Reserve(t.Context(), "a", accounts, 1); !errors.Is(err, ErrNoStore) {
		t.Error(err)
	}
	if _, err := s.Accounts(t.Context()); !errors.Is(err, ErrNoStore) {
		t.Error(err)
	}
	if _, err := s.Prune(t.Context(), time.Now(), nil); !errors.Is(err, ErrNoStore) {
		t.Error(err)
	}
}

// A database of the first version, with its small pages, is brought up and stays so.
func TestPageSize(t *testing.T) {
	old := former(t, 1)
	for path, want := range map[string]int64{old: 4096, written(t, 1): pageSize} {
		if got := spentIn(t, path); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		c, err := connect(t.Context(), path, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.number(t.Context(), "PRAGMA page_size"); n != want || err != nil {
			t.Errorf("pages of %d, want %d, %v", n, want, err)
		}
		c.close()
	}
}

// Who only looks sees what is reserved too, and leaves it to the one who holds it.
func TestSpent(t *testing.T) {
	s, path := openT(t, Options{}, tuning{})
	if _, err := s.Accounts(t.Context()); err != nil {
		t.Fatal(err)
	}
	reserveT(t, s, "a", 500)
	reserveT(t, s, "b", 70)
	looker, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		all, err := looker.Spent(t.Context())
		if err != nil || len(all) != len(accounts) || all[0].Spent != 570 {
			t.Errorf("%+v, %v", all, err)
		}
	}
	if err := looker.Close(); err != nil {
		t.Fatal(err)
	}
	s.Settle("a", accounts, 1)
	s.Settle("b", accounts, 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if all, err := again.Accounts(t.Context()); err != nil || len(all) == 0 || all[0].Spent != 3 || all[0].Orphaned != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
