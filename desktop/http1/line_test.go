package http1

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func targetOf(t testing.TB, address string) *Target {
	t.Helper()
	u, err := url.Parse(address + "/a/b?c=d")
	if err != nil {
		t.Fatal(err)
	}
	to, err := TargetOf(u)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// warm leaves a connection that waits.
func warm(t testing.TB, tr *Transport, address string) {
	t.Helper()
	resp, err := tr.RoundTrip(post(bg, address, "warm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
}

func soon() time.Time { return time.Now().Add(10 * time.Second) }

func begin(t testing.TB, tr *Transport, address, body string) *Line {
	t.Helper()
	l, err := tr.Begin(targetOf(t, address), []Field{{"x-name", "value"}, {"content-length", "9"}}, []byte(body), soon())
	if err != nil || l == nil {
		t.Fatal(l, err)
	}
	return l
}

func TestLine(t *testing.T) {
	for name, serve := range map[string]func(http.Handler) *httptest.Server{"plain": httptest.NewServer, "TLS": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			s := serve(http.HandlerFunc(echo))
			defer s.Close()
			d := &dialer{tls: &tls.Config{InsecureSkipVerify: true}} // it is told apart by nothing else here
			tr := &Transport{Dial: d.dial}
			defer tr.CloseIdleConnections()
			if l, err := tr.Begin(targetOf(t, s.URL), nil, nil, soon()); l != nil || err != nil {
				t.Fatal("there is no connection yet:", l, err)
			}
			warm(t, tr, s.URL)
			for _, size := range []int{0, 1, 2, 1000, 1001, 20_000, 20_001} {
				body := strings.Repeat("x", size)
				l := begin(t, tr, s.URL, body)
				status, header, err := l.Head()
				if err != nil || status != 200 {
					t.Fatal(status, err)
				}
				want := fmt.Sprintf("POST /a/b?c=d value %s %d", s.Listener.Addr(), size)
				if got := Get(header, "x-SAW"); got != want {
					t.Fatalf("%q, want %q", got, want)
				}
				if got, err := io.ReadAll(l); err != nil || string(got) != body {
					t.Fatalf("%d bytes: %d come back, %v", size, len(got), err)
				}
				l.Close()
				l.Interrupt() // late: it must not touch the connection
			}
			warm(t, tr, s.URL)
			if n := d.dials.Load(); n != 1 {
				t.Errorf("%d connections for requests one after the other", n)
			}
		})
	}
}

func TestLineRefuses(t *testing.T) {
	tr, d, address := rig(t, echo)
	warm(t, tr, address)
	for _, f := range []Field{{"a b", "x"}, {"", "x"}, {"a", "x\r\nb: c"}, {"a", "\x00"}} {
		if l, err := tr.Begin(targetOf(t, address), []Field{f}, nil, soon()); err == nil || l != nil {
			t.Errorf("%q is sent", f)
		}
	}
	if l, err := tr.Begin(targetOf(t, address), nil, make([]byte, atOnce), soon()); err != nil || l != nil {
		t.Error("more than goes into one write is sent", err)
	}
	for _, bad := range []string{"ftp://h/x", "http:///x", "/x"} {
		u, _ := url.Parse(bad)
		if _, err := TargetOf(u); err == nil {
			t.Error(bad, "is a target")
		}
	}
	if d.open.Load() != 1 || tr.idle.total != 1 {
		t.Error("the connection is lost")
	}
}

// TestLineWaits ends waits at every place of an answer, and goes on.
func TestLineWaits(t *testing.T) {
	const answer = ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n"
	tr, address := script(t, func(c net.Conn) {
		in := make([]byte, 4<<10)
		_, _ = c.Read(in)
		_, _ = io.WriteString(c, ok+"Content-Length: 0\r\n\r\n")
		_, _ = c.Read(in)
		for i := range len(answer) {
			time.Sleep(2 * time.Millisecond)
			_, _ = io.WriteString(c, answer[i:i+1])
		}
		_, _ = c.Read(in)
	})
	warm(t, tr, address)
	l := begin(t, tr, address, "x")
	interrupted := 0
	again := func(err error) bool {
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return false
		}
		interrupted++
		l.Until(soon())
		time.AfterFunc(time.Millisecond, l.Interrupt)
		return true
	}
	l.Interrupt()
	_, _, err := l.Head()
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	l.Interrupt()
	l.Until(time.Now().Add(time.Hour)) // which must not undo that
	_, _, err = l.Head()
	for again(err) {
		_, _, err = l.Head()
	}
	var got []byte
	for err == nil || again(err) {
		var n int
		room := make([]byte, 3)
		n, err = l.Read(room)
		got = append(got, room[:n]...)
	}
	if err != io.EOF || string(got) != "hello!" || interrupted < 10 {
		t.Fatalf("%q, %v, %d waits ended", got, err, interrupted)
	}
	if tr.idle.total != 1 {
		t.Error("the connection is not kept")
	}
}

// TestLineEnds is what becomes of a connection that a Line has had.
func TestLineEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, l *Line){
		"before it is sent": func(*testing.T, *Line) {},
		"before the answer": func(_ *testing.T, l *Line) { l.Interrupt(); _, _, _ = l.Head() },
		"in the answer":     func(_ *testing.T, l *Line) { _, _, _ = l.Head(); _, _ = l.Read(make([]byte, 1)) },
		"at its deadline": func(t *testing.T, l *Line) {
			l.Until(time.Now().Add(10 * time.Millisecond))
			if _, _, err := l.Head(); err == nil {
				if _, err = io.ReadAll(l); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			first := true
			over := make(chan struct{})
			tr, d, address := rig(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "hello")
				if !first {
					w.(http.Flusher).Flush()
					<-over
				}
				first = false
			})
			defer close(over)
			warm(t, tr, address)
			l := begin(t, tr, address, "x")
			end(t, l)
			l.Close()
			l.Close()
			if d.open.Load() != 0 || tr.idle.total != 0 {
				t.Errorf("%d open, %d kept", d.open.Load(), tr.idle.total)
			}
		})
	}
}
