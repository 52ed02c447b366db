package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"strowger/core/auto/pool"
)

// market is a table of qualities with what each answer cost: models, cheapest on the whole
// first, with the ratings that they have earned in it.
type market struct {
	quality, cost *table
	ratings       []float64
	hard          []float64 // difficulty of each prompt that the choice is told
	order         []int     // models from cheap to dear
	best          int       // model
}

func newMarket(quality, cost *table, abilities []float64, s scale) *market {
	m := &market{quality: quality, cost: cost}
	spent := make([]float64, len(abilities))
	for i, a := range abilities {
		m.ratings = append(m.ratings, math.Round(s.zero+s.logit*a))
		m.order = append(m.order, i)
		if a > abilities[m.best] {
			m.best = i
		}
		for p := range cost.cells {
			spent[i] += cost.cells[p][i]
		}
	}
	slices.SortFunc(m.order, func(a, b int) int { return int(math.Copysign(1, spent[a]-spent[b])) })
	for _, p := range quality.prompts {
		m.hard = append(m.hard, p.difficulty)
	}
	return m
}

// shuffled is the market with a difficulty that says nothing.
func (m *market) shuffled(seed uint64) *market {
	other := *m
	other.hard = slices.Clone(m.hard)
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(other.hard), func(i, j int) { other.hard[i], other.hard[j] = other.hard[j], other.hard[i] })
	return &other
}

// result is what choosing came to, as shares of what always choosing the best came to.
type result struct{ quality, cost float64 }

// run chooses for every prompt.
func (m *market) run(choose func(p int) int) result {
	var q, c, bestQ, bestC float64
	for p := range m.quality.cells {
		i := choose(p)
		q, c = q+m.quality.cells[p][i], c+m.cost.cells[p][i]
		bestQ, bestC = bestQ+m.quality.cells[p][m.best], bestC+m.cost.cells[p][m.best]
	}
	return result{q / bestQ, c / bestC}
}

// rule is what preferences weigh with.
type rule struct{ lambda, delta, floor float64 }

// pick is what core/auto/pool does, in floats and with any constants; its test holds it against
// that.
func (m *market) pick(p int, r rule, c *curve, cheapest bool) int {
	q := make([]float64, len(m.ratings))
	top := math.Inf(-1)
	for i, rating := range m.ratings {
		if q[i] = c.quality(rating, m.hard[p]); q[i] < .5 {
			q[i] = .5 + (rating-c.zero-c.hard*m.hard[p])/c.logit/4
		}
		top = max(top, q[i])
	}
	least := slices.Min(m.cost.cells[p])
	best, bestU := -1, math.Inf(-1)
	for i := range q {
		dearer := math.Log2(max(m.cost.cells[p][i], 1e-5) / max(least, 1e-5))
		u := q[i] - r.lambda*dearer
		enough := q[i] >= top-r.floor || m.hard[p] <= .7
		if cheapest {
			u, enough = -dearer, q[i] >= top-r.delta
		}
		if enough && u > bestU {
			best, bestU = i, u
		}
	}
	return best
}

// search finds the largest δ with which cost keeps so much of the quality of always choosing the
// best, and the largest λ with which balanced does, with half of δ as its floor: what this market
// would ask for, beside what is stated.
func (m *market) search(c curve, balanced, cost float64) (r rule) {
	kept := func(r rule, cheapest bool) float64 {
		return m.run(func(p int) int { return m.pick(p, r, &c, cheapest) }).quality
	}
	for n := 1.0; n <= 400; n++ {
		if try := (rule{delta: n / 1000}); kept(try, true) >= cost {
			r.delta = n / 1000
		}
	}
	r.floor = r.delta / 2
	for n := 1.0; n <= 100; n++ {
		if try := (rule{lambda: n / 1000, floor: r.floor}); kept(try, false) >= balanced {
			r.lambda = n / 1000
		}
	}
	return r
}

// shown writes what the committed rule comes to, with the baselines beside it.
func (m *market) shown(out io.Writer) {
	blind := m.shuffled(1)
	line := func(name string, told, not result) {
		fmt.Fprintf(out, "| %s | %.1f%% | %.1f%% | %.1f%% | %.1f%% |\n", name, told.quality*100, told.cost*100, not.quality*100, not.cost*100)
	}
	fmt.Fprintln(out, "| rule | quality kept | cost | kept, score shuffled | cost |\n|---|---|---|---|---|")
	for _, i := range []int{m.best, m.order[0]} {
		r := m.run(func(int) int { return i })
		line("always "+m.quality.models[i], r, r)
	}
	rng := rand.New(rand.NewPCG(1, 0))
	chance := m.run(func(int) int { return rng.IntN(len(m.ratings)) })
	line("at random", chance, chance)
	for p := pool.PreferenceBalanced; p <= pool.PreferenceCost; p++ {
		if p != pool.PreferenceSpeed { // nothing is known of times
			line(p.String(), m.run(func(i int) int { return m.chosen(i, p) }), blind.run(func(i int) int { return blind.chosen(i, p) }))
		}
	}
}

// chosen is the model that core/auto/pool chooses.
func (m *market) chosen(p int, preference pool.Preference) int {
	c := pool.Choice{Preference: preference, Thrift: 1000, Options: make([]pool.Option, len(m.ratings))}
	c.Task.Difficulty = int32(math.Round(m.hard[p] * 1000))
	for i, rating := range m.ratings {
		nano := int64(m.cost.cells[p][i] * 1e9)
		o := pool.Option{Model: m.quality.models[i], Eligible: true, Priced: true, Cost: nano, Kept: nano, Success: 1000}
		o.Ability.Elo[pool.AspectOverall] = int16(rating)
		c.Options[i] = o
	}
	c.Choose()
	return c.Ranked[0]
}
