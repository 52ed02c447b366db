package config

import (
	"strings"

	"strowger/core/catalog"
)

// Starter is the text of a file that says what c holds of providers and models: what a user
// begins with who had no file. Prices and limits are left to what is known of providers, and
// keys are written only as references to where they stand.
func Starter(c *catalog.Config) []byte {
	word := func(s string) *node { return &node{kind: text, text: s} }
	providers, models := &node{kind: mapping}, &node{kind: mapping}
	for _, p := range c.Providers {
		v := &node{kind: mapping, entries: []entry{
			{name: "schema", value: word(p.Schema.String())},
			{name: "base_url", value: word(p.BaseURL)},
		}}
		if p.KeyRef != "" && !strings.HasPrefix(p.KeyRef, "literal:") {
			v.entries = append(v.entries, entry{name: "api_key", value: word(p.KeyRef)})
		}
		providers.entries = append(providers.entries, entry{name: p.Name, value: v})
	}
	for _, m := range c.Models {
		list := &node{kind: list}
		for _, e := range m.Endpoints {
			at := &node{kind: mapping, entries: []entry{{name: "provider", value: word(e.Provider)}}}
			if e.Name != "" {
				at.entries = append(at.entries, entry{name: "model", value: word(e.Name)})
			}
			list.items = append(list.items, at)
		}
		models.entries = append(models.entries, entry{name: m.ID, value: &node{kind: mapping, entries: []entry{{name: "endpoints", value: list}}}})
	}
	s := style{unit: 2, dash: 2}
	var b strings.Builder
	b.WriteString("# What was found on this machine. See docs/reference/configuration.md for all that can stand here.\n")
	for _, part := range []entry{{name: "providers", value: providers}, {name: "models", value: models}} {
		if len(part.value.entries) > 0 {
			b.WriteString(s.entry(part.name, part.value, 0, true) + "\n")
		}
	}
	return []byte(b.String())
}
