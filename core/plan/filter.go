package plan

import (
	"strowger/core/catalog"
	"strowger/core/llm"
)

// filter marks what cannot serve this request. Order of the checks is the order of
// blame: what the caller forbade, then what the endpoint cannot do.
func (m *maker) filter() {
	for i := range m.d.Candidates {
		c := &m.d.Candidates[i]
		c.Excluded = m.exclude(c.Endpoint)
		if c.Excluded.Code == ReasonNone {
			c.Resting = m.rest(c)
		}
	}
}

func (m *maker) exclude(e *catalog.Endpoint) Reason {
	p, r := &m.in.Policy, m.in.Request
	switch {
	case e.Disabled:
		return Reason{Code: ExcludedDisabled}
	case matches(p.Ignore, e.Provider):
		return Reason{Code: ExcludedIgnore}
	case p.Only != nil && !matches(p.Only, e.Provider):
		return Reason{Code: ExcludedOnly}
	case e.Schema != r.Schema || r.Operation != llm.OperationChat:
		return Reason{Code: ExcludedOperation, Name: r.Operation.String()}
	case e.Context > 0 && r.InputTokens > e.Context:
		return Reason{Code: ExcludedContext, N: r.InputTokens, Of: e.Context}
	case e.MaxOutput > 0 && r.MaxOutput > e.MaxOutput:
		return Reason{Code: ExcludedMaxOutput, N: r.MaxOutput, Of: e.MaxOutput}
	}
	if missing := unsupported(e, r.Features); missing != "" {
		return Reason{Code: ExcludedParameter, Name: missing}
	}
	return Reason{}
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

// unsupported names the first feature in use that the endpoint does not list; an
// endpoint without a list supports everything.
func unsupported(e *catalog.Endpoint, used llm.Feature) string {
	if e.Parameters == nil {
		return ""
	}
	for _, n := range needs {
		if used.Has(n.feature) && !listed(e.Parameters, n.parameter) {
			return n.parameter
		}
	}
	return ""
}

func listed(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func matches(names []string, provider string) bool {
	for _, n := range names {
		if catalog.MatchProvider(n, provider) {
			return true
		}
	}
	return false
}

// rest says why an eligible endpoint goes last: it is never silently away.
func (m *maker) rest(c *Candidate) Reason {
	r := &c.Reading
	switch {
	case !r.Limited.IsZero():
		return Reason{Code: RestingLimited, Until: r.Limited, N: r.Limited.Sub(m.in.Now).Milliseconds()}
	case !r.Until.IsZero():
		return Reason{Code: RestingCircuit, Until: r.Until, N: r.Until.Sub(m.in.Now).Milliseconds(), Of: int64(r.Failures)}
	case r.Circuit != 0 && r.InFlight > 0:
		return Reason{Code: RestingProbe, N: r.InFlight}
	}
	return Reason{}
}
