package config

import (
	"strconv"

	"strowger/core/auto/pool"
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
		{name: "hold", about: "how much of a stream is held back after its first content, so that it can still fall back", read: hold(&r.Hold), example: map[string]any{"tokens": 40}},
		{name: "resume", about: "how a stream that broke off in the middle goes on: prefill, another endpoint goes on with what was said; replay, another is asked afresh and must say the same; auto, the one, else the other; off, it ends in an error", read: choice(catalog.ResumeNames(), func(s string) { r.Resume = catalog.ResumeNamed(s) })},
		{name: "strict", about: "whether an endpoint of another schema is left out if anything of a request would be approximated or dropped there", read: toggle(func(on bool) { r.Strict = &on })},
		{name: "retry", about: "when the same endpoint is tried again", read: section(retry(&r.Retry, defaults))},
	})
}

// routing are the global rules.
func routing(c *Config) []field {
	r := &c.Catalog.Routing
	defaults := map[string]any{"strategy": "priority", "max_attempts": catalog.DefaultMaxAttempts, "deadline": "5m", "hold": "first_event", "resume": "auto", "strict": false,
		"preference": "balanced", "max": catalog.DefaultRetries, "backoff": "500ms", "backoff_max": "8s", "retry_after_max": "3s"}
	return append(rules(r, defaults),
		field{name: "circuit", about: "when an endpoint that fails rests", read: section([]field{
			{name: "failures", about: "faults in a row that let it rest", read: integer(&r.Circuit.Failures, 1, 0), def: catalog.DefaultCircuitFailures},
			{name: "cool_down", about: "the first rest; each further one is twice as long", read: duration(&r.Circuit.CoolDown), def: "8s"},
			{name: "cool_down_max", about: "the longest rest", read: duration(&r.Circuit.CoolDownMax), def: "20s"},
		})},
		field{name: "auto", about: "the rules of the model auto", read: section(append(ofAuto(&r.Auto, defaults),
			field{name: "learn", about: "whether it is noted how answers fared, without what was said, so that the choice gets better", read: toggle(func(on bool) { r.Auto.Learn = &on }), def: true}))},
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

// ofAuto are the rules of auto mode that hold globally or for a route.
func ofAuto(a *catalog.Auto, defaults map[string]any) []field {
	return with(defaults, []field{
		{name: "models", about: "the pool; without it every model that can chat", read: listOf(&a.Models, word), example: []string{"openai/gpt-4o", "openai/gpt-4o-mini"}},
		{name: "preference", about: "what counts most", read: choice(pool.PreferenceNames(), func(s string) { a.Preference = pool.PreferenceNamed(s) })},
	})
}
