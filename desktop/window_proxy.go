package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"strowger/frontend"
)

// longest is how long a request of the window may take: the web view never cancels one.
const longest = 10 * time.Minute

// dashboard leads requests of the window to the Strowger that is shown, as if a browser had sent
// them. What is under /_/window/ is own's, and the window's start page leads to the dashboard.
//
// Wails' asset server never cancels a request and cannot stream on every system, so the page polls
// here instead of listening to events, and each poll is bounded by the control plane (25 s).
func dashboard(h *home, own http.Handler) http.Handler {
	through := forward(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The window's own origin is no foreign one; any other stays and is refused.
		for _, name := range [...]string{"Origin", "Referer"} {
			if isWindow(r.Header.Get(name)) {
				r.Header.Del(name)
			}
		}
		at, up := h.where()
		switch {
		case r.URL.Path == "/" || r.URL.Path == "":
			lead(w)
		case strings.HasPrefix(r.URL.Path, windowBase):
			own.ServeHTTP(w, r)
		case !up && r.URL.Path == frontend.Base:
			gone(w, at)
		default:
			ctx, cancel := context.WithTimeout(r.Context(), longest)
			defer cancel()
			through.ServeHTTP(w, r.WithContext(ctx))
		}
	})
}

// forward sends requests to where h is: those of the dashboard with the token that opens it.
func forward(h *home) http.Handler {
	return &httputil.ReverseProxy{
		Transport:     h.client.Transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			at, _ := h.where()
			host := at.Listen
			if strings.HasPrefix(r.In.URL.Path, frontend.Base) {
				host = at.Admin
				r.Out.Header.Set("Authorization", "Bearer "+at.Token)
			}
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", host, host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			h.log.Debug("a request of the window failed", "error", err)
			fail(w, http.StatusBadGateway, "the strowger that this window shows does not answer")
		},
	}
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
