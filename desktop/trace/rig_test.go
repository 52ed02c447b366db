package trace_test

import (
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	collectorpb "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/journaltest"
	"strowger/desktop/proxy"
	"strowger/desktop/secret"
	"strowger/desktop/trace"
)

// collector takes what is exported, and decodes it with the published types.
type collector struct {
	*httptest.Server
	t testing.TB
	// refuse answers the n-th request, from 1, in its stead; false: it is taken.
	refuse func(w http.ResponseWriter, n int) bool

	mu      sync.Mutex
	tried   int
	headers []http.Header
	bodies  []string // as protobuf
	got     []*collectorpb.ExportTraceServiceRequest
}

func collect(t testing.TB, refuse func(w http.ResponseWriter, n int) bool) *collector {
	t.Helper()
	c := &collector{t: t, refuse: refuse}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in io.Reader = r.Body
	if r.Header.Get("content-encoding") == "gzip" {
		in, _ = gzip.NewReader(r.Body)
	}
	body, err := io.ReadAll(in)
	req := &collectorpb.ExportTraceServiceRequest{}
	if err := cmp.Or(err, proto.UnmarshalOptions{}.Unmarshal(body, req)); err != nil {
		c.t.Errorf("not an ExportTraceServiceRequest: %v", err)
	}
	if r.Method != http.MethodPost || r.Header.Get("content-type") != "application/x-protobuf" || r.URL.Path != "/v1/traces" {
		c.t.Errorf("%s %s %s", r.Method, r.URL, r.Header.Get("content-type"))
	}
	c.mu.Lock()
	c.tried++
	n := c.tried
	c.mu.Unlock()
	if c.refuse != nil && c.refuse(w, n) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headers, c.bodies, c.got = append(c.headers, r.Header), append(c.bodies, string(body)), append(c.got, req)
	w.Header().Set("content-type", "application/x-protobuf")
}

// tries is how many requests came.
func (c *collector) tries() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tried
}

// spans are all that were taken, in their order.
func (c *collector) spans() (all []span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.got {
		for _, rs := range r.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				if ss.Scope.GetName() != "strowger" || attributesOf(rs.Resource.GetAttributes())["service.name"] == nil {
					c.t.Errorf("scope %v of %v", ss.Scope, rs.Resource)
				}
				for _, s := range ss.Spans {
					all = append(all, span{s, attributesOf(s.Attributes)})
				}
			}
		}
	}
	return all
}

// exchange waits for the spans of one exchange: its own, and those of its attempts.
func (c *collector) exchange(attempts int) (own span, below []span) {
	c.t.Helper()
	await(c.t, "spans", func() bool { return len(c.spans()) >= 1+attempts })
	all := c.spans()
	if len(all) != 1+attempts {
		c.t.Fatalf("%d spans, want %d", len(all), 1+attempts)
	}
	own, below = all[0], all[1:]
	if own.Kind != tracepb.Span_SPAN_KIND_SERVER || len(own.TraceId) != 16 || len(own.SpanId) != 8 {
		c.t.Errorf("the exchange is %v", own.Span)
	}
	for _, s := range below {
		if s.Kind != tracepb.Span_SPAN_KIND_CLIENT || string(s.TraceId) != string(own.TraceId) || string(s.ParentSpanId) != string(own.SpanId) {
			c.t.Errorf("an attempt of %x/%x is %v", own.TraceId, own.SpanId, s.Span)
		}
		if s.StartTimeUnixNano < own.StartTimeUnixNano || s.EndTimeUnixNano < s.StartTimeUnixNano || s.EndTimeUnixNano > own.EndTimeUnixNano {
			c.t.Errorf("an attempt lasts from %d to %d, its exchange from %d to %d", s.StartTimeUnixNano, s.EndTimeUnixNano, own.StartTimeUnixNano, own.EndTimeUnixNano)
		}
	}
	return own, below
}

// span is one with its attributes by name: texts, numbers, booleans, lists of texts.
type span struct {
	*tracepb.Span
	is map[string]any
}

