package facts

import (
	"reflect"
	"testing"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
)

func at(name, url string) catalog.Provider {
	return catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: url}
}

// A model is rated by its id, else by what an endpoint is known to serve; what the
// configuration says of its quality stays.
func TestFillRatings(t *testing.T) {
	cfg := catalog.Config{
		Providers: []catalog.Provider{at("work", "https://api.openai.com/v1"), at("home", "http://127.0.0.1:1/v1")},
		Models: []catalog.Model{
			{ID: "me/mine", Endpoints: []catalog.Endpoint{{Provider: "work", Name: "gpt-4o-mini"}}},
			{ID: "openai/gpt-4o-mini", Endpoints: []catalog.Endpoint{{Provider: "home"}}, Ability: pool.Ability{Own: [5]int16{700}}},
			{ID: "openai/gpt-5.5", Endpoints: []catalog.Endpoint{{Provider: "work"}}},
			{ID: "me/unheard-of", Endpoints: []catalog.Endpoint{{Provider: "home"}}},
		},
	}
	BuiltIn().Fill(&cfg)
	mini, before := BuiltIn().Ability("openai/gpt-4o-mini"), BuiltIn().Ability("openai/gpt-5.1")
	if mini.Elo[pool.AspectOverall] != 1317 || mini.Elo[pool.AspectJapanese] != 1256 || mini.From != "lmarena 2025-12-17" || mini.Like {
		t.Errorf("%+v", mini)
	}
	mine := mini
	mine.Own[0] = 700
	like := before
	for a := range like.Elo {
		if like.Elo[a] != 0 {
			like.Elo[a] += 10
		}
	}
	like.From, like.Like = "that of openai/gpt-5.1, lmarena 2025-12-17", true
	for i, want := range []pool.Ability{mini, mine, like, {}} {
		if got := cfg.Models[i].Ability; got != want {
			t.Errorf("%s: got %+v, want %+v", cfg.Models[i].ID, got, want)
		}
	}
}

// The known models of a provider come with their ratings.
func TestModelsRated(t *testing.T) {
	for _, m := range BuiltIn().Models([]catalog.Provider{at("work", "https://api.openai.com/v1")}) {
		if m.Ability.Elo[pool.AspectOverall] == 0 {
			t.Errorf("%s is not rated", m.ID)
		}
	}
}

// What a configuration says stays, what it leaves out is filled, and only where the
// provider is known by its base URL.
func TestFill(t *testing.T) {
	own := catalog.Price{Known: true, Input: 7, Output: 9}
	cfg := catalog.Config{
		Providers: []catalog.Provider{at("work", "https://api.openai.com/v1"), at("openai", "http://127.0.0.1:1/v1"), at("or", "https://openrouter.ai/api/v1")},
		Models: []catalog.Model{
			{ID: "openai/gpt-4o", Endpoints: []catalog.Endpoint{
				{Provider: "work"},   // the name part of the id
				{Provider: "openai"}, // named so, but somewhere else
				{Provider: "or", Name: "openai/gpt-4o", Price: own, PriceFrom: "a contract", Context: 5},
				{Provider: "or", Name: "openai/unheard-of"},
			}},
			{ID: "me/tiered", Endpoints: []catalog.Endpoint{{Provider: "work", Name: "gpt-5.5", Parameters: []string{"tools"}}}},
			{ID: "me/free", Endpoints: []catalog.Endpoint{{Provider: "work", Name: "gpt-5", Price: catalog.Price{Known: true}, MaxOutput: 3}}},
		},
		Routes: []catalog.Route{{Path: "/x", Arms: []catalog.Arm{
			{Provider: "work", Model: "gpt-4o"},                          // configured above: the catalog's price
			{Provider: "or", Model: "openai/gpt-4o"},                     // configured above, with its own price
			{Provider: "work", Model: "gpt-4o-mini"},                     // bare
			{Provider: "work", Model: "gpt-4o-mini", Price: own},         // explicit
			{Provider: "openai", Model: "gpt-4o-mini"}, {Provider: "or"}, // unknown; the request's
		}}},
	}
	c := BuiltIn()
	c.Fill(&cfg)
	gpt4o, _ := c.Lookup("openai", "gpt-4o")
	mini, _ := c.Lookup("openai", "gpt-4o-mini")
	es := cfg.Models[0].Endpoints
	want := []catalog.Endpoint{
		{Provider: "work", Price: gpt4o.Price, PriceFrom: "models.dev 2026-07-02", Context: 128000, MaxOutput: 16384},
		{Provider: "openai"},
		{Provider: "or", Name: "openai/gpt-4o", Price: own, PriceFrom: "a contract", Context: 5, MaxOutput: 16384},
		{Provider: "or", Name: "openai/unheard-of"},
	}
	if !gpt4o.Price.Known || !reflect.DeepEqual(es, want) {
		t.Errorf("got\n%+v\nwant\n%+v", es, want)
	}
	if e := cfg.Models[1].Endpoints[0]; !e.Price.Known || len(e.Price.Tiers) != 1 || e.PriceFrom == "" || e.Context != 1_050_000 || len(e.Parameters) != 1 {
		t.Errorf("a price in tiers: %+v", e)
	}
	if e := cfg.Models[2].Endpoints[0]; e.Price.Equal(catalog.Price{Known: true}) == false || e.PriceFrom != "" || e.MaxOutput != 3 || e.Context != 400_000 {
		t.Errorf("free by decision: %+v", e)
	}
	for i, want := range []catalog.Price{{}, {}, mini.Price, own, {}, {}} {
		if got := cfg.Routes[0].Arms[i].Price; !got.Equal(want) {
			t.Errorf("arm %d: %+v, want %+v", i, got, want)
		}
	}
	before := string(catalog.AppendJSON(nil, cfg))
	c.Fill(&cfg)
	if after := string(catalog.AppendJSON(nil, cfg)); after != before {
		t.Error("filling twice changes it again")
	}
}

// Without models, those that are known of the providers are served: the vendor's own
// endpoint first, resellers last.
func TestFillModels(t *testing.T) {
	cfg := catalog.Config{Providers: []catalog.Provider{
		at("openrouter", "https://openrouter.ai/api/v1"), at("together", "https://api.together.xyz/v1"), at("mine", "https://api.openai.com/v1"),
		at("groq/eu", "https://api.groq.com/openai/v1"), at("local", "http://127.0.0.1:1"), {Name: "off", Schema: llm.SchemaOpenAI, BaseURL: "https://api.deepseek.com", Disabled: true},
	}}
	BuiltIn().Fill(&cfg)
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][]string{
		"openai/gpt-4o":          {"mine", "openrouter"},
		"openai/gpt-oss-120b":    {"together", "groq/eu", "openrouter"},
		"deepseek/deepseek-chat": {"openrouter"},
	} {
		m := cat.Model(id)
		if m == nil {
			t.Fatalf("no %s", id)
		}
		var got []string
		for _, e := range m.Endpoints {
			got = append(got, e.Provider)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if p := cat.Model("openai/gpt-4o").Endpoints[0].Parameters; len(p) < 20 {
		t.Errorf("parameters are %q", p)
	}
}
