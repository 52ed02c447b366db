// Command faults is the fault matrix: everything that a provider can do wrong, before its headers,
// before its content and in mid-answer, to callers of plain answers and of streams, with a healthy
// second provider and without one.
//
// The providers are raw TCP servers that send exactly the bytes of a script (rows_*.go, the table
// to be reviewed); "strowger serve" runs as a user runs it, as a process of its own with a
// configuration file and a record. What the caller gets is read by somebody who trusts nothing and
// shares no code with the product: the text to the byte, one finish reason, [DONE] or an error
// event, a transport that ends well or is broken. An answer that looks complete and is not, a
// character that is missing or there twice, an attempt more than there should be: each fails its
// cell. The sweep cuts one answer at every byte, in each framing, by each ending.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// options are what the command line says.
type options struct {
	match    *regexp.Regexp
	verbose  bool
	json     bool
	every    int // cut at every so many bytes; 0: no sweep
	parallel int
	strowger string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

// command carries out the command line.
func command(ctx context.Context, out, log io.Writer, args []string) int {
	o, err := parse(out, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(log, "faults: %v; see -help\n", err)
		return exitUsage
	}
	dir, remove, err := scratch(log)
	if err != nil {
		fmt.Fprintf(log, "faults: %v\n", err)
		return exitFailed
	}
	defer remove()
	res, err := run(ctx, o, dir)
	if res != nil {
		write := res.writeJSON
		if !o.json {
			write = func(w io.Writer) error { return res.print(w, o.verbose) }
		}
		err = errors.Join(err, write(out))
	}
	if err != nil {
		fmt.Fprintf(log, "faults: %v\n", err)
		return exitFailed
	}
	if !res.perfect() {
		return exitFailed
	}
	return exitOK
}

func parse(out io.Writer, args []string) (options, error) {
	var o options
	var match string
	fs := flag.NewFlagSet("faults", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&match, "run", "", "only rows whose fault and stage match the `regexp`; no sweep unless -every says so")
	fs.BoolVar(&o.verbose, "v", false, "what was wanted of every cell, and every failure of the sweep")
	fs.BoolVar(&o.json, "json", false, "the result as JSON")
	fs.IntVar(&o.every, "every", 1, "the sweep cuts at every `n`-th byte; 0 leaves it out")
	fs.IntVar(&o.parallel, "parallel", 64, "requests at a time; four times as many in the sweep, which mostly waits")
	fs.StringVar(&o.strowger, "strowger", "", "try this `binary` instead of building one")
	fs.Usage = func() {
		fmt.Fprint(out, "faults tries everything that a provider can do wrong on a real strowger, and prints a table.\n\nUsage: go tool task faults -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExamples:\n  go tool task faults\n  go tool task faults -- -run 'reset|silence' -v\n  go tool task faults -- -run 'after content' -json\n  go tool task faults -- -run nothing -every 10\n\n"+
			"Exit codes: 0 everything as it should be, 1 not, 2 wrong usage.\n")
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	swept := false
	fs.Visit(func(f *flag.Flag) { swept = swept || f.Name == "every" })
	var err error
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unexpected %q", fs.Arg(0))
	case o.every < 0 || o.parallel < 1 || o.parallel > 256:
		return o, errors.New("-every must not be negative, -parallel from 1 to 256")
	case match == "":
		return o, nil
	case !swept:
		o.every = 0
	}
	if o.match, err = regexp.Compile(match); err != nil {
		return o, fmt.Errorf("-run: %w", err)
	}
	return o, nil
}
