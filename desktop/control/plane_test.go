package control_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
)

type flying struct {
	Rows []struct {
		ID, Asked, Provider, Endpoint, Stage, Schema string
		Attempt                                      int
		Stream                                       bool
		Bytes                                        int64
		FirstUS                                      *int64 `json:"first_us"`
	}
	All int
}

// What is going on is listed, sent to those who watch when it changes, and can be ended.
func TestInflight(t *testing.T) {
	r := newRig(t, "")
	events := r.listen(t.Context())
	var f flying
	next(t, events, "inflight", &f)
	if f.All != 0 || f.Rows == nil {
		t.Errorf("at the beginning: %+v", f)
	}
	got := make(chan string, 1)
	go func() {
		_, body := r.ask(context.Background(), `sim: fault=stall after=2 text="one two three"`)
		got <- body
	}()
	for len(f.Rows) == 0 || f.Rows[0].Stage != "streaming" {
		next(t, events, "inflight", &f)
	}
	row := f.Rows[0]
	if f.All != 1 || row.Asked != "sim/parrot" || row.Provider != "p1" || row.Endpoint != "p1/parrot" || row.Schema != "openai" || !row.Stream || row.Attempt != 1 || row.FirstUS == nil {
		t.Errorf("%+v", row)
	}
	r.get("/_/api/inflight", 200, &f)
	r.do("DELETE", "/_/api/inflight/no-such", "", 404, nil)
	r.do("DELETE", "/_/api/inflight/"+f.Rows[0].ID, "", 204, nil)
	if body := <-got; !strings.Contains(body, "cancelled by hand") || strings.Contains(body, "[DONE]") {
		t.Error(body)
	}
	for len(f.Rows) != 0 {
		next(t, events, "inflight", &f)
	}
	await(t, "it to be recorded", func() bool { return len(r.list("?outcome=cancelled&id="+row.ID).Rows) == 1 })
	quiet := time.After(600 * time.Millisecond)
	for {
		select {
		case e := <-events:
			if e.name == "inflight" {
				t.Errorf("sent although nothing has changed: %s", e.data)
			}
			continue
		case <-quiet:
		}
		return
	}
}

type providerView struct {
	Name, State, Note string
	Until             *time.Time
	Key               struct{ Ref, State, Last4 string }
	Disabled          *struct {
		Until time.Time
		Why   string
	}
	Drill     *struct{ Status int }
	Remaining []any
	Endpoints []struct {
		ID, Model string
		Enabled   bool
		Reading   struct {
			Circuit string
			Off     *time.Time
		}
		Examples struct{ P50, P95 string }
		Errors   map[string]int
		Totals   struct{ Attempts, OK int }
	}
	Totals struct{ Requests, OK int }
	Alone  []string
}

func (r *rig) providerList() map[string]providerView {
	r.t.Helper()
	var list struct{ Providers []providerView }
	body := r.get("/_/api/providers", 200, &list)
	if strings.Contains(body, "0123456789") || strings.Contains(body, "short") {
		r.t.Fatalf("more of a key than its end: %s", body)
	}
	all := map[string]providerView{}
	for _, p := range list.Providers {
		all[p.Name] = p
	}
	return all
}

