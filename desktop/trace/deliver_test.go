package trace_test

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

	collectorpb "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"strowger/core/exchange"
	"strowger/desktop/journaltest"
	"strowger/desktop/trace"
)

// ended is an exchange without an attempt.
func ended() *exchange.Report {
	return &exchange.Report{ID: "01890000-0000-7000-8000-000000000001", Started: time.Now(), Total: time.Millisecond, Status: 404, Outcome: exchange.OutcomeRefused}
}

func answer(status int, header ...string) func(http.ResponseWriter, int) bool {
	return func(w http.ResponseWriter, n int) bool {
		if n > 2 {
			return false
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		return true
	}
}

// What may pass is tried again, what will not is dropped at once.
func TestAgain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status, tries int
		delivered     int64
	}{{429, 3, 1}, {502, 3, 1}, {503, 3, 1}, {504, 3, 1}, {400, 1, 0}, {401, 1, 0}, {404, 1, 0}, {413, 1, 0}, {500, 1, 0}, {307, 1, 0}} {
		t.Run(fmt.Sprint(tc.status), func(t *testing.T) {
			c := collect(t, answer(tc.status, "location", "/v1/traces"))
			var log journaltest.Journal
			e := start(t, to(c), &log)
			e.Trace(ended(), nil)
			await(t, "the end of the batch", func() bool { n := e.Counters(); return n.Delivered+n.Dropped == 1 })
			if n := e.Counters(); n.Delivered != tc.delivered || c.tries() != tc.tries {
				t.Errorf("%+v after %d requests", n, c.tries())
			}
			if log.Count("traces are not delivered") != 1 || !strings.Contains(log.String(), fmt.Sprintf("it answers %d", tc.status)) {
				t.Errorf("log:\n%s", &log)
			}
			if got := int64(log.Count("traces are delivered again")); got != tc.delivered {
				t.Errorf("log:\n%s", &log)
			}
		})
	}
}

// Retry-After is heeded, in seconds or as a date: the exporter would be quicker by itself, or much slower.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ header, backoff string }{
		{"1", "1ms"}, {time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), "1ms"}, {"1", "1h"},
	} {
		first := true
		c := collect(t, func(w http.ResponseWriter, _ int) bool {
			if !first {
				return false
			}
			first = false
			w.Header().Set("retry-after", tc.header)
			w.WriteHeader(429)
			return true
		})
		var log journaltest.Journal
		s := to(c)
		s.Backoff, _ = time.ParseDuration(tc.backoff)
		e := start(t, s, &log)
		began := time.Now()
		e.Trace(ended(), nil)
		await(t, "a span", func() bool { return e.Counters().Delivered == 1 })
		if took := time.Since(began); tc.header == "1" && took < time.Second {
			t.Errorf("%+v: again after %v", tc, took)
		}
	}
}

// A collector that is away for good: every batch is given up some time, and one line says so.
func TestCollectorDown(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	var log journaltest.Journal
	e := start(t, trace.Settings{URL: gone.URL + "/v1/traces?token=sk-0123456789"}, &log)
	for range 3 {
		e.Trace(ended(), nil)
	}
	await(t, "all to be dropped", func() bool { return e.Counters().Dropped == 3 })
	if log.Count("\n") != 1 || log.Count("level=WARN") != 1 || !strings.Contains(log.String(), "refused") || strings.Contains(log.String(), "sk-") {
		t.Errorf("log:\n%s", &log)
	}
}

// A collector that never answers costs its callers nothing: what does not fit into the queue is
// dropped and counted, and one line says so.
func TestTheQueueIsBounded(t *testing.T) {
	going := make(chan struct{})
	c := collect(t, func(http.ResponseWriter, int) bool { <-going; return false })
	var log journaltest.Journal
	s := to(c)
	s.Queue = 10
	e := start(t, s, &log)
	e.Trace(ended(), nil)
	await(t, "a request", func() bool { return c.tries() == 1 })
	for range 100 {
		e.Trace(ended(), nil)
	}
	if n := e.Counters(); n.Dropped != 90 || n.Queued != 10 || n.Delivered != 0 {
		t.Errorf("%+v", n)
	}
	close(going)
	await(t, "the rest", func() bool { return e.Counters().Delivered == 11 })
	if log.Count("traces are dropped") != 1 || log.Count("\n") != 1 {
		t.Errorf("log:\n%s", &log)
	}
}

// A collector that is slower than the timeout.
func TestSlow(t *testing.T) {
	t.Parallel()
	going := make(chan struct{})
	c := collect(t, func(http.ResponseWriter, int) bool { <-going; return true })
	defer close(going)
	var log journaltest.Journal
	s := to(c)
	s.Timeout = 100 * time.Millisecond
	e := start(t, s, &log)
	e.Trace(ended(), nil)
	await(t, "the batch to be dropped", func() bool { return e.Counters().Dropped == 1 })
	if n := c.tries(); n < 2 || n > 5 || !strings.Contains(log.String(), "no answer within 100ms") { // a busy machine may not come so far
		t.Errorf("%d requests, log:\n%s", c.tries(), &log)
	}
}

