package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// spend reserves and settles until it is killed, many at a time, and prints an id when
// its reservation is about to be made ("?"), is made ("+"), and is about to be settled
// ("-"). One in eight never ends.
func spend(path string) int {
	s, err := Open(path, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx := context.Background()
	if _, err := s.Accounts(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go busy(s, nil)
	var callers sync.WaitGroup
	for caller := range int64(16) {
		callers.Go(func() {
			for id := caller; ; id += 16 {
				fmt.Println("?", id)
				if err := s.Reserve(ctx, fmt.Sprint(path, os.Getpid(), id), accounts, reservedFor(id)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println("+", id)
				if id/16%8 != 7 {
					fmt.Println("-", id)
					s.Settle(fmt.Sprint(path, os.Getpid(), id), accounts, spentFrom(id))
				}
			}
		})
	}
	callers.Wait()
	return 0
}

// What request id of spend reserves, and spends in the end.
func reservedFor(id int64) int64 { return 1000 + id%97 }
func spentFrom(id int64) int64   { return reservedFor(id) - id%1000 }

// told is what a child that was killed is known to have done, in micro-dollars.
type told struct {
	least int64 // spent, and reserved where it did not end
	most  int64 // all that it may have reserved
	ended int64
}

// listen reads what the child prints and kills it after so many endings.
func listen(t *testing.T, path string, endings int64) (sum told) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := child(binary, "spend", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		what, rest, ok := strings.Cut(lines.Text(), " ")
		var id int64
		if _, err := fmt.Sscan(rest, &id); err != nil || !ok {
			break // cut off
		}
		switch what {
		case "?":
			sum.most += reservedFor(id)
		case "+":
			sum.least += reservedFor(id)
		case "-":
			sum.least -= reservedFor(id) - spentFrom(id)
			sum.ended++
		}
		if sum.ended >= endings && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait() // it says "killed"
	return sum
}

// Whatever moment a process is killed at, what it spent is found, and no more than it
// had reserved.
func TestMoneyKilledUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	var all told
	for round := range int64(4) {
		sum := listen(t, path, 500+round*277)
		all.least, all.most = all.least+sum.least, all.most+sum.most
		if round%2 == 0 {
			continue // the next child finds it
		}
		list := spentIn(t, path)
		if len(list) != 2 || list[0].Account != accounts[0] || list[1].Account != accounts[1] {
			t.Fatalf("%+v", list)
		}
		for _, a := range list {
			if a.Spent < all.least || a.Spent > all.most {
				t.Errorf("round %d: %s: %d found, %d at least and %d at most were spent", round, a.Name, a.Spent, all.least, all.most)
			}
			if a.Orphaned <= 0 || a.Orphaned > sum.most {
				t.Errorf("round %d: %s: %d orphaned", round, a.Name, a.Orphaned)
			}
		}
		t.Logf("round %d: %d requests ended; spent %d to %d, found %d, of it %d orphaned",
			round, sum.ended, all.least, all.most, list[0].Spent, list[0].Orphaned)
		all = told{list[0].Spent, list[0].Spent, 0}
	}
}
