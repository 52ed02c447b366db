package catalog

import (
	"slices"
	"time"

	"strowger/core/llm"
)

// Route is a path of the user's own with its own rules. Zero fields are taken from the
// global rules. It answers its path, and its path with what an SDK adds to a base URL.
type Route struct {
	Path   string     // /support; letters, digits, hyphen, underscore and slash
	Schema llm.Schema // openai if none is given
	// Failover: the next provider is tried on failure; without it only the chosen one is. It
	// needs two or more arms. With fewer there is nothing that could be switched off, so that
	// fallback models are on.
	Failover bool
	// LoadBalancing: the first provider is chosen by weight, instead of by order. It needs
	// two or more arms.
	LoadBalancing bool
	Sticky        Sticky // needs LoadBalancing
	Cache         Cache
	CostLimits    []CostLimit
	// Routing are the route's own rules. Circuit is the global one and stays zero. Lists that
	// are empty but not nil are said: no fallback models here, no further triggers. Fallback
	// models need Failover if there are two or more arms: without it the attempt that failed
	// is the last, and a list that never counts would be a surprise.
	Routing  Routing
	Timeouts Timeouts
	// Arms are the providers that serve the route, in order; none: those of the model
	// that the request names.
	Arms []Arm

	// Endpoints stand for the arms, one each, in their order. Set by New. Timeouts are the
	// arm's before the route's before those of model and provider. The endpoint of an arm
	// without a model has a provider, a weight and timeouts of arm and route only: the
	// request's model at that provider fills the rest, see Serving.
	Endpoints []Endpoint
	// Retry is Routing.Retry with its gaps filled from the global rules. Set by New.
	Retry Retry
}

// Arm is a provider of a route.
type Arm struct {
	Provider string
	// Model is the provider's own name of the model, or a catalog id; empty: the
	// request's model.
	Model string
	// Weight is the arm's share, 1..100; 0 drains it: it is never chosen first. One arm
	// alone has the weight 1.
	Weight  int
	Timeout time.Duration // of the whole outgoing request; 0: as elsewhere
	Price   Price         // instead of the catalog's, if it is Known
}

// Sticky says by what a weighted choice stays the same.
type Sticky uint8

// What a choice can stick to.
const (
	StickyNone Sticky = iota
	StickyUser
	StickySession
	StickyKey
)

var stickyNames = [...]string{"", "user", "session", "key"}

// String is the name as written in a configuration.
func (s Sticky) String() string {
	if int(s) < len(stickyNames) {
		return stickyNames[s]
	}
	return ""
}

// StickyNamed is what has that name; StickyNone if nothing has.
func StickyNamed(name string) Sticky {
	return Sticky(max(slices.Index(stickyNames[:], name), 0))
}

// StickyNames lists the legal names.
func StickyNames() []string { return append([]string(nil), stickyNames[1:]...) }

// Cache says whether complete answers are kept and given again to the same question. It is
// on if TTL is above 0. The zero value says nothing, so that a wider rule counts; Off
// switches a wider rule off.
type Cache struct {
	TTL time.Duration
	Off bool
	// MaxBytes is the largest answer that is kept; 0 means MaxCached.
	MaxBytes int64
	// Coalesce: of identical requests in flight one is sent, the others wait for it.
	Coalesce bool
}

// MaxCached is the largest answer that is kept if nothing else is said, in bytes.
const MaxCached = 1 << 20

// Said reports whether c says anything.
func (c Cache) Said() bool { return c.TTL > 0 || c.Off }

// Alias is another name of a model. Means names the model itself, not another alias, and
// may carry a suffix: openai/gpt-4o-mini:latency.
type Alias struct{ Name, Means string }

// Declared is what an endpoint is said to keep to. What is not declared is not satisfied.
type Declared struct {
	NoCollection bool   // data_collection: deny
	ZDR          bool   // zero data retention
	Quantization string // fp8, int4, …
}
