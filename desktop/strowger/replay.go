package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/desktop/app"
	"strowger/desktop/config"
	"strowger/desktop/impact"
	"strowger/desktop/store"
)

// replaying is what the command line of replay says.
type replaying struct {
	config, was, data, since string
	limit                    int
	json                     bool
}

// replayed is what replay --json prints.
type replayed struct {
	Config string    `json:"config"`
	Rev    string    `json:"rev"` // of the configuration that decisions are made under
	Was    string    `json:"was"` // what is compared with; "": what was recorded
	Since  time.Time `json:"since"`
	*impact.Result
}

// replay makes recorded decisions again under a configuration.
func replay(ctx context.Context, e *env, args []string) error {
	var r replaying
	fs := flags(e, "replay")
	fs.StringVar(&r.config, "config", "", "configuration `file` to decide under, as for serve")
	fs.StringVar(&r.was, "was", "", "configuration `file` to compare with, instead of what was recorded")
	fs.StringVar(&r.since, "since", "7d", "how far back: a `time` such as 36h or 7d, or a date such as 2026-07-01; by default 7d")
	fs.StringVar(&r.data, "data", "", "`folder` of the record, as for serve; it may be serving")
	fs.IntVar(&r.limit, "limit", 0, "the newest `number` of decisions; all if left out")
	fs.BoolVar(&r.json, "json", false, "as JSON")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	since, err := sinceOf(r.since, time.Now())
	if err != nil {
		return err
	}
	if r.limit < 0 {
		return usageError{errors.New("--limit must be 1 or more")}
	}
	var under impact.Catalogs
	out := replayed{Config: r.config, Was: r.was, Since: since}
	if under.After, err = catalogOf(ctx, r.config); err != nil {
		return err
	}
	if r.was != "" {
		if under.Before, err = catalogOf(ctx, r.was); err != nil {
			return err
		}
	}
	out.Rev = under.After.Rev()
	if out.Result, err = r.compare(ctx, e, under, since); err != nil {
		return err
	}
	if r.json {
		return printJSON(e.out, out)
	}
	return out.print(e.out)
}

// catalogOf is that of a configuration file.
func catalogOf(ctx context.Context, path string) (*catalog.Catalog, error) {
	cfg, err := app.LoadConfig(ctx, path)
	if err != nil {
		return nil, err
	}
	return catalog.New(cfg.Catalog)
}

// sinceOf reads --since.
func sinceOf(text string, now time.Time) (time.Time, error) {
	if d, err := config.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return at, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	return time.Time{}, usageError{fmt.Errorf("--since %q: expected a time such as 36h or 7d, or a date such as 2026-07-01", text)}
}

// compare reads the record, which may be being written.
func (r *replaying) compare(ctx context.Context, e *env, under impact.Catalogs, since time.Time) (*impact.Result, error) {
	path, db, err := openRecord(r.data)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	q := store.Query{From: since, Limit: r.limit}
	show := func(int64) {}
	if f, ok := e.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		total, err := impact.Count(ctx, db, q)
		if err != nil {
			return nil, err
		}
		var last time.Time
		show = func(done int64) {
			if now := time.Now(); now.Sub(last) > 200*time.Millisecond {
				last = now
				fmt.Fprintf(f, "\r\x1b[K%d of %d decisions\r", done, max(done, total))
			}
		}
		defer fmt.Fprint(f, "\r\x1b[K")
	}
	result, err := impact.Compare(ctx, impact.Of(db, q), under, show)
	if ctx.Err() != nil {
		return nil, errors.New("stopped before the end, so nothing is said")
	}
	if err == nil && result.Decisions == 0 {
		err = fmt.Errorf("the record in %s has no decisions since %s; see --since", path, since.Format(time.DateTime))
	}
	return result, err
}

// openRecord opens the record of a data folder for reading; Open alone would make one.
func openRecord(dir string) (path string, db *store.Store, err error) {
	if path, err = app.Database(dir); err != nil {
		return "", nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return "", nil, fmt.Errorf("there is no record: %s: %w", path, reasonOf(err))
	}
	db, err = store.Open(path, store.Options{})
	return path, db, err
}

// print writes what was found for people.
func (r *replayed) print(out io.Writer) error {
	share := func(n, of int64) string {
		if of == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f%%", float64(n)*100/float64(of))
	}
	fmt.Fprintf(out, "under      %s (%s), against %s\n", cmp.Or(r.Config, "the configuration found here"), r.Rev, cmp.Or(r.Was, "what was recorded"))
	fmt.Fprintf(out, "decisions  %d since %s, %d made again\n", r.Decisions, r.Since.Local().Format("2006-01-02 15:04"), r.Recomputed)
	fmt.Fprintf(out, "changed    %d (%s)", r.Changed, share(r.Changed, r.Recomputed))
	if r.Refused > 0 {
		fmt.Fprintf(out, ", refused %d", r.Refused)
	}
	fmt.Fprintf(out, "\ncost       %s\n", figureText(r.Cost, "unpriced", func(n int64) string { return "$" + llm.Dollars(n) }))
	fmt.Fprintf(out, "time       %s\n", figureText(r.Time, "never measured", func(n int64) string {
		return (time.Duration(n) * time.Microsecond).Round(time.Millisecond).String()
	}))
	fmt.Fprintf(out, "measured   %.1f%% go first to an endpoint that had been measured\n", float64(r.Observed)/10)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for i, m := range r.By {
		if i == 0 {
			fmt.Fprintln(w, "\nREQUESTS\tFROM\tTO")
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", m.Requests, cmp.Or(m.From, "refused"), cmp.Or(m.To, "refused"))
	}
	for i, x := range r.Examples[:min(len(r.Examples), 10)] {
		if i == 0 {
			fmt.Fprintln(w, "\nEXAMPLE\tASKED\tNOW FIRST\tWHY")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.ID, x.Asked, cmp.Or(x.After, "refused"), x.Why)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, x := range r.Without {
		fmt.Fprintf(out, "\nnot made again: %d: %s\n", x.N, x.Why)
	}
	return nil
}

// figureText is a sum before and after, with what chance may do to the difference.
func figureText(f impact.Figure, unknown string, write func(int64) string) string {
	signed := func(n int64) string {
		if n < 0 {
			return "-" + write(-n)
		}
		return "+" + write(n)
	}
	text := "nothing is known"
	if f.Requests > 0 {
		text = fmt.Sprintf("%s -> %s, %s", write(f.Before), write(f.After), signed(f.After-f.Before))
		if f.Low != f.High {
			text += fmt.Sprintf(" (95%%: %s to %s)", signed(f.Low-f.Before), signed(f.High-f.Before))
		}
		text += ", of " + plural(int(f.Requests), "request")
	}
	if f.Unknown > 0 {
		text += fmt.Sprintf("; %d %s on one side", f.Unknown, unknown)
	}
	return text
}
