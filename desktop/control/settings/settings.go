// Package settings shows how strowger is set up, empties the record, and gathers what a report
// of a fault needs. Nothing in it is the configuration's own text: each field is named here,
// and none can hold a secret.
//
//	GET /_/api/settings     how it is set up
//	GET /_/api/purge        what emptying the record up to a time would delete
//	POST /_/api/purge       does it
//	GET /_/api/diagnostics  what a report of a fault needs
package settings

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	sqlite "modernc.org/sqlite/lib"

	"strowger/core/catalog"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/control/edit"
	"strowger/desktop/control/jobs"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// Options make a Part.
type Options struct {
	InUse   func() edit.InUse
	Key     func(*catalog.Provider) control.Key // what may be seen of a provider's key
	Feed    *control.Feed
	Store   *store.Store // nil: there is no record
	Jobs    *jobs.Registry
	Folder  string // of the data; empty: there is none
	Version string
	Listen  string // address of the data plane
	Admin   string // address of the control plane's own listener; empty: it has none
	// Module is the edge's module as it is built in; empty: it is not.
	Module  func() string
	Started time.Time
}

// Part serves the paths of this package; it is a control.Part.
type Part struct{ o Options }

// New is a Part.
func New(o Options) *Part { return &Part{o} }

// Routes implements control.Part.
func (p *Part) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /_/api/settings":    p.settings,
		"GET /_/api/purge":       p.preview,
		"POST /_/api/purge":      p.purge,
		"GET /_/api/diagnostics": p.diagnostics,
	}
}

// versions are what a report of a fault begins with.
type versions struct {
	Strowger string `json:"strowger"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	SQLite   string `json:"sqlite"`
	Module   string `json:"module"`
}

func (p *Part) versions() versions {
	return versions{p.o.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, sqlite.SQLITE_VERSION, p.o.Module()}
}

// secretState is what may be seen of a provider's key.
type secretState struct {
	Provider string `json:"provider"`
	Ref      string `json:"ref"`
	State    string `json:"state"`
	Last4    string `json:"last4"`
}

func (p *Part) secrets(c *catalog.Config) []secretState {
	out := []secretState{}
	for i := range c.Providers {
		k := p.o.Key(&c.Providers[i])
		out = append(out, secretState{c.Providers[i].Name, k.Ref, k.State, k.Last4})
	}
	return out
}

type bodies struct {
	Bodies bool `json:"bodies"`
}

// key is a client key as it is shown.
type key struct {
	Name      string `json:"name"`
	CostLimit any    `json:"cost_limit"`
	RateLimit any    `json:"rate_limit"`
}

func (p *Part) settings(w http.ResponseWriter, r *http.Request) {
	use := p.o.InUse()
	size, oldest, err := p.size(r.Context())
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	out := struct {
		Listen     string        `json:"listen"`
		Admin      string        `json:"admin"`
		ConfigPath string        `json:"config_path"`
		DataFolder string        `json:"data_folder"`
		DataBytes  int64         `json:"data_bytes"`
		Decisions  int64         `json:"decisions"`
		Oldest     *time.Time    `json:"oldest"`
		Retention  string        `json:"retention"`
		Record     bodies        `json:"record"`
		Secrets    []secretState `json:"secrets"`
		Keys       []key         `json:"keys"`
		Versions   versions      `json:"versions"`
		OTLP       *string       `json:"otlp"` // nothing is sent anywhere
		Timezone   string        `json:"timezone"`
	}{
		Listen: p.o.Listen, Admin: p.o.Admin, ConfigPath: absolute(use.Config.Path), DataFolder: absolute(p.o.Folder), DataBytes: size.File + size.Log, Decisions: size.Decisions,
		Oldest: oldest, Retention: retention(use.Config), Record: bodies{use.Config.Record.Bodies}, Secrets: p.secrets(&use.Config.Catalog), Keys: []key{},
		Versions: p.versions(), Timezone: "UTC",
	}
	if use.Config.Location != nil {
		out.Timezone = use.Config.Location.String()
	}
	for _, k := range edit.OutlineOf(&use.Config.Catalog).Keys {
		out.Keys = append(out.Keys, key{k.Name, k.Limits.CostLimits, k.Limits.RateLimit})
	}
	reply.Value(w, http.StatusOK, out)
}

// absolute is a path that means the same wherever it is read; empty stays empty.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// retention is how long decisions are kept, in days if it is whole days.
func retention(c *config.Config) string {
	keep := c.Record.Retention
	if keep == 0 {
		keep = config.DefaultRetention
	}
	if keep%(24*time.Hour) == 0 {
		return strconv.Itoa(int(keep/(24*time.Hour))) + "d"
	}
	return keep.String()
}

// size is how much is recorded, and since when; oldest is nil if nothing is.
func (p *Part) size(ctx context.Context) (size store.Size, oldest *time.Time, err error) {
	all, err := p.o.Store.PurgePreview(ctx, time.Now().Add(24*time.Hour))
	if err != nil {
		return size, nil, err
	}
	if size, err = p.o.Store.Size(ctx); err == nil && all.Decisions > 0 {
		oldest = &all.Oldest
	}
	return size, oldest, err
}

func (p *Part) preview(w http.ResponseWriter, r *http.Request) {
	before, err := reply.Moment(r.URL.Query().Get("before"))
	if err != nil {
		reply.Fail(w, http.StatusBadRequest, "before "+err.Error())
		return
	}
	found, err := p.o.Store.PurgePreview(r.Context(), before)
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	out := struct {
		Decisions int64      `json:"decisions"`
		Bytes     int64      `json:"bytes"`
		Oldest    *time.Time `json:"oldest"`
	}{found.Decisions, found.Bytes, nil}
	if found.Decisions > 0 {
		out.Oldest = &found.Oldest
	}
	reply.Value(w, http.StatusOK, out)
}

// purged is the result of emptying the record.
type purged struct {
	Decisions int64  `json:"decisions"`
	Freed     int64  `json:"freed"` // bytes given back to the system
	Note      string `json:"note"`
}

// maxBody is how long what asks for a purge may be.
const maxBody = 4 << 10

func (p *Part) purge(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Before string `json:"before"`
		Bodies bool   `json:"bodies"` // what was asked and answered alone, all of it
	}
	if !reply.Read(w, r, maxBody, &in) {
		return
	}
	before, err := reply.Moment(in.Before)
	switch {
	case in.Bodies && in.Before != "":
		reply.Fail(w, http.StatusBadRequest, "bodies: all of them are deleted, whatever their time: leave out before")
		return
	case err != nil && !in.Bodies:
		reply.Fail(w, http.StatusBadRequest, "before "+err.Error())
		return
	case p.o.Store == nil:
		reply.Fail(w, http.StatusConflict, store.ErrNoStore.Error())
		return
	}
	p.o.Jobs.Accept(w, "purge", func(ctx context.Context, progress func(done, total int64)) (any, error) {
		var out purged
		var err error
		if in.Bodies {
			out.Decisions, err = p.o.Store.ForgetBodies(ctx)
		} else {
			out.Decisions, err = p.o.Store.Prune(ctx, before, progress)
		}
		if err != nil {
			return nil, err
		}
		p.o.Feed.Forget(before)
		out.Freed, err = p.o.Store.Shrink(ctx, nil)
		if errors.Is(err, store.ErrShrink) {
			out.Note, err = err.Error(), nil
		}
		return out, err
	})
}

// origin is where a base URL leads, without what may be secret in it: user, path and query.
func origin(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
