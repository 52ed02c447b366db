package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/provider"
)

func TestBodies(t *testing.T) {
	for _, l := range workloads("") {
		body := l.body()
		if len(body) != l.size {
			t.Errorf("%s: %d bytes instead of %d", l.name, len(body), l.size)
		}
		var doc struct {
			Model    string
			Stream   bool
			Messages []struct{ Role, Content string }
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		last := doc.Messages[len(doc.Messages)-1]
		if doc.Model != model || doc.Stream != (l.events > 0) || last.Role != "user" || !strings.Contains(last.Content, "k00000000") {
			t.Errorf("%s: %+v", l.name, doc)
		}
	}
}

func TestNumbers(t *testing.T) {
	r := workloads("")[0].request("127.0.0.1:1")
	r.number(123)
	r.number(40_506)
	if string(r.mark) != "k00040506" || !strings.Contains(string(r.wire), `k00040506\"\n`) {
		t.Errorf("%s in %s", r.mark, r.wire)
	}
}

// TestProviderAnswers holds the requests against the provider they are made for.
func TestProviderAnswers(t *testing.T) {
	s, err := provider.Serve(provider.New(provider.Options{Key: key}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, l := range workloads("") {
		b, err := openBlock(t.Context(), l, strings.TrimPrefix(s.URL, "http://"), 4, new(atomic.Int64))
		if err != nil {
			t.Fatal(err)
		}
		if times := b.send(t.Context(), 20); len(times) != 20 || len(b.wrong) > 0 {
			t.Errorf("%s: %d answers, %v", l.name, len(times), b.wrong)
		}
		b.close()
	}
}

func TestChecks(t *testing.T) {
	plain, stream := workload{}, workload{events: 2}
	const mark = "k00000007"
	for _, c := range []struct {
		l      workload
		status int
		body   string
		want   string // of the error; empty for none
	}{
		{plain, 200, `{"content":"k00000007"}`, ""},
		{plain, 200, `{"content":"k00000007"}` + "\n", ""},
		{plain, 201, `{"content":"k00000007"}`, "status 201"},
		{plain, 200, `{"content":"k00000008"}`, "without the number k00000007"},
		{plain, 200, `{"content":"k00000007"`, "not a JSON object"},
		{plain, 200, ``, "without the number"},
		{stream, 200, "data: \"k00000007\"\n\ndata: [DONE]\n\n", ""},
		{stream, 200, "data: \"k00000007\"\n\ndata: {\"error\":{}}\n\n", "without its end mark"},
		{stream, 200, "data: {}\n\ndata: \"k00000007\"\n\ndata: [DONE]\n\n", "3 events instead of 2"},
	} {
		err := c.l.check(&answer{status: c.status, body: []byte(c.body)}, []byte(mark))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d %q: %v, want %q", c.status, c.body, err, c.want)
		}
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

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want spread
	}{
		{nil, spread{}},
		{[]float64{2}, spread{2, 2, 2}},
		{[]float64{3, 1, 2}, spread{1, 2, 3}},
		{[]float64{4, 1, 2, 3}, spread{1, 2.5, 4}},
	} {
		if got := spreadOf(c.in); got != c.want {
			t.Errorf("%v: %v instead of %v", c.in, got, c.want)
		}
	}
	times := make([]time.Duration, 100)
	for i := range times {
		times[i] = time.Duration(i)
	}
	if percentile(times, 50) != 50 || percentile(times, 99) != 99 || percentile(times, 100) != 99 || percentile(nil, 50) != 0 {
		t.Error("percentiles")
	}
	if r := (round{Strowger: turn{CPU: 30}, Reverse: turn{CPU: 60}}).ratio(); r != 0.5 {
		t.Errorf("ratio %v", r)
	}
}

func TestSaysWhatWasNotRecorded(t *testing.T) {
	r := result{Record: record{Requests: 10, Written: 8, Dropped: 2}, Failures: []string{"one\ntwo"}}
	r.summarize()
	var out strings.Builder
	r.write(&out)
	for _, want := range []string{"8 written and 2 dropped of 10 requests", "note       some requests were not recorded", "FAILED     one\n           two\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}
