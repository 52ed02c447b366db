package config

import (
	"strconv"
	"strings"

	"strowger/core/catalog"
)

// linter looks at a valid configuration for rules that cannot do what they seem to say.
type linter struct {
	*Config
	cat  *catalog.Catalog
	tree *node
	out  Problems
}

// Lint adds to the warnings what is worth saying about the policy as a whole: rules that
// are never reached, fallbacks that cannot help, limits that one request passes. It says
// nothing of a configuration that Catalog.New refuses. It is called once, when the
// configuration is complete.
func (c *Config) Lint() {
	cat, err := catalog.New(c.Catalog)
	if err != nil || len(c.Catalog.Models) == 0 && len(c.Catalog.Routes) == 0 {
		return
	}
	l := &linter{Config: c, cat: cat, tree: c.tree}
	if l.tree == nil {
		l.tree = &node{}
	}
	l.all()
	c.Warnings = append(c.Warnings, l.out...)
	if c.tree != nil {
		c.Warnings = tidy(c.Warnings, c.Path, c.secrets)
	}
}

// all looks at everything.
func (l *linter) all() {
	c, cat := l.Config, l.cat
	l.unused()
	l.aliases()
	var all []*catalog.Model // that the file names: of those that are filled in nothing is its fault
	for _, m := range l.models() {
		if len(serving(m)) > 0 && l.said("models", m.ID) {
			all = append(all, m)
		}
	}
	global := cat.Routing()
	l.fallback(c.Catalog.Routing.Fallback, all, "routing", "fallback")
	l.attempts(c.Catalog.Routing.Fallback, all)
	l.connecting()
	l.recovery()
	for i, p := range c.Catalog.Providers {
		l.clocks(p.Timeouts, global.Deadline, "providers", c.Catalog.Providers[i].Name, "timeouts")
	}
	for _, m := range c.Catalog.Models {
		l.clocks(m.Endpoints[0].Timeouts, global.Deadline, "models", m.ID, "timeouts")
	}
	l.prices()
	l.limits(c.Catalog.CostLimits, endpointsOf(all), "cost_limit")
	l.keys(endpointsOf(all))
	for i := range c.Catalog.Routes {
		l.route(i, endpointsOf(all))
	}
}

// maxFindings bounds what is said: a generated file can have a thousand of a kind.
const maxFindings = 200

// say reports something about a place.
func (l *linter) say(message string, path ...string) {
	switch len(l.out) {
	case maxFindings:
		message, path = "more is worth a warning than the "+strconv.Itoa(maxFindings)+" that are shown", nil
	case maxFindings + 1:
		return
	}
	l.out = append(l.out, problemAt(l.tree, message, "", path...))
}

// said reports whether a place is in the file. In a configuration of no file everything is.
func (l *linter) said(path ...string) bool {
	if l.Config.tree == nil {
		return true
	}
	_, _, n := locate(l.tree, path)
	return n != nil
}

// serving are the endpoints of a model that are not switched off.
func serving(m *catalog.Model) (on []*catalog.Endpoint) {
	for i := range m.Endpoints {
		if e := &m.Endpoints[i]; !e.Disabled {
			on = append(on, e)
		}
	}
	return on
}

func endpointsOf(models []*catalog.Model) (all []*catalog.Endpoint) {
	for _, m := range models {
		all = append(all, serving(m)...)
	}
	return all
}

// model is what a name in the configuration means: an id, an alias or the name part of an
// id, with or without a suffix; nil if nothing.
func (l *linter) model(name string) *catalog.Model {
	for range 3 { // an alias with a suffix that means a model with one
		if m := l.cat.Find(name); m != nil {
			return m
		}
		before := name
		for _, a := range l.Catalog.Aliases {
			if a.Name == name {
				before = a.Means
			}
		}
		if i := strings.LastIndexByte(name, ':'); before == name && i > 0 {
			before = name[:i]
		}
		name = before
	}
	return l.cat.Find(name)
}

// unused looks for providers that nobody uses and models that nobody serves.
func (l *linter) unused() {
	used := map[string]bool{}
	for _, m := range l.Catalog.Models {
		for _, e := range m.Endpoints {
			used[e.Provider] = true
		}
		if m := l.cat.Model(m.ID); len(serving(m)) == 0 {
			l.say("every endpoint is switched off, so that nobody serves it", "models", m.ID)
		}
	}
	for _, r := range l.Catalog.Routes {
		for _, a := range r.Arms {
			used[a.Provider] = true
		}
	}
	for _, p := range l.Catalog.Providers {
		if !used[p.Name] && !p.Disabled {
			l.say("no model and no route uses this provider", "providers", p.Name)
		}
	}
}

