package policy

import (
	"fmt"
	"strings"
	"testing"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
)

// autoText shows how a model is chosen, and what is beside.
func autoText(p Policy, err *llm.Error) string {
	if err != nil {
		return fmt.Sprintf("%d %s: %s", err.HTTPStatus(), err.Param, err.Message)
	}
	if p.Auto == nil {
		return strings.Join(append([]string{"model " + p.Model}, warned(p)...), " ")
	}
	a := p.Auto
	s := fmt.Sprintf("%s/%s of %s/%s first %s %s/%s", a.Preference, a.PreferenceFrom, strings.Join(a.Pool, ","), a.PoolFrom, p.Model, p.Strategy, p.StrategyFrom)
	if len(p.Fallback) > 0 {
		s += " fallback " + strings.Join(p.Fallback, ",")
	}
	if p.Arms != nil {
		s += " arms " + armsOf(p)
	}
	return strings.Join(append([]string{s}, warned(p)...), " ")
}

func warned(p Policy) (list []string) {
	for _, w := range p.Warnings {
		list = append(list, "warning "+w.Code)
	}
	return list
}

func TestAuto(t *testing.T) {
	const small = "openai/gpt-4o,meta/llama"
	configured := func(c *catalog.Config) {
		c.Routing.Auto = catalog.Auto{Models: []string{"gpt-4o", "meta/llama"}, Preference: pool.PreferenceCost}
		c.Aliases = []catalog.Alias{{Name: "fast", Means: "gpt-4o-mini:latency"}}
		c.Models = append(c.Models, catalog.Model{ID: "openai/text-embedding-3", Endpoints: []catalog.Endpoint{{Provider: "openai"}}})
		c.Routes = []catalog.Route{
			{Path: "/own", Routing: catalog.Routing{Auto: catalog.Auto{Models: []string{"fast"}, Preference: pool.PreferenceSpeed}}},
			{Path: "/half", Routing: catalog.Routing{Auto: catalog.Auto{Preference: pool.PreferenceQuality}}},
			{Path: "/arms", Failover: true, Arms: []catalog.Arm{{Provider: "azure"}, {Provider: "openai", Model: "meta/llama"}}},
			{Path: "/none", Arms: []catalog.Arm{{Provider: "google"}}, Routing: catalog.Routing{Fallback: []string{}}},
			{Path: "/named", Arms: []catalog.Arm{{Provider: "azure", Model: "meta/llama"}}},
		}
	}
	for _, c := range []struct {
		name, path, model, config, provider, models, want string
		change                                            func(*catalog.Config)
	}{
		{name: "nothing said", model: "auto", want: "balanced/global of openai/gpt-4o,openai/gpt-4o-mini,meta/llama,meta/llama:free,acme/llama:free,acme/twin,meta/twin,x/odd:price/global first openai/gpt-4o priority/global",
			change: func(*catalog.Config) {}},
		{name: "embeddings are left out", model: "auto", want: "balanced/global of openai/gpt-4o,meta/llama/global first openai/gpt-4o priority/global", change: func(c *catalog.Config) {
			c.Models = []catalog.Model{c.Models[0], {ID: "a/Embed-v3", Endpoints: c.Models[0].Endpoints[:1]}, c.Models[2], {ID: "openai/whisper", Endpoints: c.Models[0].Endpoints[:1]}}
		}},
		{name: "configured", model: "auto", want: "cost/global of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "suffix", model: "auto:quality", want: "quality/suffix of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "a strategy within models", model: "auto:latency", want: "cost/global of " + small + "/global first openai/gpt-4o latency/suffix"},
		{name: "price is one too", model: "auto:floor", want: "cost/global of " + small + "/global first openai/gpt-4o cost/suffix"},
		{name: "no suffix", model: "auto:cheap", want: `404 model: "auto:cheap": ":cheap" is no suffix; those of auto are balanced, quality, speed, cost, price, throughput, latency, floor, nitro`},
		{name: "empty suffix", model: "auto:", want: `404 model: "auto:": ":" is no suffix; those of auto are balanced, quality, speed, cost, price, throughput, latency, floor, nitro`},
		{name: "a longer name", model: "autos", want: `404 model: no model "autos" is configured`},
		{name: "body before suffix", model: "auto:quality", config: `{"models":["meta/llama","fast","gpt-4o-mini"],"preference":"speed"}`,
			want: "speed/body of meta/llama,openai/gpt-4o-mini/body first meta/llama priority/global warning suffix_ignored"},
		{name: "half in the body", model: "auto", config: `{"preference":"balanced"}`, want: "balanced/body of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "nulls and an empty list", model: "auto", config: `{"models":[],"preference":null}`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "unknown field", model: "auto", config: `{"prefer":1}`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global warning unknown_field"},
		{name: "bad preference", model: "auto", config: `{"preference":"cheap"}`, want: "400 model_routing_config.preference: must be one of balanced, quality, speed, cost"},
		{name: "bad models", model: "auto", config: `{"models":"x"}`, want: "400 model_routing_config.models: must be an array of names"},
		{name: "bad name", model: "auto", config: `{"models":["gpt-4o",7]}`, want: "400 model_routing_config.models[1]: must be a name, as a string"},
		{name: "too many", model: "auto", config: `{"models":["gpt-4o"` + strings.Repeat(`,"gpt-4o"`, 64) + `]}`, want: "400 model_routing_config.models: may hold at most 64 names"},
		{name: "no object", model: "auto", config: `[`, want: "400 model_routing_config: must be an object with models, preference"},
		{name: "unknown model", model: "auto", config: `{"models":["gpt-4o","gpt-4"]}`, want: `404 model_routing_config.models[1]: no model "gpt-4" is configured; did you mean "openai/gpt-4o"?`},
		{name: "ambiguous model", model: "auto", config: `{"models":["twin"]}`, want: `404 model_routing_config.models[0]: "twin" may mean several models: acme/twin, meta/twin`},
		{name: "auto in its pool", model: "auto", config: `{"models":["auto"]}`, want: "400 model_routing_config.models[0]: auto stands for the model asked for: it cannot be one of several"},
		{name: "a model that is named", model: "gpt-4o-mini", config: `{"preference":"nonsense"}`, want: "model openai/gpt-4o-mini warning model_routing_config_ignored"},
		{name: "auto as its own fallback", model: "auto", provider: `{"fallback":["auto"]}`, want: "400 provider.fallback[0]: auto stands for the model asked for: it cannot be one of several"},
		{name: "auto further behind", model: "auto", models: `["acme/twin","auto:cost"]`, want: "400 models[1]: auto stands for the model asked for: it cannot be one of several"},
		{name: "auto and nothing else", model: "auto", models: `["auto"]`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "unknown fallback", model: "auto", provider: `{"fallback":["nope"]}`, want: `404 provider.fallback[0]: no model "nope" is configured`},
		{name: "fallback in the pool", model: "auto", provider: `{"fallback":["meta/llama","gpt-4o"]}`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global warning fallback_in_pool"},
		{name: "models in the pool", models: `["auto","gpt-4o"]`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global warning fallback_in_pool"},
		{name: "no fallback at all", model: "auto", provider: `{"fallback":[]}`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "fallback", model: "auto", provider: `{"fallback":["meta/llama","acme/twin"]}`, want: "cost/global of " + small + "/global first openai/gpt-4o priority/global fallback acme/twin"},
		{name: "auto as fallback", model: "gpt-4o", models: `["auto"]`, want: "400 models[0]: auto stands for the model asked for: it cannot be one of several"},
		{name: "first of models", models: `["auto:speed","acme/twin"]`, want: "speed/suffix of " + small + "/global first openai/gpt-4o priority/global fallback acme/twin"},
		{name: "partition", model: "auto", provider: `{"sort":{"by":"price","partition":"none"}}`, want: "cost/global of " + small + "/global first openai/gpt-4o cost/body warning partition_ignored"},
		{name: "route", path: "/own", model: "auto", want: "speed/route of openai/gpt-4o-mini/route first openai/gpt-4o-mini priority/global fallback meta/llama"},
		{name: "half a route", path: "/half", model: "auto", want: "quality/route of " + small + "/global first openai/gpt-4o priority/global"},
		{name: "suffix before route", path: "/own", model: "auto:cost", want: "cost/suffix of openai/gpt-4o-mini/route first openai/gpt-4o-mini priority/global fallback meta/llama"},
		{name: "arms", path: "/arms", model: "auto", want: "cost/global of " + small + "/global first openai/gpt-4o priority/route arms azure/gpt-4o=0,azure/llama=0,openai/llama=0"},
		{name: "no arm serves any", path: "/none", model: "auto", want: "404 model: no provider of route /none serves a model of the pool; they are google"},
		{name: "arms that name their model", path: "/named", model: "auto", config: `{"preference":"cost"}`, want: "model meta/llama"},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := c.change
			if change == nil {
				change = configured
			}
			cat := testCatalog(t, func(cfg *catalog.Config) {
				cfg.Routing.Fallback = nil
				if c.path == "/own" {
					cfg.Routing.Fallback = []string{"meta/llama"}
				}
				change(cfg)
			})
			p, err := by(cat, c.path, llm.Request{Model: c.model, Extensions: llm.Extensions{ModelConfig: []byte(c.config), Provider: []byte(c.provider), Models: []byte(c.models)}}, Given{})
			if got := autoText(p, err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What does not chat has no model that could be chosen for it; what is free to count does.
func TestAutoIsForChats(t *testing.T) {
	cat := testCatalog(t, nil)
	for operation, want := range map[llm.Operation]string{llm.OperationEmbeddings: "400 model: auto chooses among models that chat: name a model for embeddings", llm.OperationCompletion: "", llm.OperationCountTokens: ""} {
		p, err := Make(cat, &llm.Request{Schema: llm.SchemaOpenAI, Operation: operation, Model: "auto"}, Given{})
		if want == "" && (err != nil || p.Auto == nil) || want != "" && autoText(p, err) != want {
			t.Errorf("%s: %s", operation, autoText(p, err))
		}
	}
	if _, err := catalog.New(catalog.Config{}); err != nil {
		t.Fatal(err)
	}
	empty, _ := catalog.New(catalog.Config{})
	if _, err := Make(empty, &llm.Request{Model: "auto"}, Given{}); err == nil || err.Message != "no model that auto could choose is configured" {
		t.Error(err)
	}
}

// The rule of the cache is that of a model only if the caller names it.
func TestAutoCache(t *testing.T) {
	cat := routed(t, nil)
	p, err := by(cat, "", llm.Request{Model: "auto"}, Given{})
	if err != nil || p.Cache.MaxBytes != 7 || p.Model != "openai/gpt-4o" {
		t.Error(p.Cache, err)
	}
}
