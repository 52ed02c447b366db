package plan

import (
	"strconv"
	"strings"

	"strowger/core/catalog"
)

// String is the reason's code, for programs.
func (c ReasonCode) String() string { return reasonNames[c] }

// String is the reason as a sentence.
func (r Reason) String() string {
	n, of := strconv.FormatInt(r.N, 10), strconv.FormatInt(r.Of, 10)
	switch r.Code {
	case ExcludedDisabled:
		return "switched off in the configuration"
	case ExcludedIgnore:
		return "its provider is in provider.ignore"
	case ExcludedOnly:
		return "its provider is not in provider.only"
	case ExcludedOperation:
		return "does not serve " + r.Name + " in this schema"
	case ExcludedContext:
		return "about " + n + " tokens of input do not fit its context of " + of
	case ExcludedMaxOutput:
		return "cannot write " + n + " tokens, its limit is " + of
	case ExcludedParameter:
		return "does not support " + r.Name
	case ExcludedNoFallback:
		return "fallbacks are off, and another endpoint stands first"
	case ExcludedAttempts:
		return "beyond the limit of " + n + " attempts"
	case RestingCircuit:
		return "resting for " + seconds(r.N) + " after " + of + " failures in a row"
	case RestingProbe:
		return "being probed by another request after failures"
	case RestingLimited:
		return "asked to be left alone for " + seconds(r.N)
	}
	return ""
}

// seconds writes milliseconds as seconds with one decimal, rounded up.
func seconds(ms int64) string {
	tenths := (ms + 99) / 100
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + "s"
}

// Why says in a sentence why the plan begins as it does.
func (d *Decision) Why() string {
	if len(d.Plan) == 0 {
		return "nothing is eligible: " + d.exclusions()
	}
	c := &d.Candidates[d.Plan[0]]
	why := c.Endpoint.ID + " goes first: " + d.because(c)
	if n := d.count(func(c *Candidate) bool { return c.Resting.Code != ReasonNone && c.Rank > 0 }); n > 0 && c.Resting.Code == ReasonNone {
		why += "; " + plural(n, "endpoint") + " resting and put last"
	}
	if n := d.count(func(c *Candidate) bool { return c.Excluded.Code != ReasonNone }); n > 0 {
		why += "; " + strconv.Itoa(n) + " excluded"
	}
	return why
}

func (d *Decision) because(c *Candidate) string {
	switch {
	case c.Resting.Code != ReasonNone:
		return "every eligible endpoint is resting, and it is the best of them"
	case d.Explored:
		return "too little is known of it, and this request is in the share kept to learn (" + strconv.Itoa(exploreShare/10) + "%)"
	case c.Group > 0:
		return "no endpoint of " + d.Policy.Model + " is available, and " + c.Endpoint.Model + " is the next model"
	case d.named(c):
		return "provider.order names it"
	case !c.Score.Known:
		return "nothing is known to compare by, so the configured order counts"
	}
	return d.merit(c)
}

func (d *Decision) merit(c *Candidate) string {
	value := scoreText(c.Score)
	switch d.Policy.Strategy {
	case catalog.StrategyCost:
		return "lowest expected cost for this request, " + value
	case catalog.StrategyLatency:
		if d.Request.Stream {
			return "lowest expected time to first token, " + value
		}
		return "lowest expected time to the whole answer, " + value
	case catalog.StrategyThroughput:
		return "highest output speed, " + value + " a token"
	case catalog.StrategyBalanced:
		return "its turn, with " + value + " before"
	case catalog.StrategyValue:
		return "drawn with a share of " + strconv.FormatInt(c.Score.Terms[1].Value/10, 10) + "% by price among those that are good enough"
	}
	return "first in the configured order"
}

// scoreText is a score for people.
func scoreText(s Score) string {
	switch s.Unit {
	case "us":
		return strconv.FormatFloat(float64(s.Value)/1000, 'f', 1, 64) + " ms"
	case "ns":
		return strconv.FormatFloat(float64(s.Value)/1e6, 'f', 2, 64) + " ms"
	case "nano_usd":
		return "$" + strconv.FormatFloat(float64(s.Value)/1e9, 'f', 6, 64)
	case "turns":
		return plural(int(s.Value), "turn")
	}
	return strconv.FormatInt(s.Value, 10)
}

// Text is the score for people; empty when it is not known.
func (s Score) Text() string {
	if !s.Known {
		return ""
	}
	return scoreText(s)
}

func (d *Decision) named(c *Candidate) bool {
	for _, name := range d.Policy.Order {
		if catalog.MatchProvider(name, c.Endpoint.Provider) {
			return true
		}
	}
	return false
}

func (d *Decision) count(is func(*Candidate) bool) (n int) {
	for i := range d.Candidates {
		if is(&d.Candidates[i]) {
			n++
		}
	}
	return n
}

// exclusions lists what excluded each candidate.
func (d *Decision) exclusions() string {
	var b strings.Builder
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Endpoint.ID + " " + c.Excluded.String())
	}
	return b.String()
}

func plural(n int, thing string) string {
	s := strconv.Itoa(n) + " " + thing
	if n != 1 {
		s += "s"
	}
	return s
}