// aliases looks for aliases that hide a model, and for those of models nobody serves.
func (l *linter) aliases() {
	for _, a := range l.Catalog.Aliases {
		m := l.model(a.Means)
		if m == nil {
			continue
		}
		if len(serving(m)) == 0 {
			l.say("it means "+m.ID+", every endpoint of which is switched off", "aliases", a.Name)
		}
		for _, id := range l.cat.Named(a.Name) {
			if id != m.ID {
				l.say("it hides "+id+", which could be asked for by this name", "aliases", a.Name)
			}
		}
	}
}

// fallback looks at a list of fallback models, those of the primaries.
func (l *linter) fallback(names []string, primaries []*catalog.Model, path ...string) {
	list := make([]*catalog.Model, len(names))
	first := map[*catalog.Model]int{}
	for i, name := range names {
		m := l.model(name)
		if m == nil {
			continue
		}
		list[i] = m
		at := append(path[:len(path):len(path)], strconv.Itoa(i))
		if j, ok := first[m]; ok {
			l.say(m.ID+" stands in this list already, as number "+strconv.Itoa(j+1)+": it is tried once", at...)
			continue
		}
		first[m] = i
		switch {
		case len(serving(m)) == 0:
			l.say("never tried: every endpoint of "+m.ID+" is switched off", at...)
		case len(primaries) == 1 && primaries[0] == m:
			l.say("never tried: "+m.ID+" is the model that it would stand in for", at...)
		}
	}
	l.samePlace(list, primaries, path)
	l.shorter(list, primaries, path)
}

// samePlace looks for a model with a single provider whose fallbacks are all there too.
func (l *linter) samePlace(list, primaries []*catalog.Model, path []string) {
	if len(list) == 0 || len(providersOf(endpointsOf(l.models()))) < 2 {
		return // there is no other provider to go to
	}
	for _, p := range primaries {
		var rest []*catalog.Endpoint
		for _, m := range list {
			if m != nil && m != p {
				rest = append(rest, serving(m)...)
			}
		}
		own, others := providersOf(serving(p)), providersOf(rest)
		if len(own) == 1 && len(others) == 1 && own[0] == others[0] {
			l.say("provider "+own[0]+" alone serves all of these and "+p.ID+": when it fails, nothing is left to try", path...)
			return
		}
	}
}

// models are those of the catalog.
func (l *linter) models() (all []*catalog.Model) {
	for _, id := range l.cat.IDs() {
		all = append(all, l.cat.Model(id))
	}
	return all
}

// providersOf are the names of the providers, each once.
func providersOf(endpoints []*catalog.Endpoint) (names []string) {
	seen := map[string]bool{}
	for _, e := range endpoints {
		if !seen[e.Provider] {
			seen[e.Provider] = true
			names = append(names, e.Provider)
		}
	}
	return names
}

// unlimited is the context of a model that is not known.
const unlimited = 1<<63 - 1

// contextOf is the longest context of a model's endpoints.
func contextOf(m *catalog.Model) (longest int64) {
	for _, e := range serving(m) {
		if e.Context == 0 {
			return unlimited
		}
		longest = max(longest, e.Context)
	}
	return longest
}

// shorter looks for fallbacks that cannot take over the longest requests, where none in
// their list can.
func (l *linter) shorter(list, primaries []*catalog.Model, path []string) {
	var longest *catalog.Model
	for _, p := range primaries {
		if c := contextOf(p); c != unlimited && (longest == nil || c > contextOf(longest)) {
			longest = p
		}
	}
	if longest == nil {
		return
	}
	for _, m := range list {
		if m != nil && m != longest && contextOf(m) >= contextOf(longest) {
			return
		}
	}
	for i, m := range list {
		if m != nil && m != longest && len(serving(m)) > 0 {
			l.say(m.ID+" takes "+strconv.FormatInt(contextOf(m), 10)+" tokens and "+longest.ID+" "+strconv.FormatInt(contextOf(longest), 10)+": it cannot take over longer requests",
				append(path[:len(path):len(path)], strconv.Itoa(i))...)
		}
	}
}
