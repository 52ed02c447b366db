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
	allowFallbacksFrom  Source
	requireParameters   *bool
	maxPrice            []PriceLimit
	maxLatency          []Preference
	minThroughput       []Preference
	denyCollection      *bool
	zdr                 *bool
	quantizations       []string
	hold                catalog.Hold
	resume              catalog.Resume
	strict              *bool
	strictFrom          Source
	fallback            []string
	fallbackFrom        Source
	fallbackField       string
}

// fieldNames are the fields of the provider object.
var fieldNames = [...]string{
	"order", "allow_fallbacks", "only", "ignore", "sort", "routing", "require_parameters", "fallback", "max_price",
	"preferred_max_latency", "preferred_min_throughput", "data_collection", "zdr", "quantizations",
	"hold", "resume", "strict",
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
	r := fieldReader{doc: doc, place: place, warnings: p.Warnings}
	var sort, routing wish
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
		case "allow_fallbacks":
			d.allowFallbacks, d.allowFallbacksFrom = r.bool(key, v), from
		case "strict":
			d.strict, d.strictFrom = r.bool(key, v), from
		default:
			d.field(&r, key, v)
		}
	}
	p.Warnings = r.warnings
	if r.err != nil {
		return r.err
	}
	if err := m.Err(); err != nil {
		return r.bad("", "must be an object such as {\"sort\": \"price\"}: "+err.Error())
	}
	if sort.strategy != 0 && routing.strategy != 0 && sort.strategy != routing.strategy {
		return r.bad("sort", `is "`+sort.word+`" but routing is "`+routing.word+`": give one of the two`)
	}
	if s := max(sort.strategy, routing.strategy); s != 0 {
		d.strategy, d.strategyFrom = s, from
	}
	return nil
}

// wish is a strategy with the word that the caller used for it.
type wish struct {
	strategy catalog.Strategy
	word     string
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
	case "require_parameters":
		d.requireParameters = r.bool(key, v)
	case "max_price":
		d.maxPrice = r.limits(key, v)
	case "data_collection":
		d.denyCollection = new(r.choice(key, v, collectionNames[:]) == "deny")
	case "zdr":
		d.zdr = r.bool(key, v)
	case "quantizations":
		d.quantizations = r.names(key, v)
	case "hold":
		d.hold = r.hold(v)
	case "resume":
		d.resume = catalog.ResumeNamed(r.choice(key, v, catalog.ResumeNames()))
	case "preferred_max_latency":
		d.maxLatency = r.preferences(key, v, Preference{Latency: true})
	case "preferred_min_throughput":
		d.minThroughput = r.preferences(key, v, Preference{})
	default:
		near := ""
		if len(key) <= maxName {
			near = catalog.Nearest(key, fieldNames[:])
		}
		r.unknown(r.param(clip(key)) + didYouMean(near))
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
func (r *fieldReader) sort(v scan.Value, mixed **bool) (s wish) {
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
			r.unknown(r.param("sort."+clip(string(m.Key()))) + "; it has by and partition")
		}
	}
	if err := m.Err(); err != nil {
		r.bad("sort", err.Error())
	}
	return s
}

// strategy reads a name; price is another word for cost.
func (r *fieldReader) strategy(field string, v scan.Value, legal []string) wish {
	if s, _ := scan.String(r.doc, v); s == "price" {
		return wish{catalog.StrategyCost, s}
	}
	s := r.choice(field, v, legal)
	return wish{catalog.StrategyNamed(s), s}
}

// limits reads an object of prices in dollars; they come in a fixed order.
func (r *fieldReader) limits(field string, v scan.Value) (list []PriceLimit) {
	var said [len(limitNames)]PriceLimit
	r.fields(field, v, limitNames[:], "an object of prices in US dollars", func(i int, v scan.Value) {
		said[i] = PriceLimit{limitNames[i], r.micro(field, limitNames[i], v, "must be a number of US dollars from 0 on")}
	})
	for _, s := range said {
		if s.Name != "" {
			list = append(list, s)
		}
	}
	return list
}

// preferences reads a speed, which is about the median, or an object of speeds by
// percentile: a latency in seconds, or tokens per second. All of them must be met for an
// endpoint to be preferred; who misses one is tried later, never left out
// (openrouter.ai/docs/guides/routing/provider-selection, performance thresholds).
func (r *fieldReader) preferences(field string, v scan.Value, like Preference) (list []Preference) {
	msg := "must be a number of tokens per second above 0"
	if like.Latency {
		msg = "must be a number of seconds above 0"
	}
	read := func(part string, v scan.Value, percentile int) Preference {
		p := like
		p.Percentile, p.Value = percentile, r.micro(field, part, v, msg)
		if !p.Latency {
			p.Value /= 1000
		}
		if p.Value == 0 {
			r.bad(within(field, part), msg)
		}
		return p
	}
	if v.Kind != scan.KindObject {
		return []Preference{read("", v, percentiles[0])}
	}
	var said [len(percentiles)]Preference
	r.fields(field, v, percentileNames[:], "a number or an object of numbers", func(i int, v scan.Value) {
		said[i] = read(percentileNames[i], v, percentiles[i])
	})
	for _, s := range said {
		if s.Percentile != 0 {
			list = append(list, s)
		}
	}
	return list
}

var (
	percentiles     = [...]int{50, 75, 90, 99}
	percentileNames = [...]string{"p50", "p75", "p90", "p99"}
)

// fields calls each with the place in legal of every member of an object that is not null.
func (r *fieldReader) fields(field string, v scan.Value, legal []string, what string, each func(int, scan.Value)) {
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		switch i := slices.Index(legal, string(m.Key())); {
		case i < 0:
			r.unknown(r.param(field+"."+clip(string(m.Key()))) + "; it has " + strings.Join(legal, ", "))
		case m.Value().Kind != scan.KindNull:
			each(i, m.Value())
		}
	}
	if m.Err() != nil {
		r.bad(field, "must be "+what+" with "+strings.Join(legal, ", "))
	}
}
