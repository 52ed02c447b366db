package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// Server is a provider that listens on a free port of the loopback interface.
type Server struct {
	// URL is "http://127.0.0.1:port", without a path; "/v1" after it makes an OpenAI client's base URL.
	URL string

	http   http.Server
	served chan error     // what the accepting goroutine ended with
	once   sync.Once      // Close does its work once
	active sync.WaitGroup // connections and requests
	err    error
}

// BaseURL is the base URL of a client of a schema, as that vendor's own SDK has it.
func (s *Server) BaseURL(schema string) string {
	switch schema {
	case "anthropic", "gemini":
		return s.URL
	}
	return s.URL + "/v1"
}

// Serve starts a server for p. It must be closed.
func Serve(p *Provider) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("provider %q: %w", p.opt.Name, err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), served: make(chan error, 1)}
	s.http.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.active.Add(1)
		case http.StateClosed, http.StateHijacked:
			s.active.Done()
		}
	}
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.active.Add(1) // outlives its connection's count if that is hijacked
		defer s.active.Done()
		p.ServeHTTP(w, r)
	})
	go func() { s.served <- s.http.Serve(l) }()
	return s, nil
}

// Close breaks every connection, ends every request and returns when none is left. A second call returns
// what the first did.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.err = s.http.Close()
		if err := <-s.served; !errors.Is(err, http.ErrServerClosed) {
			s.err = errors.Join(s.err, err)
		}
		// A connection accepted in the very moment of the first Close is known to net/http only now.
		s.err = errors.Join(s.err, s.http.Close())
		s.active.Wait()
	})
	return s.err
}
