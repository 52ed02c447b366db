package pool

import (
	"slices"
	"strconv"

	"strowger/core/llm"
)

// Tip is one thing that would have put the second in the place of the first, as a sentence: it
// is found by choosing again with it changed, the difficulty, what the second costs or takes,
// or the preference. It is empty if there is none.
func (c *Choice) Tip() string {
	if c.RunnerUp < 0 || c.Reason == ReasonLoop { // nothing that is turned here would end a loop
		return ""
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
			return is.Model + " would have been chosen if it were not resting"
		}
		o.Resting = true
	}
	for _, k := range [...]knob{
		{"the difficulty were", "", "", 1, 0, c.Difficulty, func(v int64) { again.Difficulty = v }},
		{"the difficulty were", "", "", 1, 1000, c.Difficulty, func(v int64) { again.Difficulty = v }},
		{"it cost", "$", "", 1000, 0, is.Kept, func(v int64) { o.Kept = v }},
		{"it took", "", " ms", 1000, 0, is.Time, func(v int64) { o.Time = v }},
	} {
		would, ok := nearest(k.is/k.unit, k.end, func(v int64) bool { k.turn(v * k.unit); return flips() })
		if ok {
			return o.Model + " would have been chosen if " + k.what + " " + k.text(would) + " (is " + k.text(k.is/k.unit) + ")"
		}
		k.turn(k.is)
	}
	for p := PreferenceBalanced; p <= PreferenceCost; p++ {
		if again.Preference = p; flips() {
			return o.Model + " would have been chosen if the preference were " + p.String() + " (is " + c.Preference.String() + ")"
		}
	}
	return ""
}

// knob is one thing that can be changed: what it is called and counted in, how far it can be
// turned, and what it is.
type knob struct {
	what, before, behind string
	unit, end, is        int64
	turn                 func(int64)
}

func (k *knob) text(v int64) string {
	if k.before != "" {
		return k.before + llm.Dollars(v)
	}
	return strconv.FormatInt(v, 10) + k.behind
}

// nearest is the value between is and end, as far from end as halving finds it, for which
// flips says yes; it does so for end, or there is none. For is it says no.
func nearest(is, end int64, flips func(int64) bool) (int64, bool) {
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
