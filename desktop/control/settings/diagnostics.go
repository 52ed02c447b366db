package settings

import (
	"net/http"
	"runtime"
	"time"

	"strowger/core/stats"
	"strowger/desktop/control/edit"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// bundle is what a report of a fault needs, and nothing that it does not: no prompts, no
// answers, no keys, no headers, no messages of providers, no addresses of callers.
type bundle struct {
	At       time.Time       `json:"at"`
	Started  time.Time       `json:"started"`
	Versions versions        `json:"versions"`
	Process  process         `json:"process"`
	Config   configured      `json:"config"`
	Outline  edit.Outline    `json:"outline"`
	Provider []provider      `json:"providers"`
	Totals   totals          `json:"totals"`
	Store    counters        `json:"store"`
	Problems []problemOfLast `json:"last_problems"`
	Left     string          `json:"left_out"`
}

type process struct {
	CPUs       int    `json:"cpus"`
	Goroutines int    `json:"goroutines"`
	HeapBytes  uint64 `json:"heap_bytes"`
}

type configured struct {
	Rev      string `json:"rev"`
	File     bool   `json:"file"` // there is one
	Problem  string `json:"problem"`
	Warnings int    `json:"warnings"`
	Admin    bool   `json:"admin_listener"`
}

type totals struct {
	Requests      int64 `json:"requests"`
	FirstTry      int64 `json:"first_try"`
	AfterFallback int64 `json:"after_fallback"`
	Failed        int64 `json:"failed"`
	Unpriced      int64 `json:"unpriced"`
}

type counters struct {
	Written   int64  `json:"written"`
	Dropped   int64  `json:"dropped"`
	Failed    int64  `json:"failed"`
	Queued    int    `json:"queued"`
	Failing   bool   `json:"failing"`
	LastError string `json:"last_error"`
	Decisions int64  `json:"decisions"`
	FileBytes int64  `json:"file_bytes"`
	FreeBytes int64  `json:"free_bytes"`
}

type provider struct {
	Name     string   `json:"name"`
	Schema   string   `json:"schema"`
	Origin   string   `json:"origin"`
	Headers  []string `json:"headers"` // their names
	Key      string   `json:"key"`     // its state
	Ref      string   `json:"key_ref"` // where it is: env, file, keyring, literal or none
	Disabled bool     `json:"disabled"`
}

// problemOfLast is an attempt that failed, without what was said of it.
type problemOfLast struct {
	At       time.Time `json:"at"`
	Endpoint string    `json:"endpoint"`
	Outcome  string    `json:"outcome"`
	Status   int       `json:"status"`
}

// mostProblems is how many failed attempts are in a bundle, and looked the decisions they are
// looked for in.
const (
	mostProblems = 50
	looked       = 500
)

func (p *Part) diagnostics(w http.ResponseWriter, r *http.Request) {
	use := p.o.InUse()
	c := &use.Config.Catalog
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b := bundle{
		At: time.Now().UTC(), Started: p.o.Started.UTC(), Versions: p.versions(), Process: process{runtime.NumCPU(), runtime.NumGoroutine(), memory.HeapAlloc},
		Config:  configured{use.Rev, use.Config.Path != "", use.Problem, len(use.Config.Warnings), p.o.Admin != ""},
		Outline: edit.OutlineOf(c), Provider: []provider{}, Problems: []problemOfLast{},
		Left: "prompts, answers, keys, headers' values, what providers said, paths of base URLs",
	}
	for i := range c.Providers {
		at := &c.Providers[i]
		k := p.o.Key(at)
		one := provider{Name: at.Name, Schema: at.Schema.String(), Origin: origin(at.BaseURL), Headers: []string{}, Key: k.State, Ref: scheme(k.Ref), Disabled: at.Disabled}
		for _, h := range at.Headers {
			one.Headers = append(one.Headers, h.Name)
		}
		b.Provider = append(b.Provider, one)
	}
	t, n := p.o.Feed.Totals(), p.o.Store.Counters()
	b.Totals = totals{t.Requests, t.FirstTry, t.AfterFallback, t.Failed, t.Unpriced}
	size, err := p.o.Store.Size(r.Context())
	if err != nil {
		n.LastError = err.Error()
	}
	b.Store = counters{n.Written, n.Dropped, n.Failed, n.Queued, n.Failing, n.LastError, size.Decisions, size.File + size.Log, size.Free}
	b.Problems = append(b.Problems, p.problems(r)...)
	w.Header().Set("content-disposition", `inline; filename="strowger-diagnostics-`+b.At.Format("2006-01-02")+`.json"`)
	reply.Value(w, http.StatusOK, b)
}

// scheme is how a reference begins: the name behind it may tell too much.
func scheme(ref string) string {
	for i := range ref {
		if ref[i] == ':' {
			return ref[:i]
		}
	}
	return ref
}

// problems are the newest attempts that failed.
func (p *Part) problems(r *http.Request) (out []problemOfLast) {
	page, err := p.o.Store.Decisions(r.Context(), store.Query{Limit: looked})
	if err != nil || len(page.Decisions) == 0 {
		return nil
	}
	at := map[int64]time.Time{}
	last, first := page.Decisions[0].Seq, page.Decisions[len(page.Decisions)-1].Seq
	for _, d := range page.Decisions {
		at[d.Seq] = d.At
	}
	for n := last; n >= first && len(out) < mostProblems; n -= 75 { // as many as are read at once
		attempts, err := p.o.Store.Attempts(r.Context(), max(n-74, first), n)
		if err != nil {
			return out
		}
		for i := len(attempts) - 1; i >= 0 && len(out) < mostProblems; i-- {
			if a := attempts[i]; a.Outcome != stats.OutcomeOK.String() {
				out = append(out, problemOfLast{at[a.Seq], a.Endpoint, a.Outcome, a.Status})
			}
		}
	}
	return out
}
