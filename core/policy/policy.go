// Package policy makes the effective rules of one request: what the caller wrote in
// the body, else in the header, else as a suffix of the model's name, else what the
// route says, else the configuration. The first that speaks wins, field by field.
//
//	p, err := policy.Make(cat, req, policy.Given{Header: header}) // err is the caller's mistake
package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Source tells where a rule came from.
type Source string

// The sources, strongest first. What the configuration leaves out comes from it too.
const (
	FromBody   Source = "body"
	FromHeader Source = "header"
	FromSuffix Source = "suffix"
	FromRoute  Source = "route"
	FromGlobal Source = "global"
)

// Policy are the effective rules of one request.
type Policy struct {
	// Model is the id asked for, without alias and suffix; on a route whose arms all name
	// their model, that of the first of them, which need not be in the catalog.
	Model        string
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
	Demands           Demands
	// Fallback are the ids of the models to try when the primary failed, in order,
	// without duplicates and without the primary.
	Fallback     []string
	FallbackFrom Source
	FallbackOn   catalog.FallbackOn
	MaxAttempts  int
	Deadline     time.Duration
	Warnings     []Warning

	// Preferred are the speeds that the caller would rather have: who misses one goes last.
	Preferred []Preference
	// Route is the path of the route that the request came by; empty if by none.
	Route string
	// Arms are the endpoints that stand for the primary model, if the route names them; nil:
	// the model's own. None is left if no provider of the route serves the model.
	Arms []catalog.Endpoint
	// Stick, unless 0, decides a weighted choice instead of chance.
	Stick uint64
	// Timeouts are the route's, for endpoints that are not of Arms, which have them already;
	// zero fields are the endpoint's own.
	Timeouts catalog.Timeouts
	Cache    Cache
	// Key is the name of the client key; empty if there is none.
	Key string
	// Rate is how often requests with that key may come.
	Rate catalog.Rate
	// Limits are the limits on money that hold for this request, all at once.
	Limits []Limit
}

// Demands are what an endpoint must have declared to be eligible.
type Demands struct {
	NoCollection  bool     // data_collection: deny
	ZDR           bool     // zero data retention
	Quantizations []string // one of them; nil: any
}

// Preference is a speed that the caller would rather have: of Latency at most Value µs to
// the first token, else at least Value thousandths of a token per second. Percentile is
// 50, 75, 90 or 99.
type Preference struct {
	Latency    bool
	Percentile int
	Value      int64
}

// Cache is what the cache may do for a request; it is off if TTL is 0.
type Cache struct {
	catalog.Cache
	NoRead  bool // cache-control: no-cache
	NoWrite bool // cache-control: no-store
}

// The accounts that money is counted in: one for everything, one for each route and key,
// whose path or name follows.
const (
	AccountAll   = "all"
	AccountRoute = "route "
	AccountKey   = "key "
)

// Limit is a limit on money with the account that it is kept in: "all", "route /support"
// or "key laptop".
type Limit struct {
	Account string
	catalog.CostLimit
}

