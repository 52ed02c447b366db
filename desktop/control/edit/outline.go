package edit

import (
	"cmp"
	"strconv"
	"time"

	"strowger/core/catalog"
)

// Outline is what a configuration says, without anything that could be secret: each field is
// named here. Durations are written as in the file.
type Outline struct {
	Strategy    string      `json:"strategy"`
	Fallback    []string    `json:"fallback"`
	FallbackOn  []any       `json:"fallback_on"`
	MaxAttempts int         `json:"max_attempts"`
	Deadline    string      `json:"deadline"`
	Hold        any         `json:"hold"`
	Resume      string      `json:"resume"`
	Circuit     circuit     `json:"circuit"`
	Retry       retry       `json:"retry"`
	CostLimits  []costLimit `json:"cost_limits"`
	Routes      []route     `json:"routes"`
	Keys        []key       `json:"keys"`
	Providers   []string    `json:"providers"`
	Models      []string    `json:"models"`
	Aliases     []alias     `json:"aliases"`
	Cache       any         `json:"cache"` // as a route's
}

type circuit struct {
	Failures    int    `json:"failures"`
	CoolDown    string `json:"cool_down"`
	CoolDownMax string `json:"cool_down_max"`
}

type retry struct {
	Max           int    `json:"max"`
	On            []int  `json:"on"`
	Backoff       string `json:"backoff"`
	BackoffMax    string `json:"backoff_max"`
	RetryAfterMax string `json:"retry_after_max"`
}

type costLimit struct {
	Micro int64  `json:"micro"`
	Per   string `json:"per"`
}

type route struct {
	Path          string      `json:"path"`
	Failover      bool        `json:"failover"`
	LoadBalancing bool        `json:"load_balancing"`
	Sticky        string      `json:"sticky"`
	Cache         any         `json:"cache"`
	CostLimits    []costLimit `json:"cost_limits"`
	Providers     []arm       `json:"providers"`
	Strategy      string      `json:"strategy"`
}

type arm struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Weight   int    `json:"weight"`
}

type key struct {
	Name   string `json:"name"`
	Limits limits `json:"limits"`
}

type limits struct {
	CostLimits []costLimit `json:"cost_limits"`
	RateLimit  *rate       `json:"rate_limit"`
}

type rate struct {
	Requests int    `json:"requests"`
	Per      string `json:"per"`
}

// spans are what rates are per, in the words of the file.
var spans = map[time.Duration]string{time.Second: "second", time.Minute: "minute", time.Hour: "hour", 24 * time.Hour: "day"}

type alias struct {
	Name string `json:"name"`
	To   string `json:"to"`
}

// OutlineOf is the outline of a configuration, with what counts where it says nothing.
func OutlineOf(c *catalog.Config) Outline {
	r := &c.Routing
	o := Outline{
		Strategy: name(r.Strategy.String(), "priority"), Fallback: texts(r.Fallback), FallbackOn: []any{}, MaxAttempts: cmp.Or(r.MaxAttempts, catalog.DefaultMaxAttempts),
		Deadline: plainly(cmp.Or(r.Deadline, catalog.DefaultDeadline)), Hold: holdOf(r.Hold), Resume: name(r.Resume.String(), "auto"),
		Circuit:    circuit{cmp.Or(r.Circuit.Failures, catalog.DefaultCircuitFailures), plainly(cmp.Or(r.Circuit.CoolDown, catalog.DefaultCoolDown)), plainly(cmp.Or(r.Circuit.CoolDownMax, catalog.DefaultCoolDownMax))},
		CostLimits: costLimits(c.CostLimits), Routes: []route{}, Keys: []key{}, Providers: []string{}, Models: []string{}, Aliases: []alias{}, Cache: cacheOf(&c.Cache),
	}
	o.Retry = retry{
		max(cmp.Or(r.Retry.Max, catalog.DefaultRetries), 0), append([]int{}, r.Retry.On...),
		plainly(cmp.Or(r.Retry.Backoff, catalog.DefaultBackoff)), plainly(cmp.Or(r.Retry.BackoffMax, catalog.DefaultBackoffMax)),
		plainly(max(cmp.Or(r.Retry.AfterMax, catalog.DefaultRetryAfterMax), 0)), // Never is below 0
	}
	for _, s := range r.FallbackOn.Statuses {
		o.FallbackOn = append(o.FallbackOn, s)
	}
	for _, s := range r.FallbackOn.Classes {
		o.FallbackOn = append(o.FallbackOn, s)
	}
	for _, p := range c.Providers {
		o.Providers = append(o.Providers, p.Name)
	}
	for _, m := range c.Models {
		o.Models = append(o.Models, m.ID)
	}
	for _, a := range c.Aliases {
		o.Aliases = append(o.Aliases, alias{a.Name, a.Means})
	}
	for _, k := range c.Keys {
		l := limits{CostLimits: costLimits(k.CostLimits)}
		if k.Rate.Requests > 0 {
			l.RateLimit = &rate{k.Rate.Requests, spans[k.Rate.Per]}
		}
		o.Keys = append(o.Keys, key{k.Name, l})
	}
	for i := range c.Routes {
		o.Routes = append(o.Routes, routeOf(&c.Routes[i]))
	}
	return o
}

func routeOf(r *catalog.Route) route {
	out := route{Path: r.Path, Failover: r.Failover, LoadBalancing: r.LoadBalancing, Sticky: r.Sticky.String(), CostLimits: costLimits(r.CostLimits), Providers: []arm{}, Strategy: name(r.Routing.Strategy.String(), ""), Cache: cacheOf(&r.Cache)}
	for _, a := range r.Arms {
		out.Providers = append(out.Providers, arm{a.Provider, a.Model, a.Weight})
	}
	return out
}

// cacheOf is a rule of the cache: nil where nothing is said, false where it is off.
func cacheOf(c *catalog.Cache) any {
	switch {
	case c.Off:
		return false
	case c.TTL > 0:
		return map[string]any{"ttl": plainly(c.TTL), "coalesce": c.Coalesce}
	}
	return nil
}

// name is the name of a choice, or what counts if none was made.
func name(said, otherwise string) string {
	if said == "" || said == "none" {
		return otherwise
	}
	return said
}

func texts(all []string) []string { return append([]string{}, all...) }

func holdOf(h catalog.Hold) any {
	switch {
	case h.Whole:
		return "whole"
	case h.Tokens > 0:
		return map[string]int64{"tokens": h.Tokens}
	case h.For > 0:
		return map[string]string{"for": plainly(h.For)}
	}
	return "first_event"
}

func costLimits(all []catalog.CostLimit) []costLimit {
	out := []costLimit{}
	for _, l := range all {
		out = append(out, costLimit{l.Most, l.Per.String()})
	}
	return out
}

// plainly writes a duration as a file would: 5m, not 5m0s.
func plainly(d time.Duration) string {
	for _, u := range [...]struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if d > 0 && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return d.String()
}
