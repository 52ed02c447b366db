package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/desktop/config"
	"strowger/desktop/journaltest"
	"strowger/desktop/policytest"
	"strowger/edge"
)

// supposed is what whatif answers.
type supposed struct {
	Decision, Before *struct {
		Plan []string
		Rev  string
	}
	Flips []struct {
		Endpoint, Quantity, Unit, Text string
		Margin                         int64
	}
	Same    bool
	Compute int64 `json:"compute_us"`
	Refused *struct {
		Status  int
		Message string
	}
	Rev string
}

// recorded sends a request and gives the id of its decision, once it is known.
func recorded(t *testing.T, url string) string {
	t.Helper()
	var list rows
	get(t, url+"/_/api/decisions", &list)
	before := len(list.Rows)
	if code, text := post(t, url, body(false, "hello")); code != 200 {
		t.Fatal(code, text)
	}
	await(t, "the decision", func() bool { get(t, url+"/_/api/decisions", &list); return len(list.Rows) > before })
	return list.Rows[0].ID
}

func TestWhatIf(t *testing.T) {
	f, _ := newFile(t, "p1", "p2")
	f.write("routing: {strategy: priority}\n")
	a := startFile(t, f, &journaltest.Journal{})
	ask := fields{"request": json.RawMessage(body(false, "hello"))}
	var s supposed
	first, second := "p1/parrot-1", "p2/parrot-1"
	if status := submit(t, a, "POST", "/_/api/whatif", ask, &s); status != 200 || !s.Same || len(s.Decision.Plan) != 2 || s.Decision.Plan[0] != first || s.Before == nil {
		t.Fatalf("%d %+v", status, s)
	}
	if s.Compute <= 0 {
		t.Error("it took no time")
	}
	if len(s.Flips) == 0 || s.Flips[0].Endpoint != second || s.Flips[0].Text == "" {
		t.Errorf("flips %+v", s.Flips)
	}
	ask["changes"] = fields{"endpoints": fields{first: fields{"circuit": "open"}}}
	if status := submit(t, a, "POST", "/_/api/whatif", ask, &s); status != 200 || s.Same || s.Decision.Plan[0] != second || s.Before.Plan[0] != first {
		t.Errorf("%d %+v", status, s)
	}
	// As text, under another configuration.
	turned := strings.Replace(f.base, "- {provider: p1}\n      - {provider: p2}", "- {provider: p2}\n      - {provider: p1}", 1)
	if status := submit(t, a, "POST", "/_/api/whatif", fields{"request": body(false, "hello"), "config": turned}, &s); status != 200 || s.Decision.Plan[0] != second || s.Rev == s.Before.Rev {
		t.Errorf("%d %+v", status, s)
	}
	for _, wrong := range []struct {
		ask    fields
		status int
	}{
		{fields{}, 400}, {fields{"id": "x", "request": "{}"}, 400}, {fields{"id": "none"}, 404},
		{fields{"request": body(false, ""), "changes": fields{"strategy": "best"}}, 400},
		{fields{"request": body(false, ""), "changes": fields{"endpoints": fields{"none/x": fields{}}}}, 400},
		{fields{"request": body(false, ""), "config": "routing: {strategi: x}"}, 422},
	} {
		if status := submit(t, a, "POST", "/_/api/whatif", wrong.ask, nil); status != wrong.status {
			t.Errorf("%v: %d", wrong.ask, status)
		}
	}
	if submit(t, a, "POST", "/_/api/whatif", fields{"request": `{"model":"none"}`}, &s); s.Refused == nil || s.Refused.Status < 400 {
		t.Errorf("%+v", s)
	}
}

func TestDecisionsAreMadeAgain(t *testing.T) {
	f, _ := newFile(t, "p1", "p2")
	a := startFile(t, f, &journaltest.Journal{})
	id := recorded(t, a.URL())
	api := a.URL() + "/_/api/decisions/" + id
	var s supposed
	if status := submit(t, a, "POST", "/_/api/whatif", fields{"id": id}, &s); status != 200 || !s.Same || len(s.Decision.Plan) != 2 {
		t.Errorf("%d %+v", status, s)
	}
	var flips struct{ Flips []struct{ Endpoint string } }
	if get(t, api+"/flips", &flips); len(flips.Flips) == 0 {
		t.Error("no flips")
	}
	var replay struct {
		Native, Wasm *struct {
			Equal      bool
			Difference string
		}
		Known   bool   `json:"rev_known"`
		Problem string `json:"native_problem"`
		NoWasm  string `json:"wasm_problem"`
	}
	if get(t, api+"/replay", &replay); replay.Native == nil || !replay.Native.Equal || !replay.Known {
		t.Errorf("%+v", replay)
	}
	// Both are so, by whether the module was built before this test.
	_, err := edge.Module("strowger.wasm")
	if built := err == nil; built && (replay.Wasm == nil || !replay.Wasm.Equal || replay.NoWasm != "") || !built && (replay.Wasm != nil || !strings.Contains(replay.NoWasm, "built without the module;")) {
		t.Errorf("built: %t, %+v", built, replay)
	}
	t.Logf("the module: %v", err)
	test := get(t, api+"/test", nil)
	checkTest(t, test, f.base)

	// Under a configuration that is not in use any more.
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": doc.Text + "aliases: {a: " + model + "}\n", "stamp": doc.Stamp}, &doc); status != 200 {
		t.Fatal(status)
	}
	if get(t, api+"/replay", &replay); replay.Native == nil || !replay.Native.Equal || !replay.Known {
		t.Errorf("after a change: %+v", replay)
	}
	// And of one that was not saved here.
	f.write("aliases: {b: " + model + "}\n")
	await(t, "the file", func() bool { return state(t, a).Config.Rev != doc.Rev })
	doc.Rev = state(t, a).Config.Rev
	id = recorded(t, a.URL())
	f.write("aliases: {c: " + model + "}\n")
	await(t, "the file", func() bool { return state(t, a).Config.Rev != doc.Rev })
	if get(t, a.URL()+"/_/api/decisions/"+id+"/replay", &replay); replay.Native == nil || !replay.Native.Equal || !replay.Known {
		t.Errorf("after a change outside: %+v", replay)
	}
	var request struct{ Body, Answer, Why *string }
	if get(t, api+"/request", &request); request.Body != nil || request.Why == nil || *request.Why == "" {
		t.Errorf("%+v", request)
	}
}