// A provider is disabled by hand, that survives a restart, and it ends.
func TestDisable(t *testing.T) {
	r := newRig(t, "")
	for _, c := range []struct{ path, body, want string }{
		{"p1/disable", `{}`, "seconds"}, {"p1/disable", `{"seconds":99999999}`, "seconds"}, {"p1/disable", `no`, "JSON"},
		{"p1/disable", `{"seconds":1,"why":"` + strings.Repeat("x", 300) + `"}`, "why"},
		{"p1/drill", `{"seconds":601}`, "600"}, {"p1/drill", `{"seconds":5,"status":400}`, "status"}, {"p1/drill", `{"seconds":5,"status":200}`, "status"},
	} {
		var e struct{ Error struct{ Message string } }
		r.do("POST", "/_/api/providers/"+c.path, c.body, 400, &e)
		if !strings.Contains(e.Error.Message, c.want) {
			t.Errorf("%s %s: %s", c.path, c.body, e.Error.Message)
		}
	}
	r.do("POST", "/_/api/providers/nobody/disable", `{"seconds":5}`, 404, nil)
	var p providerView
	r.do("POST", "/_/api/providers/p1/disable", `{"seconds":3600,"why":"too dear today"}`, 200, &p)
	if p.State != "disabled" || p.Until == nil || p.Disabled == nil || p.Disabled.Why != "too dear today" || p.Endpoints[0].Reading.Off == nil || len(p.Alone) != 0 {
		t.Errorf("%+v", p)
	}
	if _, body := r.ask(context.Background(), "sim: text=well"); !strings.Contains(body, "well") {
		t.Error(body)
	}
	id := r.list("").Rows[0].ID
	if doc := r.get("/_/api/attention", 200, nil); !strings.Contains(doc, `"kind":"hand","severity":"info","text":"p1: disabled by hand: too dear today"`) {
		t.Errorf("nobody is told: %s", doc)
	}
	if doc := r.get("/_/api/decisions/"+id, 200, nil); !strings.Contains(doc, `"disabled_by_hand"`) {
		t.Error(doc)
	}
	r.do("POST", "/_/api/providers/p2/disable", `{"seconds":1}`, 200, &p)
	if strings.Join(p.Alone, " ") != "sim/parrot sim/free" {
		t.Errorf("nothing serves %v", p.Alone)
	}
	r.do("DELETE", "/_/api/providers/p2/disable", "", 200, &p)
	if info, err := os.Stat(filepath.Join(r.dir, "by_hand.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", err, info.Mode())
	}
	r.restart()
	if got := r.providerList(); got["p1"].State != "disabled" || got["p2"].State != "ok" {
		t.Errorf("after a restart: %+v", got)
	}
	if _, _ = r.ask(context.Background(), "sim: text=well"); r.list("").Rows[0].Provider != "p2" {
		t.Error("the data plane does not know of it after a restart")
	}
	r.do("DELETE", "/_/api/providers/p1/disable", "", 200, &p)
	if p.State != "not_asked" || p.Disabled != nil || p.Until != nil {
		t.Errorf("%+v", p)
	}
	if _, _ = r.ask(context.Background(), "sim: text=well"); r.list("").Rows[0].Provider != "p1" {
		t.Error("it is not used again")
	}
	if err := os.WriteFile(filepath.Join(r.dir, "by_hand.json"), []byte(`{"p1":{"until":"2999-01-01T00:00:00Z"},"p2":`), 0o600); err != nil {
		t.Fatal(err)
	}
	r.restart()
	if got := r.providerList(); got["p1"].State != "ok" {
		t.Errorf("from a damaged file: %+v", got["p1"])
	}
}

// A drill fails every attempt, says so where they are shown, and ends.
func TestDrill(t *testing.T) {
	r := newRig(t, "")
	var p providerView
	r.do("POST", "/_/api/providers/p1/drill", `{"seconds":600}`, 200, &p)
	if p.State != "drill" || p.Drill == nil || p.Drill.Status != 503 {
		t.Errorf("%+v", p)
	}
	for range 3 {
		if status, body := r.ask(context.Background(), "sim: text=well"); status != 200 || !strings.Contains(body, "well") {
			t.Error(status, body)
		}
	}
	rows := r.list("?fallback=1&cause=overloaded&provider=p2").Rows
	if len(rows) != 3 || len(rows[0].Attempts) != 2 {
		t.Fatalf("%+v", rows)
	}
	if doc := r.get("/_/api/decisions/"+rows[0].ID, 200, nil); !strings.Contains(doc, "outage drill") {
		t.Error(doc)
	}
	r.do("DELETE", "/_/api/providers/p1/drill", "", 200, &p)
	if p.State != "resting" || p.Drill != nil || p.Endpoints[0].Reading.Circuit != "open" || p.Until == nil {
		t.Errorf("behind the drill: %+v", p)
	}
	await(t, "it to be written", func() bool { return r.store.Counters().Queued == 0 })
	var f struct {
		Lanes []struct {
			Provider string
			Marks    []struct {
				Endpoint, Outcome, ID string
				Status                int
				Seq                   int64
				At                    time.Time
			}
			Spans []struct {
				Kind, Endpoint string
				From, To       time.Time
			}
		}
		Flows  []struct{ Asked, Trigger, Served string }
		Totals struct {
			Requests, Saved, Lost int
			FellBack              int `json:"fell_back"`
		}
	}
	r.get("/_/api/fallbacks", 200, &f)
	if len(f.Lanes) != 3 || len(f.Lanes[0].Marks) != 3 || len(f.Lanes[0].Spans) != 1 || f.Lanes[0].Spans[0].Kind != "open" || f.Lanes[0].Spans[0].To.Before(f.Lanes[0].Spans[0].From) {
		t.Errorf("%+v", f.Lanes)
	}
	if m := f.Lanes[0].Marks[0]; m.Status != 503 || m.Outcome != "overloaded" || m.ID != rows[0].ID || m.Endpoint != "p1/parrot" || m.Seq != rows[0].Seq {
		t.Errorf("%+v", m)
	}
	if len(f.Flows) != 1 || f.Flows[0].Served != "p2" || f.Totals.Requests != 3 || f.Totals.FellBack != 3 || f.Totals.Saved != 3 || f.Totals.Lost != 0 {
		t.Errorf("%+v %+v", f.Flows, f.Totals)
	}
	got := r.providerList()["p1"]
	if got.Endpoints[0].Errors["overloaded"] != 3 {
		t.Errorf("%+v", got)
	}
	if p2 := r.providerList()["p2"]; p2.Endpoints[0].Examples.P50 == "" || p2.Totals.Requests != 3 {
		t.Errorf("%+v", p2)
	}
}