// String is the limit for a sentence: $5 per day of route /support. That of everything names
// no account.
func (l Limit) String() string {
	s := "$" + llm.Dollars(l.Most) + " per " + l.Per.String()
	if l.Account != AccountAll {
		s += " of " + l.Account
	}
	return s
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

// Given is what comes with a request beside its body. The zero value is nothing.
type Given struct {
	Header       []byte         // the value of x-strowger-provider
	CacheControl string         // the value of cache-control
	Route        *catalog.Route // the request came by
	Key          string         // name of the client key
}

// noRoute says nothing. It is never changed.
var noRoute catalog.Route

// Make is the policy of req under cat. The error is the caller's mistake, with Param
// naming the field.
func Make(cat *catalog.Catalog, req *llm.Request, given Given) (Policy, *llm.Error) {
	m := maker{cat: cat, req: req, given: given, route: given.Route}
	if m.route == nil {
		m.route = &noRoute
	}
	m.configured()
	if err := m.primary(); err != nil {
		return m.p, err
	}
	if err := m.read(); err != nil {
		return m.p, err
	}
	m.apply()
	if err := m.fallbacks(); err != nil {
		return m.p, err
	}
	m.arms()
	m.account()
	return m.p, m.left()
}

// maker is one policy in the making.
type maker struct {
	cat   *catalog.Catalog
	req   *llm.Request
	given Given
	route *catalog.Route // noRoute, if the request came by none
	model *catalog.Model // the primary one; nil if the route's arms name all models
	said  directives
	p     Policy
}

// configured fills in what the configuration says, the route before all else.
func (m *maker) configured() {
	global, route, p := m.cat.Routing(), &m.route.Routing, &m.p
	p.Route, p.Timeouts = m.route.Path, m.route.Timeouts
	p.AllowFallbacks = m.route.Failover || len(m.route.Arms) < 2
	p.MaxAttempts, p.Deadline, p.FallbackOn = global.MaxAttempts, global.Deadline, global.FallbackOn
	if route.MaxAttempts > 0 {
		p.MaxAttempts = route.MaxAttempts
	}
	if route.Deadline > 0 {
		p.Deadline = route.Deadline
	}
	if route.FallbackOn.Statuses != nil || route.FallbackOn.Classes != nil {
		p.FallbackOn = route.FallbackOn
	}
	p.StrategyFrom = FromRoute
	switch {
	case m.route.LoadBalancing:
		p.Strategy = catalog.StrategyWeighted
	case route.Strategy != catalog.StrategyNone:
		p.Strategy = route.Strategy
	case len(m.route.Arms) > 0: // their order is what was configured
		p.Strategy = catalog.StrategyPriority
	default:
		p.Strategy, p.StrategyFrom = global.Strategy, FromGlobal
	}
}

// primary resolves the model that the request names. On a route whose arms all name theirs
// it may be missing or unknown; a suffix counts all the same.
func (m *maker) primary() *llm.Error {
	open := m.route.Open()
	name, param := m.named()
	if name == "" && open {
		return &llm.Error{Code: llm.CodeInvalidRequest, Param: "model", Message: `missing: name a model such as "` + example(m.cat) + `"`}
	}
	model, bySuffix := m.cat.Resolve(name)
	if bySuffix != catalog.StrategyNone {
		m.p.Strategy, m.p.StrategyFrom = bySuffix, FromSuffix
	}
	switch {
	case !open:
		m.p.Model = m.route.Endpoints[0].Model
		return nil
	case model == nil:
		return unknownModel(m.cat, param, name)
	}
	m.model, m.p.Model = model, model.ID
	return nil
}

// named is the model that the request asks for, and the field that says so: without one it
// is the first of models (openrouter.ai/docs/guides/routing/model-fallbacks).
func (m *maker) named() (name, param string) {
	if list := scan.Array(m.req.Extensions.Models); m.req.Model == "" && list.Next() {
		name, _ = scan.String(m.req.Extensions.Models, list.Value())
		return name, "models[0]"
	}
	return m.req.Model, "model"
}

// read reads what the caller said beside the model's name.
func (m *maker) read() *llm.Error {
	if len(m.given.Header) > 0 {
		if err := m.said.read(m.given.Header, "x-strowger-provider", FromHeader, &m.p); err != nil {
			return err
		}
	}
	if len(m.req.Extensions.Provider) > 0 {
		if err := m.said.read(m.req.Extensions.Provider, "provider", FromBody, &m.p); err != nil {
			return err
		}
	}
	return m.said.readModels(m.req.Extensions.Models, &m.p)
}

// unknownModel is the error for a name that means no model, with what it may have meant.
func unknownModel(cat *catalog.Catalog, param, asked string) *llm.Error {
	msg := "no model " + quote(asked) + " is configured"
	name := asked
	base, suffix, asks := catalog.CutSuffix(asked)
	known, _ := cat.Resolve(base)
	if len(cat.Named(asked)) == 0 && (asks != catalog.StrategyNone || known != nil) {
		name = base
	}
	switch ids := cat.Named(name); {
	case len(ids) > 1:
		const most = 8
		msg = quote(asked) + " may mean several models: " + strings.Join(ids[:min(len(ids), most)], ", ")
		if len(ids) > most {
			msg += ", …"
		}
	case name != asked && known != nil:
		msg += ": " + quote(":"+suffix) + " is no suffix; the suffixes are " + strings.Join(catalog.SuffixNames(), ", ")
	case len(name) <= maxName:
		msg += didYouMean(cat.NearestModel(name))
	}
	return &llm.Error{Code: llm.CodeModelNotFound, Param: param, Message: msg}
}

// apply merges what was said into the policy, but for the fallback models.
func (m *maker) apply() {
	p, said := &m.p, &m.said
	if said.strategy != catalog.StrategyNone {
		p.Strategy, p.StrategyFrom = said.strategy, said.strategyFrom
	}
	p.Mixed = isTrue(said.mixed)
	p.Order = p.known(m.cat, "order", said.order)
	p.Ignore = p.known(m.cat, "ignore", said.ignore)
	if said.only != nil { // of unknown names alone nothing is left, which allows nothing
		p.Only = append([]string{}, p.known(m.cat, "only", said.only)...)
	}
	if said.allowFallbacks != nil {
		p.AllowFallbacks = *said.allowFallbacks
	}
	p.RequireParameters = isTrue(said.requireParameters)
	p.MaxPrice = said.maxPrice
	p.Preferred = append(append(p.Preferred, said.maxLatency...), said.minThroughput...)
	p.Demands = Demands{NoCollection: isTrue(said.denyCollection), ZDR: isTrue(said.zdr), Quantizations: said.quantizations}
}

func isTrue(b *bool) bool { return b != nil && *b }

// fallbacks resolves the fallback models: those of the request, else the configured ones
// unless fallbacks are off.
func (m *maker) fallbacks() *llm.Error {
	p, names := &m.p, m.said.fallback
	p.FallbackFrom = m.said.fallbackFrom
	if names == nil {
		names, p.FallbackFrom = m.route.Routing.Fallback, FromRoute
		if names == nil {
			names, p.FallbackFrom = m.cat.Routing().Fallback, FromGlobal
		}
		if !p.AllowFallbacks {
			names = nil
		}
	}
	for i, name := range names {
		model, bySuffix := m.cat.Resolve(name)
		if model == nil {
			return unknownModel(m.cat, m.said.fallbackField+"["+strconv.Itoa(i)+"]", name)
		}
		if model.ID == p.Model {
			continue
		}
		if bySuffix != catalog.StrategyNone && m.said.fallback != nil {
			p.warn("suffix_ignored", "the suffix of "+quote(name)+" is passed over: one strategy holds for all models of a request")
		}
		if !slices.Contains(p.Fallback, model.ID) {
			p.Fallback = append(p.Fallback, model.ID)
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
