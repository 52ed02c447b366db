package recall

import (
	"math"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/policy"
	"strowger/core/scan"
)

var (
	policyForm = form{"policy", []string{"order", "only", "ignore", "allow_fallbacks", "mixed", "require_parameters", "max_price_micro", "demands", "fallback", "fallback_from", "max_attempts", "deadline_us", "preferred", "limits", "stick", "cache", "hold", "resume", "retry"},
		[]string{"strict", "allow_fallbacks_from", "strict_from", "drawn"}}
	pricesForm    = form{"policy.max_price_micro", nil, []string{"prompt", "completion", "request", "image"}}
	demandsForm   = form{"policy.demands", nil, []string{"data_collection", "zdr", "quantizations"}}
	preferredForm = form{"policy.preferred", []string{"percentile"}, []string{"max_us", "min_tokens_per_ks"}}
	cacheForm     = form{"policy.cache", []string{"ttl_us", "max_bytes", "coalesce", "read", "write"}, nil}
	retryForm     = form{"policy.retry", []string{"max", "on", "backoff_us", "backoff_max_us", "after_max_us"}, nil}
)

func strategyNamed(name string) catalog.Strategy {
	if name == catalog.StrategyWeighted.String() { // which nobody can ask for
		return catalog.StrategyWeighted
	}
	return catalog.StrategyNamed(name)
}

func perNamed(name string) catalog.Per { return catalog.PerNamed(name) }

// policy reads the rules of the request.
func (r *recordReader) policy(v scan.Value) {
	r.old = true
	r.object(v, &policyForm, func(key string, v scan.Value) {
		place := policyForm.place + "." + key
		if !r.wish(key, place, v) {
			r.rule(key, place, v)
		}
	})
}

// wish reads what only a caller says; false if it is something else.
func (r *recordReader) wish(key, place string, v scan.Value) bool {
	p := &r.rec.Policy
	switch key {
	case "order":
		p.Order = r.texts(v, place)
	case "only":
		if v.Kind != scan.KindNull {
			p.Only = append([]string{}, r.texts(v, place)...)
		}
	case "ignore":
		p.Ignore = r.texts(v, place)
	case "mixed":
		p.Mixed = r.bool(v, place)
	case "require_parameters":
		p.RequireParameters = r.bool(v, place)
	case "max_price_micro":
		r.object(v, &pricesForm, func(key string, v scan.Value) {
			p.MaxPrice = append(p.MaxPrice, policy.PriceLimit{Name: key, Most: r.count(v, place)})
		})
	case "demands":
		r.object(v, &demandsForm, func(key string, v scan.Value) {
			switch key {
			case "data_collection":
				p.Demands.NoCollection = r.text(v, place) == "deny"
			case "zdr":
				p.Demands.ZDR = r.bool(v, place)
			default:
				p.Demands.Quantizations = append([]string{}, r.texts(v, place)...)
			}
		})
	case "preferred":
		r.array(v, place, func(v scan.Value) { p.Preferred = append(p.Preferred, r.preference(v)) })
	default:
		return false
	}
	return true
}

// rule reads what a configuration says too.
func (r *recordReader) rule(key, place string, v scan.Value) {
	p := &r.rec.Policy
	switch key {
	case "allow_fallbacks":
		p.AllowFallbacks = r.bool(v, place)
	case "allow_fallbacks_from":
		p.AllowFallbacksFrom, r.old = r.source(v, place), false
	case "fallback":
		p.Fallback = r.texts(v, place)
	case "fallback_from":
		p.FallbackFrom = r.source(v, place)
	case "max_attempts":
		p.MaxAttempts = int(r.int(v, place, 0, math.MaxInt32))
	case "deadline_us":
		p.Deadline = r.micros(v, place, 0)
	case "limits":
		r.array(v, place, func(v scan.Value) { p.Limits = append(p.Limits, r.limit(v)) })
	case "stick":
		if p.Stick = 0; r.bool(v, place) {
			p.Stick = 1 // the number itself is the caller's identity: what it draws is in drawn
		}
	case "drawn":
		r.drew, r.rec.in.Drawn = true, []int{}
		r.array(v, place, func(v scan.Value) {
			r.rec.in.Drawn = append(r.rec.in.Drawn, int(r.int(v, place, 0, math.MaxInt32)))
		})
	case "cache":
		if v.Kind != scan.KindNull {
			r.object(v, &cacheForm, r.cached)
		}
	case "hold":
		p.Hold = r.hold(v, place)
	case "resume":
		p.Resume = catalog.ResumeNamed(r.text(v, place))
	case "retry":
		if v.Kind != scan.KindNull {
			p.Retry = &catalog.Retry{}
			r.object(v, &retryForm, r.retried)
		}
	case "strict":
		p.Strict = r.bool(v, place)
	case "strict_from":
		p.StrictFrom = r.source(v, place)
	}
}

func (r *recordReader) preference(v scan.Value) (p policy.Preference) {
	place := preferredForm.place
	r.object(v, &preferredForm, func(key string, v scan.Value) {
		switch key {
		case "percentile":
			p.Percentile = int(r.int(v, place, 1, 99))
		case "max_us":
			p.Latency = true
			fallthrough
		default:
			p.Value = r.count(v, place)
		}
	})
	return p
}

func (r *recordReader) cached(key string, v scan.Value) {
	c, place := &r.rec.Policy.Cache, cacheForm.place
	switch key {
	case "ttl_us":
		c.TTL = r.micros(v, place, 1)
	case "max_bytes":
		c.MaxBytes = r.count(v, place)
	case "coalesce":
		c.Coalesce = r.bool(v, place)
	case "read":
		c.NoRead = !r.bool(v, place)
	case "write":
		c.NoWrite = !r.bool(v, place)
	}
}

func (r *recordReader) retried(key string, v scan.Value) {
	t, place := r.rec.Policy.Retry, retryForm.place
	switch key {
	case "max":
		t.Max = int(r.int(v, place, 0, math.MaxInt32))
	case "on":
		r.array(v, place, func(v scan.Value) { t.On = append(t.On, int(r.int(v, place, 0, 999))) })
	case "backoff_us":
		t.Backoff = r.micros(v, place, 0)
	case "backoff_max_us":
		t.BackoffMax = r.micros(v, place, 0)
	case "after_max_us":
		t.AfterMax = r.micros(v, place, 0)
	}
}

// hold reads what catalog.Hold.String wrote.
func (r *recordReader) hold(v scan.Value, place string) (h catalog.Hold) {
	text := r.text(v, place)
	number, tokens := strings.CutSuffix(text, " tokens")
	switch {
	case text == "first_event":
		h.First = true
	case text == "whole":
		h.Whole = true
	case tokens:
		h.Tokens, _ = strconv.ParseInt(number, 10, 64)
	default:
		h.For, _ = time.ParseDuration(text)
	}
	r.known(h.String() == text, v, place)
	return h
}
