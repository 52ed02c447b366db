package policytest

import (
	"fmt"
	"slices"

	"strowger/core/catalog"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/recall"
	"strowger/core/router"
	"strowger/core/stats"
)

// Run decides. The error says that the test makes no sense with this configuration: it names what
// is not there.
func (t *Test) Run(with Setting) (Outcome, error) {
	decide := t.ask
	if t.Record != nil {
		decide = t.again
	}
	d, refused, err := decide(with)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	if refused != nil {
		out.Why = refusal(refused)
	} else {
		out.Why = d.Why()
	}
	for _, e := range t.Expect {
		if got := e.of(&d, refused); !slices.Equal(got, e.Want) {
			out.Failures = append(out.Failures, Failure{e, got})
		}
	}
	return out, nil
}

// again makes the recorded decision under the configuration.
func (t *Test) again(with Setting) (d plan.Decision, refused *llm.Error, err error) {
	r, err := recall.Read(t.Record)
	if err != nil {
		return d, nil, fmt.Errorf("decision: %w", err)
	}
	if len(r.Lacks) > 0 {
		return d, nil, &recall.Error{Rev: r.Rev, Lacks: r.Lacks}
	}
	_, d, refused = r.Under(with.Catalog, recall.Change{})
	return d, refused, nil
}

// ask decides on the request, then once more with what is known of the endpoints.
func (t *Test) ask(with Setting) (d plan.Decision, refused *llm.Error, err error) {
	r := router.New(with.Catalog)
	entry, ok := r.EntryOf(t.Request.Path)
	switch {
	case !ok:
		return d, nil, fmt.Errorf("request.path: %w", r.Nowhere(t.Request.Path))
	case t.Request.Key != "" && with.Catalog.Key(t.Request.Key) == nil:
		return d, nil, fmt.Errorf("request.key: no client key of the name %s is configured", t.Request.Key)
	}
	for id := range t.State {
		if with.Catalog.Endpoint(id) == nil {
			return d, nil, fmt.Errorf("state: no endpoint %s is configured", id)
		}
	}
	state := router.State{Board: stats.Board{Rules: r.Rules()}, Ledger: limits.Ledger{Zone: with.Zone}}
	for account, spent := range t.Spent {
		for _, per := range []catalog.Per{catalog.PerDay, catalog.PerMonth} {
			state.Ledger.Restore(account, per, t.At, spent)
		}
	}
	headers := t.Request.Headers
	d, refused = r.Decide(router.Call{Entry: entry, Key: t.Request.Key, Seed: t.Seed, Body: t.Request.Body, Header: func(name string) string { return headers[name] },
		ProviderHeader: []byte(headers["x-strowger-provider"]), CacheControl: headers["cache-control"]}, &state, t.At)
	if refused != nil || len(t.State) == 0 {
		return d, refused, nil
	}
	record, err := recall.Read(d.AppendJSON(nil))
	if err != nil {
		return d, nil, err
	}
	in := record.Input(with.Catalog)
	in.Stats = t.State
	_, d = plan.Make(in)
	return d, nil, nil
}

// of is what holds of the expectation's kind; nothing where there is nothing of it.
func (e *Expectation) of(d *plan.Decision, refused *llm.Error) []string {
	if e.What == Error {
		switch {
		case refused != nil:
			return []string{string(refused.Code)}
		case len(d.Plan) > 0:
			return nil
		case d.OverLimit():
			return []string{string(llm.CodeCostLimit)}
		}
		return []string{string(llm.CodeNoEndpoint)}
	}
	if refused != nil {
		return nil
	}
	switch order := orderOf(d); e.What {
	case Plan:
		return order
	case First:
		return order[:min(len(order), 1)]
	case Strategy:
		return []string{d.Policy.Strategy.String()}
	}
	got := "no candidate"
	for i := range d.Candidates {
		if c := &d.Candidates[i]; c.Endpoint.ID == e.Endpoint { // it may stand there several times
			if got = c.Excluded.Code.String(); got != "" {
				break
			}
			got = "not excluded"
		}
	}
	return []string{got}
}

// orderOf are the endpoints in the order they are tried.
func orderOf(d *plan.Decision) []string {
	ids := []string{}
	for _, i := range d.Plan {
		ids = append(ids, d.Candidates[i].Endpoint.ID)
	}
	return ids
}
