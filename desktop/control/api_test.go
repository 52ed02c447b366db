package control_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/policy"
	"strowger/core/stats"
)

// A path that takes another method says which; one that is none is not found.
func TestMethods(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/_/api/status", 405, "GET"},
		{"GET", "/_/api/explain", 405, "POST"},
		{"GET", "/_/api/samples", 405, "POST"},
		{"GET", "/_/api/providers/p1/disable", 405, "POST, DELETE"},
		{"PUT", "/_/api/inflight/x", 405, "DELETE"},
		{"GET", "/_/api/part/x", 405, "PUT"},
		{"GET", "/_/api/part", 404, ""},
		{"POST", "/_/api/nothing", 404, ""},
		{"GET", "/_/api/", 404, ""},
	} {
		var e struct{ Error struct{ Status int } }
		h := r.do(c.method, c.path, "", c.status, &e)
		if h.Get("allow") != c.allow || e.Error.Status != c.status {
			t.Errorf("%s %s: allow %q, %+v", c.method, c.path, h.Get("allow"), e)
		}
	}
}

// Every filter is checked, and does what it says in memory and in the store.
func TestMoreFilters(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	for _, q := range []string{"from=yesterday", "status=x", "stream=maybe", "fallback=2", "cost_min=-1", "total_min_us=1e9", "unpriced=x"} {
		var e struct{ Error struct{ Message string } }
		r.get("/_/api/decisions?"+q, 400, &e)
		if name, _, _ := strings.Cut(q, "="); !strings.HasPrefix(e.Error.Message, name) {
			t.Errorf("%s: %s", q, e.Error.Message)
		}
	}
	r.record(1, 1200)
	await(t, "everything to be written", func() bool { return r.store.Counters().Queued == 0 })
	for filter, want := range map[string]int{
		"&cause=rate_limited": 1200, "&cause=cut": 120, "&id=ID-12": 12, "&fallback=1": 1200, "&fallback=0": 0, "&stream=1&status=200": 1200,
		"&cost_min=7&cost_max=7": 1200, "&cost_min=8": 0, "&total_min_us=5000&first_min_us=1000": 1200, "&total_min_us=5001": 0,
		"&asked=sim/m1:price": 600, "&from=1700001100": 101, "&from=2023-11-14T22:31:40Z&to=1700001110": 10, "&unpriced=1": 0, "&key=probe": 0,
	} {
		if rows := r.walk(filter, 500); len(rows) != want {
			t.Errorf("%s: %d, want %d", filter, len(rows), want)
		}
	}
}

// Exports hold what the list holds, also what is not in memory, and nothing a spreadsheet runs.
func TestExport(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	r.record(1, 1200)
	evil := report(1201)
	evil.Asked = `=HYPERLINK("http://x","y")` + "\n,"
	r.feed.Record(evil, nil, nil)
	await(t, "everything to be written", func() bool { return r.store.Counters().Queued == 0 })
	for _, c := range []struct {
		filter string
		want   int
	}{{"", 1201}, {"&outcome=failed", 120}, {"&provider=nobody", 0}} {
		body, h := r.download("/_/api/decisions/export?format=csv" + c.filter)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || len(rows) != c.want+1 || rows[0][0] != "seq" || h.Get("content-type") != "text/csv; charset=utf-8" || !strings.Contains(h.Get("content-disposition"), `attachment; filename="strowger-2`) {
			t.Fatalf("%s: %v, %d rows, %v", c.filter, err, len(rows), h)
		}
		lines := 0
		body, _ = r.download("/_/api/decisions/export?format=ndjson" + c.filter)
		for d := json.NewDecoder(strings.NewReader(body)); ; lines++ {
			var row map[string]any
			if err := d.Decode(&row); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if lines+1 < len(rows) && (fmt.Sprint(row["id"]) != rows[lines+1][1] || len(row) != len(rows[0])) {
				t.Fatalf("line %d is %v, of csv %v", lines, row, rows[lines+1])
			}
		}
		if lines != c.want {
			t.Errorf("%s: %d lines", c.filter, lines)
		}
		if c.filter == "" && rows[1][3] != "'"+evil.Asked {
			t.Errorf("a formula: %q", rows[1][3])
		}
	}
	r.get("/_/api/decisions/export?format=xls", 400, nil)
}

func (r *rig) download(path string) (string, http.Header) {
	r.t.Helper()
	resp, err := http.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		r.t.Fatalf("%s: %v %d", path, err, resp.StatusCode)
	}
	return string(body), resp.Header
}

