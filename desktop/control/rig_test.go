package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/control"
	"strowger/desktop/learn"
	"strowger/desktop/store"
)

// rig is a control plane on a loopback port, over a store of its own unless that is nil.
type rig struct {
	t       testing.TB
	feed    *control.Feed
	store   *store.Store
	learner *learn.Learner
	edge    edge
	url     string
	closing chan struct{}
	dir     string
}

// newRig makes one; problem, if not empty, is why there is no store.
func newRig(t testing.TB, problem string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	r.start(problem)
	return r
}

func (r *rig) start(problem string) {
	r.t.Helper()
	if problem == "" {
		var err error
		if r.store, err = store.Open(filepath.Join(r.dir, store.FileName), store.Options{}); err != nil {
			r.t.Fatal(err)
		}
	}
	last, err := r.store.LastSeq(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	db := r.store
	r.feed, r.closing = control.NewFeed(db, last), make(chan struct{})
	r.learner = learn.New(learn.Options{Store: db, On: true, Use: func(*pool.Learned) {}, Find: func(ctx context.Context, id string) ([]byte, error) {
		doc, _, err := r.feed.Find(ctx, id)
		return doc, err
	}})
	learner := r.learner
	server := httptest.NewServer(control.New(control.Options{
		Feed: r.feed, Store: db, Decider: decider{}, Learner: learner, Page: http.NotFoundHandler(), Version: "test", Listen: "127.0.0.1:1",
		Config: func() control.ConfigState { return control.ConfigState{Path: "x.yaml", Rev: "r1"} },
		Edges:  &r.edge, StoreProblem: problem, Started: time.Unix(1700000000, 0), Closing: r.closing,
	}))
	r.url = server.URL
	r.t.Cleanup(func() {
		server.Close()
		_ = learner.Close()
		_ = db.Close() // a second time, after a restart, is no matter
	})
}

// restart writes everything and begins anew with an empty memory.
func (r *rig) restart() {
	r.t.Helper()
	if err := r.store.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start("")
}

// decider answers explain.
type decider struct{}

func (decider) DecideAt(path string, c router.Call) ([]byte, *llm.Error) {
	if strings.Contains(string(c.Body), "wrong") {
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Param: "provider.sort", Message: "must be one of these"}
	}
	return fmt.Appendf(nil, `{"body":%q,"header":%q,"path":%q}`, c.Body, c.ProviderHeader, path), nil
}

// report is the n-th exchange of a test: its provider, model and outcome vary with n.
func report(n int) *exchange.Report {
	outcome, at := exchange.OutcomeOK, stats.OutcomeOK
	if n%10 == 0 {
		outcome, at = exchange.OutcomeFailed, stats.OutcomeCut
	}
	p := fmt.Sprintf("p%d", n%3)
	m := fmt.Sprintf("sim/m%d", n%2)
	return &exchange.Report{
		ID: fmt.Sprintf("id-%d", n), Started: time.Unix(1700000000, 0).Add(time.Duration(n) * time.Second), Asked: m + ":price", Stream: true,
		Status: 200, Outcome: outcome, First: time.Millisecond, Total: 5 * time.Millisecond, Served: 2, Cost: 7, Priced: true,
		Attempts: []exchange.AttemptReport{
			{N: 1, Endpoint: "px/m", Provider: "px", Model: m, Outcome: stats.OutcomeRateLimited, Status: 429, Message: "slow down", Priced: true, Total: time.Millisecond},
			{N: 2, Endpoint: p + "/m", Provider: p, Model: m, Outcome: at, Status: 200, Priced: true, Cost: 7, Total: 3 * time.Millisecond,
				Usage: llm.Usage{Known: true, Input: 5, Output: 10}},
		},
	}
}

// record records reports from first to last.
func (r *rig) record(first, last int) {
	for n := first; n <= last; n++ {
		r.feed.Record(report(n), []stats.Sample{{Endpoint: "px/m", At: time.Now(), Outcome: stats.OutcomeRateLimited}, {Endpoint: "p/m", At: time.Now(), Outcome: stats.OutcomeOK}})
	}
}

// row is one line of a list.
type row struct {
	Seq       int64
	ID        string
	Provider  string
	Model     string
	Outcome   string
	Asked     string
	CostMicro *int64 `json:"cost_micro"`
	Failed    *int64 `json:"failed_cost_micro"`
	Tokens    map[string]any
	Resumed   string
	Dropped   int `json:"dropped_events"`
	Attempts  []struct{ Provider, Outcome string }
}

// page is a list as it is answered.
type page struct {
	Rows []row
	Next *int64
}

func (r *rig) list(query string) page {
	r.t.Helper()
	var p page
	r.get("/_/api/decisions"+query, 200, &p)
	return p
}

// get asks for a path, wants a status, and reads the JSON that comes.
func (r *rig) get(path string, status int, to any) string {
	r.t.Helper()
	resp, err := http.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode != status || resp.Header.Get("content-type") != "application/json" {
		r.t.Fatalf("%s: %d %s %s, want %d", path, resp.StatusCode, resp.Header.Get("content-type"), body, status)
	}
	if to != nil {
		if err := json.Unmarshal(body, to); err != nil {
			r.t.Fatalf("%s: %v: %s", path, err, body)
		}
	}
	return string(body)
}

// walk reads all pages and gives the rows.
func (r *rig) walk(filter string, limit int) (rows []row) {
	r.t.Helper()
	before := ""
	for range 1000 {
		p := r.list(fmt.Sprintf("?limit=%d%s%s", limit, filter, before))
		rows = append(rows, p.Rows...)
		if p.Next == nil {
			return rows
		}
		if len(p.Rows) != limit {
			r.t.Fatalf("a page of %d rows, not %d, that says there are more", len(p.Rows), limit)
		}
		before = fmt.Sprintf("&before=%d", *p.Next)
	}
	r.t.Fatal("the pages do not end")
	return nil
}

// falling checks that rows are those from last down to first, each once.
func falling(t testing.TB, rows []row, last, first int64) {
	t.Helper()
	if len(rows) != int(last-first)+1 {
		t.Errorf("%d rows, want %d", len(rows), last-first+1)
	}
	for i, r := range rows {
		if r.Seq != last-int64(i) {
			t.Fatalf("row %d is %d, want %d", i, r.Seq, last-int64(i))
		}
	}
}

// await waits until something is so.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for: " + what)
		}
	}
}
