package config

import (
	"slices"
	"strconv"
	"time"

	"strowger/core/catalog"
)

// hold reads how much of an answer is held back: a name, or a number of tokens, or a time.
func hold(to *catalog.Hold) reader {
	const want = "first_event, whole, {tokens: 40} or {for: 2s}"
	names := []string{"first_event", "whole"}
	amount := section([]field{
		{name: "tokens", about: "until there are so many tokens, by estimate", read: integer(&to.Tokens, 1, catalog.MostHoldTokens)},
		{name: "for", about: "for so long after the first content, at most " + longest(catalog.MostHoldFor), read: upTo(catalog.MostHoldFor, "whole holds back all of an answer", &to.For)},
	})
	return reader{func(w *walk, n *node) {
		switch {
		case n.kind == mapping:
			amount.read(w, n)
			if len(n.entries) != 1 {
				w.refuse(n, "expected "+want, "")
			}
		case n.kind == text && slices.Contains(names, n.text):
			*to = catalog.Hold{First: n.text == "first_event", Whole: n.text == "whole"}
		case n.kind == text:
			w.refuse(n, "expected "+want+", found "+n.found(false), catalog.Nearest(n.text, names))
		default:
			w.expected(n, want)
		}
	}, func() shape {
		s := amount.shape()
		s.Type, s.Count = "object", 1
		return shape{AnyOf: []shape{{Enum: names}, s}}
	}}
}

// retry are the rules of trying the same endpoint again.
func retry(r *catalog.Retry, defaults map[string]any) []field {
	return with(defaults, []field{
		{name: "max", about: "how often one endpoint is tried again for one request at most; 0: never", read: maxRetries(&r.Max)},
		{name: "on", about: "statuses from 400 to 599 that are tried again at the same endpoint instead of moving on; [] is none", read: listOf(&r.On, func(v *int) reader { return statusFrom(v, 400, 599) }), example: []int{503}},
		{name: "backoff", about: "the pause before the first retry, shortened by chance; each further one is twice as long", read: duration(&r.Backoff)},
		{name: "backoff_max", about: "the longest pause", read: duration(&r.BackoffMax)},
		{name: "retry_after_max", about: "the longest Retry-After that is waited for when no other endpoint serves the model; 0: none is", read: waited(&r.AfterMax)},
	})
}

// maxRetries reads a number of retries. In the catalog 0 is the default, and none is Never.
func maxRetries(to *int) reader {
	r := integer(to, 0, catalog.MostRetries)
	return reader{func(w *walk, n *node) {
		before := len(w.problems)
		if r.read(w, n); *to == 0 && len(w.problems) == before {
			*to = catalog.Never
		}
	}, r.shape}
}

// waited reads a duration that may be nothing, which is Never in the catalog.
func waited(to *time.Duration) reader {
	r := duration(to)
	nothing := reader{shape: is(shape{Const: 0})}
	return reader{func(w *walk, n *node) {
		if isNothing(n) {
			*to = catalog.Never
			return
		}
		r.read(w, n)
	}, either(nothing, r)}
}

// isNothing reports whether n is the number 0, or no time with its unit: 0s.
func isNothing(n *node) bool {
	count, bare := scaled(n.text, 0)
	if n.kind != text {
		return n.kind == number && bare == nil && count == 0
	}
	d, err := ParseDuration(n.text)
	return err == nil && d == 0 && bare != nil && n.text[0] != '-'
}

// upTo reads a duration of at most that; why is the reason.
func upTo(most time.Duration, why string, to *time.Duration) reader {
	r := duration(to)
	return reader{func(w *walk, n *node) {
		if r.read(w, n); *to > most {
			w.refuse(n, "must be at most "+longest(most)+": "+why, "")
		}
	}, r.shape}
}

// longest is a bound of minutes as a person would write it.
func longest(d time.Duration) string { return strconv.Itoa(int(d/time.Minute)) + "m" }
