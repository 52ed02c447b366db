package control

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/stats"
)

// maxSeries bounds the label sets of each metric; what comes behind them counts as other.
const maxSeries = 500

// labels are the values of a metric's labels, in the order of its names.
type labels [3]string

// family counts by label values.
type family map[labels]*int64

// of is the count of these values.
func (f family) of(l labels) *int64 {
	n := f[l]
	if n == nil && len(f) >= maxSeries {
		l = labels{"other", "other", "other"}
		n = f[l]
	}
	if n == nil {
		n = new(int64)
		f[l] = n
	}
	return n
}

// The upper bounds of the histograms, in milliseconds.
var timeBounds = [...]int64{50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000}

// timing is a histogram of times.
type timing struct {
	counts [len(timeBounds)]int64 // not summed up
	count  int64
	micros int64
}

func (t *timing) add(d time.Duration) {
	t.count++
	t.micros += d.Microseconds()
	for i, most := range timeBounds {
		if d <= time.Duration(most)*time.Millisecond {
			t.counts[i]++
			return
		}
	}
}

// meters are the counters for Prometheus, since the start.
type meters struct {
	requests             family // outcome, cache
	attempts             family // provider, outcome
	tokens, cost, failed family // provider, model[, kind]
	unpriced             family // provider, model
	first, total         timing
	known                map[served]*series
}

// served is whom an attempt asked, and how it ended; series are its counts, nil where nothing was
// counted yet: to look each up again for every request would take longer than all else here.
type (
	served struct {
		provider, model string
		outcome         stats.Outcome
	}
	series struct {
		attempts, unpriced, cost, failed *int64
		tokens                           [len(tokenKinds)]*int64
	}
)

var tokenKinds = [...]string{"input", "cache_read", "cache_write", "output", "reasoning"}

func newMeters() meters {
	return meters{requests: family{}, attempts: family{}, tokens: family{}, cost: family{}, failed: family{}, unpriced: family{}, known: map[served]*series{}}
}

// count adds n to what *to points to, which is looked up the first time.
func count(to **int64, n int64, f family, l labels) {
	if *to == nil {
		*to = f.of(l)
	}
	**to += n
}

func (m *meters) add(r *exchange.Report) {
	*m.requests.of(labels{r.Outcome, cmp.Or(r.Cache, "off")})++
	if r.First > 0 {
		m.first.add(r.First)
	}
	m.total.add(r.Total)
	for i := range r.Attempts {
		m.attempt(&r.Attempts[i], r.Served)
	}
}

func (m *meters) attempt(a *exchange.AttemptReport, serving int) {
	s := m.known[served{a.Provider, a.Model, a.Outcome}]
	if s == nil {
		if len(m.known) >= maxSeries {
			clear(m.known)
		}
		s = &series{}
		m.known[served{a.Provider, a.Model, a.Outcome}] = s
	}
	count(&s.attempts, 1, m.attempts, labels{a.Provider, a.Outcome.String()})
	u := &a.Usage
	for i, n := range [...]int64{u.Input, u.CacheRead, u.CacheWrite + u.CacheWriteHour, u.Output, u.Reasoning} {
		if n > 0 {
			count(&s.tokens[i], n, m.tokens, labels{a.Provider, a.Model, tokenKinds[i]})
		}
	}
	switch {
	case !a.Priced:
		count(&s.unpriced, 1, m.unpriced, labels{a.Provider, a.Model})
	case a.Cost > 0 && a.N == serving:
		count(&s.cost, a.Cost, m.cost, labels{a.Provider, a.Model})
	case a.Cost > 0:
		count(&s.failed, a.Cost, m.failed, labels{a.Provider, a.Model})
	}
}

// exposition is Prometheus' text format, 0.0.4.
type exposition struct{ bytes.Buffer }

