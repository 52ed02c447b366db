package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/desktop/app"
	"strowger/desktop/config"
)

// priced is a simulated provider at 1 and 4 dollars per million tokens, and a route to it.
func priced(t *testing.T, change func(*config.Config)) (*config.Config, []*provider.Provider) {
	t.Helper()
	cfg, ps := simulate(t, provider.Options{})
	cfg.Catalog.Models[0].Endpoints[0].Price = catalog.Price{Known: true, Input: 1_000_000, CacheRead: 1_000_000, CacheWrite: 1_000_000, Output: 4_000_000, Reasoning: 4_000_000}
	cfg.Catalog.Routes = []catalog.Route{{Path: "/support", Arms: []catalog.Arm{{Provider: "p1", Model: model, Weight: 1}}}}
	change(cfg)
	return cfg, ps
}

// bill is what a provider would ask for, and how often the limit was in the way.
type bill struct {
	mu       sync.Mutex
	ok, over int
	micro    float64
	body     string // of a refusal
	header   http.Header
}

func (b *bill) send(t *testing.T, url, path, request string) {
	resp, err := http.Post(url+path, "application/json", strings.NewReader(request))
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch resp.StatusCode {
	case 200:
		var a struct {
			Usage struct {
				PromptTokens     float64 `json:"prompt_tokens"`
				CompletionTokens float64 `json:"completion_tokens"`
			}
		}
		if err := json.Unmarshal(text, &a); err != nil || a.Usage.CompletionTokens == 0 {
			t.Errorf("%v: %s", err, text)
		}
		b.ok++
		b.micro += a.Usage.PromptTokens + 4*a.Usage.CompletionTokens
	case 429:
		b.over++
		b.body, b.header = string(text), resp.Header
	default:
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

func limited(limit string, tokens int) string {
	return fmt.Sprintf(`{"model":%q,%s"messages":[{"role":"user","content":"sim: tokens=%d latency=20ms"}]}`, model, limit, tokens)
}

// Two hundred requests at once with max_tokens never spend more than the limit, whichever
// limit it is; those that could have are told so.
func TestCostLimitIsKept(t *testing.T) {
	const most = 50_000 // micro-dollars: some 120 answers of 100 tokens
	limit := []catalog.CostLimit{{Most: most, Per: catalog.PerDay}}
	for name, c := range map[string]struct {
		path   string
		change func(*config.Config)
	}{
		"all":     {"/v1/chat/completions", func(c *config.Config) { c.Catalog.CostLimits = limit }},
		"a route": {"/support", func(c *config.Config) { c.Catalog.Routes[0].CostLimits = limit }},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, ps := priced(t, c.change)
			a := start(t, cfg, t.TempDir(), nil)
			var b bill
			var all sync.WaitGroup
			for range 200 {
				all.Go(func() { b.send(t, a.URL(), c.path, limited(`"max_tokens":100,`, 100)) })
			}
			all.Wait()
			for range 20 { // what was reserved too much is free again
				b.send(t, a.URL(), c.path, limited(`"max_tokens":100,`, 100))
			}
			t.Logf("%d served, %d refused, $%.6f of $%.6f spent", b.ok, b.over, b.micro/1e6, most/1e6)
			if b.micro > most || b.ok == 0 || b.over == 0 || b.micro < most*9/10 {
				t.Errorf("%d served and %d refused for %v micro-dollars", b.ok, b.over, b.micro)
			}
			if sent := ps[0].Requests(); int(sent) != b.ok {
				t.Errorf("%d requests reached the provider, %d were served", sent, b.ok)
			}
			for _, says := range []string{`"code":"cost_limit_exceeded"`, `"limit"`, `"spent"`, `"window":"day"`} {
				if !strings.Contains(b.body, says) {
					t.Errorf("%s is not in %s", says, b.body)
				}
			}
			if wait, err := time.ParseDuration(b.header.Get("retry-after") + "s"); err != nil || wait <= 0 || wait > 24*time.Hour {
				t.Errorf("retry-after %q", b.header.Get("retry-after"))
			}
		})
	}
}

// A limit that refuses is said to be reached, although what is left of it is not spent; before
// that nothing is said to be refused.
func TestReachedLimitIsSaid(t *testing.T) {
	cfg, _ := priced(t, func(c *config.Config) {
		c.Catalog.CostLimits = []catalog.CostLimit{{Most: 3_000, Per: catalog.PerDay}}
	})
	a := start(t, cfg, t.TempDir(), nil)
	var got struct {
		Items   []struct{ Kind, Severity, Text string }
		Budgets []struct {
			State   string
			Refused int
			Since   *time.Time `json:"refused_since"`
			Reaches *time.Time
		}
	}
	look := func() {
		get(t, a.URL()+"/_/api/attention", &got)
		get(t, a.URL()+"/_/api/budgets", &got)
	}
	var b bill
	b.send(t, a.URL(), "/v1/chat/completions", limited(`"max_tokens":2000,`, 10)) // more than the whole limit
	look()
	if b.over != 1 || got.Budgets[0].Refused != 0 || got.Budgets[0].State != "room" {
		t.Errorf("a request that no limit of this size can hold says nothing of how it stands: %+v", got)
	}
	for b.over < 3 {
		b.send(t, a.URL(), "/v1/chat/completions", limited(`"max_tokens":200,`, 200))
	}
	await(t, "the refusals to be counted", func() bool { look(); return got.Budgets[0].Refused > 1 })
	said := ""
	for _, i := range got.Items {
		if i.Kind == "budget" && i.Severity == "bad" {
			said += i.Text
		}
	}
	if s := got.Budgets[0]; s.State != "reached" || s.Refused != 2 || s.Since == nil || s.Reaches != nil || b.micro >= 3_000 || !strings.Contains(said, "reached: 2 requests refused since") {
		t.Errorf("%+v, %v spent", got, b.micro)
	}
}

