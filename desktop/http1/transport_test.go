package http1

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// dialer dials and counts.
type dialer struct {
	tls   *tls.Config
	dials atomic.Int32
	open  atomic.Int32
}

func (d *dialer) dial(ctx context.Context, secure bool, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	d.dials.Add(1)
	d.open.Add(1)
	if secure {
		return &counted{Conn: tls.Client(c, d.tls), d: d}, nil
	}
	return &counted{Conn: c, d: d}, nil
}

// counted is a connection that tells when it is closed first.
type counted struct {
	net.Conn
	d    *dialer
	once sync.Once
}

func (c *counted) SyscallConn() (raw syscall.RawConn, err error) {
	inner := c.Conn
	if s, ok := inner.(*tls.Conn); ok {
		inner = s.NetConn()
	}
	return inner.(*net.TCPConn).SyscallConn()
}

func (c *counted) Close() error {
	c.once.Do(func() { c.d.open.Add(-1) })
	return c.Conn.Close()
}

func rig(t testing.TB, h http.HandlerFunc) (tr *Transport, d *dialer, url string) {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	d = &dialer{}
	tr = &Transport{Dial: d.dial}
	t.Cleanup(tr.CloseIdleConnections)
	return tr, d, s.URL
}

func post(ctx context.Context, url, body string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/a/b?c=d", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Name", "value")
	return req
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("x-saw", fmt.Sprintf("%s %s %s %s %d", r.Method, r.URL, r.Header.Get("X-Name"), r.Host, r.ContentLength))
	_, _ = w.Write(body)
	if len(body)%2 == 1 { // in chunks
		w.(http.Flusher).Flush()
	}
}

func TestRoundTrip(t *testing.T) {
	tr, d, url := rig(t, echo)
	for _, size := range []int{0, 1, 2, 1000, 1001, atOnce, atOnce + 1, 3*atOnce - 1, 1 << 20, 1<<20 + 1} {
		body := strings.Repeat("x", size)
		resp, err := tr.RoundTrip(post(bg, url, body))
		if err != nil {
			t.Fatal(size, err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != body {
			t.Fatalf("%d bytes: %d come back, %v", size, len(got), err)
		}
		if want := fmt.Sprintf("POST /a/b?c=d value %s %d", strings.TrimPrefix(url, "http://"), size); resp.Header.Get("X-Saw") != want {
			t.Fatalf("%q, want %q", resp.Header.Get("X-Saw"), want)
		}
	}
	if n := d.dials.Load(); n != 1 {
		t.Errorf("%d connections for requests one after the other", n)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer s.Close()
	d := &dialer{tls: s.Client().Transport.(*http.Transport).TLSClientConfig}
	d.tls.ServerName = "example.com"
	tr := &Transport{Dial: d.dial}
	defer tr.CloseIdleConnections()
	for range 3 {
		resp, err := tr.RoundTrip(post(bg, s.URL, "hello"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "hello" {
			t.Fatal(string(got), err)
		}
	}
	if n := d.dials.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestReuse is what becomes of a connection after its answer.
func TestReuse(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		use   func(resp *http.Response)
		again bool
	}{
		{"read to its end", echo, nil, true},
		{"closed before its end", echo, func(r *http.Response) { _, _ = r.Body.Read(make([]byte, 1)) }, false},
		{"not read at all", echo, func(*http.Response) {}, false},
		{"the server closes", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") }, nil, false},
		{"no content", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, nil, true},
		{"an error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", 500) }, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr, d, url := rig(t, c.serve)
			for range 2 {
				resp, err := tr.RoundTrip(post(bg, url, "hello, hello"))
				if err != nil {
					t.Fatal(err)
				}
				if c.use != nil {
					c.use(resp)
				} else if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			}
			if got := d.dials.Load() == 1; got != c.again {
				t.Errorf("used again: %v", got)
			}
			if n := d.open.Load(); n > 1 || n == 1 && !c.again {
				t.Errorf("%d connections are open", n)
			}
		})
	}
}

// TestServerLeaves has a server close connections that wait; no request is to see that.
func TestServerLeaves(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(echo))
	defer s.Close()
	d := &dialer{}
	tr := &Transport{Dial: d.dial}
	for range 20 {
		resp, err := tr.RoundTrip(post(bg, s.URL, "hello"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		s.CloseClientConnections()
	}
	if n := d.dials.Load(); n != 20 {
		t.Errorf("%d connections", n)
	}
}

// TestClosedOnesAreClosed lets go of connections that servers have closed, though nobody asks for them.
func TestClosedOnesAreClosed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(echo))
	defer s.Close()
	d := &dialer{}
	tr := &Transport{Dial: d.dial}
	resp, err := tr.RoundTrip(post(bg, s.URL, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	s.CloseClientConnections()
	for until := time.Now().Add(5 * time.Second); d.open.Load() > 0; time.Sleep(time.Millisecond) {
		if tr.idle.expire(time.Minute); time.Now().After(until) {
			t.Fatal("the connection is kept")
		}
	}
}

// script is a server that reads a request's head and then says and does what it is told.
func script(t *testing.T, serve func(c net.Conn)) (tr *Transport, url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return &Transport{Dial: (&dialer{}).dial}, "http://" + l.Addr().String()
}

func TestAnswerBeforeAllIsSent(t *testing.T) {
	const answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!"
	for name, serve := range map[string]func(c net.Conn){
		"and reads no more": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 100))
			_, _ = io.WriteString(c, answer)
			time.Sleep(2 * time.Second)
		},
		"and closes later": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 100))
			_, _ = io.WriteString(c, answer)
			_, _ = io.CopyN(io.Discard, c, 8<<20)
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr, url := script(t, serve)
			resp, err := tr.RoundTrip(post(bg, url, strings.Repeat("x", 16<<20)))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); resp.StatusCode != 413 || string(got) != "no!" || err != nil {
				t.Fatal(resp.StatusCode, string(got), err)
			}
			if n := tr.idle.total; n != 0 {
				t.Errorf("%d connections are kept whose request is not at its end", n)
			}
		})
	}
}

