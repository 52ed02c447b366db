package control

import (
	"time"

	"strowger/core/jsonout"
	"strowger/desktop/store"
)

// appendRow appends one line of the list of decisions.
func appendRow(dst []byte, e *store.Entry, why string) []byte {
	d := &e.Decision
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.Int("seq", d.Seq)
	w.String("id", d.ID)
	w.Time("at", d.At)
	w.String("asked", d.Asked)
	w.String("model", d.Model)
	w.String("provider", d.Provider)
	w.String("strategy", d.Strategy)
	w.String("route", d.Route)
	w.String("key", d.Key)
	w.String("cache", d.Cache)
	w.Int("status", int64(d.Status))
	w.String("outcome", d.Outcome)
	w.Bool("stream", d.Stream)
	w.BeginAt("attempts", '[')
	for i := range e.Attempts {
		a := &e.Attempts[i]
		w.Begin('{')
		w.String("provider", a.Provider)
		w.String("endpoint", a.Endpoint)
		w.String("outcome", a.Outcome)
		w.Int("status", int64(a.Status))
		w.End('}')
	}
	w.End(']')
	w.IntOrNull("first_us", micros(d.FirstToken), d.FirstToken > 0)
	w.Int("total_us", micros(d.Total))
	if d.Tokens == (store.Tokens{}) {
		w.Null("tokens")
	} else {
		w.BeginAt("tokens", '{')
		w.Int("input", d.Tokens.Input)
		w.Int("cache_read", d.Tokens.CacheRead)
		w.Int("cache_write", d.Tokens.CacheWrite)
		w.OptInt("cache_write_1h", d.Tokens.CacheWriteHour)
		w.Int("output", d.Tokens.Output)
		w.Int("reasoning", d.Tokens.Reasoning)
		w.OptInt("images", d.Tokens.Images)
		w.Bool("estimated", d.Tokens.Estimated)
		w.End('}')
	}
	w.IntOrNull("cost_micro", d.Cost, d.Priced)
	w.IntOrNull("failed_cost_micro", d.Failed, d.FailedPriced)
	w.String("why", why)
	w.OptString("resumed", d.Resumed)
	w.OptInt("dropped_events", int64(d.Dropped))
	w.End('}')
	return w.Buf
}

// appendRows appends a page: the rows, and the seq to ask for what lies before, or null.
func appendRows(dst []byte, lines [][]byte, next int64) []byte {
	return appendPage(dst, lines, next, time.Time{})
}

// appendPage appends a page that may be short of rows, with how far back was looked for them.
func appendPage(dst []byte, lines [][]byte, next int64, looked time.Time) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.BeginAt("rows", '[')
	for _, line := range lines {
		w.Raw("", line)
	}
	w.End(']')
	w.IntOrNull("next", next, next > 0)
	w.Time("looked_to", looked)
	w.End('}')
	return w.Buf
}
