package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/router"
	"strowger/desktop/cache"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/facts"
	"strowger/desktop/proxy"
	"strowger/desktop/secret"
)

// LoadConfig reads the configuration's file, or finds providers in the environment and on
// this machine. What it leaves out of prices and limits is filled in from what is known
// of its providers. flag is --config; see config.Find.
func LoadConfig(ctx context.Context, flag string) (*config.Config, error) {
	path, err := config.Find(flag)
	if err != nil {
		return nil, err
	}
	if path != "" {
		return load(path)
	}
	known, problem := facts.Current()
	c := config.Discover(ctx, config.Surroundings{Getenv: os.Getenv, Known: known, Client: http.DefaultClient})
	c.Warnings = append(c.Warnings, warnings(problem)...)
	return &c, nil
}

func load(path string) (*config.Config, error) {
	known, problem := facts.Current()
	c, err := config.Load(path, known)
	if err != nil {
		return nil, err
	}
	c.Lint()
	c.Warnings = append(c.Warnings, warnings(problem)...)
	return c, nil
}

func warnings(problem error) []config.Problem {
	if problem == nil {
		return nil
	}
	return []config.Problem{{Message: problem.Error()}}
}

// current is the configuration in use, and the last one that could not be used.
type current struct {
	config  *config.Config
	catalog *catalog.Catalog
	secrets *secret.Resolver // of requests
	loaded  time.Time
	problem string // why the file as it is now is not in use
}

// setup is what the data plane needs of a configuration.
func (a *App) setup(p *current) proxy.Setup {
	private := []string{p.config.Admin.Token}
	for _, e := range p.config.Edges {
		private = append(private, e.Secret)
	}
	return proxy.Setup{Router: router.New(p.catalog), Secrets: p.secrets, Cache: a.cacheFor(p), Zone: p.config.Location, Closed: a.closed,
		Bodies: p.config.Record.Bodies && a.folder != "", Private: private}
}

// cacheFor is the cache, opened when a rule first asks for one: who keeps no answers has
// no file for them. Without a folder of its own it is in memory only.
func (a *App) cacheFor(p *current) *cache.Cache {
	if a.cache != nil || !keeps(p.catalog.Config()) {
		return a.cache
	}
	path := ""
	if a.folder != "" {
		path = filepath.Join(a.folder, cache.FileName)
	}
	c, err := cache.Open(path, cache.Options{MaxBytes: p.config.CacheBytes, MaxEntry: config.MaxAnswer, Log: a.log})
	if err != nil {
		a.log.Warn("no answers are kept: " + err.Error())
		return nil
	}
	a.cache = c
	return c
}

// keeps reports whether any rule asks for answers to be kept.
func keeps(c *catalog.Config) bool {
	return c.Cache.TTL > 0 ||
		slices.ContainsFunc(c.Models, func(m catalog.Model) bool { return m.Cache.TTL > 0 }) ||
		slices.ContainsFunc(c.Routes, func(r catalog.Route) bool { return r.Cache.TTL > 0 })
}

func newCurrent(c *config.Config) (*current, error) {
	cat, err := catalog.New(c.Catalog)
	if err != nil {
		return nil, err
	}
	return &current{config: c, catalog: cat, secrets: &secret.Resolver{}, loaded: time.Now()}, nil
}

// Config is the configuration in use. It must not be changed.
func (a *App) Config() *config.Config { return a.live.Load().config }

// configState tells the dashboard of the configuration.
func (a *App) configState() control.ConfigState {
	p := a.live.Load()
	s := control.ConfigState{Path: p.config.Path, Rev: p.catalog.Rev(), Loaded: p.loaded, Problem: p.problem}
	for _, w := range p.config.Warnings {
		s.Warnings = append(s.Warnings, w.Error())
	}
	return s
}

// lookEvery is how often the file is looked at. It is looked at rather than watched, so
// that it works alike for editors that replace it, for links and for network folders.
const lookEvery = 250 * time.Millisecond

// watch takes the file's changes until ctx is done. A change counts when it has stood for
// a moment, so that a file that is being written is not read half; who has written it asks
// for it at once. Where there is no file, one may come by being asked for.
func (a *App) watch(ctx context.Context) {
	path := a.Config().Path
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	used := a.Config().Stamp // not as it is now: it may have changed since it was read
	for last := used; ; {
		select {
		case <-ctx.Done():
			return
		case asked := <-a.asked:
			path = asked.path
			used = config.Stamp(path)
			last = used
			a.reload(path)
			close(asked.done)
			continue
		case <-tick.C:
		}
		if path == "" {
			continue
		}
		now := config.Stamp(path)
		if now != used && now == last {
			used = now
			a.reload(path)
		}
		last = now
	}
}

// reload takes the file as it is now, or says why not and goes on as before.
func (a *App) reload(path string) {
	before := a.live.Load()
	next, err := a.accept(path)
	if err != nil {
		failed := *before
		failed.problem = err.Error()
		a.live.Store(&failed)
		a.log.Error("the changed configuration is not used, the one before stays in use", "file", path, "problem", err.Error())
		return
	}
	if next.catalog.Rev() == before.catalog.Rev() && before.problem == "" {
		a.log.Info("the configuration was written anew and says the same", "file", path, "rev", next.catalog.Rev())
	} else {
		a.log.Info("the changed configuration is in use", "file", path, "rev", next.catalog.Rev())
	}
	for _, w := range next.config.Warnings {
		a.log.Warn(w.Error())
	}
	a.proxy.Use(a.setup(next))
	a.live.Store(next) // then: who sees it counts on it
	a.used(next)
	a.learner.Switch(Learns(next.catalog.Config()))
}

// accept reads a changed file. What cannot change while serving is refused.
func (a *App) accept(path string) (*current, error) {
	c, err := load(path)
	if err != nil {
		return nil, err
	}
	var fixed []string
	for _, f := range [...]struct {
		name    string
		changed bool
	}{
		{"listen", c.Listen != a.given.Listen},
		{"admin", c.Admin != a.given.Admin},
		{"record.retention", c.Record.Retention != a.given.Record.Retention},
		{"cache.max_total", c.CacheBytes != a.given.CacheBytes},
	} {
		if f.changed {
			fixed = append(fixed, f.name)
		}
	}
	if len(fixed) > 0 {
		c.Warnings = append(c.Warnings, config.Problem{File: path, Message: " " + strings.Join(fixed, ", ") + " changed, which takes effect after a restart"})
	}
	now, before := &c.Catalog, &a.Config().Catalog
	switch {
	case a.closed && len(now.Keys) == 0:
		return nil, errors.New("keys: other machines reach " + a.Addr() + ", so at least one is needed")
	case len(now.Models)+len(now.Routes) == 0 && len(before.Models)+len(before.Routes) > 0:
		return nil, errors.New("nothing would be served any more; if that is meant, stop strowger")
	case a.folder == "" && spends(now) && !spends(before):
		return nil, errNoBooks
	}
	for _, f := range [...]struct {
		name        string
		before, now int
	}{{"keys", len(before.Keys), len(now.Keys)}, {"routes", len(before.Routes), len(now.Routes)}, {"cost_limit", len(before.CostLimits), len(now.CostLimits)}} {
		if f.now == 0 && f.before > 0 {
			c.Warnings = append(c.Warnings, config.Problem{File: path, Message: " " + f.name + " is gone: there was something before the file was changed"})
		}
	}
	return newCurrent(c)
}
