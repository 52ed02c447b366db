package plan

import (
	"slices"

	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/core/stats"
)

// AppendJSON appends the decision with all its candidates, scores and readings. Equal
// decisions are equal bytes. The fields and their order are documented in
// docs/reference/choosing.md and stay: new ones go behind those of their object.
func (d *Decision) AppendJSON(dst []byte) []byte {
	w := jsonout.Writer{Buf: slices.Grow(dst, 1<<10+len(d.Candidates)<<9)}
	w.Begin('{')
	w.Time("at", d.At)
	w.BeginAt("seed", '"') // as text: JavaScript has no 64-bit integers
	w.Buf = appendHex(w.Buf, d.Seed)
	w.End('"')
	w.String("rev", d.Rev)
	w.String("asked", d.Asked)
	w.String("model", d.Policy.Model)
	w.String("strategy", d.Policy.Strategy.String())
	w.String("strategy_from", string(d.Policy.StrategyFrom))
	d.writeRequest(&w)
	d.writePolicy(&w)
	w.BeginAt("candidates", '[')
	for i := range d.Candidates {
		d.writeCandidate(&w, &d.Candidates[i])
	}
	w.End(']')
	w.BeginAt("plan", '[')
	for _, i := range d.Plan {
		w.String("", d.Candidates[i].Endpoint.ID)
	}
	w.End(']')
	w.Bool("explored", d.Explored)
	w.String("why", d.Why())
	writeWarnings(&w, "warnings", d.Policy.Warnings)
	w.OptString("route", d.Policy.Route)
	w.OptString("key", d.Policy.Key)
	d.writeFunds(&w)
	d.writeAuto(&w)
	w.End('}')
	return w.Buf
}

// writeFunds writes what is left to spend, and what of it this plan needs.
func (d *Decision) writeFunds(w *jsonout.Writer) {
	if d.Funds == nil {
		return
	}
	w.BeginAt("funds", '{')
	w.Int("left_micro", d.Funds.Left)
	w.BeginAt("limit", '{')
	writeLimit(w, &d.Funds.Limit)
	w.End('}')
	w.Int("reserve_micro", d.Reserve)
	w.End('}')
}

func appendHex(dst []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&15])
	}
	return dst
}

func (d *Decision) writeRequest(w *jsonout.Writer) {
	r := &d.Request
	w.BeginAt("request", '{')
	w.String("schema", r.Schema.String())
	w.String("operation", r.Operation.String())
	w.Bool("stream", r.Stream)
	w.Int("input_tokens", r.InputTokens)
	w.Int("max_output", r.MaxOutput)
	w.Int("expected_output", r.OutputTokens)
	if r.Features == 0 && len(r.Parameters) == 0 {
		w.Literal("", noNeeds)
	} else {
		writeNeeds(w, r)
	}
	w.Int("choices", r.Choices)
	w.Int("input_bound", r.InputBound)
	w.Int("images", r.Images)
	w.End('}')
}

func writeNeeds(w *jsonout.Writer, r *Summary) {
	w.Strings("features", r.Features.Names())
	w.Strings("parameters", r.Parameters)
}

// What most decisions say is written in one piece each, as it would be field by field: of a
// request that uses nothing in particular, and of endpoints that nothing is known of or that
// are well.
const (
	noNeeds  = `"features":[],"parameters":[]`
	noReason = `"excluded":null,"resting":null`
	noTerms  = `"terms":[]`
	noFault  = `"failures":0,"circuit":"closed","until":null,"limited":null,"in_flight":0,"probes":0`
	untried  = `"reading":{"stream":null,"whole":null,"uptime_permille":1000,"samples_milli":0,` + noFault + `,"picked":0}`
)

func (d *Decision) writeCandidate(w *jsonout.Writer, c *Candidate) {
	w.Begin('{')
	w.String("endpoint", c.Endpoint.ID)
	w.String("provider", c.Endpoint.Provider)
	w.String("model", c.Endpoint.Model)
	w.Int("group", int64(c.Group))
	w.Int("rank", int64(c.Rank))
	if !c.excluded() && !c.resting() {
		w.Literal("", noReason)
	} else {
		writeReasons(w, c)
	}
	w.IntOrNull("score", c.Score.Value, c.Score.Known)
	w.String("unit", c.Score.Unit.String())
	w.BeginAt("score_text", '"') // in which nothing is to be escaped
	w.Buf = c.Score.appendText(w.Buf)
	w.End('"')
	if c.Score.Terms == [4]Term{} {
		w.Literal("", noTerms)
	} else {
		writeTerms(w, &c.Score)
	}
	writeReading(w, &c.Reading)
	writeReason(w, "missed", c.Missed)
	d.writeLosses(w, c)
	w.End('}')
}

