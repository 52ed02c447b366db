// Command load measures what it costs to put strowger between a program and a provider, beside
// what would be put there instead.
//
// In one run it sends the same requests, in turn,
//
//	direct               to a simulated provider,
//	nginx                Debian's, one worker, a configuration of its own,
//	ReverseProxy         net/http/httputil.ReverseProxy, with the transport settings of strowger,
//	Caddy                Debian's,
//	Portkey              @portkey-ai/gateway of npm,
//	strowger             "strowger serve", which records every request in SQLite,
//	strowger, no record  the same where another process has the folder of the record,
//	strowger, routing    the same with more to choose from, for a workload of its own,
//
// in rounds: in each, every workload goes once through every peer for a few seconds, and who is
// first changes. Absolute numbers hold for one machine at one moment; the ratio, taken within
// one round, is what can be compared. A peer that is not installed is left out, and that is said.
//
// Every peer is a process of its own. On Linux, with two cores, the proxies run on one of
// them and everything else on the other, so a proxy sees one core. Most workloads are closed
// loops on kept connections: so many requests are always under way, and times to an answer are
// mostly waiting for one's turn. One is an open loop: requests are due at fixed times, whatever
// becomes of those before, and their time counts from then. CPU is the clock of the process and
// its children, before and after a block of requests; the block ends when the record has been
// written.
//
// Every answer is held against its request: status, form, and a number that only this
// request carried. The provider knows one model and one key; requests through strowger have others, so
// that one which did nothing would be refused. One wrong answer, or one request that was neither recorded nor
// counted as dropped, fails the run, and so does a row of the newest that does not say what was sent. What
// was measured is then held against bounds, the gates.
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
	exitMissed = 3 // every answer was right, but a gate was missed
	exitUnsure = 4 // none was missed, but some were not measured
)

// options are what the command line says.
type options struct {
	turn        time.Duration
	rounds      int
	connections int
	rate        int
	limit       time.Duration
	json        string
	strowger    string
	peers       string
	only        string
	pin, docs   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next signal ends it at once
	os.Exit(run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
}

// run carries out the command line. The first word may name a peer: that is how the
// program starts them.
func run(ctx context.Context, in io.Reader, out, log io.Writer, args []string) int {
	var err error
	switch {
	case len(args) == 1 && args[0] == peerProvider:
		err = traffic.Provide(ctx, in, out)
	case len(args) == 2 && args[0] == peerReverse:
		err = runReverse(ctx, in, out, args[1])
	default:
		var o options
		if o, err = parse(out, args); err == nil {
			err = load(ctx, o, out, log)
		}
	}
	var usage usageError
	var missed missedError
	var unsure unmeasuredError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(log, "load: %v; see -help\n", err)
		return exitUsage
	case errors.As(err, &missed):
		fmt.Fprintf(log, "load: gates: %v\n", missed)
		return exitMissed
	case errors.As(err, &unsure):
		fmt.Fprintf(log, "load: %v\n", unsure)
		return exitUnsure
	case ctx.Err() != nil:
		fmt.Fprintln(log, "load: interrupted")
		return exitFailed
	}
	fmt.Fprintf(log, "load: %v\n", err)
	return exitFailed
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func parse(out io.Writer, args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("load", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.DurationVar(&o.turn, "turn", 1500*time.Millisecond, "how long each workload is sent through each peer in a round")
	fs.IntVar(&o.rounds, "rounds", 8, "rounds, at most")
	fs.IntVar(&o.connections, "connections", gateConnections, "connections; in a closed loop that many requests are under way at a time")
	fs.IntVar(&o.rate, "rate", gateRate, "requests a second of the open loop")
	fs.DurationVar(&o.limit, "limit", 9*time.Minute, "no round is begun that would end later; the first always is")
	fs.StringVar(&o.json, "json", "", "write every round as JSON to `file`")
	fs.StringVar(&o.strowger, "strowger", "", "measure this `binary` instead of building one")
	fs.StringVar(&o.peers, "peers", filepath.Join("bench", "load", "peers"), "`folder` that npm has installed Portkey in")
	fs.StringVar(&o.only, "only", "", "these `kinds` of request, with commas: 356B, 20KB, burst, paced, open, routing")
	fs.BoolVar(&o.pin, "pin", true, "keep the proxies on one core and the rest on another, where that is possible")
	fs.BoolVar(&o.docs, "docs", false, "write the tables into docs/performance.md, and the picture and every round as JSON beside it; for a whole run, as the gates are defined")
	fs.Usage = func() {
		fmt.Fprint(out, "load measures what it costs to put strowger between a program and a provider.\n\nUsage: go tool task load -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task load -- -turn 5s -only 356B,open -json load.json\n\n"+
			"Exit codes: 0 measured, every answer right, every gate held; 1 failed, or interrupted; 2 wrong usage; 3 a gate missed;\n4 no gate missed, but some not measured: for a peer that is not installed, say, or with -only.\n")
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
	case o.rounds < 1, o.turn < 10*time.Millisecond, o.turn > time.Minute:
		return o, usageError{errors.New("-rounds must be at least 1, and -turn from 10ms to 1m")}
	case o.rate < 1 || o.rate > 100_000:
		return o, usageError{errors.New("-rate must be from 1 to 100000")}
	case o.connections < 1 || o.connections > 1024:
		return o, usageError{errors.New("-connections must be from 1 to 1024")}
	case choose(o.only, o.rate) == nil:
		return o, usageError{fmt.Errorf("-only %q: the kinds are 356B, 20KB, burst, paced, open and routing", o.only)}
	case o.docs && (o.only != "" || o.connections != gateConnections || o.rate != gateRate || o.turn < docsTurn || o.rounds < docsRounds || !o.pin):
		return o, usageError{fmt.Errorf("-docs is for all kinds of request, %d connections, %d requests a second, processes on cores of their own, turns of %s or more, and %d rounds or more",
			gateConnections, gateRate, docsTurn, docsRounds)}
	}
	return o, writable(o)
}

// What is written into the docs takes at least so long.
const (
	docsTurn   = time.Second
	docsRounds = 2
)

// writable is an error if what is measured could not be written in the end.
func writable(o options) error {
	if o.docs {
		if err := figures.Check(figures.Dir, docsSection); err != nil {
			return usageError{err}
		}
	}
	if err := figures.Writable(o.json); err != nil {
		return usageError{err}
	}
	return nil
}
