package proxy_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/proxy"
	"strowger/desktop/secret"
	"strowger/desktop/store"
)

const model = "sim/parrot-1"

// rig is a proxy on a loopback port with simulated providers behind it.
type rig struct {
	t         testing.TB
	catalog   *catalog.Catalog
	proxy     *proxy.Proxy
	url       string
	providers []*provider.Provider
	rec       *recorder
}

// setup says what a rig is made of; the zero value is one good provider.
type setup struct {
	providers []provider.Options // the names are p1, p2, … unless set
	more      []catalog.Provider // endpoints behind the simulated ones
	routing   catalog.Routing
	routes    []catalog.Route
	timeouts  catalog.Timeouts
	keys      []catalog.Key
	options   proxy.Options
	wrap      func(http.Handler) http.Handler
	warm      int // connections that wait for requests at each provider

	headerTimeout time.Duration // of the listener, instead of its own
	sendBuffer    int           // the system's for what callers have not read yet, if set
}

func newRig(t testing.TB, s setup) *rig {
	t.Helper()
	if len(s.providers)+len(s.more) == 0 {
		s.providers = []provider.Options{{}}
	}
	r := &rig{t: t, rec: &recorder{}}
	cfg := catalog.Config{Routing: s.routing, Routes: s.routes, Keys: s.keys}
	m := catalog.Model{ID: model}
	add := func(p catalog.Provider) {
		cfg.Providers = append(cfg.Providers, p)
		m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: p.Name, Timeouts: s.timeouts,
			Price: catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}})
	}
	for i, o := range s.providers {
		if o.Name == "" {
			o.Name = fmt.Sprintf("p%d", i+1)
		}
		p := provider.New(o)
		server, err := provider.Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		r.providers = append(r.providers, p)
		def := catalog.Provider{Name: o.Name, Schema: llm.SchemaOpenAI, BaseURL: server.URL + "/v1"}
		if o.Key != "" {
			def.KeyRef = "literal:" + o.Key
		}
		add(def)
	}
	for _, p := range s.more {
		p.Schema = llm.SchemaOpenAI
		add(p)
	}
	cfg.Models = []catalog.Model{m}
	r.start(cfg, s)
	return r
}

func (r *rig) start(cfg catalog.Config, s setup) {
	r.t.Helper()
	cat, err := catalog.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.catalog = cat
	o := s.options
	o.Router, o.UserAgent = router.New(cat), "strowger/test"
	if o.Recorder == nil {
		o.Recorder = r.rec
	}
	if o.Secrets == nil {
		o.Secrets = &secret.Resolver{}
	}
	r.proxy = proxy.New(o)
	var h http.Handler = r.proxy
	if s.wrap != nil {
		h = s.wrap(h)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	server := proxy.NewServer(h, log.New(io.Discard, "", 0))
	server.Inner.ReadHeaderTimeout = cmp.Or(s.headerTimeout, server.Inner.ReadHeaderTimeout)
	go func() { _ = server.Serve(small{l, s.sendBuffer}) }() // until it is closed
	r.url = "http://" + l.Addr().String()
	for _, p := range cfg.Providers {
		if s.warm > 0 {
			if err := proxy.Warm(r.proxy, p.BaseURL+"/models", s.warm); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.proxy.Close(ctx); err != nil {
			r.t.Error("closing:", err)
		}
		if err := server.Shutdown(ctx); err != nil {
			r.t.Error("requests go on:", err)
		}
		_ = server.Close()
	})
}

// small gives connections a small buffer to send from.
type small struct {
	net.Listener
	bytes int // 0: as the system has it
}

func (s small) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err == nil && s.bytes > 0 {
		_ = conn.(*net.TCPConn).SetWriteBuffer(s.bytes)
	}
	return conn, err
}

// recorder keeps what is recorded.
type recorder struct {
	mu      sync.Mutex
	reports []*exchange.Report
	samples []stats.Sample
	said    []*store.Bodies
}

