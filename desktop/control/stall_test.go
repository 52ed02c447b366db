package control_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"strowger/desktop/control"
)

// A body that does not come holds its connection for a while and not for ever, whatever it was
// sent to; one that came leaves the connection to the next request, however late that comes.
func TestStalledBodies(t *testing.T) {
	t.Parallel()
	const limit = 500 * time.Millisecond
	server := httptest.NewServer(control.New(control.Options{Feed: control.NewFeed(nil, 0), Decider: decider{}, Page: http.NotFoundHandler(),
		Config: func() control.ConfigState { return control.ConfigState{} }, BodyTimeout: limit}))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		name, head string
		status     int
	}{
		{"explain", "POST /_/api/explain", 408},
		{"another method", "POST /_/api/status", 405},
		{"no such path", "PUT /_/api/nothing", 404},
		{"a body that nobody reads", "GET /_/health", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, server)
			fmt.Fprint(conn, c.head+" HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
			in := bufio.NewReader(conn)
			if resp := answer(t, in); resp.StatusCode != c.status {
				t.Errorf("status %d, want %d", resp.StatusCode, c.status)
			}
			if _, err := in.ReadByte(); err != io.EOF {
				t.Errorf("the connection stays open: %v", err)
			}
		})
	}
	t.Run("one that came", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, server)
		in := bufio.NewReader(conn)
		for range 2 {
			fmt.Fprint(conn, "POST /_/api/explain HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
			if resp := answer(t, in); resp.StatusCode != 200 {
				t.Fatalf("status %d", resp.StatusCode)
			}
			time.Sleep(2 * limit)
		}
	})
}

func dial(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// answer reads one answer to its end.
func answer(t *testing.T, in *bufio.Reader) *http.Response {
	t.Helper()
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp
}
