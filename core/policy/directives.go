package policy

import (
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/scan"
)

// directives are the wishes of one request, as said.
type directives struct {
	strategy            catalog.Strategy
	strategyFrom        Source
	order, only, ignore []string
	allowFallbacks      *bool
	fallback            []string // nil: not said
	fallbackFrom        Source
	fallbackField       string
}

// maxNames bounds every list of names in a request.
const maxNames = 64

// fields lists the fields of the provider object with their readers.
var fieldNames = []string{"order", "allow_fallbacks", "only", "ignore", "sort", "routing", "fallback"}

// read reads a provider object. What an earlier, weaker source said is replaced field
// by field. Unknown fields are passed over with a warning.
func (d *directives) read(doc []byte, place string, from Source, p *Policy) *llm.Error {
	r := fieldReader{doc: doc, place: place}
	var sort, routing catalog.Strategy
	m := scan.Object(doc)
	for m.Next() {
		key, v := string(m.Key()), m.Value()
		if v.Kind == scan.KindNull && known(key) {
			continue
		}
		switch key {
		case "order":
			d.order = r.names(key, v)
		case "only":
			d.only = r.names(key, v)
		case "ignore":
			d.ignore = r.names(key, v)
		case "allow_fallbacks":
			d.allowFallbacks = r.bool(key, v)
		case "sort":
			sort = r.strategy(key, v, sortNames)
		case "routing":
			routing = r.strategy(key, v, catalog.StrategyNames())
		case "fallback":
			d.fallback, d.fallbackFrom, d.fallbackField = r.names(key, v), from, r.param(key)
		default:
			p.warn("unknown_field", r.param(clip(key))+" is not a field that is acted on"+hint(key))
		}
		if r.err != nil {
			return r.err
		}
	}
	if err := m.Err(); err != nil {
		return r.bad("", "must be an object such as {\"sort\": \"price\"}: "+err.Error())
	}
	if sort != 0 && routing != 0 && sort != routing {
		return r.bad("sort", "is "+nameOf(sort)+" but routing is "+nameOf(routing)+": give one of the two")
	}
	if s := max(sort, routing); s != 0 {
		d.strategy, d.strategyFrom = s, from
	}
	return nil
}

// readModels reads the top-level models array, which means the same as provider.fallback.
func (d *directives) readModels(doc []byte) *llm.Error {
	if len(doc) == 0 || d.fallback != nil && d.fallbackFrom == FromBody {
		return nil
	}
	r := fieldReader{doc: doc}
	v := scan.Value{Kind: scan.KindNull, End: len(doc)}
	if doc[0] == '[' {
		v.Kind = scan.KindArray
	}
	d.fallback, d.fallbackFrom, d.fallbackField = r.names("models", v), FromBody, "models"
	return r.err
}

func known(key string) bool { return contains(fieldNames, key) }

func hint(key string) string {
	if len(key) > maxName {
		return ""
	}
	if near := catalog.Nearest(key, fieldNames); near != "" {
		return "; did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// sortNames are the legal values of sort.
var sortNames = []string{"price", "throughput", "latency"}

// nameOf is the strategy as a caller would write it.
func nameOf(s catalog.Strategy) string { return strconv.Quote(s.String()) }

// fieldReader reads the fields of an object; the first error stays.
type fieldReader struct {
	doc   []byte
	place string
	err   *llm.Error
}

func (r *fieldReader) param(field string) string {
	if r.place == "" {
		return field
	}
	if field == "" {
		return r.place
	}
	return r.place + "." + field
}

func (r *fieldReader) bad(field, msg string) *llm.Error {
	if r.err == nil {
		r.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: r.param(field), Message: msg}
	}
	return r.err
}

func (r *fieldReader) names(field string, v scan.Value) []string {
	names := []string{}
	if v.Kind != scan.KindArray {
		r.bad(field, "must be an array of names")
		return names
	}
	a := scan.ArrayAt(r.doc, v)
	for a.Next() {
		s, ok := scan.String(r.doc, a.Value())
		if !ok || s == "" {
			r.bad(field+"["+strconv.Itoa(len(names))+"]", "must be a name, as a string")
			return names
		}
		if len(names) == maxNames {
			r.bad(field, "may hold at most "+strconv.Itoa(maxNames)+" names")
			return names
		}
		names = append(names, s)
	}
	return names
}

func (r *fieldReader) bool(field string, v scan.Value) *bool {
	if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
		r.bad(field, "must be true or false")
	}
	b := v.Kind == scan.KindTrue
	return &b
}

// strategy reads a name; price is another word for cost.
func (r *fieldReader) strategy(field string, v scan.Value, legal []string) catalog.Strategy {
	s, ok := scan.String(r.doc, v)
	if ok && s == "price" {
		return catalog.StrategyCost
	}
	if !ok || !contains(legal, s) {
		r.bad(field, "must be one of "+strings.Join(legal, ", "))
		return catalog.StrategyNone
	}
	return catalog.StrategyNamed(s)
}
