//go:build !race

// Fits over many made-up users: one goroutine, and ten times as long with the race detector.

package learn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"strowger/core/auto/pool"
)

// Users for whom one model is 120 points worse than rated and code is harder teach that: its
// sign, and a good part of its size; what is held back says so. The more there is to learn
// from, the more of the size.
func TestFitRecoversTheTruth(t *testing.T) {
	for _, n := range []int{400, 1000, 3000} {
		accepted, points, harder := 0, 0.0, 0.0
		const seeds = 20
		for seed := range uint64(seeds) {
			l, r := Fit(biased.outcomes(n, seed), nil)
			if !r.Accepted {
				if l != nil {
					t.Errorf("refused, and yet in use: %+v", r)
				}
				continue
			}
			accepted++
			if r.After >= r.Before || l.Outcomes != n || l.Rev == "" {
				t.Errorf("%+v %+v", r, l)
			}
			points += float64(l.Models["c/odd"])
			harder += float64(l.Features[code]) * codeUnit / 256
			if l.Models["c/odd"] >= 0 || l.Features[code] < 0 {
				t.Errorf("the wrong sign: %+v", l)
			}
		}
		points, harder = points/float64(accepted), harder/float64(accepted)
		t.Logf("%d outcomes: %d of %d accepted, %.0f points of -120, %.0f permille of %.0f", n, accepted, seeds, points, harder, min(biased.code*permilleOfLogit, MaxPermille))
		least := map[int]int{400: seeds / 2, 1000: seeds * 9 / 10, 3000: seeds}[n]
		if accepted < least || points > -40 || points < -150 || harder < 20 {
			t.Errorf("%d outcomes: %d accepted, want %d; %.0f points, %.0f permille", n, accepted, least, points, harder)
		}
	}
}

// Outcomes that follow the ratings, or nothing at all, teach nothing.
func TestFitRefusesNoise(t *testing.T) {
	for name, draw := range map[string]func(n int, seed uint64) []Outcome{
		"as rated": users{source: pool.VerdictFeedback}.outcomes,
		"coins": func(n int, seed uint64) []Outcome {
			list := users{source: pool.VerdictContinued}.outcomes(n, seed)
			r := rand.New(rand.NewPCG(seed, 2))
			for i := range list {
				list[i].Good = r.IntN(3) > 0
				if i%3 == 0 {
					list[i].Source = pool.VerdictToolWorked
				}
			}
			return list
		},
	} {
		for _, n := range []int{220, 800} {
			accepted := 0
			const seeds = 60
			for seed := range uint64(seeds) {
				l, r := Fit(draw(n, seed+1000), nil)
				if r.Accepted != (l != nil) || r.Why == "" {
					t.Errorf("%+v", r)
				}
				if l != nil {
					accepted++
				}
			}
			t.Logf("%s, %d outcomes: %d of %d accepted", name, n, accepted, seeds)
			if accepted > seeds*5/100 {
				t.Errorf("%s, %d outcomes: %d of %d accepted", name, n, accepted, seeds)
			}
		}
	}
}

