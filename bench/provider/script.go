package provider

import "time"

// Script chooses the behaviour of request n, counted from 1, when since has passed since New. It must be
// pure and safe for concurrent use.
type Script func(n int64, since time.Duration) Behaviour

// Phase is a behaviour that lasts For a while.
type Phase struct {
	For       time.Duration
	Behaviour Behaviour
}

// Cycle goes through the phases in order, again and again: a provider that dies now and then. Phases
// without a length are skipped; without any phase left everything is answered at once and well.
func Cycle(phases ...Phase) Script {
	var round time.Duration
	for _, p := range phases {
		round += max(p.For, 0)
	}
	return func(_ int64, since time.Duration) Behaviour {
		if round == 0 {
			return Behaviour{}
		}
		since %= round
		for _, p := range phases {
			if since < p.For {
				return p.Behaviour
			}
			since -= max(p.For, 0)
		}
		return Behaviour{}
	}
}

// Share is a behaviour that a Part, 0 to 1, of the requests meets.
type Share struct {
	Part      float64
	Behaviour Behaviour
}

// Mix gives each share its part of the requests, by chance, and the rest to usual.
func Mix(seed uint64, usual Behaviour, shares ...Share) Script {
	return func(n int64, _ time.Duration) Behaviour {
		x := chance(seed, n, drawMix)
		for _, s := range shares {
			if x < s.Part {
				return s.Behaviour
			}
			x -= s.Part
		}
		return usual
	}
}
