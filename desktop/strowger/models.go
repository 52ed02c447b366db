package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/desktop/app"
	"strowger/desktop/facts"
)

func models(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "models")
	path := fs.String("config", "", "configuration `file`, as for serve")
	dryRun := fs.Bool("dry-run", false, "refresh: say what would change, and write nothing")
	asOf := fs.String("as-of", "", "refresh: `date` of the list, such as 2026-07-02; otherwise the file's")
	asJSON := fs.Bool("json", false, "as JSON")
	if err := parse(fs, args, 2); err != nil {
		return err
	}
	switch {
	case fs.NArg() == 0 && !*dryRun && *asOf == "":
		return listModels(ctx, e, *path, *asJSON)
	case fs.Arg(0) == "refresh" && fs.NArg() == 2:
		return refreshModels(e, fs.Arg(1), refreshing{asOf: *asOf, dryRun: *dryRun, json: *asJSON})
	case fs.Arg(0) == "refresh":
		return usageError{errors.New("name the file with the list of prices: strowger models refresh api.json")}
	case fs.NArg() == 0:
		return usageError{errors.New("--dry-run and --as-of go with refresh")}
	}
	return usageError{fmt.Errorf("unexpected %q", fs.Arg(0))}
}

// servedModel is a model of models --json.
type servedModel struct {
	ID        string           `json:"id"`
	Endpoints []servedEndpoint `json:"endpoints"`
}

type servedEndpoint struct {
	Provider  string `json:"provider"`
	Schema    string `json:"schema"`
	Model     string `json:"model"`
	Enabled   bool   `json:"enabled"`
	Price     *money `json:"price"` // null: unknown
	PriceFrom string `json:"price_from"`
	Context   *int64 `json:"context"` // null: unknown
	MaxOutput *int64 `json:"max_output"`
	// Parameters is null if everything is supported.
	Parameters []string `json:"parameters"`
}

// money is a price in USD per million tokens, as in a configuration; request and image
// are each.
type money struct {
	Above          int64       `json:"above,omitempty"` // of a tier
	Input          json.Number `json:"input"`
	Output         json.Number `json:"output"`
	CacheRead      json.Number `json:"cache_read"`
	CacheWrite     json.Number `json:"cache_write"`
	CacheWriteHour json.Number `json:"cache_write_1h"`
	Reasoning      json.Number `json:"reasoning"`
	Request        json.Number `json:"request"`
	Image          json.Number `json:"image"`
	Tiers          []money     `json:"tiers,omitempty"`
}

func dollars(micro int64) json.Number { return json.Number(llm.Dollars(micro)) }

func moneyOf(p catalog.Price) *money {
	if !p.Known {
		return nil
	}
	m := &money{Input: dollars(p.Input), Output: dollars(p.Output), CacheRead: dollars(p.CacheRead), CacheWrite: dollars(p.CacheWrite),
		CacheWriteHour: dollars(p.CacheWriteHour), Reasoning: dollars(p.Reasoning), Request: dollars(p.Request), Image: dollars(p.Image)}
	for _, t := range p.Tiers {
		tier := *moneyOf(t.Price)
		tier.Above = t.Above
		m.Tiers = append(m.Tiers, tier)
	}
	return m
}

