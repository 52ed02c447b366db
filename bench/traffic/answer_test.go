package traffic

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// spoilt is a body with one thing in it replaced.
type spoilt struct{ from, to string }

// TestChecks: an answer must be that to its request. One in other words is good as long as it says the same.
func TestChecks(t *testing.T) {
	plain, routed, stream, falls := Workload{}, Workload{Routed: true}, Workload{Events: StreamEvents}, Workload{Failed: true}
	for _, c := range []struct {
		l      Workload
		status int
		spoilt
		want string // of the error; empty for none
	}{
		{plain, 200, spoilt{}, ""},
		{plain, 200, spoilt{`"object":`, ` "new":[1],  "object" : `}, ""},
		{plain, 200, spoilt{"fp_1\"}", "fp_1\"}\n"}, ""},
		{falls, 200, spoilt{}, ""},
		{falls, 200, spoilt{"k00000007", "k00000000"}, "1 attempts, where one request in ten"},
		{plain, 201, spoilt{}, "status 201"},
		{plain, 200, spoilt{"k00000007", "k00000008"}, "without the number k00000007"},
		{plain, 200, spoilt{"fp_1\"}", "fp_1\""}, "not JSON"},
		{plain, 200, spoilt{`"usage":`, `"usagX":`}, `answer has no "usage"`},
		{plain, 200, spoilt{"88", "99"}, "answer.usage.total_tokens is 99 instead of 88"},
		{plain, 200, spoilt{`[{"index"`, `[{},{"index"`}, "answer.choices has 2 elements instead of 1"},
		{plain, 200, spoilt{`"sim-1"`, `"bench/sim"`}, `answer.model is "bench/sim" instead of "sim-1"`},
		{routed, 200, spoilt{}, ""},
		{routed, 200, spoilt{`"bench/sim"`, `"sim-1"`}, `answer.model is "sim-1" instead of "bench/sim"`},
		{stream, 200, spoilt{}, ""},
		{stream, 200, spoilt{"k00000007", "k00000008"}, "without the number"},
		{stream, 200, spoilt{"data: [DONE]\n\n", "data: {\"error\":{}}\n\n"}, "without its end mark"},
		{stream, 200, spoilt{"data: ", "data: {}\n\ndata: "}, "65 events instead of 64"},
		{stream, 200, spoilt{"assistant", "user"}, "event 0: answer.choices.0.delta.role"},
		{stream, 200, spoilt{`"finish_reason":"stop"`, `"finish_reason":null`}, "event 62: answer.choices.0.finish_reason"},
		{stream, 200, spoilt{"sim-1", "sim-2"}, "event 0: answer.model"},
	} {
		want := c.l.expects()
		body := string(c.l.Answer("k00000007"))
		if c.from != "" && !strings.Contains(body, c.from) {
			t.Fatalf("%q is not in %s", c.from, body)
		}
		body = strings.Replace(body, c.from, c.to, 1)
		mark := "k00000007"
		if strings.Contains(body, "k00000000") {
			mark = "k00000000"
		}
		err := c.l.check(&answer{status: c.status, message: message{body: []byte(body), attempts: 1}}, want, []byte(mark))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d %+v: %v, want %q", c.status, c.spoilt, err, c.want)
		}
	}
}

// TestDoingNothingIsNoticed: who hands requests through as they are is no router.
func TestDoingNothingIsNoticed(t *testing.T) {
	u, err := url.Parse("http://" + serveSimulated(t))
	if err != nil {
		t.Fatal(err)
	}
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}}
	go func() { _ = s.Serve(front) }()
	defer s.Close()
	for _, l := range kinds()[:4] {
		l.Routed = true
		b, err := Open(t.Context(), l, front.Addr().String(), "", 4, new(atomic.Int64))
		if err != nil {
			t.Fatal(err)
		}
		if b.Closed(t.Context(), 5*time.Millisecond); !strings.Contains(fmt.Sprint(b.Wrong), "the key is not the provider's") {
			t.Errorf("%s: %v", l.Name, b.Wrong)
		}
		b.Close()
	}
}

// BenchmarkCheck is what holding an answer against its request takes.
func BenchmarkCheck(b *testing.B) {
	for _, l := range []Workload{{Name: "plain"}, {Name: "stream", Events: StreamEvents}} {
		b.Run(l.Name, func(b *testing.B) {
			want, mark := l.expects(), []byte("k00000007")
			a := &answer{status: 200}
			a.body = l.Answer(string(mark))
			for b.Loop() {
				if err := l.check(a, want, mark); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
