// Package catalog holds what can be called: providers, models and the endpoints
// where a model is served, with prices, limits and abilities; and by whom and how: routes,
// client keys and the global rules of routing. It is built once from a Config and immutable
// after; secrets never enter it, only references to them.
package catalog

import (
	"slices"
	"strings"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/llm"
)

// Config is a catalog as given, before validation. Order is meaning: the endpoints of
// a model are in order of priority.
type Config struct {
	Providers  []Provider
	Models     []Model
	Aliases    []Alias
	Routing    Routing
	Routes     []Route
	Keys       []Key
	Cache      Cache
	CostLimits []CostLimit // of all requests together
	Timezone   string      // name in the IANA database; "" means UTC
}

// Provider is a company or server with a base URL, a schema and credentials.
type Provider struct {
	Name     string // as used in the provider object; a slash makes a variant: google/eu
	Schema   llm.Schema
	BaseURL  string // as in that vendor's own SDK, without the operation's path
	KeyRef   string // reference to the credential; the host resolves it at Send
	Headers  []Header
	Timeouts Timeouts
	Declared Declared // of its endpoints, unless they say otherwise
	// Assemble: callers without streaming are served from a stream, so that an answer that
	// is slow can be told from none.
	Assemble bool
	Disabled bool
}

// Header is one extra request header for a provider. Value may be a secret reference,
// which the host resolves.
type Header struct{ Name, Value string }

// IsSecret reports whether the header's name says that its value is one.
func (h Header) IsSecret() bool {
	name := strings.ToLower(h.Name)
	for _, s := range [...]string{"auth", "key", "token", "secret", "cookie"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// Model is what a caller asks for, author/name, with the endpoints that serve it.
type Model struct {
	ID        string
	Endpoints []Endpoint
	// Ability is what is known of how good it is, for auto mode.
	Ability pool.Ability
	Cache   Cache
}

// Endpoint is one model at one provider.
type Endpoint struct {
	ID       string // provider/name; set by New
	Provider string
	Model    string // the model's id; set by New
	Name     string // the provider's own name for it; the model's name part when empty
	Price    Price
	// PriceFrom says where the price is from and as of when, for people.
	PriceFrom string
	Context   int64 // tokens of input and output together; 0 means unknown
	MaxOutput int64 // tokens; 0 means unknown
	// Parameters lists what the endpoint supports; nil means everything.
	Parameters []string
	Prefill    bool
	Declared   Declared
	Disabled   bool
	// Weight is the share in a weighted choice among the arms of a route; 0 is never
	// chosen first. Elsewhere it means nothing.
	Weight   int
	Timeouts Timeouts // zero fields are taken from the provider, then the defaults

	// Set by New from the provider.
	Schema   llm.Schema
	BaseURL  string
	KeyRef   string
	Headers  []Header
	Assemble bool
}

// Timeouts bound one attempt. In an endpoint of a Catalog every field is set, except
// FirstToken: 0 means auto, three times the endpoint's p99 within bounds.
type Timeouts struct {
	Connect    time.Duration
	FirstToken time.Duration
	Idle       time.Duration
	Total      time.Duration
}

// The default timeouts of an attempt.
const (
	DefaultConnect = 5 * time.Second
	DefaultIdle    = 30 * time.Second
	DefaultTotal   = 10 * time.Minute
)

// Routing are the global rules; a zero field means its default.
type Routing struct {
	Strategy    Strategy
	Fallback    []string
	FallbackOn  FallbackOn
	MaxAttempts int           // per exchange; default 6
	Deadline    time.Duration // to the commit point; default 5m
	Hold        Hold
	Resume      Resume // default auto
	// Strict: an endpoint of another schema is left out if anything of the request would be
	// approximated or dropped there; nil says nothing, which means false.
	Strict  *bool
	Retry   Retry
	Circuit Circuit
	Auto    Auto
}

// Auto are the rules of auto mode. A route may have its own, but for Learn.
type Auto struct {
	Models     []string        // the pool; nil: every model that can chat
	Preference pool.Preference // none means balanced
	// Learn: verdicts on answers are kept, without what was said, and may correct the choice;
	// nil says nothing, which means true.
	Learn *bool
}

// FallbackOn is what triggers the next attempt beside the fixed triggers.
type FallbackOn struct {
	Statuses []int    // 400..499
	Classes  []string // context_length, content_filter
}

// The classes that FallbackOn may name.
const (
	ClassContextLength = "context_length"
	ClassContentFilter = "content_filter"
)

// Circuit are the limits of an endpoint's circuit.
type Circuit struct {
	Failures    int           // consecutive faults that open it; default 3
	CoolDown    time.Duration // first rest; default 8s, doubled each time
	CoolDownMax time.Duration // default 20s
}

// The defaults of Routing.
const (
	DefaultMaxAttempts     = 6
	DefaultDeadline        = 5 * time.Minute
	DefaultCircuitFailures = 3
	DefaultCoolDown        = 8 * time.Second
	DefaultCoolDownMax     = 20 * time.Second
	DefaultRetries         = 2
	DefaultBackoff         = 500 * time.Millisecond
	DefaultBackoffMax      = 8 * time.Second
	DefaultRetryAfterMax   = 3 * time.Second
)

// Strategy is how eligible endpoints are ranked.
type Strategy uint8

// The strategies. StrategyNone means none was chosen here.
const (
	StrategyNone Strategy = iota
	StrategyPriority
	StrategyCost
	StrategyLatency
	StrategyThroughput
	StrategyBalanced
	StrategyValue
	// StrategyWeighted is what load_balancing of a route means; nobody can ask for it by
	// name.
	StrategyWeighted
)

var strategyNames = [...]string{"", "priority", "cost", "latency", "throughput", "balanced", "value", "weighted"}

// String is the strategy's name as written in a configuration.
func (s Strategy) String() string {
	if int(s) < len(strategyNames) {
		return strategyNames[s]
	}
	return ""
}

// StrategyNamed is the strategy of that name; StrategyNone if there is none.
func StrategyNamed(name string) Strategy {
	return Strategy(max(slices.Index(strategyNames[:StrategyWeighted], name), 0))
}

// StrategyNames lists the names that can be asked for.
func StrategyNames() []string { return append([]string(nil), strategyNames[1:StrategyWeighted]...) }

// Reasons reports whether the model is known to reason: its parameters name it.
func (e *Endpoint) Reasons() bool {
	return slices.ContainsFunc(e.Parameters, func(p string) bool {
		return p == "reasoning" || p == "reasoning_effort" || p == "include_reasoning" || p == "thinking"
	})
}
