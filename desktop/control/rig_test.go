package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/control"
	"strowger/desktop/learn"
	"strowger/desktop/proxy"
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

	proxy     *proxy.Proxy
	providers []*provider.Provider
	secrets   secrets
	budgets   []limits.Standing
	asked     atomic.Int64 // how often the budgets were
	carried   []byte       // the body of the last request of our own
	config    control.ConfigState
}

// secrets are those of the test, by reference.
type secrets map[string]string

func (s secrets) Resolve(ref string) (string, error) {
	if key, ok := s[ref]; ok {
		return key, nil
	}
	return "", errors.New("not set")
}

// plane is the data plane as the control plane sees it.
type plane struct {
	*proxy.Proxy
	rig *rig
}

func (p plane) Carry(ctx context.Context, path string, c router.Call) (*exchange.Report, error) {
	p.rig.carried = c.Body
	return p.Proxy.Carry(ctx, path, c)
}

func (p plane) Flights(most int) (seen []control.Flight, n int) {
	all, n := p.Proxy.Flights(most)
	for _, f := range all {
		seen = append(seen, control.Flight(f))
	}
	return seen, n
}

// data makes a data plane with two simulated providers behind it, p1 and p2; p3 is switched off.
func (r *rig) data() *catalog.Catalog {
	r.t.Helper()
	cfg := catalog.Config{}
	m := catalog.Model{ID: "sim/parrot"}
	for n := 1; n <= 3; n++ {
		name := fmt.Sprintf("p%d", n)
		if len(r.providers) < n {
			r.providers = append(r.providers, provider.New(provider.Options{Name: name}))
		}
		server, err := provider.Serve(r.providers[n-1])
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { _ = server.Close() })
		cfg.Providers = append(cfg.Providers, catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: server.URL + "/v1", KeyRef: "env:KEY_" + name, Disabled: n == 3})
		m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: name, PriceFrom: "somewhere, 2026-01-02", Price: catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}})
	}
	cfg.Models = []catalog.Model{m, {ID: "sim/free", Endpoints: []catalog.Endpoint{{Provider: "p2"}}}}
	cfg.Aliases = []catalog.Alias{{Name: "bird", Means: "sim/parrot"}}
	cat, err := catalog.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.secrets == nil {
		r.secrets = secrets{"env:KEY_p1": "sk-0123456789abcdWXYZ", "env:KEY_p2": "short"}
	}
	r.proxy = proxy.New(proxy.Options{Setup: proxy.Setup{Router: router.New(cat), Secrets: r.secrets}, Recorder: r.feed})
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = r.proxy.Close(ctx)
	})
	return cat
}

// ask sends a request to the data plane and reads the answer.
func (r *rig) ask(ctx context.Context, directive string) (status int, body string) {
	r.t.Helper()
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions",
		strings.NewReader(fmt.Sprintf(`{"model":"sim/parrot","stream":true,"messages":[{"role":"user","content":%q}]}`, directive)))
	w := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }() // an answer that is cut
		r.proxy.ServeHTTP(w, req)
	}()
	return w.Code, w.Body.String()
}

// do asks with a method and a body and reads the JSON that comes, if any.
func (r *rig) do(method, path, body string, status int, to any) http.Header {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		r.t.Fatalf("%s %s: %v %d %s, want %d", method, path, err, resp.StatusCode, text, status)
	}
	if to != nil {
		if err := json.Unmarshal(text, to); err != nil {
			r.t.Fatalf("%s: %v: %s", path, err, text)
		}
	}
	return resp.Header
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
	learner, cat := r.learner, r.data()
	current := func() *catalog.Catalog { return cat }
	if err := r.feed.Begin(context.Background(), func() *time.Location { return time.UTC }); err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.Samples(context.Background(), time.Now().Add(-time.Hour), 1000, func(s stats.Sample) error {
		r.feed.Note(s)
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	if r.config.Rev == "" {
		r.config = control.ConfigState{Path: "x.yaml", Rev: "r1"}
	}
	server := httptest.NewServer(control.New(control.Options{
		Feed: r.feed, Store: db, Decider: decider{}, Learner: learner, Page: http.NotFoundHandler(), Version: "test", Listen: "127.0.0.1:1",
		Exchanges: plane{r.proxy, r}, Endpoints: plane{r.proxy, r}, Keys: control.NewKeys(r.secrets, r.feed, current), Catalog: current,
		Addresses: []string{"http://127.0.0.1:1"}, Folder: r.dir, Parts: []control.Part{part{}},
		Config: func() control.ConfigState { return r.config },
		Budgets: func() []limits.Standing {
			r.asked.Add(1)
			return r.budgets
		},
		Edges: &r.edge, StoreProblem: problem, Started: time.Unix(1700000000, 0), Closing: r.closing,
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

// part is more of the API.
type part struct{}

func (part) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"PUT /_/api/part/{id}": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}
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
		r.feed.Record(report(n), []stats.Sample{{Endpoint: "px/m", At: time.Now(), Outcome: stats.OutcomeRateLimited}, {Endpoint: "p/m", At: time.Now(), Outcome: stats.OutcomeOK}}, nil)
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

// walk reads all pages, short ones too, and gives the rows.
func (r *rig) walk(filter string, limit int) (rows []row) {
	r.t.Helper()
	before := ""
	for range 1000 {
		p := r.list(fmt.Sprintf("?limit=%d%s%s", limit, filter, before))
		rows = append(rows, p.Rows...)
		if p.Next == nil {
			return rows
		}
		if len(p.Rows) > limit {
			r.t.Fatalf("a page of %d rows, not %d", len(p.Rows), limit)
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
