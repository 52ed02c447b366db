package main

import (
	"encoding/json"
	"io"
	"net/http"
)

// windowBase is the path of what only a window has; in a browser there is nothing.
const windowBase = "/_/window/"

// maxSettings bounds a request's body, in bytes.
const maxSettings = 4 << 10

// own serves what is under windowBase:
//
//	GET  /_/window/settings   the settings of the window
//	PUT  /_/window/settings   changes those that are named; the answer is all of them
//	GET  /_/window/state      what the window shows: {attached, up, pid, listen, version}
//	POST /_/window/start      starts a Strowger of the window's own, when the other one has ended
//	POST /_/window/quit       ends the window, and the Strowger if it is its own
func (w *window) own() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+windowBase+"settings", func(rw http.ResponseWriter, _ *http.Request) { send(rw, w.wishes()) })
	mux.HandleFunc("PUT "+windowBase+"settings", w.change)
	mux.HandleFunc("GET "+windowBase+"state", func(rw http.ResponseWriter, _ *http.Request) {
		at, up := w.home.where()
		send(rw, state{Attached: w.home.attached(), Up: up, PID: at.PID, Listen: at.Listen, Version: at.Version})
	})
	mux.HandleFunc("POST "+windowBase+"start", w.startOwn)
	mux.HandleFunc("POST "+windowBase+"quit", func(rw http.ResponseWriter, _ *http.Request) {
		w.bell.ring(wordQuit)
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc(windowBase, func(rw http.ResponseWriter, r *http.Request) {
		fail(rw, http.StatusNotFound, "no such path or method: "+r.Method+" "+r.URL.Path)
	})
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" { // the window's own is gone by now
			fail(rw, http.StatusForbidden, "requests from other pages are not served")
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

// state is what the window shows.
type state struct {
	Attached bool   `json:"attached"` // to another process, which goes on when the window is closed
	Up       bool   `json:"up"`
	PID      int    `json:"pid"`
	Listen   string `json:"listen"`
	Version  string `json:"version"`
}

// wishes are the settings as the page sees them.
type wishes struct {
	CloseToBackground choice `json:"close_to_background"`
	StartAtLogin      bool   `json:"start_at_login"`
	Notify            wants  `json:"notify"`
}

func (w *window) wishes() wishes {
	k := w.kept.get()
	return wishes{k.CloseToBackground, startsAtLogin(), k.Notify}
}

func (w *window) change(rw http.ResponseWriter, r *http.Request) {
	now := w.wishes()
	to := now
	in := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxSettings))
	in.DisallowUnknownFields()
	if err := in.Decode(&to); err != nil {
		fail(rw, http.StatusBadRequest, "settings of the window: "+err.Error())
		return
	}
	if _, err := in.Token(); err != io.EOF {
		fail(rw, http.StatusBadRequest, "settings of the window: one object, and nothing behind it")
		return
	}
	if to.StartAtLogin != now.StartAtLogin {
		if err := startAtLogin(to.StartAtLogin, w.s.again()); err != nil {
			fail(rw, http.StatusInternalServerError, "start_at_login: "+err.Error())
			return
		}
	}
	err := w.kept.set(func(k *kept) { k.CloseToBackground, k.Notify = to.CloseToBackground, to.Notify })
	if err != nil {
		fail(rw, http.StatusInternalServerError, err.Error())
		return
	}
	send(rw, w.wishes())
}

// startOwn starts a Strowger in place of one that has ended.
func (w *window) startOwn(rw http.ResponseWriter, _ *http.Request) {
	w.starting.Lock()
	defer w.starting.Unlock()
	if _, up := w.home.where(); !up { // else a second click, or it came back
		if err := w.home.start(); err != nil {
			fail(rw, http.StatusConflict, err.Error())
			return
		}
	}
	w.bell.ring(wordLoad)
	rw.WriteHeader(http.StatusNoContent)
}

func send(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(body) // whoever left needs no answer
}

// fail answers as the control plane does.
func fail(w http.ResponseWriter, status int, message string) {
	type detail struct {
		Status  int    `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]detail{"error": {status, code(status), message}})
}
