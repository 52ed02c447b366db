package control

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/plan"
	"strowger/core/stats"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// providerView is what is known of a provider.
type providerView struct {
	*catalog.Provider
	state, note string
	until       time.Time // of the state; zero: nobody can say
	key         Key
	manner      manner
	asked       bool
	off         *disabled
	drill       *drilling
	endpoints   []*catalog.Endpoint
	readings    []stats.Reading
}

// view is what is known of a provider now.
func (c *Control) view(cat *catalog.Catalog, p *catalog.Provider) *providerView {
	v := &providerView{Provider: p, key: c.o.Keys.Of(p)}
	v.manner, v.asked = c.o.Feed.manner(cat, p.Name)
	v.off, v.drill = c.hand.of(p.Name)
	v.endpoints = endpoints(cat, func(e *catalog.Endpoint) bool { return e.Provider == p.Name })
	v.readings = c.o.Endpoints.Readings(v.endpoints)
	v.judge()
	return v
}

// judge finds the state: what somebody has said comes before what was measured.
func (v *providerView) judge() {
	limited, resting, on := 0, 0, 0
	var limit, rest stats.Moment
	for i := range v.readings {
		if v.endpoints[i].Disabled {
			continue
		}
		on++
		switch r := &v.readings[i]; {
		case !r.Limited.IsZero():
			limited++
			limit = earlier(limit, r.Limited)
		case r.Circuit != stats.Closed:
			resting++
			rest = earlier(rest, r.Until)
		}
	}
	v.state = "ok"
	switch {
	case v.Disabled:
		v.state, v.note = "off", "switched off in the configuration"
	case v.off != nil:
		v.state, v.until, v.note = "disabled", v.off.Until, "disabled by hand"
		if v.off.Why != "" {
			v.note += ": " + v.off.Why
		}
	case v.drill != nil:
		v.state, v.until, v.note = "drill", v.drill.until, "outage drill: every attempt fails with "+strconv.Itoa(v.drill.status)
	case v.key.State == KeyMissing:
		v.state, v.note = "no_key", "its key is not there: "+v.key.Ref
	case v.key.State == KeyLocked:
		v.state, v.note = "no_key", "its key is in a keyring that cannot be read now"
	case v.key.State == KeyRejected:
		v.state, v.note = "rejected", "it refused its key last"
	case on > 0 && limited == on:
		v.state, v.until, v.note = "limited", limit.Time(), "it takes nothing for now"
	case on > 0 && limited+resting == on:
		v.state, v.until, v.note = "resting", earlier(limit, rest).Time(), "it rests after failures"
	case limited+resting > 0:
		v.note = strconv.Itoa(limited+resting) + " of " + strconv.Itoa(on) + " endpoints rest or are limited"
	case !v.asked:
		v.state, v.note = "not_asked", "not asked yet"
	case !v.manner.answered:
		v.state, v.note = "unanswered", "none of its attempts was answered yet; the last ended as "+v.manner.outcome.String()
	}
}

// earlier is the earlier of two moments, of which either may be none.
func earlier(a, b stats.Moment) stats.Moment {
	if a.IsZero() || !b.IsZero() && b < a {
		return b
	}
	return a
}

// past is what the record says of providers in a time.
type past struct {
	totals map[string]*store.Counts
	ends   []store.End
	// examples are the ids of decisions that took about as long as half and 95 in a hundred of an
	// endpoint's.
	examples map[string][2]string
}

// exampleTime bounds how long examples are looked for, of all providers together.
const exampleTime = 300 * time.Millisecond

// recall reads what the record has of providers between two times.
func (c *Control) recall(ctx context.Context, from, to time.Time, names []string) (past, error) {
	p := past{totals: map[string]*store.Counts{}, examples: map[string][2]string{}}
	series, err := c.o.Store.Series(ctx, store.SeriesQuery{From: from, To: to, By: store.ByProvider})
	if err != nil {
		return p, err
	}
	for i := range series.Groups {
		p.totals[series.Groups[i].Name] = &series.Groups[i].Total
	}
	lanes, err := c.o.Store.Lanes(ctx, from, to, 1)
	if err != nil {
		return p, err
	}
	p.ends = lanes.Ends
	return p, p.find(ctx, c.o.Store, exampleTime, store.Query{From: from, To: to, Outcome: "ok", Limit: maxPage}, names)
}

// find finds examples among what q means of providers, as far as can be within a time.
func (p *past) find(ctx context.Context, in *store.Store, within time.Duration, q store.Query, names []string) error {
	brief, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, name := range names {
		if p.totals[name] == nil {
			continue
		}
		q.Provider = name
		page, err := in.Decisions(brief, q)
		if brief.Err() != nil && ctx.Err() == nil {
			return nil // the others have none
		}
		if err != nil {
			return err
		}
		p.exemplify(page.Decisions)
	}
	return nil
}

