package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire is a provider made of bytes: it reads requests, each to its end, counts them and
// answers with what a test says.
type wire struct {
	url      string
	requests atomic.Int64
	open     atomic.Int64   // connections
	gone     chan time.Time // when the end of a connection was seen, for those who wait for it
}

// newWire starts one. What answer is given is the number of the request, from 1, and its
// connection, which is closed unless it says that it stays.
func newWire(t testing.TB, answer func(w *wire, n int64, conn net.Conn) (stay bool)) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{url: "http://" + l.Addr().String(), gone: make(chan time.Time, 16)}
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for conn := range conns {
			conn.Close()
		}
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			w.open.Add(1)
			go func() {
				defer w.open.Add(-1)
				defer conn.Close()
				w.serve(conn, answer)
				mu.Lock()
				delete(conns, conn)
				mu.Unlock()
			}()
		}
	}()
	return w
}

func (w *wire) serve(conn net.Conn, answer func(w *wire, n int64, conn net.Conn) bool) {
	requests := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		if !answer(w, w.requests.Add(1), conn) {
			return
		}
	}
}

// watch waits until the other side has closed the connection.
func (w *wire) watch(conn net.Conn) {
	_, _ = io.Copy(io.Discard, conn)
	w.gone <- time.Now()
}

// say writes; that the other side does not listen any more is for watch to find out.
func say(conn net.Conn, text string) { _, _ = io.WriteString(conn, text) }

const (
	streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
	word       = `data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"word "}}]}` + "\n\n"
	lastWord   = `data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" + "data: [DONE]\n\n"
	whole      = `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"well"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
)
