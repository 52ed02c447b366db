package router_test

import (
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
)

func newRouter(t *testing.T) *router.Router {
	t.Helper()
	cat, err := catalog.New(catalog.Config{
		Providers: []catalog.Provider{{Name: "north", Schema: llm.SchemaOpenAI, BaseURL: "http://north"}},
		Models: []catalog.Model{
			{ID: "a/priced", Endpoints: []catalog.Endpoint{{Provider: "north", Context: 8000,
				Price: catalog.Price{Known: true, Input: 2_500_000, Output: 10_000_000}}}},
			{ID: "a/unpriced", Endpoints: []catalog.Endpoint{{Provider: "north"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return router.New(cat)
}

func TestEntryOf(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/chat/completions": "openai chat", "/api/v1/chat/completions": "openai chat", "/v1/completions": "openai completion", "/api/v1/embeddings": "openai embeddings",
		"/v1/responses": "openai-responses chat", "/api/v1/responses": "openai-responses chat",
		"/v1/messages": "anthropic chat", "/v1/messages/count_tokens": "anthropic count_tokens", "/api/v1/messages/count_tokens": "anthropic count_tokens",
		"/v1beta/models/m:generateContent": "gemini chat m", "/v1beta/a/m:generateContent": "gemini chat a/m", "/v1beta/models/a/m:nitro:streamGenerateContent": "gemini chat a/m:nitro stream",
		"/v1/models/a/m:countTokens": "gemini count_tokens a/m", "/v1beta/models/m:embedContent": "gemini embeddings m", "/v1beta/models/m:batchEmbedContents": "gemini embeddings m",
		"/v1/chat/completions/": "", "/v1/models": "", "": "", "/v1beta/models": "", "/v1beta/models/a/m": "", "/v1beta/chat/completions": "", "/v1beta/messages": "",
		"/chat/completions": "", "/v1/v1/messages": "", "/v1beta/models/:generateContent": "", "/v1beta/models/m:predict": "", "/v1beta/m:generateContent": "", "/api/api/v1/messages": "",
	} {
		e, ok := newRouter(t).EntryOf(path)
		got := strings.TrimSpace(e.Schema.String() + " " + e.Operation.String() + " " + e.Model)
		if e.Stream {
			got += " stream"
		}
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q %v, want %q", path, got, ok, want)
		}
	}
}

func TestDecide(t *testing.T) {
	r, now := newRouter(t), time.Unix(0, 0)
	call := router.Call{Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
		Body: []byte(`{"model":"a/priced:price","messages":[{"role":"user","content":"hi"}]}`)}
	d, refused := r.Decide(call, &router.State{}, now)
	if refused != nil || len(d.Plan) != 1 || d.Policy.Strategy != catalog.StrategyCost {
		t.Fatalf("%v %+v", refused, d.Plan)
	}
	for body, param := range map[string]string{
		`{"model":"a/none","messages":[{"role":"user","content":"hi"}]}`: "model", `{"model":"a/priced"}`: "messages",
	} {
		call.Body = []byte(body)
		if _, refused := r.Decide(call, &router.State{}, now); refused == nil || refused.Param != param {
			t.Errorf("%s: %v", body, refused)
		}
	}
}
