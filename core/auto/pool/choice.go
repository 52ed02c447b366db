package pool

import "strconv"

// Option is one model of the pool.
type Option struct {
	Model   string
	Ability Ability
	// What is known now of its best endpoint.
	Eligible bool
	Resting  bool
	Priced   bool
	Cost     int64 // expected of this request without any cache, billionths of a dollar
	Kept     int64 // the same with the conversation's warm prompt; Cost unless it served last
	Output   int64 // micro-dollars for a million tokens of output at its cheapest endpoint; 0: unknown, or free
	Timed    bool  // Time is measured, not taken from the others
	Time     int64 // expected, µs: to the first token of a stream, else of the whole answer
	InFlight int64 // attempts
	Success  int64 // expected share of successes, permille

	// Set by Choose.
	Quality     int32   // expected, permille
	Rating      int32   // Elo that it comes from
	QualityFrom string  // own, elo, like, price, unknown
	Parts       [2]Part // of Rating, for the language and the category
	Learned     int32   // Elo points that the user's own traffic added
	Behind      bool    // not good enough for what the preference asks: behind all that are
	Utility     int64   // what the preference ranks by, millionths of quality; higher is better
	Rank        int     // from 1; 0: not eligible
	worth       int64   // what of its quality comes to count, millionths
}

// Rated reports whether the rating is from comparisons by people, its own or a like model's.
func (o *Option) Rated() bool { return o.QualityFrom == fromElo || o.QualityFrom == fromLike }

// From says where the rating is from with its parts, such as "elo 1336, spanish +11".
func (o *Option) From() string {
	text := o.QualityFrom + " " + strconv.Itoa(int(o.Rating-o.Parts[0].Points-o.Parts[1].Points))
	for _, p := range o.Parts {
		if p.Points > 0 {
			text += ", " + p.Aspect.String() + " +" + strconv.Itoa(int(p.Points))
		} else if p.Points < 0 {
			text += ", " + p.Aspect.String() + " " + strconv.Itoa(int(p.Points))
		}
	}
	return text
}

// Part is what an aspect adds to a rating, in Elo points; AspectOverall: there is none.
type Part struct {
	Aspect Aspect
	Points int32
}

// Choice is why a model was chosen, with all that it depends on.
type Choice struct {
	Preference Preference
	Task       Task
	Last       *Turn    // of the conversation; nil: none is known
	Thrift     int64    // how much is left of the limit on money, permille; 1000: there is none
	Learned    *Learned // nil: nothing
	Options    []Option // in the order of the pool

	// Set by Choose.
	Difficulty int64 // that counted, permille: the task's, corrected by what has been learned
	Ranked     []int // options, best first; only eligible ones
	Reason     Reason
	RunnerUp   int // option; -1: there is none
}

// Reason is why the first stands first.
type Reason uint8

// The reasons.
const (
	ReasonBest    Reason = iota // by the preference
	ReasonLoop                  // it is in the middle of a tool loop
	ReasonStays                 // it serves the conversation, and moving does not pay
	ReasonMoved                 // it replaces the one that served the conversation, which pays
	ReasonGone                  // the one that served the conversation cannot any more
	ReasonOnly                  // there is no other
	ReasonNothing               // there is none
)

var reasonNames = [...]string{"best", "loop", "stays", "moved", "gone", "only", "nothing"}

// String is the reason, for programs.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return ""
}
