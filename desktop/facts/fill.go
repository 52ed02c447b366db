package facts

import (
	"cmp"
	"slices"
	"strings"

	"strowger/core/catalog"
)

// Models are the models that these providers serve, by id, as far as they are known by
// their base URLs (see ByURL) and not disabled. Of a model's endpoints the vendor's own
// comes first, then the others in the order of providers, resellers last.
func (c *Catalog) Models(providers []catalog.Provider) []catalog.Model {
	type ranked struct {
		rank int
		catalog.Endpoint
	}
	byModel := map[string][]ranked{}
	for i := range providers {
		p := &providers[i]
		kind, known := c.ByURL(p.BaseURL)
		if !known || p.Disabled {
			continue
		}
		for _, e := range c.endpoints {
			if e.Provider != kind.Name {
				continue
			}
			rank := 1
			switch {
			case isVendor(kind.Name, e.Model):
				rank = 0
			case kind.Reseller:
				rank = 2
			}
			byModel[e.Model] = append(byModel[e.Model], ranked{rank, e.asConfigured(p.Name)})
		}
	}
	var models []catalog.Model
	for id, endpoints := range byModel {
		slices.SortStableFunc(endpoints, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
		m := catalog.Model{ID: id, Ability: c.Ability(id)}
		for _, e := range endpoints {
			m.Endpoints = append(m.Endpoints, e.Endpoint)
		}
		models = append(models, m)
	}
	slices.SortFunc(models, func(a, b catalog.Model) int { return strings.Compare(a.ID, b.ID) })
	return models
}

// asConfigured is e at a provider of that configured name.
func (e *Endpoint) asConfigured(provider string) catalog.Endpoint {
	return catalog.Endpoint{Provider: provider, Name: e.Name, Price: e.Price, PriceFrom: e.PriceFrom(),
		Context: e.Context, MaxOutput: e.MaxOutput, Parameters: e.Parameters()}
}

// Fill completes a configuration with what is known of its providers, which are told by
// their base URLs whatever their names. What the configuration says itself stays as it
// is; Parameters too, since leaving them out means everything.
//
//   - An endpoint without a price, context or max_output gets the known one, and PriceFrom.
//   - An arm of a route that names a model which no endpoint of the configuration stands
//     for gets the known price.
//   - A model that is not rated gets the known rating.
//   - Without any models, those that are known of its providers are served.
func (c *Catalog) Fill(cfg *catalog.Config) {
	if len(cfg.Models) == 0 {
		cfg.Models = c.Models(cfg.Providers)
	}
	kinds := map[string]string{} // configured name -> name here
	for i := range cfg.Providers {
		if kind, known := c.ByURL(cfg.Providers[i].BaseURL); known {
			kinds[cfg.Providers[i].Name] = kind.Name
		}
	}
	configured := map[[2]string]bool{} // provider and its name of a model, or the model's id
	for i := range cfg.Models {
		m := &cfg.Models[i]
		for j := range m.Endpoints {
			e := &m.Endpoints[j]
			name := e.Name
			if name == "" {
				_, name, _ = strings.Cut(m.ID, "/")
			}
			configured[[2]string{e.Provider, name}], configured[[2]string{e.Provider, m.ID}] = true, true
			if known, ok := c.Lookup(kinds[e.Provider], name); ok {
				known.fill(e)
				c.rate(m, known.Model)
			}
		}
		c.rate(m, m.ID)
	}
	for i := range cfg.Routes {
		for j := range cfg.Routes[i].Arms {
			a := &cfg.Routes[i].Arms[j]
			if a.Model == "" || a.Price.Known || configured[[2]string{a.Provider, a.Model}] {
				continue
			}
			if known, ok := c.Lookup(kinds[a.Provider], a.Model); ok {
				a.Price = known.Price
			}
		}
	}
}

// fill completes a configured endpoint.
func (e *Endpoint) fill(to *catalog.Endpoint) {
	if !to.Price.Known && e.Price.Known {
		to.Price, to.PriceFrom = e.Price, e.PriceFrom()
	}
	if to.Context == 0 {
		to.Context = e.Context
	}
	if to.MaxOutput == 0 {
		to.MaxOutput = e.MaxOutput
	}
}
