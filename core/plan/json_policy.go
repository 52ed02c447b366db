package plan

import (
	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/policy"
)

func (d *Decision) writePolicy(w *jsonout.Writer) {
	p := &d.Policy
	w.BeginAt("policy", '{')
	if unruled(p) {
		w.Literal("", noRules)
	} else {
		writeRules(w, p)
	}
	w.Strings("fallback", p.Fallback)
	w.String("fallback_from", string(p.FallbackFrom))
	w.Int("max_attempts", int64(p.MaxAttempts))
	w.Micros("deadline_us", p.Deadline)
	if len(p.Preferred)+len(p.Limits) == 0 && p.Stick == 0 && p.Cache.TTL <= 0 {
		w.Literal("", noWishes)
	} else {
		writeWishes(w, p)
	}
	w.String("hold", p.Hold.String())
	w.String("resume", p.Resume.String())
	writeRetry(w, p.Retry)
	if p.Strict {
		w.Bool("strict", true)
	}
	w.String("allow_fallbacks_from", string(p.AllowFallbacksFrom))
	w.String("strict_from", string(p.StrictFrom))
	if d.Drawn != nil {
		writeInts(w, "drawn", d.Drawn)
	}
	w.End('}')
}

// What most policies say is written in one piece each, as it would be field by field: that
// nobody has set a rule, nor wishes for anything.
const (
	noRules  = `"order":[],"only":null,"ignore":[],"allow_fallbacks":true,"mixed":false,"require_parameters":false,"max_price_micro":{},"demands":{}`
	noWishes = `"preferred":[],"limits":[],"stick":false,"cache":null`
)

// unruled reports whether a policy has noRules.
func unruled(p *policy.Policy) bool {
	return len(p.Order) == 0 && p.Only == nil && len(p.Ignore) == 0 && p.AllowFallbacks && !p.Mixed && !p.RequireParameters &&
		len(p.MaxPrice) == 0 && !p.Demands.NoCollection && !p.Demands.ZDR && p.Demands.Quantizations == nil
}

func writeRules(w *jsonout.Writer, p *policy.Policy) {
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
	writeDemands(w, &p.Demands)
}

func writeWishes(w *jsonout.Writer, p *policy.Policy) {
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
}

func writeInts(w *jsonout.Writer, key string, list []int) {
	w.BeginAt(key, '[')
	for _, n := range list {
		w.Int("", int64(n))
	}
	w.End(']')
}

func writeDemands(w *jsonout.Writer, d *policy.Demands) {
	w.BeginAt("demands", '{')
	if d.NoCollection {
		w.String("data_collection", "deny")
	}
	if d.ZDR {
		w.Bool("zdr", true)
	}
	if d.Quantizations != nil {
		w.Strings("quantizations", d.Quantizations)
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
	writeInts(w, "on", r.On)
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
