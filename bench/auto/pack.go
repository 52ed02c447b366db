package main

import (
	"math"
	"slices"

	"strowger/core/auto"
)

// train fits the three heads to the sources' prompts and to our own, and packs them in the form
// of the core.
func train(all, mine []*example, c settings) []byte {
	s := measure(all)
	s.apply(all)
	s.apply(mine)
	demand := demanding(all, mine, c)
	hard := fit(all, c, func(r *row) float64 { return 1 - r.weak })
	beyond := fit(all, c, func(r *row) float64 { return 1 - r.strong })
	p := packer{}
	for k := range hands {
		p.number(s.mean[k])
		p.number(perStep(s.deviation[k]))
		p.number(hard.hand[k] * auto.Logit / auto.Deviation * 256)
		p.number(beyond.hand[k] * auto.Logit / auto.Deviation * 256)
		p.number(demand.hand[k] * auto.Logit / auto.Deviation * 256)
	}
	p.table(&hard)
	p.table(&beyond)
	quantiles := len(p.b)
	for range 101 {
		p.number(0)
	}
	p.number(0)
	p.number(c.beyond * auto.Logit)
	var words [2]float64
	for _, e := range all {
		words[0] += hard.words(e) * auto.Logit / float64(len(all))
		words[1] += beyond.words(e) * auto.Logit / float64(len(all))
	}
	p.number(words[0])
	p.number(words[1])
	p.number(c.length * auto.One / auto.Deviation * 256)
	p.number(c.demand * 256)
	p.number(c.demandZero * auto.One)
	p.quantiles(quantiles, all, mine)
	return p.b
}

// perStep is the core's scale of a feature: what is worth nothing has none.
func perStep(deviation float64) float64 {
	if deviation < 0.5 {
		return 0
	}
	return auto.Deviation * 256 / deviation
}

// packer writes numbers as the core reads them.
type packer struct{ b []byte }

func (p *packer) number(v float64) {
	p.b = append(p.b, two(v)...)
}

func two(v float64) []byte {
	i := uint16(int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16))))
	return []byte{byte(i), byte(i >> 8)}
}

// table writes a signed byte for each slot: one step is 16/1024 of a logit.
func (p *packer) table(h *head) {
	for _, v := range h.table {
		p.b = append(p.b, byte(int8(math.Round(min(max(v*auto.Logit/16, -127), 127)))))
	}
}

// quantiles fills in what share of the examples scores less than what: one half are our own
// prompts, the other half those of the sources, of which each counts the same.
func (p *packer) quantiles(at int, all, mine []*example) {
	w, _ := auto.ParseWeights(p.b)
	bySet := map[string][]int32{}
	for _, e := range slices.Concat(all, mine) {
		bySet[e.set] = append(bySet[e.set], difficulty(w, e.Prompt))
	}
	var drawn []int32
	for _, set := range names(bySet) {
		v := bySet[set]
		slices.Sort(v)
		n := 1000
		if set == own {
			n *= len(bySet) - 1
		}
		for i := range n {
			drawn = append(drawn, v[i*len(v)/n])
		}
	}
	slices.Sort(drawn)
	for i := range 101 {
		copy(p.b[at+2*i:], two(float64(drawn[i*(len(drawn)-1)/100])))
	}
}

// difficulty is the score of a prompt, by the core.
func difficulty(w auto.Weights, prompt string) int32 {
	var t auto.Text
	var r auto.Reading
	t.Add([]byte(prompt))
	t.ReadWith(w, &r)
	return r.Difficulty
}

func names[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