// The same outcomes give the same corrections, in whatever order they come.
func TestFitIsDeterministic(t *testing.T) {
	list := biased.outcomes(2000, 3)
	first, r := Fit(list, nil)
	if !r.Accepted {
		t.Fatal(r)
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	again, s := Fit(list, nil)
	if !reflect.DeepEqual(first, again) || r != s {
		t.Errorf("%+v %+v\n%+v %+v", r, first, s, again)
	}
}

// Corrections stay within their bounds, whatever is said.
func TestFitIsBounded(t *testing.T) {
	list := biased.outcomes(3000, 4)
	for i := range list {
		o := &list[i]
		o.Good = o.Model == "a/big" && o.Features[3] < 0
	}
	l, r := Fit(list, nil)
	if !r.Accepted || l.Models["a/big"] != MaxPoints || l.Models["b/big"] > -1 || l.Models["b/big"] < -MaxPoints {
		t.Errorf("%+v %+v", r, l)
	}
	for f, w := range l.Features {
		if p := PerDeviation(w); p > MaxPermille+15 || p < -MaxPermille-15 { // their deviation is not quite that
			t.Errorf("feature %d: %d", f, p)
		}
	}
}

// What is in use stays with outcomes that would not be enough to begin with, but not with none
// that speak for it.
func TestFitStays(t *testing.T) {
	inUse, stayed, gone := &pool.Learned{}, 0, 0
	for seed := range uint64(40) {
		list := biased.outcomes(260, seed)
		first, _ := Fit(list, nil)
		again, r := Fit(list, inUse)
		if first != nil && again == nil {
			t.Errorf("it begins, and would not stay: %+v", r)
		}
		if first == nil && again != nil {
			stayed++
		}
		if l, _ := Fit(users{source: pool.VerdictFeedback}.outcomes(260, seed), inUse); l == nil {
			gone++
		}
	}
	if stayed < 5 || gone < 30 {
		t.Errorf("%d of 40 stayed, and without a reason %d went", stayed, gone)
	}
}

// With too little of anything nothing is fitted.
func TestFitNeedsEnough(t *testing.T) {
	some := biased.outcomes(MinOutcomes, 6)
	good := slices.Clone(some)
	for i := range good {
		good[i].Good = i >= MinEach-1
	}
	bad := slices.Clone(some)
	for i := range bad {
		bad[i].Good = i < MinEach-1
	}
	for want, list := range map[string][]Outcome{
		"too few: 0 outcomes of at least 200":      nil,
		"too few: 199 outcomes of at least 200":    some[1:],
		"too few: 39 bad outcomes of at least 40":  good,
		"too few: 39 good outcomes of at least 40": bad,
	} {
		if l, r := Fit(list, &pool.Learned{}); l != nil || r.Accepted || r.Why != want || r.Before != 0 {
			t.Errorf("%q: %+v", want, r)
		}
	}
}

// A kind of source that only one part knows, as a single thumb is, has a level in the others all
// the same: nothing of it is known there, which is no reason to learn nothing of the rest.
func TestFitWithARareSource(t *testing.T) {
	for name, rare := range map[string]pool.VerdictSource{"feedback": pool.VerdictFeedback, "tools": pool.VerdictToolFailed} {
		u := biased
		u.source = pool.VerdictRegenerated
		list := u.outcomes(3000, 5)
		list[0].Source = rare
		l, r := Fit(list, nil)
		if !r.Accepted || l == nil || math.IsNaN(r.Before) || math.IsNaN(r.After) || math.IsNaN(r.Error) {
			t.Errorf("one of %s: %+v", name, r)
		}
	}
}

// A group is drawn towards no level: of few outcomes, all good, nothing is taken for certain.
func TestLevelsAreDrawnToNone(t *testing.T) {
	list := make([]Outcome, 3)
	for i := range list {
		list[i] = Outcome{Source: pool.VerdictFeedback, Good: true, Prior: 500}
	}
	if level := levels(list); level[0] != 0 || level[1] != 0 || level[2] < 0.5 || level[2] > 4 {
		t.Errorf("got %v", level)
	}
}

// What cannot be computed is refused by its name, and shown to nobody as a figure.
func TestNotANumber(t *testing.T) {
	for _, odd := range []float64{math.NaN(), math.Inf(1)} {
		r := Report{Outcomes: 300}
		r.compare([]float64{1, 1}, []float64{0.5, odd}, []float64{1, 1}, begins)
		if want := "not tested: the loss on 2 held-back outcomes is not a number"; r.Accepted || r.Why != want || r.Before != 0 || r.After != 0 || r.Error != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// The parts are about as large as one another, also where ids differ in few places.
func TestParts(t *testing.T) {
	var n [folds]int
	for i := range 10_000 {
		n[partOf(fmt.Sprintf("01990000-0000-7000-8000-%012x", i))]++
	}
	if slices.Min(n[:]) < 1900 || slices.Max(n[:]) > 2100 {
		t.Error(n)
	}
}

// That a conversation went on says less than what a person said.
func TestWeakVerdictsWeighLess(t *testing.T) {
	points := func(source pool.VerdictSource) int32 {
		u := biased
		u.source = source
		l, _ := corrections(inOrder(u.outcomes(400, 8)))
		return l.Models["c/odd"]
	}
	if weak, strong := points(pool.VerdictContinued), points(pool.VerdictFeedback); strong >= weak || weak >= 0 {
		t.Errorf("%d points by feedback, %d by going on", strong, weak)
	}
}

// Fitting takes its time beside the traffic, but not long.
func BenchmarkFit(b *testing.B) {
	list := biased.outcomes(maxRead, 9)
	for b.Loop() {
		Fit(list, nil)
	}
}
