package pool

import (
	"slices"
	"strconv"

	"strowger/core/llm"
)

// What of a choice can be changed so that the second stands first.
const (
	FlipResting    = "resting"
	FlipDifficulty = "difficulty" // permille
	FlipCost       = "cost"       // of the second, billionths of a dollar
	FlipTime       = "time"       // of the second, µs
	FlipPreference = "preference" // numbers of preferences
)

// Flip is one thing that would have put the second in the place of the first: what it is and
// what it would have to be. Quantity is empty if there is none.
type Flip struct {
	Quantity string
	From, To int64
}

// Flip is what Tip says, for programs.
func (c *Choice) Flip() Flip {
	k, to := c.flip()
	return Flip{k.quantity, k.is, to * k.unit}
}

// Tip is one thing that would have put the second in the place of the first, as a sentence: it
// is found by choosing again with it changed, the difficulty, what the second costs or takes,
// or the preference. It is empty if there is none.
func (c *Choice) Tip() string {
	k, would := c.flip()
	if k.quantity == "" {
		return ""
	}
	text := c.Options[c.RunnerUp].Model + " would have been chosen if " + k.what
	if k.unit == 0 {
		return text
	}
	return text + " " + k.text(would) + " (is " + k.text(k.is/k.unit) + ")"
}

// flip is what Tip says: what was turned, and to where, in its steps.
func (c *Choice) flip() (found knob, would int64) {
	if c.RunnerUp < 0 || c.Reason == ReasonLoop { // nothing that is turned here would end a loop
		return found, 0
	}
	again := *c
	again.Options, again.Ranked = slices.Clone(c.Options), slices.Clone(c.Ranked)
	o := &again.Options[c.RunnerUp]
	flips := func() bool {
		again.rank()
		return again.Ranked[0] == c.RunnerUp
	}
	is := c.Options[c.RunnerUp]
	if is.Resting {
		if o.Resting = false; flips() {
			return knob{quantity: FlipResting, what: "it were not resting"}, 0
		}
		o.Resting = true
	}
	for _, k := range [...]knob{
		{FlipDifficulty, "the difficulty were", "", "", 1, 0, c.Difficulty, func(v int64) { again.Difficulty = v }},
		{FlipDifficulty, "the difficulty were", "", "", 1, 1000, c.Difficulty, func(v int64) { again.Difficulty = v }},
		{FlipCost, "it cost", "$", "", 1000, 0, is.Kept, func(v int64) { o.Kept = v }},
		{FlipTime, "it took", "", " ms", 1000, 0, is.Time, func(v int64) { o.Time = v }},
	} {
		if would, ok := Nearest(k.is/k.unit, k.end, func(v int64) bool { k.turn(v * k.unit); return flips() }); ok {
			return k, would
		}
		k.turn(k.is)
	}
	for p := PreferenceBalanced; p <= PreferenceCost; p++ {
		if again.Preference = p; flips() {
			return knob{quantity: FlipPreference, what: "the preference were", unit: 1, is: int64(c.Preference)}, int64(p)
		}
	}
	return found, 0
}

// knob is one thing that can be changed: what it is called and counted in, how far it can be
// turned, and what it is. A unit of 0: there is no figure.
type knob struct {
	quantity, what, before, behind string
	unit, end, is                  int64
	turn                           func(int64)
}

func (k *knob) text(v int64) string {
	switch {
	case k.quantity == FlipPreference:
		return Preference(v).String()
	case k.before != "":
		return k.before + llm.Dollars(v)
	}
	return strconv.FormatInt(v, 10) + k.behind
}

// Nearest is the value between is and end, as far from end as halving finds it, for which
// flips says yes; it does so for end, or there is none. For is it says no.
func Nearest(is, end int64, flips func(int64) bool) (int64, bool) {
	if is == end || !flips(end) {
		return 0, false
	}
	for no := is; ; {
		middle := (no + end) / 2
		switch {
		case middle == no || middle == end:
			return end, true
		case flips(middle):
			end = middle
		default:
			no = middle
		}
	}
}
