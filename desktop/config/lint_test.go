package config

import (
	"cmp"
	"strings"
	"testing"

	simulated "strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
)

// two are providers for lints that are not about them.
const two = `
providers:
  a: {schema: openai, base_url: "https://a.example"}
  b: {schema: openai, base_url: "https://b.example"}
`

// priced is two with a model at each provider; $1 per million tokens in, $10 out.
const priced = two + `
models:
  x/big: {endpoints: [{provider: a, price: {input: 1, output: 10}, max_output: 10000, context: 200000}]}
  x/small: {endpoints: [{provider: b, price: {input: 1, output: 10}, max_output: 1000, context: 200000}]}
`

const oneKey = "\nkeys: [{name: k, sha256: 6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090}]"

// arms is priced with a route of two providers and what follows.
const arms = priced + `
routes:
  - path: /r
    schema: openai
    providers: [{provider: a, model: x/big%}, {provider: b, model: x/small%}]
`

// routed is arms with more about each provider and the route.
func routed(first, second, more string) string {
	s := strings.Replace(arms, "%", first, 1)
	return strings.Replace(s, "%", second, 1) + more
}

// lints are the smallest files that have a finding, and others that have it no more.
var lints = []struct{ name, bad, want, good string }{
	{"unused provider", two + "models: {x/y: {endpoints: [{provider: a, price: {input: 1, output: 1}}]}}",
		"providers.b: no model and no route uses this provider", priced},
	{"nobody serves", strings.Replace(priced, "provider: a,", "provider: a, enabled: false,", 1),
		"models.x/big: every endpoint is switched off", priced},
	{"alias of nothing", strings.Replace(priced, "provider: a,", "provider: a, enabled: false,", 1) + "aliases: {best: \"big:latency\"}",
		"aliases.best: it means x/big, every endpoint of which is switched off", ""},
	{"alias in front", priced + "aliases: {small: x/big}",
		"aliases.small: it hides x/small", priced + "aliases: {small: x/small, large: \"x/big:price\"}"},
	{"fallback twice", priced + "routing: {fallback: [x/big, x/small, big]}",
		"routing.fallback[2]: x/big stands in this list already, as number 1", priced + "routing: {fallback: [x/big, x/small]}"},
	{"fallback switched off", strings.Replace(priced, "provider: a,", "provider: a, enabled: false,", 1) + "routing: {fallback: [x/big]}",
		"routing.fallback[0]: never tried: every endpoint of x/big is switched off", ""},
	{"its own fallback", strings.Split(priced, "  x/small")[0] + "routing: {fallback: [x/big]}",
		"routing.fallback[0]: never tried: x/big is the model that it would stand in for", priced + "routing: {fallback: [x/big]}"},
	{"same provider", strings.Replace(priced, "provider: b,", "provider: a,", 1) + "  x/other: {endpoints: [{provider: b, price: {input: 1, output: 1}}]}\nrouting: {fallback: [x/small]}",
		"routing.fallback: provider a alone serves all of these and x/big", priced + "routing: {fallback: [x/small]}"},
	{"the only provider", strings.Replace(priced, "provider: b,", "provider: a,", 1) + "  x/other: {endpoints: [{provider: b, price: {input: 1, output: 1}}]}\nrouting: {fallback: [x/small]}",
		"routing.fallback: provider a alone serves all of these and x/big", strings.Replace(strings.Replace(priced, "provider: b,", "provider: a,", 1), "  b: {schema: openai, base_url: \"https://b.example\"}\n", "", 1) + "routing: {fallback: [x/small]}"},
	{"shorter", strings.Replace(priced, "context: 200000", "context: 300000", 1) + "routing: {fallback: [x/small]}",
		"routing.fallback[0]: x/small takes 200000 tokens and x/big 300000", priced + "routing: {fallback: [x/small]}"},
	{"attempts", priced + "routing: {fallback: [x/small], max_attempts: 1}",
		"routing.max_attempts: x/big and its fallbacks have 2 endpoints, of which at most 1 are tried", priced + "routing: {fallback: [x/small], max_attempts: 2}"},
	{"connect", strings.Replace(priced, "a.example\"", "a.example\", timeouts: {connect: 2m}", 1) + "routing: {deadline: 1m}",
		"providers.a.timeouts.connect: not shorter than the deadline, which is 1m0s", strings.Replace(priced, "a.example\"", "a.example\", timeouts: {connect: 2s}", 1) + "routing: {deadline: 1m}"},
	{"first token", strings.Replace(priced, "x/small: {", "x/small: {timeouts: {first_token: 6m}, ", 1),
		"models.x/small.timeouts.first_token: not shorter than the deadline", strings.Replace(priced, "x/small: {", "x/small: {timeouts: {first_token: 1m}, ", 1)},
	{"deadline", priced + "routing: {deadline: 4s}",
		"routing.deadline: not longer than a connection may take, which is 5s", priced + "routing: {deadline: 6s}"},
	{"no price", strings.Replace(priced, "price: {input: 1, output: 10}, ", "", 1),
		"models.x/big.endpoints[0]: no price, so that its cost is unknown", priced},
	{"no price under a limit", strings.Replace(priced, "price: {input: 1, output: 10}, ", "", 1) + "cost_limit: {usd: 1, per: day}",
		"models.x/big.endpoints[0]: no price, so that it is never used: cost_limit", priced + "cost_limit: {usd: 1, per: day}"},
	{"no price under a key's limit", strings.Replace(priced, "price: {input: 1, output: 10}, ", "", 1) + strings.Replace(oneKey, "}]", ", cost_limit: {usd: 1, per: day}}]", 1),
		"models.x/big.endpoints[0]: no price, so that keys with a cost_limit never use it", priced + strings.Replace(oneKey, "}]", ", cost_limit: {usd: 1, per: day}}]", 1)},
	{"one request", priced + "cost_limit: [{usd: 0.05, per: day}, {usd: 50, per: month}]",
		"cost_limit[0]: an answer of 10000 tokens, the most of a/big, costs $0.1", priced + "cost_limit: [{usd: 0.1, per: day}, {usd: 50, per: month}]"},
	{"one request of a key", priced + strings.Replace(oneKey, "}]", ", cost_limit: {usd: 0.05, per: request}}]", 1),
		"keys[0].cost_limit: an answer of 10000 tokens", priced + strings.Replace(oneKey, "}]", ", cost_limit: {usd: 0.5, per: request}}]", 1)},
	{"key without limits", priced + "listen: 0.0.0.0:1\nadmin: {token: env:T}" + oneKey,
		"keys[0]: other machines may call with it, and nothing limits what it spends", priced + "listen: 127.0.0.1:1\nadmin: {token: env:T}" + oneKey},
	{"key with a rate", priced + "listen: 0.0.0.0:1\nadmin: {token: env:T}" + oneKey,
		"keys[0]: other machines", priced + "listen: 0.0.0.0:1\nadmin: {token: env:T}" + strings.Replace(oneKey, "}]", ", rate_limit: {requests: 1, per: second}}]", 1)},
	{"second arm", routed("", "", ""),
		"routes[0].providers[1]: never tried: without failover and load_balancing only the first provider is", routed("", "", "    failover: true")},
	{"drained", routed("", ", weight: 0", "    load_balancing: true"),
		"routes[0].providers[1]: never tried: it is not drawn with weight 0", routed("", ", weight: 0", "    load_balancing: true\n    failover: true")},
	{"arm switched off", strings.Replace(routed("", "", "    failover: true"), "b.example\"", "b.example\", enabled: false", 1),
		"routes[0].providers[1]: never tried: provider b is switched off", ""},
	{"weight without draw", routed(", weight: 3", "", "    failover: true"),
		"routes[0].providers[0].weight: nothing is drawn without load_balancing", routed(", weight: 3", "", "    failover: true\n    load_balancing: true")},
	{"timeout of an arm", routed(", timeout: 5m", "", "    failover: true"),
		"routes[0].providers[0].timeout: not shorter than the deadline, which is 5m0s", routed(", timeout: 5m", "", "    failover: true\n    routing: {deadline: 6m}")},
	{"timeouts of a route", routed("", "", "    failover: true\n    timeouts: {connect: 1m}\n    routing: {deadline: 1m}"),
		"routes[0].timeouts.connect: not shorter than the deadline", routed("", "", "    failover: true\n    timeouts: {connect: 1m}")},
	{"arm without price", priced + "routes: [{path: /s, schema: openai, cost_limit: {usd: 1, per: day}, providers: [{provider: a, model: own}]}]",
		"routes[0].providers[0]: no price, so that it is never used: the route's cost_limit", priced + "routes: [{path: /s, schema: openai, cost_limit: {usd: 1, per: day}, providers: [{provider: a, model: own, price: {input: 1, output: 1}}]}]"},
	{"one request of a route", routed("", "", "    failover: true\n    cost_limit: {usd: 0.05, per: day}"),
		"routes[0].cost_limit: an answer of 10000 tokens", routed("", "", "    failover: true\n    cost_limit: {usd: 0.5, per: day}")},
	{"attempts of a route", routed("", "", "    failover: true\n    routing: {max_attempts: 1}"),
		"routes[0].routing.max_attempts: the route and its fallbacks have 2 endpoints, of which at most 1 are tried", routed("", "", "    failover: true\n    routing: {max_attempts: 2}")},
	{"fallback of a route", priced + "routes: [{path: /r, schema: openai, providers: [{provider: a, model: x/big}], routing: {fallback: [x/big]}}]",
		"routes[0].routing.fallback[0]: never tried: x/big is the model", priced + "routes: [{path: /r, schema: openai, providers: [{provider: a, model: x/big}], routing: {fallback: [x/small]}}]"},
	{"prefill", priced + "routing: {resume: prefill}",
		"routing.resume: no endpoint has prefill: true, so that an answer that breaks off never goes on", strings.Replace(priced, "provider: a,", "provider: a, prefill: true,", 1) + "routing: {resume: prefill}"},
	{"prefill of what is off", strings.Replace(priced, "endpoints: [{provider: a,", "endpoints: [{provider: b}, {provider: a, prefill: true, enabled: false,", 1) + "routing: {resume: prefill}",
		"routing.resume: no endpoint has prefill: true", priced + "routing: {resume: auto}"},
	{"prefill of a route", routed("", "", "    failover: true\n    routing: {resume: prefill}"),
		"routes[0].routing.resume: no endpoint has prefill: true", routed("", "", "    failover: true\n    routing: {resume: replay}")},
	{"retry of nothing", priced + "routing: {retry: {max: 0, on: [503]}}",
		"routing.retry.on: never tried again: max is 0", priced + "routing: {retry: {max: 0}}"},
	{"retry of nothing by a route", routed("", "", "    failover: true\n    routing: {retry: {on: [503]}}") + "\nrouting: {retry: {max: 0}}",
		"routes[0].routing.retry.on: never tried again: max is 0", routed("", "", "    failover: true\n    routing: {retry: {on: [503], max: 1}}") + "\nrouting: {retry: {max: 0}}"},
	{"backoff", priced + "routing: {deadline: 10s, retry: {backoff: 10s}}",
		"routing.retry.backoff: not shorter than the deadline, which is 10s", priced + "routing: {deadline: 10s, retry: {backoff: 9s}}"},
	{"backoff of a route", routed("", "", "    failover: true\n    routing: {deadline: 6s, retry: {backoff: 7s}}"),
		"routes[0].routing.retry.backoff: not shorter than the deadline, which is 6s", routed("", "", "    failover: true\n    routing: {retry: {backoff: 7s}}")},
	{"hold without failover", routed("", "", "    load_balancing: true\n    routing: {hold: whole}"),
		"routes[0].routing.hold: held back for nothing: without failover only the chosen provider is tried", routed("", "", "    load_balancing: true\n    failover: true\n    routing: {hold: whole}")},
	{"resume without failover", routed("", "", "    load_balancing: true\n    routing: {resume: replay}"),
		"routes[0].routing.resume: nobody else can go on with an answer", routed("", "", "    load_balancing: true\n    routing: {resume: off, hold: first_event}")},
	{"sticky", routed("", "", "    load_balancing: true\n    sticky: key"),
		"routes[0].sticky: no keys are configured", routed("", "", "    load_balancing: true\n    sticky: key") + oneKey},
}

