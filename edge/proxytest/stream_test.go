package proxytest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// fetchThen is a call to the cluster "side" that goes on with what body does, for context 2.
func (m *module) fetchThen(timeout int32, body ...code) code {
	m.on("proxy_on_http_call_response", append([]code{m.say(param(2)), m.say(param(3)), m.do("proxy_set_effective_context", num(2))}, body...)...)
	headers := Pairs{{":method", "POST"}, {":path", "/side"}, {":authority", "side"}}.encode()
	none := m.text("\x00\x00\x00\x00") // no bytes at all are right as well, but one of the other hosts panics
	return m.do("proxy_http_call", m.text("side"), m.text(string(headers)), m.text("asked"), none, num(timeout), num(cellA))
}

// clusters are an echo, and a side that answers as it is told.
func clusters(t *testing.T, side http.HandlerFunc) Options {
	return Options{DefaultCluster: "echo", Clusters: map[string]string{"echo": listen(t, http.HandlerFunc(echo)), "side": listen(t, side)}}
}

func short(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header()["Date"] = nil
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(body)
}

// finish closes the host and compares what was logged; nothing may have been violated.
func (b *bench) finish(t *testing.T, logs string) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(b.logged(), ""); got != logs {
		t.Errorf("logged %q, not %q", got, logs)
	}
	if v := b.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

// TestPausedHeaders: a module waits for a call of its own before the request goes on. Whether
// the body is shown to it meanwhile is what tells the two Envoys apart.
func TestPausedHeaders(t *testing.T) {
	shown := make(chan string, 1)
	for _, c := range []struct {
		profile Profile
		side    http.HandlerFunc
		logs    string
	}{
		{Envoy(), short, "35bb"}, // of the answer 3 headers and 5 bytes, then the body and its end
		{EnvoyStopIteration(), func(w http.ResponseWriter, r *http.Request) {
			<-shown // else this would not answer before the body was seen
			short(w, r)
		}, "bb35"},
	} {
		t.Run(c.profile.Name, func(t *testing.T) {
			m := newModule().ready()
			m.on("proxy_on_request_headers",
				m.fetchThen(0, m.do("proxy_add_header_map_value", num(mapRequestHeaders), m.text("x-filter"), m.text("late")), m.do("proxy_continue_stream", num(0))),
				ret(actionPause))
			m.on("proxy_on_request_body", m.log("b"))
			if c.profile.HeadersPause == PauseStreamsBody {
				m.on("proxy_on_request_body", m.log("b"), ret(actionPause))
			}
			o := clusters(t, c.side)
			o.Profile = c.profile
			b := boot(t, m.wasm(), o)
			go func() {
				<-b.seen
				if <-b.seen == "b" {
					shown <- ""
				}
			}()
			status, body, header := b.ask(t, "POST", "/", "body")
			if status != 200 || body != "POST body" || header.Get("X-Filter") != "late" {
				t.Errorf("got %d %q %v", status, body, header)
			}
			b.finish(t, c.logs)
		})
	}
}

// TestContinuedIsGone: once the stream is continued, its headers are out of reach.
func TestContinuedIsGone(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_headers", m.fetchThen(0, m.do("proxy_continue_stream", num(0)),
		m.say(m.call("proxy_add_header_map_value", num(mapRequestHeaders), m.text("x-filter"), m.text("late")))), ret(actionPause))
	b := boot(t, m.wasm(), clusters(t, short))
	if status, _, header := b.ask(t, "POST", "/", "body"); status != 200 || header.Get("X-Filter") != "" {
		t.Errorf("got %d %v", status, header)
	}
	if v := b.Violations(); len(v) != 1 || !strings.Contains(v[0], "the headers of the request have been sent on") {
		t.Errorf("violations %q", v)
	}
}

