package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"strowger/core/llm"
)

// checker finds the problems of a Catalog in the making and fills in what is derived.
type checker struct {
	*Catalog
	problems Problems
}

func (c *checker) report(place []string, field, msg, near string) {
	place = slices.Clone(place)
	if field != "" {
		place = append(place, strings.Split(field, ".")...)
	}
	c.problems = append(c.problems, Problem{Place: place, Message: msg, Near: near})
}

func (c *checker) checkProviders() {
	for i := range c.config.Providers {
		p := &c.config.Providers[i]
		place := []string{"providers", p.Name}
		if !goodName(p.Name, ".") {
			c.report(place, "", `a provider's name is letters, digits, "-", "_", "." and, between them, "/"`, "")
		}
		if _, ok := c.providers[p.Name]; ok {
			c.report(place, "", "defined twice", "")
		}
		c.providers[p.Name] = i
		switch p.Schema {
		case llm.SchemaOpenAI:
		case llm.SchemaNone:
			c.report(place, "schema", "missing; it is one of "+strings.Join(llm.SchemaNames(), ", "), "")
		default:
			c.report(place, "schema", p.Schema.String()+" providers are not supported by this version", "")
		}
		p.BaseURL = strings.TrimRight(p.BaseURL, "/")
		if p.BaseURL == "" {
			c.report(place, "base_url", "missing", "")
		}
		c.checkText(place, "base_url", p.BaseURL)
		c.checkText(place, "api_key", p.KeyRef)
		for _, h := range p.Headers {
			c.checkText(append(place, "headers"), "", h.Name)
			c.checkText(append(place, "headers", h.Name), "", h.Value)
		}
		c.checkTimeouts(append(place, "timeouts"), p.Timeouts)
	}
}

// checkText refuses what would end a header or a line, or be another text once written as
// JSON. The message does not show the text, which may be a secret.
func (c *checker) checkText(place []string, field, s string) {
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	if !utf8.ValidString(s) || strings.ContainsFunc(s, control) {
		c.report(place, field, "must be one line of UTF-8", "")
	}
}

func (c *checker) checkTimeouts(place []string, t Timeouts) {
	for _, f := range timeoutFields(&t) {
		c.checkDuration(place, f.name, *f.at)
	}
}

// checkDuration refuses what is below the resolution of all times, a microsecond. Zero
// means the default.
func (c *checker) checkDuration(place []string, field string, d time.Duration) {
	switch {
	case d < 0:
		c.report(place, field, "must not be negative", "")
	case d > 0 && d < time.Microsecond:
		c.report(place, field, "must be at least a microsecond", "")
	}
}

func (c *checker) checkModels() {
	for i := range c.config.Models {
		m := &c.config.Models[i]
		place := []string{"models", m.ID}
		name := namePart(m.ID)
		switch {
		case !goodName(m.ID, ".:@+") || name == "":
			c.report(place, "", "a model's id is author/name", "")
		case c.Model(m.ID) != nil:
			c.report(place, "", "defined twice", "")
		}
		c.models[m.ID] = i
		c.ids = append(c.ids, m.ID)
		if other, seen := c.bare[name]; seen && other != m.ID {
			c.bare[name] = ""
		} else {
			c.bare[name] = m.ID
		}
		if !(m.Quality >= 0 && m.Quality <= 1) { // not a number is neither
			c.report(place, "quality", "must be from 0 to 1", "")
		}
		if len(m.Endpoints) == 0 {
			c.report(place, "", "has no endpoints: name at least one provider that serves it", "")
		}
		for j := range m.Endpoints {
			c.checkEndpoint(m, j)
		}
	}
	slices.Sort(c.ids)
}

func (c *checker) checkEndpoint(m *Model, j int) {
	e := &m.Endpoints[j]
	place := []string{"models", m.ID, "endpoints", strconv.Itoa(j)}
	if e.Name == "" {
		e.Name = namePart(m.ID)
	}
	if e.Weight == 0 {
		e.Weight = 1
	}
	c.checkText(place, "model", e.Name)
	for _, n := range [...]struct {
		field string
		value int64
	}{{"context", e.Context}, {"max_output", e.MaxOutput}, {"weight", int64(e.Weight)}} {
		if n.value < 0 {
			c.report(place, n.field, "must not be negative", "")
		}
	}
	for _, f := range priceFields(&e.Price) {
		if *f.at < 0 {
			c.report(place, "price."+f.name, "must not be negative", "")
		}
	}
	for k, p := range e.Parameters {
		c.checkText(place, "parameters."+strconv.Itoa(k), p)
	}
	c.checkTimeouts(append(place, "timeouts"), e.Timeouts)
	i, ok := c.providers[e.Provider]
	if !ok {
		c.report(place, "provider", "unknown provider "+strconv.Quote(e.Provider), Nearest(e.Provider, c.ProviderNames()))
		return
	}
	c.derive(m, j, &c.config.Providers[i])
	c.checkIdentity(m, j, place)
}

