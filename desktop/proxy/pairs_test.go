package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
)

// upstreamName is what a simulated provider's model is called, after one whose rules are the
// strictest of its vendor.
func upstreamName(schema string) string {
	switch schema {
	case "openai-responses":
		return "gpt-5-mini"
	case "anthropic":
		return "claude-sonnet-4-5"
	case "gemini":
		return "gemini-3-flash-preview"
	}
	return "gpt-4o"
}

// newPair is a proxy with one simulated provider of that schema.
func newPair(t testing.TB, schema string, o provider.Options, keys ...catalog.Key) *rig {
	t.Helper()
	r := &rig{t: t, rec: &recorder{}}
	o.Name = "p1"
	p := provider.New(o)
	server, err := provider.Serve(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	r.providers = []*provider.Provider{p}
	def := catalog.Provider{Name: "p1", Schema: llm.SchemaNamed(schema), BaseURL: server.BaseURL(schema)}
	if o.Key != "" {
		def.KeyRef = "literal:" + o.Key
	}
	e := catalog.Endpoint{Provider: "p1", Name: upstreamName(schema), MaxOutput: 8192,
		Price: catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}}
	var s setup
	s.options.Closed = len(keys) > 0
	r.start(catalog.Config{Keys: keys, Providers: []catalog.Provider{def}, Models: []catalog.Model{{ID: model, Endpoints: []catalog.Endpoint{e}}}}, s)
	return r
}

// each runs a test for every caller, every provider, streamed and not.
func each(t *testing.T, test func(t *testing.T, caller, served string, stream bool)) {
	for _, caller := range schemas {
		for _, served := range schemas {
			for how, stream := range map[string]bool{"whole": false, "streamed": true} {
				t.Run(caller+" to "+served+" "+how, func(t *testing.T) {
					t.Parallel()
					test(t, caller, served, stream)
				})
			}
		}
	}
}

// finishes are how the schemas say that an answer came to its end, or to tool calls.
var finishes = map[string][2]string{
	"openai": {"stop", "tool_calls"}, "openai-responses": {"completed", "completed"}, "anthropic": {"end_turn", "tool_use"}, "gemini": {"STOP", "STOP"},
}

// Every caller gets text of every provider: all of it, under the model's name, with its end
// and its tokens.
func TestPairsText(t *testing.T) {
	each(t, func(t *testing.T, caller, served string, stream bool) {
		r := newPair(t, served, provider.Options{Key: "sk-of-the-provider"})
		k := &talk{t: t, url: r.url, schema: caller, model: model, stream: stream}
		h := k.say(`sim: text="Grüße \ and / <b>"` + "\n")
		if h.status != 200 || h.text != `Grüße \ and / <b>` || h.model != model || h.finish != finishes[caller][0] || h.input == 0 || h.output != 5 {
			t.Errorf("%s", h)
		}
		if h.header.Get("x-strowger-provider") != "p1" {
			t.Errorf("headers %v", h.header)
		}
		if h = k.say("sim: text=again"); h.status != 200 || h.text != "again" {
			t.Errorf("second turn: %s\nsent %s", h, r.providers[0].Last().Body)
		}
		if rep := r.report(1); !rep.Attempts[0].Usage.Known || rep.Cost == 0 {
			t.Errorf("recorded %+v", rep.Attempts[0])
		}
		r.idle()
	})
}

// Tools are called and answered through two turns, and what the provider signed its
// reasoning with comes back to it, whoever carried it.
func TestPairsTools(t *testing.T) {
	each(t, func(t *testing.T, caller, served string, stream bool) {
		for _, calls := range []string{"1", "2"} {
			r := newPair(t, served, provider.Options{})
			k := &talk{t: t, url: r.url, schema: caller, model: model, stream: stream, thinks: true}
			for turn := range 2 {
				h := k.say("sim: calls=" + calls + ` thought="let me see"` + "\nuse the tool")
				if h.status != 200 || len(h.calls) != len(calls)*int(calls[0]-'0') || h.finish != finishes[caller][1] {
					t.Fatalf("turn %d: %s\nsent %s", turn, h, r.providers[0].Last().Body)
				}
				for _, c := range h.calls {
					if c.name != "weather" || strings.ReplaceAll(c.args, " ", "") != `{"city":"Paris"}` || c.id == "" && caller != "gemini" {
						t.Errorf("turn %d: %s", turn, h)
					}
				}
				// A chat completion has no way to ask for a summary, so Responses gives none.
				if shows := !(served == "openai-responses" && caller == "openai"); shows && h.thought != "let me see" {
					t.Errorf("turn %d: thought %q: %s", turn, h.thought, h)
				}
				h = k.results("rain, 12 degrees")
				sent := string(r.providers[0].Last().Body)
				if h.status != 200 || h.text == "" || len(h.calls) != 0 || h.finish != finishes[caller][0] {
					t.Fatalf("turn %d, results: %s\nsent %s", turn, h, sent)
				}
				if !strings.Contains(sent, "rain, 12 degrees") {
					t.Errorf("turn %d: the result is not there: %s", turn, sent)
				}
				signed := map[string]string{"anthropic": `"signature":"`, "gemini": `"thoughtSignature":"`, "openai-responses": `"encrypted_content":"`, "openai": ""}[served]
				if !strings.Contains(sent, signed) || strings.Contains(sent, "skip_thought_signature_validator") {
					t.Errorf("turn %d: the signature did not come back: %s", turn, sent)
				}
				if served == "anthropic" && !strings.Contains(sent, `"thinking":{`) {
					t.Errorf("turn %d: reasoning was switched off: %s", turn, sent)
				}
			}
			r.idle()
		}
	})
}

