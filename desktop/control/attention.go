package control

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/stats"
	"strowger/desktop/control/reply"
)

// How bad something is.
const (
	severityBad  = "bad"
	severityWarn = "warn"
	severityInfo = "info"
)

// concern is something that somebody should look at.
type concern struct {
	kind, severity   string
	text, next, link string
	id               string // the same as long as it is about the same; of limits only
}

// The share of requests that fall back, and how many must, before another primary is proposed.
const (
	oftenShare = 4 // one of so many
	oftenLeast = 10
	oftenTime  = time.Hour
)

// mostWarnings is how many of the configuration's warnings are listed.
const mostWarnings = 10

// attention lists what somebody should look at, the worst first.
func (c *Control) attention(w http.ResponseWriter, _ *http.Request) {
	all := append(c.troubles(), c.hints()...)
	slices.SortStableFunc(all, func(a, b concern) int { return weight(a.severity) - weight(b.severity) })
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("items", '[')
	for i := range all {
		a := &all[i]
		j.Begin('{')
		j.String("kind", a.kind)
		j.String("severity", a.severity)
		j.String("text", a.text)
		j.String("next", a.next)
		j.String("link", a.link)
		j.OptString("id", a.id)
		j.End('}')
	}
	j.End(']')
	j.Strings("untried", c.untried())
	j.End('}')
	reply.JSON(w, j.Buf)
}

// untried are the providers that are switched on and never answered, as far as is known: nobody
// can say of their keys that they work.
func (c *Control) untried() (names []string) {
	cat := c.o.Catalog()
	for _, p := range cat.Config().Providers {
		if m, _ := c.o.Feed.manner(cat, p.Name); !p.Disabled && !m.answered {
			names = append(names, p.Name)
		}
	}
	return names
}

func weight(severity string) int {
	return slices.Index([]string{severityBad, severityWarn, severityInfo}, severity)
}

// troubles are what keeps requests from being served as they should be.
func (c *Control) troubles() (all []concern) {
	if config := c.o.Config(); config.Problem != "" {
		all = append(all, concern{kind: "config", severity: severityBad, text: "the changed configuration is not used: " + config.Problem,
			next: "correct the file; the one before stays in use", link: "#/policy"})
	}
	if problem := c.storeProblem(); problem != "" {
		all = append(all, concern{kind: "store", severity: severityBad, text: "nothing is recorded: " + problem,
			next: "see that the data folder can be written to and has room", link: "#/settings"})
	}
	if problem := c.hand.unread(); problem != "" {
		all = append(all, concern{kind: "hand", severity: severityWarn, text: problem, next: "disable again what should be", link: "#/providers"})
	}
	cat := c.o.Catalog()
	if nothing(cat) {
		all = append(all, concern{kind: "setup", severity: severityBad, text: "no provider yet, so no request can be served",
			next: "paste a provider's key, or write strowger.yaml", link: "#/providers"})
	}
	list := cat.Config().Providers
	for i := range list {
		all = append(all, c.troublesOf(c.view(cat, &list[i]))...)
	}
	return append(all, c.spent()...)
}

// troublesOf are those of a provider.
func (c *Control) troublesOf(v *providerView) (all []concern) {
	say := func(kind, severity, text, next string) {
		all = append(all, concern{kind: kind, severity: severity, text: text, next: next, link: "#/providers?p=" + url.QueryEscape(v.Name)})
	}
	switch v.state {
	case "off":
		return nil
	case "disabled", "drill":
		severity, missed := map[bool]string{true: severityWarn, false: severityInfo}[v.state == "drill"], c.missed(v)
		if missed != "" {
			severity = severityBad
		}
		say("hand", severity, v.Name+": "+v.note+missed, "it ends at "+clock(v.until)+", or by hand")
		return all
	case "no_key":
		say("key", severityBad, v.Name+": "+v.note, "set the key, or switch the provider off")
	case "rejected":
		say("key", severityBad, v.Name+": "+v.note, "replace the key, then probe the provider")
	case "unanswered":
		severity, missed := severityWarn, c.missed(v)
		if missed != "" {
			severity = severityBad
		}
		say("provider", severity, v.Name+": "+v.note+missed, "see what failed, then probe the provider")
	}
	for j := range v.readings {
		if r := &v.readings[j]; r.Circuit == stats.Open && !v.endpoints[j].Disabled {
			say("circuit", severityWarn, v.endpoints[j].ID+" rests after "+counted(int64(r.Failures), "failure")+" in a row", "it is tried again by itself; see what failed")
		}
	}
	return all
}

