package proxy_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/stats"
)

// The caller leaves, seen from the provider's connection: it is closed at once, at whatever
// stage. What had been used is counted, and marked as estimated.
func TestCallerLeavesTheConnection(t *testing.T) {
	var written atomic.Int64
	for _, c := range []struct {
		name    string
		stream  bool
		answer  string // of the provider, which is silent then
		endless string // what it repeats instead of being silent
		until   string // what the caller reads before it leaves
		output  bool   // tokens of output have been used
		routing catalog.Routing
	}{
		{name: "waiting for the headers", stream: true},
		{name: "waiting for the headers of a whole answer"},
		{name: "in the headers", stream: true, answer: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"},
		{name: "before content", stream: true, answer: streamHead},
		{name: "before content, with comments", stream: true, answer: streamHead + ": one moment\n\n"},
		{name: "in the content", stream: true, answer: streamHead + word, until: "word", output: true},
		{name: "in a whole answer", answer: "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + whole[:80]},
		{name: "in an error answer", answer: "HTTP/1.1 500 Sorry\r\nContent-Length: 999\r\n\r\n{"},
		{name: "while content comes", stream: true, answer: streamHead, endless: word, until: "word", output: true},
		{name: "while the answer is held back", stream: true, answer: streamHead + word, routing: catalog.Routing{Hold: catalog.Hold{Whole: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
				say(conn, c.answer)
				if c.endless != "" {
					go flood(conn, c.endless, &written)
				}
				w.watch(conn)
				return false
			})
			r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}, routing: c.routing})
			best := time.Hour
			for n := 1; n <= 5 && best > prompt; n++ { // this machine may be busy
				conn := r.raw(body(c.stream, "hello"))
				await(t, "the request to arrive", func() bool { return w.requests.Load() == int64(n) })
				readUntil(t, conn, c.until)
				best = min(best, leftAt(conn, w.gone))
				rep := r.report(n)
				if rep.Outcome != "left" || len(rep.Attempts) != 1 || rep.Attempts[0].Outcome != stats.OutcomeLeft {
					t.Fatalf("recorded as %s, %+v", rep.Outcome, rep.Attempts)
				}
				u := rep.Attempts[0].Usage
				if c.name != "in an error answer" && (!u.Estimated || u.Input == 0 || c.output != (u.Output > 0) && c.output) {
					t.Errorf("used %+v", u)
				}
			}
			if best > prompt {
				t.Errorf("the connection was closed after %v, want at most %v", best, prompt)
			}
			r.idle()
		})
	}
}

// The caller leaves while what is written to it waits for it to read.
func TestCallerLeavesUnread(t *testing.T) {
	var written atomic.Int64
	w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
		say(conn, streamHead)
		go flood(conn, strings.Repeat(word, 100), &written)
		w.watch(conn)
		return false
	})
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}})
	best := time.Hour
	for n := 1; n <= 5 && best > prompt; n++ {
		written.Store(0)
		conn := r.raw(body(true, "hello"))
		readUntil(t, conn, "word")
		steady(t, &written)
		best = min(best, leftAt(conn, w.gone))
		if rep := r.report(n); rep.Outcome != "left" || rep.Attempts[0].Usage.Output == 0 || !rep.Attempts[0].Usage.Estimated {
			t.Errorf("recorded as %s, %+v", rep.Outcome, rep.Attempts)
		}
	}
	if best > prompt {
		t.Errorf("the connection was closed after %v, want at most %v", best, prompt)
	}
	r.idle()
}

// The caller leaves while the provider is silent in the TLS handshake.
func TestCallerLeavesInTheHandshake(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	hello, gone := make(chan bool, 16), make(chan time.Time, 16)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := conn.Read(make([]byte, 5)); err == nil {
					hello <- true
				}
				_, _ = io.Copy(io.Discard, conn)
				gone <- time.Now()
			}()
		}
	}()
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: "https://" + l.Addr().String()}}})
	best := time.Hour
	for n := 1; n <= 5 && best > prompt; n++ {
		conn := r.raw(body(true, "hello"))
		<-hello
		best = min(best, leftAt(conn, gone))
		if rep := r.report(n); rep.Outcome != "left" {
			t.Errorf("recorded as %s", rep.Outcome)
		}
	}
	if best > prompt {
		t.Errorf("the connection was closed after %v, want at most %v", best, prompt)
	}
	r.idle()
}

// flood repeats a text until nobody listens any more.
func flood(conn net.Conn, text string, written *atomic.Int64) {
	for b := []byte(text); ; {
		n, err := conn.Write(b)
		if written.Add(int64(n)); err != nil {
			return
		}
	}
}

// raw sends a request by hand and gives the connection.
func (r *rig) raw(body string) net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(16 << 10) // who does not read is to be felt soon
	fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return conn
}

func readUntil(t *testing.T, conn io.Reader, text string) {
	t.Helper()
	buf := make([]byte, 1024)
	for got := ""; !strings.Contains(got, text); {
		n, err := conn.Read(buf)
		if got += string(buf[:n]); err != nil {
			t.Fatalf("%v behind %q", err, got)
		}
	}
}

// leftAt closes the caller's connection and says how much later the provider's was closed.
func leftAt(conn net.Conn, gone <-chan time.Time) time.Duration {
	left := time.Now()
	conn.Close()
	select {
	case at := <-gone:
		return at.Sub(left)
	case <-time.After(10 * time.Second):
		return time.Hour
	}
}

// The caller leaves while a retry-after is waited for: nothing is asked any more, and the
// exchange ends at once.
func TestCallerLeavesInThePause(t *testing.T) {
	w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
		say(conn, "HTTP/1.1 429 Too Many\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")
		return true
	})
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}})
	conn := r.raw(body(true, "hello"))
	await(t, "the first answer", func() bool { return w.requests.Load() == 1 })
	await(t, "the end of the first attempt", func() bool {
		n := 0
		for _, m := range r.inFlight() {
			n += m
		}
		return n == 0
	})
	left := time.Now()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	rep := r.report(1)
	if took := time.Since(left); took > time.Second { // of two; this machine may be busy
		t.Errorf("the exchange ended after %v", took)
	}
	if rep.Outcome != "left" || len(rep.Attempts) != 1 || rep.Attempts[0].Outcome != stats.OutcomeRateLimited {
		t.Errorf("recorded as %s, %+v", rep.Outcome, rep.Attempts)
	}
	r.idle()
	if n := w.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}
