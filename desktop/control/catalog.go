package control

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/policy"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

const (
	// maxAuto is how many decisions of auto mode are read, of each name that asks for it.
	maxAuto = 1000
	// maxUnpriced is how many decisions without a price are read.
	maxUnpriced = 1000
	// countTime bounds how long both are read: what was not, is not counted.
	countTime = time.Second
)

// catalog answers with what can be called, and what became of it between two times.
func (c *Control) catalog(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	from, to := q.span(time.Now())
	if q.err != "" {
		reply.Fail(w, http.StatusBadRequest, q.err)
		return
	}
	cat := c.o.Catalog()
	series, err := c.o.Store.Series(r.Context(), store.SeriesQuery{From: from, To: to, By: store.ByModel})
	if err != nil {
		failStore(w, err)
		return
	}
	counted, err := c.countIn(r.Context(), countTime, from, to)
	if err != nil {
		failStore(w, err)
		return
	}
	totals := map[string]*store.Counts{}
	for i := range series.Groups {
		totals[series.Groups[i].Name] = &series.Groups[i].Total
	}
	j := jsonout.Writer{}
	j.Begin('{')
	j.String("rev", cat.Rev())
	candidates := policy.ConfiguredPool(cat, nil)
	writeModels(&j, cat, candidates, totals)
	j.BeginAt("aliases", '[')
	for _, a := range cat.Config().Aliases {
		j.Begin('{')
		j.String("name", a.Name)
		j.String("to", a.Means)
		j.End('}')
	}
	j.End(']')
	j.BeginAt("auto", '{')
	preference := cat.Routing().Auto.Preference
	if preference == pool.PreferenceNone {
		preference = pool.PreferenceBalanced
	}
	j.String("preference", preference.String())
	j.Strings("models", candidates)
	counted.chosen.write(&j)
	j.End('}')
	j.BeginAt("unpriced", '[')
	for _, n := range counted.unpriced.list() {
		j.Begin('{')
		j.String("endpoint", n.key[0])
		j.Int("requests", n.requests)
		j.End('}')
	}
	j.End(']')
	j.Bool("partial", counted.partial)
	j.End('}')
	reply.JSON(w, j.Buf)
}

func writeModels(w *jsonout.Writer, cat *catalog.Catalog, candidates []string, totals map[string]*store.Counts) {
	models := cat.Config().Models
	marks := qualities(models)
	w.BeginAt("models", '[')
	for i := range models {
		m := &models[i]
		w.Begin('{')
		w.String("id", m.ID)
		w.Bool("in_auto", slices.Contains(candidates, m.ID))
		marks[i].write(w, m)
		w.BeginAt("endpoints", '[')
		for j := range m.Endpoints {
			writeCatalogEndpoint(w, &m.Endpoints[j])
		}
		w.End(']')
		t := totals[m.ID]
		if t == nil {
			t = &store.Counts{}
		}
		writeCell(w, "totals", t)
		w.End('}')
	}
	w.End(']')
}

func writeCatalogEndpoint(w *jsonout.Writer, e *catalog.Endpoint) {
	w.Begin('{')
	w.String("id", e.ID)
	w.String("provider", e.Provider)
	w.String("name", e.Name)
	w.String("schema", e.Schema.String())
	w.Bool("enabled", !e.Disabled)
	writePrice(w, e)
	w.IntOrNull("context", e.Context, e.Context > 0)
	w.IntOrNull("max_output", e.MaxOutput, e.MaxOutput > 0)
	if e.Parameters == nil {
		w.Null("parameters") // all
	} else {
		w.Strings("parameters", e.Parameters)
	}
	w.End('}')
}

