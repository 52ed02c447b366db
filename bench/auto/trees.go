package main

import "slices"

// A tree asks whether one feature is at most a limit, and goes left if so; leaves have no
// feature and give a value.
type tree []branch

type branch struct {
	feature     int // below zero in a leaf
	limit       float64
	left, right int
	value       float64
}

func (t tree) value(e *example) float64 {
	i := 0
	for t[i].feature >= 0 {
		if e.z[t[i].feature] <= t[i].limit {
			i = t[i].left
		} else {
			i = t[i].right
		}
	}
	return t[i].value
}

// Limits of what is tried: limits for each feature, examples in a leaf, and how far a tree goes
// at a time.
const (
	limits   = 16
	leafMin  = 100
	leafPull = 50
	boostBy  = 0.1
)

// boost fits trees one after another, each to what those before have left over.
func boost(rest []*example, count, depth int) func(*example) float64 {
	var at [hands][]float64
	for k := range at {
		v := make([]float64, len(rest))
		for i, e := range rest {
			v[i] = e.z[k]
		}
		slices.Sort(v)
		for b := 1; b < limits; b++ {
			at[k] = append(at[k], v[b*len(v)/limits])
		}
		at[k] = slices.Compact(at[k])
	}
	left := residuals(rest)
	all := make([]int, len(rest))
	for i := range all {
		all[i] = i
	}
	var trees []tree
	for range count {
		var t tree
		t.grow(rest, left, all, depth, &at)
		for i, e := range rest {
			left[i] -= t.value(e)
		}
		trees = append(trees, t)
	}
	return func(e *example) float64 {
		s := 0.0
		for _, t := range trees {
			s += t.value(e)
		}
		return s
	}
}

// grow adds the branch for some of the examples, and those below it.
func (t *tree) grow(rest []*example, y []float64, some []int, depth int, at *[hands][]float64) int {
	me := len(*t)
	sum := 0.0
	for _, i := range some {
		sum += y[i]
	}
	*t = append(*t, branch{feature: -1, value: boostBy * sum / (float64(len(some)) + leafPull)})
	if depth == 0 {
		return me
	}
	feature, limit := split(rest, y, some, sum, at)
	if feature < 0 {
		return me
	}
	var low, high []int
	for _, i := range some {
		if rest[i].z[feature] <= limit {
			low = append(low, i)
		} else {
			high = append(high, i)
		}
	}
	l := t.grow(rest, y, low, depth-1, at)
	r := t.grow(rest, y, high, depth-1, at)
	(*t)[me] = branch{feature, limit, l, r, 0}
	return me
}

// split finds the feature and limit that leave least over; no feature if none does.
func split(rest []*example, y []float64, some []int, sum float64, at *[hands][]float64) (feature int, limit float64) {
	n := float64(len(some))
	best := sum*sum/(n+leafPull) + 1e-9
	feature = -1
	for k := range at {
		var sums, counts [limits]float64
		for _, i := range some {
			b, _ := slices.BinarySearch(at[k], rest[i].z[k])
			sums[b] += y[i]
			counts[b]++
		}
		s, c := 0.0, 0.0
		for b, v := range at[k] {
			s += sums[b]
			c += counts[b]
			if c < leafMin || n-c < leafMin {
				continue
			}
			if gain := s*s/(c+leafPull) + (sum-s)*(sum-s)/(n-c+leafPull); gain > best {
				best, feature, limit = gain, k, v
			}
		}
	}
	return feature, limit
}
