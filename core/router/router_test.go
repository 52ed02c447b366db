package router_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
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

func TestTargetOf(t *testing.T) {
	for path, want := range map[string]bool{
		"/v1/chat/completions": true, "/api/v1/chat/completions": true,
		"/v1/chat/completions/": false, "/v1/models": false, "": false,
	} {
		if target, ok := router.TargetOf(path); ok != want || ok && target.Operation != llm.OperationChat {
			t.Errorf("%q: %v %v", path, target, ok)
		}
	}
}

func TestModels(t *testing.T) {
	r := newRouter(t)
	var list struct {
		Object string
		Data   []struct {
			ID            string
			Object        string
			OwnedBy       string `json:"owned_by"`
			ContextLength *int   `json:"context_length"`
			Pricing       *struct{ Prompt, Completion string }
		}
	}
	if err := json.Unmarshal(r.AppendModels(nil), &list); err != nil {
		t.Fatal(err)
	}
	if list.Object != "list" || len(list.Data) != 2 {
		t.Fatalf("%+v", list)
	}
	priced, unpriced := list.Data[0], list.Data[1]
	if priced.ID != "a/priced" || priced.Object != "model" || priced.OwnedBy != "a" || *priced.ContextLength != 8000 ||
		priced.Pricing.Prompt != "0.000002500000" || priced.Pricing.Completion != "0.000010000000" {
		t.Errorf("%+v %+v", priced, priced.Pricing)
	}
	if unpriced.Pricing != nil || unpriced.ContextLength != nil {
		t.Errorf("what is unknown is stated: %+v", unpriced)
	}
	if one, ok := r.AppendModel(nil, "priced"); !ok || !strings.Contains(string(one), `"id":"a/priced"`) {
		t.Errorf("%v %s", ok, one)
	}
	if _, ok := r.AppendModel(nil, "a/none"); ok {
		t.Error("a model that is not there")
	}
}

func TestDecide(t *testing.T) {
	r, now := newRouter(t), time.Unix(0, 0)
	call := router.Call{Target: router.Target{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
		Body: []byte(`{"model":"a/priced:price","messages":[{"role":"user","content":"hi"}]}`)}
	d, refused := r.Decide(call, &stats.Board{}, now)
	if refused != nil || len(d.Plan) != 1 || d.Policy.Strategy != catalog.StrategyCost {
		t.Fatalf("%v %+v", refused, d.Plan)
	}
	for body, param := range map[string]string{
		`{"model":"a/none","messages":[{"role":"user","content":"hi"}]}`: "model", `{"model":"a/priced"}`: "messages",
	} {
		call.Body = []byte(body)
		if _, refused := r.Decide(call, &stats.Board{}, now); refused == nil || refused.Param != param {
			t.Errorf("%s: %v", body, refused)
		}
	}
}
