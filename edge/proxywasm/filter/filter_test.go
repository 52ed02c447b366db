package filter

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// The proxy's own request is the attempt's, and nothing of the caller's goes along.
func TestForwarded(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, nil), ""))
	if a := ask(p, m, 2, chatRequest); a != Go {
		t.Fatal(a, m.answer, m.log.String())
	}
	want := []Field{{ClusterHeader, "c1"}, {":method", "POST"}, {":scheme", "https"}, {":authority", "p1.example"}, {":path", "/v1/chat/completions"}, {"content-type", "application/json"},
		{"accept", "application/json"}, {"user-agent", "strowger"}, {"authorization", "Bearer " + theSecret}, {"x-request-id", "r"}, {"content-length", "64"}}
	got := m.fields[RequestHeaders]
	body := string(m.buffers[RequestBody])
	for i, f := range want {
		if i >= len(got) || got[i] != f && f.Name != "content-length" {
			t.Fatalf("headers %v, want %v", got, want)
		}
	}
	if len(got) != len(want) || body != `{"model":"m","messages":[{"role":"user","content":"hi"}]}` {
		t.Errorf("%v %s", got, body)
	}
	if a := answers(p, m, 2, "200", chatAnswer); a != Go || !strings.Contains(string(m.buffers[ResponseBody]), "heron") {
		t.Errorf("%d %s %v", a, m.buffers[ResponseBody], m.actions)
	}
	if get(m.fields[ResponseHeaders], "x-of-the-provider") != "" || get(m.fields[ResponseHeaders], ":status") != "200" {
		t.Error(m.fields[ResponseHeaders])
	}
	p.Done(2)
	p.Delete(2)
	if len(p.streams)+len(p.calls) != 0 || strings.Contains(m.log.String(), theSecret) {
		t.Error("something is left", m.log.String())
	}
}

// A failure is followed by a call, whose answer is a response of the filter's own.
func TestCalled(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, nil), ""))
	ask(p, m, 2, chatRequest)
	if a := answers(p, m, 2, "503", `{"error":{"message":"busy"}}`); a != Pause || strings.Join(m.actions, ",") != "call c2" {
		t.Fatal(a, m.actions)
	}
	if get(m.called, ":authority") != "p2.example" || get(m.called, "authorization") != "Bearer "+theSecret || get(m.called, ClusterHeader) != "" {
		t.Error(m.called)
	}
	m.fields[CallHeaders] = []Field{{":status", "200"}, {"content-type", "application/json"}}
	m.buffers[CallBody] = []byte(chatAnswer)
	p.CallResponse(1, 2, len(chatAnswer))
	if m.status != 200 || !strings.Contains(m.answer, "heron") || m.context != 2 {
		t.Error(m.status, m.answer, m.context)
	}
	if a := p.ResponseHeaders(2, false); a != Go {
		t.Error("the filter holds its own response back")
	}
	p.CallResponse(1, 2, len(chatAnswer)) // twice, or late
	p.Delete(2)
}

// What the proxy makes up where it has no answer is not taken for the provider's.
func TestProxysOwnWords(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, nil), ""))
	ask(p, m, 2, chatRequest)
	m.details = "upstream_reset_before_response_started{connection_termination}"
	answers(p, m, 2, "503", "upstream connect error")
	for n := uint32(1); m.status == 0 && n < 9; n++ {
		p.CallResponse(n, 0, 0)
	}
	if m.status != 502 || !strings.Contains(m.answer, "connection_termination") {
		t.Error(m.status, m.answer)
	}
	m = newMemory() // broken off behind the headers: of that the filter is told only that the stream is over
	p = started(t, m, documentOf(catalogOf(t, nil), ""))
	ask(p, m, 2, chatRequest)
	m.fields[ResponseHeaders] = []Field{{":status", "200"}, {"content-type", "application/json"}}
	p.ResponseHeaders(2, false)
	m.details = "upstream_reset_after_response_started{connection_termination}"
	p.Done(2)
	if ring := string(m.store[samplesKey]); !strings.Contains(ring, `"outcome":"cut"`) || strings.Contains(ring, `"outcome":"left"`) {
		t.Error(ring)
	}
}

