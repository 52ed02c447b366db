package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What comes behind an answer over TLS is nobody's, whether it ends a record of the answer's or follows
// in the same packet: the connection is not used again.
func TestTLSLeftOver(t *testing.T) {
	const stray = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nnobody"
	long := strings.Repeat("a", 12_000) // more than is read ahead
	for name, c := range map[string]struct {
		records []string
		want    string
	}{
		"in the same record":    {[]string{ok + "Content-Length: 12000\r\n\r\n", long + stray}, long},
		"in a record behind":    {[]string{ok + "Content-Length: 2\r\n\r\nok", stray}, "ok"},
		"in pieces of a packet": {[]string{ok + "Content-Length: 2\r\n\r\n", "ok", "H"}, "ok"},
		"nothing":               {[]string{ok + "Content-Length: 2\r\n\r\nok"}, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			address, accepted := serveTLS(t, c.records)
			tr := &Transport{Dial: func(ctx context.Context, _ bool, addr string) (net.Conn, error) {
				var d net.Dialer
				nc, err := d.DialContext(ctx, "tcp", addr)
				if err != nil {
					return nil, err
				}
				return tls.Client(Quick(nc), &tls.Config{InsecureSkipVerify: true}), nil // it is ours
			}}
			t.Cleanup(tr.CloseIdleConnections)
			for range 3 {
				resp, err := tr.RoundTrip(httptest.NewRequest(http.MethodPost, "https://"+address+"/", strings.NewReader("x")))
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil || string(body) != c.want {
					t.Fatalf("%.20q (%d bytes), %v", body, len(body), err)
				}
				_ = resp.Body.Close()
			}
			if n := len(accepted); name == "nothing" && n != 1 || name != "nothing" && n != 3 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// serveTLS answers every request with these records, all in one packet.
func serveTLS(t *testing.T, records []string) (address string, accepted chan struct{}) {
	t.Helper()
	made := httptest.NewUnstartedServer(http.NotFoundHandler())
	made.StartTLS()
	config := &tls.Config{Certificates: made.TLS.Certificates}
	made.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	accepted = make(chan struct{}, 16)
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- struct{}{}
			go func() {
				defer nc.Close()
				packet := &packed{Conn: nc}
				secure := tls.Server(packet, config)
				in := bufio.NewReader(secure)
				for {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					packet.holds = true
					for _, r := range records {
						_, _ = io.WriteString(secure, r)
					}
					packet.holds = false
					_, _ = nc.Write(packet.held)
					packet.held = nil
				}
			}()
		}
	}()
	return l.Addr().String(), accepted
}

// packed is a connection of which what is written can be held for a while.
type packed struct {
	net.Conn
	holds bool
	held  []byte
}

func (p *packed) Write(b []byte) (int, error) {
	if p.holds {
		p.held = append(p.held, b...)
		return len(b), nil
	}
	return p.Conn.Write(b)
}
