package proxytest

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write testdata")

// bench is a host with an upstream behind it and a listener in front.
type bench struct {
	*Host
	url  string
	mu   sync.Mutex
	logs []string
	seen chan string // what is logged, as far as it is taken
}

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Path", r.URL.Path)
	w.Header().Set("X-Filter", r.Header.Get("X-Filter"))
	if r.URL.Path == "/trailers" {
		w.Header().Set("Trailer", "X-End")
		defer w.Header().Set("X-End", "end"+r.Trailer.Get("X-Asked"))
	}
	if r.URL.Path == "/" {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.Method)+1+len(body)))
	}
	_, _ = w.Write([]byte(r.Method + " "))
	w.(http.Flusher).Flush()
	_, _ = w.Write(body)
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// boot starts a host. Options without clusters get an echo.
func boot(t *testing.T, wasm []byte, o Options) *bench {
	t.Helper()
	b := &bench{seen: make(chan string, 1000)}
	if o.Clusters == nil {
		o.Clusters = map[string]string{"echo": listen(t, http.HandlerFunc(echo))}
		o.DefaultCluster = "echo"
	}
	o.Log = func(_ uint32, s string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logs = append(b.logs, s)
		select {
		case b.seen <- s:
		default:
		}
	}
	h, err := New(context.Background(), wasm, o)
	if err != nil {
		t.Fatal(err)
	}
	b.Host, b.url = h, listen(t, h)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) logged() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.logs)
}

// ask makes a request and tells status, body and headers; a broken answer has status 0.
func (b *bench) ask(t *testing.T, method, path, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", nil
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, string(got), resp.Header
	}
	for name, values := range resp.Trailer {
		resp.Header["Trailer-"+name] = values
	}
	return resp.StatusCode, string(got), resp.Header
}

// happy is a module that does a bit of everything and nothing wrong: it tags and replaces the
// request, tags the response and appends to it, and counts both in a metric and, by
// compare-and-swap, in what the VMs share.
func happy() *module {
	m := newModule().ready().on("proxy_on_context_create")
	m.on("proxy_on_configure",
		m.do("proxy_get_buffer_bytes", num(bufferPluginConfig), num(0), param(1), num(cellA), num(cellB)),
		m.do("proxy_log", num(2), load(cellA), load(cellB)),
		ret(1))
	m.on("proxy_on_request_headers",
		m.do("proxy_add_header_map_value", num(mapRequestHeaders), m.text("x-filter"), m.text("on")),
		m.do("proxy_remove_header_map_value", num(mapRequestHeaders), m.text("content-length")))
	m.on("proxy_on_request_body",
		when(join(param(2), bytecode(0x45)), ret(actionPause)), // not the end yet
		m.do("proxy_set_buffer_bytes", num(bufferRequestBody), num(0), param(1), m.text("replaced")))
	m.on("proxy_on_response_headers",
		m.do("proxy_add_header_map_value", num(mapResponseHeaders), m.text("x-answer"), m.text("on")),
		m.do("proxy_remove_header_map_value", num(mapResponseHeaders), m.text("content-length")))
	m.on("proxy_on_response_body",
		when(param(2), m.do("proxy_set_buffer_bytes", num(bufferResponseBody), param(1), num(0), m.text("!"))))
	m.on("proxy_on_log", when(bytecode(0x20, 0, 0x41, 1, 0x47), m.countShared())) // not of the root context
	return m
}

// countShared adds one to a byte that the VMs share, with as many tries as it takes.
func (m *module) countShared() code {
	key := m.text("count")
	return again(
		store(cellA, num(0)), store(cellC, num(0)), store(cellCh, num(0)),
		m.do("proxy_get_shared_data", key, num(cellA), num(cellB), num(cellC)),
		when(load(cellA), store(cellCh, join(load(cellA), bytecode(0x2d, 0, 0)))),
		store(cellCh, join(load(cellCh), num(1), bytecode(0x6a))),
		m.call("proxy_set_shared_data", key, num(cellCh), num(1), load(cellC)),
	)
}

func TestHappyPath(t *testing.T) {
	wasm := happy().wasm()
	for _, p := range Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			if p.Start != "" || p.KeepContentLength {
				t.Skip("this host needs another module: see the tests of its profile")
			}
			b := boot(t, wasm, Options{Profile: p, PluginConfig: []byte("configured")})
			for _, body := range []string{"short", strings.Repeat("long", 20<<10)} {
				status, got, header := b.ask(t, "POST", "/path", body)
				if status != 200 || got != "POST replaced!" || header.Get("X-Filter") != "on" || header.Get("X-Answer") != "on" ||
					header.Get("X-Path") != "/path" {
					t.Errorf("got %d %q %v", status, got, header)
				}
			}
			if _, got, _ := b.ask(t, "GET", "/", ""); got != "GET !" {
				t.Errorf("without a body: %q", got)
			}
			if got := b.logged(); !slices.Equal(got, []string{"configured"}) {
				t.Errorf("logged %q", got)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if count, _ := b.Shared("count"); !bytes.Equal(count, []byte{3}) {
				t.Errorf("counted %v", count)
			}
			if v := b.Violations(); len(v) > 0 {
				t.Error(v)
			}
		})
	}
	golden(t, "happy", wasm)
}

// golden keeps a module for the hosts in the folder independent.
func golden(t *testing.T, name string, wasm []byte) {
	t.Helper()
	path := "testdata/" + name + ".wasm"
	if *update {
		if err := os.WriteFile(path, wasm, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if stored, err := os.ReadFile(path); err != nil || !bytes.Equal(stored, wasm) {
		t.Errorf("%s is not what the other hosts should run: -update (%v)", path, err)
	}
}

// TestFetching: a request that waits for a call of the module's own, which tags it with the
// answer.
func TestFetching(t *testing.T) {
	m := newModule().ready()
	for _, name := range []string{"context_create", "request_body", "response_headers", "response_body", "log"} {
		m.on("proxy_on_" + name) // one of the other hosts calls what is not there
	}
	m.on("proxy_on_request_headers", m.fetchThen(0,
		m.do("proxy_get_buffer_bytes", num(bufferCallBody), num(0), param(3), num(cellA), num(cellB)),
		m.do("proxy_add_header_map_value", num(mapRequestHeaders), m.text("x-filter"), load(cellA), load(cellB)),
		m.do("proxy_continue_stream", num(0))), ret(actionPause))
	wasm := m.wasm()
	o := clusters(t, short)
	o.Profile = Envoy()
	b := boot(t, wasm, o)
	if _, body, header := b.ask(t, "POST", "/", "body"); body != "POST body" || header.Get("X-Filter") != "asked" {
		t.Errorf("got %q %v", body, header)
	}
	b.finish(t, "35")
	golden(t, "fetching", wasm)
}

func TestWorkersShareData(t *testing.T) {
	b := boot(t, happy().wasm(), Options{Profile: Envoy(), Workers: 4})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { b.ask(t, "GET", "/", "") })
	}
	all.Wait()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if count, _ := b.Shared("count"); !bytes.Equal(count, []byte{100}) {
		t.Errorf("counted %v", count)
	}
	if got := len(b.logged()); got != 4 {
		t.Errorf("%d workers were configured", got)
	}
	if v := b.Violations(); len(v) > 0 {
		t.Error(v)
	}
}
