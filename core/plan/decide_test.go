package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// question is what a line decide asks.
type question struct {
	req    *llm.Request
	header string
	seed   int64
	funds  *plan.Funds
	lost   map[string]*plan.Lost  // by schema or endpoint
	apply  []func(*policy.Policy) // to the policy that is made

	task    *pool.Task
	last    *pool.Turn
	learned *pool.Learned
}

func (s *scenario) decide(args []string, out *strings.Builder) error {
	cat, err := catalog.New(s.cfg)
	if err != nil {
		return err
	}
	q := question{seed: 1, req: &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Model: s.cfg.Models[0].ID, InputTokens: 1000, InputBound: 4000}}
	if err := pairs(args, q.set); err != nil {
		return err
	}
	pol, bad := policy.Make(cat, q.req, policy.Given{Header: []byte(q.header)})
	if bad != nil {
		fmt.Fprintf(out, "    %d %s\n", bad.HTTPStatus(), bad.Error())
		return nil
	}
	for _, apply := range q.apply {
		apply(&pol)
	}
	if pol.Route != "" {
		for _, a := range s.arms {
			e := *cat.Endpoint(a.endpoint)
			e.Weight = a.weight
			pol.Arms = append(pol.Arms, e)
		}
	}
	in := plan.Input{Request: q.req, Policy: pol, Catalog: cat, Stats: s.read, Now: noon, Seed: uint64(q.seed), Funds: q.funds, Lost: q.lostAt(cat, &pol),
		Task: q.task, Last: q.last, Learned: q.learned}
	p, d := plan.Make(in)
	if doc := d.AppendJSON(nil); !json.Valid(doc) {
		s.t.Errorf("not JSON: %s", doc)
	}
	recalled(s.t, &in, &d)
	show(out, p, &d)
	return nil
}

func (q *question) set(key, value string) (err error) {
	req := q.req
	numbers := map[string]*int64{"input": &req.InputTokens, "bound": &req.InputBound, "images": &req.Images, "max": &req.MaxOutput, "choices": &req.Choices, "seed": &q.seed}
	if n := numbers[key]; n != nil {
		return integer(n, value)
	}
	switch key {
	case "model":
		req.Model = value
	case "stream":
		req.Stream = true
	case "unserved", "approximated", "dropped", "impossible", "unreadable":
		return q.lose(key, value)
	case "operation":
		req.Operation = llm.OperationNamed(value)
	case "features":
		for _, name := range strings.Split(value, ",") {
			req.Features |= llm.FeatureNamed(name)
		}
	case "parameters":
		req.Parameters = strings.Split(value, ",")
	case "provider":
		req.Extensions.Provider = []byte(value)
	case "models":
		req.Extensions.Models = []byte(value)
	case "header":
		q.header = value
	case "config", "task", "last", "learned":
		return q.auto(key, value)
	case "funds":
		left, limit, _ := strings.Cut(value, ":")
		q.funds = &plan.Funds{}
		if err := money(&q.funds.Left, left); err != nil {
			return err
		}
		q.funds.Limit, err = limitOf(limit)
	default:
		return q.rule(key, value)
	}
	return err
}

// lostAt is what becomes of the request at each endpoint.
func (q *question) lostAt(cat *catalog.Catalog, pol *policy.Policy) (list []plan.Lost) {
	for _, endpoints := range plan.Endpoints(cat, pol) {
		for _, e := range endpoints {
			var lost plan.Lost
			for _, name := range []string{e.Schema.String(), e.ID} {
				if l := q.lost[name]; l != nil {
					lost = *l
				}
			}
			list = append(list, lost)
		}
	}
	return list
}

// lose is what becomes of the request in a schema or at an endpoint: NAME:WHAT.
func (q *question) lose(key, value string) error {
	at := strings.LastIndexByte(value, ':')
	name, what := value, ""
	if at >= 0 {
		name, what = value[:at], value[at+1:]
	}
	if q.lost == nil {
		q.lost = map[string]*plan.Lost{}
	}
	l := q.lost[name]
	if l == nil {
		l = &plan.Lost{}
		q.lost[name] = l
	}
	switch key {
	case "unserved":
		l.Unserved = true
	case "unreadable":
		l.Unreadable = &llm.Error{Param: what, Message: "must be a text"}
	case "impossible":
		l.Impossible.Add(llm.FieldNamed(what))
	default:
		l.Told = append(l.Told, policy.Warning{Code: key + ":" + what, Message: what + " is " + key})
	}
	return nil
}

