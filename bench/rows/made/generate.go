// Package made makes up records: a month of requests of agents and scripts of a few people.
package made

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"strowger/core/llm"
	"strowger/core/stats"
	"strowger/desktop/store"
)

// Span is over which time the requests are spread.
const Span = 30 * 24 * time.Hour

// generator makes requests up: agents and scripts of a few people, more by day than by night,
// with providers that fail now and then and one that fails for an afternoon.
type generator struct {
	rng   *rand.Rand
	n     int64
	begin time.Time
	rare  int64 // every so many requests something rare
	pad   string
}

func newGenerator(n int64, seed uint64, now time.Time) *generator {
	return &generator{rng: rand.New(rand.NewPCG(seed, 7)), n: n, begin: now.Add(-Span), rare: max(n/20, 500),
		pad: strings.Repeat(`{"endpoint":"azure/gpt-4o","model":"openai/gpt-4o","kept":true,"price":1250,"score":0.731},`, 24)}
}

// offer is a model at a provider.
type offer struct {
	model, provider string
	input, output   int64 // micro-dollars per million tokens
	first, speed    float64
}

var offers = []offer{
	{"openai/gpt-4o", "openai", 2_500_000, 10_000_000, 420, 75},
	{"openai/gpt-4o", "azure", 2_500_000, 10_000_000, 510, 68},
	{"openai/gpt-4o-mini", "openai", 150_000, 600_000, 330, 110},
	{"openai/gpt-4o-mini", "azure", 150_000, 600_000, 390, 100},
	{"anthropic/claude-sonnet-4.5", "anthropic", 3_000_000, 15_000_000, 900, 62},
	{"anthropic/claude-sonnet-4.5", "bedrock", 3_000_000, 15_000_000, 1100, 55},
	{"anthropic/claude-haiku-4.5", "anthropic", 1_000_000, 5_000_000, 520, 120},
	{"google/gemini-2.5-flash", "google", 300_000, 2_500_000, 380, 180},
	{"meta/llama-3.3-70b", "groq", 590_000, 790_000, 210, 280},
	{"meta/llama-3.3-70b", "together", 880_000, 880_000, 440, 90},
	{"local/qwen3", "ollama", 0, 0, 250, 35},
}

var (
	shares = []float64{24, 5, 16, 3, 20, 4, 12, 8, 4, 1, 3} // as offers
	keys   = []string{"laptop", "laptop", "laptop", "agent", "agent", "ci", "notebook"}
	routes = []string{"", "", "", "", "/support", "/batch"}
	faults = []stats.Outcome{stats.OutcomeRateLimited, stats.OutcomeRateLimited, stats.OutcomeRateLimited, stats.OutcomeProviderError,
		stats.OutcomeOverloaded, stats.OutcomeFirstTimeout, stats.OutcomeUnreachable, stats.OutcomeConnectTimeout}
	statuses = map[stats.Outcome]int{stats.OutcomeRateLimited: 429, stats.OutcomeProviderError: 500, stats.OutcomeOverloaded: 529}
)

// at is when the i-th request begins: by day five times as often as by night.
func (g *generator) at(i int64) time.Time {
	share := float64(i) / float64(g.n)
	days := share * Span.Hours() / 24
	whole, part := math.Modf(days)
	part -= math.Sin(2*math.Pi*part) * 0.106
	return g.begin.Add(time.Duration((whole + part) * 24 * float64(time.Hour))).Add(time.Duration(g.rng.IntN(2000)) * time.Millisecond).Truncate(time.Microsecond)
}

func (g *generator) lognormal(median, sigma float64) float64 {
	return median * math.Exp(sigma*g.rng.NormFloat64())
}

// choose is an offer by the shares.
func (g *generator) choose() int {
	at := g.rng.Float64() * 100
	for i, share := range shares {
		if at -= share; at < 0 {
			return i
		}
	}
	return 0
}

// entry is the i-th request.
func (g *generator) entry(i, seq int64) store.Entry {
	at := g.at(i)
	first := g.choose()
	o := &offers[first]
	d := store.Decision{
		Seq: seq, At: at, ID: fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", at.UnixMilli()>>16, at.UnixMilli()&0xffff, g.rng.IntN(4096), g.rng.IntN(4096), g.rng.Int64N(1<<48)),
		Asked: o.model, Key: keys[g.rng.IntN(len(keys))], Route: routes[g.rng.IntN(len(routes))], Strategy: "priority", Cache: "off",
		Stream: g.rng.IntN(4) > 0, Status: 200, Outcome: "ok", FailedPriced: true,
	}
	switch g.rng.IntN(20) {
	case 0:
		d.Strategy = "cost"
	case 1:
		d.Asked, d.Strategy = "auto", "latency"
	case 2:
		d.Asked = "fast"
	}
	if d.Route == "/support" {
		d.Cache = "miss"
	}
	if i%g.rare == g.rare/2 {
		d.Asked, d.Key = "mistral/large-preview", "visitor"
	}
	e := store.Entry{Decision: d}
	g.attempts(&e, first, float64(i)/float64(g.n))
	g.doc(&e)
	return e
}

