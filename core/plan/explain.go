package plan

import (
	"strconv"
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
)

// Why says in a sentence why the plan begins as it does.
func (d *Decision) Why() string {
	if len(d.Plan) == 0 {
		return "nothing is eligible: " + d.exclusions()
	}
	c := &d.Candidates[d.Plan[0]]
	why := ""
	if d.Auto != nil {
		why = d.chosen()
	}
	why += c.Endpoint.ID + " goes first: " + d.because(c)
	if n := d.count(func(c *Candidate) bool { return c.resting() && c.Rank > 0 }); n > 0 && !c.resting() {
		why += "; " + plural(int64(n), "endpoint") + " resting and put last"
	}
	if n := d.count(func(c *Candidate) bool { return c.missed() && !c.resting() && c.Rank > 0 }); n > 0 && !c.missed() {
		why += "; " + plural(int64(n), "endpoint") + " behind for missing what is preferred"
	}
	if n := d.count((*Candidate).excluded); n > 0 {
		why += "; " + strconv.Itoa(n) + " excluded"
	}
	return why
}

func (d *Decision) because(c *Candidate) string {
	forced := !d.Policy.AllowFallbacks && d.named(c)
	switch {
	case c.resting() && c.Group == 0 && d.Auto != nil && d.Auto.Reason == pool.ReasonLoop:
		return "it is resting, but its model must stay"
	case c.resting() && forced:
		return "it is resting, but provider.order names it and fallbacks are off"
	case c.resting():
		return "every eligible endpoint is resting, and it is the best of them"
	case d.Explored:
		return "too little is known of it, and this request is in the share kept to learn (" + strconv.Itoa(exploreShare/10) + "%)"
	case c.Group > 0 && !d.Policy.Mixed:
		return "no " + d.primary() + " is available, and " + c.Endpoint.Model + " is the next model that has one"
	case c.missed() && d.named(c):
		return "it misses what is preferred, but provider.order names it"
	case c.missed():
		return "none that is available meets what is preferred; " + d.merit(c)
	}
	return d.merit(c)
}

// primary is what the candidates of group 0 are, each.
func (d *Decision) primary() string {
	switch {
	case d.Policy.Model == "":
		return "model of the pool"
	case d.Policy.Arms != nil:
		return "provider of the route"
	}
	return "endpoint of " + d.Policy.Model
}

// named reports whether the caller's order names the candidate's provider.
func (d *Decision) named(c *Candidate) bool {
	return ordered(d.Policy.Order, c.Endpoint.Provider) < len(d.Policy.Order)
}

// merit says what put the candidate before those that nothing else sets apart from it.
func (d *Decision) merit(c *Candidate) string {
	switch {
	case d.named(c):
		return "provider.order names it"
	case !c.Score.Known:
		return "nothing is known to compare by, so the configured order counts"
	}
	value := c.Score.Text()
	switch d.Policy.Strategy {
	case catalog.StrategyCost:
		return "lowest expected cost for this request, " + value
	case catalog.StrategyLatency:
		if d.Request.Stream {
			return "lowest expected time to first token, " + value
		}
		return "lowest expected time to the whole answer, " + value
	case catalog.StrategyThroughput:
		return "highest expected output speed, " + value
	case catalog.StrategyBalanced:
		return "its turn, with " + value + " before"
	case catalog.StrategyValue:
		return valueMerit(c.Score)
	case catalog.StrategyWeighted:
		return weightMerit(c.Score, d.Policy.Stick != 0)
	}
	return "first in the configured order"
}

func (d *Decision) count(is func(*Candidate) bool) (n int) {
	for i := range d.Candidates {
		if is(&d.Candidates[i]) {
			n++
		}
	}
	return n
}

// exclusions lists what excluded the candidates, the first few of them.
func (d *Decision) exclusions() string {
	const most = 8
	if len(d.Candidates) == 0 {
		return "there is no candidate"
	}
	var b strings.Builder
	for i := range d.Candidates[:min(len(d.Candidates), most)] {
		c := &d.Candidates[i]
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Endpoint.ID + ": " + c.Excluded.String())
	}
	if n := len(d.Candidates) - most; n > 0 {
		b.WriteString("; and " + strconv.Itoa(n) + " more")
	}
	return b.String()
}

func plural(n int64, thing string) string {
	s := strconv.FormatInt(n, 10) + " " + thing
	if n != 1 {
		s += "s"
	}
	return s
}
