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
		if len(p.Name) > MaxName {
			c.report(place, "", tooLong, "")
		}
		if _, ok := c.providers[p.Name]; ok {
			c.report(place, "", "defined twice", "")
		}
		c.providers[p.Name] = i
		c.names = append(c.names, p.Name)
		c.called[strings.ToLower(p.Name)] = true
		for at, r := range p.Name { // google means google/eu too
			if r == '/' {
				c.called[strings.ToLower(p.Name[:at])] = true
			}
		}
		if p.Schema.String() == "" {
			c.report(place, "schema", "missing; it is one of "+strings.Join(llm.SchemaNames(), ", "), "")
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
		c.checkText(place, "quantization", p.Declared.Quantization)
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
		case !goodName(m.ID, modelBytes) || name == "":
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
		c.checkCache(append(place, "cache"), m.Cache)
		c.checkAbility(place, &m.Ability)
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
	c.checkPrice(append(place, "price"), &e.Price)
	c.checkText(place, "price_from", e.PriceFrom)
	c.checkText(place, "quantization", e.Declared.Quantization)
	for k, p := range e.Parameters {
		c.checkText(place, "parameters."+strconv.Itoa(k), p)
	}
	c.checkTimeouts(append(place, "timeouts"), e.Timeouts)
	p := c.provider(place, e.Provider)
	if p == nil {
		return
	}
	e.Model = m.ID
	e.at(p)
	for k := range j {
		if m.Endpoints[k].ID == e.ID {
			c.report(place, "model", e.ID+" stands here twice", "")
		}
	}
	c.checkIdentity(e, place)
}

// MaxTiers is the most tiers that a price can have; vendors have up to four.
const MaxTiers = 16

// checkPrice refuses what is below zero, and tiers that do not follow one another.
func (c *checker) checkPrice(place []string, p *Price) {
	for _, f := range priceFields(p) {
		if *f.at < 0 {
			c.report(place, f.name, "must not be negative", "")
		}
	}
	if len(p.Tiers) > MaxTiers {
		c.report(place, "tiers", "at most "+strconv.Itoa(MaxTiers)+" are possible", "")
		return
	}
	above := int64(0)
	for i := range p.Tiers {
		t := &p.Tiers[i]
		at := append(place[:len(place):len(place)], "tiers", strconv.Itoa(i))
		switch {
		case t.Above <= 0:
			c.report(at, "above", "must be positive: below stands the price itself", "")
		case t.Above <= above:
			c.report(at, "above", "tiers must rise: the one before is above "+strconv.FormatInt(above, 10), "")
		case len(t.Tiers) > 0:
			c.report(at, "tiers", "a tier has none itself", "")
		default:
			c.checkPrice(at, &t.Price)
		}
		above = max(above, t.Above)
	}
}

// provider is the provider of that name; none is reported.
func (c *checker) provider(place []string, name string) *Provider {
	if i, ok := c.providers[name]; ok {
		return &c.config.Providers[i]
	}
	c.report(place, "provider", "unknown provider "+strconv.Quote(name), Nearest(name, c.ProviderNames()))
	return nil
}

// at sets what an endpoint takes from its provider.
func (e *Endpoint) at(p *Provider) {
	e.of(p)
	e.ID = p.Name + "/" + e.Name
	e.Declared.NoCollection = e.Declared.NoCollection || p.Declared.NoCollection
	e.Declared.ZDR = e.Declared.ZDR || p.Declared.ZDR
	if e.Declared.Quantization == "" {
		e.Declared.Quantization = p.Declared.Quantization
	}
	e.Timeouts = e.Timeouts.or(p.Timeouts).or(Timeouts{Connect: DefaultConnect, Idle: DefaultIdle, Total: DefaultTotal})
}

// of says where the provider is and whether it may be called.
func (e *Endpoint) of(p *Provider) {
	e.Provider = p.Name
	e.Schema, e.BaseURL, e.KeyRef, e.Headers = p.Schema, p.BaseURL, p.KeyRef, p.Headers
	e.Assemble, e.Disabled = p.Assemble, e.Disabled || p.Disabled
}

// checkIdentity refuses two endpoints that could not be told apart. Two models may share
// one, though: the same name at the same provider.
func (c *checker) checkIdentity(e *Endpoint, place []string) {
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

// checkGlobal checks the global rules and fills in their defaults. Among them an empty list
// says no more than none: it is dropped, so that both have one form.
func (c *checker) checkGlobal() {
	r := &c.config.Routing
	setDefault(&r.Strategy, StrategyPriority)
	setDefault(&r.MaxAttempts, DefaultMaxAttempts)
	setDefault(&r.Deadline, DefaultDeadline)
	dropEmpty(&r.Fallback)
	dropEmpty(&r.FallbackOn.Statuses)
	dropEmpty(&r.FallbackOn.Classes)
	r.setRecovery()
	r.setAuto()
	c.checkRouting([]string{"routing"}, r)
	c.checkCircuit(&r.Circuit)
	c.checkCache([]string{"cache"}, c.config.Cache)
	c.checkCostLimits([]string{"cost_limit"}, c.config.CostLimits)
	c.checkText([]string{"timezone"}, "", c.config.Timezone)
}

func dropEmpty[T any](list *[]T) {
	if len(*list) == 0 {
		*list = nil
	}
}

// checkRouting checks the rules that routes may have too.
func (c *checker) checkRouting(place []string, r *Routing) {
	if r.Strategy != StrategyNone && StrategyNamed(r.Strategy.String()) == StrategyNone {
		c.report(place, "strategy", "must be one of "+strings.Join(StrategyNames(), ", "), "")
	}
	for i, name := range r.Fallback {
		if m, _ := c.whole(name); m == nil {
			c.report(place, "fallback."+strconv.Itoa(i), "unknown model "+strconv.Quote(name), c.NearestModel(name))
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
	if r.MaxAttempts < 0 {
		c.report(place, "max_attempts", "must not be negative", "")
	}
	c.checkDuration(place, "deadline", r.Deadline)
	c.checkRecovery(place, r)
	c.checkAuto(append(place[:len(place):len(place)], "auto"), &r.Auto)
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

func setDefault[T comparable](v *T, d T) {
	var none T
	if *v == none {
		*v = d
	}
}
