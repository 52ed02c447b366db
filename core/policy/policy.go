// Package policy makes the effective rules of one request: what the caller wrote in
// the body, else in the header, else as a suffix of the model's name, else what the
// configuration says. The first that speaks wins, field by field.
package policy

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// Source tells where a rule came from.
type Source string

// The sources, strongest first.
const (
	FromBody    Source = "body"
	FromHeader  Source = "header"
	FromSuffix  Source = "suffix"
	FromGlobal  Source = "global"
	FromDefault Source = "default"
)

// Policy are the effective rules of one request.
type Policy struct {
	Model          string // the id asked for, without suffix
	Strategy       catalog.Strategy
	StrategyFrom   Source
	Order          []string // provider names to try first
	Only           []string // nil: all
	Ignore         []string
	AllowFallbacks bool
	// Fallback are the ids of the models to try when the primary failed, in order,
	// without duplicates and without the primary.
	Fallback     []string
	FallbackFrom Source
	FallbackOn   catalog.FallbackOn
	MaxAttempts  int
	Deadline     time.Duration
	Warnings     []Warning
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
	bySuffix, err := p.findModel(cat, req.Model)
	if err != nil {
		return p, err
	}
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
	if err := said.readModels(req.Extensions.Models); err != nil {
		return p, err
	}
	return p, p.apply(cat, &said)
}

// findModel sets the model and gives the strategy that a suffix asks for.
func (p *Policy) findModel(cat *catalog.Catalog, asked string) (catalog.Strategy, *llm.Error) {
	if asked == "" {
		return 0, &llm.Error{Code: llm.CodeInvalidRequest, Param: "model", Message: `missing: name a model such as "` + first(cat.IDs()) + `"`}
	}
	if m := cat.Find(asked); m != nil { // an id that exists is never split
		p.Model = m.ID
		return catalog.StrategyNone, nil
	}
	name, suffix := asked, ""
	if i := strings.LastIndexByte(asked, ':'); i >= 0 {
		name, suffix = asked[:i], asked[i+1:]
	}
	if m := cat.Find(name); m != nil && suffix != "" {
		if s := suffixStrategy(suffix); s != catalog.StrategyNone {
			p.Model = m.ID
			return s, nil
		}
	}
	return 0, unknownModel(cat, asked, name)
}

func unknownModel(cat *catalog.Catalog, asked, name string) *llm.Error {
	msg := "no model " + strconv.Quote(clip(asked)) + " is configured"
	if len(name) <= maxName {
		if near := catalog.Nearest(name, cat.IDs()); near != "" {
			msg += "; did you mean " + strconv.Quote(near) + "?"
		}
	}
	return &llm.Error{Code: llm.CodeModelNotFound, Param: "model", Message: msg}
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

// apply merges what was said into p and resolves names.
func (p *Policy) apply(cat *catalog.Catalog, said *directives) *llm.Error {
	if said.strategy != catalog.StrategyNone {
		p.Strategy, p.StrategyFrom = said.strategy, said.strategyFrom
	}
	p.Order = p.known(cat, "order", said.order)
	p.Ignore = p.known(cat, "ignore", said.ignore)
	if said.only != nil {
		p.Only = append([]string{}, p.known(cat, "only", said.only)...)
	}
	if said.allowFallbacks != nil {
		p.AllowFallbacks = *said.allowFallbacks
	}
	fallback := cat.Routing().Fallback
	p.FallbackFrom = FromGlobal
	switch {
	case said.fallback != nil:
		fallback, p.FallbackFrom = said.fallback, said.fallbackFrom
	case !p.AllowFallbacks:
		fallback = nil
	}
	for i, name := range fallback {
		m := cat.Find(name)
		if m == nil {
			err := unknownModel(cat, name, name)
			err.Param = said.fallbackField + "[" + strconv.Itoa(i) + "]"
			err.Code, err.Status = llm.CodeModelNotFound, 404
			return err
		}
		if m.ID != p.Model && !contains(p.Fallback, m.ID) {
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
		p.warn("unknown_provider", "provider."+field+": there is no provider "+strconv.Quote(clip(n)))
	}
	return kept
}

const maxWarnings = 16

func (p *Policy) warn(code, msg string) {
	if len(p.Warnings) < maxWarnings {
		p.Warnings = append(p.Warnings, Warning{code, msg})
	}
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func first(names []string) string {
	if len(names) == 0 {
		return "author/name"
	}
	return names[0]
}

// maxName bounds how much of a caller's name is repeated or compared.
const maxName = 128

func clip(s string) string {
	if len(s) > maxName {
		return s[:maxName] + "…"
	}
	return s
}