// TestCallByAuthority: one host looks at neither the name nor the timeout of a call.
func TestCallByAuthority(t *testing.T) {
	for logs, p := range map[string]Profile{"002": Envoy(), "350": ATS()} {
		m := newModule().ready()
		once := when(join(load(cellOnce), bytecode(0x45)), store(cellOnce, num(1)), m.do("proxy_continue_stream", num(0)))
		m.on("proxy_on_request_headers", m.fetchThen(1, once), ret(actionPause))
		headers := Pairs{{":method", "GET"}, {":path", "/"}, {":authority", "side"}}.encode()
		m.on("proxy_on_response_headers", m.say(m.call("proxy_http_call",
			m.text("nobody"), m.text(string(headers)), num(0), num(0), num(0), num(0), num(0), num(cellA))))
		asked := make(chan struct{}, 2)
		o := clusters(t, func(w http.ResponseWriter, r *http.Request) {
			if asked <- struct{}{}; len(asked) == 1 { // the first takes longer than it has
				select {
				case <-time.After(50 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
			short(w, r)
		})
		o.Profile = p
		b := boot(t, m.wasm(), o)
		b.ask(t, "POST", "/", "body")
		if got := strings.Join(b.logged(), ""); !strings.HasPrefix(got, logs) {
			t.Errorf("%s: logged %q, not %q", p.Name, got, logs)
		}
		if v := b.Violations(); len(v) > 0 {
			t.Error(v)
		}
	}
}

// TestBodyDecides: headers are held until the body has been read, and changed then.
func TestBodyDecides(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_headers", when(join(param(2), bytecode(0x45)), ret(actionPause)))
	m.on("proxy_on_request_body",
		when(join(param(2), bytecode(0x45)), ret(actionPause)),
		m.do("proxy_replace_header_map_value", num(mapRequestHeaders), m.text("x-cluster"), m.text("b")),
		m.do("proxy_replace_header_map_value", num(mapRequestHeaders), m.text(":path"), m.text("/b")),
		m.do("proxy_replace_header_map_value", num(mapRequestHeaders), m.text("content-length"), m.text("4")),
		m.do("proxy_set_buffer_bytes", num(bufferRequestBody), num(0), num(-1), m.text("mine")))
	nobody := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	b := boot(t, m.wasm(), Options{Profile: EnvoyStopIteration(), RouteHeader: "x-cluster", Clusters: map[string]string{
		"a": listen(t, http.HandlerFunc(nobody)), "b": listen(t, http.HandlerFunc(echo)),
	}, DefaultCluster: "a"})
	if status, body, header := b.ask(t, "POST", "/a", strings.Repeat("x", 50000)); status != 200 || body != "POST mine" || header.Get("X-Path") != "/b" {
		t.Errorf("got %d %q %v", status, body, header)
	}
	if status, _, _ := b.ask(t, "GET", "/a", ""); status != 500 {
		t.Errorf("without a body: %d", status)
	}
	b.finish(t, "")
}

// TestAnswerStreams: what an upstream sends reaches the caller before the upstream goes on.
func TestAnswerStreams(t *testing.T) {
	took := make(chan struct{})
	up := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = w.Write([]byte("piece"))
			w.(http.Flusher).Flush()
			<-took
		}
	}))
	m := newModule().ready()
	m.on("proxy_on_response_body", m.log("b"), when(param(2), m.log("e")))
	b := boot(t, m.wasm(), Options{Profile: Envoy(), Clusters: map[string]string{"up": up}, DefaultCluster: "up"})
	resp, err := http.Get(b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for range 3 {
		if _, err := io.ReadFull(resp.Body, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		took <- struct{}{}
	}
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Errorf("then %q %v", rest, err)
	}
	b.finish(t, "bbbbe")
}

// TestAnotherAnswer: an answer is held, and one that the module fetched takes its place.
func TestAnotherAnswer(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_response_headers", m.log("h"), m.fetchThen(0,
		m.do("proxy_get_buffer_bytes", num(bufferCallBody), num(0), param(3), num(cellA), num(cellB)),
		m.do("proxy_send_local_response", num(201), num(0), num(0), load(cellA), load(cellB), m.text(string(Pairs{{"x-answer", "mine"}}.encode())), num(-1)),
	), ret(actionPause))
	m.on("proxy_on_response_body", ret(actionPause)) // where it is called meanwhile, it must not let go
	for _, p := range []Profile{Envoy(), EnvoyStopIteration(), ATS()} {
		o := clusters(t, short)
		o.Profile = p
		b := boot(t, m.wasm(), o)
		if status, body, header := b.ask(t, "POST", "/", "body"); status != 201 || body != "asked" || header.Get("X-Answer") != "mine" {
			t.Errorf("%s: got %d %q %v", p.Name, status, body, header)
		}
		b.finish(t, "h35")
	}
}

