package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"strowger/core/catalog"
	"strowger/core/llm"
)

func testCatalog(t testing.TB, change func(*catalog.Config)) *catalog.Catalog {
	t.Helper()
	cfg := catalog.Config{Routing: catalog.Routing{Strategy: catalog.StrategyPriority, Fallback: []string{"meta/llama"}}}
	for _, name := range []string{"openai", "azure", "google", "google/eu", "together/turbo"} {
		cfg.Providers = append(cfg.Providers, catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: "https://x"})
	}
	for _, id := range []string{"openai/gpt-4o", "openai/gpt-4o-mini", "meta/llama", "meta/llama:free", "acme/llama:free", "acme/twin", "meta/twin", "x/odd:price"} {
		cfg.Models = append(cfg.Models, catalog.Model{ID: id, Endpoints: []catalog.Endpoint{{Provider: "openai"}, {Provider: "azure"}}})
	}
	if change != nil {
		change(&cfg)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// ask makes a policy from a model's name and what a caller adds to it.
func ask(cat *catalog.Catalog, model, provider, models, header string) (Policy, *llm.Error) {
	return Make(cat, &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Model: model,
		Extensions: llm.Extensions{Provider: []byte(provider), Models: []byte(models)}}, Given{Header: []byte(header)})
}

// text shows what differs from a policy of nothing but a model, one rule a line.
func text(p Policy) string {
	var b strings.Builder
	add := func(differs bool, format string, args ...any) {
		if differs {
			fmt.Fprintf(&b, format+"\n", args...)
		}
	}
	add(p.Model != "openai/gpt-4o", "model %s", p.Model)
	add(p.Strategy != catalog.StrategyPriority || p.StrategyFrom != FromGlobal, "strategy %s from %s", p.Strategy, p.StrategyFrom)
	add(p.Mixed, "mixed")
	add(len(p.Order) > 0, "order %s", strings.Join(p.Order, ","))
	add(p.Only != nil, "only %s", strings.Join(p.Only, ","))
	add(len(p.Ignore) > 0, "ignore %s", strings.Join(p.Ignore, ","))
	add(!p.AllowFallbacks, "no fallbacks")
	add(p.RequireParameters, "require parameters")
	for _, l := range p.MaxPrice {
		add(true, "max price %s %d", l.Name, l.Most)
	}
	add(p.Hold != catalog.Hold{First: true}, "hold %s", p.Hold)
	add(p.Strict, "strict")
	add(p.Resume != catalog.ResumeAuto, "resume %s", p.Resume)
	add(p.Demands.NoCollection, "no collection")
	add(p.Demands.ZDR, "zdr")
	add(p.Demands.Quantizations != nil, "quantizations %s", strings.Join(p.Demands.Quantizations, ","))
	for _, f := range p.Preferred {
		add(true, "prefer %s p%d %d", map[bool]string{true: "latency", false: "throughput"}[f.Latency], f.Percentile, f.Value)
	}
	add(!slices.Equal(p.Fallback, []string{"meta/llama"}) || p.FallbackFrom != FromGlobal, "fallback %s from %s", strings.Join(p.Fallback, ","), p.FallbackFrom)
	for _, w := range p.Warnings {
		add(true, "warning %s: %s", w.Code, w.Message)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestMake(t *testing.T) {
	cat := testCatalog(t, nil)
	for _, c := range []struct{ name, model, provider, models, header, want string }{
		{name: "nothing said"},
		{name: "empty object", provider: `{}`},
		{name: "order", provider: `{"order":["azure","openai","azure"]}`, want: "order azure,openai,azure"},
		{name: "only and ignore", provider: `{"only":["google"],"ignore":["google/eu"]}`, want: "only google\nignore google/eu"},
		{name: "only nothing", provider: `{"only":[]}`, want: "only "},
		{name: "a variant's name before the slash", provider: `{"order":["together"]}`, want: "order together"},
		{name: "unknown names are skipped", provider: `{"order":["opnai","azure"],"only":["nobody"],"ignore":["google/us"]}`,
			want: "order azure\nonly \nwarning unknown_provider: provider.order: there is no provider \"opnai\"; did you mean \"openai\"?\n" +
				"warning unknown_provider: provider.ignore: there is no provider \"google/us\"; did you mean \"google/eu\"?\n" +
				"warning unknown_provider: provider.only: there is no provider \"nobody\""},
		{name: "fallbacks off", provider: `{"allow_fallbacks":false}`, want: "no fallbacks\nfallback  from global"},
		{name: "fallbacks off, but a list", provider: `{"allow_fallbacks":false,"fallback":["gpt-4o-mini"]}`, want: "no fallbacks\nfallback openai/gpt-4o-mini from body"},
		{name: "fallbacks off, but models", provider: `{"allow_fallbacks":false}`, models: `["gpt-4o-mini"]`, want: "no fallbacks\nfallback openai/gpt-4o-mini from body"},
		{name: "fallbacks on", provider: `{"allow_fallbacks":true}`},
		{name: "sort price", provider: `{"sort":"price"}`, want: "strategy cost from body"},
		{name: "sort throughput", provider: `{"sort":"throughput"}`, want: "strategy throughput from body"},
		{name: "sort latency", provider: `{"sort":"latency"}`, want: "strategy latency from body"},
		{name: "sort across models", provider: `{"sort":{"by":"price","partition":"none"}}`, want: "strategy cost from body\nmixed"},
		{name: "sort within models", provider: `{"sort":{"by":"latency","partition":"model"}}`, want: "strategy latency from body"},
		{name: "sort by nothing", provider: `{"sort":{"by":null,"partition":null,"x":1}}`, want: "warning unknown_field: unknown field provider.sort.x; it has by and partition"},
		{name: "routing cost", provider: `{"routing":"cost"}`, want: "strategy cost from body"},
		{name: "routing price", provider: `{"routing":"price"}`, want: "strategy cost from body"},
		{name: "routing priority", provider: `{"routing":"priority"}`, want: "strategy priority from body"},
		{name: "routing balanced", provider: `{"routing":"balanced"}`, want: "strategy balanced from body"},
		{name: "routing value", provider: `{"routing":"value"}`, want: "strategy value from body"},
		{name: "sort and routing agree", provider: `{"sort":"price","routing":"cost"}`, want: "strategy cost from body"},
		{name: "require_parameters", provider: `{"require_parameters":true}`, want: "require parameters"},
		{name: "max_price", provider: `{"max_price":{"completion":"2.5","prompt":0.1,"image":0,"request":null}}`, want: "max price prompt 100000\nmax price completion 2500000\nmax price image 0"},
		{name: "max_price beyond all", provider: `{"max_price":{"prompt":1e300}}`, want: "max price prompt 4611686018427387904"},
		{name: "max_price of something else", provider: `{"max_price":{"audio":1}}`, want: "warning unknown_field: unknown field provider.max_price.audio; it has prompt, completion, request, image"},
		{name: "what must be declared", provider: `{"data_collection":"deny","zdr":true,"quantizations":["fp8"]}`, want: "no collection\nzdr\nquantizations fp8"},
		{name: "what need not be declared", provider: `{"data_collection":"allow","zdr":false,"quantizations":["fp8","unknown"]}`, want: "quantizations fp8,unknown"},
		{name: "preferred latency", provider: `{"preferred_max_latency":1.5}`, want: "prefer latency p50 1500000"},
		{name: "preferred throughput", provider: `{"preferred_min_throughput":50.25}`, want: "prefer throughput p50 50250"},
		{name: "preferred by percentile", provider: `{"preferred_min_throughput":{"p99":10,"p50":100,"p75":null},"preferred_max_latency":{"p90":"3"}}`,
			want: "prefer latency p90 3000000\nprefer throughput p50 100000\nprefer throughput p99 10000"},
		{name: "preferred of nothing", provider: `{"preferred_max_latency":{},"preferred_min_throughput":{"p95":1}}`,
			want: "warning unknown_field: unknown field provider.preferred_min_throughput.p95; it has p50, p75, p90, p99"},
		{name: "preferred, body before header", header: `{"preferred_max_latency":1,"preferred_min_throughput":1}`, provider: `{"preferred_max_latency":{"p75":2}}`,
			want: "prefer latency p75 2000000\nprefer throughput p50 1000"},
		{name: "hold of nothing", provider: `{"hold":"first_event"}`},
		{name: "hold whole", provider: `{"hold":"whole"}`, want: "hold whole"},
		{name: "hold tokens", provider: `{"hold":{"tokens":4e1}}`, want: "hold 40 tokens"},
		{name: "hold for a time", header: `{"hold":{"for":"1.5s","tokens":null}}`, want: "hold 1.5s"},
		{name: "hold, the bounds", provider: `{"hold":{"tokens":1000000}}`, header: `{"hold":{"for":"10m"}}`, want: "hold 1000000 tokens"},
		{name: "hold and something else", provider: `{"hold":{"tokens":1,"bytes":9}}`, want: "hold 1 tokens\nwarning unknown_field: unknown field provider.hold.bytes; it has tokens and for"},
		{name: "strict", provider: `{"strict":true}`, want: "strict"},
		{name: "strict, body before header", header: `{"strict":true}`, provider: `{"strict":false}`},
		{name: "resume auto", provider: `{"resume":"auto"}`},
		{name: "resume prefill", provider: `{"resume":"prefill"}`, want: "resume prefill"},
		{name: "resume replay", provider: `{"resume":"replay"}`, want: "resume replay"},
		{name: "resume off", provider: `{"resume":"off"}`, want: "resume off"},
		{name: "hold and resume, body before header", header: `{"hold":"whole","resume":"off"}`, provider: `{"hold":{"for":"2s"}}`, want: "hold 2s\nresume off"},
		{name: "a field that is not known here", provider: `{"enforce_distillable_text":true}`, want: "warning unknown_field: unknown field provider.enforce_distillable_text"},
		{name: "unknown fields", provider: `{"ordr":["azure"],"zzz":null}`, want: "warning unknown_field: unknown field provider.ordr; did you mean \"order\"?\nwarning unknown_field: unknown field provider.zzz"},
		{name: "null says nothing", provider: `{"order":null,"allow_fallbacks":null,"only":null,"ignore":null,"sort":null,"routing":null,"require_parameters":null,"fallback":null,` +
			`"max_price":null,"preferred_max_latency":null,"preferred_min_throughput":null,"data_collection":null,"zdr":null,"quantizations":null,"hold":null,"resume":null,"strict":null}`, models: `null`},

		{name: "fallback", provider: `{"fallback":["gpt-4o-mini","meta/llama:free"]}`, want: "fallback openai/gpt-4o-mini,meta/llama:free from body"},
		{name: "fallback switched off", provider: `{"fallback":[]}`, want: "fallback  from body"},
		{name: "duplicates and the primary", provider: `{"fallback":["gpt-4o","meta/llama","openai/gpt-4o","llama","gpt-4o-mini","meta/llama"]}`, want: "fallback meta/llama,openai/gpt-4o-mini from body"},
		{name: "models", models: ` ["gpt-4o-mini"] `, want: "fallback openai/gpt-4o-mini from body"},
		{name: "models switches off", models: `[]`, want: "fallback  from body"},
		{name: "fallback before models", provider: `{"fallback":["gpt-4o-mini"]}`, models: `["meta/llama"]`, want: "fallback openai/gpt-4o-mini from body\nwarning models_ignored: models is passed over, because provider.fallback is given too"},
		{name: "models before the header's fallback", header: `{"fallback":["gpt-4o-mini"]}`, models: `["meta/llama"]`, want: "fallback meta/llama from body"},
		{name: "suffix of a fallback model", models: `["gpt-4o-mini:nitro"]`, want: "fallback openai/gpt-4o-mini from body\nwarning suffix_ignored: the suffix of \"gpt-4o-mini:nitro\" is passed over: one strategy holds for all models of a request"},
		{name: "the primary is not its own fallback", model: "meta/llama", want: "model meta/llama\nfallback  from global"},

		{name: "bare name", model: "gpt-4o"},
		{name: ":price", model: "gpt-4o:price", want: "strategy cost from suffix"},
		{name: ":floor", model: "openai/gpt-4o:floor", want: "strategy cost from suffix"},
		{name: ":throughput", model: "gpt-4o:throughput", want: "strategy throughput from suffix"},
		{name: ":nitro", model: "gpt-4o:nitro", want: "strategy throughput from suffix"},
		{name: ":latency", model: "gpt-4o:latency", want: "strategy latency from suffix"},
		{name: "a full id is never split", model: "meta/llama:free", want: "model meta/llama:free"},
		{name: "nor is one that ends like a suffix", model: "x/odd:price", want: "model x/odd:price"},
		{name: "nor its name part", model: "odd:price", want: "model x/odd:price"},
		{name: "a suffix behind a colon", model: "meta/llama:free:price", want: "model meta/llama:free\nstrategy cost from suffix"},
		{name: "a suffix behind a suffix's name", model: "odd:price:nitro", want: "model x/odd:price\nstrategy throughput from suffix"},

		{name: "header", header: `{"order":["azure"],"routing":"value","fallback":["gpt-4o-mini"],"x":1}`,
			want: "strategy value from header\norder azure\nfallback openai/gpt-4o-mini from header\nwarning unknown_field: unknown field x-strowger-provider.x"},
		{name: "header before suffix", model: "gpt-4o:price", header: `{"sort":"latency"}`, want: "strategy latency from header"},
		{name: "body before header", model: "gpt-4o:price", header: `{"sort":"latency","order":["azure"],"only":["azure"],"allow_fallbacks":false}`, provider: `{"routing":"balanced","order":["google"],"allow_fallbacks":true}`,
			want: "strategy balanced from body\norder google\nonly azure"},
		{name: "suffix stays when the others say other things", model: "gpt-4o:nitro", header: `{"order":["azure"]}`, provider: `{"sort":null}`, want: "strategy throughput from suffix\norder azure"},
		{name: "body and header do not conflict", header: `{"sort":"latency"}`, provider: `{"routing":"cost"}`, want: "strategy cost from body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			model := c.model
			if model == "" {
				model = "openai/gpt-4o"
			}
			p, err := ask(cat, model, c.provider, c.models, c.header)
			if err != nil {
				t.Fatal(err)
			}
			if got := text(p); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestMakeErrors(t *testing.T) {
	cat := testCatalog(t, nil)
	long := strings.Repeat("é", 10_000)
	many := `["` + strings.Repeat(`azure","`, maxNames) + `azure"]`
	const strategies = "must be one of priority, cost, latency, throughput, balanced, value"
	for _, c := range []struct {
		name, model, provider, models, header string
		code                                  llm.Code
		param, message                        string
	}{
		{name: "conflict", provider: `{"sort":"price","routing":"latency"}`, param: "provider.sort", message: `is "price" but routing is "latency": give one of the two`},
		{name: "conflict in the header", header: `{"routing":"value","sort":{"by":"price"}}`, param: "x-strowger-provider.sort", message: `is "price" but routing is "value": give one of the two`},
		{name: "sort", provider: `{"sort":"cheap"}`, param: "provider.sort", message: "must be one of price, throughput, latency"},
		{name: "sort knows fewer than routing", provider: `{"sort":"balanced"}`, param: "provider.sort", message: "must be one of price, throughput, latency"},
		{name: "sort of another kind", provider: `{"sort":["price"]}`, param: "provider.sort", message: "must be one of price, throughput, latency"},
		{name: "sort.by", provider: `{"sort":{"by":"cheap"}}`, param: "provider.sort.by", message: "must be one of price, throughput, latency"},
		{name: "sort.partition", provider: `{"sort":{"by":"price","partition":"all"}}`, param: "provider.sort.partition", message: "must be one of model, none"},
		{name: "sort with a key twice", provider: `{"sort":{"by":"price","by":"price"}}`, param: "provider.sort", message: `invalid JSON at byte 22: duplicate key "by"`},
		{name: "routing", provider: `{"routing":"fast"}`, param: "provider.routing", message: strategies},
		{name: "routing of another kind", provider: `{"routing":1}`, param: "provider.routing", message: strategies},
		{name: "empty routing", provider: `{"routing":""}`, param: "provider.routing", message: strategies},
		{name: "order of another kind", provider: `{"order":"azure"}`, param: "provider.order", message: "must be an array of names"},
		{name: "only of another kind", provider: `{"only":{}}`, param: "provider.only", message: "must be an array of names"},
		{name: "ignore with a number", provider: `{"ignore":["azure",1]}`, param: "provider.ignore[1]", message: "must be a name, as a string"},
		{name: "an empty name", provider: `{"order":[""]}`, param: "provider.order[0]", message: "must be a name, as a string"},
		{name: "too many names", provider: `{"order":` + many + `}`, param: "provider.order", message: "may hold at most 64 names"},
		{name: "too many models", models: many, param: "models", message: "may hold at most 64 names"},
		{name: "allow_fallbacks", provider: `{"allow_fallbacks":"no"}`, param: "provider.allow_fallbacks", message: "must be true or false"},
		{name: "require_parameters", provider: `{"require_parameters":1}`, param: "provider.require_parameters", message: "must be true or false"},
		{name: "zdr", provider: `{"zdr":"yes"}`, param: "provider.zdr", message: "must be true or false"},
		{name: "data_collection", provider: `{"data_collection":true}`, param: "provider.data_collection", message: "must be one of allow, deny"},
		{name: "quantizations", provider: `{"quantizations":"fp8"}`, param: "provider.quantizations", message: "must be an array of names"},
		{name: "max_price", provider: `{"max_price":1}`, param: "provider.max_price", message: "must be an object of prices in US dollars with prompt, completion, request, image"},
		{name: "max_price below nothing", provider: `{"max_price":{"prompt":-1}}`, param: "provider.max_price.prompt", message: "must be a number of US dollars from 0 on"},
		{name: "max_price not a number", provider: `{"max_price":{"prompt":"NaN"}}`, param: "provider.max_price.prompt", message: "must be a number of US dollars from 0 on"},
		{name: "preferred latency", provider: `{"preferred_max_latency":{"p50":1,"p90":0}}`, param: "provider.preferred_max_latency.p90", message: "must be a number of seconds above 0"},
		{name: "preferred latency of another kind", provider: `{"preferred_max_latency":[1]}`, param: "provider.preferred_max_latency", message: "must be a number of seconds above 0"},
		{name: "preferred throughput", provider: `{"preferred_min_throughput":"fast"}`, param: "provider.preferred_min_throughput", message: "must be a number of tokens per second above 0"},
		{name: "preferred throughput twice", header: `{"preferred_min_throughput":{"p50":1,"p50":2}}`, param: "x-strowger-provider.preferred_min_throughput", message: "must be a number or an object of numbers with p50, p75, p90, p99"},
		{name: "strict", provider: `{"strict":1}`, param: "provider.strict", message: "must be true or false"},
		{name: "resume", provider: `{"resume":"always"}`, param: "provider.resume", message: "must be one of auto, prefill, replay, off"},
		{name: "resume of another kind", header: `{"resume":true}`, param: "x-strowger-provider.resume", message: "must be one of auto, prefill, replay, off"},
		{name: "conflict in other words", provider: `{"sort":"latency","routing":"price"}`, param: "provider.sort", message: `is "latency" but routing is "price": give one of the two`},
		{name: "models of another kind", models: `{}`, param: "models", message: "must be an array of names"},
		{name: "models cut off", models: `["gpt-4o"`, param: "models", message: "must be an array of names"},
		{name: "not an object", provider: `[]`, param: "provider", message: `must be an object such as {"sort": "price"}: invalid JSON at byte 0: expected an object`},
		{name: "header not JSON", header: `sort=price`, param: "x-strowger-provider", message: `must be an object such as {"sort": "price"}: invalid JSON at byte 0: expected an object`},
		{name: "a key twice", header: `{"sort":"price","sort":"price"}`, param: "x-strowger-provider", message: `must be an object such as {"sort": "price"}: invalid JSON at byte 16: duplicate key "sort"`},
		{name: "the first mistake counts", provider: `{"zdr":1,"sort":1}`, param: "provider.zdr", message: "must be true or false"},

		{name: "unknown model", model: "openai/gpt4o", code: llm.CodeModelNotFound, param: "model", message: `no model "openai/gpt4o" is configured; did you mean "openai/gpt-4o"?`},
		{name: "unknown bare model", model: "gpt-4o-mni:price", code: llm.CodeModelNotFound, param: "model", message: `no model "gpt-4o-mni:price" is configured; did you mean "openai/gpt-4o-mini"?`},
		{name: "unlike any", model: "claude", code: llm.CodeModelNotFound, param: "model", message: `no model "claude" is configured`},
		{name: "unknown suffix", model: "gpt-4o:fast", code: llm.CodeModelNotFound, param: "model", message: `no model "gpt-4o:fast" is configured: ":fast" is no suffix; the suffixes are price, throughput, latency, floor, nitro`},
		{name: "empty suffix", model: "gpt-4o:", code: llm.CodeModelNotFound, param: "model", message: `no model "gpt-4o:" is configured: ":" is no suffix; the suffixes are price, throughput, latency, floor, nitro`},
		{name: "only a suffix", model: ":price", code: llm.CodeModelNotFound, param: "model", message: `no model ":price" is configured`},
		{name: "ambiguous", model: "twin", code: llm.CodeModelNotFound, param: "model", message: `"twin" may mean several models: acme/twin, meta/twin`},
		{name: "ambiguous with suffix", model: "twin:price", code: llm.CodeModelNotFound, param: "model", message: `"twin:price" may mean several models: acme/twin, meta/twin`},
		{name: "ambiguous with colon", model: "llama:free", code: llm.CodeModelNotFound, param: "model", message: `"llama:free" may mean several models: acme/llama:free, meta/llama:free`},
		{name: "no model", model: " ", code: llm.CodeModelNotFound, param: "model", message: `no model " " is configured`},
		{name: "unknown fallback", provider: `{"fallback":["gpt-4o","lama"]}`, code: llm.CodeModelNotFound, param: "provider.fallback[1]", message: `no model "lama" is configured; did you mean "meta/llama"?`},
		{name: "unknown fallback in the header", header: `{"fallback":["x"]}`, code: llm.CodeModelNotFound, param: "x-strowger-provider.fallback[0]", message: `no model "x" is configured`},
		{name: "unknown fallback in models", models: `["x"]`, code: llm.CodeModelNotFound, param: "models[0]", message: `no model "x" is configured`},
		{name: "a very long name", model: long, code: llm.CodeModelNotFound, param: "model", message: `no model "` + strings.Repeat("é", maxName/2) + `…" is configured`},
	} {
		t.Run(c.name, func(t *testing.T) {
			model, code := c.model, c.code
			if model == "" {
				model = "gpt-4o"
			}
			if code == "" {
				code = llm.CodeInvalidRequest
			}
			_, err := ask(cat, model, c.provider, c.models, c.header)
			if err == nil {
				t.Fatal("accepted")
			}
			if err.Code != code || err.Param != c.param || err.Message != c.message {
				t.Errorf("got %s, %s: %s", err.Code, err.Param, err.Message)
			}
			want := map[llm.Code]int{llm.CodeInvalidRequest: 400, llm.CodeModelNotFound: 404}[code]
			if err.HTTPStatus() != want {
				t.Errorf("status %d, want %d", err.HTTPStatus(), want)
			}
		})
	}
}

// Without a model the first of models is asked for, suffix and all, and the rest follow.
func TestFirstOfModels(t *testing.T) {
	cat := testCatalog(t, nil)
	for models, want := range map[string]string{
		`["gpt-4o","meta/llama"]`:         "fallback meta/llama from body",
		`["gpt-4o:floor"]`:                "strategy cost from suffix\nfallback  from body",
		`["meta/llama","gpt-4o","llama"]`: "model meta/llama\nfallback openai/gpt-4o from body",
	} {
		p, err := ask(cat, "", "", models, "")
		if err != nil {
			t.Fatalf("%s: %v", models, err)
		}
		if got := text(p); got != want {
			t.Errorf("%s: got %q, want %q", models, got, want)
		}
	}
	for models, param := range map[string]string{`[]`: "model", `[7]`: "model", `["x","gpt-4o"]`: "models[0]", `["gpt-4o","x"]`: "models[1]"} {
		if _, err := ask(cat, "", "", models, ""); err == nil || err.Param != param {
			t.Errorf("%s: got %v, want a mistake in %s", models, err, param)
		}
	}
}

func TestMissingModel(t *testing.T) {
	_, err := ask(testCatalog(t, nil), "", "", "", "")
	if err == nil || err.Code != llm.CodeInvalidRequest || err.Param != "model" || err.Message != `missing: name a model such as "acme/llama:free"` {
		t.Errorf("got %v", err)
	}
	empty, _ := catalog.New(catalog.Config{})
	if _, err := ask(empty, "", "", "", ""); err == nil || err.Message != `missing: name a model such as "author/name"` {
		t.Errorf("got %v", err)
	}
	if _, err := ask(empty, "x", "", "", ""); err == nil || err.Code != llm.CodeModelNotFound {
		t.Errorf("got %v", err)
	}
}

func TestGlobalRules(t *testing.T) {
	cat := testCatalog(t, func(c *catalog.Config) {
		c.Routing = catalog.Routing{Strategy: catalog.StrategyValue, MaxAttempts: 2, Deadline: time.Second, Fallback: []string{"llama", "meta/llama", "gpt-4o-mini"},
			FallbackOn: catalog.FallbackOn{Statuses: []int{401}, Classes: []string{catalog.ClassContentFilter}}}
	})
	p, err := ask(cat, "gpt-4o", "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	want := Policy{Model: "openai/gpt-4o", Strategy: catalog.StrategyValue, StrategyFrom: FromGlobal, AllowFallbacks: true, AllowFallbacksFrom: FromGlobal, StrictFrom: FromGlobal,
		Fallback: []string{"meta/llama", "openai/gpt-4o-mini"}, FallbackFrom: FromGlobal, MaxAttempts: 2, Deadline: time.Second,
		FallbackOn: catalog.FallbackOn{Statuses: []int{401}, Classes: []string{catalog.ClassContentFilter}},
		Hold:       catalog.Hold{First: true}, Resume: catalog.ResumeAuto,
		Retry: &catalog.Retry{Max: 2, Backoff: 500 * time.Millisecond, BackoffMax: 8 * time.Second, AfterMax: 3 * time.Second}}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got\n%+v\nwant\n%+v", p, want)
	}
	if p, _ := ask(cat, "gpt-4o:latency", "", "", ""); p.Strategy != catalog.StrategyLatency || p.StrategyFrom != FromSuffix {
		t.Errorf("the suffix does not go before the global rule: %+v", p)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	names := strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("é", 5000)+`",`, maxNames), ",")
	p, err := ask(testCatalog(t, nil), "gpt-4o", `{"order":[`+names+`]}`, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) != maxWarnings || len(p.Order) != 0 {
		t.Errorf("%d warnings", len(p.Warnings))
	}
	for _, w := range p.Warnings {
		if len(w.Message) > 300 || !utf8.ValidString(w.Message) {
			t.Errorf("got %q", w.Message)
		}
	}
}

// Whatever a caller writes, it is either a policy that holds together or an error that
// names a field.
func FuzzMake(f *testing.F) {
	cat := testCatalog(f, nil)
	for _, provider := range []string{
		`{"order":["azure"],"only":["google"],"ignore":[],"allow_fallbacks":false,"fallback":["meta/llama"]}`,
		`{"sort":{"by":"price","partition":"none"},"routing":"cost","require_parameters":true}`,
		`{"max_price":{"prompt":1,"completion":"2.5"},"data_collection":"deny","zdr":true,"quantizations":["int4"]}`,
		`{"preferred_max_latency":1,"preferred_min_throughput":{"p50":1},"zdr":null}`,
		`{"hold":{"tokens":40},"resume":"replay"}`, `{"hold":{"for":"2s"}}`, `{"hold":"whole"}`, `{"a":{"b":[1]}}`, `[`, ``,
	} {
		f.Add("gpt-4o:price", provider, `["meta/llama","twin"]`, provider)
	}
	f.Fuzz(func(t *testing.T, model, provider, models, header string) {
		p, err := ask(cat, model, provider, models, header)
		if err != nil {
			if err.Param == "" || err.Message == "" || err.HTTPStatus() != 400 && err.HTTPStatus() != 404 || len(err.Message) > 2000 {
				t.Errorf("got %+v", err)
			}
			return
		}
		if cat.Model(p.Model) == nil || p.Strategy.String() == "" || len(p.Warnings) > maxWarnings || len(p.Fallback) > maxNames {
			t.Errorf("got %+v", p)
		}
		for _, names := range [][]string{p.Order, p.Only, p.Ignore} {
			for _, n := range names {
				if !cat.HasProvider(n) {
					t.Errorf("%q is no provider", n)
				}
			}
		}
		h := p.Hold
		if !h.Said() || h.Tokens < 0 || h.Tokens > catalog.MostHoldTokens || h.For < 0 || h.For > catalog.MostHoldFor || p.Resume.String() == "" || p.Retry == nil {
			t.Errorf("got %+v", p)
		}
		seen := map[string]bool{p.Model: true}
		for _, id := range p.Fallback {
			if cat.Model(id) == nil || seen[id] {
				t.Errorf("fallback %q", p.Fallback)
			}
			seen[id] = true
		}
		for i, l := range p.MaxPrice {
			if l.Most < 0 || i > 0 && l.Name == p.MaxPrice[i-1].Name {
				t.Errorf("got %+v", p.MaxPrice)
			}
		}
		again, _ := ask(cat, model, provider, models, header)
		if !reflect.DeepEqual(p, again) {
			t.Errorf("the same request has two policies:\n%+v\n%+v", p, again)
		}
	})
}
