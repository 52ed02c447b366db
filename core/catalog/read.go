package catalog

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/scan"
)

// ReadJSON reads what AppendJSON wrote. Unknown keys and wrong types are errors that
// name the key; whether the values make sense is for New to say.
func ReadJSON(doc []byte) (Config, error) {
	var cfg Config
	r := reader{doc: doc}
	r.object(scan.Object(doc), "", map[string]func(scan.Value){
		"providers":   readList(&r, &cfg.Providers, "providers", r.provider),
		"models":      readList(&r, &cfg.Models, "models", r.model),
		"routing":     func(v scan.Value) { cfg.Routing = r.routing(v) },
		"aliases":     readList(&r, &cfg.Aliases, "aliases", r.alias),
		"routes":      readList(&r, &cfg.Routes, "routes", r.route),
		"keys":        readList(&r, &cfg.Keys, "keys", r.key),
		"cache":       r.cache(&cfg.Cache),
		"cost_limits": readList(&r, &cfg.CostLimits, "cost_limits", r.costLimit),
		"timezone":    r.str(&cfg.Timezone, "timezone"),
	})
	return cfg, r.err
}

// reader reads the canonical form; the first error stays.
type reader struct {
	doc []byte
	err error
}

func (r *reader) fail(place, msg string) {
	if r.err == nil {
		r.err = Problem{Place: strings.Fields(place), Message: msg}
	}
}

// shown is text of the document as it stands in a message.
func shown(text []byte) string {
	const most = 64
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "…"
	}
	return strconv.Quote(string(text))
}

func (r *reader) object(m scan.Members, place string, fields map[string]func(scan.Value)) {
	for m.Next() {
		set, ok := fields[string(m.Key())]
		if !ok {
			r.fail(place, "unknown key "+shown(m.Key()))
			return
		}
		set(m.Value())
	}
	if err := m.Err(); err != nil && r.err == nil {
		r.err = err
	}
}

func (r *reader) nested(v scan.Value, place string, fields map[string]func(scan.Value)) {
	if v.Kind != scan.KindObject {
		r.fail(place, "expected an object")
		return
	}
	r.object(scan.ObjectAt(r.doc, v), place, fields)
}

func (r *reader) array(v scan.Value, place string, each func(scan.Value)) {
	if v.Kind != scan.KindArray {
		r.fail(place, "expected an array")
		return
	}
	for a := scan.ArrayAt(r.doc, v); a.Next(); {
		each(a.Value())
	}
}

// The readers of single values below are not inlined: every place would have a copy of the
// function they return, 6 kB of the edge module in all.

//go:noinline
func (r *reader) str(at *string, place string) func(scan.Value) {
	return func(v scan.Value) {
		s, ok := scan.String(r.doc, v)
		if !ok {
			r.fail(place, "expected a string")
		}
		*at = s
	}
}

//go:noinline
func (r *reader) int(place string, set func(int64)) func(scan.Value) {
	return func(v scan.Value) {
		n, ok := scan.Int(v.Raw(r.doc))
		if !ok {
			r.fail(place, "expected a whole number")
		}
		set(n)
	}
}

//go:noinline
func (r *reader) micros(at *time.Duration, place string) func(scan.Value) {
	return r.int(place, func(n int64) {
		*at = time.Duration(n) * time.Microsecond
		if at.Microseconds() != n {
			r.fail(place, "too long a time")
		}
	})
}

//go:noinline
func (r *reader) bool(at *bool, place string) func(scan.Value) {
	return func(v scan.Value) {
		if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
			r.fail(place, "expected true or false")
		}
		*at = v.Kind == scan.KindTrue
	}
}

func (r *reader) ints(at *[]int, place string) func(scan.Value) {
	return func(v scan.Value) {
		*at = []int{}
		r.array(v, place, r.int(place, func(n int64) { *at = append(*at, int(n)) }))
	}
}

func (r *reader) strs(at *[]string, place string) func(scan.Value) {
	return func(v scan.Value) {
		*at = []string{}
		r.array(v, place, func(v scan.Value) {
			var s string
			r.str(&s, place)(v)
			*at = append(*at, s)
		})
	}
}

//go:noinline
func (r *reader) named(place string, set func(string) bool) func(scan.Value) {
	return func(v scan.Value) {
		if s, ok := scan.String(r.doc, v); !ok || !set(s) {
			r.fail(place, "unknown name "+shown(v.Raw(r.doc)))
		}
	}
}

func (r *reader) timeouts(at *Timeouts, place string) func(scan.Value) {
	return func(v scan.Value) {
		fields := map[string]func(scan.Value){}
		for _, f := range timeoutFields(at) {
			fields[f.name] = r.micros(f.at, place)
		}
		r.nested(v, place, fields)
	}
}

