package plantest

import (
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/core/jsonout"
)

// body is the request, with or without rules of its own.
func (g *generator) body(cfg *catalog.Config) []byte {
	w := jsonout.Writer{}
	w.Begin('{')
	w.String("model", g.name(cfg))
	g.messages(&w)
	if !g.one(3) {
		w.Bool("stream", true)
	}
	if g.one(3) {
		w.Int(g.of("max_tokens", "max_completion_tokens"), []int64{1, 100, 1000, 10_000, 100_000}[g.below(5)])
	}
	if g.one(3) {
		w.Raw("temperature", []byte("0.5"))
	}
	if g.one(4) {
		w.Raw("tools", []byte(`[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`))
		w.String("tool_choice", "auto")
	}
	if g.one(5) {
		w.Raw("response_format", []byte(g.of(`{"type":"text"}`, `{"type":"json_object"}`, `{"type":"json_schema","json_schema":{"name":"x","schema":{}}}`)))
	}
	if g.one(8) {
		w.Int(g.of("seed", "frobnicate"), 7)
	}
	if g.one(6) {
		w.Int("n", int64(1+g.below(4)))
	}
	if !g.one(3) {
		w.String("user", g.of("ann", "bob", "cid", "dan"))
	}
	if g.one(2) {
		w.Raw("provider", g.provider(cfg))
	}
	if g.one(5) {
		w.Strings("models", g.models(cfg))
	}
	w.End('}')
	return w.Buf
}

// name is a model as a caller writes it.
func (g *generator) name(cfg *catalog.Config) string {
	name := cfg.Models[g.below(len(cfg.Models))].ID
	if g.one(4) {
		name = namePart(name)
	}
	if g.one(4) {
		name += g.of(":price", ":floor", ":throughput", ":nitro", ":latency")
	}
	if g.one(40) {
		return name + g.of("x", ":fast", "/")
	}
	return name
}

func (g *generator) messages(w *jsonout.Writer) {
	w.BeginAt("messages", '[')
	for range 1 + g.below(3) {
		words := []int{1, 20, 300, 2500}[g.below(4)]
		w.Begin('{')
		w.String("role", g.of("system", "user", "assistant"))
		if g.one(6) {
			w.BeginAt("content", '[')
			w.Begin('{')
			w.String("type", "image_url")
			w.Raw("image_url", []byte(`{"url":"data:image/png;base64,AAAA"}`))
			w.End('}')
			w.End(']')
		} else {
			w.String("content", strings.Repeat(g.of("word ", "wört ", "言葉 "), words))
		}
		w.End('}')
	}
	w.End(']')
}

// provider is a provider object with some of its fields. Names are those of the
// configuration, a part of one, or none at all.
func (g *generator) provider(cfg *catalog.Config) []byte {
	list := append(names(cfg.Providers), "google", "nobody")
	w := jsonout.Writer{}
	w.Begin('{')
	if g.one(2) {
		w.Strings("order", g.some(list))
	}
	if g.one(6) {
		w.Strings("only", g.some(list))
	}
	if g.one(6) {
		w.Strings("ignore", []string{g.of(list...)})
	}
	if g.one(5) {
		w.Bool("allow_fallbacks", g.one(2))
	}
	if g.one(4) {
		w.Strings("fallback", g.models(cfg))
	}
	if g.one(8) {
		w.Bool("require_parameters", g.one(2))
	}
	if g.one(8) {
		w.Bool("strict", g.one(2))
	}
	g.strategy(&w)
	g.filters(&w)
	w.End('}')
	return w.Buf
}

func (g *generator) strategy(w *jsonout.Writer) {
	switch g.below(6) {
	case 0, 1:
		w.String("routing", g.of(catalog.StrategyNames()...))
	case 2:
		w.String("sort", g.of("price", "throughput", "latency"))
	case 3:
		w.BeginAt("sort", '{')
		w.String("by", g.of("price", "throughput", "latency"))
		w.String("partition", g.of("model", "none"))
		w.End('}')
	}
	if g.one(60) {
		w.Raw(g.of("order", "sort", "zdr", "routing"), []byte("0")) // a mistake, or a key twice
	}
}

func (g *generator) filters(w *jsonout.Writer) {
	if g.one(8) {
		w.BeginAt("max_price", '{')
		w.Raw(g.of("prompt", "completion", "request", "image"), strconv.AppendInt(nil, int64(g.below(20)), 10))
		w.End('}')
	}
	if g.one(40) {
		w.Bool("zdr", g.one(2))
	}
	if g.one(40) {
		w.String("data_collection", g.of("allow", "deny"))
	}
	if g.one(20) {
		w.Strings("quantizations", []string{g.of("fp8", "int4", "bf16", "unknown"), "fp8"})
	}
	if g.one(4) {
		w.Raw("preferred_max_latency", []byte(g.of("1", "0.3", "2.5", `{"p50":0.8,"p99":4}`, `{"p75":1.5}`, `{"p90":2}`)))
	}
	if g.one(4) {
		w.Raw("preferred_min_throughput", []byte(g.of("50", "400", "7.5", `{"p50":90,"p90":20}`, `{"p75":60}`, `{"p99":3}`)))
	}
	if g.one(40) {
		w.Int(g.of("sorted", "unknown"), 1)
	}
}

func (g *generator) models(cfg *catalog.Config) []string {
	list := g.some(ids(cfg))
	if g.one(6) {
		for i := range list {
			list[i] = namePart(list[i])
		}
	}
	return list
}