// rule is something that goes straight into the policy.
func (q *question) rule(key, value string) error {
	var err error
	var apply func(p *policy.Policy)
	switch key {
	case "route":
		apply = func(p *policy.Policy) { p.Route = value }
	case "weighted":
		apply = func(p *policy.Policy) { p.Strategy = catalog.StrategyWeighted }
	case "strategy":
		apply = func(p *policy.Policy) { p.Strategy = catalog.StrategyNamed(value) }
	case "mixed":
		apply = func(p *policy.Policy) { p.Mixed = true }
	case "stick":
		var n int64
		err = integer(&n, value)
		apply = func(p *policy.Policy) { p.Stick = uint64(n) }
	case "limit":
		var l policy.Limit
		l, err = limitOf(value)
		apply = func(p *policy.Policy) { p.Limits = append(p.Limits, l) }
	case "latency", "throughput":
		var w policy.Preference
		w, err = preference(key == "latency", value)
		apply = func(p *policy.Policy) { p.Preferred = append(p.Preferred, w) }
	default:
		return fmt.Errorf("no such key")
	}
	q.apply = append(q.apply, apply)
	return err
}

// limitOf reads ACCOUNT:PER:USD.
func limitOf(value string) (l policy.Limit, err error) {
	f := strings.Split(value, ":")
	if len(f) != 3 || catalog.PerNamed(f[1]) == catalog.PerNone {
		return l, fmt.Errorf("not a limit")
	}
	l.Account, l.Per = strings.ReplaceAll(f[0], "_", " "), catalog.PerNamed(f[1])
	return l, money(&l.Most, f[2])
}

// preference reads p90:2s or p50:30.
func preference(latency bool, value string) (p policy.Preference, err error) {
	name, most, _ := strings.Cut(value, ":")
	p.Latency = latency
	if p.Percentile, err = strconv.Atoi(strings.TrimPrefix(name, "p")); err != nil {
		return p, err
	}
	if latency {
		d, err := time.ParseDuration(most)
		p.Value = d.Microseconds()
		return p, err
	}
	f, err := strconv.ParseFloat(most, 64)
	p.Value = int64(f * 1000)
	return p, err
}

// show writes the table of candidates, in the order of the catalog, and what follows.
func show(out *strings.Builder, p plan.Plan, d *plan.Decision) {
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for i := range d.Candidates {
		c := &d.Candidates[i]
		rank, score := "-", c.Score.Text()
		if c.Rank > 0 {
			rank = strconv.Itoa(c.Rank)
		}
		if score == "" {
			score = "-"
		}
		var terms []string
		for _, term := range c.Score.Terms {
			if term.Name != plan.TermNone {
				terms = append(terms, term.Name.String()+" "+term.Text())
			}
		}
		notes := strings.Join(terms, ", ")
		for _, r := range []*plan.Reason{&c.Excluded, c.Resting, c.Missed} {
			if r != nil && r.Code != plan.ReasonNone {
				notes = strings.TrimPrefix(notes+"; "+r.Code.String()+": "+r.String(), "; ")
			}
		}
		fmt.Fprintf(w, "    %s\t%s\t%s\t%s\n", rank, c.Endpoint.ID, score, notes)
	}
	w.Flush()
	for _, line := range strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n") {
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	showAuto(out, d)
	fmt.Fprintf(out, "    why: %s\n", d.Why())
	if p.Pick != "" {
		fmt.Fprintf(out, "    turn: %s has %d\n", p.Pick, p.Count)
	}
	if d.Funds != nil {
		fmt.Fprintf(out, "    reserve: $%.6f\n", float64(p.Reserve)/1e6)
	}
	switch {
	case d.OverLimit():
		out.WriteString("    over the limit\n")
	case d.Filtered():
		out.WriteString("    filtered by the request\n")
	}
	for _, warning := range d.Policy.Warnings {
		fmt.Fprintf(out, "    warning: %s: %s\n", warning.Code, warning.Message)
	}
}
