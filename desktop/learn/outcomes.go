package learn

import (
	"strowger/core/auto/pool"
	"strowger/desktop/store"
)

// outcomes are what is learned from: where a person has said how an answer was, nothing else counts
// of it. Features of another version say nothing.
func outcomes(verdicts []store.Verdict) []Outcome {
	type answer struct{ decision, model string }
	said := map[answer]bool{}
	for i := range verdicts {
		if v := &verdicts[i]; v.Source == pool.VerdictFeedback.String() {
			said[answer{v.Decision, v.Model}] = true
		}
	}
	now := layout()
	var list []Outcome
	for i := range verdicts {
		v := &verdicts[i]
		source := sourceNamed(v.Source)
		if source == pool.VerdictNone || source != pool.VerdictFeedback && said[answer{v.Decision, v.Model}] {
			continue
		}
		o := Outcome{Decision: v.Decision, Model: v.Model, Source: source, Good: v.Good, Prior: int32(v.Quality)}
		if v.Layout == now {
			o.Features = v.Features
		}
		list = append(list, o)
	}
	return list
}

func sourceNamed(name string) pool.VerdictSource {
	for s := range pool.VerdictSource(len(weights)) {
		if s.String() == name {
			return s
		}
	}
	return pool.VerdictNone
}
