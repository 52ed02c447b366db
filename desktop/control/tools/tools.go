// Package tools tells how programs are led through strowger, and when each was last seen. What
// is seen is kept in memory, the last request of each program since the start.
//
//	GET /_/api/tools  all of them, with what to copy and the last request of each
package tools

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"strowger/desktop/control/reply"
)

// Setting is what is copied into a program's configuration.
type Setting struct {
	URL   string // of strowger, without a path
	Model string // to begin with
	Key   string // what stands where a key is asked for
}

// Options make a Part.
type Options struct {
	// Setting is how programs are set up now.
	Setting func() Setting
	// Find is the report of a decision, as JSON.
	Find func(ctx context.Context, id string) (doc []byte, seq int64, err error)
}

// Part watches the data plane and serves the path of this package; it is a control.Part.
type Part struct {
	o      Options
	seen   [len(table)]atomic.Pointer[sighting]
	before atomic.Pointer[recognised]
}

// recognised is who came last: most requests are of the program that sent the one before.
type recognised struct {
	agent string
	i     int
}

// sighting is a request of a program.
type sighting struct {
	at time.Time
	id string // of its decision; empty as long as there is none
}

// New is a Part.
func New(o Options) *Part { return &Part{o: o} }

// Routes implements control.Part.
func (p *Part) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /_/api/tools": p.list,
	}
}

// Watch is the data plane with its requests looked at: by what they call themselves, and by
// nothing else of them.
func (p *Part) Watch(plane http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := p.recognise(r.UserAgent())
		if i < 0 || r.Method != http.MethodPost {
			plane.ServeHTTP(w, r)
			return
		}
		at := time.Now()
		p.seen[i].Store(&sighting{at: at})
		plane.ServeHTTP(w, r)
		if id := w.Header().Get("X-Strowger-Decision"); id != "" {
			p.seen[i].Store(&sighting{at: at, id: id})
		}
	})
}

func (p *Part) recognise(agent string) int {
	if last := p.before.Load(); last != nil && last.agent == agent {
		return last.i
	}
	i := recognise(agent)
	p.before.Store(&recognised{strings.Clone(agent), i})
	return i
}

// recognise is the program that calls itself so; below 0 if that is nothing at all.
func recognise(agent string) int {
	if agent == "" {
		return -1
	}
	rest := -1
	for i := range table {
		if table[i].agents == nil {
			rest = i
		}
		for _, name := range table[i].agents {
			if strings.Contains(agent, name) {
				return i
			}
		}
	}
	return rest
}

// shown is a tool as it is answered.
type shown struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	About string `json:"about"`
	Steps []step `json:"steps"`
	Seen  *seen  `json:"seen"`
}

type seen struct {
	At      time.Time `json:"at"`
	ID      string    `json:"id"`
	Outcome string    `json:"outcome"` // empty: it is going on
	Model   string    `json:"model"`
}

func (p *Part) list(w http.ResponseWriter, r *http.Request) {
	s := p.o.Setting()
	fill := strings.NewReplacer("{URL}", s.URL, "{MODEL}", s.Model, "{KEY}", s.Key)
	out := []shown{}
	for i := range table {
		t := &table[i]
		one := shown{ID: t.id, Name: t.name, About: t.about, Seen: p.last(r.Context(), i)}
		for _, st := range t.steps {
			st.Copy, st.Text = fill.Replace(st.Copy), fill.Replace(st.Text)
			one.Steps = append(one.Steps, st)
		}
		out = append(out, one)
	}
	reply.Value(w, http.StatusOK, map[string]any{"tools": out})
}

// last is the last request of a tool and what became of it.
func (p *Part) last(ctx context.Context, i int) *seen {
	s := p.seen[i].Load()
	if s == nil {
		return nil
	}
	out := &seen{At: s.at.UTC(), ID: s.id}
	if s.id == "" {
		return out
	}
	var report struct {
		Asked   string `json:"asked"`
		Outcome string `json:"outcome"`
		Served  *struct {
			Model string `json:"model"`
		} `json:"served"`
	}
	if doc, _, err := p.o.Find(ctx, s.id); err == nil && json.Unmarshal(doc, &report) == nil {
		out.Outcome, out.Model = report.Outcome, report.Asked
		if report.Served != nil {
			out.Model = report.Served.Model
		}
	}
	return out
}
