package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/desktop/http1/server"
)

// both runs a test against this server and against net/http's.
func both(t *testing.T, test func(t *testing.T, own bool)) {
	for _, own := range []bool{true, false} {
		t.Run(map[bool]string{false: "net-http", true: "own"}[own], func(t *testing.T) { test(t, own) })
	}
}

// wait is long enough for what is to happen, on a busy machine.
const wait = 10 * time.Second

func come[T any](t *testing.T, what string, c <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-c:
	case <-time.After(wait):
		t.Fatal("it does not come: " + what)
	}
	return got
}

// expect reads the next answer.
func expect(t *testing.T, in *bufio.Reader, body string) *http.Response {
	t.Helper()
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r.Body)
	if err != nil || string(got) != body {
		t.Fatalf("%q, %v", got, err)
	}
	return r
}

// What is flushed is there at once.
func TestFlush(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		next := make(chan struct{})
		conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for i := range 4 {
				fmt.Fprintf(w, "event %d", i)
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				<-next
			}
		})))
		fmt.Fprint(conn, get+"\r\n")
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			b := make([]byte, 7)
			if _, err := io.ReadFull(r.Body, b); err != nil || string(b) != fmt.Sprint("event ", i) {
				t.Fatalf("%q, %v", b, err)
			}
			next <- struct{}{}
		}
		if _, err := r.Body.Read(make([]byte, 1)); err != io.EOF {
			t.Error(err)
		}
	})
}

// A caller who leaves ends the context of the request, and of all that was derived from it.
func TestCallerLeaves(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		for i, request := range []string{get + "\r\n", post3, post3} {
			begun, ended := make(chan struct{}), make(chan struct{})
			conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				if i < 2 {
					_, _ = io.Copy(io.Discard, r.Body)
				} else { // the body is not asked for
					w.(http.Flusher).Flush()
				}
				derived, cancel := context.WithCancel(r.Context())
				defer cancel()
				called := make(chan struct{})
				defer context.AfterFunc(r.Context(), func() { close(called) })()
				never := context.AfterFunc(r.Context(), func() { t.Error("it was stopped") })
				if !never() || never() {
					t.Error("it was not to be stopped")
				}
				close(begun)
				come(t, "the end", r.Context().Done())
				come(t, "the end of what was derived", derived.Done())
				come(t, "the call", called)
				if r.Context().Err() != context.Canceled {
					t.Error(r.Context().Err())
				}
			})))
			fmt.Fprint(conn, request)
			come(t, "the request", begun)
			conn.Close()
			come(t, "the end", ended)
		}
	})
}

// The end of a request is that of its context.
func TestContextEnds(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		kept := make(chan context.Context, 1)
		conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kept <- r.Context() })))
		fmt.Fprint(conn, get+"\r\n")
		ctx := come(t, "the request", kept)
		come(t, "the end", ctx.Done())
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		come(t, "the end of what is derived later", derived.Done())
	})
}

// What comes behind a request that takes its time is the next request, and nothing of it is lost.
func TestNextRequestMeanwhile(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		begun, on := make(chan string), make(chan struct{})
		conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			begun <- r.URL.Path
			<-on
			_, _ = w.Write(append([]byte(r.URL.Path), body...))
		})))
		in := bufio.NewReader(conn)
		for i := range 5 {
			path := fmt.Sprint("/", i)
			whole := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", path)
			if i == 0 {
				fmt.Fprint(conn, whole)
			}
			if got := come(t, "the request", begun); got != path {
				t.Fatal(got)
			}
			if i%2 == 0 {
				time.Sleep(60 * time.Millisecond) // it is watched by now
			}
			if i < 4 {
				whole = strings.Replace(whole, path, fmt.Sprint("/", i+1), 1)
				fmt.Fprint(conn, whole[:1+i*10])
				time.Sleep(30 * time.Millisecond)
				fmt.Fprint(conn, whole[1+i*10:])
			}
			on <- struct{}{}
			expect(t, in, path+"abc")
		}
	})
}

// An answer to a body that is not read is seen, and the connection ends.
func TestEarlyAnswer(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		})))
		go func() {
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 64<<20)
			_, _ = conn.Write(make([]byte, 64<<20)) // it breaks
		}()
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || r.StatusCode != http.StatusRequestEntityTooLarge || !r.Close {
			t.Fatal(r, err)
		}
	})
}

