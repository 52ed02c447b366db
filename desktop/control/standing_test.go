package control_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/policy"
	"strowger/core/stats"
)

// heed is what needs attention, with what is said of keys.
type heed struct {
	attention
	Untried []string
}

func (r *rig) heed() (h heed) {
	r.t.Helper()
	r.get("/_/api/attention", 200, &h.attention)
	r.get("/_/api/attention", 200, &h)
	return h
}

// A provider that was never asked is neither well nor ill, and one that only failed is not well:
// failures are attempts, never answers, and no key works because nobody refused it.
func TestFailuresAreNotAnswers(t *testing.T) {
	r := newRig(t, "")
	if p := r.providerList()["p1"]; p.State != "not_asked" || p.Note == "" || p.Totals.OK != 0 {
		t.Errorf("never asked: %+v", p)
	}
	if h := r.heed(); strings.Join(h.Untried, " ") != "p1 p2" || len(h.Items) != 0 {
		t.Errorf("never asked: %+v", h)
	}
	r.providers[0].SetBehaviour(provider.Behaviour{Fault: provider.FaultStatus, Status: 500})
	r.providers[1].SetBehaviour(provider.Behaviour{Fault: provider.FaultStatus, Status: 500})
	r.ask(t.Context(), "hello")
	await(t, "it to be written", func() bool { return r.store.Counters().Written == 1 })
	p := r.providerList()["p2"] // the last, which the failure counts of
	if p.State != "unanswered" || !strings.Contains(p.Note, "provider_error") || p.Totals.Requests != 1 || p.Totals.OK != 0 || p.Endpoints[0].Totals.Attempts != 1 || p.Endpoints[0].Totals.OK != 0 {
		t.Errorf("failed only: %+v", p)
	}
	if h := r.heed(); !h.has("provider", "p2: none of its attempts was answered yet") || strings.Join(h.Untried, " ") != "p1 p2" {
		t.Errorf("failed only: %+v", h)
	}
	r.providers[1].SetBehaviour(provider.Behaviour{})
	r.ask(t.Context(), "hello")
	await(t, "it to be written", func() bool { return r.store.Counters().Written == 2 })
	p = r.providerList()["p2"]
	if p.State != "ok" || p.Totals.Requests != 2 || p.Totals.OK != 1 || p.Endpoints[0].Totals.Attempts != 2 || p.Endpoints[0].Totals.OK != 1 {
		t.Errorf("one failed, one answered: %+v", p)
	}
	if h := r.heed(); strings.Join(h.Untried, " ") != "p1" {
		t.Errorf("one failed, one answered: %+v", h)
	}
}

// To have to pay says nothing of a key.
func TestPaymentRequiredRejectsNoKey(t *testing.T) {
	r := newRig(t, "")
	r.providers[0].SetBehaviour(provider.Behaviour{Fault: provider.FaultStatus, Status: 402})
	r.ask(t.Context(), "hello")
	if p := r.providerList()["p1"]; p.Key.State != "ok" {
		t.Errorf("%+v", p.Key)
	}
	r.providers[0].SetBehaviour(provider.Behaviour{Fault: provider.FaultStatus, Status: 403})
	r.ask(t.Context(), "hello")
	if p := r.providerList()["p1"]; p.Key.State != "rejected" {
		t.Errorf("%+v", p.Key)
	}
}

// standing is a limit of 1000 micro-dollars a day.
func standing(spent int64) limits.Standing {
	start := time.Now().Add(-time.Hour).Truncate(time.Second)
	return limits.Standing{Limit: policy.Limit{Account: "key laptop", CostLimit: catalog.CostLimit{Per: catalog.PerDay, Most: 1000}},
		Spent: spent, Left: max(1000-spent, 0), Start: start, Reset: start.Add(24 * time.Hour)}
}

// A limit is said to be near at four fifths, not before, and to be reached when what is left is less
// than a request usually costs, also if some is.
func TestLimitsNearAndReached(t *testing.T) {
	r := newRig(t, "")
	rep := report(1)
	rep.Key, rep.Cost, rep.Started = "laptop", 100, time.Now()
	r.feed.Record(rep, nil, nil)
	for spent, want := range map[int64]string{0: "room", 200: "room", 799: "room", 800: "near", 900: "near", 901: "reached", 1000: "reached", 1001: "reached"} {
		r.budgets = []limits.Standing{standing(spent)}
		var got struct {
			Budgets []struct{ State, Text string }
		}
		r.get("/_/api/budgets", 200, &got)
		if got.Budgets[0].State != want {
			t.Errorf("%d of 1000: %+v, want %s", spent, got.Budgets[0], want)
		}
		h, said := r.heed(), map[string]string{"room": "", "near": "warn", "reached": "bad"}[want]
		severity := ""
		for _, i := range h.Items {
			if i.Kind == "budget" {
				severity = i.Severity
				if i.Text != got.Budgets[0].Text || strings.Contains(i.Text, "reached") != (want == "reached") || strings.HasPrefix(i.Next, "once they are spent") != (want == "near") {
					t.Errorf("%d of 1000: %+v", spent, i)
				}
			}
		}
		if severity != said {
			t.Errorf("%d of 1000: %q", spent, severity)
		}
	}
}

