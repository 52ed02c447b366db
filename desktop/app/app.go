// Package app puts the pieces together: configuration, store, proxy, dashboard and
// listener. It starts them in order and closes them in reverse.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/proxy"
	"strowger/desktop/secret"
	"strowger/desktop/store"
	"strowger/frontend"
)

// Options say what to start. The zero value starts what the usual files say.
type Options struct {
	ConfigPath string         // --config; empty: see config.Find
	Config     *config.Config // used instead of a file
	DataDir    string         // --data; empty: the user's data folder
	Listen     string         // --listen; empty: the configuration's
	Version    string
	Log        *slog.Logger
}

// App is a running strowger.
type App struct {
	Config *config.Config
	Feed   *control.Feed
	// Warnings are what a person should know, one sentence each.
	Warnings []string

	handler  http.Handler
	listener net.Listener
	served   chan error
	closers  []func() error
}

// Start starts everything and returns once requests are served.
func Start(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{served: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if a.Config = o.Config; a.Config == nil {
		if a.Config, err = LoadConfig(o.ConfigPath); err != nil {
			return nil, err
		}
	}
	cat, err := catalog.New(a.Config.Catalog)
	if err != nil {
		return nil, err
	}
	listen := a.Config.Listen
	if o.Listen != "" {
		listen = o.Listen
	}
	if !loopbackHost(listen) {
		return nil, fmt.Errorf("listen %s: this version serves this machine only: use 127.0.0.1:PORT", listen)
	}
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", listen); err != nil {
		return nil, fmt.Errorf("listen %s: %w; is another strowger running? choose another address with --listen", listen, errors.Unwrap(err))
	}
	a.closers = append(a.closers, func() error { return ignoreClosed(a.listener.Close()) })
	a.checkKeys(o.Log)
	db, problem := a.openStore(o)
	a.assemble(ctx, o, router.New(cat), db, problem)
	return a, nil
}

// LoadConfig reads the configuration's file, or finds providers in the environment. flag
// is --config; see config.Find.
func LoadConfig(flag string) (*config.Config, error) {
	path, err := config.Find(flag)
	if err != nil {
		return nil, err
	}
	if path != "" {
		return config.Load(path)
	}
	c := config.Discover(os.Getenv)
	return &c, nil
}

// checkKeys says which keys are not there: without one a provider's attempts fail.
func (a *App) checkKeys(log *slog.Logger) {
	for _, p := range a.Config.Catalog.Providers {
		if p.Disabled || p.KeyRef == "" {
			continue
		}
		if _, err := secret.Resolve(p.KeyRef); err != nil {
			a.warn(log, "provider "+p.Name+" has no key: "+err.Error())
		}
	}
}

// Database is the record's file in a data folder; empty is the user's.
func Database(dir string) (path string, err error) {
	if dir == "" {
		if dir, err = store.DefaultDir(); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, store.FileName), nil
}

// openStore opens the record. Without one everything else still works.
func (a *App) openStore(o Options) (db *store.Store, problem string) {
	path, err := Database(o.DataDir)
	if err != nil {
		return nil, a.warn(o.Log, "nothing is recorded: "+err.Error())
	}
	release, err := store.Lock(path)
	if err != nil {
		return nil, a.warn(o.Log, "nothing is recorded: "+err.Error())
	}
	a.closers = append(a.closers, release)
	db, err = store.Open(path, store.Options{Log: o.Log})
	if err != nil {
		return nil, a.warn(o.Log, "nothing is recorded: "+err.Error())
	}
	a.closers = append(a.closers, db.Close)
	return db, ""
}

func (a *App) warn(log *slog.Logger, text string) string {
	log.Warn(text)
	a.Warnings = append(a.Warnings, text)
	return text
}

// How much of the past is read at the start: what is older has decayed to nothing.
const (
	rememberFor   = 12 * time.Hour
	rememberCount = 50_000
)

// Remember gives fold what was measured in the recent past, oldest first.
func Remember(ctx context.Context, db *store.Store, fold func(stats.Sample)) error {
	return db.Samples(ctx, time.Now().Add(-rememberFor), rememberCount, func(s stats.Sample) error {
		fold(s)
		return nil
	})
}

func (a *App) assemble(ctx context.Context, o Options, r *router.Router, db *store.Store, problem string) {
	last, err := db.LastSeq(ctx)
	if err != nil {
		problem = a.warn(o.Log, "the record cannot be read: "+err.Error())
	}
	a.Feed = control.NewFeed(db, last)
	p := proxy.New(proxy.Options{Router: r, Secrets: &secret.Resolver{}, Recorder: a.Feed, Log: o.Log, UserAgent: "strowger/" + o.Version})
	if err := Remember(ctx, db, p.Fold); err != nil {
		a.warn(o.Log, "what was measured before cannot be read: "+err.Error())
	}
	closing := make(chan struct{})
	c := control.New(control.Options{
		Feed: a.Feed, Store: db, Decider: p, Page: frontend.Handler(), Version: o.Version, Listen: a.Addr(),
		StoreProblem: problem, Started: time.Now(), Closing: closing,
	})
	a.handler = guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, frontend.Base):
			c.ServeHTTP(w, r)
		case r.URL.Path == "/" && r.Method == http.MethodGet: // a browser's first guess
			http.Redirect(w, r, frontend.Base, http.StatusFound)
		default:
			p.ServeHTTP(w, r)
		}
	}))
	server := &http.Server{
		Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	go func() { a.served <- server.Serve(a.listener) }()
	a.closers = append(a.closers, func() error {
		close(closing)
		return stop(server, p)
	})
}

// How long requests get to end by themselves, and after that to end with an error.
const (
	graceTime = 5 * time.Second
	endTime   = 3 * time.Second
)

// stop takes no more requests, lets those going on end, and ends what does not.
func stop(server *http.Server, p *proxy.Proxy) error {
	grace, cancel := context.WithTimeout(context.Background(), graceTime)
	defer cancel()
	err := server.Shutdown(grace)
	last, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	ended := p.Close(last)
	if err != nil { // there were some: they have been told now
		_ = server.Shutdown(last)
		_ = server.Close()
	}
	return ended
}

// Handler serves everything: the data plane, the dashboard and its API.
func (a *App) Handler() http.Handler { return a.handler }

// Addr is the address that is listened on, host:port.
func (a *App) Addr() string { return a.listener.Addr().String() }

// URL is where programs and browsers find it, without a path.
func (a *App) URL() string { return "http://" + a.Addr() }

// Done gives the error with which serving ended, should it end before Close.
func (a *App) Done() <-chan error { return a.served }

// Close ends everything in the reverse order of its start. It takes a few seconds at
// most if requests are going on.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
