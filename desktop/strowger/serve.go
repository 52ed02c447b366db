package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"strowger/core/exchange"
	"strowger/desktop/app"
)

func serve(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "serve")
	var o app.Options
	fs.StringVar(&o.ConfigPath, "config", "", "configuration `file`; otherwise ./strowger.yaml, then the user's configuration folder, then keys in the environment")
	fs.StringVar(&o.DataDir, "data", "", "`folder` of the record; otherwise the user's data folder")
	fs.StringVar(&o.Listen, "listen", "", "`address` to serve, instead of the configuration's; 127.0.0.1:0 takes a free port")
	verbose := fs.Bool("verbose", false, "a line per request")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	o.Version = version
	o.Log = slog.New(slog.NewTextHandler(e.err, nil))
	a, err := app.Start(ctx, o)
	if err != nil {
		return err
	}
	for _, w := range a.Config().Warnings {
		fmt.Fprintln(e.err, "warning:", w.Error())
	}
	from := a.Config().Path
	if from == "" {
		from = "no file; keys from the environment"
	}
	fmt.Fprintf(e.out, "strowger %s serves %s at %s/v1 (%s)\ndashboard: %s/_/\n",
		version, plural(len(a.Config().Catalog.Models), "model"), a.URL(), from, a.AdminURL())
	var each func(*exchange.Report)
	if *verbose {
		each = func(r *exchange.Report) { fmt.Fprintln(e.out, requestLine(r)) }
	}
	return wait(ctx, e, a, each)
}

// wait prints requests as they end, if asked to, until the context is done.
func wait(ctx context.Context, e *env, a *app.App, each func(*exchange.Report)) error {
	last := int64(0)
	for {
		fresh := a.Feed.Watch()
		if each == nil {
			fresh = nil
		} else {
			last = news(a, last, each)
		}
		select {
		case <-fresh:
		case err := <-a.Done():
			return errors.Join(err, a.Close())
		case <-ctx.Done():
			fmt.Fprintln(e.err, "shutting down")
			err := a.Close()
			if each != nil { // what ended meanwhile
				news(a, last, each)
			}
			return err
		}
	}
}

// news gives each the requests that ended after the one with the number last.
func news(a *app.App, last int64, each func(*exchange.Report)) int64 {
	for _, d := range a.Feed.Since(last) {
		last = d.Seq
		each(d.Report)
	}
	return last
}
