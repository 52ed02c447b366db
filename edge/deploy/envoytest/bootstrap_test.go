package envoytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusters "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	routes "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	injector "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/credential_injector/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/upstream_codec/v3"
	wasm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/http/early_header_mutation/header_mutation/v3"
	generic "github.com/envoyproxy/go-control-plane/envoy/extensions/http/injected_credentials/generic/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	upstream "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// TestBootstraps: every bootstrap is what Envoy's API says, and its parts fit together.
func TestBootstraps(t *testing.T) {
	files, err := filepath.Glob("../testdata/*/proxy-wasm/envoy.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := judge(string(text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestJudge: what is wrong is found.
func TestJudge(t *testing.T) {
	text, err := os.ReadFile("../testdata/full/proxy-wasm/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"stat_prefix:", "stat_prefixes:", "unknown field"},
		{"stat_prefix: strowger", `stat_prefix: ""`, "StatPrefix"},
		{"v3.Router", "v3.Rooter", "unable to resolve"},
		{"connect_timeout: 3s", "connect_timeout: 3", "unexpected token 3"},
		{"connect_timeout: 3s", "connect_timeout: 0s", "ConnectTimeout"},
		{`clusters\":{\"anthropic\":\"strowger_anthropic`, `clusters\":{\"anthropic\":\"elsewhere`, "elsewhere"},
		{"cluster: \"strowger_openai\"", "cluster: nobody", "nobody"},
		{"sni: \"api.openai.com\"", "sni: example.com", "sni"},
		{"trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}", "trusted_ca: {}", "Specifier"},
		{"exact: \"api.openai.com\"", "exact: example.com", "certificate"},
		{"address: \"api.openai.com\"", "address: example.com", "address"},
		{"overwrite: true", "overwrite: false", "overwrite"},
		{"credential: {name: \"OPENAI_API_KEY\"}", "credential: {name: OTHER}", "OTHER"},
		{"failure_policy: FAIL_RELOAD", "failure_policy: FAIL_OPEN", "fail open"},
		{"address: 127.0.0.1, port_value: 8787", "address: 0.0.0.0, port_value: 8787", "loopback"},
		{"put-in-by-envoy", "sk-1", "value of a secret"},
	} {
		changed := strings.Replace(string(text), c.from, c.to, 1)
		if changed == string(text) {
			t.Fatalf("%s does not stand in it", c.from)
		}
		if err := judge(changed); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s instead of %s: %v; wanted %q", c.to, c.from, err, c.want)
		}
	}
}

// judge says what is wrong with a bootstrap.
func judge(text string) error {
	doc, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return err
	}
	var b bootstrap.Bootstrap
	if err := protojson.Unmarshal(doc, &b); err != nil {
		return err
	}
	if err := validate(&b); err != nil {
		return err
	}
	return fits(&b)
}

// validate applies the API's rules to every message, those in an Any too.
func validate(b *bootstrap.Bootstrap) error {
	var found []error
	err := protorange.Range(b.ProtoReflect(), func(p protopath.Values) error {
		last := p.Index(-1)
		if last.Step.Kind() != protopath.RootStep && last.Step.Kind() != protopath.AnyExpandStep {
			return nil
		}
		if m, ok := last.Value.Message().Interface().(interface{ ValidateAll() error }); ok {
			if err := m.ValidateAll(); err != nil {
				found = append(found, fmt.Errorf("%v: %w", p.Path, err))
			}
		}
		return nil
	})
	return errors.Join(append(found, err)...)
}

// plugin is what the filter is configured with, as far as the proxy is concerned.
type plugin struct {
	Catalog struct {
		Providers []struct {
			Name    string
			BaseURL string `json:"base_url"`
			Key     string
			Headers []struct{ Value string }
		}
	}
	Secrets, Clusters map[string]string
}

