package pool

import (
	"cmp"
	"slices"
)

// The rules of choosing that are not fitted.
const (
	// leastCost is what the cheapest counts as at least, in billionths of a dollar: a
	// thousandth of a cent. Below it nobody cares, and what is free stays comparable.
	leastCost = 10_000
	// leastTime is the same for time, in µs.
	leastTime = 1000
	// tieBreak and mostTie are what a doubling of the cost, and cost as a whole, count for in
	// quality: price decides between what is as good. Only above 13 doublings is the whole
	// counted, so that what the cheapest costs is nothing to those that are compared.
	tieBreak, mostTie = 150, 2000
	// doubling is what a doubling of cost or time counts for where that is what counts most.
	doubling = 100_000
	// hard is the difficulty above which balanced keeps to models near the best, permille.
	hard = 700
	// idle is how many attempts more than the least busy model a model may have in flight
	// before it counts as slower, by an eighth of its time for each further one.
	idle = 4
	// thrifty is how much is left of a limit on money, in permille, when balanced begins to
	// weigh cost more, up to four times as much at the end; parsimonious, when quality is no
	// longer affordable and balanced stands in for it.
	thrifty, parsimonious = 200, 50
	// margin is by how much moving a conversation to another model must pay: in quality or
	// utility; keener the same for cost and time, a quarter less (log2(4/3)·doubling).
	margin, keener = 15_000, 41_500
)

// Choose ranks the options.
func (c *Choice) Choose() {
	c.Difficulty = c.difficulty()
	c.rate()
	c.rank()
	c.RunnerUp = -1
	if len(c.Ranked) > 1 {
		c.RunnerUp = c.Ranked[1]
	}
}

// rank orders the rated options by the preference, the conversation's model first if it is to stay.
func (c *Choice) rank() {
	c.judge()
	c.Ranked = c.Ranked[:0]
	for i := range c.Options {
		if c.Options[i].Rank = 0; c.Options[i].Eligible {
			c.Ranked = append(c.Ranked, i)
		}
	}
	slices.SortStableFunc(c.Ranked, func(a, b int) int { return compare(&c.Options[a], &c.Options[b]) })
	c.stay()
	for place, i := range c.Ranked {
		c.Options[i].Rank = place + 1
	}
}

func compare(a, b *Option) int {
	return cmp.Or(last(a.Resting, b.Resting), last(a.Behind, b.Behind), cmp.Compare(b.Utility, a.Utility),
		last(!a.Priced, !b.Priced), cmp.Compare(a.Kept, b.Kept), cmp.Compare(b.Rating, a.Rating))
}

// last compares so that what is true comes last.
func last(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Acts is the preference that counts: balanced stands in for quality when hardly any money is
// left.
func (c *Choice) Acts() Preference {
	if c.Preference == PreferenceNone || c.Preference == PreferenceQuality && c.Thrift < parsimonious {
		return PreferenceBalanced
	}
	return c.Preference
}

// field is what options are held against, of those that are eligible.
type field struct {
	best            int64 // worth; of healthy ones if there are any
	cheapest, dear  int64
	fastest, median int64
	idlest          int64
}

// survey finds the field, and sets the options' expected quality and worth.
func (c *Choice) survey() (f field) {
	f = field{best: -1 << 60, cheapest: -1, fastest: -1, idlest: -1}
	var buf [16]int64
	timed, healthy := buf[:0], false
	for i := range c.Options {
		o := &c.Options[i]
		o.expect(c.Difficulty)
		if !o.Eligible {
			continue
		}
		f.idlest = atMost(f.idlest, o.InFlight)
		if o.Priced {
			f.cheapest, f.dear = atMost(f.cheapest, o.Kept), max(f.dear, o.Kept)
		}
		if o.Timed {
			timed = append(timed, o.Time)
		}
		switch {
		case !o.Resting && !healthy:
			f.best, healthy = o.worth, true
		case o.Resting != healthy:
			f.best = max(f.best, o.worth)
		}
	}
	f.median = Median(timed)
	for i := range c.Options {
		if o := &c.Options[i]; o.Eligible {
			f.fastest = atMost(f.fastest, c.time(o, &f))
		}
	}
	return f
}

// atMost is the smaller one; below 0: there was none yet.
func atMost(least, n int64) int64 {
	if least < 0 {
		return n
	}
	return min(least, n)
}

// cost is what the option is expected to cost: what is not known counts as the highest.
func (o *Option) cost(f *field) int64 {
	if o.Priced {
		return max(o.Kept, leastCost)
	}
	return max(f.dear, leastCost)
}

// time is what the option is expected to take: what is not known counts as the median.
func (c *Choice) time(o *Option, f *field) int64 {
	t := f.median
	if o.Timed {
		t = o.Time
	}
	return t + t/8*max(o.InFlight-f.idlest-idle, 0)
}

// judge sets the utilities.
func (c *Choice) judge() {
	f := c.survey()
	lambda := int64(Lambda)*1000 + int64(Lambda)*3000*max(thrifty-c.Thrift, 0)/thrifty
	for i := range c.Options {
		o := &c.Options[i]
		dearer := log2(o.cost(&f)) - log2(max(f.cheapest, leastCost))
		slower := log2(max(c.time(o, &f), leastTime)) - log2(max(f.fastest, leastTime))
		o.Utility, o.Behind = o.worth, false
		least := f.best - Delta*1000 // that is good enough
		switch c.Acts() {
		case PreferenceQuality:
			o.Utility -= min(tieBreak*dearer/1024, mostTie)
			continue
		case PreferenceCost:
			if o.worth >= least {
				o.Utility = -doubling * dearer / 1024
			}
		case PreferenceSpeed:
			if o.worth >= least {
				o.Utility = -doubling * slower / 1024
			}
		default:
			o.Utility -= lambda*dearer/1024 + Mu*1000*slower/1024
			if least = f.best - FloorBelow*1000; c.Difficulty <= hard {
				continue
			}
		}
		o.Behind = o.worth < least
	}
}

// stay puts the conversation's last model first if it is not to change, and says why the
// first stands first.
func (c *Choice) stay() {
	switch len(c.Ranked) {
	case 0:
		c.Reason = ReasonNothing
		return
	case 1:
		c.Reason = ReasonOnly
	default:
		c.Reason = ReasonBest
	}
	if c.Last == nil {
		return
	}
	place := slices.IndexFunc(c.Ranked, func(i int) bool { return c.Options[i].Model == c.Last.Model })
	if place < 0 {
		c.Reason = ReasonGone
		return
	}
	last, best := &c.Options[c.Ranked[place]], &c.Options[c.Ranked[0]]
	switch {
	case c.Task.Tools.Loop:
		c.Reason = ReasonLoop
	case place == 0, c.Task.Unread: // what cannot be read may bring the result of a tool call
		if len(c.Ranked) > 1 {
			c.Reason = ReasonStays
		}
	case last.Resting && !best.Resting:
		c.Reason = ReasonGone
		return
	case last.Behind && !best.Behind, best.Utility-last.Utility > c.margin():
		c.Reason = ReasonMoved
		return
	default:
		c.Reason = ReasonStays
	}
	i := c.Ranked[place]
	copy(c.Ranked[1:place+1], c.Ranked[:place])
	c.Ranked[0] = i
}

// margin is by how much another model must be better to take over a conversation.
func (c *Choice) margin() int64 {
	if p := c.Acts(); p == PreferenceCost || p == PreferenceSpeed {
		return keener
	}
	return margin
}
