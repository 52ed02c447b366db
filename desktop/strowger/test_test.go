package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/desktop/policytest"
)

// The example in the reference does what it says.
func TestExamplePolicies(t *testing.T) {
	path, err := filepath.Abs("../../docs/reference/policies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	homeless(t)
	if code, out, errs := call(t, "", "test", path); code != 0 || !strings.Contains(out, ": 6 tests, 0 failed\n") {
		t.Error(code, out, errs)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTest(t *testing.T) {
	homeless(t)
	write(t, "router.yaml", twoProviders)
	const ask = "\n    request: {body: {model: 'sim/two:price', max_tokens: 100, " + `messages: [{role: user, content: hi}]` + "}}\n"
	write(t, "wrong.yaml", "config: router.yaml\ntests:\n  - name: the dear one"+ask+"    expect:\n      first: alpha/two\n      plan: [beta/two, alpha/two]\n      excluded: {beta/two: context, gamma/two: only}\n      error: cost_limit_exceeded\n"+
		"  - name: refused\n    request: {body: {model: none}}\n    expect: {first: alpha/two}\n"+
		"  - name: nowhere\n    request: {path: /nowhere, body: {}}\n    expect: {first: alpha/two}\n"+
		"  - name: unknown"+ask+"    state: {x/y: {latency: 1s}}\n    expect: {first: alpha/two}\n"+
		"  - name: good"+ask+"    expect: {first: beta/two}\n")
	code, out, errs := call(t, "", "test", "wrong.yaml")
	for _, line := range []string{
		"wrong.yaml:3: the dear one\n", "  wrong.yaml:6: first: expected alpha/two, got beta/two\n  wrong.yaml:8: excluded beta/two: expected context, got not excluded\n  wrong.yaml:8: excluded gamma/two: expected only, got no candidate\n",
		"  wrong.yaml:9: error: expected cost_limit_exceeded, got nothing\n  why: beta", "wrong.yaml:10: refused\n  wrong.yaml:12: first: expected alpha/two, got nothing\n  why: invalid_request: ",
		"wrong.yaml:13: nowhere\n  it cannot be run: request.path: ", "  it cannot be run: state: no endpoint x/y is configured\n", "wrong.yaml: 5 tests, 4 failed\n",
	} {
		if code != 1 || errs != "" || !strings.Contains(out, line) {
			t.Errorf("%d %q: %q is not in\n%s", code, errs, line, out)
		}
	}
	if strings.Contains(out, "plan: expected") || strings.Contains(out, "good") {
		t.Error(out)
	}
	var all []testedFile
	if code, out, _ = call(t, "", "test", "--json", "wrong.yaml"); code != 1 || json.Unmarshal([]byte(out), &all) != nil || len(all) != 1 || all[0].Failed != 4 || all[0].Passed != 1 || all[0].Tests[0].Failures[0].Got[0] != "beta/two" {
		t.Error(code, out)
	}
}

// A recorded decision is a test; another configuration fails it, and says why.
func TestRecordedIsATest(t *testing.T) {
	dir := homeless(t)
	write(t, "router.yaml", twoProviders)
	code, decided, errs := call(t, `{"model":"sim/two:price","max_tokens":100,"temperature":1,"top_k":3,`+question+`}`, "explain", "--json", "--config", "router.yaml", "-")
	if code != 0 {
		t.Fatal(errs)
	}
	text, err := policytest.OfDecision("0197", []byte(strings.TrimSpace(decided)))
	if err != nil {
		t.Fatal(err)
	}
	write(t, "recorded.yaml", string(text))
	if code, out, errs := call(t, "", "test", "--config", "router.yaml", "recorded.yaml"); code != 0 {
		t.Error(out, errs, string(text))
	}
	write(t, "strowger.yaml", strings.Replace(twoProviders, "input: 0.5, output: 2", "input: 50, output: 200", 1))
	if code, out, _ := call(t, "", "test", filepath.Join(dir, "recorded.yaml")); code != 1 || !strings.Contains(out, ": plan: expected ") || !strings.Contains(out, "  why: alpha") {
		t.Error(code, out)
	}
}

func TestTestRefuses(t *testing.T) {
	homeless(t)
	for text, says := range map[string]string{
		"a: 1": "x.yaml:1:1: a: unknown; expected one of config, tests", "": "x.yaml:1:1: expected a mapping of config, tests", "tests: [": "x.yaml:1:",
		"tests:\n  - request: {body: {}}\n": "x.yaml:2:1: tests[0]: nothing is expected", "tests:\n  - expect: {first: a}\n": "tests[0]: either a request with a body is needed",
		"tests:\n  - request: {body: {}}\n    state:\n      a/b: {latency: 5}\n":          "x.yaml:4:1: tests[0].state.a/b.latency: expected a duration such as 800ms",
		"tests:\n  - decision: '{}'\n    spent: {all: 1}\n    expect: {first: a}":         "leave out state and spent",
		"config: {providers: 3}\ntests:\n  - request: {body: {}}\n    expect: {first: a}": "x.yaml:1:1: config.providers: ",
		"config: none.yaml\ntests:\n  - request: {body: {}}\n    expect: {first: a}":      "none.yaml",
	} {
		write(t, "x.yaml", text)
		if code, _, errs := call(t, "", "test", "x.yaml"); code != 1 || !strings.Contains(errs, says) {
			t.Errorf("%q: %d %s", text, code, errs)
		}
	}
	if code, _, errs := call(t, "", "test"); code != 2 || !strings.Contains(errs, "name a file of tests") {
		t.Error(code, errs)
	}
}
