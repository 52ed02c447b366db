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

var noon = time.Unix(1_700_000_000, 0)

// listed is a router with models, aliases and routes of every kind.
func listed(t *testing.T) *router.Router {
	t.Helper()
	price := catalog.Price{Known: true, Input: 2_500_000, Output: 10_000_000, CacheRead: 1_250_000, Request: 1_500_000, CacheWriteHour: 5_000_000,
		Tiers: []catalog.Tier{{Above: 200_000, Price: catalog.Price{Known: true, Input: 5_000_000, Output: 15_000_000, CacheWrite: 250_000}}}}
	cat, err := catalog.New(catalog.Config{
		Providers: []catalog.Provider{{Name: "north", Schema: llm.SchemaOpenAI, BaseURL: "http://north"}, {Name: "south", Schema: llm.SchemaOpenAI, BaseURL: "http://south", Declared: catalog.Declared{Quantization: "fp8"}},
			{Name: "off", Schema: llm.SchemaOpenAI, BaseURL: "http://off", Disabled: true}},
		Models: []catalog.Model{
			{ID: "a/one", Endpoints: []catalog.Endpoint{{Provider: "off", Context: 1}, {Provider: "north", Context: 8000, MaxOutput: 100, Price: price, Parameters: []string{"tools", "images"}},
				{Provider: "south", Name: "uno", Parameters: []string{"seed", "tools", "audio"}}}},
			{ID: "a/two", Endpoints: []catalog.Endpoint{{Provider: "north"}}},
			{ID: "b/endpoints", Endpoints: []catalog.Endpoint{{Provider: "south", Parameters: []string{}}}},
			{ID: "b/off", Endpoints: []catalog.Endpoint{{Provider: "off", Parameters: []string{"tools"}}}},
		},
		Aliases: []catalog.Alias{{Name: "best", Means: "a/one:latency"}, {Name: "other", Means: "two"}},
		Routes: []catalog.Route{
			{Path: "/free"},
			{Path: "/north", Arms: []catalog.Arm{{Provider: "north"}}},
			{Path: "/set", Arms: []catalog.Arm{{Provider: "north", Model: "a/one", Price: catalog.Price{Known: true, Input: 1}}, {Provider: "south", Model: "uno"}, {Provider: "north", Model: "new/one"}, {Provider: "south", Model: "new/one"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return router.New(cat)
}

func get(t *testing.T, r *router.Router, path string, s stats.Snapshot) (string, *llm.Error) {
	t.Helper()
	l, ok := r.ListingOf(path)
	if !ok {
		t.Fatalf("%s asks for nothing", path)
	}
	body, err := r.AppendListing(nil, l, s, noon)
	if err == nil && !json.Valid(body) {
		t.Fatalf("%s: not JSON: %s", path, body)
	}
	return string(body), err
}

func TestListingOf(t *testing.T) {
	r := listed(t)
	for path, want := range map[string]string{
		"/v1/models": "| ", "/api/v1/models": "| ", "/v1/models/a/one": "| a/one", "/v1/models/a/one/endpoints": "| a/one endpoints",
		"/v1/models/b/endpoints": "| b/endpoints", "/v1/models/b/endpoints/endpoints": "| b/endpoints endpoints", "/v1/models/one": "| one",
		"/free/models": "/free| ", "/free/v1/models": "/free| ", "/set/v1/models/new/one/endpoints": "/set| new/one endpoints", "/north/models/a/two": "/north| a/two",
		"/v1/models/": "", "/v1/modelsx": "", "/models": "", "/v1": "", "": "", "/": "", "/free": "", "/free/v1/models/": "", "/api/free/models": "", "/nowhere/models": "", "/v1/models//endpoints": "",
	} {
		l, ok := r.ListingOf(path)
		got := ""
		if ok {
			got = "| " + l.Model
			if l.Route != nil {
				got = l.Route.Path + got
			}
			if l.Endpoints {
				got += " endpoints"
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
		if _, also := r.EntryOf(path); ok && also {
			t.Errorf("%q is a call too", path)
		}
	}
}

func TestEntryOfRoutes(t *testing.T) {
	r := listed(t)
	for path, want := range map[string]string{"/free": "/free", "/free/chat/completions": "/free", "/set/v1/chat/completions": "/set", "/free/": "", "/set/models": "", "/free/v1": ""} {
		target, ok := r.EntryOf(path)
		if ok != (want != "") || ok && (target.Route.Path != want || target.Schema != llm.SchemaOpenAI || target.Operation != llm.OperationChat) {
			t.Errorf("%q: got %+v, %t", path, target, ok)
		}
	}
	if target, ok := r.EntryOf("/v1/chat/completions"); !ok || target.Route != nil {
		t.Errorf("got %+v", target)
	}
}

// A list answers OpenAI's SDKs and Anthropic's; under /v1beta and a route of Gemini's schema
// it answers Google's.
func TestListedForOthers(t *testing.T) {
	cfg := *listed(t).Catalog().Config()
	cfg.Routes = append(cfg.Routes, catalog.Route{Path: "/g", Schema: llm.SchemaGemini})
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := router.New(cat)
	for path, want := range map[string]string{
		"/v1/models":                 `],"total_count":7,"links":{"next":null},"has_more":false,"first_id":"a/one","last_id":"auto"}`,
		"/v1beta/models":             `{"models":[{"name":"models/a/one","version":"","displayName":"a/one","inputTokenLimit":8000,"outputTokenLimit":100,"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens"]},{"name":"models/a/two"`,
		"/g/v1/models":               `{"models":[{"name":"models/a/one"`,
		"/g/v1beta/models/a/two":     `{"name":"models/a/two","version":"","displayName":"a/two","supportedGenerationMethods":[`,
		"/v1beta/models/best":        `{"name":"models/best"`,
		"/v1beta/models/auto":        `{"name":"models/auto","version":"","displayName":"auto","inputTokenLimit":8000,"outputTokenLimit":100,"supported`,
		"/v1beta/models/b/endpoints": `{"name":"models/b/endpoints"`,
	} {
		if body, err := get(t, r, path, nil); err != nil || !strings.Contains(body, want) {
			t.Errorf("%s: %v %s", path, err, body)
		}
	}
	if _, err := get(t, r, "/v1beta/models/no", nil); err == nil || err.HTTPStatus() != 404 {
		t.Errorf("got %v", err)
	}
}

// Which models a path lists, and what an alias means.
func TestListedModels(t *testing.T) {
	r := listed(t)
	for path, want := range map[string]string{
		"/v1/models":    "a/one a/two b/endpoints b/off best=a/one:latency other=two auto",
		"/free/models":  "a/one a/two b/endpoints b/off best=a/one:latency other=two auto",
		"/north/models": "a/one a/two best=a/one:latency other=two auto",
		"/set/models":   "a/one new/one",
	} {
		body, _ := get(t, r, path, nil)
		var list struct {
			Object string
			Total  int `json:"total_count"`
			Data   []struct {
				ID      string
				AliasOf string `json:"alias_of"`
			}
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil || list.Object != "list" || list.Total != len(list.Data) {
			t.Fatalf("%v in %s", err, body)
		}
		var got []string
		for _, m := range list.Data {
			if m.AliasOf != "" {
				m.ID += "=" + m.AliasOf
			}
			got = append(got, m.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %s, want %s", path, strings.Join(got, " "), want)
		}
	}
}

// also is what OpenRouter's SDK wants to be there, at the end of a model.
func also(id, slug string) string {
	return `,"canonical_slug":"` + slug + `","links":{"details":"/api/v1/models/` + id + `/endpoints"},"description":"",` +
		`"default_parameters":null,"per_request_limits":null,"supported_voices":null,"type":"model","display_name":"` + id + `","created_at":"1970-01-01T00:00:00Z"}`
}

func TestListedModel(t *testing.T) {
	r := listed(t)
	const all = `"frequency_penalty","include_reasoning","logit_bias","logprobs","max_completion_tokens","max_tokens","min_p","parallel_tool_calls",` +
		`"presence_penalty","reasoning","reasoning_effort","repetition_penalty","response_format","seed","stop","structured_outputs","temperature",` +
		`"tool_choice","tools","top_k","top_logprobs","top_p","verbosity"`
	const one = `"context_length":8000,"architecture":{"modality":"text+image+audio->text","input_modalities":["text","image","audio"],"output_modalities":["text"],"tokenizer":"Other","instruct_type":null},` +
		`"pricing":{"prompt":"0.0000025","completion":"0.00001","request":"1.5","input_cache_read":"0.00000125","input_cache_write_1h":"0.000005","tiers":[{"above":200000,"prompt":"0.000005","completion":"0.000015","input_cache_write":"0.00000025"}]},"top_provider":{"context_length":8000,"max_completion_tokens":100,"is_moderated":false},"supported_parameters":["tools","seed"]`
	for path, want := range map[string]string{
		"/v1/models/a/one": `{"id":"a/one","object":"model","created":0,"owned_by":"a","name":"a/one",` + one + also("a/one", "a/one"),
		"/v1/models/one":   `{"id":"a/one","object":"model","created":0,"owned_by":"a","name":"a/one",` + one + also("a/one", "a/one"),
		"/v1/models/best":  `{"id":"best","object":"model","created":0,"owned_by":"a","alias_of":"a/one:latency","name":"best",` + one + also("best", "a/one"),
		"/v1/models/a/two:price": `{"id":"a/two","object":"model","created":0,"owned_by":"a","name":"a/two","context_length":null,"architecture":null,"pricing":{"prompt":"-1","completion":"-1"},` +
			`"top_provider":{"context_length":null,"max_completion_tokens":null,"is_moderated":false},"supported_parameters":[` + all + `]` + also("a/two", "a/two"),
		"/v1/models/b/off": `{"id":"b/off","object":"model","created":0,"owned_by":"b","name":"b/off","context_length":null,"architecture":null,"pricing":{"prompt":"-1","completion":"-1"},` +
			`"top_provider":{"context_length":null,"max_completion_tokens":null,"is_moderated":false},"supported_parameters":[` + all + `]` + also("b/off", "b/off"),
		"/set/models/new/one": `{"id":"new/one","object":"model","created":0,"owned_by":"new","name":"new/one","context_length":null,"architecture":null,"pricing":{"prompt":"-1","completion":"-1"},` +
			`"top_provider":{"context_length":null,"max_completion_tokens":null,"is_moderated":false},"supported_parameters":[` + all + `]` + also("new/one", "new/one"),
	} {
		if got, err := get(t, r, path, nil); err != nil || got != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", path, err, got, want)
		}
	}
	for path, want := range map[string]string{
		"/v1/models/a/onee":                      `no model "a/onee" is configured; did you mean "a/one"?`,
		"/v1/models/zzzzzz/endpoints":            `no model "zzzzzz" is configured`,
		"/set/models/a/two":                      `no model "a/two" can be called by route /set`,
		"/v1/models/" + strings.Repeat("é", 500): `no model "` + strings.Repeat("é", 128) + `" is configured`,
	} {
		if _, err := get(t, r, path, nil); err == nil || err.Message != want || err.HTTPStatus() != 404 || err.Param != "model" {
			t.Errorf("%.60s: got %v, want %s", path, err, want)
		}
	}
}

// The model auto has the most that its pool takes, no price, and the endpoints of its pool; where
// the route names all models, or none can be chosen, there is no such model.
func TestListedAuto(t *testing.T) {
	cfg := *listed(t).Catalog().Config()
	cfg.Routes = append(cfg.Routes, catalog.Route{Path: "/two", Routing: catalog.Routing{Auto: catalog.Auto{Models: []string{"other"}}}})
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := router.New(cat)
	got, refused := get(t, r, "/v1/models/auto", nil)
	for _, want := range []string{`{"id":"auto","object":"model","created":0,"owned_by":"strowger","name":"auto","context_length":8000,`, `"pricing":{"prompt":"-1","completion":"-1"}`,
		`"top_provider":{"context_length":8000,"max_completion_tokens":100,"is_moderated":false}`, `"canonical_slug":"auto"`, `"description":"Strowger chooses a model`} {
		if refused != nil || !strings.Contains(got, want) {
			t.Errorf("%s is not in %s, %v", want, got, refused)
		}
	}
	for path, want := range map[string]string{
		"/v1/models/auto/endpoints":    "a/one a/one a/two b/endpoints",
		"/two/models/auto/endpoints":   "a/two",
		"/north/models/auto/endpoints": "a/one a/two",
	} {
		body, refused := get(t, r, path, stats.Frozen{})
		var list struct {
			Data struct {
				Endpoints []struct {
					Model string `json:"model_id"`
				}
			}
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil || refused != nil {
			t.Fatalf("%s: %v %v", path, err, refused)
		}
		var models []string
		for _, e := range list.Data.Endpoints {
			models = append(models, e.Model)
		}
		if strings.Join(models, " ") != want {
			t.Errorf("%s: got %s, want %s", path, models, want)
		}
	}
	empty, err := catalog.New(catalog.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for path, r := range map[string]*router.Router{"/set/models/auto": r, "/v1/models/auto": router.New(empty)} {
		if body, refused := get(t, r, path, nil); refused == nil || refused.HTTPStatus() != 404 {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestListedEndpoints(t *testing.T) {
	r := listed(t)
	board := stats.Frozen{"north/one": {Uptime: 995, Samples: 12_500, Circuit: stats.Open, Until: stats.MomentOf(noon.Add(time.Second)), InFlight: 2,
		Stream: stats.Speed{Samples: 9000, P50: 250_500, P75: 600_000, P90: 1_000_000, P99: 2_000_001, Tokens: 48_200}}}
	body, err := get(t, r, "/v1/models/best/endpoints", board)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"data":{"id":"best","object":"model"`, `"alias_of":"a/one:latency"`,
		`"endpoints":[{"name":"north/one","model_id":"a/one","model_name":"a/one","provider_name":"north","tag":"north","context_length":8000,"max_completion_tokens":100,"max_prompt_tokens":null,` +
			`"pricing":{"prompt":"0.0000025","completion":"0.00001","request":"1.5","input_cache_read":"0.00000125","input_cache_write_1h":"0.000005","tiers":[{"above":200000,"prompt":"0.000005","completion":"0.000015","input_cache_write":"0.00000025"}]},"quantization":null,"supported_parameters":["tools"],` +
			`"supports_implicit_caching":false,"supports_tool_choice":{"auto":true,"none":true,"required":true,"function":true},"uptime_last_5m":null,"uptime_last_30m":null,"uptime_last_1d":null,"latency_last_30m":null,"throughput_last_30m":null,"status":-1,"uptime":99.5,"latency_ms":{"p50":250.5,"p75":600,"p90":1000,"p99":2000.001},"total_ms":null,` +
			`"throughput":48.2,"circuit":"open","circuit_until":"2023-11-14T22:13:21.000000Z","limited_until":null,"in_flight":2,"samples":12.5}`,
		`{"name":"south/uno","model_id":"a/one","model_name":"a/one","provider_name":"south","tag":"south","context_length":null,"max_completion_tokens":null,"max_prompt_tokens":null,"pricing":{"prompt":"-1","completion":"-1"},` +
			`"quantization":"fp8","supported_parameters":["seed","tools"],"supports_implicit_caching":false,"supports_tool_choice":{"auto":true,"none":true,"required":true,"function":true},"uptime_last_5m":null,"uptime_last_30m":null,"uptime_last_1d":null,"latency_last_30m":null,"throughput_last_30m":null,"status":0,"uptime":null,"latency_ms":null,"total_ms":null,` +
			`"throughput":null,"circuit":"closed","circuit_until":null,"limited_until":null,"in_flight":0,"samples":0}]}}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s\nis not in\n%s", want, body)
		}
	}
	if strings.Contains(body, `"off`) {
		t.Errorf("what is switched off is listed: %s", body)
	}
	if body, _ = get(t, r, "/v1/models/b/off/endpoints", board); !strings.Contains(body, `"endpoints":[]`) {
		t.Errorf("got %s", body)
	}
	body, _ = get(t, r, "/set/v1/models/a/one/endpoints", board)
	if strings.Count(body, `"tag"`) != 2 || !strings.Contains(body, `"prompt":"0.000000000001"`) {
		t.Errorf("the route's endpoints are not those of its arms: %s", body)
	}
	board["south/uno"] = stats.Reading{Uptime: 1000, Limited: stats.MomentOf(noon.Add(time.Second)), LimitedAccount: true}
	if body, err = get(t, r, "/v1/models/best/endpoints", board); err != nil {
		t.Fatal(err)
	}
	if want := `"limited_until":"2023-11-14T22:13:21.000000Z","in_flight":0,"samples":0,"limited_account":true}`; !strings.Contains(body, want) {
		t.Errorf("%s\nis not in\n%s", want, body)
	}
}

func TestDecideByRoute(t *testing.T) {
	r := listed(t)
	target, _ := r.EntryOf("/set/v1/chat/completions")
	d, err := r.Decide(router.Call{Entry: target, Key: "k", Body: []byte(`{"messages":[{"role":"user","content":"hi"}]}`)}, &router.State{}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if d.Policy.Route != "/set" || d.Policy.Model != "a/one" || len(d.Policy.Arms) != 4 || d.Policy.Key != "k" || d.Policy.StrategyFrom != "route" {
		t.Errorf("got %+v", d.Policy)
	}
}