// Another primary is proposed where a quarter fall back, of ten at least; what nobody was asked for
// does not count.
func TestFallbackHint(t *testing.T) {
	for _, c := range []struct {
		fell, all int
		said      bool
	}{{9, 9, false}, {10, 10, true}, {10, 40, true}, {10, 44, false}} {
		t.Run(fmt.Sprintf("%d of %d", c.fell, c.all), func(t *testing.T) {
			r := newRig(t, "")
			for n := range c.all {
				rep := report(1)
				rep.Started = time.Now()
				if n >= c.fell {
					rep.Attempts, rep.Served = rep.Attempts[1:], 1
				}
				r.feed.Record(rep, nil, nil)
				r.feed.Record(&exchange.Report{ID: "refused", Asked: rep.Asked, Status: 429, Outcome: exchange.OutcomeRefused, Started: time.Now()}, nil, nil)
			}
			if h := r.heed(); h.has("fallback", fmt.Sprintf("%d of %d requests", c.fell, c.all)) != c.said {
				t.Errorf("%+v", h)
			}
		})
	}
}

// What is switched by hand is in sight, worst where nothing else serves.
func TestAttentionToHand(t *testing.T) {
	r := newRig(t, "")
	r.do("POST", "/_/api/providers/p1/disable", `{"seconds":3600,"why":"dear"}`, 200, nil)
	if h := r.heed(); !h.has("hand", "p1: disabled by hand: dear") || h.Items[0].Severity != "info" {
		t.Errorf("%+v", h)
	}
	r.do("POST", "/_/api/providers/p2/drill", `{"seconds":600}`, 200, nil)
	if h := r.heed(); !h.has("hand", "p2: outage drill") || !h.has("hand", "nothing else serves sim/parrot, sim/free") || h.Items[0].Severity != "bad" {
		t.Errorf("%+v", h)
	}
	var s struct{ Degraded []struct{ Kind string } }
	if r.get("/_/api/status", 200, &s); len(s.Degraded) != 2 || s.Degraded[0].Kind != "hand" {
		t.Errorf("%+v", s)
	}
}

// What the configuration is warned of is said too.
func TestAttentionToWarnings(t *testing.T) {
	r := newRig(t, "")
	for n := range 20 {
		r.config.Warnings = append(r.config.Warnings, fmt.Sprint("warning ", n))
	}
	if h := r.heed(); len(h.Items) != 10 || !h.has("config", "warning 9") {
		t.Errorf("%+v", h)
	}
}

// A file that says what is disabled by hand is believed for 30 days at most; one that cannot be read
// is told of until something is switched.
func TestHandFile(t *testing.T) {
	r := newRig(t, "")
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(r.dir, "by_hand.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.restart()
	}
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	write(`{"p1":{"until":"` + in(31*24*time.Hour) + `"},"p2":{"until":"` + in(29*24*time.Hour) + `"}}`)
	if got := r.providerList(); got["p1"].State != "not_asked" || got["p2"].State != "disabled" || got["p1"].Endpoints[0].Reading.Off != nil {
		t.Errorf("%+v", got)
	}
	if h := r.heed(); h.has("hand", "cannot be read") {
		t.Errorf("%+v", h)
	}
	write(`{"p1":`)
	if h := r.heed(); !h.has("hand", "cannot be read") {
		t.Errorf("%+v", h)
	}
	r.do("POST", "/_/api/providers/p2/disable", `{"seconds":60}`, 200, nil)
	if h := r.heed(); h.has("hand", "cannot be read") {
		t.Errorf("%+v", h)
	}
}

// A query string that cannot be read is refused with its place, whoever reads it.
func TestMalformedQuery(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	for _, path := range []string{"decisions", "decisions/export?format=csv", "stats", "fallbacks", "providers", "catalog", "inflight", "explain"} {
		join := map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]
		for _, q := range []string{"from=1&provider=%zz", "x=1;provider=p1"} {
			var e struct{ Error struct{ Message string } }
			method := map[bool]string{true: "POST", false: "GET"}[path == "explain"]
			r.do(method, "/_/api/"+path+join+q, "", 400, &e)
			if !strings.HasPrefix(e.Error.Message, "query string, parameter ") {
				t.Errorf("%s: %s", q, e.Error.Message)
			}
			if strings.HasPrefix(q, "from") && !strings.Contains(e.Error.Message, `"provider"`) {
				t.Errorf("%s: %s", q, e.Error.Message)
			}
		}
	}
}

// What is deleted from the record is forgotten.
func TestForget(t *testing.T) {
	r := newRig(t, "a reason")
	r.record(1, 20)
	r.feed.Forget(report(11).Started)
	falling(t, r.walk("", 5), 20, 11)
	r.get("/_/api/decisions/id-10", 404, nil)
	r.get("/_/api/decisions/id-11", 200, nil)
	if body, _ := r.download("/_/api/decisions/export?format=ndjson"); strings.Count(body, "\n") != 10 {
		t.Error(body)
	}
	r.record(21, 21)
	falling(t, r.walk("", 5), 21, 11)
}

