package config

import (
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// This file, models.go, rules.go, recovery.go, routes.go and access.go hold the tables of legal keys:
// the contract's configuration, section by section.

// root is the file itself.
func root(c *Config) []field {
	cat := &c.Catalog
	return []field{
		{name: "listen", about: "address of the data plane, and of the control plane unless admin.listen is another; beyond this machine only with keys and admin.token", read: address(&c.Listen), def: DefaultListen},
		{name: "timezone", about: "where the days and months of cost limits begin, by its name in the IANA database", read: zone(&cat.Timezone, &c.Location), def: "UTC", example: "Europe/Berlin"},
		{name: "providers", about: "companies and servers, by a name of your own", read: named(&cat.Providers, provider)},
		{name: "models", about: "what callers ask for, by author/name, and who serves it", read: named(&cat.Models, model)},
		{name: "aliases", about: "other names of models; a suffix such as :latency may follow", read: named(&cat.Aliases, alias), example: map[string]string{"fast": "openai/gpt-4o-mini:latency"}},
		{name: "routing", about: "the global rules of choice and fallback", read: section(routing(c))},
		{name: "cache", about: "whether complete answers are kept and given again to the same question; false: not", read: globalCache(c)},
		{name: "cost_limit", about: "the most that all requests together may cost; one limit or a list", read: costLimits(&cat.CostLimits)},
		{name: "keys", about: "client keys: who may call, and how much", read: listOf(&cat.Keys, key)},
		{name: "routes", about: "paths of your own with rules of their own", read: listOf(&cat.Routes, route)},
		{name: "record", about: "what is kept of requests, and for how long", read: section(record(&c.Record))},
		{name: "admin", about: "how the control plane under /_/ is reached", read: section(admin(&c.Admin))},
		{name: "edges", about: "hosts elsewhere that send what they have measured, as strowger export made them", read: listOf(&c.Edges, edge)},
		{name: "$schema", about: "where the JSON Schema of this file is, for editors of strowger.json", read: word(new(string))},
	}
}

func provider(name string, p *catalog.Provider) reader {
	p.Name = name
	return section(append([]field{
		{name: "schema", about: "wire format that the provider speaks", read: choice(llm.SchemaNames(), func(s string) { p.Schema = llm.SchemaNamed(s) }), needed: true},
		{name: "base_url", about: "as in that vendor's own SDK; ${NAME} takes a variable of the environment", read: baseURL(&p.BaseURL), needed: true, example: "https://api.openai.com/v1"},
		{name: "api_key", about: "the key: ${NAME} or env:NAME, file:/path, keyring:name, or itself", read: credential(&p.KeyRef, true), example: "${OPENAI_API_KEY}"},
		{name: "headers", about: "more headers of each request; values as in api_key", read: named(&p.Headers, header), example: map[string]string{"OpenAI-Organization": "org-1"}},
		{name: "timeouts", about: "limits of one attempt", read: section(timeouts(&p.Timeouts, orAuto, map[string]any{"connect": "5s", "first_token": "auto", "idle": "30s", "total": "10m"}))},
		{name: "enabled", about: "false: nothing is sent there", read: toggle(func(on bool) { p.Disabled = !on }), def: true},
		{name: "assemble", about: "true: callers without streaming are served from a stream, so that an answer that is slow can be told from none", read: toggle(func(on bool) { p.Assemble = on }), def: false},
	}, declared(&p.Declared)...))
}

// declared are the qualities that requests can demand.
func declared(d *catalog.Declared) []field {
	return []field{
		{name: "data_collection", about: "deny: requests are neither kept nor learnt from", read: choice([]string{"allow", "deny"}, func(s string) { d.NoCollection = s == "deny" })},
		{name: "zdr", about: "zero data retention", read: toggle(func(on bool) { d.ZDR = on })},
		{name: "quantization", about: "how the weights are stored", read: word(&d.Quantization), example: "fp8"},
	}
}

func header(name string, h *catalog.Header) reader {
	h.Name = name
	value := credential(&h.Value, h.IsSecret())
	return reader{func(w *walk, n *node) {
		if strings.ContainsFunc(name, notToken) || name == "" {
			w.refuseKey("not the name of a header", "")
		}
		value.read(w, n)
	}, value.shape}
}

// notToken reports whether r cannot stand in the name of a header (RFC 9110, 5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func alias(name string, a *catalog.Alias) reader {
	a.Name = name
	return word(&a.Means)
}

// timeouts are those of one attempt; first says how first_token may be written.
func timeouts(t *catalog.Timeouts, first func(reader) reader, defaults map[string]any) []field {
	fields := []field{
		{name: "connect", about: "until there is a connection", read: duration(&t.Connect)},
		{name: "first_token", about: "until a stream's first content; auto, of a provider: three times the endpoint's p99, at least 13s", read: first(duration(&t.FirstToken))},
		{name: "idle", about: "silence after that", read: duration(&t.Idle)},
		{name: "total", about: "until the end", read: duration(&t.Total)},
	}
	return with(defaults, fields)
}

// with is fields with their defaults.
func with(defaults map[string]any, fields []field) []field {
	for i := range fields {
		fields[i].def = defaults[fields[i].name]
	}
	return fields
}
