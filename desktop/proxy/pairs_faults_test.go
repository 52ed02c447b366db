package proxy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
)

// newCompany is a proxy with simulated providers of these schemas, p1, p2 and so on, which
// all serve the one model. The first has these timeouts.
func newCompany(t testing.TB, served []string, timeouts catalog.Timeouts, options ...provider.Options) *rig {
	t.Helper()
	r := &rig{t: t, rec: &recorder{}}
	m := catalog.Model{ID: model}
	var cfg catalog.Config
	for i, schema := range served {
		o := options[i]
		o.Name = fmt.Sprintf("p%d", i+1)
		p := provider.New(o)
		server, err := provider.Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		r.providers = append(r.providers, p)
		cfg.Providers = append(cfg.Providers, catalog.Provider{Name: o.Name, Schema: llm.SchemaNamed(schema), BaseURL: server.BaseURL(schema)})
		e := catalog.Endpoint{Provider: o.Name, Name: upstreamName(schema), MaxOutput: 8192,
			Price: catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}}
		if i == 0 {
			e.Timeouts = timeouts
		}
		m.Endpoints = append(m.Endpoints, e)
	}
	cfg.Models = []catalog.Model{m}
	r.start(cfg, setup{})
	return r
}

// stays reports whether a fault is no reason to ask another provider, and what its answer says.
func stays(f provider.Fault, served string, stream bool) (text string, ok bool) {
	switch f {
	case provider.FaultNone, provider.FaultNoDone, provider.FaultUsageMissing, provider.FaultTrickle:
		return "one two three", true
	case provider.FaultEmpty, provider.FaultContentFilter: // an answer without content that says why
		return "", true
	case provider.FaultNoChoices:
		if served == "openai-responses" { // where it looks the same
			return "", true
		}
	case provider.FaultNoFinish:
		if served == "openai-responses" && !stream { // as one that is made in the background
			return "", true
		}
	}
	return "four five six", false
}

// Whatever goes wrong with a provider of any schema before it has said anything, a provider of
// another one answers, and the caller of a third notices nothing.
func TestPairsFallBack(t *testing.T) {
	quick := catalog.Timeouts{FirstToken: 250 * time.Millisecond, Idle: 250 * time.Millisecond, Total: 250 * time.Millisecond}
	n := 0
	for _, served := range schemas {
		for _, fault := range append([]provider.Fault{provider.FaultNone}, provider.Faults()...) {
			for _, stream := range []bool{false, true} {
				n++
				caller, other := schemas[n/2%4], schemas[(n/2+1)%4]
				t.Run(fmt.Sprintf("%s by %s, stream %v, from %s", fault, served, stream, caller), func(t *testing.T) {
					t.Parallel()
					patience := catalog.Timeouts{}
					switch fault {
					case provider.FaultStallHeaders, provider.FaultStallFirst, provider.FaultStall, provider.FaultKeepalive:
						patience = quick
					}
					r := newCompany(t, []string{served, other}, patience,
						provider.Options{Behaviour: provider.Behaviour{Fault: fault, Text: "one two three"}},
						provider.Options{Behaviour: provider.Behaviour{Text: "four five six"}})
					k := &talk{t: t, url: r.url, schema: caller, model: model, stream: stream}
					h := k.say("hello")
					want, same := stays(fault, served, stream)
					by := h.header.Get("x-strowger-provider")
					if fault == provider.FaultRefusal { // text where the caller's schema has no refusals
						want, same, h.text = "", true, ""
					}
					if h.status != 200 || h.text != want || (by == "p1") != same {
						t.Errorf("by %s: %s", by, h)
					}
				})
			}
		}
	}
}

// A stream that breaks off in mid-answer is gone on with by a provider of another schema that
// says the same, and the caller gets one whole answer.
func TestPairsResume(t *testing.T) {
	for _, caller := range schemas {
		for i, served := range schemas {
			for j, other := range schemas {
				fault := []provider.Fault{provider.FaultCut, provider.FaultErrorEvent, provider.FaultNoFinish}[(i+j)%3]
				t.Run(fmt.Sprintf("%s by %s, gone on with by %s, from %s", fault, served, other, caller), func(t *testing.T) {
					t.Parallel()
					const text = "one two three four five"
					r := newCompany(t, []string{served, other}, catalog.Timeouts{},
						provider.Options{Behaviour: provider.Behaviour{Fault: fault, After: 2, Text: text}},
						provider.Options{Behaviour: provider.Behaviour{Text: text}})
					k := &talk{t: t, url: r.url, schema: caller, model: model, stream: true}
					h := k.say("hello")
					if h.status != 200 || h.text != text || h.finish != finishes[caller][0] {
						t.Errorf("%s", h)
					}
					if rep := r.report(1); len(rep.Attempts) != 2 || rep.Resumed == "" {
						t.Errorf("%d attempts, resumed %v", len(rep.Attempts), rep.Resumed)
					}
				})
			}
		}
	}
}

// Where a provider says something else, the stream ends in an error of the caller's schema.
func TestPairsBreak(t *testing.T) {
	for _, caller := range schemas {
		for _, served := range schemas {
			r := newCompany(t, []string{served, schemas[0]}, catalog.Timeouts{},
				provider.Options{Behaviour: provider.Behaviour{Fault: provider.FaultCut, After: 2, Text: "one two three"}},
				provider.Options{Behaviour: provider.Behaviour{Text: "four five six"}})
			k := &talk{t: t, url: r.url, schema: caller, model: model, stream: true, breaks: true}
			if h := k.say("hello"); h.status != 200 || !strings.Contains(h.body, `"error"`) || strings.Contains(h.body, "four") || strings.Contains(h.body, "[DONE]") {
				t.Errorf("%s to %s: %s", caller, served, h)
			}
		}
	}
}
