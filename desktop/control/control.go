// Package control serves what is under /_/: the dashboard's page, its API and the live
// events. It shows and never decides.
//
//	GET /_/health                       is it up
//	GET /_/api/status                   state and counts since the start
//	GET /_/api/decisions?before=&limit= newest first; provider, model and outcome filter
//	GET /_/api/decisions?after=&wait=1  what is newer than a seq; waits up to 25 s for it
//	GET /_/api/decisions/{id}           one, with candidates and attempts
//	GET /_/api/budgets                  limits on money as they stand
//	GET /_/api/events                   rows and status as server-sent events
//	POST /_/api/explain                 the decision on a request, without sending it
//	POST /_/api/feedback                says how an answer was, for auto mode to learn from
//	GET /_/api/auto                     what auto mode has learned
//	DELETE /_/api/auto/learned          makes it forget that
//	POST /_/api/samples                 takes what an edge host has measured, and signed
//	GET /_/api/edges                    what has come from edge hosts
package control

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"strowger/core/jsonout"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/sse"
	"strowger/desktop/learn"
	"strowger/desktop/store"
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
	Learner *learn.Learner
	Page    http.Handler // the dashboard
	Version string
	Listen  string // address of the data plane
	Config  func() ConfigState
	Budgets func() []limits.Standing
	Edges   Edges // nil: there are none
	// StoreProblem says why there is no store; empty if there is one.
	StoreProblem string
	Started      time.Time
	// BodyTimeout is how long a request's body may take; default 1 minute.
	BodyTimeout time.Duration
	// Closing is closed when the host shuts down, so that watchers end.
	Closing <-chan struct{}
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
}

// New is a Control.
func New(o Options) *Control {
	if o.BodyTimeout == 0 {
		o.BodyTimeout = time.Minute
	}
	c := &Control{o: o, mux: http.NewServeMux()}
	c.mux.HandleFunc("GET /_/health", c.health)
	c.mux.HandleFunc("GET /_/api/status", c.status)
	c.mux.HandleFunc("GET /_/api/decisions", c.list)
	c.mux.HandleFunc("GET /_/api/decisions/{id}", c.one)
	c.mux.HandleFunc("GET /_/api/budgets", c.budgets)
	c.mux.HandleFunc("GET /_/api/events", c.events)
	c.mux.HandleFunc("POST /_/api/explain", c.explain)
	c.mux.HandleFunc("POST /_/api/feedback", c.feedback)
	c.mux.HandleFunc("GET /_/api/auto", c.auto)
	c.mux.HandleFunc("DELETE /_/api/auto/learned", c.forget)
	c.mux.HandleFunc("POST "+samplesPath, c.samples)
	c.mux.HandleFunc(samplesPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("allow", http.MethodPost)
		fail(w, http.StatusMethodNotAllowed, samplesPath+" takes POST")
	})
	c.mux.HandleFunc("GET /_/api/edges", c.edges)
	c.mux.HandleFunc("/_/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "no such path: "+r.URL.Path)
	})
	c.mux.Handle("/_/", o.Page)
	return c
}

// ServeHTTP implements http.Handler. The server waits for what has not come of a body before it
// answers, whoever was to read it: one that stalls must not hold its connection for ever.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(c.o.BodyTimeout)) // where there is none, nothing is bounded
	}
	c.mux.ServeHTTP(w, r)
}

func (c *Control) health(w http.ResponseWriter, _ *http.Request) {
	send(w, []byte(`{"status":"ok"}`))
}

func (c *Control) status(w http.ResponseWriter, _ *http.Request) { send(w, c.appendStatus(nil)) }

func (c *Control) appendStatus(dst []byte) []byte {
	t, n := c.o.Feed.Totals(), c.o.Store.Counters()
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("version", c.o.Version)
	w.String("listen", c.o.Listen)
	w.Time("started", c.o.Started)
	w.String("state", "serving")
	w.Int("requests", t.Requests)
	w.Int("first_try", t.FirstTry)
	w.Int("after_fallback", t.AfterFallback)
	w.Int("failed", t.Failed)
	w.Int("spend_micro", t.Spend)
	w.Int("unpriced", t.Unpriced)
	config := c.o.Config()
	w.BeginAt("config", '{')
	w.String("path", config.Path)
	w.String("rev", config.Rev)
	w.Time("loaded", config.Loaded)
	w.String("problem", config.Problem)
	w.Strings("warnings", config.Warnings)
	w.End('}')
	w.BeginAt("store", '{')
	w.Bool("ok", c.o.StoreProblem == "" && !n.Failing)
	message := c.o.StoreProblem
	if n.Failing {
		message = n.LastError
	}
	w.String("message", message)
	w.Int("written", n.Written)
	w.Int("dropped", n.Dropped+n.Failed)
	w.End('}')
	w.End('}')
	return w.Buf
}

const (
	defaultPage = 100
	maxPage     = 500
	maxWait     = 25 * time.Second
)