// Deadlines bound reading a body and writing an answer; the next request has none of them.
func TestDeadlines(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		said := make(chan error, 1)
		addr := serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			switch r.URL.Path {
			case "/read":
				_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
				_, err := io.ReadAll(r.Body)
				said <- err
			case "/write":
				_ = c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
				var err error
				for err == nil {
					_, err = w.Write(make([]byte, 64<<10))
				}
				said <- err
			case "/now": // who writes is stopped by another
				time.AfterFunc(50*time.Millisecond, func() { _ = c.SetWriteDeadline(time.Now()) })
				_ = c.SetWriteDeadline(time.Now().Add(time.Hour))
				var err error
				for err == nil {
					_, err = w.Write(make([]byte, 64<<10))
				}
				said <- err
			case "/short":
				_ = c.SetWriteDeadline(time.Now().Add(30 * time.Millisecond))
				_ = c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
			case "/long":
				_, _ = io.Copy(io.Discard, r.Body)
				time.Sleep(60 * time.Millisecond)
				_, _ = io.WriteString(w, "long")
			}
		}))
		for _, path := range []string{"/read", "/write", "/now"} {
			conn := connect(t, addr)
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", path)
			if path != "/read" {
				fmt.Fprint(conn, "c")
			}
			if err := come(t, path, said); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %v", path, err)
			}
			conn.Close()
		}
		conn := connect(t, addr)
		in := bufio.NewReader(conn)
		fmt.Fprint(conn, "GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
		expect(t, in, "")
		fmt.Fprint(conn, "POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
		time.Sleep(60 * time.Millisecond)
		fmt.Fprint(conn, "bc")
		expect(t, in, "long")
	})
}

// Who takes a connection over has what was written before it on the way, and what has come behind
// the request.
func TestHijack(t *testing.T) {
	both(t, func(t *testing.T, own bool) {
		conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "hello")
			c := http.NewResponseController(w)
			_ = c.Flush()
			if r.URL.Path == "/late" {
				time.Sleep(50 * time.Millisecond)
			}
			raw, buffered, err := c.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := w.Write([]byte("x")); err != http.ErrHijacked {
				t.Error(err)
			}
			defer raw.Close()
			line, err := buffered.ReadString('\n')
			fmt.Fprintf(buffered, "got %s%v", line, err)
			_ = buffered.Flush()
		})))
		fmt.Fprint(conn, "GET /late HTTP/1.1\r\nHost: a\r\n\r\nmore")
		time.Sleep(20 * time.Millisecond)
		fmt.Fprint(conn, " of it\n")
		all, err := io.ReadAll(conn)
		if err != nil || !strings.HasSuffix(string(all), "\r\n\r\n5\r\nhello\r\ngot more of it\n<nil>") {
			t.Errorf("%q, %v", all, err)
		}
	})
}

// A panic ends its connection alone, and is in the log but for http.ErrAbortHandler.
func TestPanics(t *testing.T) {
	var kept bytes.Buffer
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server.Server{Inner: &http.Server{ErrorLog: log.New(&kept, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello")
		if r.URL.Path == "/bug" {
			panic("a bug")
		}
		panic(http.ErrAbortHandler)
	})}}
	var served sync.WaitGroup
	served.Go(func() { _ = s.Serve(l) })
	for _, path := range []string{"/", "/bug"} {
		conn := connect(t, l.Addr().String())
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path)
		if all, err := io.ReadAll(conn); err != nil || len(all) > 0 {
			t.Errorf("%q, %v", all, err)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	served.Wait()
	if text := kept.String(); strings.Count(text, "panic serving") != 1 || !strings.Contains(text, "a bug") {
		t.Errorf("%s", text)
	}
}

// What is not written costs nothing: an answer is one write, and so is each flush.
func TestOneWrite(t *testing.T) {
	counted := &writes{Listener: newQueue()}
	s := &server.Server{Inner: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/whole":
			for range 100 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 100))
			}
		case "/flushed":
			for range 3 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 100))
				_, _ = w.Write(bytes.Repeat([]byte("x"), 100))
				w.(http.Flusher).Flush()
				w.(http.Flusher).Flush()
			}
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("x"), 12<<10))
			_, _ = w.Write(bytes.Repeat([]byte("x"), 6<<10))
		}
	})}}
	go func() { _ = s.Serve(counted) }()
	t.Cleanup(func() { _ = s.Close() })
	for path, want := range map[string][]string{
		"/whole": {"HTTP/1.1"}, "/flushed": {"HTTP/1.1", "c8\r\nxxxx", "c8\r\nxxxx", "0\r\n\r\n"},
		"/large": {"HTTP/1.1", "xxxxxxxx", "\r\n", "0\r\n\r\n"}, // writev, where there is a system's connection
	} {
		c := &script{in: []byte("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"), piece: 1 << 15, closed: make(chan struct{})}
		counted.begun = nil
		counted.Listener.(*queue).conns <- c
		<-c.closed
		if !slices.Equal(counted.begun, want) {
			t.Errorf("%s: %q", path, counted.begun)
		}
	}
}

// writes notes how each write begins.
type writes struct {
	net.Listener
	begun []string
}

type written struct {
	net.Conn
	l *writes
}

func (l *writes) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &written{c, l}, err
}

func (w *written) Write(p []byte) (int, error) {
	w.l.begun = append(w.l.begun, string(p[:min(len(p), 8)]))
	return w.Conn.Write(p)
}