// Without max_tokens the length of an answer is not known before: what is spent beyond the
// limit is at most what the answers in flight exceed the estimate by.
func TestCostLimitWithoutMaxTokens(t *testing.T) {
	const most, tokens, estimate = 50_000, 600, 400
	cfg, _ := priced(t, func(c *config.Config) {
		c.Catalog.CostLimits = []catalog.CostLimit{{Most: most, Per: catalog.PerMonth}}
	})
	a := start(t, cfg, t.TempDir(), nil)
	var b bill
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() { b.send(t, a.URL(), "/v1/chat/completions", limited("", tokens)) })
	}
	all.Wait()
	atOnce := float64(most / (4 * estimate)) // so many reservations fit
	bound := most + atOnce*4*(tokens-estimate)
	t.Logf("%d served, %d refused, $%.6f of $%.6f spent; at most $%.6f by the estimate's error", b.ok, b.over, b.micro/1e6, most/1e6, bound/1e6)
	if b.over == 0 || b.micro > bound || b.micro < most*9/10 {
		t.Errorf("%d served and %d refused for %v micro-dollars", b.ok, b.over, b.micro)
	}
}

// Where what is spent cannot be written down, limits would begin at 0: it does not start.
func TestCostLimitNeedsTheFolder(t *testing.T) {
	cfg, _ := priced(t, func(c *config.Config) {
		c.Catalog.CostLimits = []catalog.CostLimit{{Most: 1_000_000, Per: catalog.PerMonth}}
	})
	dir := t.TempDir()
	start(t, cfg, dir, nil)
	second := app.Options{Config: cfg, DataDir: dir, Listen: "127.0.0.1:0"}
	if b, err := app.Start(t.Context(), second); err == nil {
		b.Close()
		t.Error("a second one started on the folder")
	} else if !strings.Contains(err.Error(), "cost_limit: ") || !strings.Contains(err.Error(), "--data") {
		t.Error(err)
	}
	free := *cfg
	free.Catalog.CostLimits = []catalog.CostLimit{{Most: 1_000_000, Per: catalog.PerRequest}}
	second.Config = &free
	b, err := app.Start(t.Context(), second)
	if err != nil {
		t.Fatal("without a limit that lasts:", err)
	}
	b.Close()
}

// What is older than the retention is gone after a start, and not what was spent.
func TestRetention(t *testing.T) {
	cfg, _ := priced(t, func(c *config.Config) {
		c.Catalog.CostLimits = []catalog.CostLimit{{Most: 1_000_000, Per: catalog.PerMonth}}
	})
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	for range 3 {
		post(t, a.URL(), limited(`"max_tokens":60,`, 60))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Record.Retention = time.Millisecond
	a = start(t, cfg, dir, nil)
	var list rows
	await(t, "the old decisions to go", func() bool {
		get(t, a.URL()+"/_/api/decisions", &list)
		return len(list.Rows) == 0
	})
	var budgets struct {
		Budgets []struct {
			Account, Per string
			Spent        int64 `json:"spent_micro"`
			Left         int64 `json:"left_micro"`
		}
	}
	get(t, a.URL()+"/_/api/budgets", &budgets)
	if b := budgets.Budgets; len(b) != 1 || b[0].Account != "all" || b[0].Per != "month" || b[0].Spent < 700 || b[0].Spent+b[0].Left != 1_000_000 {
		t.Errorf("budgets: %+v", b)
	}
}

// What was spent is known after a restart, and so is the limit.
func TestCostLimitSurvivesRestart(t *testing.T) {
	cfg, _ := priced(t, func(c *config.Config) {
		c.Catalog.CostLimits = []catalog.CostLimit{{Most: 1000, Per: catalog.PerMonth}, {Most: 900, Per: catalog.PerDay}}
	})
	dir := t.TempDir()
	var b bill
	for range 5 {
		a := start(t, cfg, dir, nil)
		for range 2 {
			b.send(t, a.URL(), "/v1/chat/completions", limited(`"max_tokens":60,`, 60))
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if b.ok != 3 || b.over != 7 || b.micro > 900 {
		t.Errorf("%d served, %d refused, %v micro-dollars", b.ok, b.over, b.micro)
	}
}
