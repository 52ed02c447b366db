package plan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

// full is an input whose decision has every field.
func full(t testing.TB) *plan.Input {
	in := arms(t, 90, 10)
	p := &in.Policy
	p.Key, p.Stick = "laptop", 7
	p.Preferred = []policy.Preference{{Latency: true, Percentile: 90, Value: 2_000_000}, {Percentile: 50, Value: 30_000}}
	p.Limits = []policy.Limit{{Account: "route /ab", CostLimit: catalog.CostLimit{Most: 5_000_000, Per: catalog.PerDay}}}
	p.Cache = policy.Cache{Cache: catalog.Cache{TTL: time.Hour, MaxBytes: 1000, Coalesce: true}, NoRead: true}
	p.Hold, p.Resume = catalog.Hold{Tokens: 40}, catalog.ResumeReplay
	p.Retry = &catalog.Retry{Max: 3, On: []int{500, 408}, Backoff: time.Millisecond, BackoffMax: time.Second, AfterMax: -time.Hour}
	in.Funds = &plan.Funds{Left: 1_500_000, Limit: p.Limits[0]}
	in.Request.Choices, in.Request.MaxOutput = 2, 100
	p.Arms[0].Price = catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}
	speed := stats.Speed{Samples: 9000, Mean: 300_000, Tokens: 20_000, P50: 1, P75: 2, P90: 3, P99: 4, T50: 20_000, T75: 7, T90: 6, T99: 5}
	in.Stats = stats.Frozen{"p0/x": {Uptime: 1000, Samples: 9000, Stream: speed}}
	return in
}

// The fields and their order are a promise: a dashboard shows them, and records hold them.
func TestFieldsKeepTheirOrder(t *testing.T) {
	_, d := plan.Make(*full(t))
	doc := d.AppendJSON(nil)
	documented(t, doc, []object{
		{"", "at seed rev asked model strategy strategy_from request policy candidates plan explored why warnings route key funds"},
		{"request", "schema operation stream input_tokens max_output expected_output features parameters choices input_bound images"},
		{"policy", "order only ignore allow_fallbacks mixed require_parameters max_price_micro demands fallback fallback_from max_attempts deadline_us preferred limits stick cache hold resume retry allow_fallbacks_from strict_from drawn"},
		{"policy retry", "max on backoff_us backoff_max_us after_max_us"},
		{"policy preferred 0", "percentile max_us"},
		{"policy preferred 1", "percentile min_tokens_per_ks"},
		{"policy limits 0", "account per most_micro"},
		{"policy cache", "ttl_us max_bytes coalesce read write"},
		{"candidates 0", "endpoint provider model group rank excluded resting score unit score_text terms reading missed"},
		{"candidates 0 terms 0", "name value unit"},
		{"candidates 0 missed", "code text"},
		{"candidates 0 reading", "stream whole uptime_permille samples_milli failures circuit until limited in_flight probes picked"},
		{"candidates 0 reading stream", "samples_milli mean_us p50_us p75_us p90_us p99_us tokens_per_ks p50_tokens_per_ks p75_tokens_per_ks p90_tokens_per_ks p99_tokens_per_ks"},
		{"funds", "left_micro limit reserve_micro"},
		{"funds limit", "account per most_micro"},
	})
	for _, part := range []string{
		`"funds":{"left_micro":1500000,"limit":{"account":"route /ab","per":"day","most_micro":5000000},"reserve_micro":4400}`,
		`"cache":{"ttl_us":3600000000,"max_bytes":1000,"coalesce":true,"read":false,"write":true}`,
		`"preferred":[{"percentile":90,"max_us":2000000},{"percentile":50,"min_tokens_per_ks":30000}]`,
		`"missed":{"code":"missed_preference","text":"its p50 of 20.0 tokens/s is below provider.preferred_min_throughput, 30.0 tokens/s"}`,
		`"hold":"40 tokens","resume":"replay","retry":{"max":3,"on":[500,408],"backoff_us":1000,"backoff_max_us":1000000,"after_max_us":0},"allow_fallbacks_from":"global","strict_from":"global","drawn":[0,1]}`,
		`"key":"laptop"`, `"choices":2`,
	} {
		if !bytes.Contains(doc, []byte(part)) {
			t.Errorf("%s is not in %s", part, doc)
		}
	}
}

// object is one in a decision: the path to it, and its keys in their order.
type object struct{ path, keys string }

// documented holds the objects of a decision against their keys and the reference.
func documented(t *testing.T, doc []byte, objects []object) {
	t.Helper()
	docs, err := os.ReadFile("../../docs/reference/choosing.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		want := strings.Fields(object.keys)
		if got := keysAt(t, doc, strings.Fields(object.path)); !slices.Equal(got, want) {
			t.Errorf("%q has %v, want %v", object.path, got, want)
		}
		for _, key := range want {
			if !bytes.Contains(docs, []byte("`"+key+"`")) {
				t.Errorf("docs/reference/choosing.md does not explain %s", key)
			}
		}
	}
}

// A limit of the account is told from one of the endpoint.
func TestLimitOfTheAccountIsSaid(t *testing.T) {
	in := full(t)
	for _, account := range []bool{false, true} {
		in.Stats = stats.Frozen{"p0/x": {Uptime: 1000, Limited: stats.MomentOf(in.Now.Add(12 * time.Second)), LimitedAccount: account}}
		_, d := plan.Make(*in)
		doc := d.AppendJSON(nil)
		keys := keysAt(t, doc, []string{"candidates", "0", "reading"})
		if slices.Contains(keys, "limited_account") != account || account && keys[len(keys)-1] != "limited_account" {
			t.Errorf("of the account: %t; the reading has %v", account, keys)
		}
		text := `"resting":{"code":"retry_after","text":"the endpoint is limited for 12.0s"}`
		if account {
			text = `"resting":{"code":"retry_after","text":"the account at p0 is limited for 12.0s"}`
		}
		if !bytes.Contains(doc, []byte(text)) {
			t.Errorf("%s is not in %s", text, doc)
		}
	}
}

// keysAt are the keys, in their order, of the object at a path of keys and indexes.
func keysAt(t *testing.T, doc []byte, path []string) (keys []string) {
	t.Helper()
	for _, step := range path {
		var object map[string]json.RawMessage
		if json.Unmarshal(doc, &object) == nil {
			doc = object[step]
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(doc, &list); err != nil {
			t.Fatalf("%v: %v in %s", path, err, doc)
		}
		doc = list[int(step[0]-'0')]
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	for depth := 0; dec.More() || depth > 0; {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("%v: %v in %s", path, err, doc)
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' || token == '[' {
				depth++
			} else {
				depth--
			}
		case string:
			if depth == 1 {
				keys = append(keys, token)
				var value json.RawMessage
				if err := dec.Decode(&value); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return keys
}
