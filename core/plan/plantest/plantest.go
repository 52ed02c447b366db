// Package plantest generates cases to decide: a configuration, what has been measured, a
// request and a moment, everything from one number. The same number makes the same case,
// on every host, so that two hosts can be held against each other. It is for tests.
//
//	c := plantest.Generate(seed)
//	cat, err := catalog.New(c.Config) // never fails
//	board := c.Board()
package plantest

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/plan"
	"strowger/core/stats"
)

// Case is one case. Its configuration is always valid. The request mostly is: now and then
// it names an unknown model or provider, or holds a mistake, and is to be refused.
type Case struct {
	Config  catalog.Config
	Samples []stats.Sample // in the order of their times, none after Now
	Body    []byte         // of an OpenAI chat completion
	Header  []byte         // the value of x-strowger-provider; nil when there is none
	Route   string         // path of the route that the request came by; empty: by none
	Key     string         // name of the client key; empty when there is none
	Funds   *plan.Funds    // what is left to spend; nil: no matter
	Now     time.Time      // in whole microseconds, UTC
	Seed    uint64
}

// Generate makes the case of that number.
func Generate(seed uint64) Case {
	g := generator{random: random{seed}}
	c := Case{Seed: g.next(), Now: time.UnixMicro(1_750_000_000_000_000 + int64(g.below(1e12))).UTC()}
	c.Config = g.config()
	c.Samples = g.samples(&c.Config, c.Now)
	c.Body = g.body(&c.Config)
	if g.one(4) {
		c.Header = g.provider(&c.Config)
	}
	g.call(&c)
	return c
}

// Board is the state of the endpoints after the samples, under the case's own rules.
func (c *Case) Board() *stats.Board {
	r := c.Config.Routing.Circuit
	b := &stats.Board{Rules: stats.Rules{Failures: r.Failures, CoolDown: r.CoolDown, CoolDownMax: r.CoolDownMax}}
	for _, s := range c.Samples {
		b.Fold(s)
	}
	return b
}

// random is SplitMix64 (Steele, Lea, Flood 2014).
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// one is true once in n times.
func (r *random) one(n int) bool { return r.below(n) == 0 }

func (r *random) of(list ...string) string { return list[r.below(len(list))] }

// some is a part of list, in an order of its own.
func (r *random) some(list []string) []string {
	some := []string{}
	for _, s := range list {
		if r.one(2) {
			at := r.below(len(some) + 1)
			some = append(some, "")
			copy(some[at+1:], some[at:])
			some[at] = s
		}
	}
	return some
}

// generator makes the parts of one case.
type generator struct{ random }
