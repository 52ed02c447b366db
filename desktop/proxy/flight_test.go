package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/proxy"
)

// flying waits until one exchange is going on that is as wanted, and gives it.
func (r *rig) flying(what string, is func(proxy.Flight) bool) (f proxy.Flight) {
	r.t.Helper()
	await(r.t, what, func() bool {
		all, n := r.proxy.Flights(10)
		if n != 1 || len(all) != 1 {
			return false
		}
		f = all[0]
		return is(f)
	})
	return f
}

// grounded checks that nothing is going on any more.
func (r *rig) grounded() {
	r.t.Helper()
	await(r.t, "the list to be empty", func() bool { _, n := r.proxy.Flights(1); return n == 0 })
	r.idle()
}

// What is going on can be seen at each of its stages, and is gone when it ends.
func TestFlights(t *testing.T) {
	r := newRig(t, setup{providers: []provider.Options{{}, {}}})
	r.proxy.Drill("p1", time.Now().Add(time.Hour), 503)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	go r.do(ctx, body(true, `sim: fault=stall after=2 text="one two three"`))
	f := r.flying("it to stream", func(f proxy.Flight) bool { return f.Stage == "streaming" && f.Bytes > 0 })
	if f.ID == "" || f.Asked != model || !f.Stream || f.Attempt != 2 || f.Provider != "p2" || f.Schema != llm.SchemaOpenAI || f.First <= 0 || time.Since(f.At) > time.Minute {
		t.Errorf("%+v", f)
	}
	leave()
	if rep := r.report(1); rep.ID != f.ID {
		t.Errorf("recorded as %s, seen as %s", rep.ID, f.ID)
	}
	r.grounded()

	ctx, leave = context.WithCancel(context.Background())
	defer leave()
	go r.do(ctx, body(false, "sim: fault=stall_headers"))
	r.flying("it to wait", func(f proxy.Flight) bool { return f.Stage == "waiting" && f.First == 0 && f.Bytes == 0 && !f.Stream })
	leave()
	r.grounded()
	if a := r.post(body(true, "sim: text=well", `"provider":{"sort":"wrong"},`)); a.status != 400 {
		t.Errorf("%+v", a)
	}
	r.grounded()
}

// Many that come and go leave nothing on the list, and are listed once each, newest first.
func TestManyFlights(t *testing.T) {
	r := newRig(t, setup{})
	const n = 50
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	done := make(chan struct{}, 2*n)
	for i := range 2 * n {
		go func() {
			if i%2 == 0 {
				r.do(ctx, body(true, "sim: fault=stall after=1"))
			} else {
				r.post(body(true, "sim: text=well"))
			}
			done <- struct{}{}
		}()
	}
	await(t, "half of them to stay", func() bool { _, all := r.proxy.Flights(1); return all == n && len(done) == n })
	seen, all := r.proxy.Flights(20)
	if len(seen) != 20 || all != n {
		t.Errorf("%d of %d", len(seen), all)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].ID == seen[i-1].ID || seen[i].At.After(seen[i-1].At) {
			t.Errorf("%d: %+v behind %+v", i, seen[i], seen[i-1])
		}
	}
	leave()
	r.grounded()
}

// A cancelled request ends for its caller with an error that looks like no success, upstream at
// once, and in the record with an outcome of its own.
func TestCancel(t *testing.T) {
	for _, c := range []struct {
		name, directive string
		stream          bool
		status          int
	}{
		{"whole, no headers yet", "sim: fault=stall_headers", false, 499},
		{"stream, no headers yet", "sim: fault=stall_headers", true, 499},
		{"stream, in the middle", `sim: fault=stall after=2 text="one two three"`, true, 200},
		{"stream, in full flow", "sim: tokens=100000 tps=2000", true, 200},
	} {
		for _, warm := range []int{0, 1} {
			t.Run(fmt.Sprint(c.name, ", ", warm, " connections wait"), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setup{warm: warm})
				got := make(chan reply, 1)
				go func() { got <- r.post(body(c.stream, c.directive)) }()
				f := r.flying("it to be under way", func(f proxy.Flight) bool {
					return f.Attempt == 1 && f.Stage != "connecting" && (c.status != 200 || f.Stage == "streaming")
				})
				if held := proxy.Held(r.proxy); held != warm {
					t.Errorf("%d attempts are held", held)
				}
				if r.proxy.Cancel("no-such-id") || !r.proxy.Cancel(f.ID) {
					t.Error("what is cancelled is another")
				}
				a := <-got
				if a.status != c.status || a.done || !strings.Contains(a.text+a.failed, "cancelled by hand") {
					t.Errorf("%+v", a)
				}
				if c.status != 200 && a.header.Get("x-should-retry") != "false" {
					t.Error("the caller is told to try again")
				}
				rep := r.report(1)
				if rep.Outcome != "cancelled" || len(rep.Attempts) != 1 || rep.Attempts[0].Outcome != stats.OutcomeAbandoned {
					t.Errorf("recorded as %s, %+v", rep.Outcome, rep.Attempts)
				}
				if r.proxy.Cancel(f.ID) {
					t.Error("it can be cancelled twice")
				}
				r.grounded()
			})
		}
	}
}

// One whose caller does not read ends too.
func TestCancelUnread(t *testing.T) {
	for _, warm := range []int{0, 1} {
		cancelUnread(t, newRig(t, setup{sendBuffer: 4 << 10, warm: warm}))
	}
}

