package pool

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"strowger/core/auto"
)

func TestLogistic(t *testing.T) {
	for x := int64(-12_000); x <= 12_000; x++ {
		want := 1 / (1 + math.Exp(-float64(x)/1000))
		if got := float64(logistic(x)) / one; math.Abs(got-want) > 0.001 {
			t.Fatalf("logistic(%d) = %v, want %v", x, got, want)
		}
		if logistic(x) < logistic(x-1) {
			t.Fatalf("logistic falls at %d", x)
		}
	}
	for q := int64(1); q < 1000; q++ {
		if got := logistic(logit(q * 1000)); got/1000 != q && (got+1000)/1000 != q {
			t.Errorf("the quality of the rating for %d is %d", q, got)
		}
	}
}

func TestLog2(t *testing.T) {
	for _, v := range []int64{1, 2, 3, 5, 1000, 12_345, 1<<40 + 7, math.MaxInt64} {
		if got, want := float64(log2(v))/1024, math.Log2(float64(v)); got > want+1e-9 || got < want-1.0/1024-1e-9 {
			t.Errorf("log2(%d) = %v, want %v", v, got, want)
		}
	}
	if log2(0) != 0 || log2(-5) != 0 {
		t.Error("a logarithm of nothing")
	}
}

// random is a choice among a few models of which much or little is known.
func random(seed uint64) *Choice {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := &Choice{Preference: Preference(rng.IntN(5)), Thrift: []int64{1000, 1000, 150, 20}[rng.IntN(4)]}
	c.Task.Difficulty = int32(rng.IntN(1001))
	c.Task.Category, c.Task.Language = auto.Category(rng.IntN(5)), []auto.Language{auto.Undetermined, auto.English, auto.Japanese, auto.German}[rng.IntN(4)]
	for i := range 1 + rng.IntN(6) {
		o := Option{Model: "m/" + strconv.Itoa(i), Eligible: rng.IntN(6) > 0, Resting: rng.IntN(6) == 0, Priced: rng.IntN(6) > 0, Timed: rng.IntN(3) > 0,
			InFlight: int64(rng.IntN(2) * rng.IntN(12)), Success: 1000}
		if rng.IntN(4) == 0 {
			o.Success = int64(50 + rng.IntN(951))
		}
		if o.Priced {
			o.Output = int64(rng.IntN(30_000_000))
			o.Cost = int64(rng.ExpFloat64() * 5e6)
			o.Kept = o.Cost
		}
		if o.Timed {
			o.Time = int64(1 + rng.IntN(3_000_000))
		}
		if rng.IntN(4) > 0 {
			o.Ability.Elo[AspectOverall] = int16(1200 + rng.IntN(280))
			o.Ability.Elo[rng.IntN(int(AspectCount))] = int16(1200 + rng.IntN(280))
		}
		if rng.IntN(8) == 0 {
			o.Ability.Own[rng.IntN(5)] = int16(1 + rng.IntN(1000))
		}
		c.Options = append(c.Options, o)
	}
	if rng.IntN(3) == 0 {
		c.Last = &Turn{Model: "m/" + strconv.Itoa(rng.IntN(6))}
		c.Task.Tools.Loop = rng.IntN(3) == 0
		for i := range c.Options {
			if o := &c.Options[i]; o.Model == c.Last.Model {
				o.Kept = o.Cost / int64(1+rng.IntN(4))
			}
		}
	}
	if rng.IntN(4) == 0 {
		c.Learned = &Learned{Models: map[string]int32{"m/0": int32(rng.IntN(101) - 50)}}
		c.Learned.Features[rng.IntN(int(auto.Features))] = int16(rng.IntN(200) - 100)
		c.Task.Features[rng.IntN(int(auto.Features))] = int16(rng.IntN(513) - 256)
	}
	return c
}

func (c *Choice) rankOf(model string) int {
	for i := range c.Options {
		if c.Options[i].Model == model {
			return c.Options[i].Rank
		}
	}
	return 0
}

const cases = 20_000

