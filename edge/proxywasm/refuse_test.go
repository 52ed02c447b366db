package main_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/edge/proxytest"
)

// What cannot be served is refused in the caller's schema, and nothing is asked of a provider.
func TestRefused(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{}}, document: func(doc map[string]any) {
		doc["limits"] = map[string]int{"max_body": 2000, "max_answer": 1 << 20}
	}})
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"no key", "POST", "/v1/chat/completions", chatBody("hi", false), []string{"authorization", ""}, 401, `"code":"unauthorized"`},
		{"another key", "POST", "/v1/messages", "{}", []string{"authorization", "Bearer sk-strowger-other"}, 401, `"type":"error"`},
		{"a long body", "POST", "/v1/chat/completions", chatBody(long, false), nil, 413, "larger than 2000 bytes"},
		{"a long body of Anthropic's", "POST", "/v1/messages", `{"model":"` + long + `"}`, nil, 413, `"type":"error"`},
		{"gzip", "POST", "/v1/chat/completions", "x", []string{"content-encoding", "gzip"}, 415, "gzip"},
		{"nonsense", "POST", "/v1/chat/completions", "{", nil, 400, `"error"`},
		{"no body", "POST", "/v1/chat/completions", "", nil, 400, `"error"`},
		{"no such model", "POST", "/v1/chat/completions", `{"model":"none/such","messages":[{"role":"user","content":"x"}]}`, nil, 404, "none/such"},
		{"nowhere", "POST", "/v2/other", "{}", nil, 404, `"code":"not_found"`},
		{"a call by GET", "GET", "/v1/chat/completions", "", nil, 405, "takes POST"},
		{"a list by POST", "POST", "/v1/models", "{}", nil, 405, "takes GET"},
		{"an array", "POST", "/v1beta/models/" + model + ":streamGenerateContent", "{}", nil, 400, "alt=sse"},
		{"models", "GET", "/v1/models", "", nil, 200, model},
	} {
		if a := r.send(c.method, c.path, c.body, c.header...); a.status != c.status || !strings.Contains(a.body, c.want) || a.header.Get("content-type") != "application/json" {
			t.Errorf("%s: %d %s %.300s", c.name, a.status, a.header.Get("content-type"), a.body)
		}
	}
	if n := r.providers[0].Requests(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// An answer that is larger than is held is another endpoint's to give.
func TestLargeAnswer(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Tokens: 20_000}}, {behaviour: provider.Behaviour{Text: "short"}}},
		document: func(doc map[string]any) { doc["limits"] = map[string]int{"max_answer": 60_000} }})
	r.chat("hello", false, "x-strowger-provider", first).want(t, 200, "short")
}

// A secret without a value is said when the filter starts, and its provider is passed over.
func TestMissingSecret(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{}, {behaviour: provider.Behaviour{Text: "from the second"}}}, secrets: map[string]string{"KEY_p2": secretKey}})
	r.chat("hello", false, "x-strowger-provider", first).want(t, 200, "second")
	if log := r.logged(); !strings.Contains(log, "no value was given for KEY_p1:") {
		t.Error(log)
	}
	r = newRig(t, rigging{upstreams: []upstream{{}}, secrets: map[string]string{"OTHER": "x"}})
	r.chat("hello", true).want(t, 502, "the secret KEY_p1 has no value")
}

// A configuration that does not fit is refused, with what is wrong in the log.
func TestConfiguration(t *testing.T) {
	for want, change := range map[string]func(doc map[string]any){
		"rev: is":                      func(doc map[string]any) { doc["rev"] = "0000000000000000" },
		"strowger: version 2":          func(doc map[string]any) { doc["strowger"] = 2 },
		`"other" is not known`:         func(doc map[string]any) { doc["other"] = 1 },
		"profile: unknown name":        func(doc map[string]any) { doc["profile"] = "nginx" },
		"clusters: none for":           func(doc map[string]any) { delete(doc, "clusters") },
		"keys: missing":                func(doc map[string]any) { delete(doc, "keys") },
		"keys[0].sha256: expected":     func(doc map[string]any) { doc["keys"] = []any{map[string]string{"name": "x", "sha256": "xx"}} },
		"catalog: missing":             func(doc map[string]any) { delete(doc, "catalog") },
		"limits.max_body: expected":    func(doc map[string]any) { doc["limits"] = map[string]any{"max_body": "x"} },
		`limits: "other" is not known`: func(doc map[string]any) { doc["limits"] = map[string]any{"other": 1} },
		`secrets.env:KEY_p1: expected`: func(doc map[string]any) { doc["secrets"] = map[string]any{"env:KEY_p1": 1} },
		"open: expected true or false": func(doc map[string]any) { doc["open"] = "yes" },
		"catalog: ":                    func(doc map[string]any) { doc["catalog"] = map[string]any{"nonsense": 1} },
	} {
		r := &rig{t: t}
		document, clusters, _ := r.deploy(rigging{upstreams: []upstream{{}}, document: change})
		wasm, cache := module(t, "")
		host, err := proxytest.New(t.Context(), wasm, proxytest.Options{Profile: proxytest.EnvoyStopIteration(), Clusters: clusters, PluginConfig: document, Log: r.write, Cache: cache})
		if err == nil {
			host.Close()
		}
		if err == nil || !strings.Contains(r.logged(), want) {
			t.Errorf("want %q: %v %s", want, err, r.logged())
		}
	}
}

