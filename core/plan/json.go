package plan

import (
	"slices"

	"strowger/core/catalog"
	"strowger/core/jsonout"
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
	w.Strings("features", r.Features.Names())
	w.Strings("parameters", r.Parameters)
	w.Int("choices", r.Choices)
	w.Int("input_bound", r.InputBound)
	w.Int("images", r.Images)
	w.End('}')
}

func (d *Decision) writePolicy(w *jsonout.Writer) {
	p := &d.Policy
	w.BeginAt("policy", '{')
	w.Strings("order", p.Order)
	if p.Only == nil {
		w.Null("only")
	} else {
		w.Strings("only", p.Only)
	}
	w.Strings("ignore", p.Ignore)
	w.Bool("allow_fallbacks", p.AllowFallbacks)
	w.Bool("mixed", p.Mixed)
	w.Bool("require_parameters", p.RequireParameters)
	w.BeginAt("max_price_micro", '{')
	for _, limit := range p.MaxPrice {
		w.Int(limit.Name, limit.Most)
	}
	w.End('}')
	w.BeginAt("demands", '{')
	if p.Demands.NoCollection {
		w.String("data_collection", "deny")
	}
	if p.Demands.ZDR {
		w.Bool("zdr", true)
	}
	if p.Demands.Quantizations != nil {
		w.Strings("quantizations", p.Demands.Quantizations)
	}
	w.End('}')
	w.Strings("fallback", p.Fallback)
	w.String("fallback_from", string(p.FallbackFrom))
	w.Int("max_attempts", int64(p.MaxAttempts))
	w.Micros("deadline_us", p.Deadline)
	w.BeginAt("preferred", '[')
	for i := range p.Preferred {
		writePreference(w, &p.Preferred[i])
	}
	w.End(']')
	w.BeginAt("limits", '[')
	for i := range p.Limits {
		w.Begin('{')
		writeLimit(w, &p.Limits[i])
		w.End('}')
	}
	w.End(']')
	w.Bool("stick", p.Stick != 0) // the value is the caller's identity
	writeCache(w, &p.Cache)
	w.String("hold", p.Hold.String())
	w.String("resume", p.Resume.String())
	writeRetry(w, p.Retry)
	if p.Strict {
		w.Bool("strict", true)
	}
	w.End('}')
}

// writeRetry writes when an endpoint is tried again; 0 is never, as in a configuration. Only
// a decision that was never made has none.
func writeRetry(w *jsonout.Writer, r *catalog.Retry) {
	if r == nil {
		w.Null("retry")
		return
	}
	w.BeginAt("retry", '{')
	w.Int("max", int64(max(r.Max, 0)))
	w.BeginAt("on", '[')
	for _, status := range r.On {
		w.Int("", int64(status))
	}
	w.End(']')
	w.Micros("backoff_us", r.Backoff)
	w.Micros("backoff_max_us", r.BackoffMax)
	w.Micros("after_max_us", max(r.AfterMax, 0))
	w.End('}')
}

func writePreference(w *jsonout.Writer, p *policy.Preference) {
	w.Begin('{')
	w.Int("percentile", int64(p.Percentile))
	if p.Latency {
		w.Int("max_us", p.Value)
	} else {
		w.Int("min_tokens_per_ks", p.Value)
	}
	w.End('}')
}

func writeLimit(w *jsonout.Writer, l *policy.Limit) {
	w.String("account", l.Account)
	w.String("per", l.Per.String())
	w.Int("most_micro", l.Most)
}

// writeCache writes what the cache may do; null where it is off.
func writeCache(w *jsonout.Writer, c *policy.Cache) {
	if c.TTL <= 0 {
		w.Null("cache")
		return
	}
	w.BeginAt("cache", '{')
	w.Micros("ttl_us", c.TTL)
	w.Int("max_bytes", c.MaxBytes)
	w.Bool("coalesce", c.Coalesce)
	w.Bool("read", !c.NoRead)
	w.Bool("write", !c.NoWrite)
	w.End('}')
}

func (d *Decision) writeCandidate(w *jsonout.Writer, c *Candidate) {
	w.Begin('{')
	w.String("endpoint", c.Endpoint.ID)
	w.String("provider", c.Endpoint.Provider)
	w.String("model", c.Endpoint.Model)
	w.Int("group", int64(c.Group))
	w.Int("rank", int64(c.Rank))
	writeReason(w, "excluded", c.Excluded)
	writeReason(w, "resting", c.Resting)
	w.IntOrNull("score", c.Score.Value, c.Score.Known)
	w.String("unit", c.Score.Unit.String())
	w.String("score_text", c.Score.Text())
	w.BeginAt("terms", '[')
	for _, t := range c.Score.Terms {
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
	writeReading(w, &c.Reading)
	writeReason(w, "missed", c.Missed)
	d.writeLosses(w, c)
	w.End('}')
}

// writeLosses writes what is lost at a candidate of another schema than the request's.
func (d *Decision) writeLosses(w *jsonout.Writer, c *Candidate) {
	s := c.Endpoint.Schema
	if s == d.Request.Schema {
		return
	}
	w.String("schema", s.String())
	writeWarnings(w, "losses", c.Lost.Told)
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

func writeReason(w *jsonout.Writer, key string, r Reason) {
	if r.Code == ReasonNone {
		w.Null(key)
		return
	}
	w.BeginAt(key, '{')
	w.String("code", r.Code.String())
	w.String("text", r.String())
	w.End('}')
}

func writeReading(w *jsonout.Writer, r *stats.Reading) {
	w.BeginAt("reading", '{')
	writeSpeed(w, "stream", &r.Stream)
	writeSpeed(w, "whole", &r.Whole)
	w.Int("uptime_permille", r.Uptime)
	w.Int("samples_milli", r.Samples)
	w.Int("failures", int64(r.Failures))
	w.String("circuit", r.Circuit.String())
	w.Time("until", r.Until.Time())
	w.Time("limited", r.Limited.Time())
	w.Int("in_flight", r.InFlight)
	w.Int("probes", r.Probes)
	w.Int("picked", r.Picked)
	if r.LimitedAccount {
		w.Bool("limited_account", true)
	}
	w.End('}')
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