// An exchange is woken when it asked to be, and its timeouts hold.
func TestWoken(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, func(c *catalog.Config) { c.Models[0].Endpoints[0].Timeouts.Total = 3 * time.Second }), ""))
	ask(p, m, 2, chatRequest)
	if m.tick == 0 || m.tick > 3001 || m.context != 2 {
		t.Fatal("asks for a tick in", m.tick, "for", m.context)
	}
	p.Tick(1)
	if len(m.actions) > 0 {
		t.Error("woken too early", m.actions)
	}
	m.now = m.now.Add(4 * time.Second)
	p.Tick(1)
	if strings.Join(m.actions, ",") != "call c2" {
		t.Error(m.actions)
	}
	p.Delete(2)
	m.now = m.now.Add(time.Hour)
	if p.Tick(1); m.tick != 0 {
		t.Error("nobody waits, and still a tick is asked for in", m.tick)
	}
}

// What others write meanwhile is not overwritten; after ten tries the request is refused.
func TestAccountsMeanwhile(t *testing.T) {
	limited := documentOf(catalogOf(t, func(c *catalog.Config) { c.CostLimits = []catalog.CostLimit{{Most: 1_000_000, Per: catalog.PerDay}} }), "")
	m := newMemory()
	p := started(t, m, limited)
	meanwhile := 2
	m.before = func(key string) {
		if key == accountsKey && meanwhile > 0 {
			meanwhile--
			m.swap++
			m.store[key] = []byte(`{"accounts":[{"account":"all","per":"day","start_us":1772323200000000,"spent_micro":900000,"reserved_micro":0}],"rates":[]}`)
		}
	}
	if a := ask(p, m, 2, chatRequest); a != Go || !strings.Contains(string(m.store[accountsKey]), `"spent_micro":900000`) {
		t.Errorf("%d %s %s", a, m.answer, m.store[accountsKey])
	}
	meanwhile = 1
	answers(p, m, 2, "200", chatAnswer)
	if got := string(m.store[accountsKey]); !strings.Contains(got, `"spent_micro":900002`) || !strings.Contains(got, `"reserved_micro":0`) {
		t.Error(got)
	}
	meanwhile = 1 << 30
	if a := ask(p, m, 3, chatRequest); a != Pause || m.status != 503 || !strings.Contains(m.answer, "accounts") {
		t.Error(a, m.status, m.answer)
	}
	m.before = nil
	m.refuse["store"] = Unimplemented // alone
	if a := ask(p, m, 4, chatRequest); a != Go {
		t.Error(a, m.answer)
	}
	if answers(p, m, 4, "200", chatAnswer); p.owed != nil {
		t.Error("owes", p.owed)
	}
}

// Accounts that cannot be read are no empty ones: what is limited is refused until they can be, and
// what is not is sent.
func TestAccountsUnreadable(t *testing.T) {
	limited := catalogOf(t, func(c *catalog.Config) { c.CostLimits = []catalog.CostLimit{{Most: 1_000_000, Per: catalog.PerDay}} })
	m := newMemory()
	p := started(t, m, documentOf(limited, ""))
	if a := ask(p, m, 2, chatRequest); a != Go {
		t.Fatal(a, m.answer)
	}
	good := m.store[accountsKey]
	bad := []byte(`{"accounts":[{"account":"` + strings.Repeat("k", 600) + `","per":"day"}]}`)
	m.store[accountsKey] = bad
	if a := ask(p, m, 3, chatRequest); a != Pause || m.status != 503 || !strings.Contains(m.answer, "accounts") {
		t.Error(a, m.status, m.answer)
	}
	answers(p, m, 2, "200", chatAnswer)
	if got := m.store[accountsKey]; string(got) != string(bad) || len(p.owed) != 1 {
		t.Errorf("owes %v, %s", p.owed, got)
	}
	m.store[accountsKey] = good
	if a := ask(p, m, 4, chatRequest); a != Go {
		t.Error(a, m.answer)
	}
	answers(p, m, 4, "200", chatAnswer)
	if got := string(m.store[accountsKey]); !strings.Contains(got, `"spent_micro":4,"reserved_micro":0`) || p.owed != nil {
		t.Errorf("owes %v, %s", p.owed, got)
	}
	m.store[accountsKey] = bad
	if p := started(t, m, documentOf(catalogOf(t, nil), "")); ask(p, m, 5, chatRequest) != Go {
		t.Error("without limits:", m.answer)
	}
}