// list answers what is newer than a seq, or a page going back from the newest.
func (c *Control) list(w http.ResponseWriter, r *http.Request) {
	q := query{r: r}
	before, after := q.number("before"), q.number("after")
	limit := int(min(max(q.number("limit"), 0), maxPage))
	if limit == 0 {
		limit = defaultPage
	}
	if q.err != "" {
		fail(w, http.StatusBadRequest, q.err)
		return
	}
	if r.URL.Query().Has("after") {
		send(w, appendRows(nil, c.newer(r, after, limit), 0))
		return
	}
	get := r.URL.Query().Get
	lines, next, err := c.older(r.Context(), store.Query{Before: before, Limit: limit,
		Provider: get("provider"), Model: get("model"), Outcome: get("outcome")})
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	send(w, appendRows(nil, lines, next))
}

// newer are the rows newer than after; it waits for one if asked to.
func (c *Control) newer(r *http.Request, after int64, limit int) [][]byte {
	deadline := time.NewTimer(maxWait)
	defer deadline.Stop()
	for {
		fresh := c.o.Feed.Watch()
		lines, _ := c.o.Feed.after(after, limit)
		if len(lines) > 0 || r.URL.Query().Get("wait") != "1" {
			return lines
		}
		select {
		case <-fresh:
		case <-deadline.C:
			return nil
		case <-r.Context().Done():
			return nil
		case <-c.o.Closing:
			return nil
		}
	}
}

// older is a page of rows and the seq to ask for the next with, 0 if there is none. The
// newest come from memory, where they stand before they are written; the rest from the
// store.
func (c *Control) older(ctx context.Context, q store.Query) (lines [][]byte, next int64, err error) {
	want := q.Limit
	lines, q.Before = c.o.Feed.page(q)
	if q.Limit = want - len(lines); q.Limit > 0 {
		ds, err := c.o.Store.Decisions(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		if len(ds) > 0 {
			if lines, err = c.appendStored(ctx, lines, ds); err != nil {
				return nil, 0, err
			}
			q.Before = ds[len(ds)-1].Seq
		}
	}
	if len(lines) == want {
		next = q.Before
	}
	return lines, next, nil
}

// together is how many decisions' attempts are read at once: that many cannot have more
// than the store gives.
const together = 75

// appendStored appends recorded decisions, newest first, as rows.
func (c *Control) appendStored(ctx context.Context, lines [][]byte, ds []store.Decision) ([][]byte, error) {
	for len(ds) > 0 {
		n := 1
		for n < len(ds) && ds[0].Seq-ds[n].Seq < together {
			n++
		}
		attempts, err := c.o.Store.Attempts(ctx, ds[n-1].Seq, ds[0].Seq)
		if err != nil {
			return nil, err
		}
		bySeq := map[int64][]store.Attempt{}
		for _, a := range attempts {
			bySeq[a.Seq] = append(bySeq[a.Seq], a)
		}
		for _, d := range ds[:n] {
			lines = append(lines, appendRow(nil, &store.Entry{Decision: d, Attempts: bySeq[d.Seq]}, ""))
		}
		ds = ds[n:]
	}
	return lines, nil
}

// one is a whole report, from memory or from the store.
func (c *Control) one(w http.ResponseWriter, r *http.Request) {
	doc, seq, err := c.o.Feed.Find(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		fail(w, http.StatusNotFound, "no decision "+r.PathValue("id")+" is recorded")
		return
	case err != nil:
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	if len(doc) == 0 {
		fail(w, http.StatusGone, "decision "+r.PathValue("id")+" was too large to be kept whole")
		return
	}
	send(w, append(strconv.AppendInt([]byte(`{"seq":`), seq, 10), append([]byte{','}, doc[1:]...)...))
}

// The rhythm of live events: rows are gathered for a quarter of a second.
const (
	batch     = 250 * time.Millisecond
	heartbeat = 5 * time.Second
)

// events sends rows as they come and the status every few seconds.
func (c *Control) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("content-type", "text/event-stream")
	w.Header().Set("cache-control", "no-cache")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	_, seq := c.o.Feed.after(0, 0)
	buf := sse.AppendEvent(nil, "status", c.appendStatus(nil))
	for {
		_ = out.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := w.Write(buf); err != nil || out.Flush() != nil {
			return
		}
		buf = buf[:0]
		fresh := c.o.Feed.Watch()
		if lines, _ := c.o.Feed.after(seq, 1); len(lines) == 0 {
			select {
			case <-fresh:
			case <-beat.C:
				buf = sse.AppendEvent(buf, "status", c.appendStatus(nil))
				continue
			case <-r.Context().Done():
				return
			case <-c.o.Closing:
				return
			}
		}
		if !c.pause(r, batch) {
			return
		}
		var lines [][]byte
		lines, seq = c.o.Feed.after(seq, kept)
		buf = sse.AppendEvent(buf, "rows", appendRows(nil, lines, 0))
	}
}

// pause waits; false if there is nobody to wait for.
func (c *Control) pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-c.o.Closing:
	}
	return false
}

// query reads numbers from a query string.
type query struct {
	r   *http.Request
	err string
}

func (q *query) number(name string) int64 {
	text := q.r.URL.Query().Get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		q.err = name + " must be a whole number"
	}
	return n
}

func send(w http.ResponseWriter, body []byte) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("cache-control", "no-store")
	_, _ = w.Write(body) // whoever left needs no answer
}

func fail(w http.ResponseWriter, status int, message string) {
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("error", '{')
	j.Int("status", int64(status))
	j.String("code", strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_"))
	j.String("message", message)
	j.End('}')
	j.End('}')
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(j.Buf)
}