func cancelUnread(t *testing.T, r *rig) {
	resp, err := r.open(context.Background(), body(true, "sim: tokens=100000"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	last := int64(-1)
	f := r.flying("it to be stuck", func(f proxy.Flight) bool {
		time.Sleep(100 * time.Millisecond)
		stuck := f.Bytes == last
		last = f.Bytes
		return stuck && f.Bytes > 0
	})
	if !r.proxy.Cancel(f.ID) {
		t.Error("not cancelled")
	}
	if rep := r.report(1); rep.Outcome != "cancelled" {
		t.Errorf("recorded as %s", rep.Outcome)
	}
	r.grounded()
}

// A provider that is disabled by hand is left out and says so, until it may come back; what goes
// on there ends well.
func TestDisable(t *testing.T) {
	r := newRig(t, setup{providers: []provider.Options{{}, {}}})
	got := make(chan reply, 1)
	go func() { got <- r.post(body(true, `sim: latency=300ms text=well`)) }()
	r.flying("it to be sent", func(f proxy.Flight) bool { return f.Provider == "p1" && f.Stage == "waiting" })
	r.proxy.Disable("p1", time.Now().Add(time.Hour))
	if a := <-got; a.text != "well" || !a.done || a.header.Get("x-strowger-provider") != "p1" {
		t.Errorf("what went on: %+v", a)
	}
	if a := r.post(body(true, "sim: text=well")); a.text != "well" || a.header.Get("x-strowger-provider") != "p2" {
		t.Errorf("%+v", a)
	}
	if doc := string(r.report(2).AppendJSON(nil)); !strings.Contains(doc, `"disabled_by_hand"`) || !strings.Contains(doc, `disabled by hand until 2`) || !strings.Contains(doc, `"off":"2`) {
		t.Error(doc)
	}
	r.proxy.Disable("p2", time.Now().Add(time.Hour))
	if a := r.post(body(true, "x")); a.status != 503 || !strings.Contains(a.text, "disabled by hand until") {
		t.Errorf("%+v", a)
	}
	r.proxy.Disable("p2", time.Time{})
	if a := r.post(body(true, "x")); a.header.Get("x-strowger-provider") != "p2" {
		t.Errorf("%+v", a)
	}
	r.proxy.Disable("p1", time.Now().Add(50*time.Millisecond))
	await(t, "it to end by itself", func() bool { return r.post(body(true, "x")).header.Get("x-strowger-provider") == "p1" })
	r.idle()
}

// In a drill every attempt fails unsent, callers are served by the next, the circuit opens, and
// when it is over the provider is used again.
func TestDrill(t *testing.T) {
	r := newRig(t, setup{providers: []provider.Options{{}, {}}, routing: catalog.Routing{Circuit: catalog.Circuit{CoolDown: 20 * time.Millisecond, CoolDownMax: 20 * time.Millisecond}}})
	r.proxy.Drill("p1", time.Now().Add(time.Hour), 503)
	for n := 1; n <= 4; n++ {
		if a := r.post(body(n%2 == 0, "sim: text=well")); a.status != 200 || a.header.Get("x-strowger-provider") != "p2" {
			t.Fatalf("%+v", a)
		}
	}
	if n := r.providers[0].Requests(); n != 0 {
		t.Errorf("%d were sent all the same", n)
	}
	a := r.report(1).Attempts[0]
	if a.Status != 503 || a.Outcome != stats.OutcomeOverloaded || !strings.Contains(a.Message, "outage drill") {
		t.Errorf("%+v", a)
	}
	e := catalog.Endpoint{ID: "p1/parrot-1", Provider: "p1"}
	if got := r.proxy.Readings([]*catalog.Endpoint{&e})[0]; got.Failures < 3 || got.Circuit == stats.Closed {
		t.Errorf("%+v", got)
	}
	r.proxy.Drill("p1", time.Now().Add(time.Millisecond), 503)
	await(t, "it to be used again", func() bool { return r.post(body(true, "x")).header.Get("x-strowger-provider") == "p1" })
	if got := r.proxy.Readings([]*catalog.Endpoint{&e})[0]; got.Circuit != stats.Closed {
		t.Errorf("%+v", got)
	}
	r.idle()
}

// What an answer says is left of a limit is kept for those who ask.
func TestRemaining(t *testing.T) {
	r := newRig(t, setup{providers: []provider.Options{{}}})
	if got := r.proxy.Remaining("p1"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	proxy.Heard(r.proxy, "p1", http.Header{"X-Ratelimit-Remaining-Requests": {"7"}, "X-Ratelimit-Limit-Requests": {"9"}, "X-Ratelimit-Reset-Requests": {"5s"}})
	proxy.Heard(r.proxy, "p1", http.Header{"Server": {"one that says nothing"}})
	got := r.proxy.Remaining("p1")
	if len(got) != 1 || got[0].What != "requests" || got[0].Left != 7 || got[0].Limit != 9 || got[0].Reset.IsZero() {
		t.Errorf("%+v", got)
	}
}

// A request of the host's own goes the way of all others, also where its answer is cut.
func TestCarry(t *testing.T) {
	r := newRig(t, setup{providers: []provider.Options{{}, {}}})
	for n, c := range []struct{ directive, outcome, only string }{{"sim: text=well", "ok", "p2"}, {"sim: fault=cut after=1", "failed", "p1"}, {"sim: fault=status status=401", "client_error", "p1"}} {
		rep, err := r.proxy.Carry(context.Background(), "/v1/chat/completions",
			router.Call{Key: "probe", Body: []byte(body(true, c.directive, fmt.Sprintf(`"provider":{"only":[%q],"allow_fallbacks":false},`, c.only)))})
		if err != nil || rep.Outcome != c.outcome || rep.Key != "probe" || len(rep.Attempts) != 1 || rep.Attempts[0].Provider != c.only || r.report(n+1) != rep {
			t.Errorf("%v %+v", err, rep)
		}
	}
	if _, err := r.proxy.Carry(context.Background(), "/nowhere", router.Call{}); err == nil {
		t.Error("a path that is none")
	}
	r.grounded()
}
