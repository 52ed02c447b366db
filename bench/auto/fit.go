package main

import (
	"math"
	"slices"

	"strowger/core/auto"
)

const hands = int(auto.Features)

// settings are what is chosen by leaving sources out; see docs/adr/0028.
type settings struct {
	seed      uint64
	runs      int     // fits whose weights are averaged, each with its own order of examples
	epochs    int     // passes over the examples
	handRate  float64 // AdaGrad's step for the features
	tableRate float64 // and for the table of words
	hand      bool    // whether features are used
	table     bool    // whether words are used
	byTask    bool    // whether each task of a set has an intercept of its own
	beyond    float64 // log odds that strong models fail, at the average text

	demand     float64 // weight of demand
	demandZero float64 // what is taken off it first
	demandRate float64 // AdaGrad's step for the features, where demand is fitted
	ownWeight  float64 // how much one of our own prompts counts there

	length float64 // weight of the last paragraph's length by itself
}

func chosen() settings {
	return settings{seed: 1, runs: 4, epochs: 4, handRate: 0.004, tableRate: 0.05, hand: true, table: true, beyond: -1.2, length: 0.01,
		demand: 0.8, demandZero: 0.45, demandRate: 0.025, ownWeight: 0.5}
}

// example is a row as the trainer sees it: raw features, then standard deviations from the
// mean, and the marked slots.
type example struct {
	*row
	raw   [hands]int32
	z     [hands]float64
	slots []int

	options bool // whether it lists answers to choose from
	foreign bool // whether English words say nothing about it
}

func examples(rows []row) []*example {
	out := make([]*example, len(rows))
	var t auto.Text
	var seen [auto.Slots / 64]uint64
	for i := range rows {
		e := &example{row: &rows[i]}
		t.Reset()
		t.Add([]byte(rows[i].Prompt))
		e.foreign, e.options = t.Raw((*[auto.Features]int32)(&e.raw), &seen)
		for k := range auto.Slots {
			if !e.foreign && seen[k>>6]>>(k&63)&1 == 1 {
				e.slots = append(e.slots, k)
			}
		}
		out[i] = e
	}
	return out
}

// scale is what makes a feature comparable.
type scale struct{ mean, deviation [hands]float64 }

func measure(all []*example) (s scale) {
	n := float64(len(all))
	for k := range hands {
		var sum, squares float64
		for _, e := range all {
			v := float64(e.raw[k])
			sum += v
			squares += v * v
		}
		s.mean[k] = sum / n
		m2 := s.mean[k] * s.mean[k]
		s.deviation[k] = math.Sqrt(max(squares/n-m2, 0))
	}
	return s
}

// apply sets what the features are worth, bounded as in the core. A feature that hardly
// varies is worth nothing.
func (s *scale) apply(all []*example) {
	for _, e := range all {
		for k := range hands {
			e.z[k] = 0
			if s.deviation[k] >= 0.5 && !(e.foreign && auto.OfEnglish(k)) {
				e.z[k] = min(max((float64(e.raw[k])-s.mean[k])/s.deviation[k], -4), 4)
			}
		}
	}
}

// head predicts one kind of failure: a sum over features and words, in logits.
type head struct {
	hand  [hands]float64
	table [auto.Slots]float64
}

// chance is a small generator (splitmix64), so that a seed means the same everywhere.
type chance uint64

func (c *chance) below(n int) int {
	*c += 0x9E3779B97F4A7C15
	z := uint64(*c)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

func (c *chance) order(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := c.below(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// fit fits a head to a target between 0 and 1, by logistic regression with AdaGrad and an
// intercept for each set or task, and averages over the runs. Products are rounded before they are
// added, so that no processor fuses them: the weights are the same everywhere.
func fit(all []*example, c settings, target func(*row) float64) head {
	var sum head
	for run := range c.runs {
		h := fitOnce(all, c, chance(c.seed+uint64(run)), target)
		for k := range h.hand {
			sum.hand[k] += h.hand[k] / float64(c.runs)
		}
		for k := range h.table {
			sum.table[k] += h.table[k] / float64(c.runs)
		}
	}
	return sum
}

func fitOnce(all []*example, c settings, rnd chance, target func(*row) float64) (h head) {
	var handSquares [hands]float64
	var tableSquares [auto.Slots]float64
	type bias struct{ v, squares float64 }
	intercept := map[string]*bias{}
	step := func(w, squares *float64, g, rate float64) {
		*squares += float64(g * g)
		*w -= float64(rate * g / math.Sqrt(*squares+1e-8))
	}
	for range c.epochs {
		for _, i := range rnd.order(len(all)) {
			e := all[i]
			key := e.set
			if c.byTask {
				key += "/" + e.Task
			}
			b := intercept[key]
			if b == nil {
				b = &bias{}
				intercept[key] = b
			}
			g := logistic(b.v+h.sum(e, c)) - target(e.row)
			if e.level > 0 {
				g *= c.ownWeight
			}
			step(&b.v, &b.squares, g, 0.3)
			if c.hand {
				for k := range h.hand {
					step(&h.hand[k], &handSquares[k], float64(g*e.z[k]), c.handRate)
				}
			}
			if c.table {
				share := g / math.Sqrt(float64(len(e.slots)+1))
				for _, k := range e.slots {
					step(&h.table[k], &tableSquares[k], share, c.tableRate)
				}
			}
		}
	}
	return h
}

// demanding fits how demanding a prompt is to the levels of our own, and, so that it agrees
// with what large models do better, to that in the sources' prompts that list no answers.
func demanding(all, mine []*example, c settings) head {
	some := slices.Clone(mine)
	for _, e := range all {
		if !e.options {
			some = append(some, e)
		}
	}
	c = c.forDemand()
	return fit(some, c, func(r *row) float64 {
		if r.level > 0 {
			return 0.05 + 0.3*float64(r.level-1)
		}
		return (1 + r.gain()) / 2
	})
}

// forDemand are the settings that demand is fitted with: by features alone, for words would not
// say as much of other languages as of English.
func (c settings) forDemand() settings {
	c.handRate, c.epochs, c.table = c.demandRate, 4, false
	return c
}

// sum is what the head says of an example, without an intercept.
func (h *head) sum(e *example, c settings) float64 {
	s := 0.0
	if c.hand {
		for k, z := range e.z {
			s += float64(h.hand[k] * z)
		}
	}
	if c.table {
		s += h.words(e)
	}
	return s
}

func (h *head) words(e *example) float64 {
	s := 0.0
	for _, k := range e.slots {
		s += h.table[k]
	}
	return s / math.Sqrt(float64(len(e.slots)+1))
}

// logistic is 1/(1+exp(-x)), by a series that needs nothing a processor may round its own way.
func logistic(x float64) float64 {
	x = min(max(x, -30), 30)
	k := math.Floor(x)
	f := x - k
	e, term := 1.0, 1.0
	for i := 1; i < 18; i++ {
		term = term * f / float64(i)
		e += term
	}
	for ; k > 0; k-- {
		e *= math.E
	}
	for ; k < 0; k++ {
		e /= math.E
	}
	return e / (1 + e)
}
