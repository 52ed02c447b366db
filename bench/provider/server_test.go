package provider

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// silent are requests that are still being served when the caller has had enough.
func silent() []string {
	var bodies []string
	for _, more := range []string{"", `,"stream":true`} {
		for _, d := range []string{
			"fault=stall_headers", "fault=stall_first", "fault=stall after=2", "fault=keepalive after=1",
			"latency=1h", "tps=0.1", "tps=20 tokens=10000",
		} {
			bodies = append(bodies, say("sim: "+d, more))
		}
	}
	return bodies
}

// TestLeavingEndsRequest measures from the caller's leaving to Open being 0. The promise is 100 ms; one
// quick try of five is enough, for the machine may be busy.
func TestLeavingEndsRequest(t *testing.T) {
	p, s := start(t, Options{})
	for _, body := range silent() {
		best := time.Hour
		for try := 0; try < 5 && best > 100*time.Millisecond; try++ {
			conn := dial(t, s, body)
			eventually(t, "open "+body, func() bool { return p.Open() == 1 })
			time.Sleep(5 * time.Millisecond) // let it get to where it stays
			left := time.Now()
			_ = conn.Close()
			eventually(t, "closed "+body, func() bool { return p.Open() == 0 })
			best = min(best, time.Since(left))
		}
		if best > 100*time.Millisecond {
			t.Errorf("%s: open for %v after the caller left", body, best)
		}
	}
}

// TestStalledAnswerNeverLooksComplete leaves by closing only the sending side, and reads what comes then.
func TestStalledAnswerNeverLooksComplete(t *testing.T) {
	_, s := start(t, Options{})
	for _, body := range silent() {
		conn := dial(t, s, body)
		time.Sleep(5 * time.Millisecond)
		if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if saw := observe(conn, 5*time.Second); saw.end != "cut" && saw.end != "reset" {
			t.Errorf("%s: ended %s: %q", body, saw.end, saw.body)
		}
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	time.Sleep(10 * time.Millisecond)
	before := runtime.NumGoroutine()
	for range 3 {
		p := New(Options{})
		s, err := Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range append(silent(), say("hi", ""), say("sim: fault=cut", ""), say("sim: fault=reset", "")) {
			dial(t, s, body)
		}
		eventually(t, "all arrived", func() bool { return p.Requests() == int64(len(silent())+3) })
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if p.Open() != 0 {
			t.Errorf("%d requests open after Close", p.Open())
		}
		if _, err := http.Post(s.URL, "", nil); err == nil {
			t.Error("still listening")
		}
	}
	eventually(t, "goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
}

// TestRepeatable sends the same requests to two providers of one seed, and to one of another.
func TestRepeatable(t *testing.T) {
	run := func(seed uint64) string {
		_, s := start(t, Options{Seed: seed, Now: fixed, Behaviour: Behaviour{Fault: FaultErrorEvent, FaultRate: 0.5, After: 2}})
		var out strings.Builder
		for range 20 {
			res, body := post(t, s, say("hi", `,"stream":true`))
			fmt.Fprintln(&out, res.StatusCode, body)
		}
		return out.String()
	}
	first := run(1)
	if first != run(1) {
		t.Error("one seed, two outcomes")
	}
	if first == run(2) {
		t.Error("two seeds, one outcome")
	}
	if failed := strings.Count(first, `{"error"`); failed < 3 || failed > 17 {
		t.Errorf("%d of 20 failed at a rate of 0.5", failed)
	}
}
