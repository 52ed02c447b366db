// Command scale measures how what strowger costs grows: with open streams, with bodies, with what its
// configuration names and with what its record holds. Everything goes through a real "strowger serve" to
// a simulated provider, on Linux each on a core of its own.
//
//	go run ./bench/scale                       # all parts, less than ten minutes
//	go run ./bench/scale -only idle,bodies     # some
//	go run ./bench/scale -docs                 # writes docs/performance.md and docs/scale.svg
//
// It prints a line for every point. A wrong answer, an event out of order, or a request that is neither
// recorded nor counted as dropped ends it with exit code 1. There is one bound: of two cores neither is to give much more
// than half; where it is missed, the exit code is 3.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"strowger/bench/figures"
	"strowger/bench/traffic"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitMissed = 3 // everything was measured, but a bound is missed
)

// wordProvider starts the provider instead of the program.
const wordProvider = "provider"

// options are what the command line says.
type options struct {
	only     []string
	turn     time.Duration
	samples  int64
	data     string
	strowger string
	json     string
	docs     bool
	small    bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next signal ends it at once
	os.Exit(run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
}

// run carries out the command line.
func run(ctx context.Context, in io.Reader, out, log io.Writer, args []string) int {
	if len(args) == 1 && args[0] == wordProvider {
		if err := traffic.Provide(ctx, in, out); err != nil {
			fmt.Fprintln(log, "scale:", err)
			return exitFailed
		}
		return exitOK
	}
	o, err := parse(out, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(log, "scale: %v; see -help\n", err)
		return exitUsage
	}
	err = scale(ctx, o, out, log)
	var missed missedError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &missed):
		fmt.Fprintf(log, "scale: %v\n", missed)
		return exitMissed
	case ctx.Err() != nil:
		fmt.Fprintln(log, "scale: interrupted")
	default:
		fmt.Fprintf(log, "scale: %v\n", err)
	}
	return exitFailed
}

func parse(out io.Writer, args []string) (options, error) {
	var o options
	only := ""
	fs := flag.NewFlagSet("scale", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&only, "only", "", "these `parts`, with commas: "+strings.Join(names(), ", "))
	fs.DurationVar(&o.turn, "turn", 2*time.Second, "how long a point is measured, three times; streams for twice as long, once")
	fs.Int64Var(&o.samples, "samples", 1_000_000, "the largest record, in requests; a million takes 0.4 GB")
	fs.StringVar(&o.data, "data", "", "`folder` to keep records of a million and more in, each in a folder named by how many requests it holds, for the next time. What is measured adds to them")
	fs.StringVar(&o.strowger, "strowger", "", "measure this `binary` instead of building one")
	fs.StringVar(&o.json, "json", "", "write what was measured to `file`")
	fs.BoolVar(&o.docs, "docs", false, "write the tables into docs/performance.md, and the picture beside it")
	fs.BoolVar(&o.small, "small", false, "two small steps of everything, to see that it works")
	fs.Usage = func() {
		fmt.Fprint(out, "scale measures how what strowger costs grows.\n\nUsage: go tool task bench:scale -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task bench:scale -- -only record -samples 10000000 -data /var/tmp/records\n\nExit codes: 0 measured; 1 failed, or interrupted; 2 wrong usage; 3 two cores are not used evenly.\n")
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(names(), name) {
			return o, fmt.Errorf("-only %s: the parts are %s", name, strings.Join(names(), ", "))
		}
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unexpected %q", fs.Arg(0))
	case o.turn < 10*time.Millisecond || o.turn > time.Minute:
		return o, errors.New("-turn must be from 10ms to 1m")
	case o.samples < 0:
		return o, errors.New("-samples must not be negative")
	case o.docs && (len(o.only) > 0 || o.small):
		return o, errors.New("-docs is for all parts, and not for -small")
	}
	if o.docs {
		if err := figures.Check(figures.Dir, docsSection); err != nil {
			return o, err
		}
	}
	return o, figures.Writable(o.json)
}
