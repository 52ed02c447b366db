package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
)

var update = flag.Bool("update", false, "write the golden answers of the API")

// golden is where the answers are kept: frontend/src/lib/golden.test.ts reads each with the page's own
// readers, so that a field that is called otherwise on one side breaks a test.
const golden = "../../frontend/testdata/api"

const (
	clientKey = "key-of-a-laptop"
	latency   = 3 * time.Millisecond // what takes no time has no figures
)

// asked are the questions whose answers are kept, by the name of their file. {id} is a decision that
// fell back.
var asked = []struct{ name, method, path, body string }{
	{"status", "GET", "status", ""},
	{"decisions", "GET", "decisions", ""},
	{"decision", "GET", "decisions/{id}", ""},
	{"inflight", "GET", "inflight", ""},
	{"stats", "GET", "stats?by=provider&step=3600", ""},
	{"fallbacks", "GET", "fallbacks", ""},
	{"providers", "GET", "providers", ""},
	{"catalog", "GET", "catalog", ""},
	{"budgets", "GET", "budgets", ""},
	{"attention", "GET", "attention", ""},
	{"auto", "GET", "auto", ""},
	{"config", "GET", "config", ""},
	{"check", "POST", "config/check", `{"text":"routing: {strategi: cost}\n"}`},
	{"diff", "POST", "config/diff", `{"text":"aliases: {}\n"}`},
	{"settings", "GET", "settings", ""},
	{"purge", "GET", "purge?before=2100-01-01T00:00:00Z", ""},
	{"tools", "GET", "tools", ""},
	{"explain", "POST", "explain", `{"model":"sim/parrot-1","stream":true,"messages":[{"role":"user","content":"hello"}]}`},
	{"explain-auto", "POST", "explain", `{"model":"auto","messages":[{"role":"user","content":"Prove that there are infinitely many primes."}]}`},
	{"whatif", "POST", "whatif", `{"id":"{id}","changes":{"strategy":"cost"}}`},
	{"whatif-refused", "POST", "whatif", `{"request":{"model":"none"}}`},
	{"flips", "GET", "decisions/{id}/flips", ""},
	{"replay", "GET", "decisions/{id}/replay", ""},
	{"probe", "POST", "providers/p1/probe", `{"dry_run":true}`},
	{"probe-sent", "POST", "providers/p1/probe", `{"dry_run":false}`},
}

// The page reads what is sent: the answers over a little traffic are as the page's tests have them.
func TestAnswersAsThePageReadsThem(t *testing.T) {
	f, ps := newFile(t, "p1", "p2")
	a := startFile(t, apiFile(f), &journaltest.Journal{})
	id := someTraffic(t, a, ps)
	steady := steadier(filepath.Dir(filepath.Dir(f.path)))
	for _, q := range asked {
		_, text, _ := call(t, q.method, a.URL()+"/_/api/"+strings.ReplaceAll(q.path, "{id}", id), strings.ReplaceAll(q.body, "{id}", id), "content-type", "application/json")
		keep(t, q.name, steady, text)
	}
	keep(t, "impact", steady, finished(t, a, fields{"config": f.base + "routing: {strategy: cost}\n"}))
}

// apiFile writes a configuration that leaves no part of the answers empty.
func apiFile(f file) file {
	f.base = strings.Replace(f.base, "{provider: p1}", "{provider: p1, price: {input: 1, output: 2, source: a list, date: 2026-01-02}}", 1)
	f.base = strings.Replace(f.base, "{provider: p2}", "{provider: p2, price: {input: 3, output: 6}}", 1)
	f.base += "  sim/owl-1: {endpoints: [{provider: p2, context: 64000, max_output: 4000, parameters: [tools]}]}\n"
	f.write(fmt.Sprintf(`aliases: {bird: sim/parrot-1}
routing: {strategy: priority, retry: {max: 0}}
keys:
  - {name: laptop, sha256: %x, rate_limit: {requests: 60, per: minute}}
  - {name: nightly, sha256: %x, cost_limit: {usd: 20, per: month}}
routes:
  - path: /support
    failover: true
    cache: {ttl: 1h}
    cost_limit: {usd: 5, per: day}
    providers: [{provider: p1, model: sim/parrot-1, weight: 90}, {provider: p2, model: sim/parrot-1, weight: 10}]
`, sha256.Sum256([]byte(clientKey)), sha256.Sum256(nil)))
	return f
}

