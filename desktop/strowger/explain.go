package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"strowger/core/catalog"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/app"
	"strowger/desktop/learn"
	"strowger/desktop/store"
)

func explain(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "explain")
	path := fs.String("config", "", "configuration `file`, as for serve; for a recorded decision that which it was made under, if left out and kept")
	data := fs.String("data", "", "`folder` of the record that past measurements are read from, as for serve")
	header := fs.String("header", "", "value of x-strowger-provider, such as '{\"sort\":\"price\"}'")
	schema := fs.String("schema", "", "`schema` that the request is written in: openai, openai-responses or anthropic; openai if left out. For gemini give --path, which holds the model")
	at := fs.String("path", "", "`path` that the request would be sent to, instead of a schema: a route's, or /v1beta/models/MODEL:generateContent")
	key := fs.String("key", "", "`name` of the client key that it would come with")
	seed := fs.Uint64("seed", 1, "decides draws and exploration")
	asJSON := fs.Bool("json", false, "the whole decision as JSON")
	said := fs.Bool("bodies", false, "of a recorded decision: what was asked and answered instead, if it is kept")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return usageError{errors.New("name a file with a request's body, - for standard input, or the id of a recorded decision")}
	}
	switch recorded := isRecorded(fs.Arg(0)); {
	case recorded && *header+*schema+*at+*key != "":
		return usageError{errors.New("--header, --schema, --path and --key are for a request: a recorded decision was made with its own")}
	case recorded && *said:
		return printBodies(ctx, e, fs.Arg(0), *data, *asJSON)
	case recorded:
		return explainRecorded(ctx, e, fs.Arg(0), *path, *data, *asJSON)
	case *said:
		return usageError{errors.New("--bodies is for a recorded decision: name its id")}
	}
	if err := pathOf(at, *schema); err != nil {
		return err
	}
	body, err := readRequest(e, fs.Arg(0))
	if err != nil {
		return err
	}
	cfg, err := app.LoadConfig(ctx, *path)
	if err != nil {
		return err
	}
	cat, err := catalog.New(cfg.Catalog)
	if err != nil {
		return err
	}
	r := router.New(cat)
	state := router.State{Board: stats.Board{Rules: r.Rules()}, Ledger: limits.Ledger{Zone: cfg.Location}}
	if err := remember(ctx, *data, cat.Config(), &state); err != nil {
		fmt.Fprintln(e.err, "warning: nothing is known of the past:", err)
	}
	entry, ok := r.EntryOf(*at)
	if !ok {
		return usageError{fmt.Errorf("--path: %w", r.Nowhere(*at))}
	}
	if *key != "" && cat.Key(*key) == nil {
		return usageError{errors.New("--key: no client key of the name " + *key + " is configured")}
	}
	return decideNow(e.out, r, router.Call{Entry: entry, Key: *key, Seed: *seed, Body: body, ProviderHeader: []byte(*header)}, &state, *asJSON)
}

// decideNow writes the decision on a call.
func decideNow(out io.Writer, r *router.Router, call router.Call, state *router.State, asJSON bool) error {
	d, refused := r.Decide(call, state, time.Now())
	if refused != nil {
		return fmt.Errorf("this request would be answered %d: %w", refused.HTTPStatus(), refused)
	}
	if asJSON {
		_, err := out.Write(append(d.AppendJSON(nil), '\n'))
		return err
	}
	return printDecision(out, &d)
}

// pathOf fills in the path, unless it is given, from the schema.
func pathOf(path *string, schema string) error {
	switch {
	case *path != "" && schema != "":
		return usageError{errors.New("--path says the schema too: leave out --schema")}
	case *path != "":
		return nil
	}
	switch schema {
	case "", llm.SchemaOpenAI.String():
		*path = chatPath
	case llm.SchemaResponses.String():
		*path = "/v1/responses"
	case llm.SchemaAnthropic.String():
		*path = "/v1/messages"
	case llm.SchemaGemini.String():
		return usageError{errors.New("--schema: in gemini the model stands in the path: use --path /v1beta/models/MODEL:generateContent")}
	default:
		return usageError{fmt.Errorf("--schema: expected one of %s", strings.Join(llm.SchemaNames(), ", "))}
	}
	return nil
}

func readRequest(e *env, path string) ([]byte, error) {
	from := e.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("the request cannot be read: %w", err)
		}
		defer f.Close()
		from = f
	}
	body, err := io.ReadAll(io.LimitReader(from, 32<<20))
	if err != nil {
		return nil, fmt.Errorf("the request cannot be read: %w", err)
	}
	return body, nil
}

