package traffic

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/provider"
)

// kinds are requests of each kind.
func kinds() []Workload {
	return []Workload{
		{Name: "plain", Size: 356},
		{Name: "20KB", Size: 20 << 10},
		{Name: "2MB", Size: 2 << 20},
		{Name: "burst", Size: 356, Events: StreamEvents},
		{Name: "paced", Size: 356, Events: StreamEvents, Pace: 200},
		{Name: "fails", Size: 356, Extra: FailTenth, Failed: true},
		{Name: "routed", Size: 356, Routed: true},
	}
}

func TestBodies(t *testing.T) {
	for _, l := range kinds() {
		body := l.Body()
		if want := l.Size + len(l.Extra); len(body) != want {
			t.Errorf("%s: %d bytes instead of %d", l.Name, len(body), want)
		}
		var doc struct {
			Model    string
			Stream   bool
			Messages []struct{ Role, Content string }
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		last := doc.Messages[len(doc.Messages)-1]
		if doc.Model != l.model() || doc.Stream != (l.Events > 0) || last.Role != "user" || !strings.Contains(last.Content, "k00000000") {
			t.Errorf("%s: %+v", l.Name, doc)
		}
	}
}

func TestNumbers(t *testing.T) {
	r := kinds()[0].request("127.0.0.1:1", "")
	r.number(123)
	r.number(40_506)
	if string(r.mark) != "k00040506" || !strings.Contains(string(r.wire), `k00040506\"\n`) {
		t.Errorf("%s in %s", r.mark, r.wire)
	}
}

// TestProviderAnswers holds the requests against both providers that they are made for: that of
// the run, and the strict one, which has no requests that fail and answers in its own words.
func TestProviderAnswers(t *testing.T) {
	strict, err := provider.Serve(provider.New(provider.Options{Key: Key}))
	if err != nil {
		t.Fatal(err)
	}
	defer strict.Close()
	own, other := serveSimulated(t), strings.TrimPrefix(strict.URL, "http://")
	for _, l := range kinds() {
		if l.Failed || l.Routed {
			continue
		}
		for _, addr := range []string{own, other} {
			b, err := Open(t.Context(), l, addr, "", 4, new(atomic.Int64))
			if err != nil {
				t.Fatal(err)
			}
			c := b.clients[0]
			if addr == other {
				if a, err := c.exchange(c.req.wire); err != nil || a.status != 200 || !bytes.Contains(a.body, c.req.mark) {
					t.Errorf("%s: %v: %s", l.Name, err, clip(c.got.body))
				}
			} else if s := b.Closed(t.Context(), 5*time.Millisecond); s.Times.Len() < 4 || len(b.Wrong) > 0 {
				t.Errorf("%s: %d answers, %v", l.Name, s.Times.Len(), b.Wrong)
			} else if l.Pace > 0 && s.Times.Percentile(0) < 200*time.Millisecond {
				t.Errorf("64 events, 200 a second, took %s", s.Times.Percentile(0))
			}
			b.Close()
		}
	}
}

// serveSimulated serves the provider of a run and gives its address.
func serveSimulated(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go new(simulated).serve(l)
	return l.Addr().String()
}

// A request that a proxy should have changed, or not have sent, is refused; one in ten that
// are to fail does so, once.
func TestProviderRefuses(t *testing.T) {
	c, err := dial(t.Context(), serveSimulated(t), time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	plain := kinds()[0].request("it", "").wire
	routed := Workload{Size: 356, Routed: true}.request("it", "").wire
	failing := Workload{Extra: FailTenth}.request("it", "")
	swap := func(from, to string) []byte { return bytes.Replace(plain, []byte(from), []byte(to), 1) }
	for i, x := range []struct {
		wire   []byte
		status int
	}{
		{plain, 200},
		{swap("/v1/", "/v2/"), 400},
		{swap("Bearer sk", "Bearer sk2"), 400},
		{swap(`"sim-1"`, `"sim-2"`), 400},
		{routed, 400}, // it is for strowger alone
		{bytes.Replace(routed, []byte(CallerKey), []byte(Key), 1), 400},
		{bytes.Replace(routed, []byte(`"bench/sim"`), []byte(`"sim-1"    `), 1), 400},
		{swap(`"temperature":0.2`, `"provider": {"a":1}`[:17]), 400},
		{swap("k00000000", "x00000000"), 400},
		{failing.wire, 503}, // its number is 0
		{failing.wire, 200},
		{failing.wire, 503},
	} {
		if a, err := c.exchange(x.wire); err != nil || a.status != x.status {
			t.Fatalf("%d: status %d instead of %d, %v: %s", i, a.status, x.status, err, a.body)
		}
	}
	failing.number(7)
	if a, err := c.exchange(failing.wire); err != nil || a.status != 200 {
		t.Errorf("number 7: %v %v", a, err)
	}
}

func TestReadsResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct{ wire, body string }{
		{ok + "Content-Length: 2\r\n\r\nhi", "hi"},
		{ok + "content-length: 0\r\n\r\n", ""},
		{ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n", "hi0123456789"},
	} {
		l := client{in: bufio.NewReader(strings.NewReader(c.wire))}
		if err := l.read(); err != nil || l.got.status != 200 || string(l.got.body) != c.body {
			t.Errorf("%q: %v, %d %q", c.wire, err, l.got.status, l.got.body)
		}
	}
	for wire, want := range map[string]error{
		"":                                   io.EOF,
		"HTTP/1.0 200 OK\r\n\r\n":            errFraming,
		"HTTP/1.1 2x0 OK\r\n\r\n":            errFraming,
		ok + "\r\n":                          errFraming, // neither length nor chunks
		ok + "Content-Length: two\r\n\r\nhi": errFraming,
		ok + "Content-Length: 3\r\n\r\nhi":   io.ErrUnexpectedEOF,
		ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n":             errFraming,
		ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n":      errFraming,
		ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n":       io.EOF,
		ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\nhi\r\n0\r\n": errFraming,
	} {
		l := client{in: bufio.NewReader(strings.NewReader(wire))}
		if err := l.read(); !errors.Is(err, want) {
			t.Errorf("%q: %v instead of %v", wire, err, want)
		}
	}
}

// TestHistogram holds percentiles against those of the times themselves.
func TestHistogram(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for _, most := range []int64{100, 1e4, 1e7, 1e11} {
		var h Histogram
		var times []time.Duration
		for range 5000 {
			d := time.Duration(draw.Int64N(most))
			times = append(times, d)
			h.Add(d)
		}
		slices.Sort(times)
		for _, share := range []float64{0, 1, 50, 90, 99, 99.9, 100} {
			want := times[max(int(share*50)-1, 0)]
			if got := h.Percentile(share); (got - want).Abs() > want/100+1 {
				t.Errorf("up to %d: p%g is %d instead of %d", most, share, got, want)
			}
		}
	}
	var h Histogram
	if h.Percentile(50) != 0 {
		t.Error("a percentile of nothing")
	}
	h.Add(-5)
	h.Add(1 << 62) // longer than it can tell
	if h.Len() != 2 || h.Percentile(1) != 0 || h.Percentile(100) < 15*time.Minute {
		t.Errorf("%d, %s, %s", h.Len(), h.Percentile(1), h.Percentile(100))
	}
	for i := range buckets - 1 {
		if bucketOf(int64(middle(i))) != i {
			t.Fatalf("the middle of bucket %d is in %d", i, bucketOf(int64(middle(i))))
		}
	}
}

// TestOpenLoop: where one answer is late, so are those that were due meanwhile. A closed loop
// would have sent these later, and called them fast.
func TestOpenLoop(t *testing.T) {
	b, err := Open(t.Context(), kinds()[4], serveSimulated(t), "", 1, new(atomic.Int64))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.OpenLoop(t.Context(), 100*time.Millisecond, 50) // five, each takes 315 ms
	if err != nil || len(b.Wrong) > 0 {
		t.Fatal(err, b.Wrong)
	}
	if s.Times.Len() != 1 || s.Missed != 4 {
		t.Errorf("%d answers and %d not sent instead of 1 and 4", s.Times.Len(), s.Missed)
	}
	b.load = kinds()[0]
	b.want = b.load.expects()
	c := b.clients[0]
	c.req = b.load.request("it", "")
	late := new(Sent)
	if b.ask(t.Context(), c, time.Now().Add(-time.Second), late); late.Times.Percentile(50) < 990*time.Millisecond {
		t.Errorf("a request that was due a second ago took %s", late.Times.Percentile(50))
	}
	if s, err = b.OpenLoop(t.Context(), 100*time.Millisecond, 500); err != nil || s.Times.Len()+s.Missed != 50 || s.Took < 90*time.Millisecond {
		t.Errorf("%d and %d requests in %s: %v", s.Times.Len(), s.Missed, s.Took, err)
	}
}

// TestStreams: events come in order and when they are due, for as long as somebody reads; what is
// wrong with one is told.
func TestStreams(t *testing.T) {
	s := OpenStreams(serveSimulated(t), false, 20*time.Millisecond, new(atomic.Int64))
	defer s.Close()
	for _, n := range []int{3, 10} {
		if err := s.Grow(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	s.Window()
	time.Sleep(210 * time.Millisecond)
	if w := s.Window(); w.Len() < 50 || w.Len() > 120 || w.Percentile(50) > 100*time.Millisecond || s.Err() != nil {
		t.Errorf("%d events, half of them %s late, %v", w.Len(), w.Percentile(50), s.Err())
	}
	if s.Close(); s.Err() != nil {
		t.Errorf("closed on purpose: %v", s.Err())
	}
	for answer, want := range map[string]string{
		"HTTP/1.1 503 Busy\r\n\r\n":         "HTTP/1.1 503 Busy",
		streamHead + "0\r\n\r\n":            "after 0 events: EOF",
		streamHead + event("k00000002 1 5"): "another stream's event",
		streamHead + strings.Replace(event("k00000001 1 5"), "sim-1", "bench", 1): "another model than",
		streamHead + event("k00000001 2 5"):                                       "event 2 instead of 1",
		streamHead + event("k00000001 1 5"):                                       "EOF",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err == nil {
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = conn.Write([]byte(answer))
				_ = conn.Close()
			}
		}()
		s := OpenStreams(l.Addr().String(), false, time.Second, new(atomic.Int64))
		_ = s.Grow(t.Context(), 1) // the first event may have been good
		s.read.Wait()
		if err := s.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", answer, err, want)
		}
		s.Close()
		_ = l.Close()
	}
}

func event(said string) string {
	const line = "data: {\"model\":\"sim-1\",\"content\":\" %s\"}\n\n"
	text := fmt.Sprintf(line, said)
	return fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
}
