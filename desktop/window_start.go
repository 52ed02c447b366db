package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"strowger/desktop/app"
	"strowger/desktop/store"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = "dev"

// home is the Strowger that the window shows: its own, or one that runs already and records in the
// same folder. Both are reached the same way, over the loopback.
type home struct {
	s      settings
	log    *slog.Logger
	client *http.Client

	mu  sync.Mutex
	own *app.App // nil: the window is attached to another process
	at  store.Presence
	up  bool // it answers
}

func newHome(s settings, log *slog.Logger) *home {
	// Of requests of the page none waits longer than a poll, 25 s; answers of models may.
	t := &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: longest}
	return &home{s: s, log: log, client: &http.Client{Transport: t, Timeout: time.Minute}}
}

// start starts a Strowger, or attaches to the one that records in the folder already.
func (h *home) start() error {
	a, err := app.Start(context.Background(), app.Options{
		ConfigPath: h.s.config, DataDir: h.s.data, Listen: h.s.listen, Version: version, Log: h.log, Alone: true,
	})
	switch {
	case store.Busy(err):
		return h.attach(err)
	case err != nil:
		return err
	}
	for _, w := range a.Config().Warnings {
		h.log.Warn(w.Error())
	}
	go func() {
		if err := <-a.Done(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			h.log.Error("the listener ended", "listen", a.Addr(), "error", err)
		}
	}()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own, h.at, h.up = a, a.Presence(), true
	h.log.Info("serving", "listen", a.Addr())
	return nil
}

// patience is how long a process that holds the folder gets to say where it is, and to answer there.
const patience = 5 * time.Second

// attach finds the process that holds the folder. busy is what was said of it.
func (h *home) attach(busy error) error {
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if h.find() {
			at, _ := h.where()
			h.log.Info("attached to a running strowger", "listen", at.Listen, "pid", at.PID)
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%w; it does not say where it serves, or does not answer there", busy)
		}
	}
}

// holder is the process that records in the folder, if it answers. Where nobody holds the folder
// nobody is asked: another program may have the port of one that was killed.
func (h *home) holder() (at store.Presence, ok bool) {
	path, err := app.Database(h.s.data)
	if err != nil {
		return at, false
	}
	at, err = store.Holder(path)
	return at, err == nil && h.answers(at)
}

// find looks for the process that records in the folder, and reports whether it answers.
func (h *home) find() bool {
	at, ok := h.holder()
	if !ok {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own, h.at, h.up = nil, at, true
	return true
}

// answers reports whether a Strowger answers where at says.
func (h *home) answers(at store.Presence) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var health struct{ Status string }
	return h.read(ctx, at, "/_/health", &health) == nil && health.Status == "ok"
}

// maxAnswer bounds what is read of an answer for the window itself, in bytes.
const maxAnswer = 16 << 20

// get reads the JSON that the Strowger shown has at path.
func (h *home) get(ctx context.Context, path string, to any) error {
	at, _ := h.where()
	return h.read(ctx, at, path, to)
}

func (h *home) read(ctx context.Context, at store.Presence, path string, to any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.Admin+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+at.Token)
	answer, err := h.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", path, answer.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(to)
}

// where is the Strowger that is shown, and whether it answers.
func (h *home) where() (at store.Presence, up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at, h.up
}

// attached reports whether what is shown is another process.
func (h *home) attached() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.own == nil
}

// lookEvery is how often it is looked whether the other process is there.
const lookEvery = time.Second

// watch calls changed when the process that the window is attached to ends, and when one is there
// again, until ctx is done.
func (h *home) watch(ctx context.Context, changed func()) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for missed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !h.attached() {
			continue
		}
		at, up := h.where()
		now, there := h.holder()
		switch {
		case up && there && now == at:
			missed = 0
		case up:
			if missed++; missed < 2 { // once may be an accident
				continue
			}
			h.mu.Lock()
			h.up = h.own != nil // started here meanwhile
			h.mu.Unlock()
			h.log.Warn("the strowger that the window was attached to has ended", "listen", at.Listen, "pid", at.PID)
			changed()
		case h.find():
			h.log.Info("attached again")
			changed()
		}
	}
}

// close ends the window's own Strowger, with requests going on, and leaves another alone.
func (h *home) close() error {
	h.mu.Lock()
	a := h.own
	h.mu.Unlock()
	if a == nil {
		return nil
	}
	return a.Close()
}
