package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/llm"
	"strowger/core/stats"
	"strowger/desktop/store"
)

const twoProviders = `
providers:
  alpha: {schema: openai, base_url: "http://127.0.0.1:1"}
  beta: {schema: openai, base_url: "http://127.0.0.1:2"}
  gamma: {schema: openai, base_url: "http://127.0.0.1:3"}
  epsilon: {schema: anthropic, base_url: "http://127.0.0.1:4"}
models:
  sim/two:
    quality: 0.95
    endpoints:
      - {provider: alpha, price: {input: 3, output: 15}}
      - {provider: beta, price: {input: 0.5, output: 2}, parameters: [temperature]}
  sim/mixed:
    quality: {code: 0.6, math: 0.6, other: 0.9}
    endpoints:
      - {provider: epsilon, price: {input: 1, output: 1}}
      - {provider: alpha, price: {input: 2, output: 2}}
  sim/three:
    endpoints:
      - {provider: alpha}
      - {provider: beta, price: {input: 1, output: 1}}
      - {provider: gamma, price: {input: 1, output: 2}, context: 20}
`

const question = `"messages":[{"role":"user","content":"Tell me a long story about a telephone exchange in a small town, and of those who work there."}]`

// What explain shows: each candidate where it stands, and why it stands there.
func TestExplain(t *testing.T) {
	dir := homeless(t)
	config, data := filepath.Join(dir, "strowger.yaml"), filepath.Join(dir, "data")
	if err := os.WriteFile(config, []byte(twoProviders), 0o600); err != nil {
		t.Fatal(err)
	}
	record(t, data)
	back, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, c := range []struct {
		says, body string
		args       []string
	}{
		{"the configured order", `{"model":"sim/two",` + question + `}`, nil},
		{"the cheapest, by a suffix", `{"model":"sim/two:price","max_tokens":100,` + question + `}`, nil},
		{"a tool that one of the two has not", `{"model":"sim/two:price","tools":[{"type":"function","function":{"name":"f"}}],` + question + `}`, nil},
		{"the caller's order, and a name that does not exist", `{"model":"two","stream":true,"provider":{"order":["delta","beta"],"colour":1},` + question + `}`, nil},
		{"without a fallback, by the header", `{"model":"sim/two",` + question + `}`, []string{"--header", `{"allow_fallbacks":false,"order":["beta"]}`}},
		{"held back, and not gone on with", `{"model":"sim/two","stream":true,"provider":{"hold":{"tokens":40},"resume":"off"},` + question + `}`, nil},
		{"what need not be said, said", `{"model":"sim/two","stream":true,"provider":{"hold":"first_event","resume":"auto"},` + question + `}`, nil},
		{"prices unknown, and too long a question", `{"model":"sim/three","provider":{"sort":"price"},` + question + `}`, nil},
		{"a provider of another schema", `{"model":"sim/mixed","seed":1,"logit_bias":{"1":2},` + question + `}`, nil},
		{"a sound, which that schema has not", `{"model":"sim/mixed","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]}`, nil},
		{"a caller of another schema", `{"model":"sim/mixed:price","max_tokens":10,"top_k":3,` + question + `}`, []string{"--schema", "anthropic"}},
		{"the model in the path", `{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`, []string{"--path", "/v1beta/models/sim/two:price:streamGenerateContent"}},
		{"a model chosen by the request", `{"model":"auto","model_routing_config":{"models":["two","mixed"]},"messages":[{"role":"user","content":"Prove that every bounded monotone sequence of reals converges."}]}`, nil},
		{"the cheapest that is good enough, of the three", `{"model":"auto:cost","messages":[{"role":"user","content":"Wie spät ist es in Lissabon, wenn es hier drei Uhr ist?"},{"role":"assistant","content":"Zwei Uhr."},{"role":"user","content":"ok"}]}`, nil},
		{"nobody is left", `{"model":"sim/two","provider":{"only":["gamma"]},` + question + `}`, nil},
		{"the faster one as measured before, the one that fails behind", `{"model":"sim/two:latency","stream":true,` + question + `}`, []string{"--data", data}},
	} {
		if err := os.WriteFile("request.json", []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"explain", "--config", config, "--data", filepath.Join(dir, "none"), "request.json"}, c.args...)
		code, out, errs := call(t, "", args...)
		if code != 0 || errs != "" {
			t.Errorf("%s: %d %s", c.says, code, errs)
		}
		all.WriteString("# " + c.says + "\n" + out + "\n")
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("explain made a data folder")
	}
	t.Chdir(testHome)
	golden(t, "explain.txt", strings.ReplaceAll(all.String(), back, ""))
}

// testHome is where tests are started, before any changes its folder.
var testHome, _ = os.Getwd()