func (r *recorder) Record(rep *exchange.Report, samples []stats.Sample, said *store.Bodies) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, rep)
	r.samples = append(r.samples, samples...)
	r.said = append(r.said, said)
}

func (r *recorder) all() []*exchange.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*exchange.Report(nil), r.reports...)
}

// report waits for the n-th report, from 1.
func (r *rig) report(n int) *exchange.Report {
	r.t.Helper()
	await(r.t, fmt.Sprintf("report %d", n), func() bool { return len(r.rec.all()) >= n })
	return r.rec.all()[n-1]
}

// await waits until something is so.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for: " + what)
		}
	}
}

// body is a request with a directive for the simulated provider; more are further
// members of the object, each with a comma behind it.
func body(stream bool, directive string, more ...string) string {
	return fmt.Sprintf(`{%s"model":%q,"stream":%v,"messages":[{"role":"user","content":%q}]}`, strings.Join(more, ""), model, stream, directive)
}

// reply is an answer, whatever it was.
type reply struct {
	status int
	header http.Header
	text   string // of all deltas, or the body of an answer that is no stream
	finish string
	done   bool   // [DONE] came
	failed string // the error event
	broken error  // the answer did not end as HTTP says it should
}

// post sends a request and reads the whole answer.
func (r *rig) post(body string, header ...string) reply {
	r.t.Helper()
	return r.do(context.Background(), body, header...)
}

func (r *rig) do(ctx context.Context, body string, header ...string) reply {
	r.t.Helper()
	resp, err := r.open(ctx, body, header...)
	if err != nil {
		return reply{broken: err}
	}
	defer resp.Body.Close()
	return read(resp)
}

// open sends a request and gives the answer to be read.
func (r *rig) open(ctx context.Context, body string, header ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("content-type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return http.DefaultClient.Do(req)
}

// chunk is what is looked at of an event.
type chunk struct {
	Model   string
	Choices []struct {
		Delta        struct{ Content string }
		FinishReason string `json:"finish_reason"`
	}
	Error json.RawMessage
}

func read(resp *http.Response) reply {
	a := reply{status: resp.StatusCode, header: resp.Header}
	if !strings.HasPrefix(resp.Header.Get("content-type"), "text/event-stream") {
		b, err := io.ReadAll(resp.Body)
		a.text, a.broken = string(b), err
		return a
	}
	var text strings.Builder
	lines := bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			a.event(strings.TrimSpace(data), &text)
		}
		if err != nil {
			a.text = text.String()
			if err != io.EOF {
				a.broken = err
			}
			return a
		}
	}
}

func (a *reply) event(data string, text *strings.Builder) {
	if data == "[DONE]" {
		a.done = true
		return
	}
	var c chunk
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		a.failed = "not JSON: " + data
		return
	}
	if c.Error != nil {
		a.failed = string(c.Error)
	}
	for _, choice := range c.Choices {
		text.WriteString(choice.Delta.Content)
		if choice.FinishReason != "" {
			a.finish = choice.FinishReason
		}
	}
}

// candidates are the readings of a decision made now, by provider.
func (r *rig) inFlight() map[string]int {
	r.t.Helper()
	doc, refused := r.proxy.Decide(router.Call{Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, Body: []byte(body(true, "x"))})
	if refused != nil {
		r.t.Fatal(refused)
	}
	var d struct {
		Candidates []struct {
			Provider string
			Reading  struct {
				InFlight int `json:"in_flight"`
			}
		}
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		r.t.Fatal(err)
	}
	counts := map[string]int{}
	for _, c := range d.Candidates {
		counts[c.Provider] = c.Reading.InFlight
	}
	return counts
}

// idle checks that nothing is counted or open any more.
func (r *rig) idle() {
	r.t.Helper()
	for name, n := range r.inFlight() {
		if n != 0 {
			r.t.Errorf("%s: %d attempts still counted as in flight", name, n)
		}
	}
	for i, p := range r.providers {
		await(r.t, fmt.Sprintf("provider %d to have nothing open", i+1), func() bool { return p.Open() == 0 })
	}
}
