package server_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/desktop/http1/server"
)

// script is a connection that gives bytes, in pieces of a size, and then ends.
type script struct {
	mu     sync.Mutex
	in     []byte
	piece  int
	out    bytes.Buffer
	closed chan struct{}
	once   sync.Once
}

func (s *script) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.piece)], s.in)
	s.in = s.in[n:]
	return n, nil
}

func (s *script) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *script) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *script) CloseWrite() error                { return nil }
func (s *script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *script) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// queue is a listener for scripts.
type queue struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newQueue() *queue { return &queue{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

func (q *queue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

func (q *queue) Addr() net.Addr { return &net.TCPAddr{} }

// seen are the requests that a server's handler got.
type seen struct {
	mu   sync.Mutex
	list []string
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	names := make([]string, 0, len(r.Header))
	for name, values := range r.Header {
		names = append(names, fmt.Sprintf("%s=%q", name, values))
	}
	slices.Sort(names)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, fmt.Sprintf("%s %q %q %q %q host=%q close=%v length=%d te=%q trailer=%q %s body=%q %v %s",
		r.Method, r.RequestURI, r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.Host, r.Close, r.ContentLength, r.TransferEncoding, r.Trailer, names, body, err, r.URL))
}

// rig is a server that scripts are played to.
type rig struct {
	seen seen
	at   *queue
}

func newRig(own bool) *rig {
	r := &rig{at: newQueue()}
	inner := &http.Server{Handler: &r.seen, ErrorLog: log.New(io.Discard, "", 0), MaxHeaderBytes: 8 << 10}
	var s interface{ Serve(net.Listener) error } = inner
	if own {
		s = &server.Server{Inner: inner}
	}
	go func() { _ = s.Serve(r.at) }() // as long as the test
	return r
}

// play gives the requests that are seen in bytes, and what was answered.
func (r *rig) play(in []byte, piece int) ([]string, string) {
	c := &script{in: in, piece: piece, closed: make(chan struct{})}
	r.at.conns <- c
	<-c.closed
	r.seen.mu.Lock()
	defer r.seen.mu.Unlock()
	list := r.seen.list
	r.seen.list = nil
	c.mu.Lock()
	defer c.mu.Unlock()
	return list, c.out.String()
}

// What this server takes for requests, net/http takes for the same requests, whatever stands behind
// or before them.
func FuzzRequest(f *testing.F) {
	for _, row := range heads {
		f.Add([]byte(row.text), uint16(0))
		f.Add([]byte(row.text+"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"), uint16(7))
	}
	own, std := newRig(true), newRig(false)
	f.Fuzz(func(t *testing.T, in []byte, piece uint16) {
		if len(in) > 4<<10 { // net/http waits half a second behind a head that is too large
			return
		}
		if piece == 0 {
			piece = 1 << 15
		}
		got, _ := own.play(in, int(piece))
		want, _ := std.play(in, int(piece))
		if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
			t.Errorf("%q\n own      %s\n net/http %s", in, strings.Join(got, "\n          "), strings.Join(want, "\n          "))
		}
	})
}