func (r *reader) provider(v scan.Value) (p Provider) {
	r.nested(v, "providers", map[string]func(scan.Value){
		"name":        r.str(&p.Name, "name"),
		"schema":      r.schema(&p.Schema),
		"base_url":    r.str(&p.BaseURL, "base_url"),
		"key":         r.str(&p.KeyRef, "key"),
		"timeouts_us": r.timeouts(&p.Timeouts, "timeouts_us"),
		"declared":    r.declared(&p.Declared),
		"assemble":    r.bool(&p.Assemble, "assemble"),
		"disabled":    r.bool(&p.Disabled, "disabled"),
		"headers":     readList(r, &p.Headers, "headers", r.header),
	})
	return p
}

func (r *reader) header(v scan.Value) (h Header) {
	r.nested(v, "headers", map[string]func(scan.Value){"name": r.str(&h.Name, "name"), "value": r.str(&h.Value, "value")})
	return h
}

func (r *reader) model(v scan.Value) (m Model) {
	r.nested(v, "models", map[string]func(scan.Value){
		"id":           r.str(&m.ID, "id"),
		"quality":      r.marks(m.Ability.Own[:], "quality"),
		"elo":          r.marks(m.Ability.Elo[:], "elo"),
		"ability_from": r.str(&m.Ability.From, "ability_from"),
		"like":         r.bool(&m.Ability.Like, "like"),
		"cache":        r.cache(&m.Cache),
		"endpoints":    readList(r, &m.Endpoints, "endpoints", r.endpoint),
	})
	return m
}

func (r *reader) endpoint(v scan.Value) (e Endpoint) {
	r.nested(v, "endpoints", map[string]func(scan.Value){
		"provider":    r.str(&e.Provider, "provider"),
		"model":       r.str(&e.Name, "model"),
		"context":     r.int("context", func(n int64) { e.Context = n }),
		"max_output":  r.int("max_output", func(n int64) { e.MaxOutput = n }),
		"parameters":  r.strs(&e.Parameters, "parameters"),
		"prefill":     r.bool(&e.Prefill, "prefill"),
		"disabled":    r.bool(&e.Disabled, "disabled"),
		"weight":      r.int("weight", func(n int64) { e.Weight = int(n) }),
		"timeouts_us": r.timeouts(&e.Timeouts, "timeouts_us"),
		"price":       r.price(&e.Price),
		"price_from":  r.str(&e.PriceFrom, "price_from"),
		"declared":    r.declared(&e.Declared),
	})
	return e
}

func (r *reader) routing(v scan.Value) (g Routing) {
	r.nested(v, "routing", map[string]func(scan.Value){
		"strategy":                 r.named("strategy", func(s string) bool { g.Strategy = StrategyNamed(s); return g.Strategy != StrategyNone }),
		"fallback":                 r.strs(&g.Fallback, "fallback"),
		"fallback_on_statuses":     r.ints(&g.FallbackOn.Statuses, "fallback_on_statuses"),
		"fallback_on_classes":      r.strs(&g.FallbackOn.Classes, "fallback_on_classes"),
		"max_attempts":             r.int("max_attempts", func(n int64) { g.MaxAttempts = int(n) }),
		"deadline_us":              r.micros(&g.Deadline, "deadline_us"),
		"hold":                     r.hold(&g.Hold),
		"resume":                   r.named("resume", func(s string) bool { g.Resume = ResumeNamed(s); return g.Resume != ResumeNone }),
		"strict":                   func(v scan.Value) { g.Strict = new(bool); r.bool(g.Strict, "strict")(v) },
		"retry_max":                r.int("retry_max", func(n int64) { g.Retry.Max = int(n) }),
		"retry_on":                 r.ints(&g.Retry.On, "retry_on"),
		"retry_backoff_us":         r.micros(&g.Retry.Backoff, "retry_backoff_us"),
		"retry_backoff_max_us":     r.micros(&g.Retry.BackoffMax, "retry_backoff_max_us"),
		"retry_after_max_us":       r.orNever(&g.Retry.AfterMax, "retry_after_max_us"),
		"circuit_failures":         r.int("circuit_failures", func(n int64) { g.Circuit.Failures = int(n) }),
		"circuit_cool_down_us":     r.micros(&g.Circuit.CoolDown, "circuit_cool_down_us"),
		"circuit_cool_down_max_us": r.micros(&g.Circuit.CoolDownMax, "circuit_cool_down_max_us"),
		"auto_models":              r.strs(&g.Auto.Models, "auto_models"),
		"auto_preference":          r.named("auto_preference", func(s string) bool { g.Auto.Preference = pool.PreferenceNamed(s); return g.Auto.Preference != 0 }),
		"auto_learn":               func(v scan.Value) { g.Auto.Learn = new(bool); r.bool(g.Auto.Learn, "auto_learn")(v) },
	})
	return g
}