// Reasoning that only its provider can read goes there and back, too.
func TestPairsRedacted(t *testing.T) {
	for _, caller := range schemas {
		for _, stream := range []bool{false, true} {
			r := newPair(t, "anthropic", provider.Options{})
			k := &talk{t: t, url: r.url, schema: caller, model: model, stream: stream, thinks: true}
			if h := k.say("sim: redacted=true thought=hidden\nuse the tool"); h.status != 200 || len(h.calls) != 1 || strings.Contains(h.thought, "hidden") {
				t.Fatalf("%s stream %v: %s", caller, stream, h)
			}
			h := k.results("rain")
			if sent := string(r.providers[0].Last().Body); h.status != 200 || !strings.Contains(sent, `"redacted_thinking"`) {
				t.Errorf("%s stream %v: %s\nsent %s", caller, stream, h, sent)
			}
		}
	}
}

// What a provider refuses is told in the caller's schema, with its status and its words.
func TestPairsErrors(t *testing.T) {
	each(t, func(t *testing.T, caller, served string, stream bool) {
		r := newPair(t, served, provider.Options{})
		k := &talk{t: t, url: r.url, schema: caller, model: model, stream: stream}
		for _, status := range []int{400, 404, 429, 500} {
			h := k.say("sim: retry-after=60 status=" + map[int]string{400: "400", 404: "404", 429: "429", 500: "500"}[status])
			k.history = nil
			if h.status != status || !shaped(caller, h.body) {
				t.Errorf("%d: %s", status, h)
			}
		}
		k.breaks = stream
		h := k.say("sim: fault=error_event after=2")
		sign := map[string]string{"openai": `data: {"error":{"`, "openai-responses": `"type":"error"`, "anthropic": `data: {"type":"error","error":{"`, "gemini": `data: {"error":{"`}[caller]
		if stream && !strings.Contains(h.body, sign) || !stream && (h.status != 500 && h.status != 502 || !shaped(caller, h.body)) {
			t.Errorf("error in mid-answer: %s", h)
		}
	})
}

// shaped reports whether an error body is as a schema's SDKs read it.
func shaped(schema, body string) bool {
	k := &talk{schema: schema}
	d := k.document([]byte(body))
	message := str(d, "error", "message")
	switch schema {
	case "anthropic":
		return message != "" && str(d, "type") == "error" && strings.HasSuffix(str(d, "error", "type"), "_error")
	case "gemini":
		return message != "" && num(d, "error", "code") >= 400 && str(d, "error", "status") != ""
	}
	return message != "" && str(d, "error", "type") != ""
}

