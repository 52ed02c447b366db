package config

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// This file holds the tables of legal keys: the contract's configuration, section by
// section.

// root is the file itself.
func root(c *Config) []field {
	return []field{
		{name: "listen", read: listen(&c.Listen)},
		{name: "providers", read: named(&c.Catalog.Providers, provider)},
		{name: "models", read: named(&c.Catalog.Models, model)},
		{name: "routing", read: section(routing(c))},
		{name: "timezone", read: unsupported},
		{name: "aliases", read: unsupported},
		{name: "cache", read: unsupported},
		{name: "record", read: unsupported},
		{name: "cost_limit", read: refused},
		{name: "keys", read: refused},
		{name: "routes", read: refused},
		{name: "admin", read: refused},
	}
}

func provider(name string, p *catalog.Provider) reader {
	p.Name = name
	assemble := false
	return section([]field{
		{name: "schema", read: choice(llm.SchemaNames(), func(s string) { p.Schema = llm.SchemaNamed(s) })},
		{name: "base_url", read: baseURL(&p.BaseURL)},
		{name: "api_key", read: credential(&p.KeyRef, true)},
		{name: "headers", read: named(&p.Headers, header)},
		{name: "timeouts", read: section(timeouts(&p.Timeouts, orAuto))},
		{name: "enabled", read: toggle(func(on bool) { p.Disabled = !on })},
		{name: "assemble", read: pending(toggle(func(on bool) { assemble = on }), func() bool { return !assemble })},
	})
}

func header(name string, h *catalog.Header) reader {
	h.Name = name
	read := credential(&h.Value, h.IsSecret())
	return func(w *walk, n *node) {
		if strings.ContainsFunc(name, notToken) || name == "" {
			w.refuseKey("not the name of a header", "")
		}
		read(w, n)
	}
}

// notToken reports whether r cannot stand in the name of a header (RFC 9110, 5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// timeouts are those of one attempt; first says how first_token may be written.
func timeouts(t *catalog.Timeouts, first func(reader) reader) []field {
	return []field{
		{name: "connect", read: duration(&t.Connect)},
		{name: "first_token", read: first(duration(&t.FirstToken))},
		{name: "idle", read: duration(&t.Idle)},
		{name: "total", read: duration(&t.Total)},
	}
}

func model(id string, m *catalog.Model) reader {
	m.ID = id
	var own catalog.Timeouts
	read := section([]field{
		{name: "endpoints", read: listOf(&m.Endpoints, endpoint)},
		{name: "quality", read: quality(&m.Quality)},
		// Here first_token cannot be auto: zero means the provider's in the catalog.
		{name: "timeouts", read: section(timeouts(&own, func(r reader) reader { return r }))},
		{name: "cache", read: unsupported},
	})
	return func(w *walk, n *node) {
		read(w, n)
		for i := range m.Endpoints {
			m.Endpoints[i].Timeouts = own
		}
	}
}

// quality reads a number, or numbers by category, of which the mean is taken.
func quality(to *float64) reader {
	return func(w *walk, n *node) {
		if n.kind != mapping {
			fraction(to)(w, n)
			return
		}
		const unset = -1
		var fields []field
		by := [...]float64{unset, unset, unset, unset, unset}
		for i, name := range [len(by)]string{"code", "math", "writing", "translation", "other"} {
			fields = append(fields, field{name: name, read: fraction(&by[i])})
		}
		section(fields)(w, n)
		sum, count := 0.0, 0
		for _, q := range by {
			if q != unset {
				sum, count = sum+q, count+1
			}
		}
		if count > 0 {
			*to = sum / float64(count)
			w.warn("quality by category is not acted on in this version: it works with the mean")
		}
	}
}

func endpoint(e *catalog.Endpoint) reader {
	return section([]field{
		{name: "provider", read: word(&e.Provider), needed: true},
		{name: "model", read: word(&e.Name)},
		{name: "price", read: price(&e.Price)},
		{name: "context", read: integer(&e.Context, 1)},
		{name: "max_output", read: integer(&e.MaxOutput, 1)},
		{name: "parameters", read: listOf(&e.Parameters, word)},
		{name: "prefill", read: toggle(func(on bool) { e.Prefill = on })},
		{name: "enabled", read: toggle(func(on bool) { e.Disabled = !on })},
	})
}

// price reads the prices of an endpoint. What is not named costs what the tokens would
// cost otherwise: cached input as input, reasoning as output; requests and images nothing.
func price(p *catalog.Price) reader {
	return func(w *walk, n *node) {
		const unset = -1
		v := catalog.Price{Known: true, CacheRead: unset, CacheWrite: unset, Reasoning: unset}
		before := len(w.problems)
		section([]field{
			{name: "input", read: dollars(&v.Input), needed: true},
			{name: "output", read: dollars(&v.Output), needed: true},
			{name: "cache_read", read: dollars(&v.CacheRead)},
			{name: "cache_write", read: dollars(&v.CacheWrite)},
			{name: "reasoning", read: dollars(&v.Reasoning)},
			{name: "request", read: dollars(&v.Request)},
			{name: "image", read: dollars(&v.Image)},
		})(w, n)
		if len(w.problems) > before {
			return
		}
		for _, d := range [...]struct{ to, from *int64 }{{&v.CacheRead, &v.Input}, {&v.CacheWrite, &v.Input}, {&v.Reasoning, &v.Output}} {
			if *d.to == unset {
				*d.to = *d.from
			}
		}
		*p = v
	}
}

