package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/desktop/proxy"
)

// dial opens a connection to the proxy.
func (r *rig) dial() net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

const post = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"

// Who sends a body slowly is told so and let go, whatever is asked for; nothing of it
// reaches a provider.
func TestSlowBodies(t *testing.T) {
	r := newRig(t, setup{options: proxy.Options{BodyTimeout: 200 * time.Millisecond}})
	for _, c := range []struct {
		name, head, drip string
		status           int
	}{
		{"nothing comes", post + "Content-Length: 100\r\n\r\n", "", 408},
		{"it stops", post + "Content-Length: 100\r\n\r\n{\"model\":", "", 408},
		{"a byte now and then", post + "Content-Length: 99999\r\n\r\n{", " ", 408},
		{"a chunk now and then", post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 408},
		{"gzip now and then", post + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n\x1f\r\n", 408},
		{"where no body is read: no such path", "POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{", "", 404},
		{"where no body is read: a list", "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{", "", 200},
		{"where no body is read: another method", "PUT /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n", "", 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn, start := r.dial(), time.Now()
			fmt.Fprint(conn, c.head)
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				for c.drip != "" {
					select {
					case <-stop:
						return
					case <-time.After(50 * time.Millisecond):
						if _, err := io.WriteString(conn, c.drip); err != nil {
							return
						}
					}
				}
			}()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			a := read(resp)
			if a.status != c.status || c.status == 408 && !strings.Contains(a.text, "too slowly") && !strings.Contains(a.text, "gzip") {
				t.Errorf("%d %s", a.status, a.text)
			}
			if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the connection stays open: %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	t.Cleanup(func() {
		if n := r.providers[0].Requests(); n != 0 {
			t.Errorf("%d requests reached the provider", n)
		}
	})
}

// A body that comes slowly but comes is taken.
func TestBodyThatTakesLongerThanAPause(t *testing.T) {
	r := newRig(t, setup{options: proxy.Options{BodyTimeout: 150 * time.Millisecond}})
	conn, sent := r.dial(), body(false, "sim: text=well")
	sent = strings.Replace(sent, "{", "{"+strings.Repeat(" ", 40<<10), 1)
	fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n", post, len(sent))
	for len(sent) > 0 {
		n := min(10<<10, len(sent))
		fmt.Fprint(conn, sent[:n])
		sent = sent[n:]
		time.Sleep(60 * time.Millisecond)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := read(resp); a.status != 200 || !strings.Contains(a.text, "well") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// The bounds on headers are those of NewServer, which every listener of strowger is.
func TestHeadersOfCallers(t *testing.T) {
	r := newRig(t, setup{})
	good := body(false, "sim: text=well")
	many := strings.Repeat("x-flood: 0123456789\r\n", 4000)
	for name, c := range map[string]struct {
		head   string
		status int
	}{
		"some":                               {strings.Repeat("x-some: 0123456789\r\n", 100), 200},
		"a flood":                            {many, 431},
		"one that is big":                    {"x-big: " + strings.Repeat("x", 80<<10) + "\r\n", 431},
		"without an end":                     {"x-big: " + strings.Repeat("x", 1<<20), 431},
		"no colon":                           {"nonsense\r\n", 400},
		"two lengths":                        {"Content-Length: 3\r\n", 400},
		"length and chunks, as smugglers do": {"Transfer-Encoding: chunked, identity\r\n", 501},
	} {
		t.Run(name, func(t *testing.T) {
			conn := r.dial()
			go fmt.Fprintf(conn, "%s%sContent-Length: %d\r\n\r\n%s", post, c.head, len(good), good) // it may be cut off
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != c.status {
				t.Errorf("%d, want %d", resp.StatusCode, c.status)
			}
		})
	}
	s := proxy.NewServer(http.NotFoundHandler(), nil).Inner
	if s.ReadHeaderTimeout <= 0 || s.ReadHeaderTimeout > 30*time.Second || s.IdleTimeout <= 0 || s.MaxHeaderBytes > 256<<10 {
		t.Errorf("bounds: %v, %v, %d", s.ReadHeaderTimeout, s.IdleTimeout, s.MaxHeaderBytes)
	}
}

// Headers that come a byte now and then end the connection.
func TestSlowHeaders(t *testing.T) {
	r := newRig(t, setup{headerTimeout: 150 * time.Millisecond})
	conn, start := r.dial(), time.Now()
	go func() {
		for {
			if _, err := io.WriteString(conn, "P"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	_, _ = io.Copy(io.Discard, conn)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Requests behind each other on one connection are answered in their order.
func TestPipelinedRequests(t *testing.T) {
	r := newRig(t, setup{})
	conn := r.dial()
	var all string
	for i := range 5 {
		sent := body(i%2 == 0, fmt.Sprintf("sim: text=answer%d", i))
		all += fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", post, len(sent), sent)
	}
	fmt.Fprint(conn, all)
	answers := bufio.NewReader(conn)
	for i := range 5 {
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		if a.status != 200 || a.broken != nil || !strings.Contains(a.text, fmt.Sprintf("answer%d", i)) {
			t.Errorf("%d: %+v", i, a)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
	}
	r.idle()
}

// Callers of HTTP/1.0 get whole answers with their length, and streams that end with the
// connection; a stream that was cut has an error event and no end mark.
func TestHTTP10(t *testing.T) {
	r := newRig(t, setup{})
	for _, c := range []struct {
		stream    bool
		directive string
		text      string
		done, cut bool
	}{
		{false, "sim: text=well", "well", false, false},
		{true, `sim: text="very well"`, "very well", true, false},
		{true, `sim: fault=cut after=2 text="one two three"`, "one two", false, true},
	} {
		conn, sent := r.dial(), body(c.stream, c.directive)
		fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(sent), sent)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		if a.status != 200 || !strings.Contains(a.text, c.text) || a.done != c.done || (a.failed != "") != c.cut || len(resp.TransferEncoding) != 0 {
			t.Errorf("%s: %+v", c.directive, a)
		}
		if !c.stream && resp.ContentLength <= 0 {
			t.Errorf("a whole answer without its length: %v", resp.Header)
		}
	}
	r.idle()
}

// Bodies in chunks need no length, and 100 Continue comes to who asks for it.
func TestChunksAndContinue(t *testing.T) {
	r := newRig(t, setup{})
	sent := body(false, "sim: text=well")
	conn := r.dial()
	fmt.Fprint(conn, post+"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for _, b := range []byte(sent) {
		fmt.Fprintf(conn, "1;x=y\r\n%c\r\n", b)
	}
	fmt.Fprint(conn, "0\r\nTrailer: x\r\n\r\n")
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := read(resp); a.status != 200 || !strings.Contains(a.text, "well") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// A request may break off behind any of its bytes: nothing is sent on, nothing stays.
func TestRequestsThatBreakOff(t *testing.T) {
	r := newRig(t, setup{})
	sent := body(true, "hello")
	full := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", post, len(sent), sent)
	for i := 1; i < len(full); i++ {
		conn := r.dial()
		fmt.Fprint(conn, full[:i])
		conn.Close()
	}
	if a := r.post(body(true, "sim: text=well")); a.text != "well" {
		t.Errorf("%+v", a)
	}
	r.idle()
	if n := r.providers[0].Requests(); n != 1 {
		t.Errorf("%d requests reached the provider", n)
	}
}
