package config

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
)

func key(k *catalog.Key) reader {
	return section([]field{
		{name: "name", about: "how the key is called in the record", read: word(&k.Name), needed: true, example: "laptop"},
		{name: "sha256", about: "SHA-256 of the key in hexadecimal digits: printf %s KEY | sha256sum", read: digest(&k.SHA256), needed: true},
		{name: "cost_limit", about: "the most that requests with it together may cost; one limit or a list", read: costLimits(&k.CostLimits)},
		{name: "rate_limit", about: "how often requests with it may come", read: section([]field{
			{name: "requests", about: "how many", read: integer(&k.Rate.Requests, 1, 0), needed: true},
			{name: "per", about: "in how long", read: choice([]string{"second", "minute", "hour", "day"}, func(s string) { k.Rate.Per = spans[s] }), needed: true},
		}), example: map[string]any{"requests": 60, "per": "minute"}},
	})
}

var spans = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// digest reads a SHA-256. What stands there by mistake may be the key itself, so that no
// message shows it.
func digest(to *string) reader {
	return reader{func(w *walk, n *node) {
		w.note(n.text)
		sum, err := hex.DecodeString(n.text)
		switch {
		case n.kind == number:
			w.refuse(n, "expected a text, found a number; put it in quotes", "")
		case n.kind != text:
			w.expectedPrivate(n, "a text")
		case err != nil || len(sum) != 32:
			w.refuse(n, "expected the SHA-256 of the key, 64 hexadecimal digits; printf %s KEY | sha256sum tells it", "")
		default:
			*to = strings.ToLower(n.text)
		}
	}, texts("SHA-256", `^[0-9A-Fa-f]{64}$`)}
}

func record(r *Record) []field {
	return []field{
		{name: "bodies", about: "true: prompts and answers too, the first MiB of each, without headers", read: toggle(func(on bool) { r.Bodies = on }), def: false},
		{name: "retention", about: "how long decisions and attempts are kept", read: duration(&r.Retention), def: "30d"},
	}
}

func admin(a *Admin) []field {
	return []field{
		{name: "listen", about: "an address of its own, host:port; empty: that of the data plane", read: orEmpty(address(&a.Listen)), def: ""},
		{name: "token", about: "what a caller of the control plane has to give; written as api_key is", read: credential(&a.Token, true), example: "${STROWGER_ADMIN_TOKEN}"},
	}
}

func edge(e *Edge) reader {
	return section([]field{
		{name: "name", about: "what it calls itself", read: word(&e.Name), needed: true, example: "edge-1"},
		{name: "secret", about: "what it signs with, the same there; written as api_key is", read: credential(&e.Secret, true), needed: true, example: "env:STROWGER_EDGE_SECRET"},
	})
}

// checkEdges refuses two edges of one name.
func (w *walk) checkEdges(c *Config, tree *node) {
	seen := map[string]bool{}
	for i, e := range c.Edges {
		if e.Name != "" && seen[e.Name] {
			w.problems = append(w.problems, problemAt(tree, "edge "+quote(e.Name)+" stands here twice", "", "edges", strconv.Itoa(i), "name"))
		}
		seen[e.Name] = true
	}
}

// checkOpen refuses addresses that other machines reach unless callers have to say who
// they are, and two listeners at one address.
func (w *walk) checkOpen(c *Config, tree *node) {
	if c.Admin.Listen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		w.problems = append(w.problems, problemAt(tree, "this is the address of the data plane; leave it out, and both are served there", "", "admin", "listen"))
	}
	for _, l := range [...]struct {
		address string
		place   []string
		keys    bool // needed too
	}{{c.Listen, []string{"listen"}, true}, {c.Admin.Listen, []string{"admin", "listen"}, false}} {
		if l.address == "" || Loopback(l.address) {
			continue
		}
		var add []string
		if l.keys && len(c.Catalog.Keys) == 0 && !w.broken["keys"] {
			add = append(add, "keys")
		}
		if c.Admin.Token == "" && !w.broken["admin"] && !w.broken[joined([]string{"admin", "token"})] {
			add = append(add, "admin.token")
		}
		if len(add) > 0 {
			w.problems = append(w.problems, problemAt(tree, "other machines reach this address: add "+strings.Join(add, " and ")+", or use 127.0.0.1, ::1 or localhost", "", l.place...))
		}
	}
}

// checkDeclared refuses an endpoint that takes back what its provider says of all of its
// endpoints: requests would go where they must not.
func (w *walk) checkDeclared(c *Config, tree *node) {
	provider := map[string]catalog.Declared{}
	for _, p := range c.Catalog.Providers {
		provider[p.Name] = p.Declared
	}
	for _, m := range c.Catalog.Models {
		for i, e := range m.Endpoints {
			p := provider[e.Provider]
			for _, q := range [...]struct {
				field   string
				taken   bool
				promise string
			}{{"data_collection", p.NoCollection && !e.Declared.NoCollection, "data_collection: deny"}, {"zdr", p.ZDR && !e.Declared.ZDR, "zdr: true"}} {
				place := []string{"models", m.ID, "endpoints", strconv.Itoa(i), q.field}
				if _, _, said := locate(tree, place); q.taken && said != nil {
					w.problems = append(w.problems, problemAt(tree, "provider "+e.Provider+" says "+q.promise+" of all its endpoints; say it of the others only", "", place...))
				}
			}
		}
	}
}
