package policy

import (
	"slices"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/scan"
)

// directives are the wishes of one request, as said; nil is not said.
type directives struct {
	strategy            catalog.Strategy
	strategyFrom        Source
	mixed               *bool
	order, only, ignore []string
	allowFallbacks      *bool
	requireParameters   *bool
	maxPrice            []PriceLimit
	denyCollection      *bool
	zdr                 *bool
	quantized           *bool
	fallback            []string
	fallbackFrom        Source
	fallbackField       string
}

// fieldNames are the fields of the provider object.
var fieldNames = [...]string{
	"order", "allow_fallbacks", "only", "ignore", "sort", "routing", "require_parameters", "fallback", "max_price",
	"preferred_max_latency", "preferred_min_throughput", "data_collection", "zdr", "quantizations",
}

// The legal values of fields with few of them.
var (
	sortNames       = [...]string{"price", "throughput", "latency"}
	partitionNames  = [...]string{"model", "none"}
	collectionNames = [...]string{"allow", "deny"}
	limitNames      = [...]string{"prompt", "completion", "request", "image"}
)

// read reads a provider object. What an earlier, weaker source said is replaced field
// by field. A null says nothing. Unknown fields are passed over with a warning.
func (d *directives) read(doc []byte, place string, from Source, p *Policy) *llm.Error {
	r := fieldReader{doc: doc, place: place, policy: p}
	var sort, routing catalog.Strategy
	m := scan.Object(doc)
	for m.Next() && r.err == nil {
		v := m.Value()
		if v.Kind == scan.KindNull && known(string(m.Key())) {
			continue
		}
		switch key := string(m.Key()); key {
		case "sort":
			sort = r.sort(v, &d.mixed)
		case "routing":
			routing = r.strategy(key, v, catalog.StrategyNames())
		case "fallback":
			d.fallback, d.fallbackFrom, d.fallbackField = r.names(key, v), from, r.param(key)
		default:
			d.field(&r, key, v)
		}
	}
	if r.err != nil {
		return r.err
	}
	if err := m.Err(); err != nil {
		return r.bad("", "must be an object such as {\"sort\": \"price\"}: "+err.Error())
	}
	if sort != 0 && routing != 0 && sort != routing {
		return r.bad("sort", `is "`+sort.String()+`" but routing is "`+routing.String()+`": give one of the two`)
	}
	if s := max(sort, routing); s != 0 {
		d.strategy, d.strategyFrom = s, from
	}
	return nil
}

// field reads a field that stands for itself.
func (d *directives) field(r *fieldReader, key string, v scan.Value) {
	switch key {
	case "order":
		d.order = r.names(key, v)
	case "only":
		d.only = r.names(key, v)
	case "ignore":
		d.ignore = r.names(key, v)
	case "allow_fallbacks":
		d.allowFallbacks = r.bool(key, v)
	case "require_parameters":
		d.requireParameters = r.bool(key, v)
	case "max_price":
		d.maxPrice = r.limits(key, v)
	case "data_collection":
		d.denyCollection = new(r.choice(key, v, collectionNames[:]) == "deny")
	case "zdr":
		d.zdr = r.bool(key, v)
	case "quantizations": // what is not declared is unknown
		d.quantized = new(!slices.Contains(r.names(key, v), "unknown"))
	case "preferred_max_latency", "preferred_min_throughput":
		r.policy.warn("not_supported", r.param(key)+" is not acted on by this version")
	default:
		near := ""
		if len(key) <= maxName {
			near = catalog.Nearest(key, fieldNames[:])
		}
		r.policy.warn("unknown_field", "unknown field "+r.param(clip(key))+didYouMean(near))
	}
}

// readModels reads the top-level models array, which means the same as provider.fallback.
func (d *directives) readModels(doc []byte, p *Policy) *llm.Error {
	r := fieldReader{doc: doc}
	switch {
	case len(doc) == 0 || string(doc) == "null":
		return nil
	case d.fallback != nil && d.fallbackFrom == FromBody:
		p.warn("models_ignored", "models is passed over, because provider.fallback is given too")
		return nil
	}
	elements := scan.Array(doc)
	d.fallback, d.fallbackFrom, d.fallbackField = r.elements("models", &elements), FromBody, "models"
	return r.err
}

func known(key string) bool { return slices.Contains(fieldNames[:], key) }

// sort reads a name, or an object with a name and a partition.
func (r *fieldReader) sort(v scan.Value, mixed **bool) (s catalog.Strategy) {
	if v.Kind != scan.KindObject {
		return r.strategy("sort", v, sortNames[:])
	}
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		switch v := m.Value(); {
		case v.Kind == scan.KindNull:
		case m.KeyIs("by"):
			s = r.strategy("sort.by", v, sortNames[:])
		case m.KeyIs("partition"):
			*mixed = new(r.choice("sort.partition", v, partitionNames[:]) == "none")
		default:
			r.policy.warn("unknown_field", "unknown field "+r.param("sort."+clip(string(m.Key())))+"; it has by and partition")
		}
	}
	if err := m.Err(); err != nil {
		r.bad("sort", err.Error())
	}
	return s
}

// strategy reads a name; price is another word for cost.
func (r *fieldReader) strategy(field string, v scan.Value, legal []string) catalog.Strategy {
	if s, _ := scan.String(r.doc, v); s == "price" {
		return catalog.StrategyCost
	}
	return catalog.StrategyNamed(r.choice(field, v, legal))
}

// limits reads an object of prices in dollars.
func (r *fieldReader) limits(field string, v scan.Value) []PriceLimit {
	legal := strings.Join(limitNames[:], ", ")
	var said [len(limitNames)]*PriceLimit
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		name, v := string(m.Key()), m.Value()
		if !slices.Contains(limitNames[:], name) {
			r.policy.warn("unknown_field", "unknown field "+r.param(field+"."+clip(name))+"; the prices are "+legal)
			continue
		}
		if v.Kind == scan.KindNull {
			continue
		}
		for i, n := range limitNames {
			if n == name {
				said[i] = &PriceLimit{name, r.dollars(field+"."+name, v)}
			}
		}
	}
	if m.Err() != nil {
		r.bad(field, "must be an object of prices in US dollars; the prices are "+legal)
	}
	var limits []PriceLimit // in a fixed order
	for _, l := range said {
		if l != nil {
			limits = append(limits, *l)
		}
	}
	return limits
}
