package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/desktop/http1/server"
)

// either is what both servers can.
type either interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// begin starts one of them, with bounds.
func begin(t *testing.T, own bool, inner *http.Server) (s either, addr string, served <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s = inner; own {
		s = &server.Server{Inner: inner}
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return s, l.Addr().String(), done
}

// A server that is shut down takes no more connections, closes those without a request, and lets the
// others come to their end: those of plain requests and those that were handed over.
func TestShutdown(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		begun, on := make(chan struct{}), make(chan struct{})
		s, addr, served := begin(t, own, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				begun <- struct{}{}
				<-on
			}
			_, _ = io.WriteString(w, "well")
		})})
		idle, going, chunks := connect(t, addr), connect(t, addr), connect(t, addr)
		fmt.Fprint(idle, get+"\r\n")
		expect(t, bufio.NewReader(idle), "well")
		fmt.Fprint(going, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
		come(t, "the request", begun)
		fmt.Fprint(chunks, "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
		come(t, "the request that is handed over", begun)
		down := make(chan error, 1)
		go func() { down <- s.Shutdown(context.Background()) }()
		if err := come(t, "the end of Serve", served); err != http.ErrServerClosed {
			t.Error(err)
		}
		if _, err := io.ReadAll(idle); err != nil {
			t.Error(err)
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			t.Error("it takes connections", conn.Close())
		}
		select {
		case err := <-down:
			t.Fatal("it has not waited", err)
		case <-time.After(50 * time.Millisecond):
		}
		on <- struct{}{}
		on <- struct{}{}
		for _, conn := range []net.Conn{going, chunks} {
			if r := expect(t, bufio.NewReader(conn), "well"); !r.Close {
				t.Error("it does not say that the connection ends")
			}
			if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
				t.Errorf("%q, %v", rest, err)
			}
		}
		if err := come(t, "the end", down); err != nil {
			t.Error(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(l); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
}

// Shutdown waits no longer than it may, and Close for nothing.
func TestShutdownThatTakesTooLong(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		begun, ended := make(chan struct{}), make(chan struct{})
		s, addr, _ := begin(t, own, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			close(ended)
		})})
		conn := connect(t, addr)
		fmt.Fprint(conn, get+"\r\n")
		come(t, "the request", begun)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		come(t, "the end", ended)
	})
}

// Connections that nothing comes of are closed: at the beginning, within a head, between requests.
func TestBounds(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		_, addr, _ := begin(t, own, &http.Server{ReadHeaderTimeout: 100 * time.Millisecond, IdleTimeout: 200 * time.Millisecond,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})})
		for _, said := range []string{"", "GET / HT", get + "\r\n", get + "\r\nGET"} {
			conn := connect(t, addr)
			fmt.Fprint(conn, said)
			got, err := io.ReadAll(conn)
			if err != nil || strings.Contains(string(got), "200 OK") != strings.Contains(said, "\r\n\r\n") {
				t.Errorf("%q: %q, %v", said, got, err)
			}
		}
		_, addr, _ = begin(t, own, &http.Server{ReadHeaderTimeout: 100 * time.Millisecond, IdleTimeout: wait, Handler: http.NotFoundHandler()})
		conn := connect(t, addr)
		in := bufio.NewReader(conn)
		for range 3 { // longer than a head may take
			fmt.Fprint(conn, get+"\r\n")
			expect(t, in, "404 page not found\n")
			time.Sleep(150 * time.Millisecond)
		}
	})
}

// What is not plain is served as net/http serves it, on the same connection, behind plain requests.
func TestHandedOver(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s", r.Method, r.Proto, body)
		})))
		in := bufio.NewReader(conn)
		fmt.Fprint(conn, get+"\r\n"+"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"+get+"\r\n")
		expect(t, in, "GET HTTP/1.1 ")
		expect(t, in, "POST HTTP/1.1 abc")
		expect(t, in, "GET HTTP/1.1 ")
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
		if r, err := http.ReadResponse(in, nil); err != nil || r.StatusCode != http.StatusContinue {
			t.Fatal(r, err)
		}
		fmt.Fprint(conn, "abc")
		expect(t, in, "POST HTTP/1.1 abc")
	})
}

// A listener that fails for a moment is asked again, one that fails for good is not.
func TestListenerFails(t *testing.T) {
	l := &failing{Listener: newQueue(), errs: []error{passing{}, passing{}, errors.New("broken")}}
	s := &server.Server{Inner: &http.Server{Handler: http.NotFoundHandler()}}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Serve(l); err == nil || err.Error() != "broken" {
		t.Error(err)
	}
}

type failing struct {
	net.Listener
	errs []error
}

func (f *failing) Accept() (net.Conn, error) {
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}

type passing struct{}

func (passing) Error() string   { return "too many files" }
func (passing) Temporary() bool { return true }

// What a caller still sends behind the answer is read: a connection that is closed before may take
// the answer with it.
func TestLingers(t *testing.T) {
	l := newQueue()
	s := &server.Server{Inner: &http.Server{Handler: http.NotFoundHandler()}}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	for _, head := range []string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", get + "Content-Length: -1\r\n\r\n"} {
		c := &script{in: append([]byte(head), make([]byte, 600<<10)...), piece: 1 << 10, closed: make(chan struct{})}
		l.conns <- c
		<-c.closed
		if len(c.in) > 0 {
			t.Errorf("%d bytes were not read", len(c.in))
		}
	}
}
