package trace

import (
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Settings say what is exported and where to. Only URL is needed.
type Settings struct {
	URL      string // where batches are posted: http or https, with the path
	Header   http.Header
	Gzip     bool
	Timeout  time.Duration // for one request; default 10s
	Sampler  Sampler
	Resource []Attribute // what exports; service.name among it
	Log      *slog.Logger

	Queue   int           // exchanges that may wait; default 2048
	Delay   time.Duration // how long a batch waits for more; default 2s
	Backoff time.Duration // before the second try of a batch, then twice as long each time; default 1s
}

// Attribute is a name with a text.
type Attribute struct{ Name, Value string }

// host is the collector, as it may stand in a log.
func (s *Settings) host() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// secrets are what is told to the collector and nobody else.
func (s *Settings) secrets() (all []string) {
	for _, values := range s.Header {
		all = append(all, values...)
	}
	if u, err := url.Parse(s.URL); err == nil {
		if password, ok := u.User.Password(); ok {
			all = append(all, password)
		}
	}
	return all
}

// environment reads the variables of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/protocol/exporter/
// and …/configuration/sdk-environment-variables/) and collects what is wrong with them. An empty
// variable is one that is not set. No value gets into a warning: it may be a secret.
type environment struct {
	get      func(string) string
	warnings []string
}

func (v *environment) warn(name, text string) {
	v.warnings = append(v.warnings, name+": "+text)
}

// of is the OTLP variable for traces or else the one for everything, with its name.
func (v *environment) of(name string) (value, from string) {
	for _, from = range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
		if value = strings.TrimSpace(v.get(from)); value != "" {
			return value, from
		}
	}
	return "", from
}

// FromEnvironment are the settings that the standard variables of OpenTelemetry make; nil if
// nothing is to be exported. version is that of the program. Each warning names a variable.
func FromEnvironment(get func(string) string, version string) (s *Settings, warnings []string) {
	v := &environment{get: get}
	if endpoint, _ := v.of("ENDPOINT"); endpoint == "" || strings.EqualFold(strings.TrimSpace(get("OTEL_SDK_DISABLED")), "true") {
		return nil, nil
	}
	switch exporter := strings.TrimSpace(get("OTEL_TRACES_EXPORTER")); exporter {
	case "", "otlp":
	case "none":
		return nil, nil
	default:
		v.warn("OTEL_TRACES_EXPORTER", "no traces are exported: only otlp and none are known")
		return nil, v.warnings
	}
	if protocol, from := v.of("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		v.warn(from, "no traces are exported: only http/protobuf is spoken; its usual port is 4318")
		return nil, v.warnings
	}
	s = &Settings{URL: v.url()}
	if s.URL == "" {
		return nil, v.warnings
	}
	s.Header, s.Gzip, s.Timeout = v.header(), v.gzip(), v.timeout()
	s.Sampler, s.Resource = v.sampler(), v.resource(version)
	for _, name := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
		if value, from := v.of(name); value != "" {
			v.warn(from, "is not read; certificates are checked by those of the system")
		}
	}
	return s, v.warnings
}

// url is where traces are posted; empty with a warning if the endpoint is none.
func (v *environment) url() string {
	value, from := v.of("ENDPOINT")
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		v.warn(from, `no traces are exported: it must be a URL with http:// or https://`)
		return ""
	}
	u.Fragment = ""
	if from == "OTEL_EXPORTER_OTLP_ENDPOINT" {
		u = u.JoinPath("v1", "traces")
	} else if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// pairs reads name=value,name=value with percent encoded values.
func (v *environment) pairs(text, from string) (all []Attribute) {
	for i, part := range strings.Split(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name, nameErr := url.PathUnescape(strings.TrimSpace(name))
		value, valueErr := url.PathUnescape(strings.TrimSpace(value))
		if !ok || name == "" || nameErr != nil || valueErr != nil {
			v.warn(from, "part "+strconv.Itoa(i+1)+" is left out: it must be name=value, percent encoded")
			continue
		}
		all = append(all, Attribute{name, value})
	}
	return all
}

func (v *environment) header() http.Header {
	h := http.Header{}
	text, from := v.of("HEADERS")
	for i, a := range v.pairs(text, from) {
		if !httpguts.ValidHeaderFieldName(a.Name) || !httpguts.ValidHeaderFieldValue(a.Value) {
			v.warn(from, "header "+strconv.Itoa(i+1)+" is left out: it is no header of HTTP")
			continue
		}
		h.Add(a.Name, a.Value)
	}
	return h
}

func (v *environment) gzip() bool {
	value, from := v.of("COMPRESSION")
	if value != "" && value != "gzip" && value != "none" {
		v.warn(from, "only gzip and none are known; nothing is compressed")
	}
	return value == "gzip"
}

func (v *environment) timeout() time.Duration {
	value, from := v.of("TIMEOUT")
	if value == "" {
		return 0
	}
	const most = 10 * 60 * 1000
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		v.warn(from, "must be a number of milliseconds, at most "+strconv.Itoa(most)+"; it is 10 seconds")
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

func (v *environment) sampler() (s Sampler) {
	name := strings.TrimSpace(v.get("OTEL_TRACES_SAMPLER"))
	if name == "" {
		return s
	}
	rest, below := strings.CutPrefix(name, "parentbased_")
	switch rest {
	case "always_on":
	case "always_off":
		s.Left = shares
	case "traceidratio":
		s.Left = shares - v.share()
	default:
		v.warn("OTEL_TRACES_SAMPLER", "is none of those that are known; it is parentbased_always_on")
		return s
	}
	s.Alone = !below
	return s
}

// share is how many of shares are to be sampled.
func (v *environment) share() uint64 {
	value := strings.TrimSpace(v.get("OTEL_TRACES_SAMPLER_ARG"))
	if value == "" {
		return shares
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > 1 {
		v.warn("OTEL_TRACES_SAMPLER_ARG", "must be a number from 0 to 1; it is 1")
		return shares
	}
	return uint64(f * shares)
}

// resource says what exports: what is given, and what is known without being told.
func (v *environment) resource(version string) []Attribute {
	all := v.pairs(v.get("OTEL_RESOURCE_ATTRIBUTES"), "OTEL_RESOURCE_ATTRIBUTES")
	if name := strings.TrimSpace(v.get("OTEL_SERVICE_NAME")); name != "" {
		all = append([]Attribute{{"service.name", name}}, all...)
	}
	all = append(all, Attribute{"service.name", "strowger"}, Attribute{"service.version", version},
		Attribute{"telemetry.sdk.name", "strowger"}, Attribute{"telemetry.sdk.language", "go"}, Attribute{"telemetry.sdk.version", version})
	seen := map[string]bool{}
	kept := all[:0]
	for _, a := range all { // the first of a name counts
		if !seen[a.Name] && a.Value != "" {
			seen[a.Name] = true
			kept = append(kept, a)
		}
	}
	return kept
}
