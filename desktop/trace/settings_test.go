package trace_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"strowger/desktop/journaltest"
	"strowger/desktop/trace"
)

// from are the settings that variables make, given as NAME=value.
func from(variables ...string) (*trace.Settings, []string) {
	return trace.FromEnvironment(func(name string) string {
		for _, v := range variables {
			if n, value, _ := strings.Cut(v, "="); n == name {
				return value
			}
		}
		return ""
	}, "1.2.3")
}

const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"

func TestNothingIsExported(t *testing.T) {
	for _, tc := range []struct {
		variables []string
		warning   string
	}{
		{nil, ""},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT= "}, ""},
		{[]string{"OTEL_SERVICE_NAME=x", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, ""},
		{[]string{endpoint, "OTEL_SDK_DISABLED=True"}, ""},
		{[]string{endpoint, "OTEL_TRACES_EXPORTER=none"}, ""},
		{[]string{endpoint, "OTEL_TRACES_EXPORTER=console"}, "OTEL_TRACES_EXPORTER: "},
		{[]string{endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: "},
		{[]string{endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json"}, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT: "},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=unix:///run/x"}, "OTEL_EXPORTER_OTLP_ENDPOINT: "},
		{[]string{endpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://sk-0123456789:%zz@x/"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "},
	} {
		s, warnings := from(tc.variables...)
		text := strings.Join(warnings, "\n")
		if s != nil || !strings.HasPrefix(text, tc.warning) || (tc.warning == "") != (text == "") || strings.Contains(text, "sk-") {
			t.Errorf("%q: %+v, %q", tc.variables, s, warnings)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, tc := range []struct{ variables, want string }{
		{endpoint, "http://127.0.0.1:4318/v1/traces"},
		{endpoint + "/", "http://127.0.0.1:4318/v1/traces"},
		{endpoint + "/otlp/?a=b", "http://127.0.0.1:4318/otlp/v1/traces?a=b"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT= HTTPS://c.example ", "https://c.example/v1/traces"},
		{endpoint + "|OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c.example/t", "http://c.example/t"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c.example", "http://c.example/"},
	} {
		s, warnings := from(strings.Split(tc.variables, "|")...)
		if s == nil || s.URL != tc.want || len(warnings) > 0 {
			t.Errorf("%s: %+v, %q", tc.variables, s, warnings)
		}
	}
}

func TestSettings(t *testing.T) {
	s, warnings := from(endpoint,
		"OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20abc%3D, x-team = red ,,", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_EXPORTER_OTLP_TIMEOUT=1500",
		"OTEL_SERVICE_NAME=mine", "OTEL_RESOURCE_ATTRIBUTES=service.name=other,deployment.environment.name=a%2Cb")
	if s == nil || len(warnings) > 0 {
		t.Fatal(s, warnings)
	}
	if got := fmt.Sprint(s.Header); got != fmt.Sprint(http.Header{"Authorization": {"Basic abc="}, "X-Team": {"red"}}) {
		t.Error(got)
	}
	if !s.Gzip || s.Timeout != 1500*time.Millisecond {
		t.Errorf("%+v", s)
	}
	const resource = "[{service.name mine} {deployment.environment.name a,b} {service.version 1.2.3} {telemetry.sdk.name strowger} {telemetry.sdk.language go} {telemetry.sdk.version 1.2.3}]"
	if got := fmt.Sprint(s.Resource); got != resource {
		t.Error(got)
	}
	if s, _ := from(endpoint, "OTEL_RESOURCE_ATTRIBUTES=service.name=other"); s.Resource[0].Value != "other" {
		t.Errorf("%+v", s.Resource)
	}
}

// What is wrong is named, and not repeated: it may be a secret in the wrong place.
func TestWrongSettings(t *testing.T) {
	s, warnings := from(endpoint, "OTEL_EXPORTER_OTLP_HEADERS=sk-0123456789,a b=sk-0123456789,x=sk-%0a,y=%zzsk-,good=1",
		"OTEL_EXPORTER_OTLP_COMPRESSION=sk-zstd", "OTEL_EXPORTER_OTLP_TIMEOUT=-sk-", "OTEL_TRACES_SAMPLER=sk-", "OTEL_EXPORTER_OTLP_CERTIFICATE=sk-")
	if s == nil || fmt.Sprint(s.Header) != "map[Good:[1]]" || s.Gzip || s.Timeout != 0 || s.Sampler != (trace.Sampler{}) {
		t.Errorf("%+v", s)
	}
	if text := strings.Join(warnings, "\n"); len(warnings) != 8 || strings.Contains(text, "sk-") {
		t.Errorf("%d:\n%s", len(warnings), text)
	}
	if s, warnings = from(endpoint, "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=1.5"); s.Sampler != (trace.Sampler{Alone: true}) || len(warnings) != 1 {
		t.Errorf("%+v, %q", s.Sampler, warnings)
	}
}

// Of a thousand traces of each kind as many are exported as the sampler says.
func TestSampler(t *testing.T) {
	const child = "00-" + parentTrace + "-" + parentSpan
	for _, tc := range []struct {
		sampler, arg                  string
		least, most, sampled, dropped int64 // of 1000: without a parent; with one that is sampled, and that is not
	}{
		{"", "", 1000, 1000, 1000, 0},
		{"parentbased_always_on", "", 1000, 1000, 1000, 0},
		{"parentbased_always_off", "", 0, 0, 1000, 0},
		{"parentbased_traceidratio", "0.25", 180, 320, 1000, 0},
		{"always_on", "0.1", 1000, 1000, 1000, 1000},
		{"always_off", "", 0, 0, 0, 0},
		{"traceidratio", "0", 0, 0, 0, 0},
		{"traceidratio", "", 1000, 1000, 1000, 1000},
	} {
		t.Run(tc.sampler+tc.arg, func(t *testing.T) {
			s, warnings := from(endpoint, "OTEL_TRACES_SAMPLER="+tc.sampler, "OTEL_TRACES_SAMPLER_ARG="+tc.arg)
			if s == nil || len(warnings) > 0 {
				t.Fatal(s, warnings)
			}
			count := func(parent ...string) int64 {
				c := collect(t, nil)
				s.URL = c.URL + "/v1/traces"
				var log journaltest.Journal
				e := start(t, *s, &log)
				rnd := rand.NewChaCha8([32]byte{})
				for range 1000 {
					r := ended()
					id, err := uuid.NewV7FromReader(rnd)
					if err != nil {
						t.Fatal(err)
					}
					r.ID = id.String()
					e.Trace(r, parent)
				}
				_ = e.Close()
				return e.Counters().Delivered
			}
			if n := count(); n < tc.least || n > tc.most {
				t.Errorf("%d without a parent", n)
			}
			if n := count(child + "-01"); n != tc.sampled {
				t.Errorf("%d with a parent that is sampled", n)
			}
			if n := count(child + "-00"); n != tc.dropped {
				t.Errorf("%d with a parent that is not", n)
			}
		})
	}
}
