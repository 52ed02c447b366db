// Package control serves what is under /_/: the dashboard's page, its API and the live
// events. It shows and never decides.
//
//	GET /_/health, /_/metrics   is it up; counters for Prometheus
//	GET /_/api/status           state and counts since the start
//	… decisions, events         what has happened: lists, one, exports, server-sent events
//	… inflight                  what is going on, and its end
//	… stats, fallbacks          what happened, added up
//	… providers                 how each does; switched off, drilled and probed by hand
//	… catalog, budgets          what can be called at which price, and what may be spent
//	… attention                 what somebody should look at
//	… explain                   the decision on a request, without sending it
//	… auto, feedback            what auto mode has learned, and from what
//	… samples, edges            what edge hosts have measured, and signed
//
// All of it is in docs/reference/control.md. Parts bring more.
package control

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/control/reply"
	"strowger/desktop/learn"
	"strowger/desktop/store"
	"strowger/desktop/trace"
)

// Decider decides without sending.
type Decider interface {
	// DecideAt is the decision on a call to path, a query string not included; c.Entry is not
	// looked at.
	DecideAt(path string, c router.Call) ([]byte, *llm.Error)
}

// Options make a Control.
type Options struct {
	Feed    *Feed
	Store   *store.Store // may be nil
	Decider Decider
	// Exchanges and Endpoints are those of the data plane.
	Exchanges Exchanges
	Endpoints Endpoints
	Keys      *Keys
	Learner   *learn.Learner
	Page      http.Handler // the dashboard
	Version   string
	Listen    string // address of the data plane
	// Addresses are what callers may use as a base URL, without a path.
	Addresses []string
	Config    func() ConfigState
	Catalog   func() *catalog.Catalog
	Zone      func() *time.Location // where days begin; nil: UTC
	Budgets   func() []limits.Standing
	Edges     Edges           // nil: there are none
	Traces    *trace.Exporter // nil: none are exported
	// StoreProblem says why there is no store; empty if there is one.
	StoreProblem string
	// Folder keeps what is switched by hand; empty: it is forgotten at the end.
	Folder  string
	Started time.Time
	// BodyTimeout is how long a request's body may take; default 1 minute.
	BodyTimeout time.Duration
	// Parts are more of what is under /_/api/, each with patterns of its own, such as
	// "GET /_/api/config".
	Parts []Part
	// Closing is closed when the host shuts down, so that watchers end.
	Closing <-chan struct{}
}

// Part serves more of the API: what is at which pattern of http.ServeMux.
type Part interface {
	Routes() map[string]http.HandlerFunc
}

// ConfigState is the configuration in use, and what keeps a changed file from being used.
type ConfigState struct {
	Path     string // empty: there is no file
	Rev      string
	Loaded   time.Time
	Problem  string // empty: the file is in use as it is
	Warnings []string
}

// Control is the handler of everything under /_/.
type Control struct {
	o    Options
	mux  *http.ServeMux
	pace pace // of edges
	hand hand
	beat beat
}

// New is a Control.
func New(o Options) *Control {
	if o.BodyTimeout == 0 {
		o.BodyTimeout = time.Minute
	}
	if o.Zone == nil {
		o.Zone = func() *time.Location { return time.UTC }
	}
	c := &Control{o: o, mux: http.NewServeMux()}
	c.hand.load(o.Folder, o.Endpoints)
	tables := []map[string]http.HandlerFunc{c.paths(), {base: c.nowhere, "/_/": o.Page.ServeHTTP}}
	for _, p := range o.Parts {
		tables = append(tables, p.Routes())
	}
	for _, t := range tables {
		for pattern, serve := range t {
			c.mux.HandleFunc(pattern, serve) // here alone: it looks up where it is called from
		}
	}
	return c
}

// base is where the API is.
const base = "/_/api/"

// paths are what is served here, beside the page.
func (c *Control) paths() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /_/health":                               c.health,
		"GET /_/metrics":                              c.metrics,
		"GET " + base + "status":                      c.status,
		"GET " + base + "decisions":                   c.list,
		"GET " + base + "decisions/export":            c.export,
		"GET " + base + "decisions/{id}":              c.one,
		"GET " + base + "inflight":                    c.inflight,
		"DELETE " + base + "inflight/{id}":            c.cancel,
		"GET " + base + "events":                      c.events,
		"GET " + base + "stats":                       c.stats,
		"GET " + base + "fallbacks":                   c.fallbacks,
		"GET " + base + "providers":                   c.providers,
		"POST " + base + "providers/{name}/disable":   c.disable,
		"DELETE " + base + "providers/{name}/disable": c.enable,
		"POST " + base + "providers/{name}/drill":     c.drill,
		"DELETE " + base + "providers/{name}/drill":   c.endDrill,
		"POST " + base + "providers/{name}/probe":     c.probe,
		"GET " + base + "catalog":                     c.catalog,
		"GET " + base + "budgets":                     c.budgets,
		"GET " + base + "attention":                   c.attention,
		"POST " + base + "explain":                    c.explain,
		"POST " + base + "feedback":                   c.feedback,
		"GET " + base + "auto":                        c.auto,
		"DELETE " + base + "auto/learned":             c.forget,
		"POST " + samplesPath:                         c.samples,
		"GET " + base + "edges":                       c.edges,
	}
}

// methods are those that a path may take.
var methods = [...]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// nowhere answers a path that is none, or that takes another method.
func (c *Control) nowhere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range methods {
		other := *r
		if other.Method = m; m == r.Method {
			continue
		}
		if _, pattern := c.mux.Handler(&other); pattern != base {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		reply.Fail(w, http.StatusNotFound, "no such path: "+r.URL.Path)
		return
	}
	w.Header().Set("allow", strings.Join(allowed, ", "))
	reply.Fail(w, http.StatusMethodNotAllowed, r.URL.Path+" takes "+strings.Join(allowed, " or "))
}

// ServeHTTP implements http.Handler. The server waits for what has not come of a body before it
// answers, whoever was to read it: one that stalls must not hold its connection for ever.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(c.o.BodyTimeout)) // where there is none, nothing is bounded
	}
	if strings.HasPrefix(r.URL.Path, base) {
		if problem := malformed(r.URL.RawQuery); problem != "" {
			reply.Fail(w, http.StatusBadRequest, problem)
			return
		}
	}
	c.mux.ServeHTTP(w, r)
}

// malformed says what part of a query string cannot be read, which net/url leaves out without a
// word; empty if all can.
func malformed(query string) string {
	if _, err := url.ParseQuery(query); err == nil {
		return ""
	}
	for n, pair := range strings.Split(query, "&") {
		if _, err := url.ParseQuery(pair); err != nil {
			name, _, _ := strings.Cut(pair, "=")
			return fmt.Sprintf("query string, parameter %d (%.40q): %v", n+1, name, err)
		}
	}
	return "query string: it has too many parameters"
}

func (c *Control) health(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(w, []byte(`{"status":"ok"}`))
}
