package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the record is read as a file

	_ "strowger/desktop/store" // for the function that documents are read with
)

// ledger is the money as the record has it, in micro-dollars, and the rows.
type ledger struct {
	decisions, attempts int64
	samples             int64 // cost of every attempt
	costs               int64 // by decision, what failed included
	told                int64 // decisions that were read themselves, the newest
	served, failed      int64 // cost of what served, and of what failed, as they say it
	astray              int64 // decisions that do not add up
	estimated           int64 // samples whose tokens strowger counted itself
	input, output       int64 // tokens of all samples
	spent               map[string]int64
	byKey, byRoute      map[string]int64 // cost of samples
	reserved            int64            // rows that are left over
}

// readLedger reads the record in a data folder.
func readLedger(dir string) (l *ledger, err error) {
	db, err := openRecord(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	cost, err := costColumn(db)
	if err != nil {
		return nil, err
	}
	l = &ledger{spent: map[string]int64{}, byKey: map[string]int64{}, byRoute: map[string]int64{}}
	for _, q := range []struct {
		sql string
		to  []any
	}{
		{"SELECT count(*), coalesce(sum(" + cost + "), 0) FROM decisions", []any{&l.decisions, &l.costs}},
		{"SELECT count(*) FROM attempts", []any{&l.attempts}},
		{addedUp, []any{&l.told, &l.served, &l.failed, &l.astray}},
		{"SELECT coalesce(sum(cost), 0), coalesce(sum((flags & 4) <> 0), 0), coalesce(sum(input + cache_read + cache_write), 0), coalesce(sum(output + reasoning), 0) FROM samples",
			[]any{&l.samples, &l.estimated, &l.input, &l.output}},
		{"SELECT count(*) FROM reserved", []any{&l.reserved}},
	} {
		if err := db.QueryRow(q.sql).Scan(q.to...); err != nil {
			return nil, fmt.Errorf("%s: %w", q.sql, err)
		}
	}
	const joined = " FROM samples JOIN decisions USING (seq) JOIN kinds ON kinds.id = decisions.kind GROUP BY 1"
	return l, errors.Join(
		sums(db, "SELECT account || ' per ' || per, sum(micro) FROM spent GROUP BY 1", l.spent),
		sums(db, "SELECT kinds.key, coalesce(sum(samples.cost), 0)"+joined, l.byKey),
		sums(db, "SELECT kinds.route, coalesce(sum(samples.cost), 0)"+joined, l.byRoute))
}

// addedUp holds each of the newest decisions against its samples; reading all takes minutes
// after a long run.
const addedUp = `
WITH newest AS MATERIALIZED (SELECT seq, json_extract(doc, '$.cost_micro', '$.failed_cost_micro') AS doc
       FROM docs WHERE seq > (SELECT max(seq) FROM decisions) - 100000),
     told AS (SELECT seq, coalesce(doc ->> 0, 0) AS cost, coalesce(doc ->> 1, 0) AS failed FROM newest),
     both AS (SELECT told.*, (SELECT coalesce(sum(samples.cost), 0) FROM samples WHERE samples.seq = told.seq) AS sum FROM told)
SELECT count(*), coalesce(sum(cost), 0), coalesce(sum(failed), 0),
       coalesce(sum(sum <> cost + failed), 0) FROM both`

// costColumn is what a decision cost with all its attempts, as SQL: a record may keep those
// that failed apart.
func costColumn(db *sql.DB) (string, error) {
	var name string
	err := db.QueryRow("SELECT name FROM pragma_table_info('decisions') WHERE name LIKE '%fail%'").Scan(&name)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "cost", nil
	case err != nil:
		return "", err
	}
	return "coalesce(cost, 0) + coalesce(" + name + ", 0)", nil
}

// openRecord opens the database of a data folder for reading.
func openRecord(dir string) (*sql.DB, error) {
	path, err := filepath.Abs(filepath.Join(dir, "strowger.db"))
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", "file://"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?mode=ro")
}

func sums(db *sql.DB, query string, to map[string]int64) error {
	rows, err := db.Query(query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var micro int64
		if err := rows.Scan(&name, &micro); err != nil {
			return err
		}
		to[name] = micro
	}
	return rows.Err()
}