// Outside of any exchange, too, errors come in the schema that was called in.
func TestErrorsInEverySchema(t *testing.T) {
	r := newPair(t, "openai", provider.Options{}, keyNamed("laptop", "sk-laptop"))
	for _, c := range []struct {
		method, path, header, value string
		status                      int
		schema                      string
	}{
		{"POST", "/v1/chat/completions", "x", "y", 401, "openai"},
		{"POST", "/v1/responses", "x", "y", 401, "openai-responses"},
		{"POST", "/v1/messages", "x", "y", 401, "anthropic"},
		{"POST", "/v1/messages/count_tokens", "x", "y", 401, "anthropic"},
		{"POST", "/v1beta/models/" + model + ":generateContent", "x", "y", 401, "gemini"},
		{"POST", "/v1beta/models/" + model + ":generateContent?key=wrong", "x", "y", 401, "gemini"},
		{"POST", "/nowhere", "anthropic-version", "2023-06-01", 401, "anthropic"},
		{"POST", "/nowhere", "x-goog-api-key", "sk-laptop", 404, "gemini"},
		{"POST", "/v1/complete", "authorization", "Bearer sk-laptop", 404, "openai"},
		{"GET", "/v1/messages", "x-api-key", "sk-laptop", 405, "anthropic"},
		{"GET", "/v1/responses", "authorization", "Bearer sk-laptop", 405, "openai-responses"},
		{"GET", "/v1beta/models/" + model + ":countTokens", "x-goog-api-key", "sk-laptop", 405, "gemini"},
		{"GET", "/v1beta/models/sim/none", "x-goog-api-key", "sk-laptop", 404, "gemini"},
		{"POST", "/v1beta/models/" + model + ":streamGenerateContent", "x-goog-api-key", "sk-laptop", 400, "gemini"},
		{"POST", "/v1beta/models/" + model + ":streamGenerateContent?alt=json", "x-goog-api-key", "sk-laptop", 400, "gemini"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, r.url+c.path, strings.NewReader(`{"contents":[{"parts":[{"text":"x"}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(c.header, c.value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != c.status || !shaped(c.schema, a.text) {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.text)
		}
		if c.status == 400 && !strings.Contains(a.text, "alt=sse") {
			t.Errorf("%s: %s", c.path, a.text)
		}
	}
	if n := r.providers[0].Requests(); n != 0 {
		t.Errorf("%d requests reached the provider", n)
	}
}

// A client key is taken where each schema's SDKs put it, and stays here.
func TestKeysOfEverySchema(t *testing.T) {
	const key = "sk-laptop-0123456789"
	for caller, header := range map[string]string{"openai": "authorization", "openai-responses": "authorization", "anthropic": "x-api-key", "gemini": "x-goog-api-key"} {
		for _, served := range schemas {
			r := newPair(t, served, provider.Options{Key: "sk-of-the-provider"}, keyNamed("laptop", key))
			value := key
			if header == "authorization" {
				value = "Bearer " + key
			}
			k := &talk{t: t, url: r.url, schema: caller, model: model, header: http.Header{}}
			k.header.Set(header, value)
			if h := k.say("sim: text=well"); h.status != 200 || h.text != "well" {
				t.Errorf("%s to %s: %s", caller, served, h)
			}
			last := r.providers[0].Last()
			for name, values := range last.Header {
				if strings.Contains(strings.Join(values, " "), key) {
					t.Errorf("%s to %s: the caller's key went on in %s", caller, served, name)
				}
			}
			if strings.Contains(last.URL, key) {
				t.Errorf("%s to %s: %s", caller, served, last.URL)
			}
		}
	}
	r := newPair(t, "gemini", provider.Options{}, keyNamed("laptop", key))
	resp, err := http.Post(r.url+"/v1beta/models/"+model+":generateContent?key="+key, "application/json", strings.NewReader(`{"contents":[{"parts":[{"text":"sim: text=well"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	a := read(resp)
	resp.Body.Close()
	if a.status != 200 || strings.Contains(r.providers[0].Last().URL+string(r.report(1).AppendJSON(nil)), key) {
		t.Errorf("a key in the query: %d %s, sent to %s", a.status, a.text, r.providers[0].Last().URL)
	}
}

// Headers that switch features of an API on go to a provider of the same schema only.
func TestHeadersThatGoOn(t *testing.T) {
	for _, served := range schemas {
		r := newPair(t, served, provider.Options{})
		k := &talk{t: t, url: r.url, schema: "anthropic", model: model, header: http.Header{"Anthropic-Beta": {"fine-grained-tool-streaming-2025-05-14"}, "X-Stainless-Lang": {"js"}}}
		if h := k.say("sim: text=well"); h.status != 200 {
			t.Fatalf("%s: %s", served, h)
		}
		sent := r.providers[0].Last().Header
		if got := sent.Get("anthropic-beta") != ""; got != (served == "anthropic") {
			t.Errorf("%s was sent anthropic-beta: %q", served, sent.Get("anthropic-beta"))
		}
		if sent.Get("x-stainless-lang") != "" {
			t.Errorf("%s was sent headers of the caller's SDK", served)
		}
	}
}

// A provider of any schema that repeats the key it was sent, as refusals do, does not make it
// known; and a query in its base URL stays behind the path.
func TestWhatProvidersOfEverySchemaAreSent(t *testing.T) {
	paths := map[string]string{"openai": "/base/chat/completions", "openai-responses": "/base/responses", "anthropic": "/base/v1/messages",
		"gemini": "/base/v1beta/models/" + upstreamName("gemini") + ":streamGenerateContent"}
	for _, served := range schemas {
		var url *url.URL
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			url = r.URL
			w.WriteHeader(http.StatusUnauthorized)
			text, _ := json.Marshal(fmt.Sprintf("bad key: %v", r.Header))
			fmt.Fprintf(w, `{"type":"error","error":{"type":"authentication_error","status":"UNAUTHENTICATED","message":%s}}`, text)
		}))
		r := &rig{t: t, rec: &recorder{}}
		r.start(catalog.Config{
			Providers: []catalog.Provider{{Name: "p1", Schema: llm.SchemaNamed(served), BaseURL: s.URL + "/base/?api-version=1", KeyRef: "literal:" + key}},
			Models:    []catalog.Model{{ID: model, Endpoints: []catalog.Endpoint{{Provider: "p1", Name: upstreamName(served)}}}},
		}, setup{})
		h := (&talk{t: t, url: r.url, schema: "anthropic", model: model, stream: true}).say("hello")
		if h.status != 401 || !strings.Contains(h.body, "bad key") || strings.Contains(h.body+string(r.report(1).AppendJSON(nil)), key) {
			t.Errorf("%s: %s", served, h)
		}
		if url.Path != paths[served] || url.Query().Get("api-version") != "1" || len(url.Query()["api-version"]) != 1 || (served == "gemini") != (url.Query().Get("alt") == "sse") {
			t.Errorf("%s was asked at %s", served, url)
		}
		s.Close()
	}
}
