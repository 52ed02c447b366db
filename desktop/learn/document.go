package learn

import (
	"encoding/json"
	"errors"
	"time"

	"strowger/core/auto/pool"
	"strowger/desktop/store"
)

// document is what is read of a recorded exchange: a report as GET /_/api/decisions/{id} gives
// it, whose decision has an object auto (docs/reference/choosing.md).
type document struct {
	At     time.Time
	Served *struct{ Model string }
	// Decision is null if there was none.
	Decision *struct {
		Auto *struct {
			Preference string
			Difficulty int64 // likewise
			Category   string
			Language   string
			Models     []struct {
				Model  string
				Rating int64 // without what had been learned
			}
		}
	}
}

// Why nothing can be learned from a decision.
var (
	ErrNotAuto  = errors.New("its model was named by the caller, not chosen by auto mode")
	ErrUnserved = errors.New("no model answered")
	ErrUnrated  = errors.New("its model is none of those that auto mode chose among")
	ErrOff      = errors.New("routing.auto.learn is off: nothing is kept")
	ErrTooLarge = errors.New("it was too large to be kept whole")
)

// verdictOf is the row, features apart, for a verdict on the decision of that document; a verdict
// without a model is on the one that answered.
func verdictOf(doc []byte, v pool.Verdict) (store.Verdict, error) {
	if len(doc) == 0 {
		return store.Verdict{}, ErrTooLarge
	}
	var d document
	if err := json.Unmarshal(doc, &d); err != nil {
		return store.Verdict{}, err
	}
	if d.Decision == nil || d.Decision.Auto == nil {
		return store.Verdict{}, ErrNotAuto
	}
	if v.Model == "" {
		if d.Served == nil {
			return store.Verdict{}, ErrUnserved
		}
		v.Model = d.Served.Model
	}
	a := d.Decision.Auto
	for _, m := range a.Models {
		if m.Model != v.Model {
			continue
		}
		return store.Verdict{Decision: v.Decision, Source: v.Source.String(), At: d.At, Model: v.Model, Good: v.Good,
			Preference: a.Preference, Category: a.Category, Language: a.Language, Difficulty: a.Difficulty,
			Quality: prior(m.Rating, a.Difficulty)}, nil
	}
	return store.Verdict{}, ErrUnrated
}
