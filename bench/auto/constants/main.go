// Command constants fits the constants of core/auto/pool to how often many models were right
// on many questions, and shows what the rule comes to where costs are known too.
//
//	go run ./bench/auto/constants -data FOLDER
//
// FOLDER has train/ and train_indomain/ with prompts.jsonl and quality_*.csv, and beside it
// catalog-facts.json. How much difficulty matters is fitted on train_indomain, which the
// weights of the score have not seen; on questions that they have, it would seem to matter
// five times as much.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"strowger/core/auto/pool"
)

// constants are those of core/auto/pool, rounded as they stand there.
type constants struct {
	elo0, eloHard, eloScale, priceElo, priceDoubling int
	shift                                            [pool.AspectCount]int16
}

// committed are the constants that stand there.
func committed() constants {
	return constants{pool.Elo0, pool.EloHard, pool.EloScale, pool.PriceElo, pool.PriceDoubling, pool.AspectShift}
}

// study is the data with what was fitted to it.
type study struct {
	seen, fresh []table
	cost        table
	facts       known
	slope       float64
	line        line
	scale       scale
	curve       curve
	market      *market
}

// The shares of the best model's quality that constants are looked for with, which balanced and
// cost would keep.
const keptBalanced, keptCost = .95, .875

func read(folder string) (s study, err error) {
	if s.facts, err = readFacts(filepath.Join(folder, "..", "catalog-facts.json")); err != nil {
		return s, err
	}
	if s.seen, s.cost, err = readTables(filepath.Join(folder, "train")); err != nil {
		return s, err
	}
	fresh, _, err := readTables(filepath.Join(folder, "train_indomain"))
	for i := range fresh {
		s.fresh = append(s.fresh, fresh[i].byTask()...)
	}
	return s, err
}

// fit fits all but what the preferences weigh with.
func (s *study) fit(seen, fresh [][]float64) {
	s.slope = fit(s.fresh, fresh, math.NaN()).slope
	s.line = fit(s.seen, seen, s.slope)
	s.scale = scaleOf(s.seen, s.line, &s.facts)
	s.curve = anchored(s.scale, s.slope, middle(s.seen))
}

// found are the constants, rounded.
func (s *study) found() constants {
	round := func(v float64) int { return int(math.Round(v)) }
	at1, doubling, _, _ := priceLine(&s.facts)
	for i := range s.seen {
		if s.seen[i].name == s.cost.name {
			s.market = newMarket(&s.seen[i], &s.cost, s.line.ability[i], s.scale)
		}
	}
	return constants{round(s.curve.zero), round(s.curve.hard), round(s.curve.logit), round(at1), round(doubling), s.facts.shifts()}
}

func main() {
	folder := flag.String("data", filepath.Join(cmp.Or(os.Getenv("STROWGER_SHARED"), "../shared"), "auto"), "`folder` with the results of models")
	rounds := flag.Int("bootstrap", 100, "samples of the prompts for the intervals")
	flag.Parse()
	s, err := read(*folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s.fit(nil, nil)
	c := s.found()
	point := s
	var slopes, zeros, logits []float64
	for i := range *rounds {
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		s.fit(resampled(rng, s.seen), resampled(rng, s.fresh))
		slopes, zeros, logits = append(slopes, s.curve.hard), append(zeros, s.curve.zero), append(logits, s.curve.logit)
	}
	interval := func(v []float64) string {
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf("95%% interval %.0f to %.0f", quantile(v, .025), quantile(v, .975))
	}
	r := point.market.search(point.curve, keptBalanced, keptCost)
	_, _, n, r2 := priceLine(&s.facts)
	fmt.Printf("Elo0 = %d  %s\nEloHard = %d  %s\nEloScale = %d  %s\n", c.elo0, interval(zeros), c.eloHard, interval(slopes), c.eloScale, interval(logits))
	fmt.Printf("PriceElo = %d\nPriceDoubling = %d  of %d models, R² %.2f\n", c.priceElo, c.priceDoubling, n, r2)
	fmt.Printf("stated: Lambda = %d, Delta = %d, FloorBelow = %d; %.0f, %.0f, %.0f would keep %.0f%% and %.1f%% of the best model's quality\n", pool.Lambda, pool.Delta, pool.FloorBelow,
		r.lambda*1000, r.delta*1000, r.floor*1000, keptBalanced*100, keptCost*100)
	fmt.Printf("AspectShift = %v  by aspect, overall first\n", c.shift)
	fmt.Printf("fitted: half at %.0f, %.2f logits on unseen questions, %.2f on seen ones\n", point.scale.zero, point.slope, fit(s.seen, nil, math.NaN()).slope)
	fmt.Printf("anchors: exams, at difficulty %.3f %.0f for one half; stated, at %.2f %d for %.2f\n", middle(s.seen), point.scale.zero+point.scale.logit*point.slope*middle(s.seen), trivialDifficulty, trivialRating, trivialQuality)
	if c != committed() {
		fmt.Printf("core/auto/pool has %+v\n", committed())
	}
	point.market.shown(os.Stdout)
	showLadders(os.Stdout)
}

// resampled are weights of a bootstrap sample of the prompts of each table.
func resampled(rng *rand.Rand, tables []table) [][]float64 {
	all := make([][]float64, len(tables))
	for t := range tables {
		n := len(tables[t].prompts)
		all[t] = make([]float64, n)
		for range n {
			all[t][rng.IntN(n)]++
		}
	}
	return all
}
