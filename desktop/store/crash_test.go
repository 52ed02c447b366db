package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Tests start this binary again as another process: the variable says what for.
const childVariable = "STROWGER_STORE_CHILD"

func TestMain(m *testing.M) {
	task, path, _ := strings.Cut(os.Getenv(childVariable), ":")
	switch task {
	case "load":
		os.Exit(load(path))
	case "judge":
		os.Exit(judgeOn(path))
	case "spend":
		os.Exit(spend(path))
	case "open":
		os.Exit(tryOpen(path))
	}
	os.Exit(m.Run())
}

// child is this binary with a task.
func child(binary, task, path string) *exec.Cmd {
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), childVariable+"="+task+":"+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// load adds entries until it is killed, and prints how many are known to be written.
func load(path string) int {
	s, err := open(path, Options{}, tuning{rest: 3 * time.Millisecond}) // killed while counting, too
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	last, err := s.LastSeq(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	first := last
	for {
		last++
		s.Add(entry(last))
		for s.Counters().Queued > 500 {
			time.Sleep(time.Millisecond)
		}
		if last%100 == 0 {
			fmt.Println(first + s.Counters().Written)
		}
	}
}

// tryOpen prints the reason why a store cannot be opened; -1 if it can.
func tryOpen(path string) int {
	s, err := Open(path, Options{})
	if oe, ok := errors.AsType[*OpenError](err); ok {
		fmt.Println(int(oe.Reason), oe)
		return 0
	}
	s.Close()
	fmt.Println(-1)
	return 0
}

func TestKilledUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range int64(3) {
		cmd := child(binary, "load", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var known int64
		lines := bufio.NewScanner(out)
		for known < (round+1)*1000+round*277 && lines.Scan() {
			if known, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(round) * 7 * time.Millisecond) // into a transaction, or not
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait() // it says "killed"

		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		last, err := s.LastSeq(t.Context())
		if err != nil || last < known {
			t.Errorf("round %d: last seq %d, %d were written, %v", round, last, known, err)
		}
		list, err := listOf(s.Decisions(t.Context(), Query{Provider: "azure", Limit: 100}))
		if err != nil || len(list) != 100 || list[0].Seq != last {
			t.Errorf("round %d: reading: %d rows, %v", round, len(list), err)
		}
		q := SeriesQuery{From: entry(1).Decision.At, To: entry(last + 1).Decision.At}
		for range 2 { // as it is, and when all is counted
			r, err := s.Series(t.Context(), q)
			if err != nil || r.Total.Requests != last || r.Total.Cost != 1234*last || r.Total.Time.Count() != last || r.Total.Tokens.Output != 377*last {
				t.Errorf("round %d: counted %d of %d, cost %d, %v", round, r.Total.Requests, last, r.Total.Cost, err)
			}
			countedAll(t, s)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		sound(t, path, last) // as many as the last seq: no gaps
		t.Logf("round %d: %d known to be written, %d found", round, known, last)
	}
}