// TestCallFails: a call is answered also if nothing comes of it.
func TestCallFails(t *testing.T) {
	for name, side := range map[string]http.HandlerFunc{
		"breaks off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"too large":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2<<20)) },
		"too late":   func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body); <-r.Context().Done() },
	} {
		m := newModule().ready()
		timeout := int32(0)
		if name == "too late" {
			timeout = 20
		}
		m.on("proxy_on_request_headers", m.fetchThen(timeout, m.do("proxy_continue_stream", num(0))), ret(actionPause))
		o := clusters(t, side)
		b := boot(t, m.wasm(), o)
		if status, body, _ := b.ask(t, "POST", "/", "body"); status != 200 || body != "POST body" {
			t.Errorf("%s: got %d %q", name, status, body)
		}
		b.finish(t, "00")
	}
}

// TestLocalThroughFilter: only some hosts show a module its own local response.
func TestLocalThroughFilter(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_headers", m.do("proxy_send_local_response", num(418), num(0), num(0), m.text("tea"), num(0), num(0), num(-1)))
	m.on("proxy_on_response_headers", m.log("h"))
	m.on("proxy_on_response_body", m.log("b"))
	for logs, p := range map[string]Profile{"hbb": Envoy(), "": ATS()} {
		b := boot(t, m.wasm(), Options{Profile: p})
		if status, body, _ := b.ask(t, "POST", "/", "body"); status != 418 || body != "tea" {
			t.Errorf("%s: got %d %q", p.Name, status, body)
		}
		b.finish(t, logs)
	}
}

func TestTrailers(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_trailers",
		m.say(param(1)), m.do("proxy_replace_header_map_value", num(mapRequestTrailers), m.text("x-asked"), m.text("2")))
	m.on("proxy_on_response_trailers",
		m.say(param(1)), m.do("proxy_add_header_map_value", num(mapResponseTrailers), m.text("x-more"), m.text("yes")))
	b := boot(t, m.wasm(), Options{Profile: Envoy()})
	req, err := http.NewRequest("POST", b.url+"/trailers", io.NopCloser(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	req.Trailer = http.Header{"X-Asked": {"1"}}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil || resp.Trailer.Get("X-End") != "end2" || resp.Trailer.Get("X-More") != "yes" {
		t.Errorf("got %v %v", resp.Trailer, err)
	}
	b.finish(t, "11")
}

// TestTick: the timer continues what is paused, and stops.
func TestTick(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_vm_start", m.do("proxy_set_tick_period_milliseconds", num(1)), ret(1))
	m.on("proxy_on_request_headers", ret(actionPause))
	m.on("proxy_on_tick", when(join(m.call("proxy_set_effective_context", num(2)), bytecode(0x45)),
		m.log("t"),
		m.do("proxy_continue_stream", num(0)),
		m.do("proxy_set_effective_context", num(1)),
		m.do("proxy_set_tick_period_milliseconds", num(0))))
	b := boot(t, m.wasm(), Options{Profile: Envoy()})
	if status, _, _ := b.ask(t, "GET", "/", ""); status != 200 {
		t.Errorf("got %d", status)
	}
	b.finish(t, "t")
}

// TestDoneLater: a context is logged and deleted when the module says so.
func TestDoneLater(t *testing.T) {
	m := newModule().ready()
	stream := bytecode(0x20, 0, 0x41, 1, 0x47)
	m.on("proxy_on_done", when(stream, m.do("proxy_set_effective_context", num(1)), m.do("proxy_set_tick_period_milliseconds", num(1)), ret(0)), ret(1))
	m.on("proxy_on_tick", m.do("proxy_set_tick_period_milliseconds", num(0)), m.do("proxy_set_effective_context", num(2)), m.say(m.call("proxy_done")))
	m.on("proxy_on_log", when(stream, m.log("l")))
	m.on("proxy_on_delete", when(stream, m.log("d")))
	b := boot(t, m.wasm(), Options{Profile: Envoy()})
	b.ask(t, "GET", "/", "")
	for s := range b.seen {
		if s == "d" {
			break
		}
	}
	b.finish(t, "0ld")
}
