// Package policy makes the effective rules of one request: what the caller wrote in
// the body, else in the header, else as a suffix of the model's name, else what the
// configuration says. The first that speaks wins, field by field.
//
//	p, err := policy.Make(cat, req, header) // err is the caller's mistake
package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// Source tells where a rule came from.
type Source string

// The sources, strongest first. What the configuration leaves out comes from it too.
const (
	FromBody   Source = "body"
	FromHeader Source = "header"
	FromSuffix Source = "suffix"
	FromGlobal Source = "global"
)

// Policy are the effective rules of one request.
type Policy struct {
	Model        string // the id asked for, without suffix
	Strategy     catalog.Strategy
	StrategyFrom Source
	// Mixed: the endpoints of all models are compared with each other, instead of model
	// after model (sort.partition none).
	Mixed          bool
	Order          []string // provider names to try first
	Only           []string // nil: all
	Ignore         []string
	AllowFallbacks bool
	// RequireParameters: only endpoints that support every parameter in the request.
	RequireParameters bool
	MaxPrice          []PriceLimit
	// Demands are the fields by which the caller asks for what an endpoint must have
	// declared: data_collection, zdr, quantizations. In this version none can declare any.
	Demands []string
	// Fallback are the ids of the models to try when the primary failed, in order,
	// without duplicates and without the primary.
	Fallback     []string
	FallbackFrom Source
	FallbackOn   catalog.FallbackOn
	MaxAttempts  int
	Deadline     time.Duration
	Warnings     []Warning
}

// PriceLimit is the most that an endpoint may charge for prompt or completion (per
// million tokens), request or image (each).
type PriceLimit struct {
	Name string
	Most catalog.MicroDollars
}

// Warning is something in a request that was passed over: a code for the header
// x-strowger-warnings and a sentence for people.
type Warning struct{ Code, Message string }

// Make is the policy of req under cat. header is the value of x-strowger-provider, or
// empty. The error is the caller's mistake, with Param naming the field.
func Make(cat *catalog.Catalog, req *llm.Request, header []byte) (Policy, *llm.Error) {
	routing := cat.Routing()
	p := Policy{
		AllowFallbacks: true, FallbackOn: routing.FallbackOn,
		MaxAttempts: routing.MaxAttempts, Deadline: routing.Deadline,
		Strategy: routing.Strategy, StrategyFrom: FromGlobal,
	}
	if req.Model == "" {
		return p, &llm.Error{Code: llm.CodeInvalidRequest, Param: "model", Message: `missing: name a model such as "` + example(cat) + `"`}
	}
	m, bySuffix := resolve(cat, req.Model)
	if m == nil {
		return p, unknownModel(cat, "model", req.Model)
	}
	p.Model = m.ID
	if bySuffix != catalog.StrategyNone {
		p.Strategy, p.StrategyFrom = bySuffix, FromSuffix
	}
	var said directives
	if len(header) > 0 {
		if err := said.read(header, "x-strowger-provider", FromHeader, &p); err != nil {
			return p, err
		}
	}
	if len(req.Extensions.Provider) > 0 {
		if err := said.read(req.Extensions.Provider, "provider", FromBody, &p); err != nil {
			return p, err
		}
	}
	if err := said.readModels(req.Extensions.Models, &p); err != nil {
		return p, err
	}
	p.apply(cat, &said)
	return p, p.fallbacks(cat, &said)
}

// resolve is the model that name means, with the strategy that its suffix asks for. An id
// that exists is never split.
func resolve(cat *catalog.Catalog, name string) (*catalog.Model, catalog.Strategy) {
	if m := cat.Find(name); m != nil {
		return m, catalog.StrategyNone
	}
	name, suffix := cutSuffix(name)
	if s := suffixStrategy(suffix); s != catalog.StrategyNone {
		return cat.Find(name), s
	}
	return nil, catalog.StrategyNone
}

