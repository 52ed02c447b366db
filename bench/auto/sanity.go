package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"

	"strowger/core/auto"
)

// folds is into how many parts our own prompts fall, by topic: each is judged by weights that
// were fitted to the others.
const folds = 5

func foldOf(topic string) int {
	h := fnv.New32a()
	h.Write([]byte(topic))
	return int(h.Sum32() % folds)
}

// tally counts pairs of different levels, by how many levels lie between them.
type tally struct{ right, all [levels]float64 }

// share is the share of pairs in order that are at least so many levels apart.
func (t *tally) share(gap int) float64 {
	right, all := 0.0, 0.0
	for k := gap; k < levels; k++ {
		right, all = right+t.right[k], all+t.all[k]
	}
	return right / all
}

// count tallies the pairs among the rows that take is true of; of equal scores each order is
// half right.
func count(rows []*row, score []float64, take func(*row) bool) (t tally) {
	for i, hard := range rows {
		for k, easy := range rows {
			gap := hard.level - easy.level
			if gap <= 0 || !take(hard) || !take(easy) {
				continue
			}
			t.all[gap]++
			switch {
			case score[i] > score[k]:
				t.right[gap]++
			case score[i] == score[k]:
				t.right[gap] += 0.5
			}
		}
	}
	return t
}

// sanity is what a score is worth on our own prompts.
type sanity struct {
	rows    []*row
	ours    []float64
	tallies [3]tally      // ours, length, keywords
	medians [levels]int32 // of the quantile
}

// judgeOwn scores each of our own prompts by weights that saw no prompt of its topic.
func judgeOwn(all, mine []*example, c settings) sanity {
	s := sanity{}
	var length, keywords []float64
	var quantiles [levels][]int32
	for fold := range folds {
		var rest, left []*example
		for _, e := range mine {
			if foldOf(e.Task) == fold {
				left = append(left, e)
			} else {
				rest = append(rest, e)
			}
		}
		w := trained(all, rest, c)
		for _, e := range left {
			var t auto.Text
			var r auto.Reading
			t.Add([]byte(e.Prompt))
			t.ReadWith(w, &r)
			s.rows = append(s.rows, e.row)
			s.ours = append(s.ours, float64(r.Difficulty))
			length = append(length, byLength(e.Prompt))
			keywords = append(keywords, byKeywords(e.Prompt))
			quantiles[e.level-1] = append(quantiles[e.level-1], r.Quantile)
		}
	}
	for k, score := range [][]float64{s.ours, length, keywords} {
		s.tallies[k] = count(s.rows, score, func(*row) bool { return true })
	}
	for k, q := range quantiles {
		slices.Sort(q)
		s.medians[k] = q[len(q)/2]
	}
	return s
}

func (s *sanity) print(out io.Writer) {
	fmt.Fprintf(out, "\nOur own prompts (%d of four levels, in %d parts by topic, each scored by weights fitted without it): pairs of different levels in order.\n", len(s.rows), folds)
	fmt.Fprintf(out, "%-12s %6s %7s %7s %7s %9s\n", "", "all", "1 apart", "2 apart", "3 apart", "2 or more")
	line := func(name string, t *tally) {
		fmt.Fprintf(out, "%-12s %6.3f %7.3f %7.3f %7.3f %9.3f\n", name, t.share(1), t.right[1]/t.all[1], t.right[2]/t.all[2], t.share(3), t.share(2))
	}
	for k := range s.tallies {
		line(entrants()[k], &s.tallies[k])
	}
	fmt.Fprintln(out, "ours, within a category, and within English and other languages:")
	for _, category := range []string{"code", "math", "writing", "translation", "other"} {
		t := count(s.rows, s.ours, func(r *row) bool { return r.category == category })
		line(category, &t)
	}
	for _, english := range []bool{true, false} {
		t := count(s.rows, s.ours, func(r *row) bool { return (r.language == "en") == english })
		line(map[bool]string{true: "English", false: "others"}[english], &t)
	}
	fmt.Fprintf(out, "medians of the quantile by level, per mille: %d\n", s.medians)
}
