package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/desktop/app"
)

// served sends a request and gives its answer and what the cache had to say.
func served(t *testing.T, a *app.App, request string, header ...string) (text, said string) {
	t.Helper()
	status, text, h := call(t, http.MethodPost, a.URL()+"/v1/chat/completions", request, header...)
	if status != 200 {
		t.Errorf("%d %s", status, text)
	}
	return text, h.Get("x-strowger-cache")
}

// What a provider of one schema said is kept for callers of each, by their own questions, and
// told again in theirs.
func TestCacheBetweenSchemas(t *testing.T) {
	questions := map[string]string{
		"/v1/chat/completions":                         `{"model":"` + model + `","messages":[{"role":"user","content":"hello"}]}`,
		"/v1/chat/completions?stream":                  `{"model":"` + model + `","stream":true,"messages":[{"role":"user","content":"hello"}]}`,
		"/v1/responses":                                `{"model":"` + model + `","input":"hello"}`,
		"/v1/responses?stream":                         `{"model":"` + model + `","stream":true,"input":"hello"}`,
		"/v1/messages":                                 `{"model":"` + model + `","max_tokens":50,"messages":[{"role":"user","content":"hello"}]}`,
		"/v1/messages?stream":                          `{"model":"` + model + `","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"hello"}]}`,
		"/v1beta/models/" + model + ":generateContent": `{"contents":[{"parts":[{"text":"hello"}]}]}`,
		"/v1beta/models/" + model + ":streamGenerateContent?alt=sse": `{"contents":[{"parts":[{"text":"hello"}]}]}`,
	}
	for _, schema := range []string{"openai", "openai-responses", "anthropic", "gemini"} {
		cfg, ps := simulate(t, provider.Options{Schema: schema, Behaviour: provider.Behaviour{Text: "kept"}})
		cfg.Catalog.Cache = catalog.Cache{TTL: time.Hour}
		a := start(t, cfg, t.TempDir(), nil)
		for path, question := range questions {
			said := ""
			for i, want := range []string{"miss", "hit"} {
				status, text, h := call(t, http.MethodPost, a.URL()+path, question)
				if status != 200 || h.Get("x-strowger-cache") != want || !strings.Contains(text, `"kept"`) || strings.Contains(text, "rror\":{") {
					t.Errorf("%s by %s, %d: %d %s %s", path, schema, i, status, h.Get("x-strowger-cache"), text)
				}
				if n := strings.Count(text, "\n\n"); i == 0 {
					said = text
				} else if n != strings.Count(said, "\n\n") {
					t.Errorf("%s by %s: told again otherwise\n%s\n%s", path, schema, said, text)
				}
			}
		}
		if n := ps[0].Requests(); n != int64(len(questions)) {
			t.Errorf("%s: %d requests of %d questions", schema, n, len(questions))
		}
	}
}

