package router_test

import (
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
	for path, want := range map[string]bool{
		"/v1/chat/completions": true, "/api/v1/chat/completions": true,
		"/v1/chat/completions/": false, "/v1/models": false, "": false,
	} {
		if target, ok := newRouter(t).EntryOf(path); ok != want || ok && target.Operation != llm.OperationChat {
			t.Errorf("%q: %v %v", path, target, ok)
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
