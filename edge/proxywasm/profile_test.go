package main_test

import (
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/edge/proxytest"
	"strowger/edge/proxytest/others"
)

// Where the body is not shown while headers are held, every attempt is a call.
func TestHeadersFirst(t *testing.T) {
	for as, profile := range map[string]proxytest.Profile{
		"envoy-headers-first": proxytest.Envoy(), "ats": proxytest.ATS(), "deterministic": proxytest.Deterministic(),
	} {
		t.Run(as, func(t *testing.T) {
			if as == "deterministic" {
				as = "envoy-headers-first"
			}
			r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Status: 503}}, {schema: "anthropic", behaviour: provider.Behaviour{Text: "from the second"}}}, profile: &profile, as: as})
			for _, caller := range schemas {
				for _, stream := range []bool{false, true} {
					path, body := asked(caller, "hello", stream)
					r.send("POST", path, body, "x-strowger-provider", first).want(t, 200, "second")
				}
			}
			r.send("GET", "/v1/models", "").want(t, 200, model)
			r.chat("hello", false, "authorization", "").want(t, 401)
		})
	}
}

// A proxy without a clock serves as well, but for what goes by the time. Its module does not ask
// for it: that is built with a tag.
func TestClockless(t *testing.T) {
	profile := proxytest.Clockless()
	r := newRig(t, rigging{upstreams: []upstream{{}}, profile: &profile, as: "clockless", tags: "strowger_clockless"})
	r.chat("sim: text=heron", true).want(t, 200, "heron")
	limited := &rig{t: t}
	document, clusters, _ := limited.deploy(rigging{upstreams: []upstream{{}}, as: "clockless", config: catalog.Config{CostLimits: []catalog.CostLimit{{Most: 1, Per: catalog.PerDay}}}})
	wasm, cache := module(t, "strowger_clockless")
	if host, err := proxytest.New(t.Context(), wasm, proxytest.Options{Profile: profile, Clusters: clusters, PluginConfig: document, Log: limited.write, Cache: cache, Interpreter: true}); err == nil {
		host.Close()
		t.Error("limits by the day are taken without a clock")
	}
	if !strings.Contains(limited.logged(), "has no clock") {
		t.Error(limited.logged())
	}
}

// The module runs in hosts that others wrote: refusals, both kinds of answers, and fallback. They
// have no configuration but the plugin's, so the providers want no keys.
func TestOthers(t *testing.T) {
	hosts := others.Build(t)
	for host, c := range map[string]struct{ tags, as string }{others.Tetrate: {"strowger_clockless", "clockless"}, others.MOSN: {"strowger_mosn", "mosn"}} {
		t.Run(host, func(t *testing.T) {
			r := &rig{t: t}
			document, clusters, _ := r.deploy(rigging{as: c.as, upstreams: []upstream{{open: true}, {open: true, schema: "gemini", behaviour: provider.Behaviour{Text: "from the second"}}}})
			wasm, _ := module(t, c.tags)
			p, err := hosts.Start(t.Context(), others.Options{Host: host, Module: wasm, Config: document, Clusters: clusters, RouteHeader: "x-strowger-cluster"})
			if err != nil {
				t.Fatal(err)
			}
			r.url = p.URL
			defer func() {
				if err := p.Close(); err != nil || t.Failed() {
					t.Error(err, p.Log())
				}
			}()
			r.send("GET", "/v1/models", "").want(t, 200, model)
			r.chat("hello", false, "authorization", "").want(t, 401)
			for _, caller := range schemas {
				for _, stream := range []bool{false, true} {
					path, body := asked(caller, "sim: text=heron", stream)
					r.send("POST", path, body, "x-strowger-provider", first).want(t, 200, "heron")
				}
			}
			r.providers[0].SetBehaviour(provider.Behaviour{Status: 503})
			r.chat("hello", false, "x-strowger-provider", first).want(t, 200, "second")
			r.chat("hello", true, "x-strowger-provider", first).want(t, 200, "second", "[DONE]")
		})
	}
}
