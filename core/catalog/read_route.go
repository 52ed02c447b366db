package catalog

import (
	"strowger/core/llm"
	"strowger/core/scan"
)

func (r *reader) alias(v scan.Value) (a Alias) {
	r.nested(v, "aliases", map[string]func(scan.Value){"name": r.str(&a.Name, "name"), "means": r.str(&a.Means, "means")})
	return a
}

func (r *reader) route(v scan.Value) (t Route) {
	r.nested(v, "routes", map[string]func(scan.Value){
		"path":           r.str(&t.Path, "path"),
		"schema":         r.schema(&t.Schema),
		"failover":       r.bool(&t.Failover, "failover"),
		"load_balancing": r.bool(&t.LoadBalancing, "load_balancing"),
		"sticky":         r.named("sticky", func(s string) bool { t.Sticky = StickyNamed(s); return t.Sticky != StickyNone }),
		"cache":          r.cache(&t.Cache),
		"cost_limits":    readList(r, &t.CostLimits, "cost_limits", r.costLimit),
		"routing":        func(v scan.Value) { t.Routing = r.routing(v) },
		"timeouts_us":    r.timeouts(&t.Timeouts, "timeouts_us"),
		"arms":           readList(r, &t.Arms, "arms", r.arm),
	})
	return t
}

func (r *reader) arm(v scan.Value) (a Arm) {
	r.nested(v, "arms", map[string]func(scan.Value){
		"provider":   r.str(&a.Provider, "provider"),
		"model":      r.str(&a.Model, "model"),
		"weight":     r.int("weight", func(n int64) { a.Weight = int(n) }),
		"timeout_us": r.micros(&a.Timeout, "timeout_us"),
		"price":      r.price(&a.Price),
	})
	return a
}

func (r *reader) key(v scan.Value) (k Key) {
	r.nested(v, "keys", map[string]func(scan.Value){
		"name":          r.str(&k.Name, "name"),
		"sha256":        r.str(&k.SHA256, "sha256"),
		"cost_limits":   readList(r, &k.CostLimits, "cost_limits", r.costLimit),
		"rate_requests": r.int("rate_requests", func(n int64) { k.Rate.Requests = int(n) }),
		"rate_per_us":   r.micros(&k.Rate.Per, "rate_per_us"),
	})
	return k
}

func (r *reader) costLimit(v scan.Value) (l CostLimit) {
	r.nested(v, "cost_limits", map[string]func(scan.Value){
		"most": r.int("most", func(n int64) { l.Most = n }),
		"per":  r.named("per", func(s string) bool { l.Per = PerNamed(s); return l.Per != PerNone }),
	})
	return l
}

func (r *reader) cache(at *Cache) func(scan.Value) {
	return func(v scan.Value) {
		r.nested(v, "cache", map[string]func(scan.Value){
			"ttl_us":    r.micros(&at.TTL, "ttl_us"),
			"off":       r.bool(&at.Off, "off"),
			"max_bytes": r.int("max_bytes", func(n int64) { at.MaxBytes = n }),
			"coalesce":  r.bool(&at.Coalesce, "coalesce"),
		})
	}
}

func (r *reader) declared(at *Declared) func(scan.Value) {
	return func(v scan.Value) {
		r.nested(v, "declared", map[string]func(scan.Value){
			"no_collection": r.bool(&at.NoCollection, "no_collection"),
			"zdr":           r.bool(&at.ZDR, "zdr"),
			"quantization":  r.str(&at.Quantization, "quantization"),
		})
	}
}

func (r *reader) price(at *Price) func(scan.Value) {
	return func(v scan.Value) {
		fields := r.prices(at)
		fields["tiers"] = readList(r, &at.Tiers, "tiers", r.tier)
		r.nested(v, "price", fields)
	}
}

// prices makes p known, and reads its unit prices.
func (r *reader) prices(p *Price) map[string]func(scan.Value) {
	p.Known = true
	fields := map[string]func(scan.Value){}
	for _, f := range priceFields(p) {
		fields[f.name] = r.int(f.name, func(n int64) { *f.at = n })
	}
	return fields
}

func (r *reader) tier(v scan.Value) (t Tier) {
	fields := r.prices(&t.Price)
	fields["above"] = r.int("above", func(n int64) { t.Above = n })
	r.nested(v, "tiers", fields)
	return t
}

func (r *reader) schema(at *llm.Schema) func(scan.Value) {
	return r.named("schema", func(s string) bool { *at = llm.SchemaNamed(s); return *at != llm.SchemaNone })
}

// readList reads an array whose elements one reads.
func readList[T any](r *reader, at *[]T, place string, one func(scan.Value) T) func(scan.Value) {
	return func(v scan.Value) {
		r.array(v, place, func(v scan.Value) { *at = append(*at, one(v)) })
	}
}