// TestLint holds each finding against its two files.
func TestLint(t *testing.T) {
	for _, c := range lints {
		got := warnings(t, c.name, c.bad)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.good != "" {
			if got := warnings(t, c.name, c.good); got != "" {
				t.Errorf("%s: the good one is not silent: %s", c.name, got)
			}
		}
	}
}

func warnings(t *testing.T, name, text string) string {
	t.Helper()
	c, err := parse("", []byte(text), nil, env)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	c.Lint()
	for _, w := range c.Warnings {
		if w.Line < 2 || w.Column < 1 || w.Place == "" {
			t.Errorf("%s: without a place: %+v", name, w)
		}
	}
	return Problems(c.Warnings).Error()
}

// TestLintMany holds that a generated file is not answered with a flood.
func TestLintMany(t *testing.T) {
	text := two + "models:\n"
	for i := range 500 {
		text += "  x/m" + strings.Trim(index(i), "[]") + ": {endpoints: [{provider: a}, {provider: b}]}\n"
	}
	c, err := Parse("", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Lint()
	if len(c.Warnings) != maxFindings+1 || !strings.HasPrefix(c.Warnings[0].Message, "more is worth a warning") {
		t.Error(len(c.Warnings), c.Warnings[0])
	}
}

// TestLintDemo holds that there is nothing to say about the demo's providers.
func TestLintDemo(t *testing.T) {
	m := catalog.Model{ID: "demo/model"}
	c := &Config{Listen: DefaultListen}
	for _, o := range simulated.Cast(1) {
		c.Catalog.Providers = append(c.Catalog.Providers, catalog.Provider{Name: o.Name, Schema: llm.SchemaNamed(cmp.Or(o.Schema, "openai")), BaseURL: "http://127.0.0.1:1"})
		m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: o.Name, Price: catalog.Price{Known: true, Input: 1, Output: 1}})
	}
	c.Catalog.Models = []catalog.Model{m}
	c.Lint()
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
	c.Catalog.Routing.Fallback = []string{"model"}
	c.Lint()
	if len(c.Warnings) != 1 || c.Warnings[0].Error() != "routing.fallback.0: never tried: demo/model is the model that it would stand in for" {
		t.Error(c.Warnings)
	}
}