// However many watch, the status is made once.
func TestStatusIsShared(t *testing.T) {
	r := newRig(t, "")
	r.asked.Store(0)
	for range 10 {
		var s status
		next(t, r.listen(t.Context()), "status", &s)
	}
	if n := r.asked.Load(); n != 1 {
		t.Errorf("it was made %d times", n)
	}
}

// A probe goes to its endpoint alone, with no other way.
func TestProbeHasNoFallback(t *testing.T) {
	r := newRig(t, "")
	r.do("POST", "/_/api/providers/p1/probe", `{"dry_run":false}`, 200, nil)
	var sent struct {
		Provider struct {
			Only, Order []string
			Fallbacks   *bool `json:"allow_fallbacks"`
		}
	}
	if err := json.Unmarshal(r.carried, &sent); err != nil || sent.Provider.Fallbacks == nil || *sent.Provider.Fallbacks || strings.Join(sent.Provider.Only, " ") != "p1" || strings.Join(sent.Provider.Order, " ") != "p1" {
		t.Errorf("%v %s", err, r.carried)
	}
}

// Examples are as slow as they are said to be.
func TestExamples(t *testing.T) {
	r := newRig(t, "")
	for n := range 20 {
		rep := report(1)
		rep.ID, rep.Started, rep.First = fmt.Sprintf("took-%d", n), time.Now(), time.Duration(n*7%20+1)*time.Millisecond
		rep.Attempts[1].Endpoint, rep.Attempts[1].Provider = "p1/parrot", "p1"
		r.feed.Record(rep, nil, nil)
	}
	await(t, "them to be written", func() bool { return r.store.Counters().Written == 20 })
	// 11 ms is the one of n with n*7%20 = 10, and 20 ms of n*7%20 = 19.
	if e := r.providerList()["p1"].Endpoints[0].Examples; e.P50 != "took-10" || e.P95 != "took-17" {
		t.Errorf("%+v", e)
	}
}

// Failures before the time that is asked for count for circuits in it.
func TestSpansBeginBefore(t *testing.T) {
	r := newRig(t, "")
	now := time.Now()
	rep := report(1)
	rep.Started = now.Add(-90 * time.Second)
	var failures []stats.Sample
	for n := range 5 {
		failures = append(failures, stats.Sample{Endpoint: "p1/parrot", At: now.Add(time.Duration(n-70) * time.Second), Outcome: stats.OutcomeCut, Total: time.Second})
	}
	r.feed.Record(rep, failures, nil)
	await(t, "it to be written", func() bool { return r.store.Counters().Written == 1 })
	var f struct {
		Lanes []struct {
			Spans []struct {
				From time.Time
				Kind string
			}
		}
		Totals struct{ Requests, OK, Ended, Left, Refused, Cached int }
	}
	from := now.Add(-60 * time.Second).UTC().Truncate(time.Second)
	r.get("/_/api/fallbacks?from="+from.Format(time.RFC3339), 200, &f)
	if s := f.Lanes[0].Spans; len(s) == 0 || !s[0].From.Equal(from) || s[0].Kind != "open" {
		t.Errorf("%+v", f.Lanes)
	}
}

// What is a share of what is said once, for all screens: what ended is what was answered or failed,
// and what was refused, left or cached is counted beside it.
func TestOneDenominator(t *testing.T) {
	r := newRig(t, "")
	begin := time.Now().Add(-20 * time.Minute).Truncate(time.Minute)
	for n := 1; n <= 11; n++ { // one of them fails
		rep := report(n)
		rep.Started = begin.Add(time.Duration(n) * 20 * time.Second)
		r.feed.Record(rep, nil, nil)
	}
	for n := range 3 {
		r.feed.Record(&exchange.Report{ID: fmt.Sprint("no-", n), Status: 429, Outcome: exchange.OutcomeRefused, Started: begin}, nil, nil)
	}
	await(t, "them to be written", func() bool { return r.store.Counters().Written == 14 })
	type sums struct{ Requests, OK, Ended, Failed, Left, Refused, Cached int }
	var s struct {
		Totals  sums
		Traffic *struct{ From, To time.Time }
	}
	want := sums{Requests: 14, OK: 10, Ended: 11, Failed: 1, Refused: 3}
	if r.get("/_/api/stats", 200, &s); s.Totals != want {
		t.Errorf("stats: %+v", s.Totals)
	}
	if s.Traffic == nil || !s.Traffic.From.Equal(begin) || !s.Traffic.To.Equal(begin.Add(4*time.Minute)) {
		t.Errorf("traffic from %v: %+v", begin, s.Traffic)
	}
	if r.get("/_/api/fallbacks", 200, &s); s.Totals.Requests != 14 || s.Totals.OK != 10 || s.Totals.Ended != 11 || s.Totals.Refused != 3 {
		t.Errorf("fallbacks: %+v", s.Totals)
	}
	s.Traffic = nil
	if r.get("/_/api/stats?from=1&to=1000000", 200, &s); s.Traffic != nil {
		t.Errorf("%+v", s.Traffic)
	}
}