// The same question is answered from the cache, streams as streams and after a restart
// too; a question that differs in anything is not.
func TestCache(t *testing.T) {
	cfg, ps := simulate(t, provider.Options{})
	cfg.Catalog.Cache = catalog.Cache{TTL: time.Hour}
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	plain, stream := body(false, "sim: tokens=20"), body(true, "sim: tokens=20")
	for _, question := range []string{plain, stream} {
		first, said := served(t, a, question)
		if said != "miss" {
			t.Errorf("the first time: %s", said)
		}
		sent := ps[0].Requests()
		again, said := served(t, a, question)
		if said != "hit" || ps[0].Requests() != sent || again != first {
			t.Errorf("the second time: %s\n%s\n%s", said, first, again)
		}
		if other, said := served(t, a, strings.Replace(question, "{", "{ ", 1)); said != "hit" || other != first {
			t.Errorf("with a space more: %s", said)
		}
	}
	for _, other := range []string{
		strings.Replace(plain, "tokens=20", "tokens=21", 1),
		strings.Replace(plain, "{", `{"temperature":0.5,`, 1),
		strings.Replace(plain, "{", `{"max_tokens":50,`, 1),
	} {
		if _, said := served(t, a, other); said != "miss" {
			t.Errorf("%s: %s", said, other)
		}
	}
	fresh := strings.Replace(plain, "tokens=20", "tokens=23", 1)
	if _, said := served(t, a, plain, "cache-control", "no-cache"); said != "miss" {
		t.Errorf("no-cache: %s", said)
	}
	if _, said := served(t, a, fresh, "cache-control", "no-cache"); said != "miss" {
		t.Errorf("no-cache: %s", said)
	}
	if _, said := served(t, a, fresh); said != "hit" {
		t.Errorf("what was asked anew is not kept: %s", said)
	}
	private := strings.Replace(plain, "tokens=20", "tokens=22", 1)
	for range 2 {
		if _, said := served(t, a, private, "cache-control", "no-store"); said != "miss" {
			t.Errorf("no-store: %s", said)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = start(t, cfg, dir, nil)
	if _, said := served(t, a, stream); said != "hit" {
		t.Errorf("after a restart: %s", said)
	}
	var list struct {
		Rows []struct {
			Cache string
			Cost  *int64 `json:"cost_micro"`
		}
	}
	get(t, a.URL()+"/_/api/decisions?limit=1", &list)
	if len(list.Rows) != 1 || list.Rows[0].Cache != "hit" || list.Rows[0].Cost == nil || *list.Rows[0].Cost != 0 {
		t.Errorf("recorded as %+v", list.Rows)
	}
}

// Only complete successes are kept.
func TestCacheKeepsNoFailure(t *testing.T) {
	cfg, ps := simulate(t, provider.Options{})
	cfg.Catalog.Cache = catalog.Cache{TTL: time.Hour}
	a := start(t, cfg, t.TempDir(), nil)
	for _, directive := range []string{"sim: status=400", "sim: fault=cut after=3 tokens=9", "sim: fault=content_filter after=2", "sim: fault=error_event after=2"} {
		for _, streamed := range []bool{false, true} {
			before := ps[0].Requests()
			for range 2 {
				post(t, a.URL(), body(streamed, directive))
			}
			if ps[0].Requests() != before+2 {
				t.Errorf("%s (stream %v) was kept", directive, streamed)
			}
		}
	}
}

// Where the rule says so, of the same question at the same time one is sent.
func TestCacheCoalesces(t *testing.T) {
	for _, coalesce := range []bool{true, false} {
		cfg, ps := simulate(t, provider.Options{})
		cfg.Catalog.Cache = catalog.Cache{TTL: time.Hour, Coalesce: coalesce}
		a := start(t, cfg, t.TempDir(), nil)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { served(t, a, body(true, "sim: tokens=5 latency=200ms")) })
		}
		all.Wait()
		if sent := ps[0].Requests(); (sent == 1) != coalesce {
			t.Errorf("coalesce %v: %d were sent", coalesce, sent)
		}
	}
}

// Who waits for an answer that is long in coming asks for one in time to be answered.
func TestCacheWaitEnds(t *testing.T) {
	cfg, ps := simulate(t, provider.Options{})
	cfg.Catalog.Cache = catalog.Cache{TTL: time.Hour, Coalesce: true}
	cfg.Catalog.Routing.Deadline = 2 * time.Second
	a := start(t, cfg, t.TempDir(), nil)
	question := body(true, "sim: tokens=25 tps=10") // begins at once, and lasts
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { served(t, a, question) })
	}
	all.Wait()
	if n := ps[0].Requests(); n != 3 {
		t.Errorf("%d were sent", n)
	}
	if _, said := served(t, a, question); said != "hit" {
		t.Errorf("behind all of them: %s", said)
	}
}

// Who has waited in vain, was sent, and is gone does not lead those who come later.
func TestCacheWaitIsOver(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	cfg.Catalog.Cache = catalog.Cache{TTL: time.Hour, Coalesce: true}
	cfg.Catalog.Routing.Deadline = 2 * time.Second
	a := start(t, cfg, t.TempDir(), nil)
	question := body(true, "sim: tokens=40 tps=10 fault=cut after=25") // no answer is kept
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		post(t, a.URL(), question) // leads, for 2.5 s
	}()
	time.Sleep(200 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL()+"/v1/chat/completions", strings.NewReader(question))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err != nil {
		t.Error("it was not sent:", err)
	} else {
		_, _ = io.Copy(io.Discard, resp.Body) // until the caller leaves
		_ = resp.Body.Close()
	}
	<-asked
	time.Sleep(100 * time.Millisecond) // until the proxy knows
	began := time.Now()
	resp, err := http.Post(a.URL()+"/v1/chat/completions", "application/json", strings.NewReader(question))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if d := time.Since(began); d > 700*time.Millisecond {
		t.Errorf("it waited %s for nobody", d)
	}
}
