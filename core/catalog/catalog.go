package catalog

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"strowger/core/llm"
)

// Catalog is a validated Config with what is looked up often. It is immutable: a
// changed configuration makes a new Catalog, swapped in by one atomic store.
type Catalog struct {
	config    Config
	rev       string
	providers map[string]int
	models    map[string]int
	bare      map[string]string // name part -> the only id that ends so; "" if several
	ids       []string
}

// New validates cfg and builds a Catalog. The error is of type Problems and names
// every problem with its place.
func New(cfg Config) (*Catalog, error) {
	c := &Catalog{config: cfg, providers: map[string]int{}, models: map[string]int{}, bare: map[string]string{}}
	c.config.Providers = append([]Provider(nil), cfg.Providers...)
	c.config.Models = append([]Model(nil), cfg.Models...)
	var ps Problems
	ps = c.checkProviders(ps)
	ps = c.checkModels(ps)
	ps = c.checkRouting(ps)
	if len(ps) > 0 {
		return nil, ps
	}
	c.rev = revision(AppendJSON(nil, cfg))
	return c, nil
}

// Rev identifies the content of the catalog: 16 hexadecimal digits.
func (c *Catalog) Rev() string { return c.rev }

// Config is what the catalog was made from. It must not be changed.
func (c *Catalog) Config() *Config { return &c.config }

// Routing are the global rules with every default filled in.
func (c *Catalog) Routing() *Routing { return &c.config.Routing }

// IDs lists the ids of all models, sorted.
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

// Endpoint is the endpoint with that id, or nil.
func (c *Catalog) Endpoint(id string) *Endpoint {
	for i := range c.config.Models {
		for j := range c.config.Models[i].Endpoints {
			if e := &c.config.Models[i].Endpoints[j]; e.ID == id {
				return e
			}
		}
	}
	return nil
}

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
	return name == provider ||
		len(provider) > len(name) && provider[len(name)] == '/' && provider[:len(name)] == name
}

func (c *Catalog) checkProviders(ps Problems) Problems {
	for i := range c.config.Providers {
		p := &c.config.Providers[i]
		at := func(field, msg string) {
			ps = append(ps, Problem{Place: []string{"providers", p.Name, field}, Message: msg})
		}
		if !goodName(p.Name, "/.") {
			ps = append(ps, Problem{Place: []string{"providers", p.Name}, Message: `a provider's name is letters, digits, "-", "_", "." and "/"`})
		}
		if _, ok := c.providers[p.Name]; ok {
			ps = append(ps, Problem{Place: []string{"providers", p.Name}, Message: "defined twice"})
		}
		c.providers[p.Name] = i
		switch p.Schema {
		case llm.SchemaOpenAI:
		case llm.SchemaNone:
			at("schema", "missing; it is one of "+strings.Join(llm.SchemaNames(), ", "))
		default:
			at("schema", p.Schema.String()+" providers are not supported by this version")
		}
		p.BaseURL = strings.TrimRight(p.BaseURL, "/")
		if p.BaseURL == "" {
			at("base_url", "missing")
		}
		ps = checkTimeouts(ps, p.Timeouts, "providers", p.Name, "timeouts")
	}
	return ps
}

func checkTimeouts(ps Problems, t Timeouts, place ...string) Problems {
	for _, f := range [...]struct {
		name  string
		value int64
	}{{"connect", int64(t.Connect)}, {"first_token", int64(t.FirstToken)}, {"idle", int64(t.Idle)}, {"total", int64(t.Total)}} {
		if f.value < 0 {
			ps = append(ps, Problem{Place: append(append([]string(nil), place...), f.name), Message: "must not be negative"})
		}
	}
	return ps
}

func (c *Catalog) checkModels(ps Problems) Problems {
	for i := range c.config.Models {
		m := &c.config.Models[i]
		at := []string{"models", m.ID}
		author, name, ok := strings.Cut(m.ID, "/")
		switch {
		case !ok || author == "" || name == "" || !goodName(m.ID, "/.:@+"):
			ps = append(ps, Problem{Place: at, Message: "a model's id is author/name"})
		case c.Model(m.ID) != nil:
			ps = append(ps, Problem{Place: at, Message: "defined twice"})
		}
		c.models[m.ID] = i
		c.ids = append(c.ids, m.ID)
		if other, seen := c.bare[name]; seen && other != m.ID {
			c.bare[name] = ""
		} else {
			c.bare[name] = m.ID
		}
		if m.Quality < 0 || m.Quality > 1 {
			ps = append(ps, Problem{Place: append(at, "quality"), Message: "must be from 0 to 1"})
		}
		if len(m.Endpoints) == 0 {
			ps = append(ps, Problem{Place: at, Message: "has no endpoints: name at least one provider that serves it"})
		}
		m.Endpoints = append([]Endpoint(nil), m.Endpoints...)
		for j := range m.Endpoints {
			ps = c.checkEndpoint(ps, m, j, name)
		}
	}
	sort.Strings(c.ids)
	return ps
}

