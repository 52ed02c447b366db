package config

import (
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// clocks looks for timeouts that the deadline is always before.
func (l *linter) clocks(t catalog.Timeouts, deadline time.Duration, path ...string) {
	for _, c := range [...]struct {
		name string
		time time.Duration
	}{{"connect", t.Connect}, {"first_token", t.FirstToken}} {
		if c.time >= deadline {
			l.say("not shorter than the deadline, which is "+deadline.String()+": nothing else is tried after it", append(path[:len(path):len(path)], c.name)...)
		}
	}
}

// connecting looks for a deadline so short that no connection fails before it.
func (l *linter) connecting() {
	deadline := l.Catalog.Routing.Deadline
	if deadline == 0 || deadline > catalog.DefaultConnect {
		return
	}
	for _, p := range l.Catalog.Providers {
		if p.Timeouts.Connect == 0 {
			l.say("not longer than a connection may take, which is "+catalog.DefaultConnect.String()+": where none can be made, nothing else is tried; give the providers a shorter timeouts.connect", "routing", "deadline")
			return
		}
	}
}

// attempts looks for plans that are longer than what is tried of them.
func (l *linter) attempts(fallback []string, primaries []*catalog.Model) {
	most := l.cat.Routing().MaxAttempts
	var worst *catalog.Model
	length := most
	for _, p := range primaries {
		if n := len(serving(p)) + l.endpoints(fallback, p); n > length {
			worst, length = p, n
		}
	}
	if worst == nil {
		return
	}
	place := []string{"models", worst.ID}
	if len(fallback) > 0 {
		place = []string{"routing", "fallback"}
	}
	if l.Catalog.Routing.MaxAttempts != 0 {
		place = []string{"routing", "max_attempts"}
	}
	l.say(worst.ID+" and its fallbacks have "+strconv.Itoa(length)+" endpoints, of which at most "+strconv.Itoa(most)+" are tried (max_attempts)", place...)
}

// endpoints counts those of the fallback models of a primary, which may be nil.
func (l *linter) endpoints(fallback []string, primary *catalog.Model) (n int) {
	seen := map[*catalog.Model]bool{nil: true, primary: true}
	for _, name := range fallback {
		if m := l.model(name); !seen[m] {
			seen[m] = true
			n += len(serving(m))
		}
	}
	return n
}

// prices looks for endpoints in the file without a price.
func (l *linter) prices() {
	message := "no price, so that its cost is unknown and it goes last where cost decides; a free one has {input: 0, output: 0}"
	for _, k := range l.Catalog.Keys {
		if len(k.CostLimits) > 0 {
			message = "no price, so that keys with a cost_limit never use it; a free one has {input: 0, output: 0}"
		}
	}
	if len(l.Catalog.CostLimits) > 0 {
		message = "no price, so that it is never used: cost_limit needs to know what a request may cost; a free one has {input: 0, output: 0}"
	}
	for _, m := range l.Catalog.Models {
		if !l.said("models", m.ID) { // filled in, with the prices that are known
			continue
		}
		for i, e := range l.cat.Model(m.ID).Endpoints {
			if !e.Disabled && !e.Price.Known && l.said("models", m.ID) {
				l.say(message, "models", m.ID, "endpoints", strconv.Itoa(i))
			}
		}
	}
}

// limits looks for limits on money that one request may pass.
func (l *linter) limits(limits []catalog.CostLimit, endpoints []*catalog.Endpoint, path ...string) {
	var most catalog.MicroDollars
	var dearest *catalog.Endpoint
	for _, e := range endpoints {
		if c := e.Price.Cost(llm.Usage{Output: e.MaxOutput}); e.Price.Known && c > most {
			most, dearest = c, e
		}
	}
	for i, limit := range limits {
		if most > limit.Most {
			l.say("an answer of "+strconv.FormatInt(dearest.MaxOutput, 10)+" tokens, the most of "+dearest.ID+", costs $"+llm.Dollars(most)+
				", more than this limit: requests without a smaller max_tokens may be refused", append(path[:len(path):len(path)], strconv.Itoa(i))...)
		}
	}
}

// keys looks for client keys of other machines that may spend without limit, and for
// limits of keys that one request may pass.
func (l *linter) keys(endpoints []*catalog.Endpoint) {
	for i, k := range l.Catalog.Keys {
		at := strconv.Itoa(i)
		l.limits(k.CostLimits, endpoints, "keys", at, "cost_limit")
		if !Loopback(l.Listen) && len(k.CostLimits)+len(l.Catalog.CostLimits) == 0 && k.Rate == (catalog.Rate{}) {
			l.say("other machines may call with it, and nothing limits what it spends; add cost_limit or rate_limit", "keys", at)
		}
	}
}
