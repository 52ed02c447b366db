// Package learn corrects auto mode by what became of its answers: verdicts come from the data
// plane and from people, are kept in the record, and now and then corrections of ratings and of
// the difficulty are fitted to them. The chance that an answer is good is taken to be
//
//	σ(logit of the quality that was expected + level of the source + points of the model − what the features add to the difficulty)
//
// with all but the first term fitted, drawn towards none. Corrections are used only if they foretell
// outcomes that they were not fitted to, better than none do: see Fit.
package learn

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"strowger/core/auto/pool"
)

// What there must be to learn from, and how it is tested.
const (
	MinOutcomes = 200
	MinEach     = 40 // good, bad, and held back
	folds       = 5
	// begins is by how many standard errors corrections must be better to be used, and stays
	// to be used further: of fits to outcomes that follow no rule, about one in a hundred begins.
	begins    = 2
	stays     = 1
	resamples = 400
)

// Report says how a fit went.
type Report struct {
	Outcomes int // in all
	Bad      int
	HeldBack int // foretold by corrections that were not fitted to them; 0: nothing was fitted
	// The loss on what was held back, in nats for each outcome, without and with the
	// corrections, and the standard error of their difference.
	Before, After, Error float64
	Accepted             bool
	Why                  string
}

// Fit learns from outcomes, of each decision and source one. Decisions are dealt out into five
// parts, always the same, and each part is held back once, while corrections are fitted to the
// others. If these foretell what is held back better than no corrections do, by enough standard
// errors, corrections are fitted to all: else nil. What is in use, nil for nothing, only says how
// much is enough. The same outcomes give the same answer.
func Fit(outcomes []Outcome, inUse *pool.Learned) (*pool.Learned, Report) {
	outcomes = inOrder(outcomes)
	r := Report{Outcomes: len(outcomes)}
	for i := range outcomes {
		if !outcomes[i].Good {
			r.Bad++
		}
	}
	if r.Why = tooFew(&r); r.Why != "" {
		return nil, r
	}
	margin := float64(begins)
	if inUse != nil {
		margin = stays
	}
	r.test(outcomes, margin)
	if !r.Accepted {
		return nil, r
	}
	l, _ := corrections(outcomes)
	return l, r
}

func tooFew(r *Report) string {
	for _, n := range [...]struct {
		have, need int
		what       string
	}{{r.Outcomes, MinOutcomes, ""}, {r.Bad, MinEach, "bad "}, {r.Outcomes - r.Bad, MinEach, "good "}} {
		if n.have < n.need {
			return fmt.Sprintf("too few: %d %soutcomes of at least %d", n.have, n.what, n.need)
		}
	}
	return ""
}

// test foretells each part of the outcomes by the others.
func (r *Report) test(outcomes []Outcome, margin float64) {
	var before, after, weight []float64
	for fold := range uint32(folds) {
		var train, held []Outcome
		for _, o := range outcomes {
			if partOf(o.Decision) == fold {
				held = append(held, o)
			} else {
				train = append(train, o)
			}
		}
		l, with := corrections(train)
		before = append(before, losses(held, nil, levels(train))...)
		after = append(after, losses(held, l, with)...)
		for i := range held {
			weight = append(weight, weights[held[i].Source])
		}
	}
	r.compare(before, after, weight, margin)
}

// partOf is the part that a decision belongs to, for ever.
func partOf(decision string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(decision))
	return mixed(h.Sum32()) % folds
}

// mixed spreads the difference of ids that differ in few places over all bits.
func mixed(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// losses are how surprising each outcome is, in nats.
func losses(outcomes []Outcome, l *pool.Learned, level [groupCount]float64) []float64 {
	all := make([]float64, len(outcomes))
	for i := range outcomes {
		o := &outcomes[i]
		z := logit(o.Prior) + level[groups[o.Source]] + correction(l, o)
		if o.Good {
			z = -z
		}
		all[i] = math.Log1p(math.Exp(z))
	}
	return all
}

// compare sets the losses and says whether the second is better by enough.
func (r *Report) compare(before, after, weight []float64, margin float64) {
	r.HeldBack = len(before)
	r.Before, r.After = mean(before, weight), mean(after, weight)
	gain := make([]float64, len(before))
	for i := range gain {
		gain[i] = before[i] - after[i]
	}
	r.Error = bootstrap(gain, weight)
	if sum := r.Before + r.After + r.Error; math.IsNaN(sum) || math.IsInf(sum, 0) {
		r.Before, r.After, r.Error = 0, 0, 0
		r.Why = fmt.Sprintf("not tested: the loss on %d held-back outcomes is not a number", r.HeldBack)
		return
	}
	r.Accepted = r.Before-r.After > margin*r.Error
	verdict := "not better"
	if r.Accepted {
		verdict = "better"
	}
	r.Why = fmt.Sprintf("%s on %d held-back outcomes: %.3f against %.3f, standard error %.3f", verdict, r.HeldBack, r.After, r.Before, r.Error)
}

func mean(v, weight []float64) float64 {
	var sum, of float64
	for i := range v {
		sum += v[i] * weight[i]
		of += weight[i]
	}
	return sum / of
}

// bootstrap is the standard error of the weighted mean, by drawing as many anew, again and
// again; always the same draws.
func bootstrap(v, weight []float64) float64 {
	draw := rand.New(rand.NewPCG(1, uint64(len(v))))
	var sum, squares float64
	for range resamples {
		var s, of float64
		for range v {
			i := draw.IntN(len(v))
			s += v[i] * weight[i]
			of += weight[i]
		}
		sum += s / of
		squares += s / of * s / of
	}
	m := sum / resamples
	return math.Sqrt(max(squares/resamples-m*m, 0))
}

// rev tells corrections from others.
func rev(l *pool.Learned) string {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(l.Models)) {
		fmt.Fprintf(h, "%q %d ", name, l.Models[name])
	}
	fmt.Fprint(h, l.Features)
	return fmt.Sprintf("%012x", h.Sum64()>>16)
}