// fits says whether listener, filter, routes, clusters and secrets belong together.
func fits(b *bootstrap.Bootstrap) (err error) {
	wrong := func(format string, args ...any) { err = errors.Join(err, fmt.Errorf(format, args...)) }
	byName, secrets := map[string]*clusters.Cluster{}, map[string]string{}
	for _, c := range b.StaticResources.Clusters {
		byName[c.Name] = c
	}
	for _, s := range b.StaticResources.Secrets {
		secrets[s.Name] = s.GetGenericSecret().GetSecret().GetEnvironmentVariable()
		if secrets[s.Name] == "" {
			wrong("the secret %s is not from the environment", s.Name)
		}
	}
	for _, l := range b.StaticResources.Listeners {
		if a := l.Address.GetSocketAddress().Address; a != "127.0.0.1" {
			wrong("listens at %s, which is not loopback", a)
		}
	}
	var manager hcm.HttpConnectionManager
	var filter wasm.Wasm
	open(b.StaticResources.Listeners[0].FilterChains[0].Filters[0].GetTypedConfig(), &manager)
	open(manager.HttpFilters[0].GetTypedConfig(), &filter)
	if policy := filter.Config.FailurePolicy.String(); policy != "FAIL_RELOAD" {
		wrong("does not close when the filter fails but: fail open? %s", policy)
	}
	for _, r := range manager.GetRouteConfig().VirtualHosts[0].Routes {
		checkRoute(r, byName, wrong)
	}
	var p plugin
	if e := json.Unmarshal([]byte(told(filter.Config.Configuration)), &p); e != nil {
		wrong("the plugin's configuration: %w", e)
	}
	var values map[string]string
	if e := json.Unmarshal([]byte(told(filter.Config.GetVmConfig().Configuration)), &values); e != nil {
		wrong("the virtual machine's configuration: %w", e)
	}
	for ref, name := range p.Secrets {
		if values[name] != "put-in-by-envoy" {
			wrong("%s stands for %q: it could be the value of a secret", ref, values[name])
		}
	}
	for _, provider := range p.Catalog.Providers {
		c := byName[p.Clusters[provider.Name]]
		if c == nil {
			wrong("provider %s: there is no cluster %q", provider.Name, p.Clusters[provider.Name])
			continue
		}
		checkCluster(c, provider.BaseURL, wrong)
		checkCredentials(c, secrets, wrong)
	}
	return err
}

func checkRoute(r *routes.Route, byName map[string]*clusters.Cluster, wrong func(string, ...any)) {
	if r.GetDirectResponse() != nil {
		return
	}
	name := r.GetRoute().GetCluster()
	if byName[name] == nil {
		wrong("a route leads to %q, which is no cluster", name)
	}
	if h := r.Match.Headers; len(h) == 0 || h[0].Name != "x-strowger-cluster" || h[0].GetStringMatch().GetExact() != name {
		wrong("the route to %s is not chosen by its name", name)
	}
}

// checkCluster says whether a cluster leads to where the provider is, and to nobody else.
func checkCluster(c *clusters.Cluster, base string, wrong func(string, ...any)) {
	u, err := url.Parse(base)
	if err != nil {
		wrong("%s: %w", c.Name, err)
		return
	}
	at := c.LoadAssignment.Endpoints[0].LbEndpoints[0].GetEndpoint().Address.GetSocketAddress()
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if at.Address != u.Hostname() || strconv.Itoa(int(at.GetPortValue())) != port {
		wrong("%s: the address is %s:%d, the provider's %s:%s", c.Name, at.Address, at.GetPortValue(), u.Hostname(), port)
	}
	if u.Scheme == "http" {
		if c.TransportSocket != nil {
			wrong("%s: TLS to a provider without", c.Name)
		}
		return
	}
	if c.TransportSocket == nil {
		wrong("%s: no TLS", c.Name)
		return
	}
	var t tls.UpstreamTlsContext
	open(c.TransportSocket.GetTypedConfig(), &t)
	if _, notIP := netip.ParseAddr(u.Hostname()); notIP != nil && t.Sni != u.Hostname() {
		wrong("%s: sni is %q", c.Name, t.Sni)
	}
	v := t.CommonTlsContext.GetValidationContext()
	if v.GetTrustedCa().GetFilename() == "" {
		wrong("%s: certificates are not checked", c.Name)
	}
	if names := v.GetMatchTypedSubjectAltNames(); len(names) != 1 || names[0].Matcher.GetExact() != u.Hostname() {
		wrong("%s: the certificate may be another host's", c.Name)
	}
}

// checkCredentials says whether what is put in stands in the environment, and replaces what is there.
func checkCredentials(c *clusters.Cluster, secrets map[string]string, wrong func(string, ...any)) {
	var o upstream.HttpProtocolOptions
	open(c.TypedExtensionProtocolOptions["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"], &o)
	for i, f := range o.HttpFilters {
		last := i == len(o.HttpFilters)-1
		if codec := strings.HasSuffix(f.GetTypedConfig().TypeUrl, ".UpstreamCodec"); codec != last {
			wrong("%s: the codec has to be the last filter, and only it", c.Name)
		}
		if last {
			continue
		}
		var in injector.CredentialInjector
		var g generic.Generic
		open(f.GetTypedConfig(), &in)
		open(in.Credential.TypedConfig, &g)
		if !in.Overwrite || in.AllowRequestWithoutCredential {
			wrong("%s: overwrite is off, so that what the filter put there would be sent", c.Name)
		}
		if secrets[g.Credential.Name] == "" {
			wrong("%s: there is no secret %s", c.Name, g.Credential.Name)
		}
	}
}

// open opens an Any, whose type validate has found.
func open(a *anypb.Any, to proto.Message) {
	if err := a.UnmarshalTo(to); err != nil {
		panic(err)
	}
}

func told(a *anypb.Any) string {
	var s wrapperspb.StringValue
	open(a, &s)
	return s.Value
}
