package recall

import (
	"strconv"
	"time"

	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/scan"
	"strowger/core/stats"
)

// The members of a decision's objects, as docs/reference/choosing.md has them. Those that follow
// from others are passed over: making the decision again makes them.
var (
	decisionForm = form{"", []string{"at", "seed", "rev", "asked", "model", "strategy", "strategy_from", "request", "policy", "candidates", "plan", "explored", "why", "warnings"}, []string{"route", "key", "funds", "auto"}}
	requestForm  = form{"request", []string{"schema", "operation", "stream", "input_tokens", "max_output", "expected_output", "features", "parameters", "choices", "input_bound", "images"}, nil}
	fundsForm    = form{"funds", []string{"left_micro", "limit", "reserve_micro"}, nil}
	limitForm    = form{"limit", []string{"account", "per", "most_micro"}, nil}
	warningForm  = form{"warnings", []string{"code", "text"}, nil}
)

// Read reads what plan.Decision.AppendJSON wrote, also that of older versions. It is strict: an
// unknown member, a missing one or a value of a wrong type is an error that names the place.
func Read(doc []byte) (*Record, error) {
	if err := scan.Valid(doc); err != nil {
		return nil, err
	}
	r := &recordReader{reader: reader{doc: doc}, rec: &Record{readings: stats.Frozen{}}}
	start := 0
	for start < len(doc) && doc[start] != '{' { // white space, or it is no object
		start++
	}
	if start == len(doc) {
		return nil, &problem{"", "expected an object"}
	}
	r.object(scan.Value{Kind: scan.KindObject, Start: start, End: len(doc)}, &decisionForm, r.member)
	if r.err != nil {
		return nil, r.err
	}
	r.finish()
	return r.rec, nil
}

// recordReader reads one record.
type recordReader struct {
	reader
	rec  *Record
	old  bool          // of a version that did not say what making a decision again needs
	drew bool          // policy.drawn is there
	age  time.Duration // of the conversation's last turn
}

// finish puts together what stands in several places, and notes what is not there.
func (r *recordReader) finish() {
	rec := r.rec
	p := &rec.Policy
	if a := p.Auto; a != nil {
		rec.task.Difficulty -= int32(rec.learned.Shift)
		rec.in.Task = &rec.task
		if p.Model = ""; len(a.Pool) > 0 {
			p.Model = a.Pool[0]
		}
		if rec.in.Last != nil {
			rec.last.At = rec.in.Now.Add(-r.age)
		}
	}
	for i := range rec.candidates {
		if c := &rec.candidates[i]; c.schema == llm.SchemaNone {
			c.schema = rec.request.Schema
		}
	}
	if r.old {
		rec.Lacks = r.lacks()
	}
}

// lacks are the fields that a record of an older version would have to have.
func (r *recordReader) lacks() (list []string) {
	p := &r.rec.Policy
	if p.Stick != 0 && !r.drew && p.Strategy.String() == "weighted" {
		list = append(list, "policy.drawn")
	}
	for i := range r.rec.candidates {
		switch c := &r.rec.candidates[i]; c.code {
		case plan.ExcludedOperation.String(), plan.ExcludedUnreadable.String(), plan.ExcludedImpossible.String():
			list = append(list, "candidates["+strconv.Itoa(i)+"].cannot")
		case plan.ExcludedStrict.String():
			if len(c.lost.Told) == 0 {
				list = append(list, "candidates["+strconv.Itoa(i)+"].losses")
			}
		}
	}
	return list
}

func (r *recordReader) member(key string, v scan.Value) {
	rec := r.rec
	switch key {
	case "at":
		rec.in.Now = r.time(v, key)
	case "seed":
		rec.in.Seed = r.hex(v, key)
	case "rev":
		rec.Rev = r.text(v, key)
	case "asked":
		rec.request.Model = r.text(v, key)
	case "model":
		rec.Policy.Model = r.text(v, key)
	case "strategy":
		rec.Policy.Strategy = strategyNamed(r.text(v, key))
		r.known(rec.Policy.Strategy != 0, v, key)
	case "strategy_from":
		rec.Policy.StrategyFrom = r.source(v, key)
	case "request":
		r.object(v, &requestForm, r.requested)
	case "policy":
		r.policy(v)
	case "candidates":
		r.array(v, key, r.candidate)
	case "plan":
		rec.Plan = r.texts(v, key)
	case "warnings":
		rec.Policy.Warnings = r.warnings(v, key)
	case "route":
		rec.Policy.Route = r.text(v, key)
	case "key":
		rec.Policy.Key = r.text(v, key)
	case "funds":
		rec.in.Funds = &rec.funds
		r.object(v, &fundsForm, r.fund)
	case "auto":
		r.auto(v)
	}
}

func (r *recordReader) requested(key string, v scan.Value) {
	q, place := &r.rec.request, requestForm.place+"."+key
	switch key {
	case "schema":
		q.Schema = llm.SchemaNamed(r.text(v, place))
		r.known(q.Schema != llm.SchemaNone, v, place)
	case "operation":
		q.Operation = llm.OperationNamed(r.text(v, place))
	case "stream":
		q.Stream = r.bool(v, place)
	case "input_tokens":
		q.InputTokens = r.count(v, place)
	case "max_output":
		q.MaxOutput = r.count(v, place)
	case "features":
		for _, name := range r.texts(v, place) {
			f := llm.FeatureNamed(name)
			r.known(f != 0, v, place)
			q.Features |= f
		}
	case "parameters":
		q.Parameters = r.texts(v, place)
	case "choices":
		q.Choices = r.count(v, place)
	case "input_bound":
		q.InputBound = r.count(v, place)
	case "images":
		q.Images = r.count(v, place)
	}
}

func (r *recordReader) fund(key string, v scan.Value) {
	switch key {
	case "left_micro":
		r.rec.funds.Left = r.int(v, "funds."+key, -1<<63, 1<<63-1)
	case "limit":
		r.rec.funds.Limit = r.limit(v)
	}
}

func (r *recordReader) limit(v scan.Value) (l policy.Limit) {
	r.object(v, &limitForm, func(key string, v scan.Value) {
		switch key {
		case "account":
			l.Account = r.text(v, "limit.account")
		case "per":
			l.Per = perNamed(r.text(v, "limit.per"))
		case "most_micro":
			l.Most = r.count(v, "limit.most_micro")
		}
	})
	return l
}

func (r *recordReader) warnings(v scan.Value, place string) (list []policy.Warning) {
	r.array(v, place, func(v scan.Value) {
		var w policy.Warning
		r.object(v, &warningForm, func(key string, v scan.Value) {
			if key == "code" {
				w.Code = r.text(v, place)
			} else {
				w.Message = r.text(v, place)
			}
		})
		list = append(list, w)
	})
	return list
}

// source is who said something; empty where nobody did.
func (r *recordReader) source(v scan.Value, place string) policy.Source {
	s := policy.Source(r.text(v, place))
	switch s {
	case "", policy.FromBody, policy.FromHeader, policy.FromSuffix, policy.FromRoute, policy.FromGlobal:
	default:
		r.known(false, v, place)
	}
	return s
}
