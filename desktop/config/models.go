package config

import (
	"strings"

	"strowger/core/catalog"
)

func model(id string, m *catalog.Model) reader {
	m.ID = id
	var own catalog.Timeouts
	r := section([]field{
		{name: "endpoints", about: "who serves it, in order of priority", read: listOf(&m.Endpoints, endpoint)},
		{name: "quality", about: "expected quality from 0 to 1, one number or one a category", read: quality(&m.Quality)},
		// Here first_token cannot be auto: zero means the provider's in the catalog.
		{name: "timeouts", about: "limits of one attempt, instead of the provider's", read: section(timeouts(&own, as, nil))},
		{name: "cache", about: "instead of the global rule", read: ownCache(&m.Cache)},
	})
	return reader{func(w *walk, n *node) {
		r.read(w, n)
		for i := range m.Endpoints {
			m.Endpoints[i].Timeouts = own
		}
	}, r.shape}
}

// as is a reader as it is.
func as(r reader) reader { return r }

// quality reads a number, or numbers by category, of which the mean is taken.
func quality(to *float64) reader {
	const unset = -1
	by := [...]float64{unset, unset, unset, unset, unset}
	var fields []field
	for i, name := range [len(by)]string{"code", "math", "writing", "translation", "other"} {
		fields = append(fields, field{name: name, about: "expected quality of this category", read: fraction(&by[i])})
	}
	one, many := fraction(to), section(fields)
	return reader{func(w *walk, n *node) {
		if n.kind != mapping {
			one.read(w, n)
			return
		}
		many.read(w, n)
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
	}, either(one, many)}
}

func endpoint(e *catalog.Endpoint) reader {
	return section(append([]field{
		{name: "provider", about: "one of providers", read: word(&e.Provider), needed: true},
		{name: "model", about: "the provider's own name of the model; without it the part of the id behind the slash", read: word(&e.Name)},
		{name: "price", about: "without it the cost is unknown, which is not 0", read: price(&e.Price, &e.PriceFrom), example: map[string]any{"input": 2.5, "output": 10}},
		{name: "context", about: "tokens of input and output together; without it not checked", read: integer(&e.Context, 1, 0)},
		{name: "max_output", about: "tokens of output; without it not checked", read: integer(&e.MaxOutput, 1, 0)},
		{name: "parameters", about: "what the endpoint supports; without it everything", read: listOf(&e.Parameters, word), example: []string{"tools", "temperature"}},
		{name: "prefill", about: "true: it goes on with an answer that was begun", read: toggle(func(on bool) { e.Prefill = on }), def: false},
		{name: "enabled", about: "false: nothing is sent there", read: toggle(func(on bool) { e.Disabled = !on }), def: true},
	}, declared(&e.Declared)...))
}

// price reads the prices of an endpoint and, for people, where they are from. What is not
// named costs what the tokens would cost otherwise: cached input as input, reasoning as
// output; requests and images nothing.
func price(p *catalog.Price, from *string) reader {
	const unset = -1
	v := catalog.Price{Known: true, CacheRead: unset, CacheWrite: unset, Reasoning: unset}
	source, day := "", ""
	r := section([]field{
		{name: "input", about: "dollars per million tokens", read: dollars(&v.Input, maxPrice), needed: true},
		{name: "output", about: "dollars per million tokens", read: dollars(&v.Output, maxPrice), needed: true},
		{name: "cache_read", about: "dollars per million tokens; without it that of input", read: dollars(&v.CacheRead, maxPrice)},
		{name: "cache_write", about: "dollars per million tokens; without it that of input", read: dollars(&v.CacheWrite, maxPrice)},
		{name: "reasoning", about: "dollars per million tokens; without it that of output", read: dollars(&v.Reasoning, maxPrice)},
		{name: "request", about: "dollars a request", read: dollars(&v.Request, maxPrice), def: 0},
		{name: "image", about: "dollars an image", read: dollars(&v.Image, maxPrice), def: 0},
		{name: "source", about: "where the prices are from, for people", read: word(&source), example: "openai.com/api/pricing"},
		{name: "date", about: "as of when", read: date(&day), example: "2026-07-02"},
	})
	return reader{func(w *walk, n *node) {
		before := len(w.problems)
		r.read(w, n)
		if len(w.problems) > before {
			return
		}
		for _, d := range [...]struct{ to, from *int64 }{{&v.CacheRead, &v.Input}, {&v.CacheWrite, &v.Input}, {&v.Reasoning, &v.Output}} {
			if *d.to == unset {
				*d.to = *d.from
			}
		}
		*p, *from = v, strings.TrimPrefix(source+", "+day, ", ")
		*from = strings.TrimSuffix(*from, ", ")
	}, r.shape}
}