// check says where the sums do not agree: those of the record with each other, and with what
// the API showed before strowger ended.
func (l *ledger) check(st status, shown []budget) (wrongs []string) {
	differ := func(what string, a int64, and string, b int64) {
		if a != b {
			wrongs = append(wrongs, fmt.Sprintf("%s is %d, %s %d: %+d", what, a, and, b, a-b))
		}
	}
	differ("rows of decisions", l.decisions, "exchanges less dropped ones", st.Requests-st.Store.Dropped)
	differ("rows left in reserved", l.reserved, "requests under way", 0)
	differ("cost shown by the API", st.Spend, "spent of all", l.spent["all per month"])
	if st.Store.Dropped == 0 { // what was not recorded cannot be added up
		differ("cost of samples", l.samples, "cost of decisions", l.costs)
		differ("decisions whose cost_micro and failed_cost_micro are not those of their samples", l.astray, "should be", 0)
		differ("cost of samples", l.samples, "spent of all", l.spent["all per month"])
		differ("cost of samples with key laptop", l.byKey["laptop"], "spent of it", l.spent["key laptop per day"])
		differ("cost of samples with key pauper", l.byKey["pauper"], "spent of it", l.spent["key pauper per month"])
		differ("cost of samples by /support", l.byRoute["/support"], "spent of it", l.spent["route /support per day"])
	}
	if most := l.spent["key pauper per month"]; most > pauperLimit {
		wrongs = append(wrongs, fmt.Sprintf("key pauper has spent %d of %d, though it always says max_tokens", most, pauperLimit))
	}
	for _, b := range shown {
		if b.Reserved != 0 {
			wrongs = append(wrongs, fmt.Sprintf("%d is reserved of %s, and nothing is under way", b.Reserved, b.Account))
		}
		if b.Per == "day" || b.Per == "month" {
			differ("spent of "+b.Account+" as the API shows it", b.Spent, "in the record", l.spent[b.Account+" per "+b.Per])
		}
	}
	return wrongs
}

// receipts holds what callers were shown against the record, by decision.
func receipts(dir string, shown map[string]int64) (wrongs []string, err error) {
	db, err := openRecord(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	// Joined, all documents would be undone for each decision: docs is a view.
	find, err := db.Prepare("SELECT seq, attempts FROM decisions WHERE id = ?")
	if err != nil {
		return nil, err
	}
	defer find.Close()
	read, err := db.Prepare("SELECT coalesce(doc ->> '$.cost_micro', -1), coalesce(doc ->> '$.failed_cost_micro', 0) FROM docs WHERE seq = ?")
	if err != nil {
		return nil, err
	}
	defer read.Close()
	for id, micro := range shown {
		var seq, attempts int64
		cost, failed := int64(-1), int64(0)
		err := find.QueryRowContext(context.Background(), id).Scan(&seq, &attempts)
		if errors.Is(err, sql.ErrNoRows) {
			wrongs = append(wrongs, "decision "+id+" is not in the record")
			continue
		}
		if err == nil {
			err = read.QueryRowContext(context.Background(), seq).Scan(&cost, &failed)
		}
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return nil, err
		case micro != cost:
			wrongs = append(wrongs, fmt.Sprintf("decision %s: the caller was shown %d, the record has %d and %d of failed attempts, %d attempts", id, micro, cost, failed, attempts))
		}
	}
	return wrongs, nil
}

// pages reads the newest decisions from the API, page by page, and adds up what they cost.
func (s *server) pages(most int) (rows int, first, last, cost int64, err error) {
	for before := int64(0); rows < most; {
		var page struct {
			Rows []struct {
				Seq  int64
				Cost *int64 `json:"cost_micro"`
			}
			Next *int64
		}
		path := "/_/api/decisions?limit=500"
		if before > 0 {
			path += fmt.Sprint("&before=", before)
		}
		if err := s.get(http.MethodGet, path, "", &page); err != nil {
			return rows, first, last, cost, err
		}
		for _, r := range page.Rows {
			if rows == 0 {
				last = r.Seq
			}
			if rows > 0 && r.Seq >= first {
				return rows, first, last, cost, fmt.Errorf("seq %d comes behind %d", r.Seq, first)
			}
			rows, first = rows+1, r.Seq
			if r.Cost != nil {
				cost += *r.Cost
			}
		}
		if page.Next == nil {
			break
		}
		before = *page.Next
	}
	return rows, first, last, cost, nil
}

// checkPages holds pages against the record.
func checkPages(dir string, rows int, first, last, cost int64) (wrongs []string, err error) {
	db, err := openRecord(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var n, sum int64
	err = db.QueryRow("SELECT count(*), coalesce(sum(cost), 0) FROM decisions WHERE seq BETWEEN ? AND ?", first, last).Scan(&n, &sum)
	if err == nil && (n != int64(rows) || sum != cost) {
		wrongs = append(wrongs, fmt.Sprintf("the API lists %d decisions from %d to %d with a cost of %d, the record has %d with %d", rows, first, last, cost, n, sum))
	}
	return wrongs, err
}

// String is the ledger as lines.
func (l *ledger) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%10d  decisions, %d attempts\n", l.decisions, l.attempts)
	fmt.Fprintf(&b, "%10d  µ$ of samples; %d of them estimated\n", l.samples, l.estimated)
	fmt.Fprintf(&b, "%10d  µ$ of decisions\n", l.costs)
	fmt.Fprintf(&b, "%10d  µ$ for what served and %d for what failed, as the newest %d decisions say\n", l.served, l.failed, l.told)
	fmt.Fprintf(&b, "%10d  µ$ spent of all\n", l.spent["all per month"])
	return b.String()
}
