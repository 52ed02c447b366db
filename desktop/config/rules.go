package config

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
)

// rules are those of choice and fallback that hold globally or for a route.
func rules(r *catalog.Routing, defaults map[string]any) []field {
	return with(defaults, []field{
		{name: "strategy", about: "how the endpoints of a model are ranked", read: choice(catalog.StrategyNames(), func(s string) { r.Strategy = catalog.StrategyNamed(s) })},
		{name: "fallback", about: "models that are tried in order when the asked one fails; [] is none", read: listOf(&r.Fallback, word), example: []string{"openai/gpt-4o-mini"}},
		{name: "fallback_on", about: "what triggers the next attempt beside the fixed triggers: statuses from 400 to 499, context_length, content_filter", read: fallbackOn(&r.FallbackOn), example: []any{402, "context_length"}},
		{name: "max_attempts", about: "attempts of one request at most", read: integer(&r.MaxAttempts, 1, 0)},
		{name: "deadline", about: "how long attempts go on until the answer begins", read: duration(&r.Deadline)},
	})
}

// routing are the global rules.
func routing(c *Config) []field {
	r := &c.Catalog.Routing
	resume := "auto"
	hold := "first_event"
	return append(rules(r, map[string]any{"strategy": "priority", "max_attempts": catalog.DefaultMaxAttempts, "deadline": "5m"}),
		field{name: "circuit", about: "when an endpoint that fails rests", read: section([]field{
			{name: "failures", about: "faults in a row that let it rest", read: integer(&r.Circuit.Failures, 1, 0), def: catalog.DefaultCircuitFailures},
			{name: "cool_down", about: "the first rest; each further one is twice as long", read: duration(&r.Circuit.CoolDown), def: "8s"},
			{name: "cool_down_max", about: "the longest rest", read: duration(&r.Circuit.CoolDownMax), def: "20s"},
		})},
		field{name: "hold", about: "how long an answer is held back so that it can still fall back; not acted on in this version", read: pending(holding(&hold), func() bool { return hold == "first_event" }), def: "first_event"},
		field{name: "resume", about: "how an answer that broke off goes on; not acted on in this version", read: pending(
			choice([]string{"auto", "prefill", "replay", "off"}, func(s string) { resume = s }),
			func() bool { return resume == "auto" }), def: "auto"},
		field{name: "retry", about: "when the same endpoint is tried again; not acted on in this version", read: section(retry())},
		field{name: "auto", about: "the rules of the model auto; not acted on in this version", read: section(auto(c))},
	)
}

// fallbackOn reads a list of statuses and classes. An empty one is not the same as none.
func fallbackOn(to *catalog.FallbackOn) reader {
	var status int
	class := choice([]string{catalog.ClassContextLength, catalog.ClassContentFilter}, func(s string) { to.Classes = append(to.Classes, s) })
	number := statusFrom(&status, 400, 499)
	one := reader{func(w *walk, n *node) {
		if n.kind == text {
			class.read(w, n)
			return
		}
		status = 0
		if number.read(w, n); status != 0 {
			to.Statuses = append(to.Statuses, status)
		}
	}, either(number, class)}
	return reader{func(w *walk, n *node) {
		if n.kind == list && len(n.items) == 0 {
			to.Statuses, to.Classes = []int{}, []string{}
		}
		items(func(int) reader { return one })(w, n)
	}, func() shape { return lists(one) }}
}

// statusFrom reads an HTTP status of a range.
func statusFrom(to *int, least, most int) reader {
	return reader{func(w *walk, n *node) {
		v, err := scaled(n.text, 0)
		if n.kind != number || err != nil || v < int64(least) || v > int64(most) {
			w.expected(n, "a status from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
			return
		}
		*to = int(v)
	}, numbers("integer", "status", int64(least), int64(most))}
}

// holding reads how long an answer is held back: a name, or a number of tokens, or a time.
func holding(to *string) reader {
	tokens, wait := 0, time.Duration(0)
	word := choice([]string{"first_event", "whole"}, func(s string) { *to = s })
	amount := section([]field{
		{name: "tokens", about: "until so many tokens are there", read: integer(&tokens, 1, 0)},
		{name: "for", about: "for so long", read: duration(&wait)},
	})
	return reader{func(w *walk, n *node) {
		if n.kind != mapping {
			word.read(w, n)
			return
		}
		amount.read(w, n)
		if len(n.entries) != 1 {
			w.refuse(n, "expected first_event, whole, {tokens: 40} or {for: 2s}", "")
		}
		*to = "some"
	}, func() shape {
		s := amount.shape()
		s.Count = 1
		return shape{AnyOf: []shape{word.shape(), s}}
	}}
}

// retry are the rules of trying the same endpoint again; none is acted on yet.
func retry() []field {
	limit, on := 2, []int(nil)
	backoff, most, after := 500*time.Millisecond, 8*time.Second, 3*time.Second
	return []field{
		{name: "max", about: "times", read: pending(integer(&limit, 0, -1), func() bool { return limit == 2 }), def: 2},
		{name: "on", about: "statuses from 400 to 599", read: pending(listOf(&on, func(v *int) reader { return statusFrom(v, 400, 599) }), func() bool { return len(on) == 0 })},
		{name: "backoff", about: "first pause", read: pending(duration(&backoff), func() bool { return backoff == 500*time.Millisecond }), def: "500ms"},
		{name: "backoff_max", about: "longest pause", read: pending(duration(&most), func() bool { return most == 8*time.Second }), def: "8s"},
		{name: "retry_after_max", about: "longest Retry-After that is waited for", read: pending(duration(&after), func() bool { return after == 3*time.Second }), def: "3s"},
	}
}

// auto are the rules of auto mode; none is acted on yet.
func auto(c *Config) []field {
	var models []string
	preference := "balanced"
	return []field{
		{name: "models", about: "the pool; without it every model", read: pending(listOf(&models, func(v *string) reader { return knownModel(v, c) }), func() bool { return len(models) == 0 })},
		{name: "preference", about: "what counts most", read: pending(
			choice([]string{"balanced", "quality", "speed", "cost"}, func(s string) { preference = s }),
			func() bool { return preference == "balanced" }), def: "balanced"},
	}
}

// knownModel reads the id of a configured model, or the name part of one.
func knownModel(to *string, c *Config) reader {
	r := word(to)
	return reader{func(w *walk, n *node) {
		r.read(w, n)
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
	}, r.shape}
}
