package control

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"strowger/core/jsonout"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// steps are how far points can be apart, the closest first.
var steps = [...]time.Duration{time.Minute, time.Hour, 24 * time.Hour}

// enough is how many points a series has at most if its step is auto.
const enough = 400

// minutesFor is how far back points can be minutes apart.
const minutesFor = 47 * time.Hour

// step is how far the points of a time are to be apart.
func (q *query) step(from, to, now time.Time) time.Duration {
	switch text := q.text("step"); text {
	case "", "auto":
		for _, s := range steps {
			if to.Sub(from) <= enough*s && (s >= time.Hour || now.Sub(from) < minutesFor) {
				return s
			}
		}
		return steps[len(steps)-1]
	case "60", "3600", "86400":
		n, _ := strconv.Atoi(text) // it is one
		return time.Duration(n) * time.Second
	}
	q.wrong("step", "must be auto, 60, 3600 or 86400")
	return 0
}

// stats answers with counts over time.
func (c *Control) stats(w http.ResponseWriter, r *http.Request) {
	q, now := queryOf(r), time.Now()
	from, to := q.span(now)
	by, ok := store.ByNamed(q.text("by"))
	if !ok {
		q.wrong("by", "must be none, provider, model, key, route, strategy, outcome or day")
	}
	s := store.SeriesQuery{From: from, To: to, Step: q.step(from, to, now), By: by, Location: c.o.Zone(),
		Provider: q.text("provider"), Model: q.text("model"), Outcome: q.text("outcome"), Key: q.text("key"),
		Route: q.text("route"), Strategy: q.text("strategy"), Cache: q.text("cache")}
	if by == store.ByDay {
		s.Step = 0
	}
	if q.err != "" {
		reply.Fail(w, http.StatusBadRequest, q.err)
		return
	}
	series, err := c.o.Store.Series(r.Context(), s)
	if err != nil {
		failStore(w, err)
		return
	}
	reply.JSON(w, appendSeries(nil, &series, now))
}

// failStore answers with what kept the record from being read.
func failStore(w http.ResponseWriter, err error) {
	if errors.Is(err, store.ErrQuery) {
		reply.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	reply.Fail(w, http.StatusInternalServerError, err.Error())
}

func appendSeries(dst []byte, s *store.Series, now time.Time) []byte {
	w := jsonout.Writer{Buf: dst}
	step := s.Step
	if step == 0 {
		step = max(s.To.Sub(s.From), time.Second)
	}
	n := int((s.To.Sub(s.From) + step - 1) / step)
	w.Begin('{')
	w.Time("from", s.From)
	w.Time("to", s.To)
	w.Int("step", int64(step/time.Second))
	w.BeginAt("at", '[')
	for i := range n {
		w.Int("", s.From.Add(time.Duration(i)*step).Unix())
	}
	w.End(']')
	writeCell(&w, "totals", &s.Total)
	w.BeginAt("groups", '[')
	for i := range s.Groups {
		g := &s.Groups[i]
		w.Begin('{')
		w.String("name", g.Name)
		writeCell(&w, "totals", &g.Total)
		w.BeginAt("points", '[')
		points := g.Points
		for i := range n {
			if len(points) > 0 && points[0].At.Equal(s.From.Add(time.Duration(i)*step)) {
				writeCell(&w, "", &points[0].Counts)
				points = points[1:]
			} else {
				w.Null("")
			}
		}
		w.End(']')
		if g.Rest {
			w.Bool("rest", true)
		}
		w.End('}')
	}
	w.End(']')
	writeTraffic(&w, s, step, now)
	w.End('}')
	return w.Buf
}

// writeTraffic writes the time in which there were requests, in whole steps and not behind now; null
// if there were none.
func writeTraffic(w *jsonout.Writer, s *store.Series, step time.Duration, now time.Time) {
	var from, to time.Time
	for i := range s.Groups {
		points := s.Groups[i].Points
		if len(points) == 0 {
			continue
		}
		if first := points[0].At; from.IsZero() || first.Before(from) {
			from = first
		}
		if last := points[len(points)-1].At.Add(step); last.After(to) {
			to = last
		}
	}
	if from.IsZero() {
		w.Null("traffic")
		return
	}
	if to.After(now) {
		to = now.UTC()
	}
	w.BeginAt("traffic", '{')
	w.Time("from", from)
	w.Time("to", to)
	w.End('}')
}

// writeCell writes counts. Percentiles of nothing are null, and so is the cost of requests of
// which none has a known one.
func writeCell(w *jsonout.Writer, key string, c *store.Counts) {
	w.BeginAt(key, '{')
	w.Int("requests", c.Requests)
	w.Int("first_try", c.FirstTry)
	w.Int("after_fallback", c.AfterFallback)
	w.Int("failed", c.Failed)
	w.Int("left", c.Left)
	w.Int("refused", c.Refused)
	w.Int("cached", c.Cached)
	for _, h := range [...]struct {
		name  string
		times *store.Histogram
	}{{"first", &c.First}, {"total", &c.Time}} {
		some := h.times.Count() > 0
		w.IntOrNull(h.name+"_p50_us", h.times.Percentile(50), some)
		w.IntOrNull(h.name+"_p95_us", h.times.Percentile(95), some)
		w.IntOrNull(h.name+"_p99_us", h.times.Percentile(99), some)
	}
	w.IntOrNull("cost_micro", c.Cost, c.Unpriced == 0 || c.Cost > 0 || c.Unpriced < c.Requests)
	w.Int("failed_cost_micro", c.FailedCost)
	w.Int("unpriced", c.Unpriced)
	t := &c.Tokens
	w.Int("input", t.Input)
	w.Int("cache_read", t.CacheRead)
	w.Int("cache_write", t.CacheWrite+t.CacheWriteHour)
	w.Int("output", t.Output)
	w.Int("reasoning", t.Reasoning)
	w.Int("saved_micro", c.Saved)
	w.Int("cancelled", c.Cancelled)
	w.Int("ok", c.FirstTry+c.AfterFallback)
	w.Int("ended", c.FirstTry+c.AfterFallback+c.Failed)
	w.End('}')
}
