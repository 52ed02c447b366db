package facts

import (
	"slices"
	"strings"

	"strowger/core/catalog"
)

// abilities are what a list says of a model's abilities; false is also what it leaves out.
type abilities struct{ noTools, noSchema, noTemperature, noReasoning bool }

// lacks are the common parameters that an endpoint does not have, by its input
// modalities, as lists name them, and what else they say.
func lacks(modalities []string, a abilities) []string {
	var list []string
	add := func(missing bool, parameters ...string) {
		if missing {
			list = append(list, parameters...)
		}
	}
	add(!slices.Contains(modalities, "audio"), "audio")
	add(!slices.Contains(modalities, "pdf"), "files")
	add(!slices.Contains(modalities, "image"), "images")
	add(a.noTools, "parallel_tool_calls")
	add(a.noReasoning, "reasoning_effort")
	add(a.noSchema, "structured_outputs")
	add(a.noTemperature, "temperature")
	add(a.noTools, "tool_choice", "tools")
	return list
}

// Listing is what a list of prices says, in this package's words.
type Listing struct {
	Source    string // models.dev or litellm
	Providers []string
	Endpoints []Endpoint // without Model where the list does not know it
	// Whole: of the providers that it names it lists every model, so that what is not
	// there is gone.
	Whole bool
	// Skipped counts the models that are not chats in text, or have names that do not fit.
	Skipped int
}

// Change is one difference between two catalogs.
type Change struct {
	Kind     string // new, gone, up, down, unpriced, priced, limits
	Model    string
	Provider string
	Name     string
	Before   Endpoint // zero if new
	After    Endpoint // zero if gone
}

// Refresh is the catalog with what a list says, as of date (2006-01-02), and what that
// changes. Models keep their ids; a new one is filed under its vendor where that can be
// told from its name, else under the provider.
func (c *Catalog) Refresh(l Listing, date string) (*Catalog, []Change) {
	next := &Catalog{providers: c.providers, ratings: c.ratings}
	next.header = slices.DeleteFunc(slices.Clone(c.header), func(s string) bool { return strings.HasPrefix(s, refreshed) })
	next.header = append([]string{refreshed + l.Source + ", as of " + date + "."}, next.header...)
	listed := map[[2]string]bool{}
	for _, e := range l.Endpoints {
		e.From, e.Date = l.Source, date
		if before, known := c.Lookup(e.Provider, e.Name); known {
			e = merge(before, e)
		} else {
			e.Model = c.idOf(e.Provider, e.Name)
		}
		listed[[2]string{e.Provider, e.Name}] = true
		next.endpoints = append(next.endpoints, e)
	}
	for _, e := range c.endpoints {
		gone := l.Whole && slices.Contains(l.Providers, e.Provider)
		if !gone && !listed[[2]string{e.Provider, e.Name}] {
			next.endpoints = append(next.endpoints, e)
		}
	}
	next.vendorTiers()
	slices.SortFunc(next.endpoints, compare)
	return next, c.changes(next)
}

// changes are the differences of next from c, in the order of their endpoints.
func (c *Catalog) changes(next *Catalog) []Change {
	var list []Change
	for _, e := range next.endpoints {
		before, known := c.Lookup(e.Provider, e.Name)
		if kind := differ(before, e, known); kind != "" {
			list = append(list, Change{kind, e.Model, e.Provider, e.Name, before, e})
		}
	}
	for _, e := range c.endpoints {
		if _, still := next.Lookup(e.Provider, e.Name); !still {
			list = append(list, Change{"gone", e.Model, e.Provider, e.Name, e, Endpoint{}})
		}
	}
	slices.SortStableFunc(list, func(a, b Change) int {
		return compare(Endpoint{Model: a.Model, Provider: a.Provider, Name: a.Name}, Endpoint{Model: b.Model, Provider: b.Provider, Name: b.Name})
	})
	return list
}

const refreshed = "Refreshed from "

