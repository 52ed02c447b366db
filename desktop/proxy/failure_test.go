package proxy_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
)

// connection is one that fails.
type connection struct {
	name, url string
	status    int
	outcome   string
	says      string
}

// tries is how often it is made: one that dies before an answer began is tried once more.
func (c connection) tries() int {
	if c.name == "closed at once" {
		return 2
	}
	return 1
}

// Each way a connection can fail: what the caller is told when there is nobody else, and
// that somebody else serves the request when there is.
func TestConnectionsThatFail(t *testing.T) {
	for _, c := range []connection{
		{"refused", "http://" + closedPort, 502, "unreachable", "connection refused"},
		{"no such name", "http://no..host", 502, "unreachable", "the name of the provider's host cannot be resolved"},
		{"TLS to a server without", "https://" + answering(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), 502, "unreachable", "does not speak TLS"},
		{"unknown authority", untrusted(t), 502, "unreachable", "certificate is not trusted"},
		{"closed at once", "http://" + answering(t, ""), 502, "unreachable", "the connection was closed"},
		{"nonsense", "http://" + answering(t, "nonsense\r\n\r\n"), 502, "unreachable", "malformed HTTP"},
		{"short of its length", "http://" + answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"choices\":"), 502, "cut", "the connection was closed"},
		{"redirects", "http://" + answering(t, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), 502, "provider_error", "302"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bad := catalog.Provider{Name: "bad", BaseURL: c.url}
			alone := newRig(t, setup{more: []catalog.Provider{bad}})
			for _, stream := range []bool{false, true} {
				a := alone.post(body(stream, "hello"))
				attempts := attemptsOf(t, a)
				if a.status != c.status || len(attempts) != c.tries() || attempts[0].Outcome != c.outcome || !strings.Contains(attempts[0].Error, c.says) {
					t.Errorf("stream %v: %d %s; want %d, %s, %q", stream, a.status, a.text, c.status, c.outcome, c.says)
				}
			}
			both := newRig(t, setup{providers: []provider.Options{{Name: "good"}}, more: []catalog.Provider{bad}})
			for _, stream := range []bool{false, true} {
				a := both.post(body(stream, "sim: text=well", `"provider":{"order":["bad"]},`))
				if a.status != 200 || !strings.Contains(a.text, "well") || a.header.Get("x-strowger-provider") != "good" || a.header.Get("x-strowger-attempts") != strconv.Itoa(c.tries()+1) {
					t.Errorf("stream %v with another provider: %d %v %s", stream, a.status, a.header, a.text)
				}
			}
			both.idle()
		})
	}
}

// attempt is one attempt as the body of an error lists it.
type attempt struct {
	Provider, Model, Outcome, Error string
	Status                          *int
}

func attemptsOf(t *testing.T, a reply) []attempt {
	t.Helper()
	var e struct {
		Error struct {
			Message  string
			Strowger struct {
				Decision string
				Attempts []attempt
			}
		}
	}
	if err := json.Unmarshal([]byte(a.text), &e); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	if id := a.header.Get("x-strowger-decision"); id == "" || id != e.Error.Strowger.Decision {
		t.Errorf("decision %q in the header, %q in the body", id, e.Error.Strowger.Decision)
	}
	return e.Error.Strowger.Attempts
}

// closedPort is an address that nothing listens on. A port that was just closed would not do:
// another test may be given it.
const closedPort = "127.0.0.1:1"

// answering is the address of a server that answers everything with the same bytes and
// closes the connection.
func answering(t *testing.T, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buf := make([]byte, 64<<10)
				_, _ = conn.Read(buf)
				fmt.Fprint(conn, answer)
				if answer != "" { // a reset would take the answer away
					_ = conn.(*net.TCPConn).CloseWrite()
					_, _ = conn.Read(buf)
				}
			}()
		}
	}()
	return l.Addr().String()
}

// untrusted is a server with a certificate of its own making.
func untrusted(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(testLog{t}, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) { return len(p), nil }

// The clocks: what each means to the caller when nobody else is there.
func TestClocks(t *testing.T) {
	short := catalog.Timeouts{FirstToken: 80 * time.Millisecond, Idle: 80 * time.Millisecond, Total: 300 * time.Millisecond}
	for _, c := range []struct {
		name, directive, outcome string
		stream                   bool
		deadline                 time.Duration
	}{
		{"no headers", "sim: fault=stall_headers", "total_timeout", false, 0},
		{"no headers before the deadline", "sim: fault=stall_headers", "total_timeout", false, 100 * time.Millisecond},
		{"silent body", "sim: fault=stall after=2", "idle_timeout", false, 0},
		{"no first token, and nobody else", "sim: fault=stall_first", "total_timeout", true, 0},
		{"comments only", "sim: fault=keepalive after=0", "total_timeout", true, 0},
	} {
		for _, warm := range []int{0, 1} {
			t.Run(fmt.Sprint(c.name, ", ", warm, " connections wait"), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setup{timeouts: short, routing: catalog.Routing{Deadline: c.deadline}, warm: warm})
				a := r.post(body(c.stream, c.directive))
				if attempts := attemptsOf(t, a); a.status != 504 || len(attempts) != 1 || attempts[0].Outcome != c.outcome {
					t.Errorf("%d %s; want 504, %s", a.status, a.text, c.outcome)
				}
				r.idle()
			})
		}
	}
	t.Run("no first token, and somebody else", func(t *testing.T) {
		r := newRig(t, setup{timeouts: short, providers: []provider.Options{
			{Behaviour: provider.Behaviour{Fault: provider.FaultStallFirst}},
			{Behaviour: provider.Behaviour{Text: "well"}}}})
		a := r.post(body(true, "hello"))
		if a.text != "well" || !a.done || a.header.Get("x-strowger-attempts") != "2" || r.report(1).Attempts[0].Outcome.String() != "first_token_timeout" {
			t.Errorf("%+v, %+v", a, r.report(1).Attempts)
		}
		r.idle()
	})
}

// A cut answer does not end as if it were complete, whatever the caller takes for an end:
// the error event is followed by a chunk that is none. Where there are no chunks nothing is.
func TestCutsAreSeen(t *testing.T) {
	r := newRig(t, setup{providers: []provider.Options{{Name: "p"}}})
	for _, c := range []struct{ name, head, end string }{
		{"kept alive", "HTTP/1.1\r\n", "\n\n\r\nx\r\n"},
		{"closed", "HTTP/1.1\r\nConnection: close\r\n", "\n\n\r\nx\r\n"},
		{"HTTP/1.0", "HTTP/1.0\r\n", "}\n\n"},
	} {
		conn := r.dial()
		asked := body(true, "sim: fault=cut after=2")
		fmt.Fprintf(conn, "POST /v1/chat/completions %sHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s", c.head, len(asked), asked)
		got, err := io.ReadAll(conn)
		if err != nil || !strings.HasSuffix(string(got), c.end) || !strings.Contains(string(got), `"code":"stream_cut"`) || strings.Contains(string(got), "[DONE]") {
			t.Errorf("%s: %v, %q", c.name, err, got[max(0, len(got)-80):])
		}
	}
	r.idle()
}
