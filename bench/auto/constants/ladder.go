package main

import (
	"fmt"
	"io"
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/llm"
	"strowger/desktop/facts"
)

// ladder is a pool of the models of the built-in catalog.
type ladder struct {
	name    string
	options []pool.Option
}

// ladders are the models of each of three vendors at their own prices, and all models at their
// lowest, for a request of 1000 tokens and an answer of 400.
func ladders() (list []ladder) {
	known := facts.BuiltIn()
	for _, vendor := range []string{"anthropic", "openai", "google", ""} {
		l := ladder{name: vendor}
		for _, e := range known.Endpoints() {
			if vendor != "" && e.Provider != vendor {
				continue
			}
			l.offer(known, &e)
		}
		list = append(list, l)
	}
	list[3].name = "all"
	return list
}

// offer adds an endpoint's model, or its price if that is lower.
func (l *ladder) offer(known *facts.Catalog, e *facts.Endpoint) {
	use := llm.Usage{Input: 1000, Output: 400}
	p := e.Price.At(use)
	if !e.Price.Known || p.Output == 0 {
		return
	}
	cost := (use.Input*p.Input + use.Output*p.Output) / 1000 // billionths of a dollar
	for i := range l.options {
		if o := &l.options[i]; o.Model == e.Model {
			o.Cost, o.Output = min(o.Cost, cost), min(o.Output, p.Output)
			o.Kept = o.Cost
			return
		}
	}
	l.options = append(l.options, pool.Option{Model: e.Model, Ability: known.Ability(e.Model), Eligible: true, Priced: true,
		Cost: cost, Kept: cost, Output: p.Output, Success: 1000})
}

// chosen is what is chosen of it at a difficulty in permille.
func (l *ladder) chosen(preference pool.Preference, difficulty int32) *pool.Option {
	c := pool.Choice{Preference: preference, Thrift: 1000, Options: l.options}
	c.Task.Difficulty = difficulty
	c.Choose()
	return &c.Options[c.Ranked[0]]
}

// showLadders writes what is chosen of each, without their authors.
func showLadders(out io.Writer) {
	difficulties := []int32{50, 300, 500, 700, 950}
	fmt.Fprint(out, "| of | preference |")
	for _, d := range difficulties {
		fmt.Fprintf(out, " %d |", d)
	}
	fmt.Fprintln(out, "\n|---|---|"+strings.Repeat("---|", len(difficulties)))
	for _, l := range ladders() {
		for _, p := range []pool.Preference{pool.PreferenceCost, pool.PreferenceBalanced, pool.PreferenceQuality} {
			fmt.Fprintf(out, "| %s | %s |", l.name, p)
			for _, d := range difficulties {
				_, name, _ := strings.Cut(l.chosen(p, d).Model, "/")
				fmt.Fprintf(out, " %s |", name)
			}
			fmt.Fprintln(out)
		}
	}
}