// After a panic nothing goes on: not the request it came in, nor others, nor an answer that streams.
func TestDead(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, nil), ""))
	ask(p, m, 2, strings.Replace(chatRequest, "{", `{"stream":true,`, 1))
	chunk := `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"heron"}}]}` + "\n\n"
	m.fields[ResponseHeaders] = []Field{{":status", "200"}, {"content-type", "text/event-stream"}}
	p.ResponseHeaders(2, false)
	m.buffers[ResponseBody] = []byte(chunk)
	if a := p.ResponseBody(2, len(chunk), false); a != Go || !strings.Contains(string(m.buffers[ResponseBody]), "heron") {
		t.Fatal(a, string(m.buffers[ResponseBody]))
	}
	m.buffers[ResponseBody] = []byte(chunk) // a second piece: the headers are gone
	m.refuse["set fields"] = BadArgument
	if a := p.ResponseBody(2, len(chunk), false); a != Go || len(m.actions) > 0 {
		t.Fatal(a, m.actions)
	}
	m.panics = true
	if a := ask(p, m, 3, chatRequest); a != Pause || m.status != 500 {
		t.Error(a, m.status)
	}
	m.panics = false
	if a := ask(p, m, 4, chatRequest); a != Pause || m.status != 503 || !strings.Contains(m.answer, "a bug in strowger") {
		t.Error(a, m.status, m.answer)
	}
	m.actions = nil
	if a := p.ResponseBody(2, len(chunk), false); a != Pause || strings.Join(m.actions, ",") != "close" {
		t.Error(a, m.actions)
	}
	if p.Start(1, 0) || p.Configure(1, 0) || strings.Count(m.log.String(), "a bug ended") != 1 {
		t.Error(m.log.String())
	}
}

// A stream that ends in an error is broken off behind it, even if the upstream says no more.
func TestBrokenOff(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, func(c *catalog.Config) { c.Routing.Resume = catalog.ResumeOff }), ""))
	ask(p, m, 2, strings.Replace(chatRequest, "{", `{"stream":true,`, 1))
	m.fields[ResponseHeaders] = []Field{{":status", "200"}, {"content-type", "text/event-stream"}}
	p.ResponseHeaders(2, false)
	for _, chunk := range []string{
		`data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"heron"}}]}` + "\n\n",
		`data: {"error":{"message":"the provider broke","type":"server_error"}}` + "\n\n",
	} {
		m.buffers[ResponseBody] = []byte(chunk)
		if a := p.ResponseBody(2, len(chunk), false); a != Go || len(m.actions) > 0 {
			t.Fatal(a, m.actions)
		}
	}
	if got := string(m.buffers[ResponseBody]); !strings.Contains(got, `"error"`) || m.tick == 0 || m.tick > 501 {
		t.Error(got, m.tick)
	}
	m.now = m.now.Add(time.Second)
	if p.Tick(1); strings.Join(m.actions, ",") != "close" {
		t.Error(m.actions)
	}
	if a := p.ResponseBody(2, 0, true); a != Go || len(m.actions) != 1 {
		t.Error(a, m.actions)
	}
}

// So many requests are held at once, and one that is over makes room.
func TestTooMany(t *testing.T) {
	m := newMemory()
	p := started(t, m, documentOf(catalogOf(t, nil), ""))
	for id := range uint32(maxStreams) {
		p.Create(id+2, 1)
	}
	if a := ask(p, m, 9000, chatRequest); a != Pause || m.status != 503 || !strings.Contains(m.answer, "too many requests") {
		t.Error(a, m.status, m.answer)
	}
	p.Delete(9000)
	p.Delete(2)
	if a := ask(p, m, 9001, chatRequest); a != Go {
		t.Error(a, m.answer)
	}
}

