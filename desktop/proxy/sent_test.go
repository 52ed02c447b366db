package proxy_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/core/catalog"
)

// What a provider is sent: its own credentials and the caller's body, and nothing else of
// the caller's.
func TestWhatAProviderIsSent(t *testing.T) {
	const key = "sk-provider-0123456789"
	r := newRig(t, setup{providers: []provider.Options{{Key: key}}})
	sent := `{ "provider": {"sort": "price", "order": ["p1"]}, "temperature": 1.0, "n":1, "models":["` + model + `"],` +
		`"model" : "` + model + `:price", "x_unknown": {"a": [1e-7, 12345678901234567890]}, "model_routing_config": {"preference": "cost"},` +
		` "messages":[{"role":"user","content":"sim: text=\"gr\u00fc\u00df dich\""}] }`
	a := r.post(sent,
		"authorization", "Bearer sk-of-the-caller", "cookie", "session=1", "x-api-key", "caller", "openai-organization", "org",
		"x-strowger-provider", `{"allow_fallbacks": true}`, "x-forwarded-for", "10.0.0.1", "x-sim-fault", "status",
		"user-agent", "caller/1", "accept", "text/plain", "accept-encoding", "gzip", "traceparent", "00-1-2-3", "te", "trailers")
	if a.status != 200 || !strings.Contains(a.text, "grüß dich") {
		t.Fatalf("%d %s", a.status, a.text)
	}
	last := r.providers[0].Last()
	want := http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
		"User-Agent": {"strowger/test"}, "Content-Length": {}}
	for name, values := range last.Header {
		if w, ok := want[name]; !ok || len(w) > 0 && !slices.Equal(w, values) {
			t.Errorf("sent header %s: %q", name, values)
		}
	}
	for name := range want {
		if last.Header[name] == nil {
			t.Errorf("header %s was not sent", name)
		}
	}
	if last.URL != "/v1/chat/completions" || last.Method != "POST" {
		t.Errorf("sent %s %s", last.Method, last.URL)
	}
	const body = `{ "temperature": 1.0, "n":1, "model" : "parrot-1", "x_unknown": {"a": [1e-7, 12345678901234567890]},` +
		` "messages":[{"role":"user","content":"sim: text=\"gr\u00fc\u00df dich\""}] }`
	if got := string(last.Body); got != body {
		t.Errorf("sent body\n%s\nwant\n%s", got, body)
	}
}

func TestStreamsAreAskedForUsage(t *testing.T) {
	r := newRig(t, setup{})
	if a := r.post(body(true, "sim: text=well")); a.text != "well" || !a.done || a.finish != "stop" {
		t.Fatalf("%+v", a)
	}
	last := r.providers[0].Last()
	if !strings.Contains(string(last.Body), `"include_usage":true`) || last.Header.Get("accept") != "text/event-stream" {
		t.Errorf("sent %v %s", last.Header, last.Body)
	}
	if rep := r.report(1); !rep.Attempts[0].Usage.Known || rep.Cost == 0 {
		t.Errorf("usage %+v, cost %d", rep.Attempts[0].Usage, rep.Cost)
	}
}

// Without a key no credentials go out, least of all the caller's; configured headers do.
func TestNoKeyAndOwnHeaders(t *testing.T) {
	r := newRig(t, setup{})
	if a := r.post(body(false, "hello"), "authorization", "Bearer sk-of-the-caller"); a.status != 200 {
		t.Fatalf("%+v", a)
	}
	if got := r.providers[0].Last().Header.Get("authorization"); got != "" {
		t.Errorf("sent %q", got)
	}

	t.Setenv("STROWGER_TEST_KEY", " sk-from-the-environment\n")
	p := provider.New(provider.Options{})
	server, err := provider.Serve(p)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	r = newRig(t, setup{more: []catalog.Provider{{Name: "own", BaseURL: server.URL, Headers: []catalog.Header{
		{Name: "api-version", Value: "literal:2025-01-01"}, {Name: "api-key", Value: "env:STROWGER_TEST_KEY"},
		{Name: "user-agent", Value: "literal:mine"}}}}})
	if a := r.post(body(false, "hello")); a.status != 200 {
		t.Fatalf("%+v", a)
	}
	last := p.Last()
	if h := last.Header; h.Get("api-version") != "2025-01-01" || h.Get("api-key") != "sk-from-the-environment" || h.Get("user-agent") != "mine" {
		t.Errorf("sent %v", h)
	}
	if last.URL != "/chat/completions" {
		t.Errorf("the operation's path goes behind the base URL: %s", last.URL)
	}
}