func writeReasons(w *jsonout.Writer, c *Candidate) {
	writeReason(w, "excluded", &c.Excluded)
	writeReason(w, "resting", c.Resting)
}

func writeTerms(w *jsonout.Writer, s *Score) {
	w.BeginAt("terms", '[')
	for i := range s.Terms {
		t := &s.Terms[i]
		if t.Name == TermNone {
			continue
		}
		w.Begin('{')
		w.String("name", t.Name.String())
		w.Int("value", t.Value)
		w.String("unit", t.Unit.String())
		w.End('}')
	}
	w.End(']')
}

// writeLosses writes what is lost at a candidate, of another schema than the request's above
// all, and what of the request it cannot be told at all.
func (d *Decision) writeLosses(w *jsonout.Writer, c *Candidate) {
	s, foreign := c.Endpoint.Schema, c.Endpoint.Schema != d.Request.Schema
	if foreign {
		w.String("schema", s.String())
	}
	if foreign || len(c.Lost.Told) > 0 {
		writeWarnings(w, "losses", c.Lost.Told)
	}
	l := &c.Lost.Loss
	if !l.Unserved && l.Unreadable == nil && l.Impossible.Empty() {
		return
	}
	w.BeginAt("cannot", '{')
	w.Bool("unserved", l.Unserved)
	if l.Unreadable != nil {
		w.String("unreadable", llm.Clip(l.Unreadable.Error(), maxReason))
	}
	w.Strings("impossible", l.Impossible.Names())
	w.OptString("note", c.Lost.Why)
	w.End('}')
}

func writeWarnings(w *jsonout.Writer, key string, warnings []policy.Warning) {
	w.BeginAt(key, '[')
	for _, warning := range warnings {
		w.Begin('{')
		w.String("code", warning.Code)
		w.String("text", warning.Message)
		w.End('}')
	}
	w.End(']')
}

func writeReason(w *jsonout.Writer, key string, r *Reason) {
	if r == nil || r.Code == ReasonNone {
		w.Null(key)
		return
	}
	w.BeginAt(key, '{')
	w.String("code", r.Code.String())
	w.String("text", r.String())
	w.End('}')
}

func writeReading(w *jsonout.Writer, r *stats.Reading) {
	if *r == stats.Untried() {
		w.Literal("", untried)
	} else {
		writeKnown(w, r)
	}
}

func writeKnown(w *jsonout.Writer, r *stats.Reading) {
	w.BeginAt("reading", '{')
	writeSpeed(w, "stream", &r.Stream)
	writeSpeed(w, "whole", &r.Whole)
	w.Int("uptime_permille", r.Uptime)
	w.Int("samples_milli", r.Samples)
	if r.Failures == 0 && r.Circuit == stats.Closed && r.Until|r.Limited == 0 && r.InFlight|r.Probes == 0 {
		w.Literal("", noFault)
	} else {
		writeFaults(w, r)
	}
	w.Int("picked", r.Picked)
	if r.LimitedAccount {
		w.Bool("limited_account", true)
	}
	if !r.Off.IsZero() {
		w.Time("off", r.Off.Time())
	}
	w.End('}')
}

func writeFaults(w *jsonout.Writer, r *stats.Reading) {
	w.Int("failures", int64(r.Failures))
	w.String("circuit", r.Circuit.String())
	w.Time("until", r.Until.Time())
	w.Time("limited", r.Limited.Time())
	w.Int("in_flight", r.InFlight)
	w.Int("probes", r.Probes)
}

func writeSpeed(w *jsonout.Writer, key string, s *stats.Speed) {
	if s.Samples == 0 {
		w.Null(key)
		return
	}
	w.BeginAt(key, '{')
	w.Int("samples_milli", s.Samples)
	w.Int("mean_us", s.Mean)
	w.Int("p50_us", int64(s.P50))
	w.Int("p75_us", int64(s.P75))
	w.Int("p90_us", int64(s.P90))
	w.Int("p99_us", int64(s.P99))
	w.Int("tokens_per_ks", s.Tokens)
	w.Int("p50_tokens_per_ks", int64(s.T50))
	w.Int("p75_tokens_per_ks", int64(s.T75))
	w.Int("p90_tokens_per_ks", int64(s.T90))
	w.Int("p99_tokens_per_ks", int64(s.T99))
	w.End('}')
}

// WriteReading writes what is known of an endpoint, under reading, as in a decision.
func WriteReading(w *jsonout.Writer, r *stats.Reading) { writeReading(w, r) }
