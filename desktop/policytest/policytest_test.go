package policytest_test

import (
	"os"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/stats"
	"strowger/desktop/config"
	"strowger/desktop/policytest"
)

func example(t testing.TB) (text []byte, file *policytest.File, with policytest.Setting) {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/policies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if file, err = policytest.Read("policies.yaml", text); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("", file.Inline, nil)
	if err != nil {
		t.Fatal(err)
	}
	with.Zone = time.UTC
	if with.Catalog, err = catalog.New(cfg.Catalog); err != nil {
		t.Fatal(err)
	}
	return text, file, with
}

// What is said of an endpoint is what the decision reads, at the moment of the test, wherever that
// stands in the file.
func TestState(t *testing.T) {
	file, err := policytest.Read("", []byte(`
tests:
  - state:
      a/b: {latency: 300ms, tokens_per_second: 40.5, success: 0.987, in_flight: 3, circuit: open, limited: 90s}
    request: {body: {model: x}}
    at: 2026-07-01T12:00:00+02:00
    expect: {first: a/b}
`))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	track := stats.Speed{Samples: 1_000_000, Mean: 300_000, Tokens: 40_500, P50: 300_000, P75: 300_000, P90: 300_000, P99: 300_000, T50: 40_500, T75: 40_500, T90: 40_500, T99: 40_500}
	want := stats.Reading{Stream: track, Whole: track, Uptime: 987, Samples: 1_000_000, Failures: 3, Circuit: stats.Open,
		Until: stats.MomentOf(at.Add(time.Minute)), Limited: stats.MomentOf(at.Add(90 * time.Second)), InFlight: 3}
	if got := file.Tests[0].State["a/b"]; got != want {
		t.Errorf("%+v", got)
	}
}

// No file and no record in one brings a test down.
func FuzzRead(f *testing.F) {
	text, _, with := example(f)
	f.Add(text)
	f.Add([]byte("tests:\n  - decision: '{\"rev\":\"x\",\"plan\":[],\"candidates\":[]}'\n    expect: {first: a}\n"))
	f.Add([]byte("tests: [{request: {body: {model: sim/talk, messages: [{role: user, content: hi}]}}, state: {cheap/talk: {latency: 1ns, tokens_per_second: 1e6, success: 0}}, expect: {plan: []}}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := policytest.Read("", text)
		if err != nil {
			return
		}
		for i := range file.Tests[:min(len(file.Tests), 20)] {
			out, err := file.Tests[i].Run(with)
			if err == nil && len(out.Failures) > len(file.Tests[i].Expect) {
				t.Error("more fails than is expected")
			}
		}
	})
}
