// Command load measures what it costs to put strowger between a program and a provider.
//
// In one run it sends the same requests, in turn,
//
//	direct        to the simulated provider of bench/provider,
//	ReverseProxy  through net/http/httputil.ReverseProxy, with the transport settings of strowger,
//	strowger      through "strowger serve", which records every request in SQLite,
//
// and compares the CPU time that the two proxies took. Absolute numbers hold for one machine
// at one moment; the ratio, taken within one round, is what can be compared.
//
// Every peer is a process of its own. On Linux, with two cores, the proxies run on one of
// them and everything else on the other, so a proxy sees one core. The load is a closed loop
// on kept connections: so many requests are always under way, and times to an answer are
// mostly waiting for one's turn. CPU is the process's own clock, before and after a block of
// requests; the block ends when the record has been written.
//
// Every answer is held against its request: status, form, and a number that only this
// request carried. One wrong answer, or one request that was neither recorded nor counted
// as dropped, fails the run.
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

// options are what the command line says.
type options struct {
	requests    int
	rounds      int
	connections int
	limit       time.Duration
	json        string
	strowger    string
	only        string
	pin         bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out the command line. The first word may name a peer: that is how the
// program starts them.
func run(ctx context.Context, in io.Reader, out, log io.Writer, args []string) int {
	var err error
	switch {
	case len(args) == 1 && args[0] == peerProvider:
		err = runProvider(ctx, in, out)
	case len(args) == 2 && args[0] == peerReverse:
		err = runReverse(ctx, in, out, args[1])
	default:
		var o options
		if o, err = parse(out, args); err == nil {
			err = load(ctx, o, out, log)
		}
	}
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(log, "load: %v; see -help\n", err)
		return exitUsage
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
	fs.IntVar(&o.requests, "requests", 6_000, "requests of each kind to each peer in a round")
	fs.IntVar(&o.rounds, "rounds", 5, "rounds, at most")
	fs.IntVar(&o.connections, "connections", 64, "requests that are under way at a time, each on its own connection")
	fs.DurationVar(&o.limit, "limit", 50*time.Second, "no round is begun that would end later; the first always is")
	fs.StringVar(&o.json, "json", "", "write every round as JSON to `file`")
	fs.StringVar(&o.strowger, "strowger", "", "measure this `binary` instead of building one")
	fs.StringVar(&o.only, "only", "", "one `kind` of request: 356B, 20KB or stream")
	fs.BoolVar(&o.pin, "pin", true, "keep the proxies on one core and the rest on another, where that is possible")
	fs.Usage = func() {
		fmt.Fprint(out, "load measures what it costs to put strowger between a program and a provider.\n\nUsage: go tool task load -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task load -- -requests 20000 -rounds 9 -limit 5m -json load.json\n\n"+
			"Exit codes: 0 measured and every answer right, 1 failed, 2 wrong usage.\n")
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
	case o.requests < 1, o.rounds < 1:
		return o, usageError{errors.New("-requests and -rounds must be at least 1")}
	case o.connections < 1 || o.connections > 1024:
		return o, usageError{errors.New("-connections must be from 1 to 1024")}
	case len(workloads(o.only)) == 0:
		return o, usageError{fmt.Errorf("-only %q: the kinds are 356B, 20KB and stream", o.only)}
	}
	return o, nil
}