// A key shows no more than its end, and that only if it is long; what became of it last counts.
func TestKeys(t *testing.T) {
	r := &rig{t: t, dir: t.TempDir(), secrets: secrets{"env:KEY_p1": "sk-0123456789abcdWXYZ", "env:KEY_p2": "short"}}
	r.start("")
	got := r.providerList()
	if k := got["p1"].Key; k.Ref != "env:KEY_p1" || k.State != "ok" || k.Last4 != "WXYZ" {
		t.Errorf("%+v", k)
	}
	if k := got["p2"].Key; k.State != "ok" || k.Last4 != "" {
		t.Errorf("%+v", k)
	}
	if p := got["p3"]; p.Key.State != "missing" || p.State != "off" {
		t.Errorf("%+v", p)
	}
	r.ask(context.Background(), "sim: fault=status status=401")
	if p := r.providerList()["p1"]; p.Key.State != "rejected" || p.State != "rejected" {
		t.Errorf("%+v", p)
	}
	var a attention
	r.get("/_/api/attention", 200, &a)
	if !a.has("key", "p1") {
		t.Errorf("%+v", a)
	}
	r.ask(context.Background(), "sim: text=well")
	if p := r.providerList()["p1"]; p.Key.State != "ok" {
		t.Errorf("%+v", p)
	}
}

// A probe says first what it spends, and sends nothing then.
func TestProbe(t *testing.T) {
	r := newRig(t, "")
	var dry struct {
		Endpoint, Says string
		Estimate       *int64 `json:"estimate_micro"`
	}
	r.do("POST", "/_/api/providers/p1/probe", `{"dry_run":true}`, 200, &dry)
	if dry.Endpoint != "p1/parrot" || dry.Estimate == nil || *dry.Estimate != 18 || !strings.Contains(dry.Says, "$0.000018") || r.providers[0].Requests() != 0 {
		t.Errorf("%+v", dry)
	}
	r.do("POST", "/_/api/providers/p2/probe", `{"dry_run":true,"endpoint":"p2/free"}`, 200, &dry)
	if dry.Estimate != nil || !strings.Contains(dry.Says, "not known") {
		t.Errorf("%+v", dry)
	}
	for path, body := range map[string]string{"p1": `{"endpoint":"p2/parrot"}`, "p3": `{"dry_run":false}`, "p2": `x`} {
		r.do("POST", "/_/api/providers/"+path+"/probe", body, 400, nil)
	}
	for _, body := range []string{`null`, `{}`, `{"dryRun":true}`, `{"endpoint":"p1/parrot"}`} {
		var e struct{ Error struct{ Message string } }
		r.do("POST", "/_/api/providers/p1/probe", body, 400, &e)
		if !strings.HasPrefix(e.Error.Message, "dry_run:") || r.providers[0].Requests() != 0 {
			t.Errorf("%s: %q, %d sent", body, e.Error.Message, r.providers[0].Requests())
		}
	}
}

// A probe is sent, there alone, and says what became of it.
func TestProbeSends(t *testing.T) {
	r := newRig(t, "")
	var got struct {
		Endpoint, Outcome, Message, ID string
		Status                         int
		First                          *int64 `json:"first_us"`
		Cost                           *int64 `json:"cost_micro"`
	}
	r.do("POST", "/_/api/providers/p2/probe", `{"dry_run":false}`, 200, &got)
	if got.Endpoint != "p2/parrot" || got.Outcome != "ok" || got.Status != 200 || got.First == nil || got.Cost == nil || r.providers[1].Requests() != 1 || r.providers[0].Requests() != 0 {
		t.Errorf("%+v", got)
	}
	var sent struct {
		MaxTokens int `json:"max_tokens"`
		Provider  any
	}
	if err := json.Unmarshal(r.providers[1].Last().Body, &sent); err != nil || sent.MaxTokens != 1 || sent.Provider != nil {
		t.Errorf("%v %s", err, r.providers[1].Last().Body)
	}
	if rows := r.list("?key=probe").Rows; len(rows) != 1 || rows[0].ID != got.ID || rows[0].Provider != "p2" {
		t.Errorf("%+v", rows)
	}
	r.providers[0].SetBehaviour(provider.Behaviour{Fault: provider.FaultStatus, Status: 500})
	r.do("POST", "/_/api/providers/p1/probe", `{"dry_run":false}`, 200, &got)
	if got.Endpoint != "p1/parrot" || got.Outcome != "provider_error" || got.Status != 500 || got.Message == "" || r.providers[1].Requests() != 1 {
		t.Errorf("%+v", got)
	}
	r.do("POST", "/_/api/providers/p1/disable", `{"seconds":60}`, 200, nil)
	r.do("POST", "/_/api/providers/p1/probe", `{"dry_run":false}`, 200, &got)
	if got.Outcome != "refused" || !strings.Contains(got.Message, "disabled by hand") {
		t.Errorf("%+v", got)
	}
}
