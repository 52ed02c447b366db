package app_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
	"strowger/desktop/app"
	"strowger/desktop/config"
	"strowger/desktop/store"
)

// ledger is the configuration of three providers: the first does everything wrong in turn, in
// tiers; the second nothing; the third everything again, at a price that nobody knows. Two
// routes limit what the priced ones may spend, one of them with a cache.
func ledger(t *testing.T) *config.Config {
	usual := provider.Behaviour{Latency: time.Millisecond, Tokens: 12, TokensPerSecond: 600}
	var shares []provider.Share
	for i, f := range provider.Faults() {
		b := usual
		b.Fault, b.After = f, i%2*3
		shares = append(shares, provider.Share{Part: 1.0 / 24, Behaviour: b})
	}
	cfg, _ := simulate(t,
		provider.Options{Name: "faulty", Seed: 1, Script: provider.Mix(1, usual, shares...)},
		provider.Options{Name: "good", Seed: 2, Behaviour: usual},
		provider.Options{Name: "unpriced", Seed: 3, Script: provider.Mix(3, usual, shares...)})
	for i := range cfg.Catalog.Providers {
		cfg.Catalog.Providers[i].Timeouts = catalog.Timeouts{Connect: time.Second, FirstToken: 60 * time.Millisecond, Idle: 60 * time.Millisecond, Total: 2 * time.Second}
	}
	cfg.Catalog.Routing.Circuit.Failures = 1_000_000 // no circuit keeps the faults away
	es := cfg.Catalog.Models[0].Endpoints
	for i, dollars := range []int64{3, 1} {
		p := catalog.Unstated()
		p.Input, p.Output, p.CacheRead, p.Reasoning, p.Request = dollars*1_000_000, dollars*4_000_000, dollars*333_333, dollars*5_000_001, 7
		t := catalog.Tier{Above: 12, Price: catalog.Unstated()}
		t.Input, t.Output, t.Request = dollars*2_500_001, dollars*6_000_000, 11
		p.Tiers = []catalog.Tier{t}
		p.Derive()
		es[i].Price = p
	}
	limit := []catalog.CostLimit{{Most: 1_000_000_000, Per: catalog.PerMonth}, {Most: 1_000_000_000, Per: catalog.PerDay}}
	arms := []catalog.Arm{{Provider: "faulty", Model: model, Weight: 1}, {Provider: "good", Model: model, Weight: 1}}
	cfg.Catalog.Routes = []catalog.Route{
		{Path: "/paid", Failover: true, Arms: arms, CostLimits: limit},
		{Path: "/kept", Failover: true, Arms: arms, CostLimits: limit, Cache: catalog.Cache{TTL: time.Hour}},
	}
	return cfg
}

