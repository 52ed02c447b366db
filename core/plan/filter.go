package plan

import (
	"cmp"
	"slices"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/core/stats"
)

// filter marks what cannot serve this request, and what is to go behind. Order of the
// checks is the order of blame: what the caller forbade, then what the endpoint cannot do,
// that it is switched off, then what it would cost. So an endpoint that is blamed for being
// off could have served the request.
func (m *maker) filter() {
	m.budget()
	for i := range m.d.Candidates {
		c := &m.d.Candidates[i]
		if m.exclude(c) {
			continue
		}
		c.Resting = m.rest(c)
		if len(m.in.Policy.Preferred) > 0 {
			c.Missed = m.misses(m.speed(c))
		}
	}
}

// exclude reports whether the candidate is excluded, and notes in it why. So do those that
// it asks.
func (m *maker) exclude(c *Candidate) bool {
	p, e := &m.in.Policy, c.Endpoint
	switch {
	case matches(p.Ignore, e.Provider):
		return c.exclude(Reason{Code: ExcludedIgnore})
	case p.Only != nil && !matches(p.Only, e.Provider):
		return c.exclude(Reason{Code: ExcludedOnly})
	}
	if missing := undeclared(&p.Demands, &e.Declared); missing != "" {
		return c.exclude(Reason{Code: ExcludedUndeclared, Name: missing})
	}
	for _, limit := range p.MaxPrice {
		if price := m.priceOf(&e.Price, limit); price == unknownPrice || price > limit.Most {
			return c.exclude(Reason{Code: ExcludedPrice, Name: limit.Name, N: price, Of: limit.Most})
		}
	}
	switch {
	case m.cannot(c):
		return true
	case e.Disabled:
		return c.exclude(Reason{Code: ExcludedDisabled})
	case !c.Reading.Off.IsZero():
		return c.exclude(Reason{Code: ExcludedByHand, N: c.Reading.Off.Time().Unix()})
	case m.limited && m.in.Request.Operation != llm.OperationCountTokens && m.unaffordable(c):
		return true
	}
	return m.in.Policy.Strict && m.loses(c)
}

// loses excludes where something is lost, if nothing may be. It comes last, so that what it
// excludes could have served the request but for that.
func (m *maker) loses(c *Candidate) bool {
	if len(c.Lost.Told) == 0 {
		return false
	}
	_, field, _ := strings.Cut(c.Lost.Told[0].Code, ":")
	return c.exclude(Reason{Code: ExcludedStrict, Name: field, N: int64(c.Endpoint.Schema)})
}

// untranslated excludes where the request cannot be said in the endpoint's schema, or to it.
func (m *maker) untranslated(c *Candidate) bool {
	l, s := &c.Lost.Loss, c.Endpoint.Schema
	switch {
	case l.Unserved && m.in.Request.Operation != llm.OperationCountTokens: // which can be estimated
		return c.exclude(Reason{Code: ExcludedOperation, Name: m.in.Request.Operation.String()})
	case l.Unreadable != nil:
		return c.exclude(Reason{Code: ExcludedUnreadable, Name: llm.Clip(l.Unreadable.Error(), maxReason), N: int64(s)})
	case !l.Impossible.Empty():
		return c.exclude(Reason{Code: ExcludedImpossible, Name: l.Impossible.Names()[0], Note: c.Lost.Why, N: int64(s)})
	}
	return false
}

// maxReason bounds what a reason repeats of a caller's request, in bytes. What was
// clipped stays as it is when it is clipped again.
const maxReason = 200

// undeclared names the first field whose demand the endpoint has not declared to meet.
// One without a declared quantization is of the quantization unknown.
func undeclared(d *policy.Demands, e *catalog.Declared) string {
	switch {
	case d.NoCollection && !e.NoCollection:
		return "data_collection"
	case d.ZDR && !e.ZDR:
		return "zdr"
	case d.Quantizations != nil && !slices.Contains(d.Quantizations, cmp.Or(e.Quantization, "unknown")):
		return "quantizations"
	}
	return ""
}

// priceOf is the price that a limit is about, in the tier of the request's estimated input.
func (m *maker) priceOf(of *catalog.Price, limit policy.PriceLimit) catalog.MicroDollars {
	p := of.For(m.d.Request.InputTokens)
	switch {
	case !of.Known:
		return unknownPrice
	case limit.Name == "prompt":
		return p.Input
	case limit.Name == "completion":
		return p.Output
	case limit.Name == "request":
		return p.Request
	}
	return p.Image
}