func attributesOf(list []*commonpb.KeyValue) map[string]any {
	is := map[string]any{}
	for _, kv := range list {
		if _, twice := is[kv.Key]; twice {
			is[kv.Key] = "stands there twice"
			continue
		}
		switch v := kv.Value.GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			is[kv.Key] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			is[kv.Key] = int(v.IntValue)
		case *commonpb.AnyValue_BoolValue:
			is[kv.Key] = v.BoolValue
		case *commonpb.AnyValue_DoubleValue:
			is[kv.Key] = v.DoubleValue
		case *commonpb.AnyValue_ArrayValue:
			var texts []string
			for _, e := range v.ArrayValue.Values {
				texts = append(texts, e.GetStringValue())
			}
			is[kv.Key] = fmt.Sprint(texts)
		}
	}
	return is
}

// want holds some attributes against what they are to be; nil: not there.
func (s span) want(t testing.TB, wanted map[string]any) {
	t.Helper()
	for name, w := range wanted {
		if got := s.is[name]; got != w {
			t.Errorf("%s: %s is %v (%T), want %v", s.Name, name, got, got, w)
		}
	}
}

const model = "sim/parrot-1"

// rig is a data plane with simulated providers that exports to a collector.
type rig struct {
	t         testing.TB
	url       string
	exporter  *trace.Exporter
	log       journaltest.Journal
	providers []*provider.Provider
	ports     []int // theirs
	reports   chan *exchange.Report
}

// Trace implements proxy.Tracer: it keeps what it hands on.
func (r *rig) Trace(rep *exchange.Report, parent []string) {
	r.exporter.Trace(rep, parent)
	r.reports <- rep
}

// export starts a data plane; each provider's price is known.
func export(t testing.TB, s trace.Settings, providers ...provider.Options) *rig {
	t.Helper()
	r := &rig{t: t, reports: make(chan *exchange.Report, 100)}
	cfg, m := catalog.Config{}, catalog.Model{ID: model}
	for i, o := range providers {
		o.Name = fmt.Sprintf("p%d", i+1)
		p := provider.New(o)
		server, err := provider.Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		r.providers = append(r.providers, p)
		port, err := strconv.Atoi(server.URL[strings.LastIndex(server.URL, ":")+1:])
		if err != nil {
			t.Fatal(err)
		}
		r.ports = append(r.ports, port)
		def := catalog.Provider{Name: o.Name, Schema: llm.SchemaOpenAI, BaseURL: server.URL + "/v1"}
		if o.Key != "" {
			def.KeyRef = "literal:" + o.Key
		}
		cfg.Providers = append(cfg.Providers, def)
		m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: o.Name, Name: "upstream-" + o.Name, Price: catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}})
	}
	cfg.Models = []catalog.Model{m}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.exporter = start(t, s, &r.log)
	p := proxy.New(proxy.Options{Setup: proxy.Setup{Router: router.New(cat), Secrets: &secret.Resolver{}}, Tracer: r})
	server := httptest.NewServer(p)
	r.url = server.URL
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = p.Close(ctx)
		server.Close()
	})
	return r
}

// start starts an exporter that does not make a test wait.
func start(t testing.TB, s trace.Settings, log *journaltest.Journal) *trace.Exporter {
	t.Helper()
	s.Delay, s.Backoff, s.Log = cmp.Or(s.Delay, time.Millisecond), cmp.Or(s.Backoff, time.Millisecond), log.Log()
	if s.Resource == nil {
		s.Resource = []trace.Attribute{{Name: "service.name", Value: "test"}}
	}
	e := trace.Start(s)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// to are settings for a collector.
func to(c *collector) trace.Settings { return trace.Settings{URL: c.URL + "/v1/traces"} }

func body(stream bool, directive string) string {
	return fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":%q}]}`, model, stream, directive)
}

// post sends a request with headers, name after name and value, and gives what came.
func (r *rig) post(body string, header ...string) (status int, text string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
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