// remember folds what has been measured, and learns from what became of answers as serve does at
// its start; no record is no past, which is no error.
func remember(ctx context.Context, dir string, c *catalog.Config, state *router.State) error {
	path, err := app.Database(dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	db, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	spent, err := db.Spent(ctx)
	if err != nil {
		return err
	}
	for _, s := range spent {
		state.Ledger.Restore(s.Name, catalog.PerNamed(s.Per), s.Start, s.Spent)
	}
	if app.Learns(c) {
		if state.Learned, _, err = learn.FitKept(ctx, db, nil); err != nil {
			return err
		}
	}
	return app.Remember(ctx, db, state.Board.Fold)
}

// printDecision writes a decision for people.
func printDecision(out io.Writer, d *plan.Decision) error {
	kind := "whole answer"
	if d.Request.Stream {
		kind = "stream"
	}
	fmt.Fprintf(out, "asked      %s\nmodel      %s\nstrategy   %s (from %s)\nrequest    %s, about %d tokens in, %d expected out\n",
		d.Asked, d.Policy.Model, d.Policy.Strategy, d.Policy.StrategyFrom, kind, d.Request.InputTokens, d.Request.OutputTokens)
	if f := d.Request.Features &^ llm.FeatureStream; f != 0 {
		fmt.Fprintf(out, "uses       %s\n", strings.Join(f.Names(), ", "))
	}
	if h := d.Policy.Hold; h.Said() && !h.First {
		fmt.Fprintf(out, "hold       %s\n", h)
	}
	if r := d.Policy.Resume; r != catalog.ResumeNone && r != catalog.ResumeAuto {
		fmt.Fprintf(out, "resume     %s\n", r)
	}
	fmt.Fprintf(out, "why        %s\n\n", d.Why())
	if d.Auto != nil {
		if err := printAuto(out, d); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RANK\tENDPOINT\tMODEL\tSCORE\tTERMS\tSTANDING")
	for _, c := range inOrder(d) {
		rank := "-"
		if c.Rank > 0 {
			rank = fmt.Sprint(c.Rank)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", rank, c.Endpoint.ID, c.Endpoint.Model, dash(scoreText(&c.Score)), dash(terms(&c.Score)), standing(d, c))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, warning := range d.Policy.Warnings {
		fmt.Fprintf(out, "\nwarning: %s (%s)\n", warning.Message, warning.Code)
	}
	printLosses(out, d)
	return nil
}

// printLosses writes what of the request does not reach candidates of other schemas.
func printLosses(out io.Writer, d *plan.Decision) {
	seen := map[string]bool{}
	for _, c := range inOrder(d) {
		for _, w := range c.Lost.Told {
			if !seen[w.Message] {
				fmt.Fprintf(out, "\nlost: %s (%s)\n", w.Message, w.Code)
			}
			seen[w.Message] = true
		}
	}
}

// inOrder are the candidates by rank, the excluded ones behind.
func inOrder(d *plan.Decision) []*plan.Candidate {
	var cs []*plan.Candidate
	for _, i := range d.Plan {
		cs = append(cs, &d.Candidates[i])
	}
	for i := range d.Candidates {
		if d.Candidates[i].Rank == 0 {
			cs = append(cs, &d.Candidates[i])
		}
	}
	return cs
}

func terms(s *plan.Score) string {
	var ts []string
	for _, t := range s.Terms {
		if t.Name != plan.TermNone {
			ts = append(ts, t.Name.String()+" "+t.Text())
		}
	}
	return strings.Join(ts, ", ")
}

// standing says why a candidate stands where it does, beside its score.
func standing(d *plan.Decision, c *plan.Candidate) string {
	switch {
	case c.Excluded.Code != plan.ReasonNone:
		return "excluded: " + c.Excluded.String()
	case c.Resting != nil:
		return "last: " + c.Resting.String()
	case c.Missed != nil:
		return "behind: " + c.Missed.String()
	}
	good := "eligible, never tried"
	if c.Reading.Samples > 0 {
		good = fmt.Sprintf("eligible, %.1f%% of its attempts succeeded", float64(c.Reading.Uptime)/10)
	}
	switch {
	case c.Score.Known:
		return good
	case d.Policy.Strategy == catalog.StrategyCost:
		return good + "; its price is unknown, so it goes behind those with one"
	}
	return good + "; nothing is known to compare it by"
}

// scoreText is a score as people read it: places count from 1, as the page and flips have them.
func scoreText(s *plan.Score) string {
	if s.Known && s.Unit == plan.UnitPosition {
		return fmt.Sprintf("no. %d", s.Value+1)
	}
	return s.Text()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
