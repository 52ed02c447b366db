package config

import (
	"math"
	"strings"

	"strowger/core/auto"
	"strowger/core/catalog"
)

func model(id string, m *catalog.Model) reader {
	m.ID = id
	var own catalog.Timeouts
	r := section([]field{
		{name: "endpoints", about: "who serves it, in order of priority", read: listOf(&m.Endpoints, endpoint)},
		{name: "quality", about: "expected quality in auto mode from 0 to 1, for work that is neither easy nor hard: one number or one a category; it counts before ratings", read: quality(&m.Ability.Own)},
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

// quality reads a number that holds for all categories, or numbers by category. It is kept in
// permille, and at least one: zero would be nothing said.
func quality(to *[5]int16) reader {
	const unset = -1
	var said [len(to)]float64
	var fields []field
	for _, c := range [...]struct {
		name string
		of   auto.Category
	}{{"code", auto.Code}, {"math", auto.Math}, {"writing", auto.Writing}, {"translation", auto.Translation}, {"other", auto.Other}} {
		said[c.of] = unset
		fields = append(fields, field{name: c.name, about: "expected quality of this category", read: fraction(&said[c.of])})
	}
	all := float64(unset)
	one, many := fraction(&all), section(fields)
	return reader{func(w *walk, n *node) {
		if n.kind != mapping {
			one.read(w, n)
			for c := range said {
				said[c] = all
			}
		} else {
			many.read(w, n)
		}
		for c, q := range said {
			if q != unset {
				to[c] = int16(max(math.Round(q*1000), 1))
			}
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
// named follows from what is, see catalog.Price.Derive.
func price(p *catalog.Price, from *string) reader {
	v := catalog.Unstated()
	source, day := "", ""
	fields := append(unitPrices(&v, stated{
		needed: true, read: "that of input", write: "that of input", reasoning: "that of output", each: 0,
		hour: "twice that of input where cache_write is above it, else that of cache_write",
	}),
		field{name: "tiers", about: "other prices for the whole of a longer request", read: listOf(&v.Tiers, tier), example: []any{map[string]any{"above": 200000, "input": 5, "output": 15}}},
		field{name: "source", about: "where the prices are from, for people", read: word(&source), example: "openai.com/api/pricing"},
		field{name: "date", about: "as of when", read: date(&day), example: "2026-07-02"})
	r := section(fields)
	return reader{func(w *walk, n *node) {
		before := len(w.problems)
		r.read(w, n)
		if len(w.problems) > before {
			return
		}
		v.Derive()
		*p, *from = v, strings.TrimPrefix(source+", "+day, ", ")
		*from = strings.TrimSuffix(*from, ", ")
	}, r.shape}
}

// tier reads the prices of requests above so much input.
func tier(t *catalog.Tier) reader {
	t.Price = catalog.Unstated()
	const inProportion = "in proportion to input, as before"
	return section(append([]field{
		{name: "above", about: "with more tokens of input than this, cached ones among them, the whole request costs this; before stands for the tier below, or the price itself", read: integer(&t.Above, 1, 0), needed: true},
	}, unitPrices(&t.Price, stated{
		read: inProportion, write: inProportion, hour: inProportion, reasoning: "in proportion to output, as before",
	})...))
}

// stated says what holds for unit prices that are left out.
type stated struct {
	needed                       bool // input and output
	read, write, hour, reasoning string
	each                         any // for a request and an image; nil: as before
}

// unitPrices are the keys of prices in dollars.
func unitPrices(p *catalog.Price, s stated) []field {
	const tokens = "dollars per million tokens"
	without := func(what string) string { return tokens + "; without it " + what }
	input, output, each := tokens, tokens, ""
	if !s.needed {
		input, output = without("as before"), without("as before")
		each = "; without it as before"
	}
	return []field{
		{name: "input", about: input, read: dollars(&p.Input, maxPrice), needed: s.needed},
		{name: "output", about: output, read: dollars(&p.Output, maxPrice), needed: s.needed},
		{name: "cache_read", about: without(s.read), read: dollars(&p.CacheRead, maxPrice)},
		{name: "cache_write", about: without(s.write), read: dollars(&p.CacheWrite, maxPrice)},
		{name: "cache_write_1h", about: "of tokens that are kept for an hour, " + without(s.hour), read: dollars(&p.CacheWriteHour, maxPrice)},
		{name: "reasoning", about: without(s.reasoning), read: dollars(&p.Reasoning, maxPrice)},
		{name: "request", about: "dollars a request" + each, read: dollars(&p.Request, maxPrice), def: s.each},
		{name: "image", about: "dollars an image" + each, read: dollars(&p.Image, maxPrice), def: s.each},
	}
}
