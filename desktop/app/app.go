// Package app puts the pieces together: configuration, store, proxy, dashboard and
// listener. It starts them in order and closes them in reverse.
package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"strowger/core/stats"
	"strowger/desktop/cache"
	"strowger/desktop/collector"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/control/tools"
	"strowger/desktop/http1/server"
	"strowger/desktop/learn"
	"strowger/desktop/lockfile"
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
	// Alone: Start fails if another process records in the data folder, with a *store.OpenError
	// of ReasonBusy, before it looks at anything else. Else it serves without a record.
	Alone   bool
	Version string
	Log     *slog.Logger
}

// App is a running strowger.
type App struct {
	Feed *control.Feed
	// Warnings are what a person should know, one sentence each.
	Warnings []string

	live     atomic.Pointer[current]
	log      *slog.Logger
	path     string         // of the record; empty: there is none
	lock     *lockfile.Lock // of its folder; nil: another process has it, or there is no folder
	presence store.Presence // what is said of this process there
	folder   string         // of the data that this process alone writes; empty: there is none
	cache    *cache.Cache   // opened when a rule first asks for it
	given    *config.Config // what it was started with
	proxy    *proxy.Proxy
	learner  *learn.Learner
	control  http.Handler // what is under /_/
	closed   bool         // other machines reach the data plane: callers need a key
	token    string       // of the control plane; empty: none is needed
	local    string       // opens it to windows of the same user, who find it in the lock file
	listener net.Listener
	admin    net.Listener // the control plane's own; nil: it shares the data plane's
	closing  chan struct{}
	tools    *tools.Part
	asked    chan asked     // to take a file into use
	used     func(*current) // is told of a configuration that comes into use
	settle   func()         // does what can wait, once
	served   chan error
	closers  []func() error
}