type cell struct {
	Requests, Failed, Unpriced, Output int
	AfterFallback                      int `json:"after_fallback"`
	Cancelled                          int
	Saved                              int    `json:"saved_micro"`
	Cost                               *int64 `json:"cost_micro"`
	P50                                *int64 `json:"total_p50_us"`
}

// Counts over time add up, and points lie where at says.
func TestStats(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	begin := time.Now().Add(-10 * time.Minute).Truncate(time.Minute)
	for n := 1; n <= 21; n++ {
		rep := report(n)
		rep.Started, rep.Saved = begin.Add(time.Duration(n)*15*time.Second), 7
		if n == 21 {
			rep.Outcome = exchange.OutcomeCancelled
		}
		r.feed.Record(rep, nil, nil)
	}
	await(t, "everything to be written", func() bool { return r.store.Counters().Queued == 0 })
	var s struct {
		Step   int
		At     []int64
		Totals cell
		Groups []struct {
			Name   string
			Totals cell
			Points []*cell
		}
	}
	r.get("/_/api/stats?by=provider", 200, &s)
	if s.Step != 60 || s.Totals.Requests != 21 || s.Totals.Cancelled != 1 || s.Totals.Saved != 147 || s.Totals.AfterFallback != 18 || s.Totals.Failed != 2 || s.Totals.Output != 210 || len(s.Groups) != 3 || s.Totals.P50 == nil {
		t.Errorf("%+v", s)
	}
	for _, g := range s.Groups {
		if len(g.Points) != len(s.At) {
			t.Fatalf("%d points at %d moments", len(g.Points), len(s.At))
		}
		sum := 0
		for i, p := range g.Points {
			if p == nil {
				continue
			}
			sum += p.Requests
			if s.At[i] < begin.Unix() || s.At[i] > begin.Add(6*time.Minute).Unix() {
				t.Errorf("%s: a point at %d", g.Name, s.At[i])
			}
		}
		if sum != g.Totals.Requests {
			t.Errorf("%s: points add up to %d of %d", g.Name, sum, g.Totals.Requests)
		}
	}
	for _, q := range []string{"by=colour", "step=7", "from=1&to=1", "from=0", "step=60&from=1700000000&to=1700000600"} {
		r.get("/_/api/stats?"+q, 400, nil)
	}
	r.get("/_/api/stats?by=day&from=1700000000&to=1700900000", 200, &s)
	if r2 := newRig(t, "a reason"); r2.get("/_/api/stats?by=model", 200, &s) == "" || s.Totals.Requests != 0 {
		t.Errorf("without a record: %+v", s)
	}
}

type attention struct {
	Items []struct{ Kind, Severity, Text, Next, Link string }
}

func (a *attention) has(kind, text string) bool {
	for _, i := range a.Items {
		if i.Kind == kind && strings.Contains(i.Text, text) && i.Next != "" && strings.HasPrefix(i.Link, "#/") && i.Severity != "" {
			return true
		}
	}
	return false
}

// What needs looking at is said, and nothing where nothing does.
func TestAttention(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	var a attention
	if r.get("/_/api/attention", 200, &a); len(a.Items) != 0 {
		t.Errorf("nothing is wrong: %+v", a)
	}
	for n := range 12 {
		rep := report(n + 1)
		rep.Asked, rep.Started = "x/often", time.Now()
		if n < 3 {
			rep.Priced, rep.Attempts[1].Priced = false, false
		}
		r.feed.Record(rep, nil, nil)
	}
	for range 3 {
		r.proxy.Fold(stats.Sample{Endpoint: "p2/free", At: time.Now(), Outcome: stats.OutcomeCut})
	}
	r.config.Problem = "line 3: no"
	standing := limits.Standing{Limit: policy.Limit{Account: "key laptop", CostLimit: catalog.CostLimit{Per: catalog.PerDay, Most: 1000}}, Spent: 900, Left: 100, Start: time.Now(), Reset: time.Now().Add(time.Hour)}
	r.budgets = []limits.Standing{standing}
	r.get("/_/api/attention", 200, &a)
	for kind, text := range map[string]string{"fallback": "12 of 12 requests for x/often", "unpriced": "no known price for 1 request to p", "circuit": "p2/free", "config": "line 3", "budget": "key laptop per day"} {
		if !a.has(kind, text) {
			t.Errorf("%s: %q is not said in %+v", kind, text, a)
		}
	}
	if a.Items[0].Severity != "bad" || a.Items[len(a.Items)-1].Severity != "info" {
		t.Errorf("the worst is not first: %+v", a)
	}
	var s struct {
		Degraded  []struct{ Kind, Text string }
		Addresses []string
		Today     int64 `json:"today_micro"`
		Unpriced  int64 `json:"today_unpriced"`
	}
	r.get("/_/api/status", 200, &s)
	if len(s.Degraded) != 2 || len(s.Addresses) != 1 || s.Today != 84 || s.Unpriced != 3 {
		t.Errorf("%+v", s)
	}
}