// derive sets what an endpoint takes from its provider and model.
func (c *checker) derive(m *Model, j int, p *Provider) {
	e := &m.Endpoints[j]
	e.ID, e.Model = p.Name+"/"+e.Name, m.ID
	e.Schema, e.BaseURL, e.KeyRef, e.Headers = p.Schema, p.BaseURL, p.KeyRef, p.Headers
	e.Disabled = e.Disabled || p.Disabled
	e.Timeouts = e.Timeouts.or(p.Timeouts).or(Timeouts{Connect: DefaultConnect, Idle: DefaultIdle, Total: DefaultTotal})
}

// checkIdentity refuses two endpoints that could not be told apart. Two models may share
// one, though: the same name at the same provider.
func (c *checker) checkIdentity(m *Model, j int, place []string) {
	e := &m.Endpoints[j]
	for k := range j {
		if m.Endpoints[k].ID == e.ID {
			c.report(place, "model", e.ID+" stands here twice", "")
		}
	}
	switch other := c.endpoints[e.ID]; {
	case other == nil:
		c.endpoints[e.ID] = e
	case other.Provider != e.Provider:
		c.report(place, "model", e.ID+" is also what "+other.Model+" is called at provider "+other.Provider, "")
	}
}

// or fills the zero fields of t from d.
func (t Timeouts) or(d Timeouts) Timeouts {
	from := timeoutFields(&d)
	for i, f := range timeoutFields(&t) {
		if *f.at == 0 {
			*f.at = *from[i].at
		}
	}
	return t
}

func (c *checker) checkRouting() {
	r, place := &c.config.Routing, []string{"routing"}
	if r.Strategy == StrategyNone {
		r.Strategy = StrategyPriority
	}
	if r.Strategy.String() == "" {
		c.report(place, "strategy", "must be one of "+strings.Join(StrategyNames(), ", "), "")
	}
	for i, id := range r.Fallback {
		if c.Find(id) == nil {
			c.report(place, "fallback."+strconv.Itoa(i), "unknown model "+strconv.Quote(id), c.NearestModel(id))
		}
	}
	for i, status := range r.FallbackOn.Statuses {
		if status < 400 || status > 499 {
			c.report(place, "fallback_on."+strconv.Itoa(i), "a status must be from 400 to 499; 5xx fall back anyway", "")
		}
	}
	classes := []string{ClassContextLength, ClassContentFilter}
	for i, class := range r.FallbackOn.Classes {
		if !slices.Contains(classes, class) {
			c.report(place, "fallback_on."+strconv.Itoa(i), "unknown class "+strconv.Quote(class), Nearest(class, classes))
		}
	}
	setDefault(&r.MaxAttempts, DefaultMaxAttempts)
	setDefault(&r.Deadline, DefaultDeadline)
	if r.MaxAttempts < 0 {
		c.report(place, "max_attempts", "must not be negative", "")
	}
	c.checkDuration(place, "deadline", r.Deadline)
	c.checkCircuit(&r.Circuit)
}

func (c *checker) checkCircuit(r *Circuit) {
	place, capped := []string{"routing", "circuit"}, r.CoolDownMax != 0
	setDefault(&r.Failures, DefaultCircuitFailures)
	setDefault(&r.CoolDownMax, DefaultCoolDownMax)
	setDefault(&r.CoolDown, min(DefaultCoolDown, r.CoolDownMax))
	if r.Failures < 0 {
		c.report(place, "failures", "must not be negative", "")
	}
	c.checkDuration(place, "cool_down", r.CoolDown)
	c.checkDuration(place, "cool_down_max", r.CoolDownMax)
	switch {
	case r.CoolDown <= r.CoolDownMax:
	case capped:
		c.report(place, "cool_down_max", "must be at least cool_down, which is "+r.CoolDown.String(), "")
	default:
		c.report(place, "cool_down", "must be at most cool_down_max, which is "+r.CoolDownMax.String(), "")
	}
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// goodName reports whether s is words of letters, digits, hyphen, underscore and bytes of
// extra, with single slashes between them.
func goodName(s, extra string) bool {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' {
			continue
		}
		if b == '/' && i > 0 && i+1 < len(s) && s[i-1] != '/' {
			continue
		}
		if strings.IndexByte(extra, b) < 0 {
			return false
		}
	}
	return s != ""
}
