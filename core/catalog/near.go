package catalog

import "strings"

// Nearest is the name among names that is closest to name, if one is close enough to be
// what was meant: at most a third of its letters differ or, failing that, one contains the
// other. It is the empty string otherwise, and the first of several that are as close.
// Letter case does not count.
func Nearest(name string, names []string) string {
	low := strings.ToLower(name)
	limit := (len(low) + 1) / 3
	contained := limit + 1
	best, bestCost := "", contained+1
	for _, n := range names {
		l := strings.ToLower(n)
		cost := distance(low, l, limit)
		if cost > limit {
			cost = contained
			if !part(low, l) && !part(l, low) {
				continue
			}
		}
		if cost < bestCost {
			best, bestCost = n, cost
		}
	}
	return best
}

// part reports whether a is a part of b that is long enough to say something.
func part(a, b string) bool { return len(a) >= 3 && strings.Contains(b, a) }

// distance is the edit distance of a and b with swaps of neighbours counted once
// (optimal string alignment), or a number above limit as soon as it must be above it.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	var buf [3 * 32]int // most names are short
	rows, width := buf[:], len(b)+1
	if len(rows) < 3*width {
		rows = make([]int, 3*width)
	}
	before, row, next := rows[:width], rows[width:2*width], rows[2*width:3*width]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			step := 1
			if a[i-1] == b[j-1] {
				step = 0
			}
			next[j] = min(next[j-1]+1, row[j]+1, row[j-1]+step)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
			least = min(least, next[j])
		}
		if least > limit {
			return limit + 1
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
