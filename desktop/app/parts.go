package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/control/edit"
	"strowger/desktop/control/jobs"
	"strowger/desktop/control/settings"
	"strowger/desktop/control/tools"
	"strowger/desktop/control/whatif"
	"strowger/desktop/facts"
	"strowger/desktop/store"
)

// parts are the screens' own parts of the control plane.
func (a *App) parts(o Options, db *store.Store, keys *control.Keys) []control.Part {
	host := editing{a: a, fixed: o.Config != nil}
	first := a.live.Load()
	a.settle = sync.OnceFunc(func() { a.keep(db, first) })
	a.closers = append(a.closers, func() error { a.settle(); return nil })
	a.used = func(p *current) {
		a.settle() // keeps the one before, if that has not been done
		a.keep(db, p)
	}
	work := &jobs.Registry{}
	a.closers = append(a.closers, work.Close)
	a.tools = tools.New(tools.Options{Setting: a.setting, Find: a.Feed.Find})
	wasm := &module{folder: a.folder, keep: time.Minute}
	a.closers = append(a.closers, wasm.Close)
	decided := whatif.Options{Find: a.Feed.Find, Decider: a.proxy, Catalogs: catalogs{host, db}, Module: wasm, Store: db, Jobs: work,
		Bodies: func() bool { return a.Config().Record.Bodies && a.folder != "" }}
	usable := func(p *catalog.Provider) bool {
		k := keys.Of(p).State
		return k == control.KeyOK || k == control.KeyNone
	}
	shown := settings.Options{
		InUse: host.InUse, Key: keys.Of, Feed: a.Feed, Store: db, Jobs: work,
		Folder: a.folder, Version: o.Version, Listen: a.Addr(), Started: time.Now(), Module: sync.OnceValue(builtIn),
	}
	if a.admin != nil {
		shown.Admin = a.admin.Addr().String()
	}
	return []control.Part{work, a.tools, edit.New(edit.Options{Host: host, Store: db, Usable: usable}), whatif.New(decided), settings.New(shown)}
}

// setting is how programs are led here.
func (a *App) setting() tools.Setting {
	s := tools.Setting{URL: a.URL(), Model: "auto", Key: "strowger"}
	if a.closed {
		s.Key = "YOUR-CLIENT-KEY"
	}
	if models := a.Config().Catalog.Models; len(models) > 0 {
		s.Model = models[0].ID
	}
	return s
}

// catalogs are those that decisions are made with, of this configuration and earlier ones.
type catalogs struct {
	editing
	store *store.Store
}

// InUse implements whatif.Catalogs.
func (c catalogs) InUse() *catalog.Catalog { return c.a.live.Load().catalog }

// Of implements whatif.Catalogs.
func (c catalogs) Of(ctx context.Context, rev string) *catalog.Catalog {
	if now := c.InUse(); now.Rev() == rev {
		return now
	}
	cat, err := KeptCatalog(ctx, c.store, rev)
	if err != nil {
		return nil
	}
	return cat
}

// KeptCatalog is the catalog of a revision that was in use once; store.ErrNotFound if it is not
// kept.
func KeptCatalog(ctx context.Context, db *store.Store, rev string) (*catalog.Catalog, error) {
	doc, err := db.CatalogOf(ctx, rev)
	if err != nil {
		return nil, err
	}
	cfg, err := catalog.ReadJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("catalog %s: %w", rev, err)
	}
	cat, err := catalog.New(cfg)
	if err == nil && cat.Rev() != rev {
		err = fmt.Errorf("catalog %s is read as %s, so another version kept it", rev, cat.Rev())
	}
	if err != nil {
		return nil, err
	}
	return cat, nil
}

// keep keeps the catalog that comes into use, for decisions to be made again with it.
func (a *App) keep(db *store.Store, p *current) {
	if err := db.KeepCatalog(context.Background(), p.catalog.Rev(), catalog.AppendJSON(nil, *p.catalog.Config())); err != nil {
		a.log.Warn("decisions under this configuration cannot be made again once it is replaced", "problem", err.Error())
	}
}

// Read implements whatif.Catalogs.
func (c catalogs) Read(text string) (*catalog.Catalog, error) {
	read, err := c.Parse(c.a.Config().Path, []byte(text))
	if err != nil {
		return nil, err
	}
	return catalog.New(read.Catalog)
}

// asked is a file that is to be taken into use; done is closed when it is, or is refused.
type asked struct {
	path string
	done chan struct{}
}

// editing is what editing the configuration asks of what serves by it.
type editing struct {
	a     *App
	fixed bool // there is no file
}

// InUse implements edit.Host.
func (e editing) InUse() edit.InUse {
	p := e.a.live.Load()
	use := edit.InUse{Config: p.config, Rev: p.catalog.Rev(), Problem: p.problem}
	if e.fixed {
		use.Fixed = "strowger was started with a configuration that is not in a file"
	}
	return use
}

// Parse implements edit.Host.
func (e editing) Parse(path string, text []byte) (*config.Config, error) {
	known, _ := facts.Current() // its problem was said at the start
	return config.Parse(path, text, known)
}

// Take implements edit.Host.
func (e editing) Take(ctx context.Context, path string) {
	ask := asked{path, make(chan struct{})}
	select {
	case e.a.asked <- ask:
	case <-ctx.Done():
		return
	}
	select {
	case <-ask.done:
	case <-ctx.Done():
	}
}
