package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/journaltest"
	"strowger/desktop/store"
)

// recordServed puts n served requests of that decision into the record, an hour apart, and leaves
// it open and locked, as a serve does.
func recordServed(t *testing.T, dir, decided string, n int) *store.Store {
	t.Helper()
	path := filepath.Join(dir, store.FileName)
	lock, err := store.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Release() })
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range n {
		s.Add(store.Entry{Decision: store.Decision{Seq: int64(i + 1), ID: fmt.Sprintf("0197c0de-0000-7000-8000-%012d", i), At: time.Now().Add(time.Duration(i-n) * time.Hour), Asked: "sim/two",
			Outcome: "ok", Status: 200, Total: time.Second, Cost: 1_000, Priced: true, Tokens: store.Tokens{Input: 100, Output: 100}, Doc: []byte(`{"decision":` + decided + `}`)}})
	}
	for deadline := time.Now().Add(20 * time.Second); s.Counters().Written < int64(n); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not written")
		}
	}
	return s
}

func TestReplay(t *testing.T) {
	dir := homeless(t)
	was, dearer, data := filepath.Join(dir, "was.yaml"), filepath.Join(dir, "new.yaml"), filepath.Join(dir, "data")
	for path, text := range map[string]string{was: twoProviders, dearer: strings.Replace(twoProviders, "input: 0.5, output: 2", "input: 50, output: 200", 1)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, decided, errs := call(t, `{"model":"sim/two:price","max_tokens":100,`+question+`}`, "explain", "--json", "--config", was, "--data", data, "-")
	if code != 0 {
		t.Fatal(errs)
	}
	if code, _, errs := call(t, "", "replay", "--config", was, "--data", data); code != 1 || !strings.Contains(errs, "there is no record: ") {
		t.Error(code, errs)
	}
	db := recordServed(t, data, strings.TrimSpace(decided), 30)
	ask := func(args ...string) (int, string, string) {
		return call(t, "", append([]string{"replay", "--data", data}, args...)...)
	}
	// 100 tokens of each at $3 and $15 a million are 1800 µ$.
	code, out, errs := ask("--config", dearer)
	for _, line := range []string{
		"against what was recorded\n", "decisions  30 since ", ", 30 made again\n", "changed    30 (100.0%)\n",
		"cost       $0.03 -> $0.054, +$0.024, of 30 requests\n", "time       nothing is known; 30 never measured on one side\n",
		"measured   0.0% go first", "REQUESTS  FROM      TO\n30        beta/two  alpha/two\n", "0197c0de-0000-7000-8000-000000000029  sim/two  alpha/two",
	} {
		if code != 0 || errs != "" || !strings.Contains(out, line) {
			t.Errorf("%d %q: %q is not in\n%s", code, errs, line, out)
		}
	}
	var r struct {
		Decisions, Changed, Unchanged int64
		Rev, Was                      string
		Cost                          struct{ Before, After int64 } `json:"cost_micro"`
	}
	code, out, errs = ask("--config", was, "--json", "--since", "300m")
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Decisions != 4 && r.Decisions != 5 || r.Changed != 0 || r.Cost.Before != r.Cost.After || r.Rev == "" {
		t.Errorf("%d %v %s %+v", code, err, errs, r)
	}
	code, out, errs = ask("--config", was, "--was", dearer, "--json", "--limit", "3")
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Decisions != 3 || r.Changed != 3 || r.Cost.Before != 3*1800 || r.Cost.After != 3000 || r.Was != dearer {
		t.Errorf("%d %v %s %+v", code, err, errs, r)
	}
	for _, wrong := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--since", "yesterday"}, 2, `--since "yesterday": expected a time such as 36h or 7d`},
		{[]string{"--limit", "-1"}, 2, "--limit"}, {[]string{"x"}, 2, `unexpected "x"`},
		{[]string{"--config", filepath.Join(dir, "none.yaml")}, 1, "none.yaml"},
		{[]string{"--config", was, "--since", "1ms"}, 1, "has no decisions since"},
	} {
		if code, _, errs := ask(wrong.args...); code != wrong.code || !strings.Contains(errs, wrong.says) {
			t.Errorf("%v: %d %s", wrong.args, code, errs)
		}
	}
	replayStopped(t, data, was)
	explainKept(t, db, data, was, dearer)
}

// replayStopped: who stops it gets no half of a report.
func replayStopped(t *testing.T, data, config string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var o, e journaltest.Journal
	if code := run(ctx, &env{strings.NewReader(""), &o, &e}, []string{"replay", "--data", data, "--config", config}); code != 1 || o.String() != "" || !strings.Contains(e.String(), "stopped before the end") {
		t.Error(code, o.String(), e.String())
	}
}

// explainKept: a decision is made again under the configuration of its time, as long as that is
// kept and no other is asked for.
func explainKept(t *testing.T, db *store.Store, data, was, now string) {
	t.Helper()
	id := "0197c0de-0000-7000-8000-000000000001"
	if err := os.Rename(now, "strowger.yaml"); err != nil { // found here
		t.Fatal(err)
	}
	explain := func(want string, flags ...string) {
		t.Helper()
		if code, out, errs := call(t, "", append([]string{"explain", "--data", data, id}, flags...)...); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%d %s %s", code, out, errs)
		}
	}
	explain("this is what would be decided now\n")
	cat, err := catalogOf(t.Context(), was)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.KeepCatalog(t.Context(), cat.Rev(), catalog.AppendJSON(nil, *cat.Config())); err != nil {
		t.Fatal(err)
	}
	explain("recomputed equal, byte for byte\n")
	explain("this is what would be decided now\n", "--config", "strowger.yaml")
}
