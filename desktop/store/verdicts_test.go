package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"
)

// verdict is one with a value in each field.
func verdict(n int64) Verdict {
	return Verdict{
		Decision: entry(n).Decision.ID, Source: "continued", At: entry(n).Decision.At, Model: "openai/gpt-4o", Good: n%2 == 0,
		Preference: "cost", Category: "code", Language: "de", Difficulty: 730, Quality: 612, Layout: 1<<32 - 1,
		Features: []int16{0, 1, -1, 32767, -32768, 256},
	}
}

func judge(t *testing.T, s *Store, list ...Verdict) {
	t.Helper()
	if err := s.Judge(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
}

func verdictsOf(t *testing.T, s *Store) []Verdict {
	t.Helper()
	list, err := s.Verdicts(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What was written is read as it was, newest decision first, after the end of the process
// too; the same source again replaces, another one stands beside it.
func TestVerdicts(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, two, other, again := verdict(1), verdict(2), verdict(1), verdict(1)
	other.Source, other.Features = "feedback", []int16{}
	again.Good, again.Model, again.Quality = true, "a/b", 3
	judge(t, s, one, two)
	judge(t, s, other, again)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Judge(t.Context(), one); err == nil {
		t.Error("a closed store took a verdict")
	}
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, want := verdictsOf(t, s), []Verdict{two, again, other}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if list, err := s.Verdicts(t.Context(), 1); err != nil || len(list) != 1 || list[0].Decision != two.Decision {
		t.Errorf("the newest: %+v, %v", list, err)
	}
	counts := []VerdictCount{{"continued", "a/b", 1, 0}, {"continued", "openai/gpt-4o", 1, 0}, {"feedback", "openai/gpt-4o", 0, 1}}
	if got, err := s.VerdictCounts(t.Context()); !reflect.DeepEqual(got, counts) || err != nil {
		t.Errorf("counted %+v, %v", got, err)
	}
	if n, err := s.ForgetVerdicts(t.Context()); n != 3 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
	if left := verdictsOf(t, s); left != nil {
		t.Errorf("left: %+v", left)
	}
}

// A name that is too long is cut, and features that nobody has are left out.
func TestVerdictBounds(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{})
	v := verdict(1)
	v.Model, v.Features = fmt.Sprintf("%0300d", 0), make([]int16, 1000)
	judge(t, s, v)
	if got := verdictsOf(t, s); len(got) != 1 || len(got[0].Model) != MaxName || len(got[0].Features) != MaxFeatures {
		t.Errorf("%+v", got)
	}
}

// Verdicts go with the decisions of their time, though these were never written.
func TestVerdictsArePruned(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{})
	var all []Verdict
	for n := range int64(500) {
		all = append(all, verdict(n+1))
	}
	judge(t, s, all...)
	if n, err := s.Prune(t.Context(), all[450].At, nil); n != 0 || err != nil {
		t.Fatalf("%d decisions, %v", n, err)
	}
	if left := verdictsOf(t, s); len(left) != 50 || left[49].Decision != all[450].Decision {
		t.Errorf("%d left", len(left))
	}
}

// The retention of Options is that of verdicts too.
func TestVerdictsAreRetained(t *testing.T) {
	s, _ := openT(t, Options{Retention: time.Hour}, tuning{hourly: 2 * time.Millisecond})
	young := verdict(1)
	young.At = time.Now().UTC().Truncate(time.Microsecond)
	old := verdict(2)
	old.At = young.At.Add(-2 * time.Hour)
	judge(t, s, old, young)
	end := time.Now().Add(10 * time.Second)
	for len(verdictsOf(t, s)) != 1 {
		if time.Now().After(end) {
			t.Fatalf("%+v", verdictsOf(t, s))
		}
		time.Sleep(time.Millisecond)
	}
	if left := verdictsOf(t, s); left[0].Decision != young.Decision {
		t.Errorf("%+v", left)
	}
}

// A database of the version before has no verdicts and takes some; opening it again changes
// nothing.
func TestVerdictsOfBefore(t *testing.T) {
	path := former(t, 5)
	for range 3 {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		judge(t, s, verdict(1))
		if got := verdictsOf(t, s); len(got) != 1 {
			t.Errorf("%+v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Without a store nothing is kept, and who asks is told.
func TestVerdictsNowhere(t *testing.T) {
	var s *Store
	if err := s.Judge(t.Context(), verdict(1)); !errors.Is(err, ErrNoStore) {
		t.Error(err)
	}
	if _, err := s.ForgetVerdicts(t.Context()); !errors.Is(err, ErrNoStore) {
		t.Error(err)
	}
	if list, err := s.Verdicts(t.Context(), 5); list != nil || err != nil {
		t.Error(list, err)
	}
}

// judgeOn keeps verdicts until it is killed, and prints how many are written.
func judgeOn(path string) int {
	s, err := Open(path, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for n := int64(1); ; n++ {
		if err := s.Judge(context.Background(), verdict(n)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(n)
	}
}

// What Judge has returned for is there after kill -9.
func TestKilledJudging(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := child(binary, "judge", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	known := 0
	lines := bufio.NewScanner(out)
	for known < 300 && lines.Scan() {
		if known, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // what it said before it was killed
		known, _ = strconv.Atoi(lines.Text())
	}
	cmd.Wait() // it says "killed"
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Verdicts(t.Context(), 1<<20)
	if err != nil || len(list) < known || known < 300 {
		t.Errorf("%d are known to be written, %d are there, %v", known, len(list), err)
	}
}
