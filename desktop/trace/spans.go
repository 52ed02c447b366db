package trace

import (
	"net/url"
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/stats"
)

// maxAttempts bounds how many attempts of an exchange have spans.
const maxAttempts = 64

// spansOf is how many spans an exchange has.
func spansOf(r *exchange.Report) int {
	n := 1
	for i := range r.Attempts[:min(len(r.Attempts), maxAttempts)] {
		if sent(&r.Attempts[i]) {
			n++
		}
	}
	return n
}

// sent reports whether an attempt went to its provider.
func sent(a *exchange.AttemptReport) bool {
	return !a.Cached && !a.Estimated && a.Outcome != stats.OutcomeUnaffordable
}

// add adds the spans of an exchange. Nothing of what was said gets into them, and no message of a
// provider, which may repeat it.
func (b *batch) add(r *exchange.Report, in place) {
	s := &span{trace: in.trace, id: newSpan(), parent: in.parent, remote: in.parent != [8]byte{}, flags: in.flags,
		kind: kindServer, start: r.Started, end: r.Started.Add(max(r.Total, 0)), failed: failed(r)}
	operation := operationOf(r.Decision, r.Schema)
	s.name = named(operation, r.Asked)
	s.text("gen_ai.operation.name", operation)
	s.text("gen_ai.request.model", r.Asked)
	s.yes("gen_ai.request.stream", r.Stream)
	s.count("http.response.status_code", int64(r.Status))
	s.answer(r)
	switch {
	case r.Error != nil && r.Outcome != exchange.OutcomeOK:
		s.text("error.type", string(r.Error.Code))
	case r.Outcome != exchange.OutcomeOK:
		s.text("error.type", r.Outcome)
	}
	s.text("strowger.decision.id", r.ID)
	s.text("strowger.outcome", r.Outcome)
	s.text("strowger.route", r.Route)
	s.text("strowger.key.name", r.Key)
	s.text("strowger.cache", r.Cache)
	s.text("strowger.schema", r.Schema.String())
	s.number("strowger.attempts", int64(len(r.Attempts)))
	s.number("strowger.fallbacks", int64(fallbacks(r)))
	s.text("strowger.resumed", r.Resumed)
	if d := r.Decision; d != nil {
		s.text("strowger.strategy", d.Policy.Strategy.String())
		s.long("strowger.reason", d.Why(), maxWhy)
	}
	if r.Priced {
		s.number("strowger.cost_micro", r.Cost)
	}
	if !r.WastedUnknown {
		s.number("strowger.failed_cost_micro", r.Wasted)
	}
	b.write(s)
	for i := range r.Attempts[:min(len(r.Attempts), maxAttempts)] {
		if a := &r.Attempts[i]; sent(a) {
			b.attempt(s, r, a)
		}
	}
}

// answer adds who answered, and how. The tokens stand with the attempts that used them: so they
// are not there twice for whoever adds them up.
func (s *span) answer(r *exchange.Report) {
	if r.Served == 0 {
		if n := len(r.Attempts); n > 0 {
			last := &r.Attempts[n-1]
			s.text("gen_ai.provider.name", providerOf(last.Provider, endpointOf(r.Decision, last.Endpoint)))
		}
		return
	}
	a := &r.Attempts[r.Served-1]
	s.text("gen_ai.provider.name", providerOf(a.Provider, endpointOf(r.Decision, a.Endpoint)))
	s.text("gen_ai.response.model", a.Model)
	s.texts("gen_ai.response.finish_reasons", a.Finish.String())
	if r.Stream {
		s.seconds("gen_ai.response.time_to_first_chunk", r.First)
	}
}

// attempt adds the span of an attempt below that of its exchange.
func (b *batch) attempt(of *span, r *exchange.Report, a *exchange.AttemptReport) {
	start := of.start.Add(max(a.Start, 0))
	e := endpointOf(r.Decision, a.Endpoint)
	s := &span{trace: of.trace, id: newSpan(), parent: of.id, flags: of.flags, kind: kindClient, start: start, end: start.Add(max(a.Total, 0)),
		failed: a.Outcome != stats.OutcomeOK && a.Outcome != stats.OutcomeLeft && a.Outcome != stats.OutcomeAbandoned}
	schema, model := a.Schema, a.Model
	if schema == llm.SchemaNone {
		schema = r.Schema
	}
	if e != nil {
		model = e.Name
	}
	operation := operationOf(r.Decision, schema)
	s.name = named(operation, model)
	s.text("gen_ai.operation.name", operation)
	s.text("gen_ai.provider.name", providerOf(a.Provider, e))
	s.text("gen_ai.request.model", model)
	s.yes("gen_ai.request.stream", r.Stream)
	s.texts("gen_ai.response.finish_reasons", a.Finish.String())
	if r.Stream {
		s.seconds("gen_ai.response.time_to_first_chunk", a.First)
	}
	s.usage(&a.Usage)
	s.server(e)
	s.count("http.response.status_code", int64(a.Status))
	if a.Outcome != stats.OutcomeOK {
		s.text("error.type", a.Outcome.String())
	}
	s.number("strowger.attempt.number", int64(a.N))
	s.text("strowger.attempt.provider", a.Provider)
	s.text("strowger.attempt.model", a.Model)
	s.text("strowger.attempt.outcome", a.Outcome.String())
	s.yes("strowger.attempt.retry", a.Retry)
	s.text("strowger.attempt.resumes", a.Resumes)
	if a.Priced {
		s.number("strowger.attempt.cost_micro", a.Cost)
	}
	b.write(s)
}