// cutSuffix splits at the last colon.
func cutSuffix(name string) (before, suffix string) {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// suffixStrategy is what a suffix of a model's name asks for.
func suffixStrategy(suffix string) catalog.Strategy {
	switch suffix {
	case "price", "floor":
		return catalog.StrategyCost
	case "throughput", "nitro":
		return catalog.StrategyThroughput
	case "latency":
		return catalog.StrategyLatency
	}
	return catalog.StrategyNone
}

// unknownModel is the error for a name that means no model, with what it may have meant.
func unknownModel(cat *catalog.Catalog, param, asked string) *llm.Error {
	msg := "no model " + quote(asked) + " is configured"
	name := asked
	base, suffix := cutSuffix(asked)
	if len(cat.Named(asked)) == 0 && (suffixStrategy(suffix) != catalog.StrategyNone || cat.Find(base) != nil) {
		name = base
	}
	switch ids := cat.Named(name); {
	case len(ids) > 1:
		const most = 8
		msg = quote(asked) + " may mean several models: " + strings.Join(ids[:min(len(ids), most)], ", ")
		if len(ids) > most {
			msg += ", …"
		}
	case name != asked && cat.Find(name) != nil:
		msg += ": " + quote(":"+suffix) + " is no suffix; the suffixes are price, throughput, latency, floor, nitro"
	case len(name) <= maxName:
		msg += didYouMean(cat.NearestModel(name))
	}
	return &llm.Error{Code: llm.CodeModelNotFound, Param: param, Message: msg}
}

// apply merges what was said into p, but for the fallback models.
func (p *Policy) apply(cat *catalog.Catalog, said *directives) {
	if said.strategy != catalog.StrategyNone {
		p.Strategy, p.StrategyFrom = said.strategy, said.strategyFrom
	}
	p.Mixed = isTrue(said.mixed)
	p.Order = p.known(cat, "order", said.order)
	p.Ignore = p.known(cat, "ignore", said.ignore)
	if said.only != nil { // of unknown names alone nothing is left, which allows nothing
		p.Only = append([]string{}, p.known(cat, "only", said.only)...)
	}
	p.AllowFallbacks = said.allowFallbacks == nil || *said.allowFallbacks
	p.RequireParameters = isTrue(said.requireParameters)
	p.MaxPrice = said.maxPrice
	for _, d := range []struct {
		name string
		said *bool
	}{{"data_collection", said.denyCollection}, {"zdr", said.zdr}, {"quantizations", said.quantized}} {
		if isTrue(d.said) {
			p.Demands = append(p.Demands, d.name)
		}
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// fallbacks resolves the fallback models: those of the request, else the configured ones
// unless fallbacks are off.
func (p *Policy) fallbacks(cat *catalog.Catalog, said *directives) *llm.Error {
	names := said.fallback
	p.FallbackFrom = said.fallbackFrom
	if names == nil {
		p.FallbackFrom = FromGlobal
		if p.AllowFallbacks {
			names = cat.Routing().Fallback
		}
	}
	for i, name := range names {
		m, bySuffix := resolve(cat, name)
		if m == nil {
			return unknownModel(cat, said.fallbackField+"["+strconv.Itoa(i)+"]", name)
		}
		if bySuffix != catalog.StrategyNone {
			p.warn("suffix_ignored", "the suffix of "+quote(name)+" is passed over: one strategy holds for all models of a request")
		}
		if m.ID != p.Model && !slices.Contains(p.Fallback, m.ID) {
			p.Fallback = append(p.Fallback, m.ID)
		}
	}
	return nil
}

// known drops provider names that do not exist, with a warning each.
func (p *Policy) known(cat *catalog.Catalog, field string, names []string) []string {
	kept := names[:0:0]
	for _, n := range names {
		if cat.HasProvider(n) {
			kept = append(kept, n)
			continue
		}
		near := ""
		if len(n) <= maxName {
			near = catalog.Nearest(n, cat.ProviderNames())
		}
		p.warn("unknown_provider", "provider."+field+": there is no provider "+quote(n)+didYouMean(near))
	}
	return kept
}

// maxWarnings bounds what one request can make us say.
const maxWarnings = 16

func (p *Policy) warn(code, msg string) {
	if len(p.Warnings) < maxWarnings {
		p.Warnings = append(p.Warnings, Warning{code, msg})
	}
}

// example is an id that exists, if there is one.
func example(cat *catalog.Catalog) string {
	if ids := cat.IDs(); len(ids) > 0 {
		return ids[0]
	}
	return "author/name"
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(near) + "?"
}

// maxName bounds how much of a caller's name is repeated or compared.
const maxName = 128

// quote is the caller's name as it stands in a message.
func quote(s string) string { return strconv.Quote(clip(s)) }

func clip(s string) string {
	if len(s) <= maxName {
		return s
	}
	end := maxName
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
