package learn

import (
	"fmt"
	"math/rand/v2"

	"strowger/core/auto"
	"strowger/core/auto/pool"
)

// code is the feature that is high with code, and codeUnit is one standard deviation.
const (
	code     = 17
	codeUnit = 64
)

// users are people with a truth of their own.
type users struct {
	points map[string]float64 // by how much models are better than they are rated
	code   float64            // logits by which each standard deviation of code is harder
	source pool.VerdictSource
}

// outcomes draws n of them. Ratings are such that all models have the same chance on the
// same task, which varies.
func (u users) outcomes(n int, seed uint64) []Outcome {
	draw := rand.New(rand.NewPCG(seed, 1))
	list := make([]Outcome, n)
	models := []string{"a/big", "a/small", "b/big", "c/odd"}
	for i := range list {
		o := &list[i]
		*o = Outcome{Decision: fmt.Sprintf("%d-%d", seed, i), Model: models[draw.IntN(len(models))], Source: u.source}
		o.Features = make([]int16, auto.Features)
		for f := range o.Features {
			o.Features[f] = int16(min(max(draw.NormFloat64(), -4), 4) * codeUnit)
		}
		o.Prior = int32(450 + draw.IntN(500))
		z := logit(o.Prior) + u.points[o.Model]/pointsOfLogit - u.code*float64(o.Features[code])/codeUnit
		o.Good = draw.Float64() < chance(z)
	}
	return list
}

var biased = users{points: map[string]float64{"c/odd": -120}, code: 0.5, source: pool.VerdictFeedback}
