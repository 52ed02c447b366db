package config

import (
	"slices"
	"strconv"
	"time"

	"strowger/core/catalog"
)

// recovery looks at what becomes of failures, globally and by each route: for rules that
// never come to bear.
func (l *linter) recovery() {
	global := l.cat.Routing()
	l.resume(&l.Catalog.Routing, "routing")
	l.retries(&l.Catalog.Routing, &global.Retry, global.Deadline, "routing")
	for i := range l.Catalog.Routes {
		r := &l.Catalog.Routes[i]
		at := []string{"routes", strconv.Itoa(i), "routing"}
		deadline := r.Routing.Deadline
		if deadline == 0 {
			deadline = global.Deadline
		}
		known, _ := l.cat.RouteOf(r.Path)
		l.resume(&r.Routing, at...)
		l.retries(&r.Routing, &known.Retry, deadline, at...)
		l.nobodyElse(r, at)
	}
}

// resume looks for answers that are to be gone on with where no endpoint can.
func (l *linter) resume(r *catalog.Routing, path ...string) {
	if r.Resume != catalog.ResumePrefill {
		return
	}
	for _, m := range l.models() {
		if slices.ContainsFunc(serving(m), func(e *catalog.Endpoint) bool { return e.Prefill }) {
			return
		}
	}
	l.say("no endpoint has prefill: true, so that an answer that breaks off never goes on; auto asks another endpoint afresh", append(path, "resume")...)
}

// retries looks for retries that never come: r is what is said here, t what holds.
func (l *linter) retries(r *catalog.Routing, t *catalog.Retry, deadline time.Duration, path ...string) {
	at := func(key string) []string { return append(path[:len(path):len(path)], "retry", key) }
	if len(r.Retry.On) > 0 && t.Max < 0 {
		l.say("never tried again: max is 0", at("on")...)
	}
	if r.Retry.Backoff > 0 && t.Max > 0 && t.Backoff >= deadline {
		l.say("not shorter than the deadline, which is "+deadline.String()+": nothing is tried again", at("backoff")...)
	}
}

// nobodyElse looks for rules about going on elsewhere, of a route that tries one provider.
func (l *linter) nobodyElse(r *catalog.Route, path []string) {
	if r.Failover || len(r.Arms) < 2 {
		return
	}
	const why = ": without failover only the chosen provider is tried"
	if h := r.Routing.Hold; h.Said() && !h.First {
		l.say("held back for nothing"+why, append(path[:len(path):len(path)], "hold")...)
	}
	if s := r.Routing.Resume; s != catalog.ResumeNone && s != catalog.ResumeOff {
		l.say("nobody else can go on with an answer"+why, append(path[:len(path):len(path)], "resume")...)
	}
}