// attempts lets providers answer, or not.
func (g *generator) attempts(e *store.Entry, first int, when float64) {
	d := &e.Decision
	if d.Cache == "miss" && g.rng.IntN(5) == 0 {
		d.Cache = "hit"
	}
	for at, try := time.Duration(0), 0; ; try++ {
		o := &offers[(first+try)%len(offers)]
		d.Endpoint, d.Provider, d.Model = o.provider+"/"+o.model, o.provider, o.model
		share := 0.03
		if o.provider == "azure" && when > 0.6 && when < 0.606 {
			share = 0.9 // an afternoon
		}
		var outcome stats.Outcome
		switch {
		case d.Cache == "hit":
			outcome = stats.OutcomeOK
		case g.rng.Float64() < share:
			outcome = faults[g.rng.IntN(len(faults))]
		case g.rng.Float64() < 0.012:
			outcome = []stats.Outcome{stats.OutcomeLeft, stats.OutcomeClientError}[g.rng.IntN(2)]
		default:
			outcome = stats.OutcomeOK
		}
		at = g.attempt(e, o, outcome, at)
		switch outcome {
		case stats.OutcomeOK:
		case stats.OutcomeLeft:
			d.Outcome, d.Status = "left", 0
		case stats.OutcomeClientError:
			d.Outcome, d.Status = "client_error", 400
		default:
			if try < 2 && g.rng.IntN(12) > 0 {
				continue
			}
			d.Outcome, d.Status = "failed", 502
		}
		d.Total, d.Attempts = at, try+1
		return
	}
}

// attempt appends an attempt with its sample and tells when it ends.
func (g *generator) attempt(e *store.Entry, o *offer, outcome stats.Outcome, start time.Duration) time.Duration {
	d := &e.Decision
	a := store.Attempt{N: len(e.Attempts) + 1, Endpoint: d.Endpoint, Provider: o.provider, Model: o.model, Outcome: outcome.String(), Status: statuses[outcome], Start: start}
	m := stats.Sample{Endpoint: d.Endpoint, Outcome: outcome, Stream: d.Stream,
		Price: stats.Price{Known: o.provider != "together", Input: o.input, Output: o.output, CacheRead: o.input / 10}}
	switch {
	case d.Cache == "hit":
		a.Status, a.Total = 200, time.Duration(300+g.rng.IntN(900))*time.Microsecond
		m.Outcome = stats.OutcomeNone
		d.Priced, d.Saved = true, (900*o.input+260*o.output)/1_000_000
	case outcome == stats.OutcomeOK:
		out := g.lognormal(260, 1)
		u := llm.Usage{Known: true, Input: int64(g.lognormal(900, 0.9)), CacheRead: int64(g.rng.IntN(3)) * int64(g.lognormal(9000, 0.8)), Output: int64(out)}
		a.Status, a.FirstToken = 200, time.Duration(g.lognormal(o.first, 0.5)*1000)*time.Microsecond
		a.Total = a.FirstToken + time.Duration(out/o.speed*1e6)*time.Microsecond
		m.Usage, m.FirstToken = u, a.FirstToken
		if m.Price.Known {
			m.Cost = (u.Input*o.input + u.CacheRead*o.input/10 + u.Output*o.output) / 1_000_000
			d.Saved = (u.CacheRead * (o.input - o.input/10)) / 1_000_000
		}
		d.Cost, d.Priced, d.FirstToken = m.Cost, m.Price.Known, start+a.FirstToken
		d.Tokens = store.Tokens{Input: u.Input, CacheRead: u.CacheRead, Output: u.Output}
	case outcome == stats.OutcomeFirstTimeout:
		a.Total = 13 * time.Second
	default:
		a.Total = time.Duration(g.lognormal(140, 0.6)*1000) * time.Microsecond
		a.Error = "the provider said: too many requests, try again later"
		d.Priced = true
	}
	m.Status, m.Total, m.At = a.Status, a.Total, d.At.Add(start+a.Total)
	e.Attempts, e.Samples = append(e.Attempts, a), append(e.Samples, m)
	return start + a.Total
}

// doc is a document of the usual size: 1.5 to 3.5 KB.
func (g *generator) doc(e *store.Entry) {
	d := &e.Decision
	d.Doc = fmt.Appendf(nil, `{"id":%q,"asked":%q,"served":%q,"seed":%d,"candidates":[%s{}]}`, d.ID, d.Asked, d.Endpoint, g.rng.Uint64(),
		g.pad[:len(g.pad)/24*(14+g.rng.IntN(10))])
}
