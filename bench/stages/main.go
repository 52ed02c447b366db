// Command stages measures what each part of a request's way costs, by the benchmarks in the tree, and holds
// it against what it cost before.
//
//	go run ./bench/stages               # print
//	go run ./bench/stages -docs         # into docs/performance.md as well
//	go run ./bench/stages -compare      # exit code 3 if a stage has become dearer
//	go run ./bench/stages -keep         # what it is now is what will be compared with
//
// What the clock says is worth little on another machine. So a fixed piece of work, the reference, runs beside
// them, and what is kept and compared is how many times as long as that each takes, and how much memory it asks
// for. All run in a few rounds, of which the least counts: what else the machine does can only add to it. A few stages have bounds besides,
// in nanoseconds, which hold for a machine that does nothing else; one that is missed is exit code 3, too.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"strowger/bench/figures"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitDearer = 3 // everything was measured, but something costs more than it did, or than it may
)

// options are what the command line says.
type options struct {
	rounds              int
	each                time.Duration
	baseline            string
	docs, compare, keep bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // the next signal ends it at once
	os.Exit(run(ctx, goTest, os.Stdout, os.Stderr, os.Args[1:]))
}

// run carries out the command line. test runs benchmarks.
func run(ctx context.Context, test tester, out, log io.Writer, args []string) int {
	o, err := asked(out, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(log, "stages: %v; see -help\n", err)
		return exitUsage
	}
	dearer, err := measure(ctx, o, test, out, log)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(log, "stages: interrupted")
		return exitFailed
	case err != nil:
		fmt.Fprintln(log, "stages:", err)
		return exitFailed
	case dearer > 0:
		return exitDearer
	}
	return exitOK
}

// asked reads the command line.
func asked(out io.Writer, args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("stages", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.IntVar(&o.rounds, "rounds", 3, "how often everything is run, three times each time; the least counts")
	fs.DurationVar(&o.each, "each", 30*time.Millisecond, "how long each benchmark runs, about")
	fs.StringVar(&o.baseline, "baseline", filepath.Join("bench", "stages", "baseline.json"), "`file` with what is compared with")
	fs.BoolVar(&o.docs, "docs", false, "write the table into docs/performance.md")
	fs.BoolVar(&o.compare, "compare", false, "exit code 3 if a stage takes more than half as long again, beside the reference, or asks for memory more often")
	fs.BoolVar(&o.keep, "keep", false, "write what was measured to the baseline")
	fs.Usage = func() {
		fmt.Fprint(out, "stages measures what each part of a request's way costs.\n\nUsage: go tool task bench:stages -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task bench:stages -- -compare\n\nExit codes: 0 measured; 1 failed, or interrupted; 2 wrong usage; 3 a stage costs more than it did, or than it may.\n")
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unexpected %q", fs.Arg(0))
	case o.rounds < 1 || o.each <= 0:
		return o, errors.New("-rounds must be at least 1, and -each more than 0")
	}
	if o.docs {
		return o, figures.Check(figures.Dir, docsSection)
	}
	return o, nil
}

// docsSection is where the table is, in the page.
const docsSection = "stages"

// measure runs the benchmarks and does what is asked for with the outcome. dearer is how many stages cost
// more than they did, or than they may.
func measure(ctx context.Context, o options, test tester, out, log io.Writer) (dearer int, err error) {
	list, err := benchmarks(ctx, o, test, log)
	if err != nil {
		return 0, err
	}
	print(out, list)
	lines, dearer := held(list)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	if o.docs {
		if err := figures.Replace(figures.Dir, docsSection, markdown(list, o)); err != nil {
			return 0, err
		}
	}
	if o.compare {
		old, err := read(o.baseline)
		if err != nil {
			return 0, fmt.Errorf("nothing to compare with, -keep writes it: %w", err)
		}
		texts := compare(old, list)
		dearer += len(texts)
		for _, text := range texts {
			fmt.Fprintln(out, "DEARER    ", text)
		}
		if texts == nil {
			fmt.Fprintf(out, "nothing costs more than in %s\n", o.baseline)
		}
	}
	if o.keep {
		return dearer, write(o.baseline, list)
	}
	return dearer, nil
}