func routing(c *Config) []field {
	r := &c.Catalog.Routing
	resume := "auto"
	hold := "first_event"
	return []field{
		{name: "strategy", read: choice(catalog.StrategyNames(), func(s string) { r.Strategy = catalog.StrategyNamed(s) })},
		{name: "fallback", read: listOf(&r.Fallback, word)},
		{name: "fallback_on", read: fallbackOn(&r.FallbackOn)},
		{name: "max_attempts", read: integer(&r.MaxAttempts, 1)},
		{name: "deadline", read: duration(&r.Deadline)},
		{name: "circuit", read: section([]field{
			{name: "failures", read: integer(&r.Circuit.Failures, 1)},
			{name: "cool_down", read: duration(&r.Circuit.CoolDown)},
			{name: "cool_down_max", read: duration(&r.Circuit.CoolDownMax)},
		})},
		{name: "hold", read: pending(holding(&hold), func() bool { return hold == "first_event" })},
		{name: "resume", read: pending(
			choice([]string{"auto", "prefill", "replay", "off"}, func(s string) { resume = s }),
			func() bool { return resume == "auto" })},
		{name: "retry", read: section(retry())},
		{name: "auto", read: section(auto(c))},
	}
}

// fallbackOn reads a list of statuses and classes.
func fallbackOn(to *catalog.FallbackOn) reader {
	classes := []string{catalog.ClassContextLength, catalog.ClassContentFilter}
	one := func(w *walk, n *node) {
		if n.kind == text {
			choice(classes, func(s string) { to.Classes = append(to.Classes, s) })(w, n)
			return
		}
		status := 0
		if statusFrom(&status, 400, 499)(w, n); status != 0 {
			to.Statuses = append(to.Statuses, status)
		}
	}
	return items(func(int) reader { return one })
}

// statusFrom reads an HTTP status of a range.
func statusFrom(to *int, least, most int) reader {
	return func(w *walk, n *node) {
		v, err := scaled(n.text, 0)
		if n.kind != number || err != nil || v < int64(least) || v > int64(most) {
			w.expected(n, "a status from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
			return
		}
		*to = int(v)
	}
}

// holding reads how long an answer is held back: a name, or a number of tokens, or a time.
func holding(to *string) reader {
	return func(w *walk, n *node) {
		if n.kind != mapping {
			choice([]string{"first_event", "whole"}, func(s string) { *to = s })(w, n)
			return
		}
		tokens, wait := 0, time.Duration(0)
		section([]field{{name: "tokens", read: integer(&tokens, 1)}, {name: "for", read: duration(&wait)}})(w, n)
		if len(n.entries) != 1 {
			w.refuse(n, "expected first_event, whole, {tokens: 40} or {for: 2s}", "")
		}
		*to = "some"
	}
}

// retry are the rules of trying the same endpoint again; none is acted on yet.
func retry() []field {
	limit, on := 2, []int(nil)
	backoff, most, after := 500*time.Millisecond, 8*time.Second, 3*time.Second
	return []field{
		{name: "max", read: pending(integer(&limit, 0), func() bool { return limit == 2 })},
		{name: "on", read: pending(listOf(&on, func(v *int) reader { return statusFrom(v, 400, 599) }), func() bool { return len(on) == 0 })},
		{name: "backoff", read: pending(duration(&backoff), func() bool { return backoff == 500*time.Millisecond })},
		{name: "backoff_max", read: pending(duration(&most), func() bool { return most == 8*time.Second })},
		{name: "retry_after_max", read: pending(duration(&after), func() bool { return after == 3*time.Second })},
	}
}

// auto are the rules of auto mode; none is acted on yet.
func auto(c *Config) []field {
	var models []string
	preference := "balanced"
	return []field{
		{name: "models", read: pending(listOf(&models, func(v *string) reader { return knownModel(v, c) }), func() bool { return len(models) == 0 })},
		{name: "preference", read: pending(
			choice([]string{"balanced", "quality", "speed", "cost"}, func(s string) { preference = s }),
			func() bool { return preference == "balanced" })},
	}
}

// knownModel reads the id of a configured model, or the name part of one.
func knownModel(to *string, c *Config) reader {
	return func(w *walk, n *node) {
		word(to)(w, n)
		var ids []string
		for _, m := range c.Catalog.Models {
			if _, name, _ := strings.Cut(m.ID, "/"); *to == m.ID || *to == name {
				return
			}
			ids = append(ids, m.ID)
		}
		if *to != "" {
			w.refuse(n, "unknown model "+quote(*to), catalog.Nearest(*to, ids))
		}
	}
}