// usage adds tokens. The conventions count what was read from a cache or written to one as input,
// and reasoning as output.
func (s *span) usage(u *llm.Usage) {
	if !u.Known && !u.Estimated {
		return
	}
	written := u.CacheWrite + u.CacheWriteHour
	s.number("gen_ai.usage.input_tokens", u.Input+u.CacheRead+written)
	s.number("gen_ai.usage.output_tokens", u.Output+u.Reasoning)
	s.count("gen_ai.usage.cache_read.input_tokens", u.CacheRead)
	s.count("gen_ai.usage.cache_write.input_tokens", written)
	s.count("gen_ai.usage.reasoning.output_tokens", u.Reasoning)
	s.yes("strowger.usage.estimated", u.Estimated)
}

// server adds where an attempt went: the host and port of the base URL, and no more of it.
func (s *span) server(e *catalog.Endpoint) {
	if e == nil {
		return
	}
	u, err := url.Parse(e.BaseURL)
	if err != nil || u.Hostname() == "" {
		return
	}
	port, err := strconv.ParseInt(u.Port(), 10, 32)
	if err != nil {
		if port = 443; u.Scheme == "http" {
			port = 80
		}
	}
	s.text("server.address", u.Hostname())
	s.number("server.port", port)
}

// failed reports whether it was strowger, or who stands behind it, that failed: not the caller.
func failed(r *exchange.Report) bool {
	switch r.Outcome {
	case exchange.OutcomeOK, exchange.OutcomeLeft:
		return false
	case exchange.OutcomeFailed:
		return true
	}
	return r.Status >= 500
}

// fallbacks is how many attempts went to another endpoint than the one before.
func fallbacks(r *exchange.Report) (n int) {
	for i := 1; i < len(r.Attempts); i++ {
		if r.Attempts[i].Endpoint != r.Attempts[i-1].Endpoint {
			n++
		}
	}
	return n
}

// named is a span's name.
func named(operation, model string) string {
	return strings.TrimSpace(operation + " " + model)
}

// operationOf is what an exchange was about, as the conventions call it. A request that was refused
// before a decision on it is not known better than by its schema.
func operationOf(d *plan.Decision, schema llm.Schema) string {
	o := llm.OperationChat
	if d != nil {
		o = d.Request.Operation
	}
	switch {
	case o == llm.OperationChat && schema == llm.SchemaGemini:
		return "generate_content"
	case o == llm.OperationCompletion:
		return "text_completion"
	}
	return o.String()
}

// endpointOf is the candidate of that id; nil if there is none.
func endpointOf(d *plan.Decision, id string) *catalog.Endpoint {
	if d == nil {
		return nil
	}
	for i := range d.Candidates {
		if e := d.Candidates[i].Endpoint; e.ID == id {
			return e
		}
	}
	return nil
}

// vendors are the providers for which the conventions have a name, by the end of their host's.
var vendors = [...]struct{ host, name string }{
	{"api.openai.com", "openai"},
	{"api.anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{"openai.azure.com", "azure.ai.openai"},
	{"services.ai.azure.com", "azure.ai.inference"},
	{"amazonaws.com", "aws.bedrock"},
	{"ml.cloud.ibm.com", "ibm.watsonx.ai"},
	{"api.cohere.com", "cohere"},
	{"api.cohere.ai", "cohere"},
	{"api.deepseek.com", "deepseek"},
	{"api.groq.com", "groq"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.moonshot.ai", "moonshot_ai"},
	{"api.moonshot.cn", "moonshot_ai"},
	{"api.perplexity.ai", "perplexity"},
	{"api.x.ai", "x_ai"},
}

// providerOf is a provider as the conventions name it, or else the configuration.
func providerOf(name string, e *catalog.Endpoint) string {
	if e == nil {
		return name
	}
	u, err := url.Parse(e.BaseURL)
	if err != nil {
		return name
	}
	host := u.Hostname()
	for _, v := range vendors {
		if host == v.host || strings.HasSuffix(host, "."+v.host) || v.name == "gcp.vertex_ai" && strings.HasSuffix(host, "-"+v.host) {
			return v.name
		}
	}
	return name
}
