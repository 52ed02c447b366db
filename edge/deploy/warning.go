package deploy

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/edge/document"
)

// Warning is worth knowing before an export is used.
type Warning struct {
	Place   string `json:"place"` // in the configuration; "" for all of it
	Message string `json:"message"`
}

// String is the warning in one line.
func (w Warning) String() string {
	if w.Place == "" {
		return w.Message
	}
	return w.Place + ": " + w.Message
}

// warner collects warnings.
type warner struct {
	*catalog.Config
	target Target
	out    []Warning
}

func (w *warner) say(place, message string) {
	w.out = append(w.out, Warning{place, message})
}

// Warnings are what a target does not do as a desktop with the same configuration does, each with
// what can be done about it.
func (d *Deployment) Warnings(target Target) []Warning {
	w := &warner{Config: d.catalog.Config(), target: target, out: []Warning{}}
	if d.Document.Open {
		w.say("keys", "there are none, and --open was said: whoever finds the address can spend your money; make one with strowger key new NAME")
	}
	for _, place := range d.literals {
		if strings.HasSuffix(place, ".api_key") {
			w.say(place, "the secret itself stands in the configuration; it is not exported, only its name is: better write ${NAME}, env:NAME or file:/path")
		}
	}
	w.addresses()
	w.reports(d.Document.Home)
	w.state()
	if target == ProxyWasm {
		w.streams()
	}
	return w.out
}

// addresses looks for providers that an edge host may not reach, or only in clear text.
func (w *warner) addresses() {
	var near []string
	for i := range w.Providers {
		p := &w.Providers[i]
		u, err := url.Parse(p.BaseURL)
		switch {
		case p.Disabled || err != nil:
		case private(u.Hostname()):
			near = append(near, p.Name+" ("+u.Hostname()+")")
		case u.Scheme != "https" && p.KeyRef != "":
			w.say("providers."+p.Name+".base_url", "the key would go over the network in clear text; use https")
		}
	}
	list := strings.Join(near, ", ")
	switch {
	case list == "":
	case w.target == Worker:
		w.say("providers", list+": cannot be reached from a Worker; give public addresses, or leave them out with enabled: false")
	default:
		w.say("providers", list+": only reached by a host on this machine or in this network; run it here, or leave them out with enabled: false")
	}
}

// reports looks at where a host is to report to.
func (w *warner) reports(h *document.Home) {
	if h == nil {
		return
	}
	switch u, err := url.Parse(h.URL); {
	case err != nil:
	case private(u.Hostname()):
		w.say("home", u.Hostname()+" cannot be reached from a Worker; give strowger serve a public address, and say --home with that")
	case u.Scheme != "https":
		w.say("home", "what is measured would go over the network in clear text; use https")
	}
}

// private reports whether a host's name or address means something in one network only.
func private(host string) bool {
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, end := range [...]string{".local", ".internal", ".localhost", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}

// state looks for rules that need what one process remembers.
func (w *warner) state() {
	if w.Timezone != "" && w.Timezone != time.UTC.String() {
		w.say("timezone", "the module knows UTC only: days and months of cost limits begin at midnight UTC there, not in "+w.Timezone+"; leave timezone out to have it the same here")
	}
	if place := w.cached(); place != "" {
		w.say(place, "no answers are kept on this target, so that every request is sent; put a cache before it, or take the rule out")
	}
	if place := w.spending(); place != "" && w.target != Worker {
		w.say(place, "what is spent is counted by each instance for itself and forgotten when it ends; where a limit must hold, call through a Worker with its Durable Object or a strowger serve, or set the limit at the provider too")
	}
	if l := w.Routing.Auto.Learn; l == nil || *l {
		if w.usesAuto() {
			w.say("routing.auto.learn", "verdicts on answers are not kept at the edge: auto mode chooses there by what it was exported with; say learn: false to have it the same here")
		}
	}
}

func (w *warner) cached() string {
	if w.Cache.TTL > 0 {
		return "cache"
	}
	for i := range w.Models {
		if w.Models[i].Cache.TTL > 0 {
			return "models." + w.Models[i].ID + ".cache"
		}
	}
	for i := range w.Routes {
		if w.Routes[i].Cache.TTL > 0 {
			return fmt.Sprintf("routes[%d].cache", i)
		}
	}
	return ""
}

// spending is the first place of a limit that lasts longer than a request.
func (w *warner) spending() string {
	lasts := func(limits []catalog.CostLimit) bool {
		for _, l := range limits {
			if l.Per.Lasts() {
				return true
			}
		}
		return false
	}
	if lasts(w.CostLimits) {
		return "cost_limit"
	}
	for i := range w.Routes {
		if lasts(w.Routes[i].CostLimits) {
			return fmt.Sprintf("routes[%d].cost_limit", i)
		}
	}
	for i, k := range w.Keys {
		if lasts(k.CostLimits) {
			return fmt.Sprintf("keys[%d].cost_limit", i)
		}
		if k.Rate.Requests > 0 {
			return fmt.Sprintf("keys[%d].rate_limit", i)
		}
	}
	return ""
}

// usesAuto reports whether the configuration says anything of auto mode.
func (w *warner) usesAuto() bool {
	auto := func(r *catalog.Routing) bool { return r.Auto.Models != nil }
	if auto(&w.Routing) {
		return true
	}
	for i := range w.Routes {
		if auto(&w.Routes[i].Routing) {
			return true
		}
	}
	return false
}
