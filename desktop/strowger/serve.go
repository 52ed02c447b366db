package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

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
	return wait(ctx, e, a, *verbose)
}

// wait prints requests as they end, if asked to, until the context is done.
func wait(ctx context.Context, e *env, a *app.App, lines bool) error {
	last := int64(0)
	for {
		fresh := a.Feed.Watch()
		if !lines {
			fresh = nil
		} else {
			last = printLines(e, a, last)
		}
		select {
		case <-fresh:
		case err := <-a.Done():
			return errors.Join(err, a.Close())
		case <-ctx.Done():
			fmt.Fprintln(e.err, "shutting down")
			err := a.Close()
			if lines { // what ended meanwhile
				printLines(e, a, last)
			}
			return err
		}
	}
}

// printLines prints the requests that ended after the one with the number last.
func printLines(e *env, a *app.App, last int64) int64 {
	for _, d := range a.Feed.Since(last) {
		last = d.Seq
		fmt.Fprintln(e.out, requestLine(d.Report))
	}
	return last
}
