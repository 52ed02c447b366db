package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
)

// A slow reader gets everything. While it is waited for the provider is not listened to,
// which is not the provider's silence.
func TestSlowReader(t *testing.T) {
	const tokens = 50_000
	r := newRig(t, setup{timeouts: catalog.Timeouts{Idle: 700 * time.Millisecond}})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(512 << 10); err != nil {
		t.Fatal(err)
	}
	sent := body(true, fmt.Sprintf("sim: tokens=%d", tokens))
	fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s", len(sent), sent)
	slow := &pausing{r: conn, every: 2 << 20, pause: time.Second}
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatal(err)
	}
	a := read(resp)
	if words := len(strings.Fields(a.text)); words != tokens || !a.done || a.finish != "stop" || a.broken != nil {
		t.Errorf("%d of %d words, done %v, finish %q, broken %v, error %s", words, tokens, a.done, a.finish, a.broken, a.failed)
	}
	if slow.pauses < 2 {
		t.Errorf("only %d pauses: this tested nothing", slow.pauses)
	}
	r.idle()
}

// pausing reads and pauses now and then.
type pausing struct {
	r             io.Reader
	every, pauses int
	pause         time.Duration
	n             int
}

func (p *pausing) Read(b []byte) (int, error) {
	if p.n > p.every && p.pauses < 3 {
		time.Sleep(p.pause)
		p.n, p.pauses = 0, p.pauses+1
	}
	n, err := p.r.Read(b)
	p.n += n
	return n, err
}

// A provider that is silent in mid-answer is cut all the same.
func TestSilenceInMidAnswer(t *testing.T) {
	r := newRig(t, setup{timeouts: catalog.Timeouts{Idle: 50 * time.Millisecond}})
	a := r.post(body(true, `sim: fault=stall after=2 text="one two three"`))
	if a.text != "one two" || a.done || a.broken == nil || !strings.Contains(a.failed, "silent for 50ms") {
		t.Errorf("%+v", a)
	}
	r.idle()
}

// What is kept of an exchange for the dashboard must not keep its body in memory.
func TestReportsDoNotKeepBodies(t *testing.T) {
	r := newRig(t, setup{})
	r.post(body(false, "hello"))
	before := heap()
	const n, size = 64, 1 << 20
	for range n {
		if a := r.do(context.Background(), body(false, "hello", `"x":"`, strings.Repeat("x", size), `",`)); a.status != 200 {
			t.Fatalf("%+v", a)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if grown := heap() - before; grown > n*size/4 {
		t.Errorf("%d MB more after %d requests of 1 MB that have ended", grown>>20, n)
	}
	if len(r.rec.all()) != n+1 {
		t.Errorf("%d reports", len(r.rec.all()))
	}
}

// heap is how much is in use once the garbage is gone.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