// After a panic the caller is told in its schema, and so is everybody after it: nothing goes to a
// cluster that the proxy takes by itself.
func TestPanic(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{}}, tags: "strowger_panic", mayLog: true})
	r.chat("hello", false).want(t, 200)
	a := r.send("POST", "/v1/messages", "{}", "x-strowger-panic", "1")
	a.want(t, 500, `"type":"error"`, "a bug in strowger")
	for range 3 {
		r.chat("hello", true).want(t, 503, `"error"`, "a bug in strowger")
	}
	if n := strings.Count(r.logged(), "a bug ended the filter"); n != 1 {
		t.Errorf("said %d times: %s", n, r.logged())
	}
	if n := r.providers[0].Requests(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// What was spent in one thread is spent in the others.
func TestBudgetAcrossThreads(t *testing.T) {
	cfg := catalog.Config{CostLimits: []catalog.CostLimit{{Most: 3000, Per: catalog.PerDay}}}
	r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Tokens: 200}}}, config: cfg, workers: 2})
	body, _ := json.Marshal(map[string]any{"model": model, "max_tokens": 500, "messages": []any{map[string]string{"role": "user", "content": "hi"}}})
	served, refused := 0, 0
	for range 12 {
		switch a := r.send("POST", "/v1/chat/completions", string(body)); a.status {
		case 200:
			served++
		case 429:
			refused++
		default:
			t.Fatal(a.status, a.body)
		}
	}
	accounts, _ := r.host.Shared("strowger.1.accounts")
	// An answer costs 400 and a little: of 12, so many fit as leave room for what the next may cost.
	if served < 4 || served > 7 || refused != 12-served {
		t.Errorf("%d served, %d refused: %s", served, refused, accounts)
	}
	var doc struct {
		Accounts []struct {
			Spent    int64 `json:"spent_micro"`
			Reserved int64 `json:"reserved_micro"`
		} `json:"accounts"`
	}
	if err := json.Unmarshal(accounts, &doc); err != nil || len(doc.Accounts) != 1 || doc.Accounts[0].Reserved != 0 || doc.Accounts[0].Spent > 3000 || doc.Accounts[0].Spent < 400*int64(served) {
		t.Errorf("%v: %s", err, accounts)
	}
}

// Requests at the same time do not spend the same money, whichever thread they are in.
func TestBudgetAtOnce(t *testing.T) {
	cfg := catalog.Config{CostLimits: []catalog.CostLimit{{Most: 3000, Per: catalog.PerDay}}}
	r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Tokens: 200}}}, config: cfg, workers: 3})
	body := `{"model":"` + model + `","max_tokens":500,"messages":[{"role":"user","content":"hi"}]}`
	statuses := make(chan int)
	for range 16 {
		go func() { statuses <- r.send("POST", "/v1/chat/completions", body).status }()
	}
	count := map[int]int{}
	for range 16 {
		count[<-statuses]++
	}
	accounts, _ := r.host.Shared("strowger.1.accounts")
	if count[200] == 0 || count[200] > 7 || count[200]+count[429]+count[503] != 16 || !strings.Contains(string(accounts), `"reserved_micro":0`) {
		t.Errorf("%v: %s", count, accounts)
	}
	var spent int
	if _, after, ok := strings.Cut(string(accounts), `"spent_micro":`); !ok {
		t.Error(string(accounts))
	} else if _, err := fmt.Sscanf(after, "%d", &spent); err != nil || spent > 3000 || spent < 400*count[200] {
		t.Errorf("%d spent by %v", spent, count)
	}
}

// What one thread has seen of an endpoint keeps the others from asking it.
func TestHealthAcrossThreads(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Status: 429, RetryAfter: "600"}}, {}}, workers: 2})
	for range 6 {
		r.chat("hello", false).want(t, 200)
	}
	if n := r.providers[0].Requests(); n > 1 {
		t.Errorf("the endpoint that is over its limit was asked %d times", n)
	}
	ring, _ := r.host.Shared("strowger.1.samples")
	if len(ring) == 0 || len(ring) > 64*(2<<10) {
		t.Errorf("%d bytes of samples", len(ring))
	}
}
