package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// SuffixNames lists the suffixes that a model's name may carry behind a colon.
func SuffixNames() []string { return []string{"price", "throughput", "latency", "floor", "nitro"} }

// CutSuffix splits name at its last colon; s is what the suffix asks for, StrategyNone if
// it is none of SuffixNames.
func CutSuffix(name string) (before, suffix string, s Strategy) {
	i := strings.LastIndexByte(name, ':')
	if i < 0 {
		return name, "", StrategyNone
	}
	before, suffix = name[:i], name[i+1:]
	switch suffix {
	case "price", "floor":
		s = StrategyCost
	case "throughput", "nitro":
		s = StrategyThroughput
	case "latency":
		s = StrategyLatency
	}
	return before, suffix, s
}

// Find is the model that name means: its id, or the name part of exactly one id. Aliases
// are not looked at.
func (c *Catalog) Find(name string) *Model {
	if m := c.Model(name); m != nil {
		return m
	}
	if id := c.bare[name]; id != "" {
		return c.Model(id)
	}
	return nil
}

// Alias is the alias of that name, or nil.
func (c *Catalog) Alias(name string) *Alias {
	if i, ok := c.aliases[name]; ok {
		return &c.config.Aliases[i]
	}
	return nil
}

// Resolve is the model that a caller's name means, or nil, with the strategy that a suffix
// asks for. A name that exists is never split: an id first, then an alias, then the name
// part of exactly one id. The caller's own suffix goes before that of an alias.
func (c *Catalog) Resolve(name string) (*Model, Strategy) {
	if m, s := c.whole(name); m != nil {
		return m, s
	}
	before, _, s := CutSuffix(name)
	if s == StrategyNone {
		return nil, s
	}
	m, _ := c.whole(before)
	return m, s
}

// whole is what Resolve finds without splitting name.
func (c *Catalog) whole(name string) (*Model, Strategy) {
	if m := c.Model(name); m != nil {
		return m, StrategyNone
	}
	if a := c.Alias(name); a != nil {
		return c.meant(a)
	}
	return c.Find(name), StrategyNone
}

// meant is the model that an alias means, with its suffix; never through another alias.
func (c *Catalog) meant(a *Alias) (*Model, Strategy) {
	if m := c.Find(a.Means); m != nil {
		return m, StrategyNone
	}
	before, _, s := CutSuffix(a.Means)
	if s == StrategyNone {
		return nil, s
	}
	return c.Find(before), s
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

// NearestModel is the id or alias that a misspelled name most likely means, or the empty
// string. A name without author is held against the name parts of ids.
func (c *Catalog) NearestModel(name string) string {
	aliases := make([]string, len(c.config.Aliases))
	for i := range aliases {
		aliases[i] = c.config.Aliases[i].Name
	}
	return c.nearest(name, aliases)
}

// nearest is the id, or the one of others, that is nearest to name.
func (c *Catalog) nearest(name string, others []string) string {
	names := slices.Clone(c.ids)
	if !strings.Contains(name, "/") {
		for i, id := range names {
			names[i] = namePart(id)
		}
	}
	near := Nearest(name, append(names, others...))
	if i := slices.Index(names, near); i >= 0 {
		return c.ids[i]
	}
	return near
}

// namePart is what follows the author in an id.
func namePart(id string) string {
	_, name, _ := strings.Cut(id, "/")
	return name
}

// MaxName bounds what accounts are named after, in bytes: providers, keys and the paths of
// routes. Hosts hand accounts to each other, and take names of no more than some length.
const MaxName = 128

const tooLong = "must have at most 128 bytes"

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

// modelBytes are what a model's id may hold beside what goodName allows anyway.
const modelBytes = ".:@+"

// checkAliases refuses names that mean something else already, and targets that do not
// exist. Auto mode owns auto and what begins with auto and a colon.
func (c *checker) checkAliases() {
	for i, a := range c.config.Aliases {
		place := []string{"aliases", a.Name}
		switch _, _, auto := CutAuto(a.Name); {
		case !goodName(a.Name, modelBytes):
			c.report(place, "", `an alias is letters, digits, "-", "_", ".", ":", "@", "+" and, between them, "/"`, "")
		case auto:
			c.report(place, "", "auto is not free: it chooses a model by the request", "")
		case c.Model(a.Name) != nil:
			c.report(place, "", "is the id of a model; choose another name", "")
		case c.Alias(a.Name) != nil:
			c.report(place, "", "defined twice", "")
		}
		c.aliases[a.Name] = i
	}
	for _, a := range c.config.Aliases {
		if m, _ := c.meant(&a); m != nil {
			continue
		}
		base := a.Means
		if before, _, s := CutSuffix(base); s != StrategyNone {
			base = before
		}
		msg := "unknown model " + strconv.Quote(base)
		if _, _, ok := CutAuto(a.Means); ok {
			msg = "an alias cannot mean auto, which chooses a model by the request; callers can ask for " + strconv.Quote(a.Means) + " itself"
		} else if c.Alias(base) != nil {
			msg = strconv.Quote(base) + " is an alias too; name the model itself"
		}
		c.report([]string{"aliases", a.Name}, "", msg, c.nearest(base, nil))
	}
}
