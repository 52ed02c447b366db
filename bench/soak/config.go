package main

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// The client keys. The pauper's limit is soon used up, and the hasty one comes too often.
const (
	keyLaptop = "sk-soak-laptop-0123456789"
	keyPauper = "sk-soak-pauper-0123456789"
	keyHasty  = "sk-soak-hasty-0123456789"

	providerKey = "sk-soak-provider-0123456789"
)

// pauperLimit is in micro-dollars.
const pauperLimit = 20_000

// timeouts bound an attempt.
type timeouts struct{ first, idle, total, deadline string }

// configuration is strowger.yaml for these providers.
func configuration(c *company, t timeouts) string {
	var b strings.Builder
	b.WriteString("providers:\n")
	for _, a := range c.actors {
		more := ""
		if a.assemble {
			more = ", assemble: true"
		}
		fmt.Fprintf(&b, "  %s: {schema: openai, base_url: %q, api_key: %q, timeouts: {connect: 5s, first_token: %s, idle: %s, total: %s}%s}\n",
			a.name, a.url+"/v1", providerKey, t.first, t.idle, t.total, more)
	}
	fmt.Fprintf(&b, settings, t.deadline, digest(keyLaptop), digest(keyPauper), float64(pauperLimit)/1e6, digest(keyHasty))
	return b.String()
}

func digest(key string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(key))) }

// settings are the rest of strowger.yaml. The limit on everything is never reached: it is
// there so that everything is counted.
const settings = `models:
  soak/one:
    endpoints:
      - {provider: alder, model: parrot-1, price: {input: 1, output: 2}, context: 128000}
      - {provider: birch, model: parrot-1, price: {input: 3, output: 9, request: 0.0001}, context: 128000}
      - {provider: cedar, model: parrot-1, price: {input: 10, output: 30}, context: 128000}
  soak/two:
    endpoints:
      - {provider: alder, model: parrot-2, price: {input: 2, output: 4}}
      - {provider: fir, model: parrot-2, price: {input: 0, output: 0}}
  soak/prefill:
    endpoints:
      - {provider: alder, model: parrot-3, price: {input: 1, output: 2}}
      - {provider: elm, model: parrot-3, price: {input: 2, output: 5}, prefill: true}
  soak/assembled:
    endpoints:
      - {provider: fir, model: parrot-4, price: {input: 1, output: 7}}
      - {provider: cedar, model: parrot-4, price: {input: 1, output: 8}}
routing:
  deadline: %s
  circuit: {failures: 5, cool_down: 1s, cool_down_max: 4s}
cost_limit: {usd: 1000000, per: month}
keys:
  - {name: laptop, sha256: %q, cost_limit: {usd: 1000000, per: day}}
  - {name: pauper, sha256: %q, cost_limit: {usd: %g, per: month}}
  - {name: hasty, sha256: %q, rate_limit: {requests: 5, per: second}}
routes:
  - path: /support
    failover: true
    load_balancing: true
    cost_limit: {usd: 1000000, per: day}
    providers:
      - {provider: alder, model: soak/one, weight: 60}
      - {provider: birch, model: soak/one, weight: 30}
      - {provider: fir, model: parrot-9, weight: 10, price: {input: 5, output: 5}}
  - path: /alone
    load_balancing: true
    providers:
      - {provider: birch, model: soak/one, weight: 50}
      - {provider: cedar, model: soak/one, weight: 50}
  - path: /cached
    cache: {ttl: 1h, coalesce: true}
  - path: /held
    routing: {hold: {tokens: 10}}
  - path: /whole
    routing: {hold: whole}
  - path: /honest
    routing: {resume: "off"}
  - path: /replayed
    routing: {resume: replay}
  - path: /again
    routing: {retry: {max: 2, on: [500, 503], backoff: 20ms, backoff_max: 200ms, retry_after_max: 1s}}
`
