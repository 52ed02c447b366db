// Command soak puts a real "strowger serve", with a record in SQLite, between callers and
// simulated providers that do everything wrong, for long or with very many streams at once,
// and holds every answer against what the providers would have said.
//
// The callers are strict, and use none of strowger's code:
//
//   - a stream that ends with [DONE] has one finish reason and the whole text, character by
//     character; any other ends in an error event or a broken connection;
//   - a whole answer is complete JSON with the whole text; an error is JSON with a message;
//   - no question comes to providers more often than routing.max_attempts allows.
//
// What providers do follows from the seed and the question, so that it is known what an
// answer may look like. When the load is over nothing may be left: no request at a provider,
// no attempt in flight, no money reserved, no open file; every exchange is recorded or
// counted as dropped; and the cost of samples, of decisions, of budgets, of the API and of
// what callers were shown is the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// What carries the exchanges.
const (
	hostServe   = "serve"
	hostWorkerd = "workerd"
)

// options are what the command line says.
type options struct {
	length   time.Duration
	requests int // after so many it is over; 0: not
	streams  int
	atOnce   int
	pace     time.Duration
	faults   float64
	seed     uint64
	strowger string
	race     bool
	host     string
	every    time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := runCommand(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

// runCommand carries out the command line.
func runCommand(ctx context.Context, out, log io.Writer, args []string) int {
	o, err := parse(out, args)
	if err == nil {
		err = soak(ctx, o, out)
	}
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(log, "soak: %v; see -help\n", err)
		return exitUsage
	}
	fmt.Fprintf(log, "soak: %v\n", err)
	return exitFailed
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func parse(out io.Writer, args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("soak", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.DurationVar(&o.length, "for", 10*time.Minute, "how `long` callers ask, as fast as they get answers")
	fs.IntVar(&o.requests, "requests", 0, "end after so `many` requests, if that comes first")
	fs.IntVar(&o.streams, "streams", 0, "instead: so `many` streams, each slow on purpose, and then the end")
	fs.IntVar(&o.atOnce, "at-once", 0, "how `many` requests are under way at a time (default 400, with -streams 2000)")
	fs.DurationVar(&o.pace, "pace", 10*time.Second, "with -streams: how `long` an answer takes")
	fs.Float64Var(&o.faults, "faults", 0.25, "the `part` of answers that go wrong, 0 to 0.5: twice as many at the first provider, a quarter at the best")
	fs.Uint64Var(&o.seed, "seed", 1, "decides on questions and faults")
	fs.StringVar(&o.strowger, "strowger", "", "soak this `binary` instead of building one")
	fs.BoolVar(&o.race, "race", false, "build strowger with the race detector; a race ends it")
	fs.StringVar(&o.host, "host", hostServe, "what carries the exchanges: serve, or workerd, with the Worker that strowger export writes (needs node)")
	fs.DurationVar(&o.every, "every", 10*time.Second, "a line of progress as `often`")
	fs.Usage = func() {
		fmt.Fprint(out, "soak holds every answer of a strowger under load and faults against what it should be.\n\nUsage: go tool task soak -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExamples:\n"+
			"  go tool task soak                                        ten minutes at the machine's capacity\n"+
			"  go tool task soak -- -for 30s -seed 7                    half a minute, other questions and faults\n"+
			"  go tool task soak -- -streams 10000 -at-once 2000        10,000 slow streams, 2,000 open at a time\n"+
			"  go tool task soak -- -for 1m -race                       with the race detector\n"+
			"  go tool task soak -- -host workerd -requests 10000       the exported Worker in workerd\n"+
			"\nExit codes: 0 nothing violated, 1 something violated or failed, 2 wrong usage.\n")
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, usageError{err}
	}
	if o.atOnce == 0 {
		if o.atOnce = 400; o.streams > 0 {
			o.atOnce = min(2000, o.streams)
		}
	}
	switch {
	case fs.NArg() > 0:
		return o, usageError{fmt.Errorf("unexpected %q", fs.Arg(0))}
	case o.length <= 0, o.pace <= 0, o.every <= 0:
		return o, usageError{errors.New("-for, -pace and -every must be more than 0")}
	case o.host != hostServe && o.host != hostWorkerd:
		return o, usageError{fmt.Errorf("-host %q: serve or workerd", o.host)}
	case o.streams < 0, o.requests < 0:
		return o, usageError{errors.New("-streams and -requests must not be negative")}
	case o.atOnce < 1 || o.atOnce > 12_000: // two ports of this machine each, of about 28,000
		return o, usageError{errors.New("-at-once must be from 1 to 12000")}
	case !(o.faults >= 0 && o.faults <= 0.5):
		return o, usageError{errors.New("-faults must be from 0 to 0.5")}
	}
	return o, nil
}