// merge is what a list says now of an endpoint, with what it leaves out as it was.
func merge(before, now Endpoint) Endpoint {
	now.Model = before.Model
	if now.Context == 0 {
		now.Context = before.Context
	}
	if now.MaxOutput == 0 {
		now.MaxOutput = before.MaxOutput
	}
	if !now.Price.Known && now.Tiers == 0 {
		now.Price, now.Tiers, now.From, now.Date = before.Price, before.Tiers, before.From, before.Date
	}
	now.Has = before.Has
	return now
}

// vendorTiers gives resellers that are listed with a flat price the tiers of the vendor, where
// its own price has some: what they resell gets dearer for them too, so that lists state only
// its beginning. If input and output begin as the vendor's, its prices are passed on, and
// its tiers with them, what is cached in the reseller's own proportion. If they do not,
// nobody knows what a long request costs there, and the price is unknown.
func (c *Catalog) vendorTiers() {
	vendors := map[string]*Endpoint{}
	for i := range c.endpoints {
		if e := &c.endpoints[i]; (e.Tiers > 0 || len(e.Price.Tiers) > 0) && isVendor(e.Provider, e.Model) {
			vendors[e.Model] = e
		}
	}
	for i := range c.endpoints {
		e := &c.endpoints[i]
		vendor := vendors[e.Model]
		if p, _ := c.Provider(e.Provider); !p.Reseller || vendor == nil || e.Tiers > 0 || len(e.Price.Tiers) > 0 {
			continue
		}
		e.Tiers = vendor.Tiers
		if own, its := &e.Price, &vendor.Price; its.Known && own.Input == its.Input && own.Output == its.Output {
			for _, of := range its.Tiers {
				t := catalog.Tier{Above: of.Above, Price: catalog.Unstated()}
				t.Input, t.Output = of.Input, of.Output
				own.Tiers = append(own.Tiers, t)
			}
			own.Derive()
		} else if its.Known {
			e.Tiers = its.Tiers[0].Above
		}
		e.tiered()
	}
}

// isVendor reports whether the provider makes the model itself.
func isVendor(provider, model string) bool { return strings.HasPrefix(model, provider+"/") }

// differ names how an endpoint changed; "" if it did not, or only in its date.
func differ(before, after Endpoint, known bool) string {
	changed := !before.Price.Equal(after.Price)
	switch {
	case !known:
		return "new"
	case before.Price.Known && !after.Price.Known:
		return "unpriced"
	case !before.Price.Known && after.Price.Known:
		return "priced"
	case changed && sum(after.Price) < sum(before.Price):
		return "down"
	case changed:
		return "up"
	case before.Context != after.Context || before.MaxOutput != after.MaxOutput || before.Tiers != after.Tiers:
		return "limits"
	}
	return ""
}

// sum adds up the unit prices, those of tiers too; no list states one above a million
// dollars, so that it fits.
func sum(p catalog.Price) (sum int64) {
	for _, f := range unitPrices(&p) {
		sum += *f.at
	}
	for i := range p.Tiers {
		for _, f := range unitPrices(&p.Tiers[i].Price) {
			sum += *f.at
		}
	}
	return sum
}

// authors are other names of vendors in the names of models. It is only read.
var authors = map[string]string{
	"deepseek-ai": "deepseek", "meta-llama": "meta", "mistralai": "mistral", "moonshot": "moonshotai", "x-ai": "xai", "z-ai": "zai", "zai-org": "zai",
}

// idOf is the id of a model that the catalog does not know yet.
func (c *Catalog) idOf(provider, name string) string {
	author, rest, ok := strings.Cut(strings.ToLower(name), "/")
	if p, _ := c.Provider(provider); !ok || !p.Reseller && !c.isAuthor(author) {
		return provider + "/" + strings.ToLower(name)
	}
	if a := authors[author]; a != "" {
		author = a
	}
	return author + "/" + rest
}

// isAuthor reports whether models of that author are known.
func (c *Catalog) isAuthor(author string) bool {
	return authors[author] != "" || slices.ContainsFunc(c.endpoints, func(e Endpoint) bool { return isVendor(author, e.Model) })
}
