// Package server is the server side of HTTP/1.1, at a fraction of what net/http's costs: one
// goroutine and one buffer for a connection, one write for an answer. It serves plain requests,
// those without a body or with one of a known length; a connection that asks for more is handed
// to a server of net/http, for good. What two readers could take for different requests is refused.
package server

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"strowger/desktop/http1"
)

// Server serves HTTP/1.1. It is used as an http.Server is.
type Server struct {
	// Inner serves what is not plain. Its Handler, ErrorLog, ReadHeaderTimeout, IdleTimeout and
	// MaxHeaderBytes are those of all; what else may be set there counts for it alone. It is not to
	// be changed once Serve was called.
	Inner *http.Server

	start  sync.Once
	handed *handed // connections on their way to Inner
	ending atomic.Bool

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
}

// Serve serves the connections of l until Shutdown or Close is called, which makes it return
// http.ErrServerClosed, or until l fails.
func (s *Server) Serve(l net.Listener) error {
	s.start.Do(s.begin)
	if !s.listen(l) {
		_ = l.Close()
		return http.ErrServerClosed
	}
	defer s.unlisten(l)
	for wait := time.Duration(0); ; {
		nc, err := l.Accept()
		if err == nil {
			wait = 0
			if c := s.add(nc); c != nil {
				go c.serve()
			}
			continue
		}
		if s.ending.Load() {
			return http.ErrServerClosed
		}
		if passing, ok := errors.AsType[interface {
			error
			Temporary() bool
		}](err); !ok || !passing.Temporary() {
			return err
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.logf("http: %v; the next try is in %v", err, wait)
		time.Sleep(wait)
	}
}

// begin starts the inner server.
func (s *Server) begin() {
	s.mu.Lock()
	s.listeners, s.conns = map[net.Listener]struct{}{}, map[*conn]struct{}{}
	s.handed = &handed{conns: make(chan net.Conn), closed: make(chan struct{})}
	s.mu.Unlock()
	go func() { _ = s.Inner.Serve(s.handed) }() // it ends with the listener, which only Shutdown and Close close
}

func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending.Load() {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) unlisten(l net.Listener) {
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
	_ = l.Close()
}

// add is a new connection; nil if it comes too late.
func (s *Server) add(nc net.Conn) *conn {
	c := &conn{s: s, nc: http1.Quick(nc), since: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending.Load() {
		_ = nc.Close()
		return nil
	}
	s.conns[c] = struct{}{}
	return c
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// The rhythm in which Shutdown looks whether all have ended.
const (
	firstLook = time.Millisecond
	lastLook  = 500 * time.Millisecond
)

// Shutdown takes no more connections, closes those without a request, and waits until the others
// have ended theirs, or until ctx is done, whose error it returns.
func (s *Server) Shutdown(ctx context.Context) error {
	failed := s.stop()
	inner := make(chan error, 1)
	go func() { inner <- s.Inner.Shutdown(ctx) }()
	timer := time.NewTimer(firstLook)
	defer timer.Stop()
	for pause := firstLook; !s.closeIdle(time.Now()); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			pause = min(2*pause, lastLook)
			timer.Reset(pause)
		}
	}
	return errors.Join(failed, <-inner)
}

// Close ends everything at once.
func (s *Server) Close() error {
	failed := s.stop()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.nc.Close()
		delete(s.conns, c)
	}
	s.mu.Unlock()
	return errors.Join(failed, s.Inner.Close())
}

// stop closes the listeners.
func (s *Server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending.Store(true)
	var errs []error
	for l := range s.listeners {
		errs = append(errs, l.Close())
		delete(s.listeners, l)
	}
	return errors.Join(errs...)
}

// unsaid is how long a connection may take over its first byte before it counts as idle.
const unsaid = 5 * time.Second

// closeIdle closes the connections without a request, and reports whether these were all.
func (s *Server) closeIdle(now time.Time) (all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all = true
	for c := range s.conns {
		switch c.state.Load() {
		case idle:
		case fresh:
			if now.Sub(c.since) > unsaid {
				break
			}
			fallthrough
		default:
			all = false
			continue
		}
		_ = c.nc.Close()
		delete(s.conns, c)
	}
	return all
}

func (s *Server) logf(format string, args ...any) {
	if kept := s.Inner.ErrorLog; kept != nil {
		kept.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}

// date is the header Date, made once a second.
type date struct {
	second int64
	line   string
}

var today atomic.Pointer[date]

// dateLine is the header Date as a line.
func dateLine(now time.Time) string {
	d := today.Load()
	if d == nil || d.second != now.Unix() {
		d = &date{now.Unix(), "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
		today.Store(d)
	}
	return d.line
}
