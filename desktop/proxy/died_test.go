package proxy_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/desktop/proxy"
)

// A connection that dies before an answer begins is told as that, and only it. However it
// dies, the provider gets the request once: whether to send it again is not net/http's to
// decide, also where a header invites it to.
func TestConnectionsThatDie(t *testing.T) {
	const good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	for _, c := range []struct {
		name   string
		end    func(conn net.Conn)
		died   bool
		begun  bool // an answer had
		expect string
	}{
		{"closed", func(net.Conn) {}, true, false, "the connection was closed"},
		{"reset", func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }, true, false, "connection reset"},
		{"closed in the headers", func(conn net.Conn) { say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n") }, true, false, "the connection was closed"},
		{"closed behind 100 Continue", func(conn net.Conn) { say(conn, "HTTP/1.1 100 Continue\r\n\r\n") }, true, false, "the connection was closed"},
		{"nonsense", func(conn net.Conn) { say(conn, "nonsense\r\n\r\n") }, false, false, "malformed HTTP"},
		{"closed in the answer", func(conn net.Conn) { say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{") }, false, true, "mid-answer"},
		{"reset in the answer", func(conn net.Conn) {
			say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
			time.Sleep(20 * time.Millisecond) // a reset takes along what was not read
			_ = conn.(*net.TCPConn).SetLinger(0)
		}, false, true, "connection reset"},
	} {
		for _, used := range []bool{false, true} { // the connection had been, before
			t.Run(c.name+map[bool]string{true: ", used before"}[used], func(t *testing.T) {
				w := newWire(t, func(_ *wire, n int64, conn net.Conn) bool {
					if used && n == 1 {
						say(conn, good)
						return true
					}
					c.end(conn)
					return false
				})
				transport := proxy.NewTransport(nil)
				defer transport.CloseIdleConnections()
				want := int64(1)
				if used {
					want = 2
					if told := proxy.Carry(transport, w.url, nil, time.Second); len(told) != 3 {
						t.Fatalf("the first: %v", told)
					}
				}
				told := proxy.Carry(transport, w.url, http.Header{"Idempotency-Key": {"1"}}, time.Second)
				checkFailed(t, told, c.died, c.begun, c.expect)
				if n := w.requests.Load(); n != want {
					t.Errorf("the provider got %d requests, want %d", n, want)
				}
			})
		}
	}
}

// checkFailed checks how an attempt ended.
func checkFailed(t *testing.T, told []exchange.Event, died, begun bool, says string) {
	t.Helper()
	if len(told) == 0 {
		t.Fatal("nothing was told")
	}
	f, ok := told[len(told)-1].(exchange.Failed)
	_, headers := told[0].(exchange.Headers)
	if !ok || f.Died != died || headers != begun || !strings.Contains(f.Message, says) {
		t.Errorf("told %+v; want died %v, begun %v, %q", told, died, begun, says)
	}
}

// A connection that times out in the middle of an answer was there in time.
func TestAnswersThatTimeOut(t *testing.T) {
	w := newWire(t, func(_ *wire, _ int64, conn net.Conn) bool {
		say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
		return true
	})
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return tired{conn}, err
	}}
	defer transport.CloseIdleConnections()
	checkFailed(t, proxy.Carry(transport, w.url, nil, 5*time.Second), false, true, "the connection broke in mid-answer: nothing came in time")
}

// tired is a connection that times out behind a brace.
type tired struct{ net.Conn }

func (c tired) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if bytes.ContainsRune(b[:n], '{') {
		_ = c.SetReadDeadline(time.Unix(1, 0))
	}
	return n, err
}

// Where there never was a connection, none has died.
func TestConnectionsThatNeverWere(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system accepts for it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, c := range map[string]struct{ url, says, outcome string }{
		"refused":           {"http://" + closedPort, "connection refused", "unreachable"},
		"no such name":      {"http://no..host", "cannot be resolved", "unreachable"},
		"no TLS":            {"https://" + answering(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak TLS", "unreachable"},
		"closed in TLS":     {"https://" + answering(t, ""), "closed", "unreachable"},
		"silent in TLS":     {"https://" + silent.Addr().String(), "no connection in time: still in the TLS handshake after 150ms", "connect_timeout"},
		"silent name":       {"http://silent.example", "no connection in time: still resolving the host's name after 150ms", "connect_timeout"},
		"foreign authority": {untrusted(t), "certificate is not trusted", "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit, start := 5*time.Second, time.Now()
			if c.outcome == "connect_timeout" {
				limit = 150 * time.Millisecond
			}
			told := proxy.Carry(proxy.NewTransport(deafNames(t)), c.url, nil, limit)
			checkFailed(t, told, false, false, c.says)
			if f := told[0].(exchange.Failed); f.Outcome.String() != c.outcome {
				t.Errorf("outcome %s, want %s", f.Outcome, c.outcome)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// deafNames asks a server of names that does not answer.
func deafNames(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	d := net.Dialer{}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, strings.Replace(network, "tcp", "udp", 1), conn.LocalAddr().String())
	}}
}

// The clock of connecting stops with the connection: an answer may take longer than it.
func TestConnectTimeoutEndsWithTheConnection(t *testing.T) {
	const connect = 100 * time.Millisecond
	w := newWire(t, func(_ *wire, n int64, conn net.Conn) bool {
		time.Sleep(2 * connect)
		say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		return true
	})
	transport := proxy.NewTransport(nil)
	defer transport.CloseIdleConnections()
	for range 2 {
		if told := proxy.Carry(transport, w.url, nil, connect); len(told) != 3 {
			t.Errorf("told %+v", told)
		}
	}
}