func knownCount(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// listModels lists what would be served.
func listModels(ctx context.Context, e *env, path string, asJSON bool) error {
	cfg, err := app.LoadConfig(ctx, path)
	if err != nil {
		return err
	}
	cat, err := catalog.New(cfg.Catalog)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintln(e.err, "warning:", w.Error())
	}
	if asJSON {
		list := []servedModel{}
		for _, id := range cat.IDs() {
			list = append(list, served(cat.Model(id)))
		}
		return printJSON(e.out, list)
	}
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "MODEL\tPROVIDER\tSCHEMA\tITS NAME\tIN\tOUT\tCACHE READ\tCONTEXT\tMAX OUTPUT\tPRICE FROM")
	for _, id := range cat.IDs() {
		for i, p := range cat.Model(id).Endpoints {
			if i > 0 {
				id = ""
			}
			name := p.Provider
			if p.Disabled {
				name += " (disabled)"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", id, name, p.Schema, p.Name, prices(p.Price), counts(p.Context, p.MaxOutput), dash(p.PriceFrom))
			for _, t := range p.Price.Tiers {
				fmt.Fprintf(w, "\t\t\tabove %d in\t%s\t\t\t\n", t.Above, prices(t.Price))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "\n%s. Prices in USD per million tokens; unpriced is not free.\n", plural(len(cat.IDs()), "model"))
	return err
}

func served(m *catalog.Model) servedModel {
	out := servedModel{ID: m.ID}
	for _, p := range m.Endpoints {
		out.Endpoints = append(out.Endpoints, servedEndpoint{Provider: p.Provider, Schema: p.Schema.String(), Model: p.Name, Enabled: !p.Disabled, Price: moneyOf(p.Price), PriceFrom: p.PriceFrom,
			Context: knownCount(p.Context), MaxOutput: knownCount(p.MaxOutput), Parameters: p.Parameters})
	}
	return out
}

// prices are the columns of a price.
func prices(p catalog.Price) string {
	if !p.Known {
		return "unpriced\t-\t-"
	}
	return fmt.Sprintf("$%s\t$%s\t$%s", dollars(p.Input), dollars(p.Output), dollars(p.CacheRead))
}

// counts are columns of numbers of which 0 is unknown.
func counts(ns ...int64) string {
	texts := make([]string, len(ns))
	for i, n := range ns {
		if texts[i] = "?"; n > 0 {
			texts[i] = fmt.Sprint(n)
		}
	}
	return strings.Join(texts, "\t")
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// refreshing says how a list of prices is read.
type refreshing struct {
	asOf   string
	dryRun bool
	json   bool
}

// refreshModels brings the user's catalog up to date with a list of prices.
func refreshModels(e *env, path string, o refreshing) error {
	text, date, err := readList(path)
	if err != nil {
		return err
	}
	if o.asOf != "" {
		if _, err := time.Parse(time.DateOnly, o.asOf); err != nil {
			return usageError{fmt.Errorf("--as-of %q: expected a date such as 2026-07-02", o.asOf)}
		}
		date = o.asOf
	}
	target, err := facts.UserFile()
	if err != nil {
		return err
	}
	before, problem := facts.Current()
	if problem != nil {
		fmt.Fprintln(e.err, "warning:", problem)
	}
	list, err := before.ReadListing(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	after, changes := before.Refresh(list, date)
	if !o.dryRun {
		if err := replaceFile(target, after.AppendText(nil)); err != nil {
			return fmt.Errorf("the catalog cannot be written: %w", err)
		}
	}
	r := refreshed{Source: list.Source, AsOf: date, Listed: len(list.Endpoints), Skipped: list.Skipped, Changes: []changed{}}
	if !o.dryRun {
		r.Written = target
	}
	for _, c := range changes {
		r.Changes = append(r.Changes, changeOf(c))
	}
	if o.json {
		return printJSON(e.out, r)
	}
	return r.print(e.out)
}

// maxList is the most bytes that a list of prices may have, and one more than is read.
const maxList = 32 << 20

func readList(path string) (text []byte, date string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("the list of prices cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(f, maxList+1))
	}
	if err != nil {
		return nil, "", fmt.Errorf("the list of prices cannot be read: %w", err)
	}
	return text, info.ModTime().Format(time.DateOnly), nil
}

// refreshed is what models refresh --json prints.
type refreshed struct {
	Source  string    `json:"source"`
	AsOf    string    `json:"as_of"`
	Listed  int       `json:"listed"`  // models of providers in the catalog
	Skipped int       `json:"skipped"` // not chats in text
	Written string    `json:"written"` // "" for a dry run
	Changes []changed `json:"changes"`
}

type changed struct {
	Kind     string `json:"kind"`
	Model    string `json:"model"`
	Provider string `json:"provider"`
	Name     string `json:"name"`
	Before   *about `json:"before"`
	After    *about `json:"after"`
}

type about struct {
	Price     *money `json:"price"`
	PriceFrom string `json:"price_from"`
	Context   *int64 `json:"context"`
	MaxOutput *int64 `json:"max_output"`
}

func changeOf(c facts.Change) changed {
	what := func(x facts.Endpoint) *about {
		if x.Name == "" {
			return nil
		}
		return &about{moneyOf(x.Price), x.PriceFrom(), knownCount(x.Context), knownCount(x.MaxOutput)}
	}
	return changed{c.Kind, c.Model, c.Provider, c.Name, what(c.Before), what(c.After)}
}

// String says what an endpoint is, shortly.
func (a *about) String() string {
	if a == nil {
		return "nothing"
	}
	price, count := "unpriced", func(n *int64) string {
		if n == nil {
			return "?"
		}
		return fmt.Sprint(*n)
	}
	if p := a.Price; p != nil {
		price = fmt.Sprintf("$%s in, $%s out", p.Input, p.Output)
		if p.CacheRead != p.Input {
			price += fmt.Sprintf(", $%s cached", p.CacheRead)
		}
		for _, t := range p.Tiers {
			price += fmt.Sprintf(", above %d tokens $%s in, $%s out", t.Above, t.Input, t.Output)
		}
	}
	return fmt.Sprintf("%s, context %s, output %s", price, count(a.Context), count(a.MaxOutput))
}

func (r *refreshed) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	count := map[string]int{}
	for _, c := range r.Changes {
		count[c.Kind]++
		switch c.Kind {
		case "new":
			fmt.Fprintf(w, "new\t%s\t%s\t%s\n", c.Model, c.Provider, c.After)
		case "gone":
			fmt.Fprintf(w, "gone\t%s\t%s\twas %s\n", c.Model, c.Provider, c.Before)
		default:
			fmt.Fprintf(w, "%s\t%s\t%s\t%s; was %s\n", c.Kind, c.Model, c.Provider, c.After, c.Before)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(r.Changes) == 0 {
		fmt.Fprintln(out, "nothing changed")
	} else {
		fmt.Fprintf(out, "\n%d up, %d down, %d unpriced, %d priced, %d new, %d gone, %d with other limits\n",
			count["up"], count["down"], count["unpriced"], count["priced"], count["new"], count["gone"], count["limits"])
	}
	where := "nothing is written: this was a dry run"
	if r.Written != "" {
		where = "written to " + r.Written + ", which is used from now on instead of the built-in catalog"
	}
	_, err := fmt.Fprintf(out, "%s from %s, as of %s; %s skipped that are not chats in text\n%s\n", plural(r.Listed, "endpoint"), r.Source, r.AsOf, plural(r.Skipped, "other"), where)
	return err
}