// The ring holds the last samples, and what is no ring is none.
func TestRing(t *testing.T) {
	var r ring
	for i := range maxSamples + 10 {
		r.add(uint64(i), []byte{byte(i)})
	}
	b := r.appendTo(nil)
	got := readRing(b)
	if got.next != maxSamples+10 || len(got.entries) != maxSamples || got.entries[0].by != 10 || string(got.entries[0].json) != "\x0a" {
		t.Errorf("%d %d %+v", got.next, len(got.entries), got.entries[0])
	}
	for n := range b {
		if r := readRing(b[:n]); uint64(len(r.entries)) > r.next {
			t.Fatal(n)
		}
	}
	if r := readRing(append(b, b[8:]...)); r.entries != nil {
		t.Error("more than a ring holds is taken")
	}
	if r := readRing(binary.LittleEndian.AppendUint64(nil, 1<<63)); r.entries != nil {
		t.Error(r)
	}
}

// A plugin learns what others have measured, each sample once, and not its own.
func TestLearns(t *testing.T) {
	m := newMemory()
	doc := documentOf(catalogOf(t, nil), "")
	p := started(t, m, doc)
	e := p.roots[1].setup.router.Catalog().Model("a/m").Endpoints[0].ID
	bad := abi.AppendSample(nil, stats.Sample{Endpoint: e, At: m.now, Outcome: stats.OutcomeProviderError, Status: 500})
	var r ring
	r.add(99, bad)
	r.add(p.self, bad)
	r.add(99, []byte("nonsense"))
	r.add(99, abi.AppendSample(nil, stats.Sample{Endpoint: "unknown", At: m.now, Outcome: stats.OutcomeOK}))
	m.store[samplesKey], m.swap = r.appendTo(nil), m.swap+1
	for range 3 {
		p.learn()
		m.swap++
	}
	if got := p.state.Board.Reading(e, "p1", m.now).Failures; got != 1 {
		t.Errorf("%d failures, want 1", got)
	}
}

// Fields are read as they were written, and no bytes make the reader fail.
func FuzzFields(f *testing.F) {
	f.Add(AppendFields(nil, []Field{{"a", "1"}, {"b", ""}}))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, ok := DecodeFields(b)
		if !ok {
			return
		}
		again, ok := DecodeFields(AppendFields(nil, fields))
		if !ok || len(again) != len(fields) {
			t.Fatalf("%v, again %v", fields, again)
		}
		for i := range fields {
			if fields[i] != again[i] {
				t.Fatalf("%v, again %v", fields, again)
			}
		}
	})
}

func TestID(t *testing.T) {
	if got := newID(time.UnixMilli(0x0123456789ab), 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff); got != "01234567-89ab-7fff-bfff-ffffffffffff" {
		t.Error(got)
	}
}

// A path is what its percent-encoding says, as it is to every other host.
func TestEncodedPath(t *testing.T) {
	for path, sent := range map[string]bool{
		"/v1beta/models/a%2Fm:generateContent": true, "/v1beta/models/a%2fm%3AgenerateContent": true, "//v1beta/models/a/m:generateContent": true,
		"/v1beta/models/a%2:generateContent": false, "/v1beta/models/a%zzm:generateContent": false, "/v1beta/models/a%252Fm:generateContent": false,
		"/v1beta/models/a/m:generateContent%": false, "/v1beta/models/a/m:generateContent%2": false,
	} {
		m := newMemory()
		p := started(t, m, documentOf(catalogOf(t, nil), ""))
		m.fields[RequestHeaders] = []Field{{":method", "POST"}, {":path", path}, {":authority", "here"}}
		body := `{"contents":[{"parts":[{"text":"hi"}]}]}`
		m.buffers[RequestBody] = []byte(body)
		p.Create(2, 1)
		a := p.RequestHeaders(2, false)
		if a == Pause && m.status == 0 {
			a = p.RequestBody(2, len(body), true)
		}
		if served := a == Go && get(m.fields[RequestHeaders], ClusterHeader) == "c1"; served != sent {
			t.Errorf("%s: sent %t: %d %s", path, served, m.status, m.answer)
		}
	}
}
