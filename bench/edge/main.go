// Command edge measures what the module costs beside the native core, in one run: a decision,
// a large body, a chunk of a stream, a start, what the module weighs, and whether its memory
// stays as it is over very many requests. Each figure stands beside its gate.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// options are what the command line says.
type options struct {
	rounds   int
	turn     time.Duration
	requests int
	only     string
	json     string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out the command line.
func run(ctx context.Context, out, log io.Writer, args []string) int {
	o, err := parse(out, args)
	if err == nil {
		err = measure(ctx, o, out)
	}
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(log, "edge: %v; see -help\n", err)
		return exitUsage
	}
	fmt.Fprintf(log, "edge: %v\n", err)
	return exitFailed
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func parse(out io.Writer, args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("edge", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.IntVar(&o.rounds, "rounds", 7, "rounds, in each of which everything has its turn")
	fs.DurationVar(&o.turn, "turn", 300*time.Millisecond, "how `long` a turn takes")
	fs.IntVar(&o.requests, "requests", 100_000, "requests over which the memory is watched")
	fs.StringVar(&o.only, "only", "", "one `part`: "+strings.Join(partNames(), ", "))
	fs.StringVar(&o.json, "json", "", "write the figures as JSON to `file`")
	fs.Usage = func() {
		fmt.Fprint(out, "edge measures the module beside the native core.\n\nUsage: go tool task edge:bench -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task edge:bench -- -only speed -rounds 15\n\n"+
			"Exit codes: 0 every gate holds, 1 one does not or something failed, 2 wrong usage.\n")
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, usageError{err}
	}
	switch {
	case fs.NArg() > 0:
		return o, usageError{fmt.Errorf("unexpected %q", fs.Arg(0))}
	case o.rounds < 1, o.requests < 1000, o.turn <= 0:
		return o, usageError{errors.New("-rounds must be at least 1, -requests at least 1000 and -turn more than 0")}
	case o.only != "" && !slices.Contains(partNames(), o.only):
		return o, usageError{fmt.Errorf("-only %q: the parts are %s", o.only, strings.Join(partNames(), ", "))}
	}
	return o, nil
}

// part is one kind of figures.
type part struct {
	name    string
	measure func(context.Context, *bench) error
}

func parts() []part {
	return []part{{"size", size}, {"speed", speed}, {"start", start}, {"memory", memory}, {"node", node}, {"workerd", workerd}}
}

func partNames() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// bench is one run under way.
type bench struct {
	o       options
	out     io.Writer
	wasm    []byte
	dir     string // for what is built and compiled
	figures []figure
}

// figure is something measured and what it is to be at most.
type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"` // the median of the rounds
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Unit   string  `json:"unit"`
	AtMost float64 `json:"at_most,omitempty"` // 0: there is no gate
}

func (f *figure) missed() bool { return f.AtMost > 0 && f.Value > f.AtMost }

// note adds a figure of these values, one a round, and shows it.
func (b *bench) note(name, unit string, atMost float64, values ...float64) {
	sorted := slices.Sorted(slices.Values(values))
	f := figure{name, sorted[len(sorted)/2], sorted[0], sorted[len(sorted)-1], unit, atMost}
	b.figures = append(b.figures, f)
	gate := ""
	switch {
	case f.missed():
		gate = "more than " + short(atMost)
	case atMost > 0:
		gate = "holds: at most " + short(atMost)
	}
	spread := ""
	if f.Min != f.Max {
		spread = short(f.Min) + " to " + short(f.Max)
	}
	fmt.Fprintf(b.out, "  %-44s %10s %-6s %-20s %s\n", name, short(f.Value), unit, spread, gate)
}

// short is a number with four digits that count, or a whole one.
func short(n float64) string {
	if n >= 1000 {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strconv.FormatFloat(n, 'g', 4, 64)
}

// measure runs the parts, writes the figures, and fails if a gate is missed.
func measure(ctx context.Context, o options, out io.Writer) (err error) {
	b := &bench{o: o, out: out}
	if b.dir, err = os.MkdirTemp("", "strowger-edge-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	fmt.Fprintln(out, "building the module")
	if err = b.build(); err != nil {
		return err
	}
	for _, p := range parts() {
		if o.only == "" || o.only == p.name || p.name == "size" {
			fmt.Fprintln(out, p.name)
			if err = p.measure(ctx, b); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	if o.json != "" {
		text, err := json.MarshalIndent(b.figures, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	var missed []string
	for _, f := range b.figures {
		if f.missed() {
			missed = append(missed, f.Name)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("%d gates are missed: %s", len(missed), strings.Join(missed, "; "))
	}
	return nil
}
