package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/plan"
)

// printAuto writes how the model was chosen, for people.
func printAuto(out io.Writer, d *plan.Decision) error {
	c, t := d.Auto, &d.Auto.Task
	fmt.Fprintf(out, "preference %s (from %s), pool from %s\n", c.Preference, d.Policy.Auto.PreferenceFrom, d.Policy.Auto.PoolFrom)
	if t.Unread {
		fmt.Fprintln(out, "difficulty unknown: the request could not be read")
	} else {
		fmt.Fprintf(out, "words      harder than %.1f%% of prompts; category %s, language %s\n", float64(t.Quantile)/10, t.Category, t.Language)
		fmt.Fprintf(out, "difficulty %d of 1000: %s\n", c.Difficulty, difficultyFrom(c))
		printFeatures(out, t)
	}
	if tip := c.Tip(); tip != "" {
		fmt.Fprintf(out, "tip        %s\n", tip)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RANK\tMODEL\tQUALITY\tFROM\tCOST\tTIME")
	for _, o := range ranked(c) {
		rank, money, time := "-", "unpriced", "not measured"
		if o.Rank > 0 {
			rank = fmt.Sprint(o.Rank)
		}
		if o.Priced {
			money = "$" + fmt.Sprintf("%.6f", float64(o.Kept)/1e9)
		}
		if o.Timed {
			time = plan.Term{Unit: plan.UnitMicros, Value: o.Time}.Text()
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f%%\t%s\t%s\t%s\n", rank, o.Model, float64(o.Quality)/10, ratedFrom(o), money, time)
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// difficultyFrom says what the difficulty that counted is made of, permille.
func difficultyFrom(c *pool.Choice) string {
	t := &c.Task
	from := fmt.Sprintf("%d by the words", t.Quantile)
	if by := t.Difficulty - t.Quantile; by != 0 {
		from += fmt.Sprintf(", %+d by the turns and tool calls around them", by)
	}
	if by := c.Difficulty - int64(t.Difficulty); by != 0 {
		from += fmt.Sprintf(", %+d learned", by)
	}
	return from
}

// printFeatures writes what moved the difficulty most.
func printFeatures(out io.Writer, t *pool.Task) {
	const most = 5
	var said []string
	for _, f := range t.Contributions(make([]auto.Contribution, 0, most+1), most) {
		said = append(said, fmt.Sprintf("%s %+d", f.Feature, f.Points))
	}
	if len(said) > 0 {
		fmt.Fprintf(out, "features   %s\n", strings.Join(said, ", "))
	}
	if t.Carried > 0 {
		fmt.Fprintf(out, "carried    %s too short to tell; what came before counts\n", plural(t.Carried, "turn"))
	}
	if n := t.Tools; n.Calls > 0 {
		fmt.Fprintf(out, "tools      %d calls since: %d failed, %d repeated, %d that change something\n", n.Calls, n.Failed, n.Repeated, n.Writes)
	}
}

// ratedFrom says where a model's expected quality is from.
func ratedFrom(o *pool.Option) string {
	from := o.From()
	if o.Learned != 0 {
		from += fmt.Sprintf(", learned %+d", o.Learned)
	}
	if o.Rated() && o.Ability.From != "" {
		from += " (" + o.Ability.From + ")"
	}
	return from
}

// ranked are the options by rank, those that cannot serve behind.
func ranked(c *pool.Choice) []*pool.Option {
	var list []*pool.Option
	for _, i := range c.Ranked {
		list = append(list, &c.Options[i])
	}
	for i := range c.Options {
		if c.Options[i].Rank == 0 {
			list = append(list, &c.Options[i])
		}
	}
	return list
}
