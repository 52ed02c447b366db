package control_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// metric is a family as a strict reader of Prometheus' text format 0.0.4 finds it.
type metric struct {
	kind    string
	samples map[string]float64 // by name and labels, in the order written
}

// readMetrics reads the format as strictly as its specification allows
// (prometheus.io/docs/instrumenting/exposition_formats): a family's lines stand together behind
// HELP and TYPE, names are legal, labels are quoted and escaped, no sample comes twice.
func readMetrics(t *testing.T, text string) map[string]*metric {
	t.Helper()
	if !strings.HasSuffix(text, "\n") {
		t.Fatal("the last line has no end")
	}
	all, now := map[string]*metric{}, ""
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fail := func(what string) { t.Fatalf("line %d: %s: %q", n+1, what, line) }
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, help, _ := strings.Cut(rest, " ")
			if all[name] != nil || !legal(name, true) || help == "" {
				fail("HELP")
			}
			now, all[name] = name, &metric{samples: map[string]float64{}}
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			if name != now || all[name].kind != "" || kind != "counter" && kind != "gauge" && kind != "histogram" {
				fail("TYPE")
			}
			all[name].kind = kind
			continue
		}
		name, labels, value := readSample(line, fail)
		base := name
		if all[now].kind == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				base = strings.TrimSuffix(base, suffix)
			}
		}
		if base != now || all[now].kind == "" {
			fail("a sample of another family")
		}
		key := name + labels
		if _, twice := all[now].samples[key]; twice {
			fail("a sample twice")
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || all[now].kind != "gauge" && v < 0 {
			fail("a value")
		}
		all[now].samples[key] = v
	}
	return all
}

func readSample(line string, fail func(string)) (name, labels, value string) {
	i := strings.IndexAny(line, "{ ")
	if i <= 0 || !legal(line[:i], true) {
		fail("a name")
	}
	name, rest := line[:i], line[i:]
	var out []string
	seen := map[string]bool{}
	for rest[0] != ' ' {
		rest = rest[1:] // { or ,
		label, after, ok := strings.Cut(rest, `="`)
		if !ok || !legal(label, false) || seen[label] {
			fail("a label")
		}
		seen[label] = true
		end := 0
		for ; after[end] != '"'; end++ {
			if after[end] == '\\' {
				if end++; !strings.ContainsRune(`\"n`, rune(after[end])) {
					fail("an escape")
				}
			}
		}
		out = append(out, label+"="+strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(after[:end]))
		if rest = after[end+1:]; rest[0] == '}' {
			rest = rest[1:]
			break
		} else if rest[0] != ',' {
			fail("behind a label")
		}
	}
	if rest[0] != ' ' || strings.Contains(rest[1:], " ") {
		fail("a value")
	}
	return name, "{" + strings.Join(out, ",") + "}", rest[1:]
}

func legal(name string, colon bool) bool {
	for i, c := range name {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || colon && c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

func (r *rig) metrics() map[string]*metric {
	r.t.Helper()
	resp, err := http.Get(r.url + "/_/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("content-type") != "text/plain; version=0.0.4; charset=utf-8" {
		r.t.Fatal(err, resp.StatusCode, resp.Header)
	}
	return readMetrics(r.t.(*testing.T), string(body))
}

// The counters say what has happened, in Prometheus' format whatever the names are.
func TestMetrics(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	r.metrics()
	r.record(1, 20)
	evil := report(21)
	evil.Attempts[1].Provider, evil.Attempts[1].Model = "a\"b\\c\nd\xff", "x\",evil=\"1"
	evil.First, evil.Total = 2*time.Second, time.Hour
	r.feed.Record(evil, nil, nil)
	m := r.metrics()
	for _, c := range []struct {
		family, sample string
		want           float64
	}{
		{"strowger_requests_total", "strowger_requests_total{outcome=ok,cache=off}", 19},
		{"strowger_requests_total", "strowger_requests_total{outcome=failed,cache=off}", 2},
		{"strowger_attempts_total", "strowger_attempts_total{provider=px,outcome=rate_limited}", 21},
		{"strowger_tokens_total", "strowger_tokens_total{provider=p1,model=sim/m1,kind=output}", 40},
		{"strowger_cost_dollars_total", "strowger_cost_dollars_total{provider=a\"b\\c\nd\uFFFD,model=x\",evil=\"1}", 0.000007},
		{"strowger_first_token_seconds", "strowger_first_token_seconds_bucket{le=0.05}", 20},
		{"strowger_first_token_seconds", "strowger_first_token_seconds_bucket{le=+Inf}", 21},
		{"strowger_first_token_seconds", "strowger_first_token_seconds_count{}", 21},
		{"strowger_first_token_seconds", "strowger_first_token_seconds_sum{}", 2.02},
		{"strowger_request_seconds", "strowger_request_seconds_bucket{le=300}", 20},
		{"strowger_circuit_state", "strowger_circuit_state{provider=p1,endpoint=p1/parrot}", 0},
		{"strowger_inflight_requests", "strowger_inflight_requests{}", 0},
		{"strowger_build_info", "strowger_build_info{version=test}", 1},
	} {
		got, ok := m[c.family].samples[c.sample]
		if !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s is %v, want %v (of %v)", c.sample, got, c.want, m[c.family].samples)
		}
	}
	for name, f := range m {
		if f.kind == "histogram" {
			before := 0.0
			for _, le := range []string{"0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "+Inf"} {
				got, ok := f.samples[name+"_bucket{le="+le+"}"]
				if !ok || got < before {
					t.Errorf("%s: bucket %s is %v, %v behind %v", name, le, got, ok, before)
				}
				before = got
			}
		}
	}
}

// However many names there are, the series stay few.
func TestMetricsAreBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	for n := range 1200 {
		rep := report(1)
		rep.Attempts[1].Provider = fmt.Sprintf("p%d", n)
		r.feed.Record(rep, nil, nil)
	}
	f := r.metrics()["strowger_cost_dollars_total"].samples
	sum := 0.0
	for _, v := range f {
		sum += v
	}
	if len(f) != 501 || math.Abs(sum-0.0084) > 1e-9 || f["strowger_cost_dollars_total{provider=other,model=other}"] == 0 {
		t.Errorf("%d series that add up to %v", len(f), sum)
	}
}
