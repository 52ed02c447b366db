package router

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/stats"
)

// write writes the members of a model: OpenAI's with what OpenRouter's adds
// (openrouter.ai/docs/models), and Anthropic's (docs.anthropic.com/en/api/models). What is not known is null or left out. Aliases have
// alias_of, which is ours. OpenRouter's own SDK refuses a list that lacks one of its members.
func (e *entry) write(w *jsonout.Writer) {
	top := e.top()
	id := top.Model
	w.String("id", e.id)
	w.String("object", "model")
	w.Int("created", 0) // not known; strict clients want a number
	author, _, _ := strings.Cut(id, "/")
	about := ""
	if e.pool != nil {
		author, about = "strowger", autoAbout
	}
	w.String("owned_by", author)
	w.OptString("alias_of", e.aliasOf)
	w.String("name", e.id)
	writeKnown(w, "context_length", top.Context)
	parameters := e.parameters()
	writeArchitecture(w, parameters)
	writePricing(w, &top.Price)
	w.BeginAt("top_provider", '{')
	writeKnown(w, "context_length", top.Context)
	writeKnown(w, "max_completion_tokens", top.MaxOutput)
	w.Bool("is_moderated", false)
	w.End('}')
	writeParameters(w, parameters)
	w.String("canonical_slug", id)
	w.BeginAt("links", '{')
	w.String("details", "/api/v1/models/"+e.id+"/endpoints")
	w.End('}')
	w.String("description", about)
	w.Null("default_parameters")
	w.Null("per_request_limits")
	w.Null("supported_voices")
	w.String("type", "model")
	w.String("display_name", e.id)
	w.String("created_at", "1970-01-01T00:00:00Z")
}

// autoAbout describes the model auto.
const autoAbout = "Strowger chooses a model of the pool for each request, by its words. It costs what that model costs."

// top is the endpoint that is first in order, switched off ones last; for auto what holds for its
// pool.
func (e *entry) top() *catalog.Endpoint {
	if e.pool != nil {
		return e.pool
	}
	for i := range e.endpoints {
		if !e.endpoints[i].Disabled {
			return &e.endpoints[i]
		}
	}
	return &e.endpoints[0]
}