// Exchanges that end together go in one request, those that are too many in several.
func TestBatches(t *testing.T) {
	c := collect(t, nil)
	var log journaltest.Journal
	s := to(c)
	s.Delay = time.Hour
	e := start(t, s, &log)
	for range 1200 {
		e.Trace(ended(), nil)
	}
	if err := e.Close(); err != nil { // does not wait for the hour to pass
		t.Fatal(err)
	}
	if n := e.Counters(); n.Delivered != 1200 || c.tries() != 3 || len(c.spans()) != 1200 {
		t.Errorf("%+v, %d spans in %d requests", n, len(c.spans()), c.tries())
	}
}

// Close ends although the collector hangs.
func TestCloseEnds(t *testing.T) {
	t.Parallel()
	going := make(chan struct{})
	c := collect(t, func(http.ResponseWriter, int) bool { <-going; return true })
	defer close(going)
	var log journaltest.Journal
	e := start(t, to(c), &log)
	e.Trace(ended(), nil)
	await(t, "a request", func() bool { return c.tries() == 1 })
	e.Trace(ended(), nil)
	began := time.Now()
	_ = e.Close()
	if took := time.Since(began); took > 10*time.Second || e.Counters().Dropped != 2 {
		t.Errorf("%v, %+v", took, e.Counters())
	}
}

// What a collector says it did not take is counted as dropped, and not sent again.
func TestPartialSuccess(t *testing.T) {
	c := collect(t, func(w http.ResponseWriter, n int) bool {
		b, err := proto.Marshal(&collectorpb.ExportTraceServiceResponse{PartialSuccess: &collectorpb.ExportTracePartialSuccess{RejectedSpans: 2, ErrorMessage: "no"}})
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(b)
		return true
	})
	var log journaltest.Journal
	s := to(c)
	s.Delay = time.Hour
	e := start(t, s, &log)
	for range 5 {
		e.Trace(ended(), nil)
	}
	_ = e.Close()
	if n := e.Counters(); n.Delivered != 3 || n.Dropped != 2 || c.tries() != 1 {
		t.Errorf("%+v after %d requests", n, c.tries())
	}
}

// The collector gets the headers; whoever it sends the exporter to does not, and neither does the log,
// even if the collector repeats them where errors quote it.
func TestHeaders(t *testing.T) {
	t.Parallel()
	const token = "token-0123456789"
	c := collect(t, nil)
	var log journaltest.Journal
	s := to(c)
	s.Header = http.Header{"X-Token": {token}}
	e := start(t, s, &log)
	e.Trace(ended(), nil)
	await(t, "a span", func() bool { return e.Counters().Delivered == 1 })
	if got := c.headers[0].Get("x-token"); got != token {
		t.Errorf("sent %q", got)
	}

	away := collect(t, nil)
	s.URL = redirector(t, away.URL+"/v1/traces").URL + "/v1/traces"
	e = start(t, s, &log)
	e.Trace(ended(), nil)
	await(t, "the batch to be dropped", func() bool { return e.Counters().Dropped == 1 })
	if away.tries() != 0 {
		t.Error("the redirect was followed")
	}

	s.URL = "http://" + echo(t) + "/v1/traces"
	e = start(t, s, &log)
	e.Trace(ended(), nil)
	await(t, "the batch to be dropped", func() bool { return e.Counters().Dropped == 1 })
	if text := log.String(); strings.Contains(text, token) || !strings.Contains(text, "malformed") {
		t.Errorf("log:\n%s", text)
	}
}

// A bug in making spans costs these spans, and is said.
func TestABug(t *testing.T) {
	c := collect(t, nil)
	var log journaltest.Journal
	e := start(t, to(c), &log)
	bad := ended()
	bad.Served = 7
	e.Trace(bad, nil)
	e.Trace(ended(), nil)
	await(t, "the other span", func() bool { return e.Counters().Delivered == 1 })
	if n := e.Counters(); n.Dropped != 1 || log.Count("level=ERROR") != 1 || len(c.spans()) != 1 {
		t.Errorf("%+v, log:\n%s", n, &log)
	}
}

func redirector(t testing.TB, to string) *httptest.Server {
	s := httptest.NewServer(http.RedirectHandler(to, http.StatusPermanentRedirect))
	t.Cleanup(s.Close)
	return s
}

// echo is the address of a server that answers with the token it was sent instead of with HTTP.
func echo(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				if _, token, ok := strings.Cut(lines.Text(), "X-Token: "); ok {
					_, _ = io.WriteString(conn, "no "+token+"\r\n\r\n")
					break
				}
			}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}
