// Package policy makes the effective rules of one request: what the caller wrote in
// the body, else in the header, else as a suffix of the model's name, else what the
// route says, else the configuration. The first that speaks wins, field by field.
//
//	p, err := policy.Make(cat, req, policy.Given{Header: header}) // err is the caller's mistake
package policy

import (
	"time"

	"strowger/core/auto/pool"
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
	// Auto: the model is chosen among several by the request; nil: the caller names it. Then
	// Model is the first of the pool until it is chosen.
	Auto *Auto
	// Mixed: the endpoints of all models are compared with each other, instead of model
	// after model (sort.partition none).
	Mixed              bool
	Order              []string // provider names to try first
	Only               []string // nil: all
	Ignore             []string
	AllowFallbacks     bool
	AllowFallbacksFrom Source
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
	Hold         catalog.Hold
	Resume       catalog.Resume
	Retry        *catalog.Retry // never nil; not to be changed
	// Strict: an endpoint of another schema is left out if anything would be lost there.
	Strict     bool
	StrictFrom Source
	Warnings   []Warning

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

// Auto is how a model is chosen.
type Auto struct {
	Pool           []string // ids of models, without duplicates, at least one
	PoolFrom       Source
	Preference     pool.Preference // never PreferenceNone
	PreferenceFrom Source
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
