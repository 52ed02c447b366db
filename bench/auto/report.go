package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"strowger/core/auto"
)

// errGate is the error of a report that misses one of its gates.
var errGate = errors.New("a gate does not hold")

// The gates.
const (
	gateAPGR    = 0.59
	gatePairs   = 0.80
	gateWide    = 0.90
	gateEasy    = 250
	gateHard    = 800
	gateTime    = 100 * time.Microsecond
	gateWeights = 64 << 10
)

// sets are the sources that are left out in turn.
func sets() []string { return []string{"math-l5", "crux", "mmlu-pro", "routerbench", "llmrouter"} }

// scorer gives scores to prompts.
type scorer func(prompt string) float64

// scored scores with weights.
func scored(w auto.Weights) scorer {
	return func(prompt string) float64 { return float64(difficulty(w, prompt)) }
}

// result is what a scorer is worth on one set.
type result struct {
	exact, deciles figures
	points         []point
	draws          []float64 // APGRs of rows drawn anew
}

func assess(rows []*row, s scorer, draws int) result {
	score := make([]float64, len(rows))
	for i, r := range rows {
		score[i] = s(r.Prompt)
	}
	var out result
	out.exact, out.points = exact(rows, score)
	out.deciles = deciles(rows, score)
	rnd := chance(1)
	out.draws = interval(rows, score, draws, &rnd)
	return out
}

// leaveOut fits to all sets but one, with what fitting gives back.
func leaveOut(all []*example, set string, fit func([]*example) scorer) ([]*row, scorer) {
	var rest []*example
	var rows []*row
	for _, e := range all {
		if e.set == set {
			rows = append(rows, e.row)
		} else {
			rest = append(rest, e)
		}
	}
	return rows, fit(rest)
}

func fitted(c settings, mine []*example) func([]*example) scorer {
	return func(rest []*example) scorer { return scored(trained(rest, mine, c)) }
}

func trained(rest, mine []*example, c settings) auto.Weights {
	w, ok := auto.ParseWeights(train(rest, mine, c))
	if !ok {
		panic("the trainer and the core differ about the size of weights")
	}
	return w
}

// entrants are what is compared, ours first.
func entrants() [4]string { return [4]string{"strowger", "length", "keywords", "random"} }

// comparison holds a result for each set and entrant.
type comparison map[string][3]result

func compare(all, mine []*example, sets []string, c settings, draws int) comparison {
	out := comparison{}
	for _, set := range sets {
		rows, ours := leaveOut(all, set, fitted(c, mine))
		out[set] = [3]result{assess(rows, ours, draws), assess(rows, byLength, draws), assess(rows, byKeywords, draws)}
	}
	return out
}

// report prints everything and says whether the gates hold.
func (o *options) report(out io.Writer) error {
	d, err := load(filepath.Join(o.data, "train"))
	if err != nil {
		return err
	}
	all := examples(d.rows)
	mine, err := ownExamples()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d prompts of five sources (data %s). Each source is scored by weights that were fitted to the other four and to our own prompts.\n\n", len(all), d.hash)
	c := compare(all, mine, sets(), chosen(), o.draws)
	c.print(out, sets())
	mean := c.means(out)
	if err := o.easier(out, d.rows, mine); err != nil {
		return err
	}
	sane := judgeOwn(all, mine, chosen())
	sane.print(out)
	if o.svg != "" {
		if err := write(o.svg, "", c.svg()); err != nil {
			return err
		}
	}
	return o.gates(out, mean, &sane, d)
}

// print prints a line for each set and entrant.
func (c comparison) print(out io.Writer, sets []string) {
	fmt.Fprintf(out, "%-12s %-9s %6s  %-15s %7s %7s   %s\n", "left out", "score", "APGR", "95 %", "CPT50", "CPT80", "by deciles: APGR CPT50 CPT80")
	for _, set := range sets {
		for k, r := range c[set] {
			lo, hi := middle(r.draws)
			fmt.Fprintf(out, "%-12s %-9s %6.3f  [%.3f, %.3f]  %6.1f%% %6.1f%%   %18.3f %5.1f %5.1f\n",
				set, entrants()[k], r.exact.apgr, lo, hi, r.exact.cpt[1], r.exact.cpt[2], r.deciles.apgr, r.deciles.cpt[1], r.deciles.cpt[2])
		}
		fmt.Fprintf(out, "%-12s %-9s %6.3f  %-15s %6.1f%% %6.1f%%\n", set, "random", 0.5, "by definition", 50.0, 80.0)
	}
	for _, set := range sets {
		if ours, length := c[set][0].exact, c[set][1].exact; ours.apgr < length.apgr {
			fmt.Fprintf(out, "On %s length alone is better: %.3f against %.3f.\n", set, length.apgr, ours.apgr)
		}
	}
}

// means prints the means over the sets, and gives ours.
func (c comparison) means(out io.Writer) float64 {
	fmt.Fprintln(out)
	var ours float64
	for k := range 3 {
		var f figures
		var draws []float64
		for _, set := range names(c) {
			r := c[set][k]
			f.apgr += r.exact.apgr / float64(len(c))
			for i := range f.cpt {
				f.cpt[i] += r.exact.cpt[i] / float64(len(c))
			}
			if draws == nil {
				draws = make([]float64, len(r.draws))
			}
			for i := range min(len(draws), len(r.draws)) {
				draws[i] += r.draws[i] / float64(len(c))
			}
		}
		lo, hi := middle(draws)
		fmt.Fprintf(out, "%-12s %-9s %6.3f  [%.3f, %.3f]  %6.1f%% %6.1f%%\n", "mean", entrants()[k], f.apgr, lo, hi, f.cpt[1], f.cpt[2])
		if k == 0 {
			ours = f.apgr
		}
	}
	return ours
}

