package proxy_test

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/core/catalog"
)

// inUse is the memory of objects and stacks once the garbage is gone.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// Thousands of streams that have begun and then say nothing each cost little, and nothing
// once their callers have left.
func TestManyIdleStreams(t *testing.T) {
	const n, most = 2000, 200 << 10
	w := newWire(t, func(_ *wire, _ int64, conn net.Conn) bool {
		say(conn, streamHead+word)
		_, _ = io.Copy(io.Discard, conn)
		return false
	})
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}, timeouts: catalog.Timeouts{Idle: time.Minute}})
	r.leaveAll(t, r.openAll(t, 1), w) // what is made once is made
	began, goroutines := inUse(), runtime.NumGoroutine()
	conns := r.openAll(t, n)
	grown := inUse() - began
	direct := directly(t, w, n)
	t.Logf("%d kB for each of %d idle streams, of which the test's own ends are %d", grown/n>>10, n, direct>>10)
	if each := grown/n - direct; each > most {
		t.Errorf("%d kB for each stream, want at most %d", each>>10, most>>10)
	}
	r.leaveAll(t, conns, w)
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines+20 })
	if left := inUse() - began; left > n*8<<10 {
		t.Errorf("%d kB are left", left>>10)
	}
	if reports := len(r.rec.all()); reports != n+1 {
		t.Errorf("%d reports", reports)
	}
}

// openAll begins streams and reads of each its first content.
func (r *rig) openAll(t *testing.T, n int) (conns []net.Conn) {
	t.Helper()
	for range n {
		conn := r.raw(body(true, "hello"))
		readUntil(t, conn, "word")
		conns = append(conns, conn)
	}
	return conns
}

func (r *rig) leaveAll(t *testing.T, conns []net.Conn, w *wire) {
	t.Helper()
	for _, conn := range conns {
		conn.Close()
	}
	await(t, "the provider's connections to end", func() bool { return w.open.Load() == 0 })
	r.idle()
}

// directly is what a stream costs the test itself: the provider, asked without the proxy.
func directly(t *testing.T, w *wire, n int64) int64 {
	t.Helper()
	before := inUse()
	var conns []net.Conn
	for range n {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, post+"Content-Length: 0\r\n\r\n")
		readUntil(t, conn, "word")
		conns = append(conns, conn)
	}
	grown := inUse() - before
	runtime.KeepAlive(conns)
	return grown / n
}

// Callers that read nothing of an answer without end are waited for, and so is their
// provider: memory does not grow.
func TestManySlowReaders(t *testing.T) {
	const n, most = 200, 400 << 10
	var written atomic.Int64
	long := strings.Replace(word, "word", "word"+strings.Repeat("x", 8<<10), 1) // little to read for much to hold
	w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
		_ = conn.(*net.TCPConn).SetWriteBuffer(32 << 10) // the system's buffers are not what is measured
		say(conn, streamHead)
		flood(conn, long, &written)
		return false
	})
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}, sendBuffer: 32 << 10})
	began := inUse()
	conns := r.openAll(t, n)
	steady(t, &written)
	full := inUse() - began
	t.Logf("%d MB sent by the provider, %d kB of memory for each of %d callers", written.Load()>>20, full/n>>10, n)
	if full/n > most {
		t.Errorf("%d kB for each of %d slow readers, want at most %d", full/n>>10, n, most>>10)
	}
	r.leaveAll(t, conns, w)
}

// A caller that reads nothing at all is given up after a time, and its provider with it.
func TestReaderThatStops(t *testing.T) {
	var written atomic.Int64
	w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
		say(conn, streamHead)
		flood(conn, strings.Repeat(word, 64), &written)
		return false
	})
	s := setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}}
	s.options.WriteTimeout = 200 * time.Millisecond
	r := newRig(t, s)
	conn := r.raw(body(true, "hello"))
	readUntil(t, conn, "word")
	if rep := r.report(1); rep.Outcome != "left" {
		t.Errorf("recorded as %s", rep.Outcome)
	}
	await(t, "the provider's connection to end", func() bool { return w.open.Load() == 0 })
}

// What providers send without end, or beyond all bounds, is given up, and somebody else
// could be asked.
func TestProvidersThatSendTooMuch(t *testing.T) {
	var written atomic.Int64
	for _, c := range []struct {
		name, head, repeated string
		outcome              string
	}{
		{"a flood of headers", "HTTP/1.1 200 OK\r\n", strings.Repeat("x-flood: 0123456789\r\n", 100), "unreachable"},
		{"a header without an end", "HTTP/1.1 200 OK\r\nx-long: ", strings.Repeat("x", 4096), "unreachable"},
		{"1xx without an end", "", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", "unreachable"},
		{"a line without an end", streamHead + "data: ", strings.Repeat("x", 32<<10), "bad_answer"},
		{"an event without an end", streamHead, strings.Repeat("data: x\n", 4<<10), "bad_answer"},
		{"chunks with long extensions", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("x", 4096), "cut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
				say(conn, c.head)
				flood(conn, c.repeated, &written)
				return false
			})
			r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}})
			var a reply
			most := peak(func() { a = r.post(body(true, "hello")) })
			if got := attemptsOf(t, a); a.status != 502 || len(got) != 1 || got[0].Outcome != c.outcome {
				t.Errorf("%d %s", a.status, a.text)
			}
			if most > 200<<20 {
				t.Errorf("%d MB at its most", most>>20)
			}
			await(t, "the connection to be closed", func() bool { return w.open.Load() == 0 })
			r.idle()
		})
	}
	t.Run("a whole answer without an end", func(t *testing.T) {
		w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
			say(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"x\":\"")
			flood(conn, strings.Repeat("x", 64<<10), &written)
			return false
		})
		r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}})
		if got := attemptsOf(t, r.post(body(false, "hello"))); got[0].Outcome != "bad_answer" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("an error without an end", func(t *testing.T) {
		w := newWire(t, func(w *wire, _ int64, conn net.Conn) bool {
			say(conn, "HTTP/1.1 500 Sorry\r\n\r\n")
			flood(conn, strings.Repeat("x", 64<<10), &written)
			return false
		})
		r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}})
		if a := r.post(body(false, "hello")); a.status != 500 || len(a.text) > 128<<10 {
			t.Errorf("%d, %d bytes", a.status, len(a.text))
		}
	})
}
