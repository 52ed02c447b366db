package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"strowger/desktop/app"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = "dev"

// home is a running Strowger, as the window needs it.
type home struct {
	handler http.Handler // everything, /_/ included
	addr    string
	close   func() error
}

// start is the only place that knows the composition root.
func start(s settings, log *slog.Logger) (home, error) {
	a, err := app.Start(context.Background(), app.Options{
		ConfigPath: s.config, DataDir: s.data, Listen: s.listen, Version: version, Log: log,
	})
	if err != nil {
		return home{}, err
	}
	for _, w := range a.Config().Warnings {
		log.Warn(w.Error())
	}
	go func() {
		if err := <-a.Done(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("the listener ended", "listen", a.Addr(), "error", err)
		}
	}()
	return home{handler: a.Handler(), addr: a.Addr(), close: a.Close}, nil
}
