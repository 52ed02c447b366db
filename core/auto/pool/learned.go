package pool

import (
	"slices"

	"strowger/core/auto"
)

// Learned is what the user's own traffic has taught. The zero value, or nil, is nothing. It is
// immutable.
type Learned struct {
	// Rev tells one from another, in decisions.
	Rev string
	// Outcomes is how many it was learned from.
	Outcomes int
	// Models are corrections of ratings in Elo points, by model id.
	Models map[string]int32
	// Features are corrections of the difficulty: permille for each 256 of a hand feature.
	Features [auto.Features]int16
	// Shift is what these come to, permille of difficulty, for a task that comes from a record and
	// has no features any more.
	Shift int64
}

// Verdict is what became of an answer, as far as can be told without asking: no more than
// that is kept of it.
type Verdict struct {
	Decision string // whose answer it was
	Model    string
	Good     bool
	Source   VerdictSource
}

// VerdictSource is how a verdict is known.
type VerdictSource uint8

// The sources.
const (
	VerdictNone        VerdictSource = iota
	VerdictRegenerated               // the same was asked again: bad
	VerdictContinued                 // the conversation went on: good
	VerdictToolFailed                // a tool call of the answer went wrong: bad
	VerdictToolWorked                // all of them worked: good
	VerdictFallback                  // the model answered, but another had to be asked: bad
	VerdictFeedback                  // the user said so
)

var verdictNames = [...]string{"", "regenerated", "continued", "tool_failed", "tool_worked", "fallback", "feedback"}

// VerdictNamed is the source of that name; VerdictNone if there is none.
func VerdictNamed(name string) VerdictSource {
	return VerdictSource(max(slices.Index(verdictNames[:], name), 0))
}

// String is the source's name.
func (s VerdictSource) String() string {
	if int(s) < len(verdictNames) {
		return verdictNames[s]
	}
	return ""
}