// What is spent today outlives a restart.
func TestToday(t *testing.T) {
	r := newRig(t, "")
	rep := report(1)
	rep.Started, rep.Wasted = time.Now(), 3 // a failed attempt cost something too
	r.feed.Record(rep, nil, nil)
	for _, when := range []string{"before", "after"} {
		if micro, unpriced := r.feed.Today(); micro != 10 || unpriced != 0 {
			t.Errorf("%s a restart: %d, %d", when, micro, unpriced)
		}
		r.restart()
	}
}

// A forecast goes on as it went so far, and is none before a tenth of the window is over.
func TestForecast(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	now := time.Now()
	window := func(gone, left time.Duration, spent int64) limits.Standing {
		return limits.Standing{Limit: policy.Limit{Account: "all", CostLimit: catalog.CostLimit{Per: catalog.PerDay, Most: 1000}}, Spent: spent, Left: max(1000-spent, 0), Start: now.Add(-gone), Reset: now.Add(left)}
	}
	r.budgets = []limits.Standing{window(time.Hour, 99*time.Hour, 10), window(50*time.Hour, 50*time.Hour, 600), window(50*time.Hour, 50*time.Hour, 100), window(time.Hour, 99*time.Hour, 1000)}
	var got struct {
		Budgets []struct {
			Forecast *int64 `json:"forecast_micro"`
			Reaches  *time.Time
			Effect   string
			State    string
		}
	}
	r.get("/_/api/budgets", 200, &got)
	b := got.Budgets
	if b[0].Forecast != nil || b[0].Reaches != nil || !strings.Contains(b[0].Effect, "requests are refused with 429 until") {
		t.Errorf("%+v", b[0])
	}
	if f := b[1].Forecast; f == nil || *f < 1199 || *f > 1200 || b[1].Reaches == nil || b[1].Reaches.Sub(now).Round(time.Hour) != 33*time.Hour {
		t.Errorf("%+v", b[1])
	}
	if f := b[2].Forecast; f == nil || *f < 199 || *f > 200 || b[2].Reaches != nil {
		t.Errorf("%+v", b[2])
	}
	if b[3].Reaches != nil || b[3].State != "reached" {
		t.Errorf("%+v", b[3])
	}
}

// The catalog says what can be called, for how much, and what auto has chosen.
func TestCatalog(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	var got struct {
		Rev    string
		Models []struct {
			ID      string
			InAuto  bool `json:"in_auto"`
			Quality struct {
				Permille *int
				From     string
				By       []struct{ Category string }
			}
			Endpoints []struct {
				ID    string
				Price *struct {
					Input  int64
					Source string
					Date   string
				}
				Enabled bool
			}
			Totals cell
		}
		Aliases  []struct{ Name, To string }
		Auto     struct{ Preference string }
		Unpriced []struct {
			Endpoint string
			Requests int
		}
	}
	for range 3 {
		rep := report(1)
		rep.Started, rep.Priced, rep.Attempts[1].Endpoint, rep.Attempts[1].Model = time.Now(), false, "p2/free", "sim/free"
		r.feed.Record(rep, nil, nil)
	}
	await(t, "everything to be written", func() bool { return r.store.Counters().Queued == 0 })
	r.get("/_/api/catalog", 200, &got)
	m := got.Models
	if len(m) != 2 || !m[0].InAuto || m[0].Quality.From != "price" || m[0].Quality.Permille == nil || len(m[0].Quality.By) != 5 || len(m[0].Endpoints) != 3 {
		t.Fatalf("%+v", got)
	}
	if e := m[0].Endpoints[0]; e.Price == nil || e.Price.Input != 1_000_000 || e.Price.Date != "2026-01-02" || !e.Enabled || m[0].Endpoints[2].Enabled {
		t.Errorf("%+v", e)
	}
	if m[1].Quality.Permille != nil || m[1].Quality.From != "unknown" || m[1].Endpoints[0].Price != nil || m[1].Totals.Requests != 3 || m[1].Totals.Cost != nil {
		t.Errorf("%+v", m[1])
	}
	if len(got.Aliases) != 1 || got.Auto.Preference != "balanced" || len(got.Unpriced) != 1 || got.Unpriced[0].Endpoint != "p2/free" || got.Unpriced[0].Requests != 3 {
		t.Errorf("%+v", got)
	}
}
