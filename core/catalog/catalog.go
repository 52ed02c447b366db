package catalog

import (
	"slices"
	"strings"
)

// Catalog is a validated Config with what is looked up often. It is immutable: a
// changed configuration makes a new Catalog, swapped in by one atomic store.
type Catalog struct {
	config    Config
	rev       string
	providers map[string]int
	names     []string        // of the providers
	called    map[string]bool // what callers may call them, in lower case
	models    map[string]int
	endpoints map[string]*Endpoint
	bare      map[string]string // name part -> the only id that ends so; "" if several
	ids       []string
	aliases   map[string]int
	routes    map[string]int
	keys      map[string]int
}

// New validates cfg and builds a Catalog. The error is of type Problems and names
// every problem with its place. What cfg refers to is copied.
func New(cfg Config) (*Catalog, error) {
	c := &Catalog{
		config: clone(cfg), providers: map[string]int{}, called: map[string]bool{}, models: map[string]int{},
		endpoints: map[string]*Endpoint{}, bare: map[string]string{},
		aliases: map[string]int{}, routes: map[string]int{}, keys: map[string]int{},
	}
	check := checker{Catalog: c}
	check.checkProviders()
	check.checkModels()
	check.checkAliases()
	check.checkGlobal()
	check.checkRoutes()
	check.checkKeys()
	if len(check.problems) > 0 {
		return nil, check.problems
	}
	c.rev = revision(AppendJSON(nil, c.config))
	return c, nil
}

// clone copies what a Catalog changes or must not see changed.
func clone(cfg Config) Config {
	cfg.Providers = slices.Clone(cfg.Providers)
	for i := range cfg.Providers {
		cfg.Providers[i].Headers = slices.Clone(cfg.Providers[i].Headers)
	}
	cfg.Models = slices.Clone(cfg.Models)
	for i := range cfg.Models {
		endpoints := slices.Clone(cfg.Models[i].Endpoints)
		for j := range endpoints {
			endpoints[j].Parameters = slices.Clone(endpoints[j].Parameters)
			endpoints[j].Price.Tiers = slices.Clone(endpoints[j].Price.Tiers)
		}
		cfg.Models[i].Endpoints = endpoints
	}
	cfg.Aliases = slices.Clone(cfg.Aliases)
	cfg.Routing = cloneRouting(cfg.Routing)
	cfg.Routes = slices.Clone(cfg.Routes)
	for i := range cfg.Routes {
		r := &cfg.Routes[i]
		r.Routing, r.CostLimits, r.Arms = cloneRouting(r.Routing), slices.Clone(r.CostLimits), slices.Clone(r.Arms)
		r.Endpoints, r.Retry = nil, Retry{}
		for j := range r.Arms {
			r.Arms[j].Price.Tiers = slices.Clone(r.Arms[j].Price.Tiers)
		}
	}
	cfg.Keys = slices.Clone(cfg.Keys)
	for i := range cfg.Keys {
		cfg.Keys[i].CostLimits = slices.Clone(cfg.Keys[i].CostLimits)
	}
	cfg.CostLimits = slices.Clone(cfg.CostLimits)
	return cfg
}

func cloneRouting(r Routing) Routing {
	r.Fallback = slices.Clone(r.Fallback)
	r.FallbackOn.Statuses = slices.Clone(r.FallbackOn.Statuses)
	r.FallbackOn.Classes = slices.Clone(r.FallbackOn.Classes)
	r.Retry.On = slices.Clone(r.Retry.On)
	r.Auto.Models = slices.Clone(r.Auto.Models)
	return r
}

// Rev identifies the content of the catalog, secrets aside: 16 hexadecimal digits.
func (c *Catalog) Rev() string { return c.rev }

// Config is what the catalog was made from, with every default filled in. A catalog made
// from it has the same Rev. It must not be changed.
func (c *Catalog) Config() *Config { return &c.config }

// Routing are the global rules with every default filled in.
func (c *Catalog) Routing() *Routing { return &c.config.Routing }

// IDs lists the ids of all models, sorted. It must not be changed.
func (c *Catalog) IDs() []string { return c.ids }

// Model is the model with that id, or nil.
func (c *Catalog) Model(id string) *Model {
	if i, ok := c.models[id]; ok {
		return &c.config.Models[i]
	}
	return nil
}

// Endpoint is the endpoint with that id, or nil; those that only a route names are found
// too. If several models or routes share it, it is that of the first, models before routes.
func (c *Catalog) Endpoint(id string) *Endpoint { return c.endpoints[id] }

// Key is the client key of that name, or nil.
func (c *Catalog) Key(name string) *Key {
	if i, ok := c.keys[name]; ok {
		return &c.config.Keys[i]
	}
	return nil
}

// HasProvider reports whether name is a provider, or the part before the slash of one.
func (c *Catalog) HasProvider(name string) bool { return c.called[strings.ToLower(name)] }

// ProviderNames lists the providers in their order. It must not be changed.
func (c *Catalog) ProviderNames() []string { return slices.Clip(c.names) }

// MatchProvider reports whether a caller's name means the provider: google matches
// google and google/eu, and so does Google, as OpenRouter's older examples spell it.
func MatchProvider(name, provider string) bool {
	if len(name) >= len(provider) {
		return strings.EqualFold(name, provider)
	}
	return name != "" && provider[len(name)] == '/' && strings.EqualFold(provider[:len(name)], name)
}