// parameters are those that any endpoint supports, in the order of the first that lists
// them; nil if one has not said, or none can be called.
func (e *entry) parameters() (list []string) {
	for i := range e.endpoints {
		at := &e.endpoints[i]
		if at.Disabled {
			continue
		}
		if at.Parameters == nil {
			return nil
		}
		if list == nil {
			list = []string{}
		}
		for _, p := range at.Parameters {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	return list
}

// modalities are what an endpoint lists among its parameters that are none of the API,
// with OpenRouter's names.
var modalities = [...]struct{ parameter, name string }{{"images", "image"}, {"files", "file"}, {"audio", "audio"}}

func isModality(parameter string) bool {
	for _, m := range modalities {
		if m.parameter == parameter {
			return true
		}
	}
	return false
}

// writeArchitecture says what goes in and out; null if no endpoint has said.
func writeArchitecture(w *jsonout.Writer, parameters []string) {
	if parameters == nil {
		w.Null("architecture")
		return
	}
	in := []string{"text"}
	for _, m := range modalities {
		if slices.Contains(parameters, m.parameter) {
			in = append(in, m.name)
		}
	}
	w.BeginAt("architecture", '{')
	w.String("modality", strings.Join(in, "+")+"->text")
	w.Strings("input_modalities", in)
	w.Strings("output_modalities", []string{"text"})
	w.String("tokenizer", "Other")
	w.Null("instruct_type")
	w.End('}')
}

// everything is what an endpoint supports that lists no parameters: all that chat
// completions have in OpenRouter's list.
var everything = [...]string{
	"frequency_penalty", "include_reasoning", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "min_p",
	"parallel_tool_calls", "presence_penalty", "reasoning", "reasoning_effort", "repetition_penalty", "response_format", "seed", "stop",
	"structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p", "verbosity",
}

func writeParameters(w *jsonout.Writer, parameters []string) {
	if parameters == nil {
		parameters = everything[:]
	}
	w.Strings("supported_parameters", slices.DeleteFunc(slices.Clone(parameters), isModality))
}

// writePricing writes dollars as text: per token, and per request and image. Beside prompt
// and completion, a price of 0 is left out: it may be one that nobody has stated. Where no
// price is known, both are -1, as OpenRouter has it for prices that cannot be told. The tiers
// are ours.
func writePricing(w *jsonout.Writer, p *catalog.Price) {
	w.BeginAt("pricing", '{')
	defer w.End('}')
	if !p.Known {
		w.String("prompt", "-1")
		w.String("completion", "-1")
		return
	}
	writePrices(w, p)
	if len(p.Tiers) == 0 {
		return
	}
	w.BeginAt("tiers", '[')
	for i := range p.Tiers {
		w.Begin('{')
		w.Int("above", p.Tiers[i].Above)
		writePrices(w, &p.Tiers[i].Price)
		w.End('}')
	}
	w.End(']')
}

func writePrices(w *jsonout.Writer, p *catalog.Price) {
	const perToken, each = 12, 6 // micro-dollars per million tokens; micro-dollars
	w.String("prompt", decimal(p.Input, perToken))
	w.String("completion", decimal(p.Output, perToken))
	for _, f := range [...]struct {
		name   string
		value  catalog.MicroDollars
		places int
	}{{"request", p.Request, each}, {"image", p.Image, each}, {"internal_reasoning", p.Reasoning, perToken},
		{"input_cache_read", p.CacheRead, perToken}, {"input_cache_write", p.CacheWrite, perToken}, {"input_cache_write_1h", p.CacheWriteHour, perToken}} {
		if f.value != 0 {
			w.String(f.name, decimal(f.value, f.places))
		}
	}
}

// writeEndpoints writes the endpoints that may be called, in OpenRouter's shape
// (openrouter.ai/docs/api-reference/list-endpoints-for-a-model). Its figures are about the
// last 30 minutes, ours are means whose weight halves every 10: so the former are null, and
// ours stand beside them with names of their own. Of its status only 0, in order, is
// documented; ours is -1 for one that rests and goes last.
func (e *entry) writeEndpoints(w *jsonout.Writer, s stats.Snapshot, now time.Time) {
	w.BeginAt("endpoints", '[')
	var r stats.Reading
	for i := range e.endpoints {
		if at := &e.endpoints[i]; !at.Disabled {
			s.Read(&r, at.ID, at.Provider, now)
			w.Begin('{')
			writeEndpoint(w, at)
			writeReading(w, &r)
			w.End('}')
		}
	}
	w.End(']')
}

func writeEndpoint(w *jsonout.Writer, e *catalog.Endpoint) {
	w.String("name", e.ID)
	w.String("model_id", e.Model)
	w.String("model_name", e.Model)
	w.String("provider_name", e.Provider)
	w.String("tag", e.Provider) // as in provider.order
	writeKnown(w, "context_length", e.Context)
	writeKnown(w, "max_completion_tokens", e.MaxOutput)
	w.Null("max_prompt_tokens")
	writePricing(w, &e.Price)
	if e.Declared.Quantization != "" {
		w.String("quantization", e.Declared.Quantization)
	} else {
		w.Null("quantization")
	}
	writeParameters(w, e.Parameters)
	w.Bool("supports_implicit_caching", false)
	writeToolChoice(w, e.Parameters)
	w.Null("uptime_last_5m")
	w.Null("uptime_last_30m")
	w.Null("uptime_last_1d")
	w.Null("latency_last_30m")
	w.Null("throughput_last_30m")
}

// writeToolChoice says which values of tool_choice are supported; without parameters all are.
func writeToolChoice(w *jsonout.Writer, parameters []string) {
	supported := parameters == nil || slices.Contains(parameters, "tools") || slices.Contains(parameters, "tool_choice")
	w.BeginAt("supports_tool_choice", '{')
	for _, value := range [...]string{"auto", "none", "required", "function"} {
		w.Bool(value, supported)
	}
	w.End('}')
}

// writeReading writes what is known of an endpoint now: uptime in percent, times in
// milliseconds (latency to the first token of streams, total to the end of other answers),
// throughput in output tokens per second, and how many attempts that is from, older ones
// counting less.
func writeReading(w *jsonout.Writer, r *stats.Reading) {
	if r.Circuit == stats.Closed && r.Limited == 0 {
		w.Int("status", 0)
	} else {
		w.Int("status", -1)
	}
	writeNumber(w, "uptime", r.Uptime, 1, r.Samples > 0)
	writeSpeed(w, "latency_ms", &r.Stream)
	writeSpeed(w, "total_ms", &r.Whole)
	tokens := r.Stream.Tokens
	if tokens == 0 {
		tokens = r.Whole.Tokens
	}
	writeNumber(w, "throughput", tokens, 3, tokens > 0)
	w.String("circuit", r.Circuit.String())
	w.Time("circuit_until", r.Until.Time())
	w.Time("limited_until", r.Limited.Time())
	w.Int("in_flight", r.InFlight)
	writeNumber(w, "samples", r.Samples, 3, true)
	if r.LimitedAccount {
		w.Bool("limited_account", true)
	}
}

func writeSpeed(w *jsonout.Writer, key string, s *stats.Speed) {
	if s.Samples == 0 {
		w.Null(key)
		return
	}
	w.BeginAt(key, '{')
	writeNumber(w, "p50", int64(s.P50), 3, true)
	writeNumber(w, "p75", int64(s.P75), 3, true)
	writeNumber(w, "p90", int64(s.P90), 3, true)
	writeNumber(w, "p99", int64(s.P99), 3, true)
	w.End('}')
}

func writeKnown(w *jsonout.Writer, key string, n int64) { w.IntOrNull(key, n, n > 0) }

// writeNumber writes n with its last places behind the point, or null if it is not known.
func writeNumber(w *jsonout.Writer, key string, n int64, places int, known bool) {
	if !known {
		w.Null(key)
	} else {
		w.Raw(key, []byte(decimal(n, places)))
	}
}

// decimal writes n, from 0 on, with its last places behind the point, zeros at the end left
// out.
func decimal(n int64, places int) string {
	digits := strconv.FormatInt(n, 10)
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, rest := digits[:len(digits)-places], strings.TrimRight(digits[len(digits)-places:], "0")
	if rest == "" {
		return whole
	}
	return whole + "." + rest
}