// What a sentence says would have tipped the choice does.
func TestTipFlips(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(cases) {
		c := random(seed)
		c.Choose()
		tip := c.Tip()
		if tip == "" {
			seen["none"]++
			continue
		}
		o := &c.Options[c.RunnerUp]
		runner := o.Model
		what, ok := strings.CutPrefix(tip, runner+" would have been chosen if ")
		if !ok {
			t.Fatal(tip)
		}
		var cost, was float64
		var n, is int64
		var word string
		again := random(seed)
		o = &again.Options[slices.IndexFunc(again.Options, func(o Option) bool { return o.Model == runner })]
		scan := func(format string, to ...any) bool { n, _ := fmt.Sscanf(what, format, to...); return n == len(to) }
		switch {
		case what == "it were not resting":
			o.Resting = false
			seen["resting"]++
		case scan("the difficulty were %d (is %d)", &n, &is):
			if again.Task.Difficulty = int32(n); again.Learned != nil {
				again.Learned.Features = [auto.Features]int16{} // n is with them
			}
			if c.Difficulty != is {
				t.Fatal(tip)
			}
			seen["difficulty"]++
		case scan("it cost $%g (is $%g)", &cost, &was):
			if was <= cost {
				t.Fatal(tip)
			}
			o.Cost = int64(math.Round(cost*1e6)) * 1000
			o.Kept = o.Cost
			seen["cost"]++
		case scan("it took %d ms", &n):
			o.Time = n * 1000
			seen["time"]++
		case scan("the preference were %s", &word):
			again.Preference = PreferenceNamed(word)
			seen["preference"]++
		default:
			t.Fatal(tip)
		}
		again.Choose()
		if again.rankOf(runner) != 1 {
			t.Fatalf("case %d: %s; it does not", seed, tip)
		}
	}
	for _, what := range []string{"none", "resting", "difficulty", "cost", "time", "preference"} {
		if seen[what] < 20 {
			t.Errorf("%q occurs %d times", what, seen[what])
		}
	}
}

// The same choice has the same outcome, and every eligible model has a place in it: healthy
// ones first, but for a conversation that stays.
func TestChooseIsWhole(t *testing.T) {
	reasons := map[Reason]int{}
	for seed := range uint64(cases) {
		c, again := random(seed), random(seed)
		c.Choose()
		again.Choose()
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("case %d: two outcomes", seed)
		}
		reasons[c.Reason]++
		eligible := 0
		for i := range c.Options {
			if c.Options[i].Eligible {
				eligible++
			} else if c.Options[i].Rank != 0 {
				t.Fatalf("case %d: a place for what cannot serve", seed)
			}
		}
		if eligible != len(c.Ranked) {
			t.Fatalf("case %d: %d of %d ranked", seed, len(c.Ranked), eligible)
		}
		from := 0
		if c.Reason == ReasonLoop {
			from = 1
		}
		for place := from + 1; place < len(c.Ranked); place++ {
			if c.Options[c.Ranked[place-1]].Resting && !c.Options[c.Ranked[place]].Resting {
				t.Fatalf("case %d: a resting model before a healthy one", seed)
			}
		}
		if c.Task.Tools.Loop && c.Last != nil {
			for i := range c.Options {
				if o := &c.Options[i]; o.Model == c.Last.Model && o.Eligible && (o.Rank != 1 || c.Reason != ReasonLoop) {
					t.Fatalf("case %d: the model changes between a tool call and its result", seed)
				}
			}
		}
	}
	for r := ReasonBest; r <= ReasonNothing; r++ {
		if reasons[r] == 0 {
			t.Errorf("reason %d never occurs", r)
		}
	}
}

// A model that gets better, cheaper or faster never loses by it.
func TestBetterNeverLoses(t *testing.T) {
	for seed := range uint64(cases) {
		for _, c := range []struct {
			preference Preference
			improve    func(*Option, int)
		}{
			{PreferenceQuality, func(o *Option, by int) {
				for a := range o.Ability.Elo {
					if o.Ability.Elo[a] > 0 {
						o.Ability.Elo[a] += int16(by)
					}
				}
			}},
			{PreferenceCost, func(o *Option, by int) { o.Cost -= o.Cost * int64(by) / 100; o.Kept -= o.Kept * int64(by) / 100 }},
			{PreferenceSpeed, func(o *Option, by int) { o.Time -= o.Time * int64(by) / 100 }},
		} {
			before, after := random(seed), random(seed)
			if before.Task.Tools.Loop || len(before.Options) == 0 {
				continue
			}
			before.Preference, after.Preference = c.preference, c.preference
			before.Thrift, after.Thrift = 1000, 1000
			i := int(seed) % len(after.Options)
			o := &after.Options[i]
			if c.preference == PreferenceQuality && o.Ability.Elo[AspectOverall] == 0 || c.preference == PreferenceCost && !o.Priced || c.preference == PreferenceSpeed && !o.Timed {
				continue
			}
			before.Last, after.Last = nil, nil
			c.improve(o, 1+int(seed/7)%99)
			before.Choose()
			after.Choose()
			if was, is := before.Options[i].Rank, after.Options[i].Rank; is > was {
				t.Fatalf("case %d: %s: place %d became %d\n%+v\n%+v", seed, c.preference, was, is, before.Options, after.Options)
			}
		}
	}
}

