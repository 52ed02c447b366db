package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	collectorpb "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"strowger/bench/provider"
	"strowger/desktop/journaltest"
)

// With an OTLP endpoint in the environment an exchange with a fallback arrives there as three spans
// of the caller's trace, at the latest when the program ends.
func TestTraces(t *testing.T) {
	const token = "token-0123456789"
	got := make(chan *collectorpb.ExportTraceServiceRequest, 10)
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		req := &collectorpb.ExportTraceServiceRequest{}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, req)
		}
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("x-token") != token {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		got <- req
	}))
	defer c.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-token="+token)
	t.Setenv("OTEL_SERVICE_NAME", "exchange")

	cfg, ps := simulate(t, provider.Options{Behaviour: provider.Behaviour{Fault: provider.FaultStatus, Status: 500}}, provider.Options{})
	var log journaltest.Journal
	a := start(t, cfg, t.TempDir(), &log)
	status, text, _ := call(t, "POST", a.URL()+"/v1/chat/completions", body(true, "sim: tokens=5"), "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if status != 200 || ps[1].Last().Header.Get("traceparent") != "" {
		t.Fatal(status, text)
	}
	if _, text, _ := call(t, "GET", a.URL()+"/_/metrics", ""); !strings.Contains(text, "\nstrowger_trace_spans_dropped_total 0\n") {
		t.Error(text)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	req := <-got
	if len(got) != 0 || len(req.ResourceSpans) != 1 || len(req.ResourceSpans[0].ScopeSpans) != 1 {
		t.Fatalf("%v and %d more", req, len(got))
	}
	rs := req.ResourceSpans[0]
	if name := rs.Resource.Attributes[0]; name.Key != "service.name" || name.Value.GetStringValue() != "exchange" || rs.ScopeSpans[0].Scope.Version != "test" {
		t.Errorf("%v", rs)
	}
	kinds := ""
	for _, s := range rs.ScopeSpans[0].Spans {
		kinds += s.Kind.String() + " "
		if string(s.TraceId) != "\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36" {
			t.Errorf("%v", s)
		}
	}
	if kinds != strings.Join([]string{tracepb.Span_SPAN_KIND_SERVER.String(), tracepb.Span_SPAN_KIND_CLIENT.String(), tracepb.Span_SPAN_KIND_CLIENT.String(), ""}, " ") {
		t.Error(kinds)
	}
	if strings.Contains(log.String(), token) {
		t.Errorf("log:\n%s", &log)
	}
}

// Without one there is nothing of it; with one that cannot be used, a warning.
func TestNoTraces(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	cfg, _ := simulate(t, provider.Options{})
	a := start(t, cfg, t.TempDir(), nil)
	if _, text, _ := call(t, "GET", a.URL()+"/_/metrics", ""); strings.Contains(text, "strowger_trace") || len(a.Warnings) > 0 {
		t.Errorf("%q\n%s", a.Warnings, text)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4317")
	a = start(t, cfg, t.TempDir(), nil)
	if len(a.Warnings) != 1 || !strings.HasPrefix(a.Warnings[0], "OTEL_EXPORTER_OTLP_ENDPOINT: ") {
		t.Errorf("%q", a.Warnings)
	}
}