func (c *Catalog) checkEndpoint(ps Problems, m *Model, j int, name string) Problems {
	e := &m.Endpoints[j]
	place := []string{"models", m.ID, "endpoints", strconv.Itoa(j)}
	at := func(field, msg, near string) {
		ps = append(ps, Problem{Place: append(append([]string(nil), place...), field), Message: msg, Near: near})
	}
	i, ok := c.providers[e.Provider]
	if !ok {
		at("provider", "unknown provider "+strconv.Quote(e.Provider), Nearest(e.Provider, c.ProviderNames()))
		return ps
	}
	p := &c.config.Providers[i]
	if e.Name == "" {
		e.Name = name
	}
	e.ID, e.Model = p.Name+"/"+e.Name, m.ID
	for k := range j {
		if m.Endpoints[k].ID == e.ID {
			at("model", e.ID+" stands here twice", "")
		}
	}
	e.Schema, e.BaseURL, e.KeyRef, e.Headers = p.Schema, p.BaseURL, p.KeyRef, p.Headers
	e.Disabled = e.Disabled || p.Disabled
	if e.Weight == 0 {
		e.Weight = 1
	}
	for _, n := range [...]struct {
		field string
		value int64
	}{{"context", e.Context}, {"max_output", e.MaxOutput}, {"weight", int64(e.Weight)}, {"price", e.Price.least()}} {
		if n.value < 0 {
			at(n.field, "must not be negative", "")
		}
	}
	ps = checkTimeouts(ps, e.Timeouts, append(place, "timeouts")...)
	e.Timeouts = e.Timeouts.or(p.Timeouts).or(Timeouts{Connect: DefaultConnect, Idle: DefaultIdle, Total: DefaultTotal})
	return ps
}

// or fills the zero fields of t from d.
func (t Timeouts) or(d Timeouts) Timeouts {
	if t.Connect == 0 {
		t.Connect = d.Connect
	}
	if t.FirstToken == 0 {
		t.FirstToken = d.FirstToken
	}
	if t.Idle == 0 {
		t.Idle = d.Idle
	}
	if t.Total == 0 {
		t.Total = d.Total
	}
	return t
}

func (c *Catalog) checkRouting(ps Problems) Problems {
	r := &c.config.Routing
	if r.Strategy == StrategyNone {
		r.Strategy = StrategyPriority
	}
	for i, id := range r.Fallback {
		if c.Find(id) == nil {
			ps = append(ps, Problem{Place: []string{"routing", "fallback", strconv.Itoa(i)}, Message: "unknown model " + strconv.Quote(id), Near: Nearest(id, c.ids)})
		}
	}
	for i, status := range r.FallbackOn.Statuses {
		if status < 400 || status > 499 {
			ps = append(ps, Problem{Place: []string{"routing", "fallback_on", strconv.Itoa(i)}, Message: "a status must be from 400 to 499; 5xx fall back anyway"})
		}
	}
	for i, class := range r.FallbackOn.Classes {
		if class != ClassContextLength && class != ClassContentFilter {
			ps = append(ps, Problem{Place: []string{"routing", "fallback_on", strconv.Itoa(i)}, Message: "unknown class " + strconv.Quote(class), Near: Nearest(class, []string{ClassContextLength, ClassContentFilter})})
		}
	}
	setDefault(&r.MaxAttempts, DefaultMaxAttempts)
	setDefault(&r.Deadline, DefaultDeadline)
	setDefault(&r.Circuit.Failures, DefaultCircuitFailures)
	setDefault(&r.Circuit.CoolDown, DefaultCoolDown)
	setDefault(&r.Circuit.CoolDownMax, DefaultCoolDownMax)
	for _, n := range [...]struct {
		value int64
		place []string
	}{
		{int64(r.MaxAttempts), []string{"max_attempts"}}, {int64(r.Deadline), []string{"deadline"}},
		{int64(r.Circuit.Failures), []string{"circuit", "failures"}}, {int64(r.Circuit.CoolDown), []string{"circuit", "cool_down"}},
		{int64(r.Circuit.CoolDownMax - r.Circuit.CoolDown), []string{"circuit", "cool_down_max"}},
	} {
		if n.value < 0 {
			ps = append(ps, Problem{Place: append([]string{"routing"}, n.place...), Message: "too small"})
		}
	}
	return ps
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// goodName reports whether s is letters, digits, hyphen, underscore and bytes of extra.
func goodName(s, extra string) bool {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' {
			continue
		}
		if strings.IndexByte(extra, b) < 0 {
			return false
		}
	}
	return s != ""
}