// A harder request never goes to a weaker model, whatever counts most, where all models are as
// reliable.
func TestHarderNeverWeaker(t *testing.T) {
	moved := 0
	for seed := range uint64(cases / 10) {
		before, at := int32(0), 0
		for d := int32(0); d <= 1000; d += 5 {
			c := random(seed)
			c.Task.Difficulty, c.Last, c.Learned = d, nil, nil
			for i := range c.Options {
				c.Options[i].Success = 1000
			}
			c.Choose()
			if len(c.Ranked) == 0 {
				break
			}
			i := c.Ranked[0]
			rating := c.Options[i].Rating
			if d > 0 && rating < before {
				t.Fatalf("case %d: %d points at %d, %d before\n%+v", seed, rating, d, before, c.Options)
			}
			if d > 0 && i != at {
				moved++
			}
			before, at = rating, i
		}
	}
	if moved < cases/40 {
		t.Errorf("difficulty moves %d of %d", moved, cases/10)
	}
}

// named is an option of that rating, cost and time that can serve.
func named(model string, elo int16, cost, time int64) Option {
	o := Option{Model: model, Eligible: true, Priced: true, Cost: cost, Kept: cost, Timed: true, Time: time, Success: 1000}
	o.Ability.Elo[AspectOverall] = elo
	return o
}

// first is the model that is chosen, and why.
func (c *Choice) first() string {
	c.Choose()
	return c.Options[c.Ranked[0]].Model + " " + c.Reason.String()
}

func TestChoose(t *testing.T) {
	const small, large = 1310, 1450
	for _, c := range []struct {
		name, want string
		of         Choice
		change     func(*Choice)
	}{
		{"both rest: the conversation stays with its own", "s stays", Choice{Preference: PreferenceCost, Last: &Turn{Model: "s"}}, func(c *Choice) {
			c.Options[0].Resting, c.Options[1].Resting = true, true
		}},
		{"all rest: nor for what is a little cheaper", "s stays", Choice{Preference: PreferenceCost, Last: &Turn{Model: "s"}}, func(c *Choice) {
			c.Options = append(c.Options, named("m", small, 900_000, 200_000))
			for i := range c.Options {
				c.Options[i].Resting = true
			}
		}},
		{"its own rests alone", "l gone", Choice{Preference: PreferenceCost, Last: &Turn{Model: "s"}}, func(c *Choice) { c.Options[0].Resting = true }},
		{"the other rests", "s stays", Choice{Preference: PreferenceQuality, Last: &Turn{Model: "s"}}, func(c *Choice) { c.Options[1].Resting = true }},
		{"its own is not good enough", "l moved", Choice{Preference: PreferenceCost, Last: &Turn{Model: "s"}, Task: Task{Difficulty: 900}}, nil},
		{"as busy as the least busy", "s best", Choice{Preference: PreferenceSpeed}, func(c *Choice) {
			c.Options[0].InFlight, c.Options[1].InFlight = 90, 90
		}},
		{"busier than the least busy", "l best", Choice{Preference: PreferenceSpeed}, func(c *Choice) {
			c.Options[0].InFlight, c.Options[1].InFlight = 90, 50
		}},
		{"what rests sets no bar", "s best", Choice{Preference: PreferenceCost, Task: Task{Difficulty: 900}}, func(c *Choice) {
			c.Options[1].Resting = true
			c.Options = append(c.Options, named("m", small+5, 9_000_000, 1000))
		}},
		{"what cannot serve sets none", "s best", Choice{Preference: PreferenceCost, Task: Task{Difficulty: 900}}, func(c *Choice) { // nor is it there to choose
			c.Options[1].Eligible = false
			c.Options = append(c.Options, named("m", small+5, 9_000_000, 1000))
		}},
		{"balanced up to the bound trades", "s best", Choice{Task: Task{Difficulty: hard}}, dear},
		{"and keeps near the best above it", "l best", Choice{Task: Task{Difficulty: hard + 1}}, dear},
	} {
		c.of.Thrift = 1000
		c.of.Options = []Option{named("s", small, 1_000_000, 200_000), named("l", large, 10_000_000, 400_000)}
		if c.change != nil {
			c.change(&c.of)
		}
		if got := c.of.first(); got != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got, c.want, c.of.Options)
		}
		if c.of.Last != nil {
			c.of.Task.Tools.Loop = true
			if got := c.of.first(); got != "s loop" || c.of.Tip() != "" {
				t.Errorf("%s, in a loop: %s, %s", c.name, got, c.of.Tip())
			}
		}
	}
}

