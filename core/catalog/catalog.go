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
	models    map[string]int
	endpoints map[string]*Endpoint
	bare      map[string]string // name part -> the only id that ends so; "" if several
	ids       []string
}

// New validates cfg and builds a Catalog. The error is of type Problems and names
// every problem with its place. What cfg refers to is copied.
func New(cfg Config) (*Catalog, error) {
	c := &Catalog{
		config: clone(cfg), providers: map[string]int{}, models: map[string]int{},
		endpoints: map[string]*Endpoint{}, bare: map[string]string{},
	}
	check := checker{Catalog: c}
	check.checkProviders()
	check.checkModels()
	check.checkRouting()
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
		}
		cfg.Models[i].Endpoints = endpoints
	}
	r := &cfg.Routing
	r.Fallback = slices.Clone(r.Fallback)
	r.FallbackOn.Statuses = slices.Clone(r.FallbackOn.Statuses)
	r.FallbackOn.Classes = slices.Clone(r.FallbackOn.Classes)
	return cfg
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

// Find is the model that name means: its id, or the name part of exactly one id.
func (c *Catalog) Find(name string) *Model {
	if m := c.Model(name); m != nil {
		return m
	}
	if id := c.bare[name]; id != "" {
		return c.Model(id)
	}
	return nil
}

// Named lists the ids whose name part is name: several when it is ambiguous.
func (c *Catalog) Named(name string) (ids []string) {
	for _, id := range c.ids {
		if namePart(id) == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// NearestModel is the id that a misspelled name most likely means, or the empty string.
// A name without author is held against the name parts.
func (c *Catalog) NearestModel(name string) string {
	if strings.Contains(name, "/") {
		return Nearest(name, c.ids)
	}
	names := make([]string, len(c.ids))
	for i, id := range c.ids {
		names[i] = namePart(id)
	}
	if near := Nearest(name, names); near != "" {
		return c.ids[slices.Index(names, near)]
	}
	return ""
}

// namePart is what follows the author in an id.
func namePart(id string) string {
	_, name, _ := strings.Cut(id, "/")
	return name
}

// Endpoint is the endpoint with that id, or nil. If several models share it, it is that
// of the first.
func (c *Catalog) Endpoint(id string) *Endpoint { return c.endpoints[id] }

// HasProvider reports whether name is a provider, or the part before the slash of one.
func (c *Catalog) HasProvider(name string) bool {
	if _, ok := c.providers[name]; ok {
		return true
	}
	for i := range c.config.Providers {
		if MatchProvider(name, c.config.Providers[i].Name) {
			return true
		}
	}
	return false
}

// ProviderNames lists the providers in their order.
func (c *Catalog) ProviderNames() []string {
	names := make([]string, len(c.config.Providers))
	for i := range names {
		names[i] = c.config.Providers[i].Name
	}
	return names
}

// MatchProvider reports whether a caller's name means the provider: google matches
// google and google/eu.
func MatchProvider(name, provider string) bool {
	if len(name) >= len(provider) {
		return name == provider
	}
	return name != "" && provider[len(name)] == '/' && provider[:len(name)] == name
}