// someTraffic asks for what the record is to hold, and gives the id of a decision that fell back.
func someTraffic(t *testing.T, a *app.App, ps []*provider.Provider) (fellBack string) {
	t.Helper()
	const path = "/v1/chat/completions"
	hello := body(false, "hello")
	other := func(name string) string { return strings.Replace(hello, model, name, 1) }
	for _, p := range ps {
		p.SetBehaviour(provider.Behaviour{Latency: latency})
	}
	var list rows
	for i, q := range []struct {
		path, body string
		status     int
	}{
		{path, hello, 200}, {path, body(true, "hello"), 200}, {path, other("bird"), 200}, {path, other("sim/owl-1"), 200},
		{"/support", hello, 200}, {"/support", hello, 200}, {path, other("none"), 404},
		{path, body(false, "sim: status=400"), 400}, {path, body(false, "sim: status=503"), 503}, {path, body(true, "sim: tokens=20"), 200},
	} {
		if i == 9 { // the last falls back
			ps[0].SetBehaviour(provider.Behaviour{Latency: latency, Fault: provider.FaultStatus, Status: 503})
		}
		status, text, _ := call(t, http.MethodPost, a.URL()+q.path, q.body, "content-type", "application/json", "authorization", "Bearer "+clientKey)
		if status != q.status {
			t.Fatalf("request %d: %d %s", i+1, status, text)
		}
		await(t, "the decision", func() bool { get(t, a.URL()+"/_/api/decisions", &list); return len(list.Rows) == i+1 })
	}
	await(t, "all to be written and counted", func() bool {
		var s status
		var counted struct{ Watermark int64 }
		get(t, a.URL()+"/_/api/status", &s)
		get(t, a.URL()+"/_/api/stats", &counted)
		return s.Store.Written == int64(len(list.Rows)) && counted.Watermark == 0
	})
	return list.Rows[0].ID
}

// finished starts a comparison of policies and waits for its result.
func finished(t *testing.T, a *app.App, ask fields) (text string) {
	t.Helper()
	var job struct{ Job, State string }
	if status := submit(t, a, "POST", "/_/api/impact", ask, &job); status != 202 {
		t.Fatal(status)
	}
	await(t, "the comparison", func() bool {
		text = get(t, a.URL()+"/_/api/jobs/"+job.Job, &job)
		return job.State != "running"
	})
	return text
}

// keep holds an answer against the one that is kept, or writes it.
func keep(t *testing.T, name string, steady func(string, any) any, text string) {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Errorf("%s: %v: %s", name, err, text)
		return
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(steady("", doc)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(golden, name+".json")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Error(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if got := b.Bytes(); !bytes.Equal(got, want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("%s: what is answered is not %s (-update writes it, and the page's tests say what it then does not read): at byte %d\ngot  …%s\nwant …%s",
			name, path, at, around(got, at), around(want, at))
	}
}

func around(b []byte, at int) []byte { return b[max(0, at-80):min(len(b), at+80)] }

// unsteady are the fields that differ from run to run, and what stands for them.
var unsteady = map[string]any{
	"rev": "5eed0000", "stamp": "5eed0000", "seed": "5eed0000", "data_bytes": 4096, "bytes": 4096, "freed": 4096,
	"samples_milli": 1000, "uptime_permille": 900, "utility": 200_000, "forecast_micro": 170, "reaches": nil, "tip": "what would tip it",
	"go": "go1", "os": "linux", "sqlite": "3", "module": "5eed0000", "wasm": map[string]any{"equal": true, "difference": ""}, "wasm_problem": "",
}

var (
	instant = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
	number  = regexp.MustCompile(`\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b|\b[A-Z2-7]{26}\b`)
	port    = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	took    = regexp.MustCompile(`\b\d+(\.\d+)? ?(µs|ms|s)\b`)
)

// steadier makes what differs from run to run the same in all: moments, durations, ids, ports, folders,
// and steps of time in which nothing happened. A value that is there stays there, and null stays null.
func steadier(folder string) func(name string, v any) any {
	var steady func(name string, v any) any
	steady = func(name string, v any) any {
		if stand, ok := unsteady[name]; ok {
			return stand
		}
		switch v := v.(type) {
		case map[string]any:
			if at, ok := v["at"].([]any); ok {
				onlyLast(v, at)
			}
			for k, of := range v {
				if strings.HasSuffix(name, "_us") { // a part of a duration is one too
					v[k] = steady(name, of)
				} else {
					v[k] = steady(k, of)
				}
			}
			return v
		case []any:
			for i := range v {
				v[i] = steady(name, v[i])
			}
			return v
		case string:
			v = port.ReplaceAllString(instant.ReplaceAllString(v, "2026-01-02T03:04:05Z"), "127.0.0.1:8787")
			v = number.ReplaceAllString(v, "01a20180d2a17000a0000000000000a1")
			v = took.ReplaceAllString(strings.ReplaceAll(v, folder, "/folder"), "1 ms")
			return v
		case float64:
			switch {
			case strings.HasSuffix(name, "_us") || strings.HasSuffix(name, "_per_ks"):
				return 1000
			case name == "at":
				return 1767322800
			}
		}
		return v
	}
	return steady
}

// onlyLast leaves of a series of steps the last in which something happened.
func onlyLast(v map[string]any, at []any) {
	groups, _ := v["groups"].([]any)
	last := 0
	for _, g := range groups {
		for i, p := range g.(map[string]any)["points"].([]any) {
			if p != nil {
				last = max(last, i)
			}
		}
	}
	v["at"] = at[last : last+1]
	for _, g := range groups {
		of := g.(map[string]any)
		of["points"] = of["points"].([]any)[last : last+1]
	}
}