// A conversation leaves a model as soon as that is not good enough, whatever the better one costs.
func TestLeavesWhatIsBehind(t *testing.T) {
	for d := int32(0); d <= 1000; d++ {
		c := Choice{Preference: PreferenceCost, Thrift: 1000, Last: &Turn{Model: "s"}, Task: Task{Difficulty: d},
			Options: []Option{named("s", 1310, 1_000_000, 1000), named("l", 1450, 10_000_000, 1000)}}
		got := c.first()
		if c.Options[0].Behind {
			if got != "l moved" {
				t.Errorf("%s at %d", got, d)
			}
			return
		}
		if got != "s stays" {
			t.Fatalf("%s at %d", got, d)
		}
	}
	t.Error("never behind")
}

// dear makes the large one cost very much, and money short.
func dear(c *Choice) {
	c.Thrift, c.Options[1].Cost = 0, 1_000_000_000_000_000
	c.Options[1].Kept = c.Options[1].Cost
}

// Language and category move a rating by so much together, and no more; what they say is
// what is added.
func TestParts(t *testing.T) {
	o := Option{}
	o.Ability.Elo[AspectOverall] = 1300
	task := Task{Reading: auto.Reading{Category: auto.Math, Language: auto.Spanish}}
	for _, c := range []struct {
		spanish, math int32 // above the others; 0: not rated
		want          [2]int32
	}{
		{11, -20, [2]int32{11, -20}},
		{56, 24, [2]int32{56, 4}},
		{-90, 0, [2]int32{-60, 0}},
		{-90, 30, [2]int32{-60, 30}},
		{0, 61, [2]int32{0, 60}},
	} {
		for a, above := range map[Aspect]int32{AspectSpanish: c.spanish, AspectMath: c.math} {
			if o.Ability.Elo[a] = 0; above != 0 {
				o.Ability.Elo[a] = int16(1300+above) + AspectShift[a]
			}
		}
		o.rate(&task)
		if got := [2]int32{o.Parts[0].Points, o.Parts[1].Points}; got != c.want || o.Rating != 1300+got[0]+got[1] || o.QualityFrom != "elo" {
			t.Errorf("%+v: %+v of %d from %s", c, o.Parts, o.Rating, o.QualityFrom)
		}
		if (o.Parts[0].Aspect == AspectSpanish) != (c.spanish != 0) || (o.Parts[1].Aspect == AspectMath) != (c.math != 0) {
			t.Errorf("%+v: %+v", c, o.Parts)
		}
	}
}

// TestUnreadStays: a request that cannot be read may bring the result of a tool call, so that
// the model of its session stays, though another is better.
func TestUnreadStays(t *testing.T) {
	for _, unread := range []bool{false, true} {
		c := Choice{Preference: PreferenceCost, Thrift: 1000, Task: Task{Unread: unread, Difficulty: 500}, Last: &Turn{Model: "dear"}, Options: []Option{
			{Model: "cheap", Eligible: true, Priced: true, Cost: 1e6, Kept: 1e6, Success: 1000, Ability: Ability{Elo: [AspectCount]int16{1400}}},
			{Model: "dear", Eligible: true, Priced: true, Cost: 1e8, Kept: 1e8, Success: 1000, Ability: Ability{Elo: [AspectCount]int16{1410}}},
		}}
		c.Choose()
		if first, want := c.Options[c.Ranked[0]].Model, map[bool]string{false: "cheap", true: "dear"}[unread]; first != want {
			t.Errorf("unread %v: %s, want %s", unread, first, want)
		}
	}
}

// TestPriceBreaksTies: how cheap a third model is, is nothing to two that are as good.
func TestPriceBreaksTies(t *testing.T) {
	option := func(model string, elo int16, cost int64) Option {
		return Option{Model: model, Eligible: true, Priced: true, Cost: cost, Kept: cost, Success: 1000, Ability: Ability{Elo: [AspectCount]int16{elo}}}
	}
	for _, third := range []int64{1e5, 1e7} {
		c := Choice{Preference: PreferenceQuality, Thrift: 1000, Task: Task{Difficulty: 10}, Options: []Option{
			option("dear", 1478, 83e6), option("fair", 1477, 1e7), option("third", 1300, third),
		}}
		c.Choose()
		if first := c.Options[c.Ranked[0]].Model; first != "fair" {
			t.Errorf("%s is chosen beside a third at %d", first, third)
		}
	}
}