// TestCancel ends the context at every place an exchange can be at.
func TestCancel(t *testing.T) {
	cause := errors.New("enough")
	silence := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	says := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, text)
			silence(c)
		}
	}
	for name, c := range map[string]struct {
		serve func(net.Conn)
		body  int
	}{
		"before an answer":    {silence, 10},
		"while sending":       {func(c net.Conn) { time.Sleep(time.Second) }, 64 << 20},
		"in the head":         {says("HTTP/1.1 200 OK\r\nA: b"), 10},
		"before the body":     {says(ok + "Content-Length: 10\r\n\r\n"), 10},
		"in the body":         {says(ok + "Content-Length: 10\r\n\r\nhello"), 10},
		"in a chunk":          {says(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe"), 10},
		"between chunks":      {says(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n"), 10},
		"in the trailers":     {says(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nA"), 10},
		"until it closes":     {says(ok + "\r\nhello"), 10},
		"behind hints":        {says("HTTP/1.1 100 Continue\r\n\r\n"), 10},
		"where TLS would end": {says("\x15\x03\x03"), 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, url := script(t, c.serve)
			ctx, cancel := context.WithCancelCause(bg)
			after := 50 * time.Millisecond
			if name == "where TLS would end" { // which is an answer
				after = 10 * time.Second
			}
			defer time.AfterFunc(after, func() { cancel(cause) }).Stop()
			resp, err := tr.RoundTrip(post(ctx, url, strings.Repeat("x", c.body)))
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			if name == "where TLS would end" {
				if !errors.Is(err, ErrMalformed) {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, cause) {
				t.Fatalf("%v, want the cause of the end", err)
			}
			if tr.idle.total != 0 {
				t.Error("the connection is kept")
			}
		})
	}
	t.Run("before it begins", func(t *testing.T) {
		tr, d, url := rig(t, echo)
		ctx, cancel := context.WithCancelCause(bg)
		cancel(cause)
		if _, err := tr.RoundTrip(post(ctx, url, "x")); !errors.Is(err, cause) || d.dials.Load() != 0 {
			t.Fatal(err, d.dials.Load())
		}
	})
	t.Run("after its end", func(t *testing.T) {
		tr, d, url := rig(t, echo)
		ctx, cancel := context.WithCancel(bg)
		resp, err := tr.RoundTrip(post(ctx, url, "x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		cancel()
		if resp, err = tr.RoundTrip(post(bg, url, "x")); err != nil || d.dials.Load() != 1 {
			t.Fatal(err, d.dials.Load())
		}
		resp.Body.Close()
	})
}

func TestBadRequests(t *testing.T) {
	tr, d, url := rig(t, echo)
	for name, change := range map[string]func(*http.Request){
		"a value with an end of line": func(r *http.Request) { r.Header["A"] = []string{"b\r\nC: secret"} },
		"a name that is none":         func(r *http.Request) { r.Header["A b"] = []string{"c"} },
		"a method that is none":       func(r *http.Request) { r.Method = "GET /" },
		"no length":                   func(r *http.Request) { r.ContentLength = -1 },
		"chunks":                      func(r *http.Request) { r.TransferEncoding = []string{"chunked"} },
		"another scheme":              func(r *http.Request) { r.URL.Scheme = "ftp" },
		"a host with a line":          func(r *http.Request) { r.Host = "a\r\nb" },
		"a body that is too short":    func(r *http.Request) { r.ContentLength = 100 },
		"a large one, too short":      func(r *http.Request) { r.ContentLength = 1 << 20 },
	} {
		t.Run(name, func(t *testing.T) {
			req := post(bg, url, "hello")
			change(req)
			_, err := tr.RoundTrip(req)
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Fatal(err)
			}
		})
	}
	if n := d.open.Load(); n != 0 {
		t.Errorf("%d connections are open", n)
	}
}

// TestFraming has no header of a request say how it is framed.
func TestFraming(t *testing.T) {
	tr, _, url := rig(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.ContentLength, r.TransferEncoding, r.Header.Get("Connection"), r.Host)
	})
	req := post(bg, url, "hello")
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Connection", "Host"} {
		req.Header.Set(name, "77")
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(resp.Body); string(got) != "5 [] "+strings.TrimPrefix(url, "http://") && string(got) != "5 []"+strings.TrimPrefix(url, "http://") {
		t.Fatal(string(got))
	}
}

// TestBounds keeps no more connections than it is told, and none for longer.
func TestBounds(t *testing.T) {
	release := make(chan struct{})
	tr, d, url := rig(t, func(w http.ResponseWriter, r *http.Request) { <-release })
	tr.MaxIdle, tr.MaxIdlePerHost, tr.IdleTimeout = 3, 2, 50*time.Millisecond
	done := make(chan error)
	for range 8 {
		go func() {
			resp, err := tr.RoundTrip(post(bg, url, "x"))
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			done <- err
		}()
	}
	for d.dials.Load() < 8 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	for range 8 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := d.open.Load(); n > 2 {
		t.Errorf("%d connections are kept", n)
	}
	for until := time.Now().Add(5 * time.Second); d.open.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("connections are kept for ever")
		}
	}
}

// TestEventsAsTheyCome gives each event when it comes, and several at once if they are there.
func TestEventsAsTheyCome(t *testing.T) {
	more := make(chan string)
	tr, _, url := rig(t, func(w http.ResponseWriter, r *http.Request) {
		for s := range more {
			_, _ = io.WriteString(w, s)
			w.(http.Flusher).Flush()
		}
	})
	go func() { more <- "first" }()
	resp, err := tr.RoundTrip(post(bg, url, "x"))
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := resp.Body.Read(buf)
	if string(buf[:n]) != "first" || err != nil {
		t.Fatal(string(buf[:n]), err)
	}
	more <- "second"
	n, err = resp.Body.Read(buf)
	if string(buf[:n]) != "second" || err != nil {
		t.Fatal(string(buf[:n]), err)
	}
	close(more)
	if n, err = resp.Body.Read(buf); n != 0 || err != io.EOF {
		t.Fatal(n, err)
	}
}

func TestTrace(t *testing.T) {
	tr, _, url := rig(t, echo)
	var reused []bool
	ctx := httptrace.WithClientTrace(bg, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = append(reused, i.Reused) }})
	for range 2 {
		resp, err := tr.RoundTrip(post(ctx, url, "x"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	if len(reused) != 2 || reused[0] || !reused[1] {
		t.Fatal(reused)
	}
}

// BenchmarkRoundTrip is a request and its answer beside those of net/http, with the server's cost in both.
func BenchmarkRoundTrip(b *testing.B) {
	tr, _, url := rig(b, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "hello")
	})
	own := &http.Transport{WriteBufferSize: 32 << 10, ReadBufferSize: 32 << 10, DisableCompression: true}
	defer own.CloseIdleConnections()
	body := bytes.Repeat([]byte("x"), 356)
	for name, rt := range map[string]http.RoundTripper{"http1": tr, "nethttp": own} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 1<<10)
			for b.Loop() {
				ctx, cancel := context.WithCancel(bg)
				req, _ := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
				resp, err := rt.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = resp.Body.Read(buf)
				}
				resp.Body.Close()
				cancel()
			}
		})
	}
}
