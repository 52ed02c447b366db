package catalog

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"strowger/core/jsonout"
)

// AppendJSON appends cfg in its canonical form: the form that a module is configured
// with and that a revision is computed from. Zero fields are left out. The order of
// keys is fixed. Key references are part of it, secrets are not.
func AppendJSON(dst []byte, cfg Config) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.BeginAt("providers", '[')
	for i := range cfg.Providers {
		writeProvider(&w, &cfg.Providers[i])
	}
	w.End(']')
	w.BeginAt("models", '[')
	for i := range cfg.Models {
		m := &cfg.Models[i]
		w.Begin('{')
		w.String("id", m.ID)
		writeAbility(&w, &m.Ability)
		writeCache(&w, m.Cache)
		w.BeginAt("endpoints", '[')
		for j := range m.Endpoints {
			writeEndpoint(&w, &m.Endpoints[j])
		}
		w.End(']')
		w.End('}')
	}
	w.End(']')
	writeRouting(&w, &cfg.Routing)
	writeAliases(&w, cfg.Aliases)
	writeRoutes(&w, cfg.Routes)
	writeKeys(&w, cfg.Keys)
	writeCache(&w, cfg.Cache)
	writeCostLimits(&w, cfg.CostLimits)
	w.OptString("timezone", cfg.Timezone)
	w.End('}')
	return w.Buf
}

func writeProvider(w *jsonout.Writer, p *Provider) {
	w.Begin('{')
	w.String("name", p.Name)
	w.String("schema", p.Schema.String())
	w.String("base_url", p.BaseURL)
	w.OptString("key", publicRef(p.KeyRef))
	if len(p.Headers) > 0 {
		w.BeginAt("headers", '[')
		for _, h := range p.Headers {
			w.Begin('{')
			w.String("name", h.Name)
			w.String("value", publicRef(h.Value))
			w.End('}')
		}
		w.End(']')
	}
	writeTimeouts(w, p.Timeouts)
	writeDeclared(w, p.Declared)
	optBool(w, "assemble", p.Assemble)
	optBool(w, "disabled", p.Disabled)
	w.End('}')
}

// publicRef is a reference without a secret in it. Only what names another place is
// written; all else could be a secret itself, so that nothing but its presence is.
func publicRef(ref string) string {
	for _, scheme := range [...]string{"env:", "file:", "keyring:"} {
		if strings.HasPrefix(ref, scheme) {
			return ref
		}
	}
	if ref == "" {
		return ""
	}
	return "literal:"
}

func writeEndpoint(w *jsonout.Writer, e *Endpoint) {
	w.Begin('{')
	w.String("provider", e.Provider)
	w.OptString("model", e.Name)
	writePrice(w, &e.Price)
	w.OptString("price_from", e.PriceFrom)
	w.OptInt("context", e.Context)
	w.OptInt("max_output", e.MaxOutput)
	if e.Parameters != nil {
		w.Strings("parameters", e.Parameters)
	}
	optBool(w, "prefill", e.Prefill)
	optBool(w, "disabled", e.Disabled)
	w.OptInt("weight", int64(e.Weight))
	writeTimeouts(w, e.Timeouts)
	writeDeclared(w, e.Declared)
	w.End('}')
}

func writeInts(w *jsonout.Writer, key string, ns []int) {
	w.BeginAt(key, '[')
	for _, n := range ns {
		w.Int("", int64(n))
	}
	w.End(']')
}

func optBool(w *jsonout.Writer, key string, v bool) {
	if v {
		w.Bool(key, true)
	}
}

func writePrice(w *jsonout.Writer, p *Price) {
	if !p.Known {
		return
	}
	w.BeginAt("price", '{')
	writePrices(w, p)
	if len(p.Tiers) > 0 {
		w.BeginAt("tiers", '[')
		for i := range p.Tiers {
			w.Begin('{')
			w.Int("above", p.Tiers[i].Above)
			writePrices(w, &p.Tiers[i].Price)
			w.End('}')
		}
		w.End(']')
	}
	w.End('}')
}

func writePrices(w *jsonout.Writer, p *Price) {
	for _, f := range priceFields(p) {
		w.OptInt(f.name, *f.at)
	}
}

func writeDeclared(w *jsonout.Writer, d Declared) {
	if d == (Declared{}) {
		return
	}
	w.BeginAt("declared", '{')
	optBool(w, "no_collection", d.NoCollection)
	optBool(w, "zdr", d.ZDR)
	w.OptString("quantization", d.Quantization)
	w.End('}')
}

func writeTimeouts(w *jsonout.Writer, t Timeouts) {
	if t == (Timeouts{}) {
		return
	}
	w.BeginAt("timeouts_us", '{')
	for _, f := range timeoutFields(&t) {
		w.OptInt(f.name, f.at.Microseconds())
	}
	w.End('}')
}

func writeRouting(w *jsonout.Writer, r *Routing) {
	w.BeginAt("routing", '{')
	w.OptString("strategy", r.Strategy.String())
	if r.Fallback != nil { // an empty list is not the same as none
		w.Strings("fallback", r.Fallback)
	}
	if r.FallbackOn.Statuses != nil {
		writeInts(w, "fallback_on_statuses", r.FallbackOn.Statuses)
	}
	if r.FallbackOn.Classes != nil {
		w.Strings("fallback_on_classes", r.FallbackOn.Classes)
	}
	w.OptInt("max_attempts", int64(r.MaxAttempts))
	w.OptInt("deadline_us", r.Deadline.Microseconds())
	writeRecovery(w, r)
	w.OptInt("circuit_failures", int64(r.Circuit.Failures))
	w.OptInt("circuit_cool_down_us", r.Circuit.CoolDown.Microseconds())
	w.OptInt("circuit_cool_down_max_us", r.Circuit.CoolDownMax.Microseconds())
	writeAuto(w, &r.Auto)
	w.End('}')
}

type priceField struct {
	name string
	at   *MicroDollars
}

func priceFields(p *Price) [8]priceField {
	return [8]priceField{{"input", &p.Input}, {"cache_read", &p.CacheRead}, {"cache_write", &p.CacheWrite}, {"cache_write_1h", &p.CacheWriteHour},
		{"output", &p.Output}, {"reasoning", &p.Reasoning}, {"request", &p.Request}, {"image", &p.Image}}
}

type timeoutField struct {
	name string
	at   *time.Duration
}

func timeoutFields(t *Timeouts) [4]timeoutField {
	return [4]timeoutField{{"connect", &t.Connect}, {"first_token", &t.FirstToken}, {"idle", &t.Idle}, {"total", &t.Total}}
}

func revision(doc []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(doc)
	s := strconv.FormatUint(h.Sum64(), 16)
	return strings.Repeat("0", 16-len(s)) + s
}