// Start starts everything and returns once requests are served.
func Start(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{served: make(chan error, 2), asked: make(chan asked), local: rand.Text()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.log = o.Log; a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	problem, err := a.take(o)
	if err != nil {
		return nil, err
	}
	c := o.Config
	if c == nil {
		if c, err = LoadConfig(ctx, o.ConfigPath); err != nil {
			return nil, err
		}
	}
	a.given = c
	if o.Listen != "" {
		changed := *c
		changed.Listen, c = o.Listen, &changed
	}
	first, err := newCurrent(c)
	if err != nil {
		return nil, err
	}
	a.live.Store(first)
	if err = a.listen(ctx, c); err != nil {
		return nil, err
	}
	a.checkKeys()
	var db *store.Store
	if problem == "" {
		db, problem = a.openStore()
	}
	if db == nil && spends(&c.Catalog) {
		return nil, fmt.Errorf("%w (%s)", errNoBooks, problem)
	}
	a.assemble(ctx, o, db, problem)
	a.serve(o)
	a.say(o.Version)
	time.AfterFunc(settleTime, func() {
		a.settle()
		debug.FreeOSMemory() // what starting took is not needed any more
		if err := leaveCode(); err != nil {
			a.log.Debug("code that only the start needed stays in memory", "problem", err.Error())
		}
		collector.Pace()
	})
	return a, nil
}

// settleTime is how long after the start what can wait is done: the first callers come first, and
// what they cause is not written before.
const settleTime = 200 * time.Millisecond

// checkKeys says which keys are not there: without one a provider's attempts fail.
func (a *App) checkKeys() {
	for _, p := range a.Config().Catalog.Providers {
		if p.Disabled || p.KeyRef == "" {
			continue
		}
		if _, err := secret.Resolve(p.KeyRef); err != nil {
			a.warn("provider " + p.Name + " has no key: " + err.Error())
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
func (a *App) openStore() (db *store.Store, problem string) {
	db, err := store.Open(a.path, store.Options{Log: a.log, Retention: cmp.Or(a.Config().Record.Retention, config.DefaultRetention)})
	if err != nil {
		return nil, a.warn("nothing is recorded: " + err.Error())
	}
	a.closers = append(a.closers, db.Close)
	a.folder = filepath.Dir(a.path)
	return db, ""
}

func (a *App) warn(text string) string {
	a.log.Warn(text)
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

// assemble makes the data plane and the control plane.
func (a *App) assemble(ctx context.Context, o Options, db *store.Store, problem string) {
	last, err := db.LastSeq(ctx)
	if err != nil {
		problem = a.warn("the record cannot be read: " + err.Error())
	}
	a.Feed = control.NewFeed(db, last)
	record := &recorder{Feed: a.Feed}
	serving := proxy.Options{Setup: a.setup(a.live.Load()), Recorder: record, Books: newBooks(db), Log: a.log, UserAgent: "strowger/" + o.Version}
	traces := a.startTraces(o.Version)
	if traces != nil {
		serving.Tracer = traces
	}
	a.proxy = proxy.New(serving)
	a.restoreMoney(ctx, db)
	if err := Remember(ctx, db, func(s stats.Sample) { a.proxy.Fold(s); a.Feed.Note(s) }); err != nil {
		a.warn("what was measured before cannot be read: " + err.Error())
	}
	a.startLearning(db)
	record.learner = a.learner
	if err := a.Feed.Begin(ctx, live{a}.zone); err != nil {
		a.warn("what was spent today cannot be read: " + err.Error())
	}
	a.closing = make(chan struct{})
	keys := control.NewKeys(live{a}, a.Feed, live{a}.catalog)
	a.control = control.New(control.Options{
		Feed: a.Feed, Store: db, Decider: a.proxy, Learner: a.learner, Page: frontend.Handler(), Version: o.Version, Listen: a.Addr(),
		Exchanges: plane{a.proxy}, Endpoints: plane{a.proxy}, Keys: keys, Catalog: live{a}.catalog, Zone: live{a}.zone,
		Addresses: a.addresses(), Folder: a.folder,
		Config: a.configState, Budgets: a.proxy.Standings, Edges: edges{a}, StoreProblem: problem, Started: time.Now(), Closing: a.closing, Traces: traces,
		Parts: a.parts(o, db, keys),
	})
}

// serve serves both planes and takes changes of the configuration.
func (a *App) serve(o Options) {
	plane := a.tools.Watch(a.proxy)
	if a.admin == nil { // both on one listener
		plane = home(a.withToken(a.control), plane)
	}
	log := slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)
	data := proxy.NewServer(guard(a.listener, a.proxy, plane), log)
	servers := []*server.Server{data}
	listeners := []net.Listener{a.listener}
	if a.admin != nil {
		servers = append(servers, proxy.NewServer(guard(a.admin, a.proxy, a.withToken(home(a.control, http.NotFoundHandler()))), log))
		listeners = append(listeners, a.admin)
	}
	for i, s := range servers {
		go func() { a.served <- s.Serve(listeners[i]) }()
	}
	watching, cancel := context.WithCancel(context.Background())
	var watched sync.WaitGroup
	if o.Config == nil {
		watched.Go(func() { a.watch(watching) })
	}
	a.closers = append(a.closers, func() error {
		cancel()
		watched.Wait()
		close(a.closing) // who watches the dashboard is to end first
		if a.admin != nil {
			_ = servers[1].Close() // nothing there is worth waiting for
		}
		return errors.Join(stop(data, a.proxy), a.cache.Close())
	})
}

// home leads to what is under /_/ and, at everything else, to rest.
func home(control, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, frontend.Base):
			control.ServeHTTP(w, r)
		case r.URL.Path == "/" && r.Method == http.MethodGet: // a browser's first guess
			http.Redirect(w, r, frontend.Base, http.StatusFound)
		default:
			rest.ServeHTTP(w, r)
		}
	})
}

// How long requests get to end by themselves, and after that to end with an error.
const (
	graceTime = 5 * time.Second
	endTime   = 3 * time.Second
)

// stop takes no more requests, lets those going on end, and ends what does not.
func stop(s *server.Server, p *proxy.Proxy) error {
	grace, cancel := context.WithTimeout(context.Background(), graceTime)
	defer cancel()
	err := s.Shutdown(grace)
	last, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	ended := p.Close(last)
	if err != nil { // there were some: they have been told now
		_ = s.Shutdown(last)
		_ = s.Close()
	}
	return ended
}

// Addr is the address that is listened on, host:port.
func (a *App) Addr() string { return a.listener.Addr().String() }

// URL is where programs and browsers find it, without a path.
func (a *App) URL() string { return "http://" + a.Addr() }

// AdminURL is where the dashboard is found, without a path.
func (a *App) AdminURL() string {
	if a.admin == nil {
		return a.URL()
	}
	return "http://" + a.admin.Addr().String()
}

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