// cannot excludes what lacks something that the request needs. A context holds input and
// output together, so that what the caller wants written must fit in it too. It comes last, so
// that a shorter request would be served where it is to blame.
func (m *maker) cannot(c *Candidate) bool {
	r, e := m.in.Request, c.Endpoint
	switch {
	case c.Lost != &nothingLost && m.untranslated(c):
		return true
	case r.Operation == llm.OperationCountTokens: // of whatever it may be
		return false
	case e.Parameters != nil && m.lacks(c): // nil: it supports everything
		return true
	case r.Operation == llm.OperationEmbeddings: // each of several inputs has the context for itself
		return false
	case e.MaxOutput > 0 && r.MaxOutput > e.MaxOutput:
		return c.exclude(Reason{Code: ExcludedMaxOutput, N: r.MaxOutput, Of: e.MaxOutput})
	case e.Context > 0 && r.InputTokens > e.Context:
		return c.exclude(Reason{Code: ExcludedContext, N: r.InputTokens, Of: e.Context})
	case e.Context > 0 && r.MaxOutput > e.Context-r.InputTokens:
		return c.exclude(Reason{Code: ExcludedContext, N: r.InputTokens + min(r.MaxOutput, 1<<62), Of: e.Context})
	}
	return false
}

// lacks excludes what does not support a parameter.
func (m *maker) lacks(c *Candidate) bool {
	r, e := m.in.Request, c.Endpoint
	missing := unsupported(e, r.Features)
	if missing == "" && m.in.Policy.RequireParameters {
		missing = unlisted(e, r.Parameters)
	}
	return missing != "" && c.exclude(Reason{Code: ExcludedParameter, Name: missing})
}

// needs are the features without which an answer would mean something else, with the
// parameter that an endpoint lists for them.
var needs = [...]struct {
	feature   llm.Feature
	parameter string
}{
	{llm.FeatureTools, "tools"}, {llm.FeatureImages, "images"}, {llm.FeatureAudio, "audio"},
	{llm.FeatureFiles, "files"}, {llm.FeatureJSONSchema, "structured_outputs"}, {llm.FeatureJSONObject, "response_format"},
}

// unsupported names the first feature in use that the endpoint does not list.
func unsupported(e *catalog.Endpoint, used llm.Feature) string {
	for _, n := range needs {
		if used.Has(n.feature) && !slices.Contains(e.Parameters, n.parameter) {
			return n.parameter
		}
	}
	return ""
}

// unlisted names the first parameter in use that the endpoint does not list.
func unlisted(e *catalog.Endpoint, used []string) string {
	for _, p := range used {
		if slices.Contains(e.Parameters, p) {
			continue
		}
		if s := synonyms(p); !slices.Contains(e.Parameters, s[0]) && !slices.Contains(e.Parameters, s[1]) {
			return p
		}
	}
	return ""
}

// synonyms are other names of a parameter, those of other schemas among them: endpoints list
// them as OpenAI's and OpenRouter's have them. Where there is only one it stands there twice.
// A schema is a kind of response format.
func synonyms(parameter string) [2]string {
	switch parameter {
	case "max_tokens":
		return [2]string{"max_completion_tokens", "max_completion_tokens"}
	case "max_completion_tokens":
		return [2]string{"max_tokens", "max_tokens"}
	case "max_output_tokens":
		return [2]string{"max_tokens", "max_completion_tokens"}
	case "response_format":
		return [2]string{"structured_outputs", "structured_outputs"}
	case "text", "output_format":
		return [2]string{"response_format", "structured_outputs"}
	case "stop_sequences":
		return [2]string{"stop", "stop"}
	case "thinking":
		return [2]string{"reasoning", "reasoning_effort"}
	}
	return [2]string{parameter, parameter}
}

func matches(names []string, provider string) bool {
	for _, n := range names {
		if catalog.MatchProvider(n, provider) {
			return true
		}
	}
	return false
}

// rest says why an eligible endpoint goes last: it is never silently away. nil: it does not.
// While a circuit is half-open, one request at a time is a probe.
func (m *maker) rest(c *Candidate) *Reason {
	switch r := &c.Reading; {
	case !r.Limited.IsZero():
		limited := &Reason{Code: RestingLimited, N: m.millisUntil(r.Limited)}
		if r.LimitedAccount {
			limited.Name = c.Endpoint.Provider
		}
		return limited
	case r.Circuit == stats.Open:
		return &Reason{Code: RestingCircuit, N: m.millisUntil(r.Until), Of: int64(r.Failures)}
	case r.Circuit == stats.HalfOpen && r.Probes > 0:
		return &Reason{Code: RestingProbe, N: r.Probes}
	}
	return nil
}

func (m *maker) millisUntil(end stats.Moment) int64 {
	return (int64(end) - m.in.Now.UnixMicro()) / 1000
}