// traffic sends n requests of all kinds, the same words again now and then.
func traffic(t *testing.T, url string, n int) {
	paths := []string{"/paid", "/kept", "/v1/chat/completions"}
	orders := []string{"", `,"provider":{"order":["unpriced","good"]}`, `,"provider":{"only":["unpriced"]}`, `,"provider":{"only":["faulty"]}`}
	var all sync.WaitGroup
	next := make(chan int)
	for range 12 {
		all.Go(func() {
			for i := range next {
				say := fmt.Sprintf("sim: cached=%d reasoning=%d\n%s", i%4, i%3*2, strings.Repeat("word ", i%5*4))
				order := ""
				if i%3 == 2 {
					order = orders[i/3%len(orders)]
				}
				text := fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":%q}]%s}`, model, i%2 == 0, say, order)
				send(t, url+paths[i%3], text, i%10 == 4)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

// send sends a request; one that leaves does after the answer's first line.
func send(t *testing.T, url, body string, leaves bool) {
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if leaves {
			return
		}
	}
}

// shown is a decision as the API shows it.
type shown struct {
	ID, Route, Cache, Outcome string
	Cost                      *int64 `json:"cost_micro"`
	Failed                    *int64 `json:"failed_cost_micro"`
	Attempts                  []struct {
		Cost *int64 `json:"cost_micro"` // of one decision only
	}
}

func decisions(t *testing.T, url string) (all []shown) {
	for before := ""; ; {
		var page struct {
			Rows []shown
			Next *int64
		}
		get(t, url+"/_/api/decisions?limit=500"+before, &page)
		all = append(all, page.Rows...)
		if page.Next == nil {
			return all
		}
		before = fmt.Sprintf("&before=%d", *page.Next)
	}
}

// budgets are what was spent by account and window; nothing may be reserved any more.
func budgets(t *testing.T, url string) map[string]int64 {
	var list struct {
		Budgets []struct {
			Account, Per string
			Spent        int64 `json:"spent_micro"`
			Reserved     int64 `json:"reserved_micro"`
		}
	}
	get(t, url+"/_/api/budgets", &list)
	spent := map[string]int64{}
	for _, b := range list.Budgets {
		spent[b.Account+" per "+b.Per] = b.Spent
		if b.Reserved != 0 {
			t.Errorf("%s: %d is still reserved", b.Account, b.Reserved)
		}
	}
	return spent
}

// measured reads the samples of the record: what those of each decision cost, and whether one
// used something at a price that is unknown.
func measured(t *testing.T, dir string) (cost map[string]int64, unpriced map[string]bool) {
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT d.id, s.cost, s.price IS NULL AND s.flags & 6 != 0 FROM samples s JOIN decisions d USING (seq)`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	cost, unpriced = map[string]int64{}, map[string]bool{}
	for rows.Next() {
		var id string
		var micro sql.NullInt64
		var unknown bool
		if err := rows.Scan(&id, &micro, &unknown); err != nil {
			t.Fatal(err)
		}
		cost[id] += micro.Int64
		unpriced[id] = unpriced[id] || unknown
		if unknown && micro.Valid {
			t.Errorf("%s: a cost of %d at an unknown price", id, micro.Int64)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return cost, unpriced
}

// However exchanges end, the cents add up: what the samples cost is what the decisions say,
// what the budgets say was spent, and what the totals say; before a restart and after it.
func TestLedger(t *testing.T) {
	const n = 360
	dir := t.TempDir()
	a := start(t, ledger(t), dir, nil)
	traffic(t, a.URL(), n)
	var total struct {
		Requests int64
	}
	await(t, "every exchange to end", func() bool {
		get(t, a.URL()+"/_/api/status", &total)
		return total.Requests == n
	})
	spend := a.Feed.Totals().Spend
	before, spent := decisions(t, a.URL()), budgets(t, a.URL())
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	cost, unpriced := measured(t, dir)

	var sum int64
	for _, micro := range cost {
		sum += micro
	}
	if spend != sum || len(before) != n {
		t.Errorf("%d decisions; the totals say %d was spent, the samples cost %d", len(before), spend, sum)
	}
	b := start(t, ledger(t), dir, nil)
	routes, seen := map[string]int64{}, map[string]int{}
	for i, d := range decisions(t, b.URL()) {
		if was := before[i]; was.ID != d.ID || text(was.Cost) != text(d.Cost) || text(was.Failed) != text(d.Failed) {
			t.Errorf("%+v was %+v before the restart", d, was)
		}
		check(t, b, d, cost[d.ID], unpriced[d.ID])
		routes[d.Route] += cost[d.ID]
		note(seen, d)
	}
	for account, micro := range budgets(t, b.URL()) {
		route := strings.Fields(strings.TrimPrefix(account, "route "))[0]
		if micro != routes[route] || micro != spent[account] || micro == 0 {
			t.Errorf("%s: %d is spent, %d was before the restart; its samples cost %d", account, micro, spent[account], routes[route])
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	seen["above a tier"] = samePrices(t, dir)
	for _, what := range []string{"ok", "failed", "left", "hit", "failed attempts", "failed attempts, unpriced", "unpriced", "cut", "above a tier"} {
		if seen[what] == 0 {
			t.Errorf("never seen: %s", what)
		}
	}
	t.Logf("$%s in %d decisions: %v", llm.Dollars(sum), n, seen)
}

func text(micro *int64) string {
	if micro == nil {
		return "unknown"
	}
	return llm.Dollars(*micro)
}

// check holds what is shown of a decision against its samples, in the list and by itself.
func check(t *testing.T, a *app.App, d shown, cost int64, unpriced bool) {
	var one shown
	get(t, a.URL()+"/_/api/decisions/"+d.ID, &one)
	var attempts int64
	known := true
	for _, at := range one.Attempts {
		if known = known && at.Cost != nil; at.Cost != nil {
			attempts += *at.Cost
		}
	}
	if attempts != cost || known == unpriced {
		t.Errorf("%s: attempts cost %d, all known %v; the samples %d, unpriced %v", d.ID, attempts, known, cost, unpriced)
	}
	if (d.Cost != nil && d.Failed != nil) == unpriced {
		t.Errorf("%s: unpriced is %v, and the cost is %s and %s", d.ID, unpriced, text(d.Cost), text(d.Failed))
	}
	if d.Cost != nil && d.Failed != nil && *d.Cost+*d.Failed != cost {
		t.Errorf("%s: %s and %s are shown, the samples cost %d", d.ID, text(d.Cost), text(d.Failed), cost)
	}
	if text(one.Failed) != text(d.Failed) || one.Cost != nil && text(one.Cost) != text(d.Cost) {
		t.Errorf("%s: %s and %s in the list, %s and %s by itself", d.ID, text(d.Cost), text(d.Failed), text(one.Cost), text(one.Failed))
	}
}

// note counts what the traffic had in it.
func note(seen map[string]int, d shown) {
	seen[d.Outcome]++
	if d.Cache == "hit" {
		seen["hit"]++
	}
	switch {
	case d.Failed == nil:
		seen["failed attempts, unpriced"]++
	case *d.Failed > 0:
		seen["failed attempts"]++
	}
	switch {
	case d.Cost == nil:
		seen["unpriced"]++
	case d.Outcome == "failed" && *d.Cost > 0:
		seen["cut"]++
	}
}

// samePrices computes the cost of each sample again from the unit prices kept with it: they
// are those of the tier that held.
func samePrices(t *testing.T, dir string) (tiers int) {
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Samples(t.Context(), time.Time{}, 0, func(m stats.Sample) error {
		p, u := m.Price, m.Usage
		at := catalog.Price{Known: p.Known, Input: p.Input, CacheRead: p.CacheRead, CacheWrite: p.CacheWrite, CacheWriteHour: p.CacheWriteHour,
			Output: p.Output, Reasoning: p.Reasoning, Request: p.Request, Image: p.Image}
		want := int64(0)
		if p.Known && (u.Known || u.Estimated) {
			want = at.Cost(u)
			if above := u.Input+u.CacheRead > 12; above != (p.Request == 11) {
				t.Errorf("%+v at %+v", u, p)
			} else if above {
				tiers++
			}
		}
		if m.Cost != want {
			t.Errorf("%+v at %+v costs %d, and not %d", u, p, want, m.Cost)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tiers
}