// nothing reports whether no request can be served.
func nothing(cat *catalog.Catalog) bool {
	c := cat.Config()
	return len(c.Models)+len(c.Routes) == 0
}

// missed says which models nothing else serves while a provider is away.
func (c *Control) missed(v *providerView) string {
	const most = 3
	ids := c.alone(v)
	more := ""
	if len(ids) > most {
		more = " and " + strconv.Itoa(len(ids)-most) + " more"
	}
	if len(ids) == 0 {
		return ""
	}
	return "; nothing else serves " + strings.Join(ids[:min(len(ids), most)], ", ") + more
}

// spent are limits on money that are reached, or nearly.
func (c *Control) spent() (all []concern) {
	for _, b := range c.standings() {
		of := concern{kind: "budget", text: tell(&b), link: "#/costs", id: b.Account + " " + b.Per.String() + " " + b.Start.UTC().Format(time.RFC3339) + " " + b.state}
		switch b.state {
		case stateReached:
			of.severity, of.next = severityBad, effect(&b.Standing)
		case stateNear:
			of.severity, of.next = severityWarn, "once they are spent, "+effect(&b.Standing)
		default:
			if b.refused.requests == 0 {
				continue
			}
			of.severity, of.next = severityWarn, "requests say how much they may cost with max_tokens, so that more fit at once"
		}
		all = append(all, of)
	}
	return all
}

// hints are what could be better, of what has ended in the last hour.
func (c *Control) hints() (all []concern) {
	if !nothing(c.o.Catalog()) { // else there is more to say than that
		for _, text := range c.o.Config().Warnings {
			all = append(all, concern{kind: "config", severity: severityInfo, text: text, next: "it is in the configuration", link: "#/policy"})
		}
	}
	all = all[:min(len(all), mostWarnings)]
	recent := c.o.Feed.recent(time.Now().Add(-oftenTime))
	for _, n := range recent.unpriced.list() {
		all = append(all, concern{kind: "unpriced", severity: severityInfo, text: "no known price for " + counted(n.requests, "request") + " to " + n.key[0],
			next: "give it a price in the configuration", link: "#/costs"})
	}
	for _, n := range recent.fell.list() {
		of := recent.asked[n.key]
		if n.requests >= oftenLeast && n.requests >= of/oftenShare {
			all = append(all, concern{kind: "fallback", severity: severityWarn,
				text: strconv.FormatInt(n.requests, 10) + " of " + counted(of, "request") + " for " + n.key[0] + " fell back in the last hour",
				next: "consider another primary", link: "#/fallbacks?asked=" + url.QueryEscape(n.key[0])})
		}
	}
	return all[:min(len(all), 50)]
}

// recently counts what has ended since a moment, as far as it is held.
type recently struct{ asked, fell, unpriced tallies }

func (f *Feed) recent(since time.Time) recently {
	r := recently{tallies{}, tallies{}, tallies{}}
	rows, _ := f.held(0, 0, kept)
	for _, row := range rows {
		d := &row.entry().Decision
		if d.At.Before(since) {
			continue
		}
		if d.Attempts == 0 || d.Cache == "hit" {
			continue // nobody was asked
		}
		r.asked[[3]string{d.Asked}]++
		if d.Attempts > 1 {
			r.fell[[3]string{d.Asked}]++
		}
		if !d.Priced {
			r.unpriced[[3]string{d.Endpoint}]++
		}
	}
	return r
}

// storeProblem says why nothing is recorded; empty if all is.
func (c *Control) storeProblem() string {
	if n := c.o.Store.Counters(); c.o.StoreProblem == "" && n.Failing {
		return n.LastError
	}
	return c.o.StoreProblem
}