// dated finds the date in what is said of a price's source.
var dated = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\d{4}-\d{2}-\d{2}`) })

// writePrice writes an endpoint's prices, null if they are not known.
func writePrice(w *jsonout.Writer, e *catalog.Endpoint) {
	p := &e.Price
	if !p.Known {
		w.Null("price")
		return
	}
	w.BeginAt("price", '{')
	w.Bool("known", true)
	writePrices(w, p)
	w.BeginAt("tiers", '[')
	for i := range p.Tiers {
		w.Begin('{')
		w.Int("above", p.Tiers[i].Above)
		writePrices(w, &p.Tiers[i].Price)
		w.End('}')
	}
	w.End(']')
	w.String("source", e.PriceFrom)
	w.String("date", dated().FindString(e.PriceFrom))
	w.End('}')
}

func writePrices(w *jsonout.Writer, p *catalog.Price) {
	w.Int("input", p.Input)
	w.Int("output", p.Output)
	w.Int("cache_read", p.CacheRead)
	w.Int("cache_write", p.CacheWrite)
	w.Int("cache_write_1h", p.CacheWriteHour)
	w.Int("reasoning", p.Reasoning)
	w.Int("request", p.Request)
	w.Int("image", p.Image)
}

// categories are the kinds of work that quality is told apart by.
var categories = [...]auto.Category{auto.Other, auto.Code, auto.Math, auto.Writing, auto.Translation}

// quality is what auto mode expects of a model where a request is of medium difficulty, permille.
type quality struct {
	by   [len(categories)]int64
	from string // unknown: nothing is known of it
}

// qualities are those of models, as auto mode compares them.
func qualities(models []catalog.Model) []quality {
	all := make([]quality, len(models))
	if len(models) == 0 {
		return all
	}
	for n, category := range categories {
		choice := pool.Choice{Thrift: 1000, Options: make([]pool.Option, len(models))}
		choice.Task.Difficulty, choice.Task.Category = 500, category
		for i := range models {
			choice.Options[i] = pool.Option{Model: models[i].ID, Ability: models[i].Ability, Eligible: true, Success: 1000, Output: cheapest(&models[i])}
		}
		choice.Choose()
		for i := range all {
			o := &choice.Options[i]
			all[i].by[n] = int64(o.Quality)
			if n == 0 {
				all[i].from = o.QualityFrom
			}
		}
	}
	return all
}

// cheapest is the lowest known price of a model's output; 0 if there is none.
func cheapest(m *catalog.Model) (least int64) {
	for i := range m.Endpoints {
		if p := &m.Endpoints[i].Price; p.Known && p.Output > 0 && (least == 0 || p.Output < least) {
			least = p.Output
		}
	}
	return least
}

func (q *quality) write(w *jsonout.Writer, m *catalog.Model) {
	known := q.from != "unknown"
	w.BeginAt("quality", '{')
	w.IntOrNull("permille", q.by[0], known)
	w.String("from", q.from)
	w.BeginAt("by", '[')
	for i, category := range categories {
		if known {
			w.Begin('{')
			w.String("category", category.String())
			w.Int("permille", q.by[i])
			w.End('}')
		}
	}
	w.End(']')
	w.String("rated_from", m.Ability.From)
	w.End('}')
}

// tallies count requests by what they have in common.
type tallies map[[3]string]int64

type tally struct {
	key      [3]string
	requests int64
}

// list are the counts, most first.
func (t tallies) list() (all []tally) {
	for k, n := range t {
		all = append(all, tally{k, n})
	}
	slices.SortFunc(all, func(a, b tally) int {
		if a.requests != b.requests {
			return int(b.requests - a.requests)
		}
		return slices.Compare(a.key[:], b.key[:])
	})
	return all
}

func (t tallies) write(w *jsonout.Writer) {
	w.BeginAt("decisions", '[')
	for _, n := range t.list() {
		w.Begin('{')
		w.String("category", n.key[0])
		w.String("difficulty", n.key[1])
		w.String("model", n.key[2])
		w.Int("requests", n.requests)
		w.End('}')
	}
	w.End(']')
}

// level is a difficulty, permille, in a word.
func level(permille int64) string {
	switch {
	case permille < 334:
		return "easy"
	case permille < 667:
		return "middle"
	}
	return "hard"
}

// countedIn is what the decisions of a time are read for.
type countedIn struct {
	chosen, unpriced tallies
	partial          bool // there was no time to read all that were meant
}

// countIn reads the newest decisions between two times, as many as can be within a time.
func (c *Control) countIn(ctx context.Context, within time.Duration, from, to time.Time) (n countedIn, err error) {
	brief, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if n.unpriced, err = c.unpriced(brief, from, to); err == nil {
		n.chosen, err = c.chosen(brief, from, to)
	}
	if n.partial = brief.Err() != nil; n.partial && ctx.Err() == nil {
		err = nil
	}
	return n, err
}

// chosen counts what auto mode has chosen, by kind of work and difficulty: of the newest decisions
// of the time.
func (c *Control) chosen(ctx context.Context, from, to time.Time) (tallies, error) {
	names := []string{catalog.AutoName}
	for _, suffix := range pool.PreferenceNames() {
		names = append(names, catalog.AutoName+":"+suffix)
	}
	count := tallies{}
	for _, name := range names {
		err := c.o.Store.Each(ctx, store.Query{From: from, To: to, Asked: name, Limit: maxAuto, Docs: true}, func(d store.Decision) error {
			var doc struct {
				Decision struct {
					Model string
					Auto  *struct {
						Difficulty int64
						Category   string
					}
				}
			}
			if json.Unmarshal(d.Doc, &doc) == nil && doc.Decision.Auto != nil {
				count[[3]string{doc.Decision.Auto.Category, level(doc.Decision.Auto.Difficulty), doc.Decision.Model}]++
			}
			return nil
		})
		if err != nil {
			return count, err
		}
	}
	return count, nil
}

// unpriced counts the newest requests of the time whose cost is not known, by endpoint.
func (c *Control) unpriced(ctx context.Context, from, to time.Time) (tallies, error) {
	count := tallies{}
	err := c.o.Store.Each(ctx, store.Query{From: from, To: to, Unpriced: store.Yes, Limit: maxUnpriced}, func(d store.Decision) error {
		count[[3]string{d.Endpoint}]++
		return nil
	})
	return count, err
}
