package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// record is a small record whose sums agree: an answer after a failed attempt, one that was
// cut, and one by a route with a key.
const record = `
CREATE TABLE decisions (seq INTEGER PRIMARY KEY, id TEXT, kind INTEGER, attempts INTEGER, cost INTEGER);
CREATE TABLE kinds (id INTEGER PRIMARY KEY, key TEXT, route TEXT);
CREATE TABLE docs (seq INTEGER PRIMARY KEY, doc BLOB);
CREATE TABLE attempts (seq INTEGER, n INTEGER);
CREATE TABLE samples (seq INTEGER, n INTEGER, cost INTEGER, flags INTEGER, input INTEGER, cache_read INTEGER, cache_write INTEGER, output INTEGER, reasoning INTEGER);
CREATE TABLE spent (account TEXT, per TEXT, start INTEGER, micro INTEGER);
CREATE TABLE reserved (id TEXT);
INSERT INTO kinds VALUES (1, '', ''), (2, 'laptop', '/support'), (3, 'pauper', '');
INSERT INTO decisions VALUES (1, 'a', 1, 2, 15), (2, 'b', 1, 1, 7), (3, 'c', 2, 1, 20), (4, 'd', 3, 1, 30);
INSERT INTO docs VALUES (1, CAST('{"cost_micro":10,"failed_cost_micro":5,"outcome":"ok"}' AS BLOB)),
	(2, CAST('{"cost_micro":7,"failed_cost_micro":0,"outcome":"failed"}' AS BLOB)),
	(3, CAST('{"cost_micro":20,"failed_cost_micro":0,"outcome":"ok"}' AS BLOB)),
	(4, CAST('{"cost_micro":30,"failed_cost_micro":0,"outcome":"ok"}' AS BLOB));
INSERT INTO attempts VALUES (1, 1), (1, 2), (2, 1), (3, 1), (4, 1);
INSERT INTO samples VALUES (1, 1, 5, 4, 1, 0, 0, 1, 0), (1, 2, 10, 2, 1, 0, 0, 1, 0), (2, 1, 7, 4, 1, 0, 0, 1, 0), (3, 1, 20, 2, 1, 0, 0, 1, 0), (4, 1, 30, 2, 1, 0, 0, 1, 0);
INSERT INTO spent VALUES ('all', 'month', 1, 40), ('all', 'month', 2, 32), ('key laptop', 'day', 1, 20), ('key pauper', 'month', 1, 30), ('route /support', 'day', 1, 20);
`

// written writes a record and then changes it.
func written(t *testing.T, change string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "strowger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(record + change); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLedger(t *testing.T) {
	for _, c := range []struct{ name, change, says string }{
		{"all agrees", "", ""},
		{"failed ones in a column", "ALTER TABLE decisions ADD failed_cost INTEGER; UPDATE decisions SET cost = 10, failed_cost = 5 WHERE seq = 1", ""},
		{"a row too few", "DELETE FROM decisions WHERE seq = 3", "rows of decisions is 3"},
		{"a reservation that stays", "INSERT INTO reserved VALUES ('a')", "rows left in reserved is 1"},
		{"a sample that costs more", "UPDATE samples SET cost = 11 WHERE seq = 1 AND n = 2", "cost of samples is 73, cost of decisions 72"},
		{"a decision that says less", "UPDATE docs SET doc = CAST('{\"cost_micro\":10,\"failed_cost_micro\":0,\"outcome\":\"ok\"}' AS BLOB) WHERE seq = 1", "are not those of their samples is 1"},
		{"a cut answer that is said twice", "UPDATE docs SET doc = CAST('{\"cost_micro\":7,\"failed_cost_micro\":7}' AS BLOB) WHERE seq = 2", "are not those of their samples is 1"},
		{"a budget that counts less", "UPDATE spent SET micro = 31 WHERE start = 2", "cost of samples is 72, spent of all 71"},
		{"a key's budget", "UPDATE spent SET micro = 0 WHERE account = 'key laptop'", "cost of samples with key laptop is 20"},
		{"a route's budget", "UPDATE spent SET micro = 0 WHERE account = 'route /support'", "cost of samples by /support is 20"},
		{"a limit that was passed", "UPDATE spent SET micro = 20001 WHERE account = 'key pauper'", "key pauper has spent 20001 of 20000"},
	} {
		l, err := readLedger(written(t, c.change))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		st := status{Requests: 5, Spend: 72}
		st.Store.Dropped = 1
		if c.name != "a row too few" {
			st.Requests, st.Store.Dropped = 4, 0
		}
		shown := []budget{{Account: "all", Per: "month", Spent: l.spent["all per month"]}, {Account: "all", Per: "request"}}
		wrongs := strings.Join(l.check(st, shown), "; ")
		if c.says == "" && wrongs != "" || !strings.Contains(wrongs, c.says) {
			t.Errorf("%s: %q, want %q", c.name, wrongs, c.says)
		}
	}
}

func TestLedgerAndWhatIsShown(t *testing.T) {
	dir := written(t, "")
	l, err := readLedger(dir)
	if err != nil {
		t.Fatal(err)
	}
	st := status{Requests: 4, Spend: 72}
	for _, shown := range [][]budget{{{Account: "all", Per: "month", Spent: 71}}, {{Account: "all", Per: "month", Spent: 72, Reserved: 1}}} {
		if len(l.check(st, shown)) != 1 {
			t.Errorf("%v: %v", shown, l.check(st, shown))
		}
	}
	st.Spend = 71
	if len(l.check(st, nil)) != 1 {
		t.Error(l.check(st, nil))
	}
	if wrongs, err := receipts(dir, map[string]int64{"a": 10, "c": 20}); err != nil || len(wrongs) > 0 {
		t.Error(wrongs, err)
	}
	if wrongs, err := receipts(dir, map[string]int64{"a": 15, "c": 20, "x": 1}); err != nil || len(wrongs) != 2 {
		t.Error(wrongs, err)
	}
	if wrongs, err := checkPages(dir, 3, 2, 4, 57); err != nil || len(wrongs) > 0 {
		t.Error(wrongs, err)
	}
	if wrongs, err := checkPages(dir, 2, 2, 4, 57); err != nil || len(wrongs) != 1 {
		t.Error(wrongs, err)
	}
}