// exemplify finds examples among a provider's decisions.
func (p *past) exemplify(ds []store.Decision) {
	by := map[string][]*store.Decision{}
	for i := range ds {
		if d := &ds[i]; d.Cache != "hit" {
			by[d.Endpoint] = append(by[d.Endpoint], d)
		}
	}
	took := func(d *store.Decision) time.Duration {
		if d.FirstToken > 0 {
			return d.FirstToken
		}
		return d.Total
	}
	for endpoint, list := range by {
		slices.SortFunc(list, func(a, b *store.Decision) int { return int(took(a) - took(b)) })
		p.examples[endpoint] = [2]string{list[len(list)*50/100].ID, list[len(list)*95/100].ID}
	}
}

// providers lists them with what is known of each.
func (c *Control) providers(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	from, to := q.span(time.Now())
	if q.err != "" {
		reply.Fail(w, http.StatusBadRequest, q.err)
		return
	}
	cat := c.o.Catalog()
	past, err := c.recall(r.Context(), from, to, cat.ProviderNames())
	if err != nil {
		failStore(w, err)
		return
	}
	list := cat.Config().Providers
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("providers", '[')
	for i := range list {
		c.writeProvider(&j, c.view(cat, &list[i]), &past)
	}
	j.End(']')
	j.End('}')
	reply.JSON(w, j.Buf)
}

// showProvider answers with one, as in the list of the last hour.
func (c *Control) showProvider(w http.ResponseWriter, r *http.Request, name string) {
	cat := c.o.Catalog()
	now := time.Now()
	past, err := c.recall(r.Context(), now.Add(-time.Hour), now, []string{name})
	if err != nil {
		failStore(w, err)
		return
	}
	j := jsonout.Writer{}
	for i, p := range cat.Config().Providers {
		if p.Name == name {
			c.writeProvider(&j, c.view(cat, &cat.Config().Providers[i]), &past)
		}
	}
	reply.JSON(w, j.Buf)
}

func (c *Control) writeProvider(w *jsonout.Writer, v *providerView, past *past) {
	w.Begin('{')
	w.String("name", v.Name)
	w.String("schema", v.Schema.String())
	w.String("base_url", v.BaseURL)
	w.String("state", v.state)
	w.Time("until", v.until)
	w.String("note", v.note)
	w.BeginAt("key", '{')
	w.String("ref", v.key.Ref)
	w.String("state", v.key.State)
	w.String("last4", v.key.Last4)
	w.End('}')
	if v.off == nil {
		w.Null("disabled")
	} else {
		w.BeginAt("disabled", '{')
		w.Time("until", v.off.Until)
		w.String("why", v.off.Why)
		w.End('}')
	}
	if v.drill == nil {
		w.Null("drill")
	} else {
		w.BeginAt("drill", '{')
		w.Time("until", v.drill.until)
		w.Int("status", int64(v.drill.status))
		w.End('}')
	}
	w.BeginAt("remaining", '[')
	for _, r := range c.o.Endpoints.Remaining(v.Name) {
		w.Begin('{')
		w.String("what", r.What)
		w.Int("left", r.Left)
		w.IntOrNull("limit", r.Limit, r.Limit > 0)
		w.Time("reset", r.Reset)
		w.End('}')
	}
	w.End(']')
	w.BeginAt("endpoints", '[')
	for i, e := range v.endpoints {
		writeProviderEndpoint(w, e, &v.readings[i], past)
	}
	w.End(']')
	totals := past.totals[v.Name]
	if totals == nil {
		totals = &store.Counts{}
	}
	writeCell(w, "totals", totals)
	w.Strings("alone", c.alone(v))
	w.End('}')
}

func writeProviderEndpoint(w *jsonout.Writer, e *catalog.Endpoint, r *stats.Reading, past *past) {
	w.Begin('{')
	w.String("id", e.ID)
	w.String("model", e.Model)
	w.String("name", e.Name)
	w.Bool("enabled", !e.Disabled)
	plan.WriteReading(w, r)
	w.BeginAt("examples", '{')
	examples := past.examples[e.ID]
	w.OptString("p50", examples[0])
	w.OptString("p95", examples[1])
	w.End('}')
	w.BeginAt("errors", '{')
	ends, attempts, ok := map[string]int64{}, int64(0), int64(0)
	for i := range past.ends {
		end := &past.ends[i]
		switch {
		case end.Endpoint != e.ID:
			continue
		case end.Outcome == stats.OutcomeOK.String():
			ok += end.Attempts
		default:
			ends[end.Outcome] += end.Attempts
		}
		attempts += end.Attempts
	}
	for _, outcome := range slices.Sorted(maps.Keys(ends)) {
		w.Int(outcome, ends[outcome])
	}
	w.End('}')
	w.BeginAt("totals", '{')
	w.Int("attempts", attempts)
	w.Int("ok", ok)
	w.End('}')
	w.End('}')
}

// alone are the models that nothing serves while the provider is away: no other endpoint that is
// switched on, at a provider that is not disabled by hand.
func (c *Control) alone(v *providerView) (ids []string) {
	models := c.o.Catalog().Config().Models
	for i := range models {
		here, elsewhere := false, false
		for j := range models[i].Endpoints {
			e := &models[i].Endpoints[j]
			if e.Disabled {
				continue
			}
			if e.Provider == v.Name {
				here = true
			} else if off, _ := c.hand.of(e.Provider); off == nil {
				elsewhere = true
			}
		}
		if here && !elsewhere {
			ids = append(ids, models[i].ID)
		}
	}
	return ids
}
