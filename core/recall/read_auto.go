package recall

import (
	"math"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/policy"
	"strowger/core/scan"
)

var (
	autoForm = form{"auto", []string{"preference", "preference_from", "pool_from", "difficulty", "carried", "tools", "last", "thrift", "learned", "models", "reason", "runner_up", "tip"},
		[]string{"unread", "quantile", "score", "category", "language", "features", "conversation", "learned_difficulty"}}
	toolsForm   = form{"auto.tools", []string{"calls", "failed", "repeated", "writes", "loop", "last_failed"}, nil}
	lastForm    = form{"auto.last", []string{"model", "age_us", "warm_tokens"}, nil}
	learnedForm = form{"auto.learned", []string{"rev", "outcomes"}, nil}
	optionForm  = form{"auto.models", []string{"model", "eligible", "quality", "rating", "quality_from", "learned", "cost_nano", "kept_nano", "time_us", "time_from", "success", "in_flight", "resting", "utility", "rank", "behind"}, []string{"quality_parts", "rated_from"}}
)

// auto reads how the model was chosen.
func (r *recordReader) auto(v scan.Value) {
	r.rec.Policy.Auto = &policy.Auto{}
	r.object(v, &autoForm, func(key string, v scan.Value) {
		place := autoForm.place + "." + key
		if !r.taken(key, place, v) {
			r.chosen(key, place, v)
		}
	})
}

// taken reads what was read of the request; false if it is something else.
func (r *recordReader) taken(key, place string, v scan.Value) bool {
	t := &r.rec.task
	switch key {
	case "difficulty":
		t.Difficulty = int32(r.permille(v, place))
	case "unread":
		t.Unread = r.bool(v, place)
	case "quantile":
		t.Quantile = int32(r.int(v, place, math.MinInt32, math.MaxInt32))
	case "score":
		t.Reading.Difficulty = int32(r.int(v, place, math.MinInt32, math.MaxInt32))
	case "category":
		t.Category = auto.Category(r.nth(v, place, func(n int) string { return auto.Category(n).String() }))
	case "language":
		t.Language = auto.Language(r.nth(v, place, func(n int) string { return auto.Language(n).String() }))
	case "features":
		r.moved(v, place)
	case "carried":
		t.Carried = int(r.int(v, place, 0, math.MaxInt32))
	case "tools":
		r.object(v, &toolsForm, r.tools)
	case "conversation":
		t.Conversation = r.hex(v, place)
	default:
		return false
	}
	return true
}

// nth is the number of a name, of those that at gives from 0 to the first empty one.
func (r *recordReader) nth(v scan.Value, place string, at func(int) string) int {
	name := r.text(v, place)
	for n := 0; n < 256; n++ {
		switch at(n) {
		case name:
			return n
		case "":
			n = 256
		}
	}
	r.known(false, v, place)
	return 0
}

// moved reads the features that moved the quantile most.
func (r *recordReader) moved(v scan.Value, place string) {
	if v.Kind != scan.KindObject {
		r.fail(place, "expected an object")
		return
	}
	list, n := &[pool.MostMoved]auto.Contribution{}, 0
	m := scan.ObjectAt(r.doc, v)
	for ; m.Next(); n++ {
		f := auto.Feature(0)
		for f <= auto.Features && f.String() != string(m.Key()) {
			f++
		}
		if f > auto.Features || n == len(list) {
			r.fail(place, "unknown feature, or too many")
			return
		}
		list[n] = auto.Contribution{Feature: f, Points: int32(r.int(m.Value(), place, math.MinInt32, math.MaxInt32))}
	}
	if err := m.Err(); err != nil {
		r.fail(place, err.Error())
	}
	r.rec.task.Moved = list
}

func (r *recordReader) tools(key string, v scan.Value) {
	t, place := &r.rec.task.Tools, toolsForm.place+"."+key
	switch key {
	case "calls":
		t.Calls = int32(r.int(v, place, 0, math.MaxInt32))
	case "failed":
		t.Failed = int32(r.int(v, place, 0, math.MaxInt32))
	case "repeated":
		t.Repeated = int32(r.int(v, place, 0, math.MaxInt32))
	case "writes":
		t.Writes = int32(r.int(v, place, 0, math.MaxInt32))
	case "loop":
		t.Loop = r.bool(v, place)
	case "last_failed":
		t.LastFailed = r.bool(v, place)
	}
}

// chosen reads what the choice depends on beside the request.
func (r *recordReader) chosen(key, place string, v scan.Value) {
	a, rec := r.rec.Policy.Auto, r.rec
	switch key {
	case "preference":
		a.Preference = pool.PreferenceNamed(r.text(v, place))
		r.known(a.Preference != pool.PreferenceNone, v, place)
	case "preference_from":
		a.PreferenceFrom = r.source(v, place)
	case "pool_from":
		a.PoolFrom = r.source(v, place)
	case "last":
		if v.Kind != scan.KindNull {
			rec.in.Last = &rec.last
			r.object(v, &lastForm, r.lastTurn)
		}
	case "learned":
		if v.Kind != scan.KindNull {
			rec.in.Learned = &rec.learned
			r.object(v, &learnedForm, func(key string, v scan.Value) {
				if key == "rev" {
					rec.learned.Rev = r.text(v, place)
				} else {
					rec.learned.Outcomes = int(r.int(v, place, 0, math.MaxInt32))
				}
			})
		}
	case "models":
		rec.learned.Models = map[string]int32{}
		r.array(v, place, r.option)
	case "learned_difficulty":
		rec.learned.Shift = r.int(v, place, -1000, 1000)
	}
}

func (r *recordReader) lastTurn(key string, v scan.Value) {
	l, place := &r.rec.last, lastForm.place+"."+key
	switch key {
	case "model":
		l.Model = r.text(v, place)
	case "age_us":
		r.age = r.micros(v, place, -mostMicros)
	case "warm_tokens":
		l.Warm = r.count(v, place)
	}
}

// option reads a model of the pool: of what was found out about it only what was learned does
// not follow from the rest.
func (r *recordReader) option(v scan.Value) {
	var model string
	var learned int32
	r.object(v, &optionForm, func(key string, v scan.Value) {
		place := optionForm.place + "." + key
		switch key {
		case "model":
			model = r.text(v, place)
		case "learned":
			learned = int32(r.int(v, place, math.MinInt16, math.MaxInt16))
		}
	})
	r.rec.Policy.Auto.Pool = append(r.rec.Policy.Auto.Pool, model)
	r.rec.learned.Models[model] = learned
}