// checkTest holds that a decision copied as a test passes under its configuration.
func checkTest(t *testing.T, text, configuration string) {
	t.Helper()
	file, err := policytest.Read("", []byte(text))
	if err != nil || file.Config != "strowger.yaml" || len(file.Tests) != 1 || !strings.Contains(text, `plan: ["p1/parrot-1", "p2/parrot-1"]`+"\n") {
		t.Fatal(err, text)
	}
	c, err := config.Parse("", []byte(configuration), nil)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(c.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := file.Tests[0].Run(policytest.Setting{Catalog: cat}); err != nil || len(out.Failures) != 0 {
		t.Errorf("%+v %v", out, err)
	}
	if strings.Contains(text, "hello") {
		t.Error("the prompt is in the test")
	}
}

// A question over HTTP, with a change, on a running strowger.
func BenchmarkWhatIf(b *testing.B) {
	c, _ := simulate(b, provider.Options{}, provider.Options{})
	a := start(b, c, b.TempDir(), nil)
	ask := fmt.Sprintf(`{"request":%s,"changes":{"endpoints":{"p1/parrot-1":{"latency_permille":2000}}}}`, body(false, "hello"))
	for b.Loop() {
		if status, text, _ := call(b, "POST", a.URL()+"/_/api/whatif", ask); status != 200 {
			b.Fatal(text)
		}
	}
}

func TestImpact(t *testing.T) {
	f, _ := newFile(t, "p1", "p2")
	a := startFile(t, f, &journaltest.Journal{})
	for range 5 {
		recorded(t, a.URL())
	}
	await(t, "them to be written", func() bool {
		var s status
		get(t, a.URL()+"/_/api/status", &s)
		return s.Store.Written >= 5
	})
	turned := strings.Replace(f.base, "- {provider: p1}\n      - {provider: p2}", "- {provider: p2}\n      - {provider: p1}", 1)
	type result struct {
		State, Error string
		Result       struct {
			Decisions, Recomputed, Changed, Unchanged, Refused int64
			Observed                                           int64                         `json:"observed_permille"`
			Time                                               struct{ Before, After int64 } `json:"time_us"`
			Examples                                           []struct{ ID, Before, After, Why string }
			By                                                 []struct {
				From, To string
				Requests int64
			}
		}
	}
	compare := func(ask fields) (r result) {
		t.Helper()
		var started struct{ Job string }
		if status := submit(t, a, "POST", "/_/api/impact", ask, &started); status != 202 {
			t.Fatal(status)
		}
		await(t, "the comparison", func() bool { get(t, a.URL()+"/_/api/jobs/"+started.Job, &r); return r.State != "running" })
		return r
	}
	if r := compare(fields{"config": turned}); r.State != "done" || r.Result.Recomputed != 5 || r.Result.Changed != 5 || len(r.Result.Examples) != 5 ||
		len(r.Result.By) != 1 || r.Result.By[0].To != "p2/parrot-1" || r.Result.By[0].Requests != 5 || r.Result.Observed != 0 {
		t.Errorf("%+v", r)
	}
	if r := compare(fields{"config": f.base, "limit": 3}); r.Result.Decisions != 3 || r.Result.Unchanged != 3 || r.Result.Observed != 1000 || r.Result.Time.Before == 0 || r.Result.Time.Before != r.Result.Time.After {
		t.Errorf("%+v", r)
	}
	if r := compare(fields{"a": turned, "b": f.base}); r.Result.Changed != 5 || r.Result.By[0].From != "p2/parrot-1" {
		t.Errorf("%+v", r)
	}
	other := strings.Replace(f.base, model+":", "sim/other:", 1)
	if r := compare(fields{"config": other}); r.Result.Refused != 5 {
		t.Errorf("%+v", r)
	}
	for _, wrong := range []struct {
		ask    fields
		status int
	}{{fields{}, 400}, {fields{"config": "x: ["}, 422}, {fields{"config": turned, "limit": 1_000_000}, 400}, {fields{"config": turned, "from": "then"}, 400}} {
		if status := submit(t, a, "POST", "/_/api/impact", wrong.ask, nil); status != wrong.status {
			t.Errorf("%v: %d", wrong.ask, status)
		}
	}
}
