package main_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/proxytest"
)

// bootstrap is what this test needs of envoy.yaml.
type bootstrap struct {
	Resources struct {
		Listeners []struct {
			Chains []struct {
				Filters []struct {
					Config struct {
						HTTP []struct {
							Config struct {
								Wasm struct {
									VM struct {
										Configuration struct{ Value string }
									} `yaml:"vm_config"`
									Configuration struct{ Value string }
								} `yaml:"config"`
							} `yaml:"typed_config"`
						} `yaml:"http_filters"`
					} `yaml:"typed_config"`
				}
			} `yaml:"filter_chains"`
		}
		Clusters []struct {
			Name    string
			Load    struct{ Endpoints []locality } `yaml:"load_assignment"`
			Options map[string]struct {
				Filters []struct {
					Config struct {
						Credential struct {
							Config struct {
								Credential struct{ Name string }
								Header     string
								Prefix     string `yaml:"header_value_prefix"`
							} `yaml:"typed_config"`
						}
					} `yaml:"typed_config"`
				} `yaml:"http_filters"`
			} `yaml:"typed_extension_protocol_options"`
		}
	} `yaml:"static_resources"`
}

type locality struct {
	Endpoints []struct {
		Endpoint struct {
			Address struct {
				Socket struct {
					Address string
					Port    int `yaml:"port_value"`
				} `yaml:"socket_address"`
			}
		}
	} `yaml:"lb_endpoints"`
}

// TestExported: the filter, in a strict host of the ABI, takes what stands for it in envoy.yaml, and sends requests to
// the clusters there. Credentials are put in on the way to these, as envoy.yaml says; Envoy does not run here.
func TestExported(t *testing.T) {
	cfg := catalog.Config{Models: []catalog.Model{{ID: "acme/parrot"}}}
	environment := map[string]string{}
	for i, p := range []catalog.Provider{
		{Name: "down/eu", Schema: llm.SchemaOpenAI, KeyRef: "literal:" + secretKey},
		{Name: "claude", Schema: llm.SchemaAnthropic, KeyRef: "env:CLAUDE_KEY"},
	} {
		sim := provider.New(provider.Options{Name: p.Name, Key: secretKey, Behaviour: provider.Behaviour{Status: []int{503, 0}[i]}})
		server, err := provider.Serve(sim)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		p.BaseURL = server.BaseURL(p.Schema.String())
		cfg.Providers = append(cfg.Providers, p)
		cfg.Models[0].Endpoints = append(cfg.Models[0].Endpoints, catalog.Endpoint{Provider: p.Name})
	}
	sum := sha256.Sum256([]byte(clientKey))
	cfg.Keys = []catalog.Key{{Name: "laptop", SHA256: hex.EncodeToString(sum[:])}}
	d, err := deploy.New(cfg, deploy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range d.Bindings {
		environment[b.Name] = secretKey
	}
	host, logged := proxied(t, d, environment)
	defer host.Close()
	for _, stream := range []bool{false, true} {
		body := fmt.Sprintf(`{"model":"acme/parrot","stream":%t,"messages":[{"role":"user","content":"sim: text=\"so it goes\""}]}`, stream)
		req, err := http.NewRequestWithContext(t.Context(), "POST", host.url+"/v1/chat/completions", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("authorization", "Bearer "+clientKey)
		req.Header.Set("x-strowger-cluster", "nowhere")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("x-strowger-provider") != "claude" || !strings.Contains(string(text), "goes") {
			t.Errorf("stream %t: %d from %q, %v: %.300s\n%s", stream, resp.StatusCode, resp.Header.Get("x-strowger-provider"), err, text, logged())
		}
	}
	if v := host.Violations(); len(v) > 0 {
		t.Error(strings.Join(v, "\n"))
	}
}

// served is a proxy with the filter in it.
type served struct {
	*proxytest.Host
	url string
}

// proxied starts the strict host as envoy.yaml says.
func proxied(t *testing.T, d *deploy.Deployment, environment map[string]string) (s served, logged func() string) {
	t.Helper()
	files, err := d.Files(deploy.ProxyWasm)
	if err != nil {
		t.Fatal(err)
	}
	var b bootstrap
	for _, f := range files {
		if f.Name == "envoy.yaml" {
			if err := yaml.Unmarshal(f.Text, &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	wasm := b.Resources.Listeners[0].Chains[0].Filters[0].Config.HTTP[0].Config.Wasm
	clusters := map[string]string{}
	for _, c := range b.Resources.Clusters {
		at := c.Load.Endpoints[0].Endpoints[0].Endpoint.Address.Socket
		headers := map[string]string{}
		for _, f := range c.Options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].Filters {
			if g := f.Config.Credential.Config; g.Header != "" {
				headers[g.Header] = g.Prefix + environment[g.Credential.Name]
			}
		}
		clusters[c.Name] = injecting(t, &url.URL{Scheme: "http", Host: fmt.Sprintf("%s:%d", at.Address, at.Port)}, headers)
	}
	lines := make(chan string, 1000)
	code, cache := module(t, "")
	host, err := proxytest.New(t.Context(), code, proxytest.Options{
		Cache: cache, Profile: proxytest.EnvoyStopIteration(), Clusters: clusters, RouteHeader: "x-strowger-cluster", MaxBody: document.DefaultMaxBody,
		PluginConfig: []byte(wasm.Configuration.Value), VMConfig: []byte(wasm.VM.Configuration.Value),
		Log: func(level uint32, message string) { lines <- fmt.Sprint(level, " ", message) },
	})
	logged = func() (all string) {
		for len(lines) > 0 {
			all += <-lines + "\n"
		}
		return all
	}
	if err != nil {
		t.Fatal(err, logged())
	}
	front := httptest.NewServer(host)
	t.Cleanup(front.Close)
	return served{host, front.URL}, logged
}

// injecting is a way to a cluster on which headers are put in.
func injecting(t *testing.T, to *url.URL, headers map[string]string) string {
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		for name, value := range headers {
			if r.In.Header.Get(name) == "" {
				t.Errorf("the filter sets no %s, which is to be replaced", name)
			}
			r.Out.Header.Set(name, value)
		}
	}})
	t.Cleanup(s.Close)
	return s.URL
}
