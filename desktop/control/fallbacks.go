package control

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/stats"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

const (
	maxMarks  = 2000
	maxSpans  = 1000
	maxFolded = 50_000
	// warm is how much of what was before is folded, so that circuits are as they were.
	warm = 30 * time.Minute
)

// fallbacks answers with what went wrong and what came of it.
func (c *Control) fallbacks(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	from, to := q.span(time.Now())
	if q.err != "" {
		reply.Fail(w, http.StatusBadRequest, q.err)
		return
	}
	marks, err := c.o.Store.Lanes(r.Context(), from, to, maxMarks)
	if err != nil {
		failStore(w, err)
		return
	}
	flows, err := c.o.Store.Flows(r.Context(), from, to)
	if err != nil {
		failStore(w, err)
		return
	}
	all, err := c.o.Store.Series(r.Context(), store.SeriesQuery{From: from, To: to})
	if err != nil {
		failStore(w, err)
		return
	}
	spans, since, err := c.spans(r.Context(), from, to)
	if err != nil {
		failStore(w, err)
		return
	}
	j := jsonout.Writer{}
	j.Begin('{')
	c.writeLanes(&j, marks.Marks, spans)
	j.Int("left_out", marks.Left)
	writeFlows(&j, flows.Flows, &all.Total)
	j.Time("spans_from", since)
	j.End('}')
	reply.JSON(w, j.Buf)
}

// rested is a time in which an endpoint's circuit was open, or it was limited.
type rested struct {
	endpoint, kind string
	from, to       time.Time
}

// spans are the times in which endpoints rested: what was measured is folded again, as it was then.
// They are known since a moment, which is later than from if there was too much to read.
func (c *Control) spans(ctx context.Context, from, to time.Time) (all []rested, since time.Time, err error) {
	cat := c.o.Catalog()
	rules := cat.Routing().Circuit
	f := folding{cat: cat, from: from, to: to, open: map[string]*rested{}, limited: map[string]*rested{},
		board: stats.Board{Rules: stats.Rules{Failures: rules.Failures, CoolDown: rules.CoolDown, CoolDownMax: rules.CoolDownMax}}}
	ended, more, err := c.o.Store.Outcomes(ctx, from.Add(-warm), to, maxFolded)
	if err != nil {
		return nil, from, err
	}
	if since = from; more && len(ended) > 0 && ended[0].At.After(from) {
		since = ended[0].At
	}
	for i := range ended {
		f.fold(&ended[i])
	}
	for _, now := range [...]map[string]*rested{f.open, f.limited} {
		for _, s := range now {
			f.close(s)
		}
	}
	slices.SortFunc(f.spans, func(a, b rested) int { return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.endpoint, b.endpoint)) })
	return f.spans, since, nil
}

// folding folds samples and notes when endpoints began to rest, and when they had.
type folding struct {
	cat           *catalog.Catalog
	board         stats.Board
	from, to      time.Time
	open, limited map[string]*rested // the last of each endpoint
	spans         []rested
}

func (f *folding) fold(s *stats.Sample) {
	f.board.Fold(*s)
	provider := ""
	if e := f.cat.Endpoint(s.Endpoint); e != nil {
		provider = e.Provider
	}
	r := f.board.Reading(s.Endpoint, provider, s.At)
	f.note(f.open, s, "open", r.Until)
	f.note(f.limited, s, "limited", r.Limited)
}

// note takes until when an endpoint rests, as it is known behind a sample; 0: it does not.
func (f *folding) note(last map[string]*rested, s *stats.Sample, kind string, until stats.Moment) {
	l := last[s.Endpoint]
	switch {
	case until.IsZero():
		if l != nil && l.to.After(s.At) { // it ended sooner
			l.to = s.At
		}
	case l != nil && !l.to.Before(s.At):
		l.to = until.Time()
	default:
		f.close(l)
		last[s.Endpoint] = &rested{s.Endpoint, kind, s.At, until.Time()}
	}
}

// close keeps a span, as far as it lies in the time asked for.
func (f *folding) close(s *rested) {
	if s == nil || !s.to.After(f.from) || !s.from.Before(f.to) || len(f.spans) >= maxSpans {
		return
	}
	r := *s
	if r.from.Before(f.from) {
		r.from = f.from
	}
	if r.to.After(f.to) {
		r.to = f.to
	}
	f.spans = append(f.spans, r)
}

// writeLanes writes a lane for each provider that is configured, or that something went wrong at.
func (c *Control) writeLanes(w *jsonout.Writer, marks []store.Mark, spans []rested) {
	cat := c.o.Catalog()
	names := cat.ProviderNames()
	for i := range marks {
		if !slices.Contains(names, marks[i].Provider) {
			names = append(names, marks[i].Provider)
		}
	}
	w.BeginAt("lanes", '[')
	for _, name := range names {
		w.Begin('{')
		w.String("provider", name)
		w.BeginAt("marks", '[')
		for i := range marks {
			if m := &marks[i]; m.Provider == name {
				writeMark(w, m)
			}
		}
		w.End(']')
		w.BeginAt("spans", '[')
		for _, s := range spans {
			if e := cat.Endpoint(s.endpoint); e != nil && e.Provider == name {
				w.Begin('{')
				w.Time("from", s.from)
				w.Time("to", s.to)
				w.String("kind", s.kind)
				w.String("endpoint", s.endpoint)
				w.End('}')
			}
		}
		w.End(']')
		w.End('}')
	}
	w.End(']')
}

func writeMark(w *jsonout.Writer, m *store.Mark) {
	w.Begin('{')
	w.Time("at", m.At)
	w.String("endpoint", m.Endpoint)
	w.String("outcome", m.Outcome)
	w.Int("status", int64(m.Status))
	w.Int("seq", m.Seq)
	w.String("id", m.ID)
	w.Int("total_us", micros(m.Total))
	w.String("served", m.Served)
	w.End('}')
}

// writeFlows writes what came of failures, and the sums.
func writeFlows(w *jsonout.Writer, flows []store.Flow, all *store.Counts) {
	var fell, saved, cost, extra int64
	w.BeginAt("flows", '[')
	for i := range flows {
		f := &flows[i]
		w.Begin('{')
		w.String("asked", f.Asked)
		w.String("trigger", f.Trigger)
		w.String("served", f.Provider)
		w.Int("requests", f.Requests)
		w.Int("cost_micro", f.Cost)
		w.Int("extra_us", micros(f.Time))
		w.Int("unpriced", f.Unpriced)
		w.End('}')
		fell += f.Requests
		if f.Provider != "" {
			saved += f.Requests
		}
		cost += f.Cost
		extra += micros(f.Time)
	}
	w.End(']')
	w.BeginAt("totals", '{')
	w.Int("requests", all.Requests)
	w.Int("fell_back", fell)
	w.Int("saved", saved)
	w.Int("lost", fell-saved)
	w.Int("cost_micro", cost)
	w.Int("extra_us", extra)
	w.Int("ok", all.FirstTry+all.AfterFallback)
	w.Int("ended", all.FirstTry+all.AfterFallback+all.Failed)
	w.Int("left", all.Left)
	w.Int("refused", all.Refused)
	w.Int("cached", all.Cached)
	w.End('}')
}
