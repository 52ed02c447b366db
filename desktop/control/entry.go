package control

import (
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/stats"
	"strowger/desktop/store"
)

// entry is the report as the store keeps it; the store has the document made.
func entry(seq int64, r *exchange.Report, samples []stats.Sample) store.Entry {
	d := store.Decision{
		Seq: seq, ID: r.ID, At: r.Started, Asked: r.Asked, Key: r.Key, Route: r.Route, Cache: r.Cache, Status: r.Status, Outcome: r.Outcome,
		Stream: r.Stream, Attempts: len(r.Attempts), Resumed: r.Resumed, FirstToken: r.First, Total: r.Total,
	}
	if r.Decision != nil {
		d.Strategy = r.Decision.Policy.Strategy.String()
	}
	e := store.Entry{Document: r, DocumentSize: documentSize(r), Samples: samples, Attempts: make([]store.Attempt, len(r.Attempts))}
	d.Cost, d.Priced = r.Cost, r.Priced || r.Served == 0 // no answer costs nothing
	d.Saved = r.Saved
	d.Failed, d.FailedPriced = r.Wasted, !r.WastedUnknown
	for i := range r.Attempts {
		a := &r.Attempts[i]
		e.Attempts[i] = store.Attempt{N: a.N, Endpoint: a.Endpoint, Provider: a.Provider, Model: a.Model,
			Outcome: a.Outcome.String(), Status: a.Status, Start: a.Start, FirstToken: a.First, Total: a.Total, Error: a.Message}
		if r.Served == 0 || a.N <= r.Served { // behind it may stand one that was to go on with the answer, and did not
			d.Endpoint, d.Provider, d.Model = a.Endpoint, a.Provider, a.Model
		}
		d.Dropped += a.Dropped
		d.Tokens = add(d.Tokens, a.Usage)
	}
	e.Decision = d
	return e
}

// documentSize is about how long the report's document is.
func documentSize(r *exchange.Report) int {
	n := 1024 + 512*len(r.Attempts)
	if r.Decision != nil {
		n += 768 * len(r.Decision.Candidates)
	}
	return n
}

func add(t store.Tokens, u llm.Usage) store.Tokens {
	return store.Tokens{Input: t.Input + u.Input, CacheRead: t.CacheRead + u.CacheRead, CacheWrite: t.CacheWrite + u.CacheWrite,
		CacheWriteHour: t.CacheWriteHour + u.CacheWriteHour, Output: t.Output + u.Output, Reasoning: t.Reasoning + u.Reasoning,
		Images: t.Images + u.Images, Estimated: t.Estimated || u.Estimated}
}

// why says in a sentence how the exchange went.
func why(r *exchange.Report) string {
	switch {
	case r.Decision == nil && r.Error != nil:
		return r.Error.Error()
	case r.Decision == nil:
		return ""
	}
	return r.Decision.Why()
}

// micros is a duration for JSON.
func micros(d time.Duration) int64 { return d.Microseconds() }