// record puts measurements into a data folder: beta is fast, alpha slow; beta has failed
// once since.
func record(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	for i := range 8 {
		e := store.Entry{Decision: store.Decision{Seq: int64(i + 1), ID: string(rune('a' + i)), At: at}}
		m := stats.Sample{Endpoint: "beta/two", At: at, Outcome: stats.OutcomeOK, Stream: true, Status: 200,
			FirstToken: 100 * time.Millisecond, Total: time.Second, Usage: llm.Usage{Known: true, Input: 10, Output: 90}}
		switch {
		case i == 7:
			m.Outcome, m.Status, m.FirstToken = stats.OutcomeProviderError, 500, 0
		case i > 3:
			m.Endpoint, m.FirstToken = "alpha/two", 300*time.Millisecond
		}
		e.Samples = []stats.Sample{m}
		e.Attempts = []store.Attempt{{N: 1, Endpoint: m.Endpoint, Outcome: m.Outcome.String()}}
		s.Add(e)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// The whole decision as JSON, from standard input; what would be refused says so.
func TestExplainJSON(t *testing.T) {
	dir := homeless(t)
	if err := os.WriteFile("strowger.yaml", []byte(twoProviders), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, `{"model":"sim/two:price",`+question+`}`, "explain", "--json", "-")
	var d struct {
		Strategy   string
		Plan       []string
		Candidates []struct {
			Endpoint  string
			Rank      int
			ScoreText string `json:"score_text"`
		}
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 || errs != "" {
		t.Fatalf("%d %s %s %v", code, out, errs, err)
	}
	if d.Strategy != "cost" || strings.Join(d.Plan, " ") != "beta/two alpha/two" || len(d.Candidates) != 2 || d.Candidates[1].Rank != 1 {
		t.Errorf("%s", out)
	}
	for body, says := range map[string]string{
		`{"model":"sim/tow",` + question + `}`:                             `404: model: no model "sim/tow" is configured; did you mean "sim/two"?`,
		`{"model":"sim/two","provider":{"sort":"cheap"},` + question + `}`: `400: provider.sort: must be one of price, throughput, latency`,
		`no JSON`: "400",
	} {
		code, out, errs := call(t, body, "explain", "-")
		if code != 1 || out != "" || !strings.Contains(errs, "this request would be answered "+says) {
			t.Errorf("%s: %d %s %s", body, code, out, errs)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// A record that cannot be read is a warning: the decision is made without it.
func TestExplainWithoutARecord(t *testing.T) {
	dir := homeless(t)
	if err := os.WriteFile("strowger.yaml", []byte(twoProviders), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(store.FileName, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, `{"model":"sim/two",`+question+`}`, "explain", "--data", dir, "-")
	if code != 0 || !strings.Contains(out, "alpha/two") || !strings.Contains(errs, "warning: nothing is known of the past") || !strings.Contains(errs, "damaged") {
		t.Errorf("%d %s %s", code, out, errs)
	}
}

// A schema stands for its path, but where the model is part of that.
func TestExplainSchemas(t *testing.T) {
	homeless(t)
	for args, says := range map[string]string{
		"--schema gemini":                 "use --path /v1beta/models/MODEL:generateContent",
		"--schema openai --path /support": "--path says the schema too",
	} {
		code, _, errs := call(t, "", append(append([]string{"explain"}, strings.Fields(args)...), "x.json")...)
		if code != 2 || !strings.Contains(errs, says) {
			t.Errorf("%s: %d %s", args, code, errs)
		}
	}
}

// What users have taught counts as it does for serve, unless the configuration is not to learn.
func TestExplainWithWhatWasLearned(t *testing.T) {
	dir := homeless(t)
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 { // sim/two is as good as it was said to be, sim/mixed is not
		v := store.Verdict{Decision: strconv.Itoa(i), Source: pool.VerdictFeedback.String(), At: time.Now(), Model: "sim/two", Good: i%8 > 1, Quality: 800}
		if i%2 == 1 {
			v.Model, v.Good = "sim/mixed", i%8 > 4
		}
		if err := s.Judge(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, learn := range []bool{true, false} {
		config := twoProviders + fmt.Sprintf("routing: {auto: {learn: %t}}\n", learn)
		if err := os.WriteFile("strowger.yaml", []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := call(t, `{"model":"auto",`+question+`}`, "explain", "--json", "--data", dir, "-")
		var d struct {
			Auto struct {
				Learned *struct{ Outcomes int }
				Models  []struct {
					Model   string
					Learned int
				}
			}
		}
		if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
			t.Fatalf("%d %s %s %v", code, out, errs, err)
		}
		if !learn {
			if d.Auto.Learned != nil {
				t.Errorf("it is not to learn: %s", out)
			}
			continue
		}
		if d.Auto.Learned == nil || d.Auto.Learned.Outcomes != 400 {
			t.Fatalf("nothing was learned: %s", out)
		}
		for _, m := range d.Auto.Models {
			if m.Model == "sim/mixed" && m.Learned >= 0 || m.Model == "sim/two" && m.Learned <= 0 {
				t.Errorf("%s: %d points", m.Model, m.Learned)
			}
		}
	}
}