// easier measures on families that were not among the five, once without them and once with
// other questions of the same families.
func (o *options) easier(out io.Writer, rows []row, mine []*example) error {
	d, err := load(filepath.Join(o.data, "train_indomain"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nGSM8K and MMLU (%d questions, data %s): scored by weights fitted to the five sources and our own prompts.\n", len(d.rows), d.hash)
	for i := range d.rows {
		d.rows[i].set = d.rows[i].Task
	}
	all := append(examples(rows), examples(d.rows)...)
	five := fitted(chosen(), mine)(all[:len(rows)])
	c := comparison{}
	tasks := []string{"gsm8k", "mmlu"}
	for _, task := range tasks {
		var some []*row
		for _, e := range all[len(rows):] {
			if e.set == task {
				some = append(some, e.row)
			}
		}
		c[task] = [3]result{assess(some, five, o.draws), assess(some, byLength, o.draws), assess(some, byKeywords, o.draws)}
	}
	c.print(out, tasks)
	fmt.Fprintf(out, "\nThe easier setting: half of these questions fitted to as well, the other half scored, and the other way round.\n")
	halves := [2]scorer{}
	for h := range halves {
		some := append([]*example{}, all[:len(rows)]...)
		for i, e := range all[len(rows):] {
			if i%2 != h {
				some = append(some, e)
			}
		}
		halves[h] = fitted(chosen(), mine)(some)
	}
	for _, task := range tasks {
		for h := range halves {
			var some []*row
			for i, e := range all[len(rows):] {
				if i%2 == h && e.set == task {
					some = append(some, e.row)
				}
			}
			r := assess(some, halves[h], o.draws)
			lo, hi := middle(r.draws)
			fmt.Fprintf(out, "%-12s %-9s %6.3f  [%.3f, %.3f]  half %d, %d questions\n", task, "strowger", r.exact.apgr, lo, hi, h+1, len(some))
		}
	}
	return nil
}

// gates prints whether each gate holds.
func (o *options) gates(out io.Writer, mean float64, sane *sanity, d dataset) error {
	fmt.Fprintln(out)
	bad := false
	gate := func(holds bool, format string, args ...any) {
		word := "holds "
		if !holds {
			word, bad = "MISSED", true
		}
		fmt.Fprintf(out, "%s  %s\n", word, fmt.Sprintf(format, args...))
	}
	gate(mean >= gateAPGR, "mean APGR with one source left out: %.4f, at least %.2f", mean, gateAPGR)
	pairs := sane.tallies[0]
	gate(pairs.share(1) >= gatePairs, "our own prompts, pairs of different levels in order: %.3f, at least %.2f", pairs.share(1), gatePairs)
	gate(pairs.share(2) >= gateWide, "two levels apart or more: %.3f, at least %.2f", pairs.share(2), gateWide)
	gate(sane.medians[0] < gateEasy && sane.medians[levels-1] > gateHard, "medians of the easiest and the hardest level: %d and %d per mille, below %d and above %d",
		sane.medians[0], sane.medians[levels-1], gateEasy, gateHard)
	ctx := context.Background()
	m, err := newModule(ctx)
	if err != nil {
		return err
	}
	defer m.close(ctx)
	equal := 0
	for i := range d.rows {
		same, err := sameInModule(ctx, m, d.rows[i].Prompt)
		if err != nil {
			return err
		}
		if same {
			equal++
		}
	}
	gate(equal == len(d.rows), "readings equal to the bit in wasm and natively: %d of %d", equal, len(d.rows))
	took, err := m.time(ctx, kilobytes4())
	if err != nil {
		return err
	}
	var t auto.Text
	var r auto.Reading
	text := []byte(kilobytes4())
	native, _ := median(func() error {
		t.Reset()
		t.Add(text)
		t.Read(&r)
		return nil
	})
	gate(took < gateTime, "4 KiB in wasm: %.1f µs (natively %.1f µs), less than %d", micros(took), micros(native), gateTime.Microseconds())
	size := auto.WeightBytes + len(auto.BuildLexicon())
	gate(size <= gateWeights, "weights and lexicon: %d + %d bytes, at most %d", auto.WeightBytes, size-auto.WeightBytes, gateWeights)
	reproduced, err := o.reproduces(d)
	if err != nil {
		return err
	}
	gate(reproduced, "training again gives the committed weights to the byte")
	if bad {
		return errGate
	}
	return nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// sameInModule reports whether the module reads a text as this program does.
func sameInModule(ctx context.Context, m *module, prompt string) (bool, error) {
	theirs, err := m.bytes(ctx, prompt)
	if err != nil {
		return false, err
	}
	var t auto.Text
	var r auto.Reading
	t.Add([]byte(prompt))
	t.Read(&r)
	ours, err := binary.Append(nil, binary.LittleEndian, &r)
	return bytes.Equal(ours, theirs), err
}