func (w *exposition) head(name, kind, help string) {
	w.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// escaper escapes label values.
var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample writes a value; labels are names and values in turn.
func (w *exposition) sample(name, value string, labels ...string) {
	w.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		w.WriteByte("{,"[min(i, 1)])
		w.WriteString(labels[i] + `="` + escaper.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD")) + `"`)
	}
	if len(labels) > 0 {
		w.WriteByte('}')
	}
	w.WriteString(" " + value + "\n")
}

func (w *exposition) one(name, kind, help string, value int64) {
	w.head(name, kind, help)
	w.sample(name, strconv.FormatInt(value, 10))
}

func (w *exposition) family(name, help string, f family, value func(int64) string, names ...string) {
	w.head(name, "counter", help)
	for _, l := range slices.SortedFunc(maps.Keys(f), func(a, b labels) int { return slices.Compare(a[:], b[:]) }) {
		var pairs []string
		for i, n := range names {
			pairs = append(pairs, n, l[i])
		}
		w.sample(name, value(*f[l]), pairs...)
	}
}

func (w *exposition) timing(name, help string, t *timing) {
	w.head(name, "histogram", help)
	var sum int64
	for i, n := range t.counts {
		sum += n
		w.sample(name+"_bucket", strconv.FormatInt(sum, 10), "le", decimal(timeBounds[i], 3))
	}
	w.sample(name+"_bucket", strconv.FormatInt(t.count, 10), "le", "+Inf")
	w.sample(name+"_sum", decimal(t.micros, 6))
	w.sample(name+"_count", strconv.FormatInt(t.count, 10))
}

// decimal writes n with its last places behind the point.
func decimal(n int64, places int) string {
	s := strconv.FormatInt(n, 10)
	for len(s) <= places {
		s = "0" + s
	}
	whole, rest := s[:len(s)-places], strings.TrimRight(s[len(s)-places:], "0")
	if rest == "" {
		return whole
	}
	return whole + "." + rest
}

func whole(n int64) string   { return strconv.FormatInt(n, 10) }
func dollars(n int64) string { return decimal(n, 6) }

// metrics answers with the counters since the start and the state as it is now.
func (c *Control) metrics(w http.ResponseWriter, _ *http.Request) {
	var x exposition
	x.head("strowger_build_info", "gauge", "Always 1; what runs stands in the labels.")
	x.sample("strowger_build_info", "1", "version", c.o.Version)
	x.head("strowger_start_time_seconds", "gauge", "When the process began, in seconds since 1970.")
	x.sample("strowger_start_time_seconds", whole(c.o.Started.Unix()))
	c.o.Feed.expose(&x)
	_, going := c.o.Exchanges.Flights(0)
	x.one("strowger_inflight_requests", "gauge", "Requests going on now.", int64(going))
	c.exposeEndpoints(&x)
	n := c.o.Store.Counters()
	x.one("strowger_store_written_total", "counter", "Requests written to the record.", n.Written)
	x.one("strowger_store_dropped_total", "counter", "Requests that could not be recorded.", n.Dropped+n.Failed)
	x.one("strowger_store_queued", "gauge", "Requests that wait to be written.", int64(n.Queued))
	if c.o.Traces != nil {
		n := c.o.Traces.Counters()
		x.one("strowger_trace_spans_delivered_total", "counter", "Spans that the collector has taken.", n.Delivered)
		x.one("strowger_trace_spans_dropped_total", "counter", "Spans that could not be delivered.", n.Dropped)
		x.one("strowger_trace_queued", "gauge", "Requests whose spans wait to be made.", int64(n.Queued))
	}
	w.Header().Set("content-type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("cache-control", "no-store")
	_, _ = w.Write(x.Bytes()) // whoever left needs no answer
}

func (f *Feed) expose(x *exposition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &f.meters
	x.family("strowger_requests_total", "Requests that have ended.", m.requests, whole, "outcome", "cache")
	x.family("strowger_attempts_total", "Attempts that have ended.", m.attempts, whole, "provider", "outcome")
	x.family("strowger_tokens_total", "Tokens of all attempts, in disjoint kinds.", m.tokens, whole, "provider", "model", "kind")
	x.family("strowger_cost_dollars_total", "What answers have cost, as far as prices are known.", m.cost, dollars, "provider", "model")
	x.family("strowger_failed_cost_dollars_total", "What failed attempts have cost, as far as prices are known.", m.failed, dollars, "provider", "model")
	x.family("strowger_unpriced_attempts_total", "Attempts that used something at an unknown price.", m.unpriced, whole, "provider", "model")
	x.timing("strowger_first_token_seconds", "Time to the first content of an answer.", &m.first)
	x.timing("strowger_request_seconds", "Time to the end of a request.", &m.total)
}

// exposeEndpoints writes the circuits of the endpoints that are switched on, as far as they are
// not too many.
func (c *Control) exposeEndpoints(x *exposition) {
	all := endpoints(c.o.Catalog(), func(e *catalog.Endpoint) bool { return !e.Disabled })
	all = all[:min(len(all), maxSeries)]
	x.head("strowger_circuit_state", "gauge", "The circuit of an endpoint: 0 closed, 1 half open, 2 open.")
	for i, r := range c.o.Endpoints.Readings(all) {
		state := map[stats.State]string{stats.Closed: "0", stats.HalfOpen: "1", stats.Open: "2"}[r.Circuit]
		x.sample("strowger_circuit_state", state, "provider", all[i].Provider, "endpoint", all[i].ID)
	}
}

// endpoints are those of all models that are wanted, each id once.
func endpoints(cat *catalog.Catalog, wanted func(*catalog.Endpoint) bool) (all []*catalog.Endpoint) {
	models, seen := cat.Config().Models, map[string]bool{}
	for i := range models {
		for j := range models[i].Endpoints {
			if e := &models[i].Endpoints[j]; !seen[e.ID] && wanted(e) {
				seen[e.ID], all = true, append(all, e)
			}
		}
	}
	return all
}
