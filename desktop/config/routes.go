package config

import (
	"strowger/core/catalog"
	"strowger/core/llm"
)

func route(r *catalog.Route) reader {
	return section([]field{
		{name: "path", about: "letters, digits, hyphen, underscore and slash; an SDK's base URL can be this path", read: path(&r.Path), needed: true, example: "/support"},
		{name: "schema", about: "wire format that callers speak here", read: choice(llm.SchemaNames(), func(s string) { r.Schema = llm.SchemaNamed(s) }), def: "openai"},
		{name: "failover", about: "true: the next provider is tried on failure; needs two or more", read: toggle(func(on bool) { r.Failover = on }), def: false},
		{name: "load_balancing", about: "true: the first provider is drawn by weight instead of by order", read: toggle(func(on bool) { r.LoadBalancing = on }), def: false},
		{name: "sticky", about: "by what a draw stays the same", read: choice(catalog.StickyNames(), func(s string) { r.Sticky = catalog.StickyNamed(s) })},
		{name: "providers", about: "who serves the route, in order; without it whoever serves the model that the request names", read: listOf(&r.Arms, arm)},
		{name: "routing", about: "instead of the global rules, key by key", read: section(append(rules(&r.Routing, nil),
			field{name: "auto", about: "the rules of the model auto", read: section(ofAuto(&r.Routing.Auto, nil))}))},
		{name: "timeouts", about: "limits of one attempt, instead of those elsewhere", read: section(timeouts(&r.Timeouts, as, nil))},
		{name: "cache", about: "instead of the global rule and the model's", read: ownCache(&r.Cache)},
		{name: "cost_limit", about: "the most that the route's requests together may cost; one limit or a list", read: costLimits(&r.CostLimits)},
	})
}

// path reads a route's path, whose form the catalog checks.
func path(to *string) reader {
	r := word(to)
	r.shape = texts("path", `^[A-Za-z0-9_/-]+$`)
	return r
}

func arm(a *catalog.Arm) reader {
	a.Weight = 1
	var from string // the catalog says it of endpoints only
	return section([]field{
		{name: "provider", about: "one of providers", read: word(&a.Provider), needed: true},
		{name: "model", about: "the provider's own name of a model, or the id of one; without it the request's", read: word(&a.Model)},
		{name: "weight", about: "share in the draw; 0 drains: never drawn first", read: integer(&a.Weight, 0, 100), def: 1},
		{name: "timeout", about: "of the whole outgoing request", read: duration(&a.Timeout), example: "20s"},
		{name: "price", about: "instead of the model's", read: price(&a.Price, &from)},
	})
}

// costLimits reads one limit on money, or a list of them.
func costLimits(to *[]catalog.CostLimit) reader {
	many := listOf(to, costLimit)
	return reader{func(w *walk, n *node) {
		switch n.kind {
		case mapping:
			*to = make([]catalog.CostLimit, 1)
			costLimit(&(*to)[0]).read(w, n)
		case list, null:
			many.read(w, n)
		default:
			w.expected(n, "a limit such as {usd: 5, per: day}, or a list of them")
		}
	}, func() shape { return either(costLimit(new(catalog.CostLimit)), many)() }}
}

func costLimit(l *catalog.CostLimit) reader {
	return section([]field{
		{name: "usd", about: "dollars", read: dollars(&l.Most, maxLimit), needed: true},
		{name: "per", about: "what the limit is about; days and months begin in timezone", read: choice(catalog.PerNames(), func(s string) { l.Per = catalog.PerNamed(s) }), needed: true},
	})
}

// MaxAnswer bounds cache.max_bytes: larger answers are never held as a whole.
const MaxAnswer = 8 << 20

// cache are the keys of every cache.
func cache(c *catalog.Cache) []field {
	return []field{
		{name: "ttl", about: "how long an answer is given again; without it nothing is kept", read: duration(&c.TTL), example: "1h"},
		{name: "max_bytes", about: "largest answer that is kept", read: size(&c.MaxBytes, 1, MaxAnswer, ": it is the largest answer that is kept; all together are bounded by cache.max_total"), def: "1MiB"},
		{name: "coalesce", about: "true: of identical requests at the same time one is sent, and the others wait for it", read: toggle(func(on bool) { c.Coalesce = on }), def: false},
	}
}

// globalCache reads the cache that counts where no other is said, and what bounds all.
func globalCache(c *Config) reader {
	return orFalse(&c.Catalog.Cache, append(cache(&c.Catalog.Cache),
		field{name: "max_total", about: "all kept answers together", read: size(&c.CacheBytes, 1<<20, 1<<40, ""), def: bytesText(DefaultCacheBytes)}))
}

// ownCache reads the cache of a model or a route. It says something only if it has a ttl.
func ownCache(c *catalog.Cache) reader {
	fields := cache(c)
	fields[0].needed = true
	return orFalse(c, fields)
}

// orFalse reads a cache, or false, which switches it off.
func orFalse(c *catalog.Cache, fields []field) reader {
	on := section(fields)
	off := reader{shape: is(shape{Const: false})}
	return reader{func(w *walk, n *node) {
		switch {
		case n.kind == mapping:
			on.read(w, n)
		case n.kind == boolean && n.text == "false":
			c.Off = true
		case n.kind != null:
			w.expected(n, "{ttl: 1h} or false")
		}
	}, either(off, on)}
}
