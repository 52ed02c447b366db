package policy

import (
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/scan"
)

// recovery fills in what the configuration says of failures, the route before all else.
func (m *maker) recovery() {
	global, route, p := m.cat.Routing(), &m.route.Routing, &m.p
	p.Hold, p.Resume, p.Retry = global.Hold, global.Resume, &global.Retry
	p.Strict, p.StrictFrom = isTrue(global.Strict), FromGlobal
	if route.Strict != nil {
		p.Strict, p.StrictFrom = *route.Strict, FromRoute
	}
	if m.given.Route != nil {
		p.Retry = &m.route.Retry
	}
	if route.Hold.Said() {
		p.Hold = route.Hold
	}
	if route.Resume != catalog.ResumeNone {
		p.Resume = route.Resume
	}
}

// hold reads how long an answer is held back: a name, or one amount.
func (r *fieldReader) hold(v scan.Value) (h catalog.Hold) {
	said := 0
	switch s, _ := scan.String(r.doc, v); s {
	case "first_event":
		h.First = true
	case "whole":
		h.Whole = true
	}
	if h.Said() {
		return h
	}
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		switch v := m.Value(); {
		case v.Kind == scan.KindNull:
		case m.KeyIs("tokens"):
			n, ok := scan.Int(v.Raw(r.doc))
			if ok && n >= 1 && n <= catalog.MostHoldTokens {
				h.Tokens = n
			}
			said++
		case m.KeyIs("for"):
			h.For = r.duration(v, catalog.MostHoldFor)
			said++
		default:
			r.unknown(r.param("hold."+clip(string(m.Key()))) + "; it has tokens and for")
		}
	}
	if m.Err() != nil || said != 1 || !h.Said() {
		r.bad("hold", `must be "first_event", "whole", {"tokens": 40} (1 to `+strconv.Itoa(catalog.MostHoldTokens)+
			`) or {"for": "2s"} (at most `+catalog.MostHoldFor.String()+`)`)
	}
	return h
}

// duration reads a time with its unit, as in a configuration; 0 if it is none, or not from a
// microsecond to most.
func (r *fieldReader) duration(v scan.Value, most time.Duration) time.Duration {
	s, _ := scan.String(r.doc, v)
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Microsecond || d > most {
		return 0
	}
	return d
}
