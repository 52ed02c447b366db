// Command rows fills a record with made-up requests of a month and measures how long what the
// dashboard asks of it takes.
//
//	go run ./bench/rows -n 1000000 -data /tmp/rows    # fill, then measure
//	go run ./bench/rows -measure -data /tmp/rows      # measure what is there
//
// It exits with 1 if a list or a chart takes longer than its limit, or opening does, or if strowger
// with that record, or an empty one, answers late or holds too much memory when nobody asks anything.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"strowger/bench/rows/made"
	"strowger/desktop/store"
)

// The limits: of a query at p95, and when nothing of the file is in memory; of opening the record, and
// of strowger's first answer; and of what strowger holds in memory.
const (
	queryLimit = 200 * time.Millisecond
	coldLimit  = 500 * time.Millisecond
	openLimit  = time.Second
	idleLimit  = 25 << 20
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code, err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rows:", err)
		code = 2
	}
	os.Exit(code)
}

// run is main with its surroundings given.
func run(ctx context.Context, args []string, out io.Writer) (code int, err error) {
	flags := flag.NewFlagSet("rows", flag.ContinueOnError)
	n := flags.Int64("n", 1_000_000, "how many requests are made up")
	data := flags.String("data", "", "the folder of the record")
	only := flags.Bool("measure", false, "measure what is there, fill nothing")
	rounds := flags.Int("rounds", 20, "how often each query is asked warm; cold a quarter as often")
	idle := flags.Duration("idle", 30*time.Second, "how long strowger rests before its memory is measured")
	seed := flags.Uint64("seed", 1, "what chance begins with")
	if err := flags.Parse(args); err != nil {
		return 2, nil
	}
	if *data == "" {
		return 2, fmt.Errorf("-data: name the folder of the record")
	}
	path := filepath.Join(*data, store.FileName)
	if !*only {
		if err := made.Fill(ctx, path, *n, *seed, time.Now(), out); err != nil {
			return 2, err
		}
	}
	ok, err := measure(ctx, path, *rounds, out)
	if err != nil {
		return 2, err
	}
	for _, record := range []string{"", *data} {
		good, err := serve(ctx, record, *idle, out)
		if err != nil {
			return 2, err
		}
		ok = ok && good
	}
	if !ok {
		fmt.Fprintln(out, "FAILED: above the limits")
		return 1, nil
	}
	return 0, nil
}
