package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"

	"strowger/frontend"
)

// show opens the window and returns when it is closed, or when the process is asked to end.
func show(handler http.Handler) (err error) {
	// Without a display GTK cannot start, and Wails panics.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot open a window: %v; without a display use: strowger serve", p)
		}
	}()
	return wails.Run(&options.App{
		Title:                    "Strowger",
		Width:                    1280,
		Height:                   820,
		MinWidth:                 480,
		MinHeight:                400,
		BackgroundColour:         options.NewRGB(0x84, 0x7c, 0x6e), // between light and dark, seen for a moment
		AssetServer:              &assetserver.Options{Handler: handler},
		LogLevelProduction:       logger.ERROR,
		EnableDefaultContextMenu: true, // copying a text
		Linux: &linux.Options{
			ProgramName:      "strowger",
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
	})
}

// dashboard makes requests of the window look like those of a browser at addr, so that next
// serves both alike. The window's start page leads to the dashboard.
//
// Wails' asset server never cancels a request and cannot stream on every system, so the page polls
// here instead of listening to events, and each poll is bounded by the control plane (25 s).
func dashboard(next http.Handler, addr string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || r.URL.Path == "" {
			lead(w)
			return
		}
		r.Host = addr
		r.RemoteAddr = "127.0.0.1:0"
		// The window's own origin is no foreign one; any other stays and is refused by next.
		if isWindow(r.Header.Get("Origin")) {
			r.Header.Del("Origin")
		}
		if isWindow(r.Header.Get("Referer")) {
			r.Header.Del("Referer")
		}
		next.ServeHTTP(w, r)
	})
}

// lead sends the window to the dashboard; web views do not follow a redirect of their own scheme.
func lead(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=%s"><title>Strowger</title>`, frontend.Base)
}

// isWindow tells whether an Origin or Referer is that of the window: wails://wails, or
// http://wails.localhost on Windows.
func isWindow(from string) bool {
	u, err := url.Parse(from)
	if err != nil {
		return false
	}
	return u.Scheme == "wails" && u.Host == "wails" || u.Scheme == "http" && u.Hostname() == "wails.localhost"
}
