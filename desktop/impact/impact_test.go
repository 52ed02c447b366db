package impact_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/plan/plantest"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/config"
	"strowger/desktop/impact"
	"strowger/desktop/store"
)

const twoProviders = `
providers:
  fast: {schema: openai, base_url: "http://127.0.0.1:1/v1"}
  cheap: {schema: openai, base_url: "http://127.0.0.1:2/v1"}
models:
  sim/one:
    endpoints:
      - {provider: fast, model: one, price: {input: 10, output: 20}}
      - {provider: cheap, model: one, price: {input: 1, output: 2}}
`

func read(t testing.TB, text string) *catalog.Catalog {
	t.Helper()
	c, err := config.Parse("", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(c.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// decide is the report on a chat completion under a catalog.
func decide(t testing.TB, cat *catalog.Catalog, board *stats.Board, c plantest.Case) (doc []byte, ok bool) {
	t.Helper()
	r := router.New(cat)
	path := c.Route
	if path == "" {
		path = "/v1"
	}
	entry, ok := r.EntryOf(path + "/chat/completions")
	if !ok {
		t.Fatal(path)
	}
	state := router.State{Board: *board}
	d, refused := r.Decide(router.Call{Entry: entry, Key: c.Key, Seed: c.Seed, Body: c.Body, ProviderHeader: c.Header}, &state, c.Now)
	if refused != nil {
		return nil, false
	}
	return append(d.AppendJSON([]byte(`{"decision":`)), '}'), true
}

// list gives decisions as a store does.
func list(all ...store.Decision) impact.Decisions {
	return func(_ context.Context, each func(store.Decision) error) error {
		for i := range all {
			if err := each(all[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

func compare(t testing.TB, under impact.Catalogs, all ...store.Decision) *impact.Result {
	t.Helper()
	r, err := impact.Compare(t.Context(), list(all...), under, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// ask is a decision on a whole answer, or a stream, of the model, which took 100 ms and cost 30 µ$.
func ask(t testing.TB, cat *catalog.Catalog, model string, stream bool) store.Decision {
	t.Helper()
	board := stats.Board{Rules: router.New(cat).Rules()}
	for _, s := range []stats.Sample{
		{Endpoint: "fast/one", At: now, Outcome: stats.OutcomeOK, Total: 100 * time.Millisecond},
		{Endpoint: "cheap/one", At: now, Outcome: stats.OutcomeOK, Total: 400 * time.Millisecond},
	} {
		board.Fold(s)
	}
	doc, ok := decide(t, cat, &board, plantest.Case{Now: now.Add(time.Millisecond), Seed: 1,
		Body: fmt.Appendf(nil, `{"model":%q,"stream":%t,"messages":[{"role":"user","content":"hi"}]}`, model, stream)})
	if !ok {
		t.Fatal("refused")
	}
	return store.Decision{ID: "x", Asked: model, Doc: doc, Outcome: "ok", Stream: stream, Total: 100 * time.Millisecond,
		Cost: 30, Priced: true, Tokens: store.Tokens{Input: 1, Output: 1}}
}

func TestCompare(t *testing.T) {
	was := read(t, twoProviders+"routing: {strategy: priority}\n")
	cheap := read(t, twoProviders+"routing: {strategy: cost}\n")
	unpriced := read(t, strings.Replace(twoProviders, ", price: {input: 1, output: 2}", "", 1)+"routing: {strategy: priority}\n")
	unpriced = turned(t, unpriced)
	none := read(t, strings.ReplaceAll(twoProviders, "sim/one", "sim/other"))
	whole, stream := ask(t, was, "sim/one", false), ask(t, was, "sim/one", true)
	failed, hit, large, refused, broken := whole, whole, whole, whole, whole
	failed.Outcome, hit.Cache, large.Doc = "provider_error", "hit", nil
	refused.Doc, broken.Doc = []byte(`{"decision":null}`), []byte(`{"decision":{"rev":1}}`)
	slower := whole
	slower.Total = 300 * time.Millisecond
	figure := func(before, after, low, high, n, unknown int64) impact.Figure {
		return impact.Figure{Before: before, After: after, Low: low, High: high, Requests: n, Unknown: unknown}
	}
	for name, c := range map[string]struct {
		under                        impact.Catalogs
		all                          []store.Decision
		recomputed, changed, refused int64
		cost, time                   impact.Figure
		observed                     int64
		moves, without               string
	}{
		"nothing":            {under: impact.Catalogs{After: cheap}, moves: "[]", without: "[]"},
		"the same":           {impact.Catalogs{After: was}, []store.Decision{whole}, 1, 0, 0, figure(30, 30, 30, 30, 1, 0), figure(100_000, 100_000, 100_000, 100_000, 1, 0), 1000, "[]", "[]"},
		"cheaper and slower": {impact.Catalogs{After: cheap}, []store.Decision{whole}, 1, 1, 0, figure(30, 3, 3, 3, 1, 0), figure(100_000, 400_000, 400_000, 400_000, 1, 0), 1000, "[{fast/one cheap/one 1}]", "[]"},
		// The differences are 300 and 100 ms: 1.96 · √(2 · 20000) ms to either side.
		"two of them":      {impact.Catalogs{After: cheap}, []store.Decision{whole, slower}, 2, 2, 0, figure(60, 6, 6, 6, 2, 0), figure(400_000, 800_000, 408_000, 1_192_000, 2, 0), 1000, "[{fast/one cheap/one 2}]", "[]"},
		"never measured":   {impact.Catalogs{After: cheap}, []store.Decision{stream}, 1, 1, 0, figure(30, 3, 3, 3, 1, 0), figure(0, 0, 0, 0, 0, 1), 0, "[{fast/one cheap/one 1}]", "[]"},
		"unpriced":         {impact.Catalogs{After: unpriced}, []store.Decision{whole}, 1, 1, 0, figure(0, 0, 0, 0, 0, 1), figure(100_000, 400_000, 400_000, 400_000, 1, 0), 1000, "[{fast/one cheap/one 1}]", "[]"},
		"refused":          {impact.Catalogs{After: none}, []store.Decision{whole}, 1, 1, 1, figure(0, 0, 0, 0, 0, 1), figure(0, 0, 0, 0, 0, 1), 0, "[{fast/one  1}]", "[]"},
		"not served":       {impact.Catalogs{After: cheap}, []store.Decision{failed, hit}, 2, 2, 0, impact.Figure{}, impact.Figure{}, 1000, "[{fast/one cheap/one 2}]", "[]"},
		"against another":  {impact.Catalogs{Before: cheap, After: was}, []store.Decision{whole}, 1, 1, 0, figure(3, 30, 30, 30, 1, 0), figure(400_000, 100_000, 100_000, 100_000, 1, 0), 1000, "[{cheap/one fast/one 1}]", "[]"},
		"the other, twice": {impact.Catalogs{Before: cheap, After: cheap}, []store.Decision{whole}, 1, 0, 0, figure(3, 3, 3, 3, 1, 0), figure(400_000, 400_000, 400_000, 400_000, 1, 0), 1000, "[]", "[]"},
		"not readable": {impact.Catalogs{After: cheap}, []store.Decision{large, refused, broken, broken}, 0, 0, 0, impact.Figure{}, impact.Figure{}, 0, "[]",
			"[{it was refused before anything was decided 1} {its document is not in the record: it was too large 1} {its record cannot be read 2}]"},
	} {
		r := compare(t, c.under, c.all...)
		if r.Decisions != int64(len(c.all)) || r.Recomputed != c.recomputed || r.Changed != c.changed || r.Unchanged != c.recomputed-c.changed || r.Refused != c.refused || int64(len(r.Examples)) != c.changed {
			t.Errorf("%s: %+v", name, r)
		}
		near := c.time
		if d := r.Time.Low - near.Low; d > 1000 || d < -1000 {
			t.Errorf("%s: low %d, want about %d", name, r.Time.Low, near.Low)
		}
		near.Low, near.High = r.Time.Low, 2*near.After-r.Time.Low // as far to the other side
		if r.Cost != c.cost || r.Time != near || r.Observed != c.observed {
			t.Errorf("%s: cost %+v, time %+v, observed %d", name, r.Cost, r.Time, r.Observed)
		}
		if fmt.Sprint(r.By) != c.moves || fmt.Sprint(r.Without) != c.without {
			t.Errorf("%s: %v, without %v", name, r.By, r.Without)
		}
		for _, e := range r.Examples {
			if e.Asked != "sim/one" || e.Why == "" && c.under.Before == nil {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}

// turned is a catalog with each model's endpoints the other way round.
func turned(t testing.TB, cat *catalog.Catalog) *catalog.Catalog {
	t.Helper()
	cfg := *cat.Config()
	for i := range cfg.Models {
		e := cfg.Models[i].Endpoints
		e[0], e[1] = e[1], e[0]
	}
	out, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Generated decisions: the catalog that they were made under changes nothing, neither against the
// record nor against itself.
func TestTheSameChangesNothing(t *testing.T) {
	made := int64(0)
	for seed := range uint64(1500) {
		c := plantest.Generate(seed)
		cat, err := catalog.New(c.Config)
		if err != nil {
			t.Fatal(err)
		}
		doc, ok := decide(t, cat, c.Board(), c)
		if !ok {
			continue
		}
		made++
		d := store.Decision{Doc: doc, Outcome: "ok", Total: time.Second, Cost: 5, Priced: seed%2 == 0, Tokens: store.Tokens{Input: 10, Output: 5}}
		for _, before := range []*catalog.Catalog{nil, cat} {
			r := compare(t, impact.Catalogs{Before: before, After: cat}, d)
			if r.Recomputed != 1 || r.Changed != 0 || len(r.By)+len(r.Examples) != 0 ||
				r.Cost.Before != r.Cost.After || r.Time.Before != r.Time.After || r.Time.Low != r.Time.High || r.Cost.Low != r.Cost.High {
				t.Fatalf("seed %d: %+v", seed, r)
			}
		}
	}
	if made < 500 {
		t.Errorf("only %d were decided", made)
	}
}

func TestCompareEnds(t *testing.T) {
	was := read(t, twoProviders+"routing: {strategy: priority}\n")
	cheap := read(t, twoProviders+"routing: {strategy: cost}\n")
	all := make([]store.Decision, 200)
	for i := range all {
		all[i] = ask(t, was, "sim/one", false)
	}
	r := compare(t, impact.Catalogs{After: cheap}, all...)
	if len(r.Examples) != impact.MaxExamples || r.Changed != 200 {
		t.Error(len(r.Examples), r.Changed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := impact.Compare(ctx, list(all...), impact.Catalogs{After: cheap}, func(done int64) {
		if done == 7 {
			cancel()
		}
		if done > 7 {
			t.Error("it goes on")
		}
	})
	if !errors.Is(err, context.Canceled) || !reflect.DeepEqual(r, (*impact.Result)(nil)) {
		t.Error(r, err)
	}
	if _, err := impact.Compare(t.Context(), impact.Of(nil, store.Query{}), impact.Catalogs{After: cheap}, nil); !errors.Is(err, store.ErrNoStore) {
		t.Error(err)
	}
}

func BenchmarkCompare(b *testing.B) {
	was := read(b, twoProviders+"routing: {strategy: priority}\n")
	cheap := read(b, twoProviders+"routing: {strategy: cost}\n")
	d := ask(b, was, "sim/one", false)
	all := func(_ context.Context, each func(store.Decision) error) error {
		for b.Loop() {
			if err := each(d); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := impact.Compare(b.Context(), all, impact.Catalogs{After: cheap}, nil); err != nil {
		b.Fatal(err)
	}
}
