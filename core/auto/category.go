package auto

// Category is what a text asks for, as far as it can be told apart reliably.
type Category uint8

// The categories.
const (
	Other Category = iota
	Code
	Math
	Writing
	Translation
	categories
)

// category weighs signs and words against one another. Points are tenths: a text is of no
// category with less than ten of them.
func (s *scan) category() Category {
	n, g := &s.n, &s.group
	var points [categories]int32
	points[Other] = 9
	points[Translation] = 20 * min(g[groupTranslate], 1) * min(g[groupTongue]+min(s.firstIs(groupTranslate), 1), 2)
	points[Code] = 5*min(g[groupCode], 5) + 3*min(g[groupAlgorithm], 3) + 4*min(n[nName], 4) + 2*min(n[nCode], 8) + 6*min(n[nTick]/3, 3) + 2*min(n[nIndent], 5)
	points[Math] = 5*min(g[groupMath], 4) + 6*min(g[groupProve], 3) + 3*min(n[nMath], 5) + 2*min(n[nNumbers], 5) + 2*min(n[nLatex], 6) + min(n[nDollar], 4)
	points[Writing] = 7*min(g[groupWrite], 4) + 6*s.firstIs(groupWrite)
	if g[groupCode] > 0 || n[nName] > 0 {
		points[Writing] -= 8
	}
	best := Other
	for c := Code; c < categories; c++ {
		if points[c] > points[best] {
			best = c
		}
	}
	return best
}

// firstIs is 1 if the first word is of that group.
func (s *scan) firstIs(group uint8) int32 {
	if s.first == group {
		return 1
	}
	return 0
}
